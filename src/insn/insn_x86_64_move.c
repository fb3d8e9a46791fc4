/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The x86-64 moves between memory and general registers, and the stores of conditions. Each makes
 * its access first, so that a failed one has changed nothing.
 */
#include "insn/insn_x86_64.h"

static enum insn_result mov_to_memory(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	return x86_store_value(cpu, insn, x86_get(cpu, insn, insn->reg, insn->size));
}

static enum insn_result mov_to_register(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	uint64_t value = 0;

	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	x86_set(cpu, insn, insn->reg, insn->size, value);
	return INSN_DONE;
}

static enum insn_result mov_immediate(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	return insn->reg & 7 ? INSN_UNKNOWN : x86_store_value(cpu, insn, (uint64_t)insn->imm);
}

static enum insn_result movsx(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	uint64_t value = 0;

	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	x86_set(cpu, insn, insn->reg, insn->size, (uint64_t)x86_sign_extend(value, insn->memory));
	return INSN_DONE;
}

static uint64_t swap(uint64_t value, unsigned int size)
{
	return __builtin_bswap64(value) >> (64 - 8 * size);
}

static enum insn_result movbe_to_register(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	uint64_t value = 0;

	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	x86_set(cpu, insn, insn->reg, insn->size, swap(value, insn->size));
	return INSN_DONE;
}

static enum insn_result movbe_to_memory(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	return x86_store_value(cpu, insn, swap(x86_get(cpu, insn, insn->reg, insn->size), insn->size));
}

/* The load is made whether the condition holds or not. */
static enum insn_result cmov(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	uint64_t value = 0;

	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	if (!x86_condition(insn->opcode, x86_flags(cpu)))
		value = x86_get(cpu, insn, insn->reg, insn->size);
	x86_set(cpu, insn, insn->reg, insn->size, value);
	return INSN_DONE;
}

static enum insn_result setcc(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	return x86_store_value(cpu, insn, x86_condition(insn->opcode, x86_flags(cpu)));
}

static enum insn_result push(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	const struct insn_bus *bus = cpu->bus;
	unsigned int size = insn->has_66 ? 2 : 8;
	uint64_t value = 0, top = (uint64_t)cpu->regs[REG_RSP] - size;

	if (!bus->memory || !insn_bus_has(bus, insn->address, size))
		return INSN_UNKNOWN;
	if (!insn_bus_move(bus, insn->address, size, &value, false))
		return INSN_REFUSED;
	if (!bus->memory(bus->bus, top, size, &value, true))
		return INSN_UNKNOWN;
	cpu->regs[REG_RSP] = (greg_t)top;
	return INSN_DONE;
}

/* Of the group of opcode FF, only push moves. */
static enum insn_result group_ff(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	return (insn->reg & 7) == 6 ? push(cpu, insn) : x86_inc_dec(cpu, insn);
}

#define ROW(map, prefixes, first, last, size, memory, imm, run, argument) \
	{ X86_LEGACY, map, prefixes, first, last, size, memory, imm, run, argument }
#define ONE(first, last, size, imm, run) ROW(0, X86_ANY, first, last, size, 0, imm, run, 0)
#define TWO(first, last, size, memory, run) ROW(1, X86_ANY, first, last, size, memory, X86_IMM_NONE, run, 0)

/* The most frequent forms come first. */
static const struct x86_form rows[] = {
	ONE(0x8a, 0x8b, X86_SIZE_BIT0, X86_IMM_NONE, mov_to_register),
	ONE(0x88, 0x89, X86_SIZE_BIT0, X86_IMM_NONE, mov_to_memory),
	ONE(0xc6, 0xc7, X86_SIZE_BIT0, X86_IMM_OPERAND, mov_immediate),
	TWO(0xb6, 0xb6, X86_SIZE_V, 1, mov_to_register),                                   /* movzx */
	TWO(0xb7, 0xb7, X86_SIZE_V, 2, mov_to_register),
	TWO(0xbe, 0xbe, X86_SIZE_V, 1, movsx),
	TWO(0xbf, 0xbf, X86_SIZE_V, 2, movsx),
	ROW(0, X86_ANY, 0x63, 0x63, X86_SIZE_V, 4, X86_IMM_NONE, movsx, 0),                /* movsxd */
	ONE(0xa0, 0xa1, X86_SIZE_BIT0, X86_IMM_OFFSET, mov_to_register),
	ONE(0xa2, 0xa3, X86_SIZE_BIT0, X86_IMM_OFFSET, mov_to_memory),
	ONE(0xff, 0xff, X86_SIZE_V, X86_IMM_NONE, group_ff),
	TWO(0x40, 0x4f, X86_SIZE_V, 0, cmov),
	TWO(0x90, 0x9f, 1, 0, setcc),
	ROW(1, X86_NP, 0xc3, 0xc3, X86_SIZE_W, 0, X86_IMM_NONE, mov_to_memory, 0),         /* movnti */
	ROW(2, X86_NP | X86_66, 0xf0, 0xf0, X86_SIZE_V, 0, X86_IMM_NONE, movbe_to_register, 0),
	ROW(2, X86_NP | X86_66, 0xf1, 0xf1, X86_SIZE_V, 0, X86_IMM_NONE, movbe_to_memory, 0),
};

const struct x86_forms x86_moves = { rows, ARRAY_COUNT(rows) };
