/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The forms of x86-64. RBX, RBP, RSP, R12 and R13 point to the registers, R9 is an index; kinds are
 * in state_x86_64.c.
 */
#include "form.h"

/* Every way to write an address. */
FORM("movl (%rbx), %eax")
FORM("movl 8(%rbx), %eax")
FORM("movl -8(%rbx), %r15d")
FORM("movl 0x80(%rbx), %eax")
FORM("movl -0x88(%rbp), %eax")
FORM("movl (%rsp), %eax")
FORM("movl 16(%rsp), %r10d")
FORM("movl (%rbp), %eax")
FORM("movl (%r12), %eax")
FORM("movl (%r13), %eax")
FORM("movl (%rbx,%r9), %eax")
FORM("movl (%rbx,%r9,2), %eax")
FORM("movl 4(%r12,%r9,4), %eax")
FORM("movl 0x40(%r13,%r9,8), %eax")
FORM("movl (%rbp,%r9,8), %eax")
FORM("movl 0x10018000(,%r9,4), %eax")
FORM("movl 0x10018000, %eax")
FORM("movl 0x18000(%rip), %eax")
FORM("movl $0x12345678, 0x18000(%rip)")
FORM("movb $0x12, 0x18000(%rip)")
FORM("movl (%ebx), %eax")
FORM("movl 4(%ebx,%r9d,4), %eax")
FORM("movl %gs:-0x1000(%rbx), %eax")
FORM("movl %ds:(%rbx), %eax")
FORM("movabs 0x10018000, %al")
FORM("movabs 0x10018000, %ax")
FORM("movabs 0x10018000, %eax")
FORM("movabs 0x10018000, %rax")
FORM("movabs %al, 0x10018000")
FORM("movabs %ax, 0x10018000")
FORM("movabs %eax, 0x10018000")
FORM("movabs %rax, 0x10018000")

/* mov */
FORM("movb (%rbx), %al") FORM("movb (%rbx), %ah") FORM("movb (%rbx), %dh") FORM("movb (%rbx), %sil")
FORM("movb (%rbx), %r8b") FORM("movb (%r13), %r15b")
FORM("movw (%rbx), %ax") FORM("movw (%rbx), %r11w") FORM("movq (%rbx), %rax") FORM("movq (%r12), %r14")
FORM("movb %al, (%rbx)") FORM("movb %ch, (%rbx)") FORM("movb %dil, (%rbx)") FORM("movb %r10b, (%r13)")
FORM("movw %ax, 2(%rbx)") FORM("movw %r8w, 2(%rbx)") FORM("movl %edx, (%rbx)") FORM("movl %r8d, 1(%rbx)")
FORM("movq %rax, (%rbx)") FORM("movq %r15, 3(%r12)")
FORM("movb $0x85, (%rbx)") FORM("movw $0x8765, (%rbx)") FORM("movl $0x87654321, (%rbx)")
FORM("movq $-5, (%rbx)") FORM("movq $0x7fffffff, 8(%rsp)") FORM("movw $0x8765, 0x100(%rbx,%r9)")
FORM("movzbl (%rbx), %eax") FORM("movzbw (%rbx), %ax") FORM("movzbq (%rbx), %rax") FORM("movzwl (%rbx), %eax")
FORM("movzwq (%rbx), %r9") FORM("movsbl (%rbx), %eax") FORM("movsbw (%rbx), %dx") FORM("movsbq (%rbx), %rax")
FORM("movswl (%rbx), %r8d") FORM("movswq (%rbx), %rax") FORM("movslq (%rbx), %rax") FORM("movslq (%rbx), %r14")
FORM("movbew (%rbx), %ax") FORM("movbel (%rbx), %eax") FORM("movbeq (%rbx), %r10")
FORM("movbew %ax, (%rbx)") FORM("movbel %r8d, (%rbx)") FORM("movbeq %rdx, (%rbx)")
FORM("movntil %eax, (%rbx)") FORM("movntiq %r8, (%rbx)")
FORM("movl (%rbx), %ebx") FORM("movq (%rbx), %rsp") FORM("movb (%rbx), %bl") FORM("movb (%rbx), %bh")

/* Arithmetic in both directions, and with immediates. */
#define ARITHMETIC(op) \
	FORM(op "b (%rbx), %al") FORM(op "b (%rbx), %ch") FORM(op "w (%rbx), %ax") FORM(op "l (%rbx), %r8d") \
	FORM(op "q (%rbx), %rdx") FORM(op "b %al, (%rbx)") FORM(op "b %r10b, (%rbx)") FORM(op "w %dx, (%rbx)") \
	FORM(op "l %eax, 5(%rbx)") FORM(op "q %r15, (%rbx)") FORM(op "b $0x9c, (%rbx)") FORM(op "w $0x8765, (%rbx)") \
	FORM(op "w $-3, (%rbx)") FORM(op "l $0x87654321, (%rbx)") FORM(op "l $-7, (%rbx)") \
	FORM(op "q $0x12345678, (%rbx)") FORM(op "q $-1, (%rbx)")
ARITHMETIC("add") ARITHMETIC("or") ARITHMETIC("adc") ARITHMETIC("sbb")
ARITHMETIC("and") ARITHMETIC("sub") ARITHMETIC("xor") ARITHMETIC("cmp")
FORM("lock addl %eax, (%rbx)") FORM("lock orq $1, (%rbx)") FORM("lock xaddw %ax, (%rbx)")
FORM("testb %al, (%rbx)") FORM("testb %dh, (%rbx)") FORM("testw %ax, (%rbx)") FORM("testl %eax, (%rbx)")
FORM("testq %r9, (%rbx)") FORM("testb $0x81, (%rbx)") FORM("testw $0x8001, (%rbx)") FORM("testl $0x80000001, (%rbx)")
FORM("testq $-2, (%rbx)") FORM("testb $1, 0x18000(%rip)") FORM("testl $1, 0x18000(%rip)")
#define UNARY(op) \
	FORM(op "b (%rbx)") FORM(op "w (%rbx)") FORM(op "l (%rbx)") FORM(op "q (%rbx)") FORM("lock " op "l (%rbx)")
UNARY("not") UNARY("neg") UNARY("inc") UNARY("dec")
#define MULTIPLY(op) FORM_OF(0, 0xd4, op "b (%rbx)") FORM_OF(0, 0xd4, op "w (%rbx)") FORM_OF(0, 0xd4, op "l (%rbx)") \
	FORM_OF(0, 0xd4, op "q (%rbx)")
MULTIPLY("mul") MULTIPLY("imul")
#define DIVIDE(op) \
	FORM_OF(5, 0x8d5, op "b (%rbx)") FORM_OF(5, 0x8d5, op "w (%rbx)") FORM_OF(5, 0x8d5, op "l (%rbx)") \
	FORM_OF(5, 0x8d5, op "q (%rbx)")
DIVIDE("div") DIVIDE("idiv")
FORM("imulw (%rbx), %ax") FORM("imull (%rbx), %eax") FORM("imulq (%rbx), %r8") FORM("imulw $0x1234, (%rbx), %dx")
FORM("imull $-3, (%rbx), %edx") FORM("imull $0x12345678, (%rbx), %edx") FORM("imulq $0x12345678, (%rbx), %r14")
FORM("popcntw (%rbx), %ax") FORM("popcntl (%rbx), %eax") FORM("popcntq (%rbx), %r8")
FORM("tzcntw (%rbx), %ax") FORM("tzcntl (%rbx), %eax") FORM("tzcntq (%rbx), %r8")
FORM("lzcntw (%rbx), %ax") FORM("lzcntl (%rbx), %eax") FORM("lzcntq (%rbx), %r8")
FORM("bsfw (%rbx), %ax") FORM("bsfl (%rbx), %eax") FORM("bsfq (%rbx), %r8")
FORM("bsrw (%rbx), %ax") FORM("bsrl (%rbx), %eax") FORM("bsrq (%rbx), %r8")
#define SHIFT(op) FORM(op "b (%rbx)") FORM(op "w (%rbx)") FORM(op "l (%rbx)") FORM(op "q (%rbx)") \
	FORM(op "b $3, (%rbx)") FORM(op "w $15, (%rbx)") FORM(op "l $31, (%rbx)") \
	FORM(op "q $63, (%rbx)") FORM(op "l $32, (%rbx)") FORM(op "b %cl, (%rbx)") \
	FORM(op "w %cl, (%rbx)") FORM(op "l %cl, (%rbx)") FORM(op "q %cl, (%rbx)")
SHIFT("rol") SHIFT("ror") SHIFT("rcl") SHIFT("rcr") SHIFT("shl") SHIFT("shr") SHIFT("sar")
#define BIT(op) \
	FORM_OF(0, 0x894, op "w $5, (%rbx)") FORM_OF(0, 0x894, op "l $31, (%rbx)") \
	FORM_OF(0, 0x894, op "q $63, (%rbx)") \
	FORM_OF(0, 0x894, op "l $0x83, (%rbx)")
BIT("bt") BIT("bts") BIT("btr") BIT("btc")

#define CONDITION(c) FORM("set" c " (%rbx)") FORM("cmov" c "w (%rbx), %ax") FORM("cmov" c "l (%rbx), %eax") \
	FORM("cmov" c "q (%rbx), %r8")
CONDITION("o") CONDITION("no") CONDITION("b") CONDITION("ae") CONDITION("e") CONDITION("ne") CONDITION("be")
CONDITION("a")
CONDITION("s") CONDITION("ns") CONDITION("p") CONDITION("np") CONDITION("l") CONDITION("ge") CONDITION("le")
CONDITION("g")

/* Exchanges. */
FORM("xchgb %al, (%rbx)") FORM("xchgb %dh, (%rbx)") FORM("xchgw %ax, (%rbx)") FORM("xchgl %edx, (%rbx)")
FORM("xchgq %r8, (%rbx)")
FORM("xaddb %al, (%rbx)") FORM("xaddw %ax, (%rbx)") FORM("xaddl %r10d, (%rbx)") FORM("xaddq %rdx, (%rbx)")
FORM("cmpxchgb %dl, (%rbx)") FORM("cmpxchgw %dx, (%rbx)") FORM("lock cmpxchgl %edx, (%rbx)")
FORM("lock cmpxchgq %r8, (%rbx)")
FORM_OF(3, 0, "cmpxchgb %dl, (%rbx)") FORM_OF(3, 0, "cmpxchgw %dx, (%rbx)") FORM_OF(3, 0, "cmpxchgl %edx, (%rbx)")
FORM_OF(3, 0, "lock cmpxchgq %r8, (%rbx)")
FORM_OF(1, 0, "pushq (%rbx)") FORM_OF(1, 0, "pushw (%rbx)") FORM_OF(1, 0, "pushq 0x18000(%rip)")

/* Strings: from register to register, from a register to memory, and back. */
#define MOVES(kind, op) \
	FORM_OF(kind, 0, op "b") FORM_OF(kind, 0, op "w") FORM_OF(kind, 0, op "l") FORM_OF(kind, 0, op "q") \
	FORM_OF(16 + kind, 0, "rep " op "b") FORM_OF(16 + kind, 0, "rep " op "w") \
	FORM_OF(16 + kind, 0, "rep " op "l") \
	FORM_OF(16 + kind, 0, "rep " op "q")
MOVES(0, "movs") MOVES(1, "movs") MOVES(2, "movs") MOVES(0, "stos") MOVES(0, "lods")
#define COMPARES(kind, op) \
	FORM_OF(kind, 0, op "b") FORM_OF(kind, 0, op "w") FORM_OF(kind, 0, op "l") FORM_OF(kind, 0, op "q") \
	FORM_OF(16 + kind, 0, "repe " op "b") FORM_OF(16 + kind, 0, "repne " op "b") \
	FORM_OF(16 + kind, 0, "repne " op "q") \
	FORM_OF(16 + kind, 0, "repe " op "l")
COMPARES(0, "cmps") COMPARES(1, "cmps") COMPARES(2, "cmps") COMPARES(0, "scas")
FORM_OF(16, 0, "rep movsb (%esi), (%edi)") FORM("movsl (%esi), (%edi)") FORM_OF(16, 0, "rep stosl %eax, (%edi)")
FORM_OF(20, 0, "repe cmpsb") FORM_OF(20, 0, "repe cmpsl")
FORM_OF(20, 0, "repne scasb")

/* Vectors: SSE, AVX of 16 and 32 bytes. */
#define MOVE(op) \
	FORM(op " (%rbx), %xmm0") FORM(op " 16(%rbx), %xmm14") FORM("v" op " (%rbx), %xmm1") \
	FORM("v" op " (%r12), %xmm15") \
	FORM("v" op " (%rbx), %ymm2") FORM("v" op " 32(%rbx), %ymm13")
#define STORE(op) \
	FORM(op " %xmm0, (%rbx)") FORM(op " %xmm14, 16(%rbx)") FORM("v" op " %xmm1, (%rbx)") \
	FORM("v" op " %xmm15, (%r12)") \
	FORM("v" op " %ymm2, (%rbx)") FORM("v" op " %ymm13, 32(%rbx)")
MOVE("movups") MOVE("movupd") MOVE("movaps") MOVE("movapd") MOVE("movdqa") MOVE("movdqu") MOVE("lddqu")
MOVE("movntdqa")
STORE("movups") STORE("movupd") STORE("movaps") STORE("movapd") STORE("movdqa") STORE("movdqu") STORE("movntps")
STORE("movntpd")
STORE("movntdq")
#define SCALAR(op) \
	FORM(op " (%rbx), %xmm0") FORM(op " 3(%rbx), %xmm9") FORM("v" op " (%rbx), %xmm0") \
	FORM("v" op " 3(%rbx), %xmm9") \
	FORM(op " %xmm0, (%rbx)") FORM(op " %xmm9, 3(%rbx)") FORM("v" op " %xmm0, (%rbx)") \
	FORM("v" op " %xmm9, 3(%rbx)")
SCALAR("movss") SCALAR("movsd") SCALAR("movd") SCALAR("movq")
FORM(".byte 0x66, 0x48, 0x0f, 0x6e, 0x1b") FORM(".byte 0x66, 0x48, 0x0f, 0x7e, 0x1b")
#define HALF(op) FORM(op " (%rbx), %xmm0") FORM(op " (%rbx), %xmm10") FORM("v" op " (%rbx), %xmm1, %xmm0") \
	FORM("v" op " (%rbx), %xmm12, %xmm10") FORM(op " %xmm0, (%rbx)") FORM(op " %xmm10, (%rbx)") \
	FORM("v" op " %xmm4, (%rbx)")
HALF("movlps") HALF("movlpd") HALF("movhps") HALF("movhpd")
#define INSERT(op, n) FORM(op " $" n ", (%rbx), %xmm0") FORM(op " $" n ", 0x18000(%rip), %xmm11") \
	FORM("v" op " $" n ", (%rbx), %xmm3, %xmm0") FORM("v" op " $" n ", (%rbx), %xmm13, %xmm11")
INSERT("pinsrb", "13") INSERT("pinsrw", "5") INSERT("pinsrd", "3") INSERT("pinsrq", "1") INSERT("pinsrb", "0x1f")
#define EXTRACT(op, n) \
	FORM(op " $" n ", %xmm0, (%rbx)") FORM(op " $" n ", %xmm11, 0x18000(%rip)") \
	FORM("v" op " $" n ", %xmm3, (%rbx)")
EXTRACT("pextrb", "13") EXTRACT("pextrw", "5") EXTRACT("pextrd", "3") EXTRACT("pextrq", "1") EXTRACT("extractps", "2")
FORM("movddup (%rbx), %xmm4")
#define SPREAD(op) FORM(op " (%rbx), %ymm0") FORM(op " (%rbx), %ymm12")
SPREAD("vbroadcastss") SPREAD("vbroadcastsd") SPREAD("vbroadcastf128") SPREAD("vbroadcasti128") SPREAD("vpbroadcastb")
SPREAD("vpbroadcastw") SPREAD("vpbroadcastd") SPREAD("vpbroadcastq") FORM("vbroadcastss (%rbx), %xmm3")
FORM("vpbroadcastb (%rbx), %xmm3")
FORM("vinsertf128 $0, (%rbx), %ymm1, %ymm2") FORM("vinsertf128 $1, (%rbx), %ymm1, %ymm12")
FORM("vinserti128 $1, (%rbx), %ymm11, %ymm2")
FORM("vextractf128 $0, %ymm1, (%rbx)") FORM("vextractf128 $1, %ymm11, (%rbx)") FORM("vextracti128 $1, %ymm1, (%rbx)")

/* Vectors in the encoding of AVX-512, where a short displacement counts in operands. */
#define WIDE(op) \
	FORM(op " 16(%rbx), %xmm16") FORM(op " 64(%rbx), %ymm17") FORM(op " 64(%rbx), %zmm31") \
	FORM(op " (%rbx,%r9,4), %zmm7") \
	FORM(op " %xmm16, -16(%rbx)") FORM(op " %ymm17, 32(%rbx)") FORM(op " %zmm31, -64(%rbx)") \
	FORM(op " %zmm7, 0x18000(%rip)")
WIDE("vmovdqu8") WIDE("vmovdqu16") WIDE("vmovdqu32") WIDE("vmovdqu64") WIDE("vmovups") WIDE("vmovupd")
#define ALIGNED(op) FORM(op " 16(%rbx), %xmm16") FORM(op " 64(%rbx), %ymm17") FORM(op " 64(%rbx), %zmm31") \
	FORM(op " %xmm16, -16(%rbx)") FORM(op " %ymm17, 32(%rbx)") FORM(op " %zmm31, -64(%rbx)")
ALIGNED("vmovdqa32") ALIGNED("vmovdqa64") ALIGNED("vmovaps") ALIGNED("vmovapd")
FORM("vmovntdq %ymm16, 32(%rbx)") FORM("vmovntdq %zmm2, 64(%rbx)") FORM("vmovntps %zmm20, (%rbx)")
FORM("vmovntdqa 64(%rbx), %zmm20")
FORM("vmovd 4(%rbx), %xmm16") FORM("vmovd %xmm31, 4(%rbx)") FORM("vmovq 8(%rbx), %xmm16")
FORM("vmovq %xmm31, 8(%rbx)")
FORM("vmovss 4(%rbx), %xmm16") FORM("vmovss %xmm31, 4(%rbx)") FORM("vmovsd 8(%rbx), %xmm16")
FORM("vmovsd %xmm31, 8(%rbx)")
FORM("vmovlps 8(%rbx), %xmm17, %xmm16") FORM("vmovhps 8(%rbx), %xmm30, %xmm16") FORM("vmovhps %xmm16, 8(%rbx)")
FORM("vpinsrb $3, 1(%rbx), %xmm17, %xmm16") FORM("vpinsrd $3, 4(%rbx), %xmm17, %xmm16")
FORM("vpextrq $1, %xmm16, 8(%rbx)")
FORM("vpbroadcastb 1(%rbx), %zmm16") FORM("vpbroadcastw 2(%rbx), %zmm1") FORM("vpbroadcastd 4(%rbx), %ymm30")
FORM("vpbroadcastq 8(%rbx), %zmm30") FORM("vbroadcastss 4(%rbx), %zmm3") FORM("vbroadcastsd 8(%rbx), %zmm18")

/* With a mask: elements that are not in it are kept, cleared, or not stored. */
#define MASKED(op) \
	FORM_OF(6, 0, op " (%rbx), %xmm16{%k1}") FORM_OF(6, 0, op " 64(%rbx), %ymm17{%k2}{z}") \
	FORM_OF(6, 0, op " (%rbx), %zmm31{%k3}{z}") \
	FORM_OF(6, 0, op " 64(%rbx), %zmm7{%k4}") FORM_OF(6, 0, op " %xmm16, -16(%rbx){%k5}") \
	FORM_OF(6, 0, op " %ymm17, 32(%rbx){%k6}") FORM_OF(6, 0, op " %zmm7, (%rbx){%k7}")
MASKED("vmovdqu8") MASKED("vmovdqu16") MASKED("vmovdqu32") MASKED("vmovdqu64") MASKED("vmovups") MASKED("vmovupd")
MASKED("vmovdqa32") MASKED("vmovdqa64") MASKED("vmovaps") MASKED("vmovapd")

/* Scalar floating point. */
#define CONVERT(op) FORM(op "l (%rbx), %xmm0") FORM(op "q (%rbx), %xmm10") FORM("v" op "l (%rbx), %xmm1, %xmm0") \
	FORM("v" op "q (%rbx), %xmm11, %xmm10")
CONVERT("cvtsi2ss") CONVERT("cvtsi2sd")
#define CONVERT_BACK(op) \
	FORM(op " (%rbx), %eax") FORM(op " (%rbx), %r8") FORM("v" op " (%rbx), %eax") FORM("v" op " (%rbx), %r8")
CONVERT_BACK("cvtss2si") CONVERT_BACK("cvttss2si") CONVERT_BACK("cvtsd2si") CONVERT_BACK("cvttsd2si")
#define FLOAT(op) \
	FORM(op " (%rbx), %xmm0") FORM(op " (%rbx), %xmm10") FORM("v" op " (%rbx), %xmm1, %xmm0") \
	FORM("v" op " (%rbx), %xmm11, %xmm10")
FLOAT("cvtss2sd") FLOAT("cvtsd2ss") FLOAT("sqrtss") FLOAT("sqrtsd") FLOAT("addss") FLOAT("addsd") FLOAT("mulss")
FLOAT("mulsd")
FLOAT("subss") FLOAT("subsd") FLOAT("minss") FLOAT("minsd") FLOAT("divss") FLOAT("divsd") FLOAT("maxss")
FLOAT("maxsd")
#define COMPARE(op) FORM(op " (%rbx), %xmm0") FORM(op " (%rbx), %xmm10") FORM("v" op " (%rbx), %xmm0")
COMPARE("ucomiss") COMPARE("comiss") COMPARE("ucomisd") COMPARE("comisd")

/* What a processor would execute, and we do not. */
UNKNOWN("popq (%rbx)") UNKNOWN("jmpq *(%rbx)") UNKNOWN("callq *(%rbx)")
UNKNOWN("btl %eax, (%r13)") UNKNOWN("shldl $3, %eax, (%rbx)") UNKNOWN("cmpxchg8b (%rbx)") UNKNOWN("cmpxchg16b (%rbx)")
UNKNOWN("crc32l (%rbx), %eax") UNKNOWN("fldl (%rbx)") UNKNOWN("fildll (%rbx)") UNKNOWN("fnstcw (%rbx)")
UNKNOWN("fxsave (%rbx)")
UNKNOWN("movq (%rbx), %mm0") UNKNOWN("movq %mm0, (%rbx)") UNKNOWN("pinsrw $1, (%rbx), %mm0") UNKNOWN("stmxcsr (%rbx)")
UNKNOWN("paddd (%rbx), %xmm0") UNKNOWN("pand (%rbx), %xmm0") UNKNOWN("addps (%rbx), %xmm0")
UNKNOWN("vpaddd (%rbx), %ymm1, %ymm0")
UNKNOWN("pmovzxbw (%rbx), %xmm0") UNKNOWN("cvtps2pd (%rbx), %xmm0") UNKNOWN("vmovddup (%rbx), %ymm0")
UNKNOWN("insertps $1, (%rbx), %xmm0")
UNKNOWN("vmaskmovps (%rbx), %xmm1, %xmm0") UNKNOWN("andnl (%rbx), %eax, %ecx") UNKNOWN("shlxl %eax, (%rbx), %ecx")
UNKNOWN("vpaddd (%rbx), %zmm1, %zmm0{%k1}")
UNKNOWN("vpaddd (%rbx), %zmm1, %zmm0") UNKNOWN("vpaddd (%rbx){1to16}, %zmm1, %zmm0")
