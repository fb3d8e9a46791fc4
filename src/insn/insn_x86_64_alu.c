/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arithmetic and its flags on x86-64. The processor itself computes them, on registers: so flags
 * that the manual leaves undefined are those that the program would have got.
 */
#include "insn/insn_x86_64.h"

/*
 * Runs one instruction on `a` between writing and reading the flags. The stack pointer first steps
 * over what the compiler may keep below it.
 */
#define RUN(text, b_in) __asm__( \
	"lea -128(%%rsp), %%rsp\n\t" \
	"push %[flags]\n\t" \
	"popfq\n\t" \
	text "\n\t" \
	"pushfq\n\t" \
	"pop %[flags]\n\t" \
	"lea 128(%%rsp), %%rsp" \
	: [a] "+&r" (a), [flags] "+&r" (after) : [b] b_in (b) : "cc", "memory")

#define WIDE(name, source, b_in) \
	case 2: RUN(name "w " source(w) "%w[a]", b_in); break; \
	case 4: RUN(name "l " source(k) "%k[a]", b_in); break; \
	case 8: RUN(name "q " source(q) "%q[a]", b_in); break;

#define IN_B(modifier) "%" #modifier "[b], "
#define IN_CL(modifier) "%%cl, "
#define ALONE(modifier) ""

/* One operation at every size. The forms with a register as the source have no byte version. */
#define BINARY(name) switch (size) { \
	case 1: RUN(name "b %b[b], %b[a]", "r"); break; \
	WIDE(name, IN_B, "r") }
#define UNARY(name) switch (size) { \
	case 1: RUN(name "b %b[a]", "r"); break; \
	WIDE(name, ALONE, "r") }
#define TO_REGISTER(name) switch (size) { WIDE(name, IN_B, "r") }
#define SHIFT(name) switch (size) { \
	case 1: RUN(name "b %%cl, %b[a]", "c"); break; \
	WIDE(name, IN_CL, "c") }

uint64_t x86_operate(enum x86_op op, unsigned int size, uint64_t a, uint64_t b, uint64_t *flags)
{
	uint64_t after = *flags & X86_STATUS;

	switch (op) {
	case X86_ADD: BINARY("add"); break;
	case X86_OR: BINARY("or"); break;
	case X86_ADC: BINARY("adc"); break;
	case X86_SBB: BINARY("sbb"); break;
	case X86_AND: BINARY("and"); break;
	case X86_SUB: BINARY("sub"); break;
	case X86_XOR: BINARY("xor"); break;
	case X86_CMP: BINARY("cmp"); break;
	case X86_TEST: BINARY("test"); break;
	case X86_INC: UNARY("inc"); break;
	case X86_DEC: UNARY("dec"); break;
	case X86_NEG: UNARY("neg"); break;
	case X86_IMUL: TO_REGISTER("imul"); break;
	case X86_POPCNT: TO_REGISTER("popcnt"); break;
	case X86_TZCNT: TO_REGISTER("tzcnt"); break;
	case X86_LZCNT: TO_REGISTER("lzcnt"); break;
	case X86_BSF: TO_REGISTER("bsf"); break;
	case X86_BSR: TO_REGISTER("bsr"); break;
	}
	*flags = (*flags & ~X86_STATUS) | (after & X86_STATUS);
	return a & x86_mask(size);
}

uint64_t x86_shift(unsigned int op, unsigned int size, uint64_t a, uint8_t count, uint64_t *flags)
{
	uint64_t after = *flags & X86_STATUS, b = count;

	switch (op) {
	case 0: SHIFT("rol"); break;
	case 1: SHIFT("ror"); break;
	case 2: SHIFT("rcl"); break;
	case 3: SHIFT("rcr"); break;
	case 4: case 6: SHIFT("shl"); break;
	case 5: SHIFT("shr"); break;
	case 7: SHIFT("sar"); break;
	}
	*flags = (*flags & ~X86_STATUS) | (after & X86_STATUS);
	return a & x86_mask(size);
}

bool x86_condition(unsigned int code, uint64_t flags)
{
	bool sign_differs = !(flags & X86_SF) != !(flags & X86_OF);
	bool holds = false;

	switch (code >> 1 & 7) {
	case 0: holds = flags & X86_OF; break;
	case 1: holds = flags & X86_CF; break;
	case 2: holds = flags & X86_ZF; break;
	case 3: holds = flags & (X86_CF | X86_ZF); break;
	case 4: holds = flags & X86_SF; break;
	case 5: holds = flags & X86_PF; break;
	case 6: holds = sign_differs; break;
	case 7: holds = sign_differs || flags & X86_ZF; break;
	}
	return holds != (code & 1);
}
