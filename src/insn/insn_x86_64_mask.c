/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The x86-64 moves of whole vectors with a mask, by which the C library fills and copies what is
 * shorter than a vector. Only elements in the mask are accessed, so only those must be registers.
 */
#include "insn/insn_x86_64.h"

#include <string.h>

static struct insn_some selected(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	unsigned int element = insn->form->argument << insn->w;
	uint64_t mask = x86_opmask(cpu, insn->mask);
	struct insn_some some = { 0 };

	for (unsigned int at = 0; at < insn->vector_length; at += element)
		if (mask & bit64(at / element))
			some.bits[0] |= (bit64(element) - 1) << at;
	return some;
}

static enum insn_result move(struct x86_cpu *cpu, const struct x86_insn *insn, struct x86_vector *vector, bool is_write)
{
	struct insn_some some = selected(cpu, insn);

	if (!insn_some_faulted(cpu->bus, insn->address, insn->memory, &some, cpu->fault))
		return INSN_UNKNOWN;
	if (!insn_some_move(cpu->bus, insn->address, insn->memory, &some, vector->bytes, is_write))
		return INSN_REFUSED;
	return INSN_DONE;
}

static enum insn_result load(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	struct x86_vector vector;
	enum insn_result result;

	if (!x86_vector_get(cpu, insn->reg, &vector))
		return INSN_UNKNOWN;
	if (insn->clears_others)
		memset(&vector, 0, sizeof(vector));
	memset(vector.bytes + insn->memory, 0, sizeof(vector) - insn->memory);
	result = move(cpu, insn, &vector, false);
	if (result == INSN_DONE)
		x86_vector_set(cpu, insn->reg, &vector);
	return result;
}

static enum insn_result store(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	struct x86_vector vector;

	return x86_vector_get(cpu, insn->reg, &vector) ? move(cpu, insn, &vector, true) : INSN_UNKNOWN;
}

/* The argument is the size of an element if W is clear; if W is set, elements are twice as large. */
#define ROW(prefixes, opcode, run, element) \
	{ X86_EVEX, 1, prefixes, opcode, opcode, X86_SIZE_VL, 0, X86_IMM_NONE, run, element }

static const struct x86_form rows[] = {
	ROW(X86_F2, 0x6f, load, 1),                  /* vmovdqu8, vmovdqu16 */
	ROW(X86_F2, 0x7f, store, 1),
	ROW(X86_66 | X86_F3, 0x6f, load, 4),         /* vmovdqa32, vmovdqu32 and of 64 */
	ROW(X86_66 | X86_F3, 0x7f, store, 4),
	ROW(X86_NP | X86_66, 0x10, load, 4),         /* vmovups, vmovupd */
	ROW(X86_NP | X86_66, 0x11, store, 4),
	ROW(X86_NP | X86_66, 0x28, load, 4),         /* vmovaps, vmovapd */
	ROW(X86_NP | X86_66, 0x29, store, 4),
};

const struct x86_forms x86_masked = { rows, ARRAY_COUNT(rows) };
