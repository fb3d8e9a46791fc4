/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The x86-64 moves between memory and vector registers, in their SSE, AVX and AVX-512 encodings.
 * An SSE instruction keeps the register's upper part, the others clear it. Masked moves and
 * arithmetic on whole vectors are unknown.
 */
#include "insn/insn_x86_64.h"

#include <string.h>

#define EVERY (X86_LEGACY | X86_VEX | X86_EVEX)
#define NEWER (X86_VEX | X86_EVEX)

/* Writes the low `size` bytes of a result to the destination. */
static enum insn_result finish(struct x86_cpu *cpu, const struct x86_insn *insn, const struct x86_vector *result,
			       unsigned int size)
{
	struct x86_vector whole = { 0 };

	if (insn->encoding == X86_LEGACY && !x86_vector_get(cpu, insn->reg, &whole))
		return INSN_UNKNOWN;
	memcpy(whole.bytes, result->bytes, size);
	return x86_vector_set(cpu, insn->reg, &whole) ? INSN_DONE : INSN_UNKNOWN;
}

/* The bytes that an instruction keeps come from the destination, or from VEX.vvvv. */
static bool get_kept(struct x86_cpu *cpu, const struct x86_insn *insn, struct x86_vector *vector)
{
	return x86_vector_get(cpu, insn->encoding == X86_LEGACY ? insn->reg : insn->vector, vector);
}

/* The rest of 16 bytes, or of the vector, is cleared. */
static enum insn_result load(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	struct x86_vector vector = { 0 };

	if (!x86_vector_get(cpu, insn->reg, &vector))
		return INSN_UNKNOWN;
	memset(&vector, 0, sizeof(vector));
	if (!x86_load(cpu, insn, vector.bytes))
		return INSN_REFUSED;
	return finish(cpu, insn, &vector, insn->memory < 16 ? 16 : insn->memory);
}

/* The form says from which byte on. */
static enum insn_result store(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	struct x86_vector vector;

	if (!x86_vector_get(cpu, insn->reg, &vector))
		return INSN_UNKNOWN;
	return x86_store(cpu, insn, vector.bytes + insn->form->argument) ? INSN_DONE : INSN_REFUSED;
}

/* Replaces a part of the vector that begins at this byte. */
static enum insn_result insert_at(struct x86_cpu *cpu, const struct x86_insn *insn, unsigned int at)
{
	struct x86_vector vector;

	if (!get_kept(cpu, insn, &vector))
		return INSN_UNKNOWN;
	if (!x86_load(cpu, insn, vector.bytes + at))
		return INSN_REFUSED;
	return finish(cpu, insn, &vector, insn->memory < 16 ? 16 : insn->vector_length);
}

static enum insn_result load_half(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	return insert_at(cpu, insn, insn->form->argument);
}

/* The number of the element is in the immediate's low bits. */
static unsigned int element(const struct x86_insn *insn)
{
	unsigned int whole = insn->memory < 16 ? 16 : insn->vector_length;

	return ((unsigned int)insn->imm & (whole / insn->memory - 1)) * insn->memory;
}

static enum insn_result insert(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	return insert_at(cpu, insn, element(insn));
}

static enum insn_result extract(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	struct x86_vector vector;

	if (!x86_vector_get(cpu, insn->reg, &vector))
		return INSN_UNKNOWN;
	return x86_store(cpu, insn, vector.bytes + element(insn)) ? INSN_DONE : INSN_REFUSED;
}

static enum insn_result broadcast(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	struct x86_vector vector;

	if (!x86_vector_get(cpu, insn->reg, &vector))
		return INSN_UNKNOWN;
	if (!x86_load(cpu, insn, vector.bytes))
		return INSN_REFUSED;
	for (unsigned int at = insn->memory; at < insn->vector_length; at += insn->memory)
		memcpy(vector.bytes + at, vector.bytes, insn->memory);
	return finish(cpu, insn, &vector, insn->vector_length);
}

#define ROW(encodings, map, prefixes, opcode, memory, imm, run, argument) \
	{ encodings, map, prefixes, opcode, opcode, X86_SIZE_VL, memory, imm, run, argument }
#define MOVE(map, prefixes, opcode, memory, run) ROW(EVERY, map, prefixes, opcode, memory, X86_IMM_NONE, run, 0)
#define HALF(encodings, opcode, run, at) ROW(encodings, 1, X86_NP | X86_66, opcode, 8, X86_IMM_NONE, run, at)
#define ELEMENT(map, opcode, memory, run) ROW(EVERY, map, X86_66, opcode, memory, X86_IMM_BYTE, run, 0)
#define BROADCAST(encodings, opcode, memory) ROW(encodings, 2, X86_66, opcode, memory, X86_IMM_NONE, broadcast, 0)

static const struct x86_form rows[] = {
	MOVE(1, X86_NP | X86_66, 0x10, X86_SIZE_VL, load),           /* movups, movupd */
	MOVE(1, X86_NP | X86_66, 0x11, X86_SIZE_VL, store),
	MOVE(1, X86_F3, 0x10, 4, load),                              /* movss */
	MOVE(1, X86_F3, 0x11, 4, store),
	MOVE(1, X86_F2, 0x10, 8, load),                              /* movsd */
	MOVE(1, X86_F2, 0x11, 8, store),
	MOVE(1, X86_NP | X86_66, 0x28, X86_SIZE_VL, load),           /* movaps, movapd */
	MOVE(1, X86_NP | X86_66, 0x29, X86_SIZE_VL, store),
	MOVE(1, X86_66 | X86_F3, 0x6f, X86_SIZE_VL, load),           /* movdqa, movdqu */
	MOVE(1, X86_66 | X86_F3, 0x7f, X86_SIZE_VL, store),
	ROW(X86_EVEX, 1, X86_F2, 0x6f, X86_SIZE_VL, X86_IMM_NONE, load, 0),
	ROW(X86_EVEX, 1, X86_F2, 0x7f, X86_SIZE_VL, X86_IMM_NONE, store, 0),
	MOVE(1, X86_NP | X86_66, 0x2b, X86_SIZE_VL, store),          /* movntps, movntpd */
	ROW(X86_LEGACY, 1, X86_F3, 0x2b, 4, X86_IMM_NONE, store, 0), /* movntss, movntsd */
	ROW(X86_LEGACY, 1, X86_F2, 0x2b, 8, X86_IMM_NONE, store, 0),
	MOVE(1, X86_66, 0xe7, X86_SIZE_VL, store),                   /* movntdq */
	MOVE(2, X86_66, 0x2a, X86_SIZE_VL, load),                    /* movntdqa */
	ROW(X86_LEGACY | X86_VEX, 1, X86_F2, 0xf0, X86_SIZE_VL, X86_IMM_NONE, load, 0),   /* lddqu */
	MOVE(1, X86_66, 0x6e, X86_SIZE_W, load),                     /* movd, movq */
	MOVE(1, X86_66, 0x7e, X86_SIZE_W, store),
	MOVE(1, X86_F3, 0x7e, 8, load),
	MOVE(1, X86_66, 0xd6, 8, store),
	HALF(EVERY, 0x12, load_half, 0),                             /* movlps, movlpd */
	HALF(EVERY, 0x13, store, 0),
	HALF(EVERY, 0x16, load_half, 8),                             /* movhps, movhpd */
	HALF(EVERY, 0x17, store, 8),
	ELEMENT(1, 0xc4, 2, insert),                                 /* pinsrw, pinsrb, pinsrd, pinsrq */
	ELEMENT(3, 0x20, 1, insert),
	ELEMENT(3, 0x22, X86_SIZE_W, insert),
	ELEMENT(3, 0x14, 1, extract),                                /* pextrb, pextrw, pextrd, pextrq, extractps */
	ELEMENT(3, 0x15, 2, extract),
	ELEMENT(3, 0x16, X86_SIZE_W, extract),
	ELEMENT(3, 0x17, 4, extract),
	ROW(X86_LEGACY, 1, X86_F2, 0x12, 8, X86_IMM_NONE, broadcast, 0),   /* movddup */
	BROADCAST(NEWER, 0x18, 4),                                   /* vbroadcastss, vbroadcastsd */
	BROADCAST(NEWER, 0x19, 8),
	BROADCAST(X86_VEX, 0x1a, 16),                                /* vbroadcastf128, vbroadcasti128 */
	BROADCAST(X86_VEX, 0x5a, 16),
	BROADCAST(NEWER, 0x78, 1),                                   /* vpbroadcastb to vpbroadcastq */
	BROADCAST(NEWER, 0x79, 2),
	BROADCAST(NEWER, 0x58, 4),
	BROADCAST(NEWER, 0x59, 8),
	ROW(X86_VEX, 3, X86_66, 0x18, 16, X86_IMM_BYTE, insert, 0),  /* vinsertf128, vinserti128 */
	ROW(X86_VEX, 3, X86_66, 0x38, 16, X86_IMM_BYTE, insert, 0),
	ROW(X86_VEX, 3, X86_66, 0x19, 16, X86_IMM_BYTE, extract, 0), /* vextractf128, vextracti128 */
	ROW(X86_VEX, 3, X86_66, 0x39, 16, X86_IMM_BYTE, extract, 0),
};

const struct x86_forms x86_vectors = { rows, ARRAY_COUNT(rows) };
