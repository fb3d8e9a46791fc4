/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The x86-64 arithmetic on memory and general registers. Each instruction reads its operand,
 * computes, writes its operand, and only then changes registers and flags, so that a failed access
 * has changed nothing.
 */
#include "insn/insn_x86_64.h"

/* op memory, value */
static enum insn_result change(struct x86_cpu *cpu, const struct x86_insn *insn, enum x86_op op, uint64_t operand)
{
	uint64_t value = 0, flags = x86_flags(cpu);

	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	value = x86_operate(op, insn->size, value, operand, &flags);
	if (op != X86_CMP && op != X86_TEST && !x86_store(cpu, insn, &value))
		return INSN_REFUSED;
	x86_set_flags(cpu, flags);
	return INSN_DONE;
}

/* op register, memory */
static enum insn_result operate(struct x86_cpu *cpu, const struct x86_insn *insn, enum x86_op op)
{
	uint64_t value = 0, flags = x86_flags(cpu);

	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	value = x86_operate(op, insn->size, x86_get(cpu, insn, insn->reg, insn->size), value, &flags);
	if (op != X86_CMP)
		x86_set(cpu, insn, insn->reg, insn->size, value);
	x86_set_flags(cpu, flags);
	return INSN_DONE;
}

/* Bit 1 of the opcode says whether the register is the destination. */
static enum insn_result arithmetic(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	enum x86_op op = insn->opcode >> 3;

	if (insn->opcode & 2)
		return operate(cpu, insn, op);
	return change(cpu, insn, op, x86_get(cpu, insn, insn->reg, insn->size));
}

static enum insn_result arithmetic_immediate(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	return change(cpu, insn, insn->reg & 7, (uint64_t)insn->imm);
}

static enum insn_result test(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	return change(cpu, insn, X86_TEST, x86_get(cpu, insn, insn->reg, insn->size));
}

/* The form names the operation: a number that is counted, or a product. */
static enum insn_result to_register(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	return operate(cpu, insn, insn->form->argument);
}

static enum insn_result imul_immediate(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	uint64_t value = 0, flags = x86_flags(cpu);

	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	x86_set(cpu, insn, insn->reg, insn->size,
		x86_operate(X86_IMUL, insn->size, value, (uint64_t)insn->imm, &flags));
	x86_set_flags(cpu, flags);
	return INSN_DONE;
}

static enum insn_result not(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	uint64_t value = 0;

	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	return x86_store_value(cpu, insn, ~value);
}

static enum insn_result group_f6(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	switch (insn->reg & 7) {
	case 0: case 1: return change(cpu, insn, X86_TEST, (uint64_t)insn->imm);
	case 2: return not(cpu, insn);
	case 3: return change(cpu, insn, X86_NEG, 0);
	case 4: return x86_multiply(cpu, insn, false);
	case 5: return x86_multiply(cpu, insn, true);
	}
	return x86_divide(cpu, insn, (insn->reg & 7) == 7);
}

enum insn_result x86_inc_dec(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	if ((insn->reg & 7) > 1)
		return INSN_UNKNOWN;
	return change(cpu, insn, insn->reg & 7 ? X86_DEC : X86_INC, 0);
}

/* The count is an immediate, 1 or CL. */
static enum insn_result shift(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	uint8_t count = insn->opcode < 0xd0 ? (uint8_t)insn->imm : insn->opcode < 0xd2 ? 1 : (uint8_t)*x86_reg(cpu, 1);
	uint64_t value = 0, flags = x86_flags(cpu);

	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	value = x86_shift(insn->reg & 7, insn->size, value, count, &flags);
	if (!x86_store(cpu, insn, &value))
		return INSN_REFUSED;
	x86_set_flags(cpu, flags);
	return INSN_DONE;
}

/* bt, bts, btr and btc with an immediate. The manual leaves all flags but CF and ZF undefined. */
static enum insn_result bit(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	uint64_t value = 0, mask = bit64((uint64_t)insn->imm & (8 * insn->size - 1)), was;
	unsigned int op = insn->reg & 7;

	if (op < 4)
		return INSN_UNKNOWN;
	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	was = value & mask;
	value = op == 5 ? value | mask : op == 6 ? value & ~mask : value ^ mask;
	if (op > 4 && !x86_store(cpu, insn, &value))
		return INSN_REFUSED;
	x86_set_flags(cpu, (x86_flags(cpu) & ~X86_CF) | (was ? X86_CF : 0));
	return INSN_DONE;
}

#define ROW(map, prefixes, first, last, size, imm, run, argument) \
	{ X86_LEGACY, map, prefixes, first, last, size, 0, imm, run, argument }
#define ONE(first, last, size, imm, run) ROW(0, X86_ANY, first, last, size, imm, run, 0)
#define TO_REGISTER(prefixes, opcode, op) ROW(1, prefixes, opcode, opcode, X86_SIZE_V, X86_IMM_NONE, to_register, op)

static const struct x86_form rows[] = {
	ONE(0x00, 0x3f, X86_SIZE_BIT0, X86_IMM_NONE, arithmetic),   /* if bit 2 is clear; the decoder knows that */
	ONE(0x80, 0x80, 1, X86_IMM_BYTE, arithmetic_immediate),
	ONE(0x81, 0x81, X86_SIZE_V, X86_IMM_OPERAND, arithmetic_immediate),
	ONE(0x83, 0x83, X86_SIZE_V, X86_IMM_BYTE, arithmetic_immediate),
	ONE(0x84, 0x85, X86_SIZE_BIT0, X86_IMM_NONE, test),
	ONE(0xf6, 0xf7, X86_SIZE_BIT0, X86_IMM_TEST, group_f6),
	ONE(0xfe, 0xfe, 1, X86_IMM_NONE, x86_inc_dec),
	ONE(0x69, 0x69, X86_SIZE_V, X86_IMM_OPERAND, imul_immediate),
	ONE(0x6b, 0x6b, X86_SIZE_V, X86_IMM_BYTE, imul_immediate),
	ONE(0xc0, 0xc1, X86_SIZE_BIT0, X86_IMM_BYTE, shift),
	ONE(0xd0, 0xd3, X86_SIZE_BIT0, X86_IMM_NONE, shift),
	TO_REGISTER(X86_ANY, 0xaf, X86_IMUL),
	TO_REGISTER(X86_F3, 0xb8, X86_POPCNT),
	TO_REGISTER(X86_F3, 0xbc, X86_TZCNT),
	TO_REGISTER(X86_F3, 0xbd, X86_LZCNT),
	TO_REGISTER(X86_NP | X86_66, 0xbc, X86_BSF),
	TO_REGISTER(X86_NP | X86_66, 0xbd, X86_BSR),
	ROW(1, X86_ANY, 0xba, 0xba, X86_SIZE_V, X86_IMM_BYTE, bit, 0),
};

const struct x86_forms x86_integers = { rows, ARRAY_COUNT(rows) };
