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

#endif
