/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the 64-bit ARM emulation share: a decoded load or store, and vector registers. */
#ifndef STCE_INSN_INSN_AARCH64_H
#define STCE_INSN_INSN_AARCH64_H

#include <ucontext.h>

#include "insn/insn_bus.h"

#define ARM_ZERO 31       /* as the register that is moved; as a base it is SP */

/* One to four registers, which follow each other in memory. */
struct arm_move {
	uint64_t address;
	uint8_t registers[4];
	unsigned int count, size;     /* bytes of each */
	bool is_load, is_vector;
	bool is_signed;               /* extended to `width` bytes */
	unsigned int width;
	bool is_replicated;           /* the value fills a vector register */
	unsigned int fills;           /* that many bytes of it */
	bool has_writeback;
	uint64_t writeback;           /* the base afterwards */
	unsigned int base;
};

/* Returns false if the instruction is unknown. */
bool arm_decode(const mcontext_t *machine, uint32_t code, struct arm_move *move);

/* A register as a base or as a value. */
static inline uint64_t arm_base(const mcontext_t *machine, unsigned int number)
{
	return number == ARM_ZERO ? machine->sp : machine->regs[number];
}

static inline uint64_t arm_value(const mcontext_t *machine, unsigned int number)
{
	return number == ARM_ZERO ? 0 : machine->regs[number];
}

/* Both return false if the context has no vector registers. Setting one clears what SVE adds to it. */
bool arm_vector_get(mcontext_t *machine, unsigned int number, uint8_t bytes[16]);
bool arm_vector_set(mcontext_t *machine, unsigned int number, const uint8_t bytes[16]);

#define ARM_SVE_SIZE_MAX 256

/* Registers of SVE: their size in bytes, 0 if the context has none. The others may be called if it has. */
unsigned int arm_sve_size(mcontext_t *machine);
void arm_sve_get(mcontext_t *machine, unsigned int number, uint8_t *bytes);
void arm_sve_set(mcontext_t *machine, unsigned int number, const uint8_t *bytes);
void arm_sve_get_predicate(mcontext_t *machine, unsigned int number, uint64_t bits[4]);
/* Does all but the step over the instruction. */
enum insn_result arm_sve_emulate(mcontext_t *machine, uint32_t code, uint64_t fault, const struct insn_bus *bus);

/* Linux lets programs use the top byte of an address as a tag, and signals have addresses without it. */
static inline uint64_t arm_without_tag(uint64_t address)
{
	return address << 8 >> 8;
}

#endif
