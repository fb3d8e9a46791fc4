/* SPDX-License-Identifier: BSD-2-Clause */
/* Operands on a bus: the parts of the emulation that are the same for every processor. */
#ifndef STCE_INSN_INSN_BUS_H
#define STCE_INSN_INSN_BUS_H

#include "insn/insn.h"

/* Returns whether all bytes of an operand are registers. */
static inline bool insn_bus_has(const struct insn_bus *bus, uint64_t address, unsigned int size)
{
	return address >= bus->lo && address < bus->hi && size <= bus->hi - address;
}

/* Returns whether this operand is what has faulted, and is all registers. */
static inline bool insn_bus_faulted(const struct insn_bus *bus, uint64_t address, unsigned int size, uint64_t fault)
{
	return fault - address < size && insn_bus_has(bus, address, size);
}

/* Makes an operand of any size as accesses of at most 8 bytes. */
static inline bool insn_bus_move(const struct insn_bus *bus, uint64_t address, unsigned int size, void *bytes,
				 bool is_write)
{
	unsigned int piece;

	for (unsigned int at = 0; at < size; at += piece) {
		piece = size - at < 8 ? size - at : 8;
		if (!bus->access(bus->bus, address + at, piece, (uint8_t *)bytes + at, is_write))
			return false;
	}
	return true;
}

/* Some bytes of an operand, as a bit for each: what the mask or predicate of a vector selects. */
struct insn_some {
	uint64_t bits[4];
};

static inline bool insn_some_has(const struct insn_some *some, unsigned int at)
{
	return some->bits[at / 64] >> at % 64 & 1;
}

/* Returns whether all selected bytes are registers, at least one is, and the operand is what has faulted. */
static inline bool insn_some_faulted(const struct insn_bus *bus, uint64_t address, unsigned int size,
				     const struct insn_some *some, uint64_t fault)
{
	bool has_any = false;

	for (unsigned int at = 0; at < size; at++) {
		if (!insn_some_has(some, at))
			continue;
		if (!insn_bus_has(bus, address + at, 1))
			return false;
		has_any = true;
	}
	return has_any && fault - address < size;
}

/* Accesses selected neighbours together, in naturally aligned pieces of at most 8 bytes. */
static inline bool insn_some_move(const struct insn_bus *bus, uint64_t address, unsigned int size,
				  const struct insn_some *some, uint8_t *bytes, bool is_write)
{
	unsigned int piece, count;

	for (unsigned int at = 0; at < size; at += piece) {
		for (count = 0; count < 8 && at + count < size && insn_some_has(some, at + count); count++)
			;
		piece = count ? 1u << (31 - __builtin_clz(count)) : 1;
		while ((address + at) & (piece - 1))
			piece /= 2;
		if (count && !bus->access(bus->bus, address + at, piece, bytes + at, is_write))
			return false;
	}
	return true;
}

/* Returns whether an instruction, of which `size` bytes are to be read, is the program's memory. */
static inline bool insn_bus_is_apart(const struct insn_bus *bus, uint64_t pc, unsigned int size)
{
	return pc + size <= bus->lo || pc >= bus->hi;
}

#endif
