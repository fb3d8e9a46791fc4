/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ld1b and st1b of SVE, by which the C library copies what is short on processors that have SVE. The
 * predicate says which bytes move; the others are not accessed, and a load clears them.
 */
#include "insn/insn_aarch64.h"

#include <string.h>

struct sve_move {
	uint64_t address;
	unsigned int number, predicate, size;
	bool is_load;
};

static bool is_in(uint32_t code, uint32_t mask, uint32_t value)
{
	return (code & mask) == value;
}

/* The offset is a register, or a number of vectors from -8 to 7. */
static bool decode(const mcontext_t *machine, uint32_t code, unsigned int size, struct sve_move *move)
{
	bool is_near = is_in(code, 0xfff0e000, 0xa400a000) || is_in(code, 0xfff0e000, 0xe400e000);
	bool is_indexed = is_in(code, 0xffe0e000, 0xa4004000) || is_in(code, 0xffe0e000, 0xe4004000);
	uint32_t index = code >> 16 & 31;

	if (!size || !(is_near || (is_indexed && index != ARM_ZERO)))
		return false;
	move->size = size;
	move->number = code & 31;
	move->predicate = code >> 10 & 7;
	move->is_load = !(code & 0x40000000);
	move->address = arm_base(machine, code >> 5 & 31);
	move->address += is_indexed ? machine->regs[index] : (uint64_t)(((int64_t)(index & 15) ^ 8) - 8) * size;
	return true;
}

enum insn_result arm_sve_emulate(mcontext_t *machine, uint32_t code, uint64_t fault, const struct insn_bus *bus)
{
	uint8_t bytes[ARM_SVE_SIZE_MAX] = { 0 };
	struct insn_some some = { 0 };
	struct sve_move move;

	if (!decode(machine, code, arm_sve_size(machine), &move))
		return INSN_UNKNOWN;
	move.address = arm_without_tag(move.address);
	arm_sve_get_predicate(machine, move.predicate, some.bits);
	if (!move.is_load)
		arm_sve_get(machine, move.number, bytes);
	if (!insn_some_faulted(bus, move.address, move.size, &some, fault))
		return INSN_UNKNOWN;
	if (!insn_some_move(bus, move.address, move.size, &some, bytes, !move.is_load))
		return INSN_REFUSED;
	if (move.is_load)
		arm_sve_set(machine, move.number, bytes);
	return INSN_DONE;
}
