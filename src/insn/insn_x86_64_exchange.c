/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The x86-64 instructions that exchange memory and a register: a read, then a write. A LOCK prefix,
 * here and elsewhere, has no effect: no other access of the bus is kept out between the two.
 */
#include "insn/insn_x86_64.h"

static enum insn_result xchg(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	uint64_t value = 0, mine = x86_get(cpu, insn, insn->reg, insn->size);

	if (!x86_load(cpu, insn, &value) || !x86_store(cpu, insn, &mine))
		return INSN_REFUSED;
	x86_set(cpu, insn, insn->reg, insn->size, value);
	return INSN_DONE;
}

static enum insn_result xadd(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	uint64_t value = 0, sum, flags = x86_flags(cpu);

	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	sum = x86_operate(X86_ADD, insn->size, value, x86_get(cpu, insn, insn->reg, insn->size), &flags);
	if (!x86_store(cpu, insn, &sum))
		return INSN_REFUSED;
	x86_set(cpu, insn, insn->reg, insn->size, value);
	x86_set_flags(cpu, flags);
	return INSN_DONE;
}

/* The processor always writes: the old value if the comparison fails. */
static enum insn_result cmpxchg(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	uint64_t value = 0, flags = x86_flags(cpu), mine;
	bool is_equal;

	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	x86_operate(X86_CMP, insn->size, x86_get(cpu, insn, 0, insn->size), value, &flags);
	is_equal = flags & X86_ZF;
	mine = is_equal ? x86_get(cpu, insn, insn->reg, insn->size) : value;
	if (!x86_store(cpu, insn, &mine))
		return INSN_REFUSED;
	if (!is_equal)
		x86_set(cpu, insn, 0, insn->size, value);
	x86_set_flags(cpu, flags);
	return INSN_DONE;
}

#define ROW(map, first, last, run) \
	{ X86_LEGACY, map, X86_ANY, first, last, X86_SIZE_BIT0, 0, X86_IMM_NONE, run, 0 }

static const struct x86_form rows[] = {
	ROW(0, 0x86, 0x87, xchg),
	ROW(1, 0xb0, 0xb1, cmpxchg),
	ROW(1, 0xc0, 0xc1, xadd),
};

const struct x86_forms x86_exchanges = { rows, ARRAY_COUNT(rows) };
