/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the x86-64 emulation share: a decoded instruction, the form that says how it is
 * executed, and the registers of the context.
 */
#ifndef STCE_INSN_INSN_X86_64_H
#define STCE_INSN_INSN_X86_64_H

#include <ucontext.h>

#include "insn/insn_bus.h"

#define X86_LENGTH_MAX 15

#define X86_CF bit64(0)
#define X86_PF bit64(2)
#define X86_AF bit64(4)
#define X86_ZF bit64(6)
#define X86_SF bit64(7)
#define X86_DF bit64(10)
#define X86_OF bit64(11)
#define X86_STATUS (X86_CF | X86_PF | X86_AF | X86_ZF | X86_SF | X86_OF)

/* How an instruction is encoded. A form names those in which it exists, as a set. */
#define X86_LEGACY 1u
#define X86_VEX 2u
#define X86_EVEX 4u

/* The mandatory prefix, numbered as VEX does; a form names a set of them. */
#define X86_NP 1u
#define X86_66 2u
#define X86_F3 4u
#define X86_F2 8u
#define X86_ANY 15u

/* Sizes that the encoding decides; other sizes are numbers of bytes. */
enum x86_size {
	X86_SIZE_V = 0,       /* 2, 4 or 8, by the prefixes */
	X86_SIZE_BIT0 = 0xf0, /* 1 if bit 0 of the opcode is clear, otherwise as V */
	X86_SIZE_W,           /* 4 or 8, by W */
	X86_SIZE_VL,          /* a vector's length */
};

enum x86_imm {
	X86_IMM_NONE,
	X86_IMM_BYTE,
	X86_IMM_OPERAND,      /* of the operand's size, at most 4 bytes */
	X86_IMM_TEST,         /* as before, in the forms 0 and 1 of a group */
	X86_IMM_OFFSET,       /* an address instead of ModRM */
	X86_IMM_STRING,       /* neither ModRM nor an immediate: a string instruction */
};

struct x86_cpu {
	greg_t *regs;
	struct _libc_fpstate *fp;
	const struct insn_bus *bus;
	uint64_t fault;
};

struct x86_form;

struct x86_insn {
	const uint8_t *start;
	unsigned int length;
	const struct insn_bus *bus;    /* of which the instruction must not be a part */
	bool is_cut;                   /* longer than instructions are, or goes on there */

	uint8_t encoding, map, opcode;
	uint8_t pp;             /* 0 none, 1 66, 2 F3, 3 F2 */
	uint8_t repeat;         /* 0, F2 or F3 */
	uint8_t segment;        /* 0, 64 (FS) or 65 (GS) */
	bool has_66, has_67, has_rex;
	bool w;
	uint8_t r, x, b;        /* bits 3 and up of the numbers of registers */
	uint8_t vector;         /* VEX.vvvv */
	uint8_t vector_length;
	uint8_t mask;           /* of EVEX: a register that says which elements move, or 0 */
	bool clears_others;     /* elements that do not move are cleared, not kept */

	uint8_t mod, reg, base, index, scale;
	bool has_base, has_index, is_pc_relative;
	int64_t displacement, imm;

	const struct x86_form *form;
	unsigned int size;      /* of the operation */
	unsigned int memory;    /* of the operand in memory */
	uint64_t address;       /* of that operand */
};

struct x86_form {
	uint8_t encodings, map, prefixes;
	uint8_t first, last;    /* opcodes */
	uint8_t size, memory;   /* enum x86_size; memory 0 is the same */
	uint8_t imm;
	enum insn_result (*run)(struct x86_cpu *cpu, const struct x86_insn *insn);
	uint8_t argument;
};

/* The forms that a file executes. */
struct x86_forms {
	const struct x86_form *rows;
	unsigned int count;
};
extern const struct x86_forms x86_moves, x86_integers, x86_exchanges, x86_strings, x86_vectors, x86_masked, x86_floats;

/* Returns false if the instruction is unknown, or has no operand in memory. */
bool x86_decode(struct x86_insn *insn, const uint8_t *start, const struct insn_bus *bus);
/* The base of FS or GS, or 0. */
uint64_t x86_segment_base(const struct x86_insn *insn);

/* General registers. Without REX, bytes 4 to 7 are AH, CH, DH and BH. */
greg_t *x86_reg(struct x86_cpu *cpu, unsigned int number);
uint64_t x86_get(struct x86_cpu *cpu, const struct x86_insn *insn, unsigned int number, unsigned int size);
void x86_set(struct x86_cpu *cpu, const struct x86_insn *insn, unsigned int number, unsigned int size, uint64_t value);

static inline uint64_t x86_mask(unsigned int size)
{
	return size >= 8 ? UINT64_MAX : bit64(8 * size) - 1;
}

static inline int64_t x86_sign_extend(uint64_t value, unsigned int size)
{
	unsigned int shift = 64 - 8 * size;

	return (int64_t)(value << shift) >> shift;
}

/* The operand in memory. Both return false if the access failed. */
static inline bool x86_load(struct x86_cpu *cpu, const struct x86_insn *insn, void *bytes)
{
	return insn_bus_move(cpu->bus, insn->address, insn->memory, bytes, false);
}

static inline bool x86_store(struct x86_cpu *cpu, const struct x86_insn *insn, const void *bytes)
{
	return insn_bus_move(cpu->bus, insn->address, insn->memory, (void *)bytes, true);
}

static inline enum insn_result x86_store_value(struct x86_cpu *cpu, const struct x86_insn *insn, uint64_t value)
{
	return x86_store(cpu, insn, &value) ? INSN_DONE : INSN_REFUSED;
}

static inline uint64_t x86_flags(const struct x86_cpu *cpu)
{
	return (uint64_t)cpu->regs[REG_EFL];
}

static inline void x86_set_flags(struct x86_cpu *cpu, uint64_t flags)
{
	cpu->regs[REG_EFL] = (greg_t)flags;
}

/* Operations of bits 5:3 of the opcode, and others that have two operands. */
enum x86_op {
	X86_ADD, X86_OR, X86_ADC, X86_SBB, X86_AND, X86_SUB, X86_XOR, X86_CMP,
	X86_TEST, X86_INC, X86_DEC, X86_NEG, X86_IMUL, X86_POPCNT, X86_TZCNT, X86_LZCNT, X86_BSF, X86_BSR,
};

/* Returns the result for `a` as the destination, and changes the status flags in *flags. */
uint64_t x86_operate(enum x86_op op, unsigned int size, uint64_t a, uint64_t b, uint64_t *flags);
/* Shifts and rotates by the number in bits 5:3 of ModRM. */
uint64_t x86_shift(unsigned int op, unsigned int size, uint64_t a, uint8_t count, uint64_t *flags);
/* Returns whether the condition in the low four bits of an opcode holds. */
bool x86_condition(unsigned int code, uint64_t flags);

/* A vector register of up to 64 bytes, in the part of the context that the kernel saves by XSAVE. */
struct x86_vector {
	uint8_t bytes[64];
};

/* Both return false if the context does not have the register. */
bool x86_vector_get(const struct x86_cpu *cpu, unsigned int number, struct x86_vector *vector);
/* A mask register; all ones if the context has none. */
uint64_t x86_opmask(const struct x86_cpu *cpu, unsigned int number);
bool x86_vector_set(struct x86_cpu *cpu, unsigned int number, const struct x86_vector *vector);

/* mul, imul, div and idiv of the group F6 */
enum insn_result x86_multiply(struct x86_cpu *cpu, const struct x86_insn *insn, bool is_signed);
enum insn_result x86_divide(struct x86_cpu *cpu, const struct x86_insn *insn, bool is_signed);
/* inc and dec of the groups FE and FF */
enum insn_result x86_inc_dec(struct x86_cpu *cpu, const struct x86_insn *insn);

#endif
