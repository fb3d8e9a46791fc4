/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Emulates one load or store that has faulted, as the processor would have executed it: makes the
 * access on a bus instead of memory, writes the registers and flags in the signal's context, and
 * steps over the instruction. One of insn_x86_64.c, insn_ppc64.c and insn_aarch64.c is built, with
 * its parts; insn_generic.c knows no instruction and serves every other processor.
 *
 * Nothing here allocates, locks or has state of a thread, so a signal handler may call it. What the
 * addresses mean is the bus's to know, and signals are the caller's.
 */
#ifndef STCE_INSN_INSN_H
#define STCE_INSN_INSN_H

#include "util/types.h"

/*
 * Makes one access of 1, 2, 4 or 8 bytes at an address of the program. The address may have any
 * alignment. Returns false if the access failed, which must then have had no effect.
 */
typedef bool (*insn_access_fn)(void *bus, uint64_t address, unsigned int size, void *bytes, bool is_write);

/*
 * The addresses that answer. Registers are at lo <= address < hi. A string move, push or pop has a
 * second operand elsewhere: `memory` reads and writes the program's memory, or other registers, and
 * returns false where the program may not do that. If `memory` is NULL, such an instruction is
 * unknown, unless both operands are registers. All sizes that `memory` gets are 1, 2, 4 or 8.
 */
struct insn_bus {
	insn_access_fn access;
	insn_access_fn memory;
	void *bus;
	uint64_t lo, hi;
};

enum insn_result {
	INSN_DONE,      /* The instruction was executed, and the context is that of the next one. */
	INSN_UNKNOWN,   /* The instruction, or its operand, is not for this bus. The context is unchanged. */
	INSN_REFUSED,   /* An access failed. The context is unchanged. */
};

/*
 * Emulates the instruction at the PC of the context, a ucontext_t, that has faulted at `address`,
 * which is si_addr. An operand that is not wholly in the bus's range is unknown, and so is one that
 * does not contain `address`, and an instruction that lies in the range itself. Others are read from
 * the program's memory, which must be readable.
 *
 * An operand of more than 8 bytes is made as accesses of 8 bytes, and a pair or list as one for each
 * register, in ascending order. If a later one fails, the earlier ones have happened, but no
 * register has changed. A read followed by a write, such as a processor's locked exchange, is two
 * accesses. A repeated string instruction goes on until its count or its range ends: it is then
 * done, with the registers of the elements that were moved, and faults again for the next one.
 */
enum insn_result insn_emulate(void *context, uint64_t address, const struct insn_bus *bus);

#endif
