/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The x86-64 scalar floating point instructions with an operand in memory: conversions, arithmetic
 * and comparisons. The processor computes them on registers with the rounding mode of the context.
 * An exception that the program has unmasked makes the instruction unknown.
 */
#include "insn/insn_x86_64.h"

#include <string.h>
#include <xmmintrin.h>

#define MXCSR_EXCEPTIONS 0x3fu
#define MXCSR_MASKS 0x1f80u
#define MXCSR_MODE 0xe040u       /* rounding, and denormals as zero */
#define MXCSR_MASK_SHIFT 7

/* Operations by the low bits of opcode 5x, and the conversions. */
enum { SQRT = 1, ADD = 8, MUL, CONVERT, SUB = 12, MIN, DIV, MAX };

typedef float xmm __attribute__((vector_size(16)));

/* The context's mode is in force between these two. */
static unsigned int begin(const struct x86_cpu *cpu)
{
	unsigned int ours = _mm_getcsr();

	_mm_setcsr((cpu->fp->mxcsr & MXCSR_MODE) | MXCSR_MASKS);
	return ours;
}

/* Returns false if the program is to have a signal for the exceptions that have occurred. */
static bool end(struct x86_cpu *cpu, unsigned int ours)
{
	unsigned int raised = _mm_getcsr() & MXCSR_EXCEPTIONS;

	_mm_setcsr(ours);
	if (raised & ~(cpu->fp->mxcsr >> MXCSR_MASK_SHIFT))
		return false;
	cpu->fp->mxcsr |= raised;
	return true;
}

#define RUN(name) __asm__ volatile(name " %1, %0" : "+x" (a) : "x" (b))
#define RUN_ALL(suffix) switch (op) { \
	case SQRT: RUN("sqrt" suffix); break; \
	case ADD: RUN("add" suffix); break; \
	case MUL: RUN("mul" suffix); break; \
	case SUB: RUN("sub" suffix); break; \
	case MIN: RUN("min" suffix); break; \
	case DIV: RUN("div" suffix); break; \
	case MAX: RUN("max" suffix); break; }

static xmm run_single(unsigned int op, xmm a, xmm b)
{
	if (op == CONVERT)
		RUN("cvtss2sd");
	else
		RUN_ALL("ss")
	return a;
}

static xmm run_double(unsigned int op, xmm a, xmm b)
{
	if (op == CONVERT)
		RUN("cvtsd2ss");
	else
		RUN_ALL("sd")
	return a;
}

/* Bytes that the operation keeps come from the destination, or from VEX.vvvv. */
static bool get_kept(struct x86_cpu *cpu, const struct x86_insn *insn, struct x86_vector *vector)
{
	return x86_vector_get(cpu, insn->encoding == X86_LEGACY ? insn->reg : insn->vector, vector);
}

/* Writes 16 bytes. The upper part of the register is kept or cleared. */
static enum insn_result finish(struct x86_cpu *cpu, const struct x86_insn *insn, xmm result)
{
	struct x86_vector whole = { 0 };

	if (insn->encoding == X86_LEGACY && !x86_vector_get(cpu, insn->reg, &whole))
		return INSN_UNKNOWN;
	memcpy(whole.bytes, &result, sizeof(result));
	return x86_vector_set(cpu, insn->reg, &whole) ? INSN_DONE : INSN_UNKNOWN;
}

static enum insn_result arithmetic(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	unsigned int op = insn->opcode & 15, ours;
	struct x86_vector kept;
	xmm a, b = { 0 };

	if (!get_kept(cpu, insn, &kept))
		return INSN_UNKNOWN;
	if (!x86_load(cpu, insn, &b))
		return INSN_REFUSED;
	memcpy(&a, kept.bytes, sizeof(a));
	ours = begin(cpu);
	a = insn->memory == 4 ? run_single(op, a, b) : run_double(op, a, b);
	if (!end(cpu, ours))
		return INSN_UNKNOWN;
	return finish(cpu, insn, a);
}

/* cvtsi2ss and cvtsi2sd */
static enum insn_result from_integer(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	bool is_single = insn->pp == 2;
	struct x86_vector kept;
	uint64_t value = 0;
	unsigned int ours;
	int64_t number;
	xmm a;

	if (!get_kept(cpu, insn, &kept))
		return INSN_UNKNOWN;
	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	memcpy(&a, kept.bytes, sizeof(a));
	number = x86_sign_extend(value, insn->memory);
	ours = begin(cpu);
	if (is_single)
		__asm__ volatile("cvtsi2ssq %1, %0" : "+x" (a) : "r" (number));
	else
		__asm__ volatile("cvtsi2sdq %1, %0" : "+x" (a) : "r" (number));
	if (!end(cpu, ours))
		return INSN_UNKNOWN;
	return finish(cpu, insn, a);
}

/* cvttss2si and its relatives; an even opcode truncates. The operand's size is that of the register. */
#define CONVERT_TO(name) do { \
	if (insn->size == 8) \
		__asm__ volatile(name " %1, %q0" : "=r" (number) : "x" (b)); \
	else \
		__asm__ volatile(name " %1, %k0" : "=r" (number) : "x" (b)); \
	} while (0)

static enum insn_result to_integer(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	bool is_single = insn->pp == 2, truncates = !(insn->opcode & 1);
	uint64_t number;
	unsigned int ours;
	xmm b = { 0 };

	if (!cpu->fp)
		return INSN_UNKNOWN;
	if (!x86_load(cpu, insn, &b))
		return INSN_REFUSED;
	ours = begin(cpu);
	if (is_single && truncates)
		CONVERT_TO("cvttss2si");
	else if (is_single)
		CONVERT_TO("cvtss2si");
	else if (truncates)
		CONVERT_TO("cvttsd2si");
	else
		CONVERT_TO("cvtsd2si");
	if (!end(cpu, ours))
		return INSN_UNKNOWN;
	x86_set(cpu, insn, insn->reg, insn->size, number);
	return INSN_DONE;
}

#define COMPARE(name) __asm__ volatile( \
	"lea -128(%%rsp), %%rsp\n\t" name " %[b], %[a]\n\tpushfq\n\tpop %[flags]\n\tlea 128(%%rsp), %%rsp" \
	: [flags] "=&r" (flags) : [a] "x" (a), [b] "x" (b) : "cc", "memory")

/* ucomiss, comiss, ucomisd, comisd */
static enum insn_result compare(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	bool is_single = insn->pp == 0, is_quiet = insn->opcode == 0x2e;
	struct x86_vector vector;
	uint64_t flags;
	unsigned int ours;
	xmm a, b = { 0 };

	if (!x86_vector_get(cpu, insn->reg, &vector))
		return INSN_UNKNOWN;
	if (!x86_load(cpu, insn, &b))
		return INSN_REFUSED;
	memcpy(&a, vector.bytes, sizeof(a));
	ours = begin(cpu);
	if (is_single && is_quiet)
		COMPARE("ucomiss");
	else if (is_single)
		COMPARE("comiss");
	else if (is_quiet)
		COMPARE("ucomisd");
	else
		COMPARE("comisd");
	if (!end(cpu, ours))
		return INSN_UNKNOWN;
	cpu->regs[REG_EFL] = (greg_t)(((uint64_t)cpu->regs[REG_EFL] & ~X86_STATUS) | (flags & X86_STATUS));
	return INSN_DONE;
}

#define ROW(prefixes, first, last, size, memory, run) \
	{ X86_LEGACY | X86_VEX, 1, prefixes, first, last, size, memory, X86_IMM_NONE, run, 0 }

static const struct x86_form rows[] = {
	ROW(X86_F3 | X86_F2, 0x2a, 0x2a, X86_SIZE_W, 0, from_integer),
	ROW(X86_F3, 0x2c, 0x2d, X86_SIZE_W, 4, to_integer),
	ROW(X86_F2, 0x2c, 0x2d, X86_SIZE_W, 8, to_integer),
	ROW(X86_NP, 0x2e, 0x2f, 4, 0, compare),
	ROW(X86_66, 0x2e, 0x2f, 8, 0, compare),
	ROW(X86_F3, 0x51, 0x51, 4, 0, arithmetic),
	ROW(X86_F2, 0x51, 0x51, 8, 0, arithmetic),
	ROW(X86_F3, 0x58, 0x5a, 4, 0, arithmetic),
	ROW(X86_F2, 0x58, 0x5a, 8, 0, arithmetic),
	ROW(X86_F3, 0x5c, 0x5f, 4, 0, arithmetic),
	ROW(X86_F2, 0x5c, 0x5f, 8, 0, arithmetic),
};

const struct x86_forms x86_floats = { rows, ARRAY_COUNT(rows) };
