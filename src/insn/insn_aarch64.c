/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Emulates the loads and stores of 64-bit ARM. The decoder has computed addresses; here registers
 * move to and from the bus, one after the other.
 */
#include "insn/insn_aarch64.h"

#include <string.h>

static enum insn_result store(const struct insn_bus *bus, mcontext_t *machine, const struct arm_move *move)
{
	for (unsigned int i = 0; i < move->count; i++) {
		uint64_t value = arm_value(machine, move->registers[i]);
		uint8_t bytes[16];

		if (!move->is_vector)
			memcpy(bytes, &value, sizeof(value));
		else if (!arm_vector_get(machine, move->registers[i], bytes))
			return INSN_UNKNOWN;
		if (!insn_bus_move(bus, arm_without_tag(move->address) + i * move->size, move->size, bytes, true))
			return INSN_REFUSED;
	}
	return INSN_DONE;
}

static void set_vector(mcontext_t *machine, unsigned int number, const struct arm_move *move, uint8_t bytes[16])
{
	for (unsigned int at = move->size; move->is_replicated && at < move->fills; at += move->size)
		memcpy(bytes + at, bytes, move->size);
	arm_vector_set(machine, number, bytes);
}

static void set_value(mcontext_t *machine, unsigned int number, const struct arm_move *move, uint64_t value)
{
	unsigned int shift = 64 - 8 * move->size;

	if (move->is_signed)
		value = (uint64_t)((int64_t)(value << shift) >> shift);
	if (number != ARM_ZERO)
		machine->regs[number] = move->width == 4 ? (uint32_t)value : value;
}

/* All registers are loaded before the first is set, because a later access may fail. */
static enum insn_result load(const struct insn_bus *bus, mcontext_t *machine, const struct arm_move *move)
{
	uint8_t bytes[4][16] = { 0 };
	uint8_t unused[16];

	if (move->is_vector && !arm_vector_get(machine, 0, unused))
		return INSN_UNKNOWN;
	for (unsigned int i = 0; i < move->count; i++)
		if (!insn_bus_move(bus, arm_without_tag(move->address) + i * move->size, move->size, bytes[i], false))
			return INSN_REFUSED;
	for (unsigned int i = 0; i < move->count; i++) {
		uint64_t value;

		memcpy(&value, bytes[i], sizeof(value));
		if (move->is_vector)
			set_vector(machine, move->registers[i], move, bytes[i]);
		else
			set_value(machine, move->registers[i], move, value);
	}
	return INSN_DONE;
}

static void write_back(mcontext_t *machine, const struct arm_move *move)
{
	if (move->base == ARM_ZERO)
		machine->sp = move->writeback;
	else
		machine->regs[move->base] = move->writeback;
}

static enum insn_result emulate(mcontext_t *machine, uint32_t code, uint64_t address, const struct insn_bus *bus)
{
	enum insn_result result;
	struct arm_move move;

	if (!arm_decode(machine, code, &move))
		return arm_sve_emulate(machine, code, address, bus);
	if (!insn_bus_faulted(bus, arm_without_tag(move.address), move.count * move.size, address))
		return INSN_UNKNOWN;
	result = move.is_load ? load(bus, machine, &move) : store(bus, machine, &move);
	if (result == INSN_DONE && move.has_writeback)
		write_back(machine, &move);
	return result;
}

enum insn_result insn_emulate(void *context, uint64_t address, const struct insn_bus *bus)
{
	mcontext_t *machine = &((ucontext_t *)context)->uc_mcontext;
	enum insn_result result;

	if (!insn_bus_is_apart(bus, machine->pc, sizeof(uint32_t)))
		return INSN_UNKNOWN;
	result = emulate(machine, *(const uint32_t *)machine->pc, address, bus);
	if (result == INSN_DONE)
		machine->pc += 4;
	return result;
}
