/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decodes the loads and stores of 64-bit ARM, by the groups of the Arm ARM's chapter C4. Exclusives,
 * atomics, literals, SVE and loads of single lanes are unknown.
 */
#include "insn/insn_aarch64.h"

#define BITS(high, low) (code >> (low) & ((2u << ((high) - (low))) - 1))

static int64_t signed_bits(uint32_t value, unsigned int bits)
{
	return (int64_t)((uint64_t)value << (64 - bits)) >> (64 - bits);
}

static void set_base(const mcontext_t *machine, uint32_t code, struct arm_move *move)
{
	move->base = BITS(9, 5);
	move->address = arm_base(machine, move->base);
	move->registers[0] = BITS(4, 0);
	move->count = 1;
}

/* Adds the offset before the access, after it, or before it with the base written back. */
static void set_offset(struct arm_move *move, uint64_t offset, bool is_post, bool has_writeback)
{
	move->writeback = move->address + offset;
	move->has_writeback = has_writeback;
	if (!is_post)
		move->address += offset;
}

/* What the fields size, V and opc of a single register say. PRFM does not fault. */
static bool set_single(uint32_t code, struct arm_move *move)
{
	uint32_t size = BITS(31, 30), opc = BITS(23, 22);

	move->is_vector = BITS(26, 26);
	if (move->is_vector) {
		move->size = opc & 2 ? 16 : 1u << size;
		move->is_load = opc & 1;
		return !(opc & 2) || !size;
	}
	move->size = 1u << size;
	move->is_load = opc;
	move->is_signed = opc & 2;
	move->width = opc == 3 ? 4 : 8;
	return !move->is_signed || move->size < move->width;
}

static bool decode_unsigned_offset(uint32_t code, struct arm_move *move)
{
	if (!set_single(code, move))
		return false;
	set_offset(move, (uint64_t)BITS(21, 10) * move->size, false, false);
	return true;
}

/* Unscaled, post-indexed, unprivileged (which a program is anyway) and pre-indexed. */
static bool decode_short_offset(uint32_t code, struct arm_move *move)
{
	uint32_t type = BITS(11, 10);

	if (!set_single(code, move) || (type == 2 && move->is_vector))
		return false;
	set_offset(move, (uint64_t)signed_bits(BITS(20, 12), 9), type == 1, type & 1);
	return true;
}

static bool decode_register_offset(const mcontext_t *machine, uint32_t code, struct arm_move *move)
{
	uint32_t option = BITS(15, 13);
	uint64_t offset = arm_value(machine, BITS(20, 16));

	if (!set_single(code, move) || !(option & 2))
		return false;
	if (option == 2)
		offset = (uint32_t)offset;
	else if (option == 6)
		offset = (uint64_t)(int32_t)offset;
	set_offset(move, BITS(12, 12) ? offset * move->size : offset, false, false);
	return true;
}

static bool decode_pair(uint32_t code, struct arm_move *move)
{
	uint32_t opc = BITS(31, 30), mode = BITS(24, 23);

	move->is_vector = BITS(26, 26);
	move->is_load = BITS(22, 22);
	move->registers[1] = BITS(14, 10);
	move->count = 2;
	move->width = 8;
	if (move->is_vector) {
		move->size = 4u << opc;
	} else {
		move->size = opc == 2 ? 8 : 4;
		move->is_signed = opc == 1;
	}
	/* An integer store with opc 1 is one of the memory tagging extension. */
	if (opc == 3 || (move->is_signed && (!move->is_load || !mode)))
		return false;
	set_offset(move, (uint64_t)(signed_bits(BITS(21, 15), 7) * (int64_t)move->size), mode == 1, mode & 1);
	return true;
}

/* ldar, stlr and their like; ldapur and stlur have an offset. */
static bool decode_ordered(uint32_t code, struct arm_move *move)
{
	move->size = 1u << BITS(31, 30);
	move->is_load = BITS(22, 22);
	return true;
}

/* ld1 and st1 of one to four whole registers, which may be followed by a change of the base. */
static bool decode_structures(const mcontext_t *machine, uint32_t code, struct arm_move *move)
{
	static const uint8_t counts[16] = { [7] = 1, [10] = 2, [6] = 3, [2] = 4 };
	uint32_t index = BITS(20, 16);

	move->is_vector = true;
	move->is_load = BITS(22, 22);
	move->size = BITS(30, 30) ? 16 : 8;
	move->count = counts[BITS(15, 12)];
	for (unsigned int i = 1; i < move->count; i++)
		move->registers[i] = (move->registers[0] + i) & 31;
	if (BITS(23, 23))
		set_offset(move, index == 31 ? move->size * move->count : machine->regs[index], true, true);
	else if (index)
		return false;
	return move->count;
}

/* ld1r */
static bool decode_replicate(const mcontext_t *machine, uint32_t code, struct arm_move *move)
{
	uint32_t index = BITS(20, 16);

	move->is_vector = move->is_load = move->is_replicated = true;
	move->size = 1u << BITS(11, 10);
	move->fills = BITS(30, 30) ? 16 : 8;
	if (BITS(23, 23))
		set_offset(move, index == 31 ? move->size : machine->regs[index], true, true);
	else if (index)
		return false;
	return true;
}

static bool is_in(uint32_t code, uint32_t mask, uint32_t value)
{
	return (code & mask) == value;
}

static bool decode_group(const mcontext_t *machine, uint32_t code, struct arm_move *move)
{
	if (is_in(code, 0x3b000000, 0x39000000))
		return decode_unsigned_offset(code, move);
	if (is_in(code, 0x3b200000, 0x38000000))
		return decode_short_offset(code, move);
	if (is_in(code, 0x3b200c00, 0x38200800))
		return decode_register_offset(machine, code, move);
	if (is_in(code, 0x3a000000, 0x28000000))
		return decode_pair(code, move);
	if (is_in(code, 0x3fa00000, 0x08800000))
		return decode_ordered(code, move);
	if (is_in(code, 0x3ffffc00, 0x38bfc000)) {   /* ldapr */
		move->size = 1u << BITS(31, 30);
		return move->is_load = true;
	}
	if (is_in(code, 0x3f200c00, 0x19000000))     /* ldapur, stlur */
		return decode_short_offset(code, move);
	if (is_in(code, 0xbf200000, 0x0c000000))
		return decode_structures(machine, code, move);
	if (is_in(code, 0xbf60f000, 0x0d40c000))
		return decode_replicate(machine, code, move);
	return false;
}

/* A base that is written back must not be loaded too. */
bool arm_decode(const mcontext_t *machine, uint32_t code, struct arm_move *move)
{
	*move = (struct arm_move){ .width = 8 };
	set_base(machine, code, move);
	if (!decode_group(machine, code, move))
		return false;
	for (unsigned int i = 0; i < move->count; i++)
		if (move->has_writeback && move->is_load && !move->is_vector && move->base != ARM_ZERO &&
		    move->registers[i] == move->base)
			return false;
	return true;
}
