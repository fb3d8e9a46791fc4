/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of 64-bit ARM as words: x0 to x30, SP, PC, PSTATE, v0 to v31, and what SVE adds to those. */
#include "run.h"

#include <asm/sigcontext.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#define VECTOR_WORD 34
#define LONG_WORD (VECTOR_WORD + 64)    /* the second 16 bytes of each, with SVE */
#define FLAGS UINT64_C(0xf0000000)

const unsigned int state_count = LONG_WORD + 64, state_pc = 32;
const uint8_t trap_code[] = { 0x00, 0x00, 0x20, 0xd4 };
const unsigned int trap_size = 4;

/* Linux puts this record first. */
static struct fpsimd_context *vectors(const ucontext_t *context)
{
	return (struct fpsimd_context *)context->uc_mcontext.__reserved;
}

/* The record of SVE, if the processor has it and the kernel has filled it in. */
static uint8_t *long_vectors(const ucontext_t *context, unsigned int *vl)
{
	uint8_t *at = (uint8_t *)context->uc_mcontext.__reserved;
	struct _aarch64_ctx *head = (struct _aarch64_ctx *)at;

	for (; head->magic; head = (struct _aarch64_ctx *)(at += head->size)) {
		*vl = ((struct sve_context *)at)->vl;
		if (head->magic == SVE_MAGIC && head->size > sizeof(struct sve_context))
			return at + SVE_SIG_REGS_OFFSET;
	}
	return NULL;
}

void state_get(const ucontext_t *context, struct state *state)
{
	const mcontext_t *machine = &context->uc_mcontext;
	unsigned int vl;
	const uint8_t *from = long_vectors(context, &vl);

	memset(state, 0, sizeof(*state));
	memcpy(state->words, machine->regs, sizeof(machine->regs));
	state->words[31] = machine->sp;
	state->words[32] = machine->pc;
	state->words[33] = machine->pstate;
	if (vectors(context)->head.magic == FPSIMD_MAGIC)
		memcpy(state->words + VECTOR_WORD, vectors(context)->vregs, 512);
	for (unsigned int i = 0; from && vl >= 32 && i < 32; i++)
		memcpy(state->words + LONG_WORD + 2 * i, from + i * vl + 16, 16);
}

/* Linux takes the first 16 bytes of a vector from one record, qemu-user from the other. */
void state_put(ucontext_t *context, const struct state *state)
{
	mcontext_t *machine = &context->uc_mcontext;
	unsigned int vl;
	uint8_t *to = long_vectors(context, &vl);

	memcpy(machine->regs, state->words, sizeof(machine->regs));
	machine->sp = state->words[31];
	machine->pc = state->words[32];
	machine->pstate = (machine->pstate & ~FLAGS) | (state->words[33] & FLAGS);
	memcpy(vectors(context)->vregs, state->words + VECTOR_WORD, 512);
	for (unsigned int i = 0; to && i < 32; i++) {
		memcpy(to + i * vl, state->words + VECTOR_WORD + 2 * i, 16);
		if (vl >= 32)
			memcpy(to + i * vl + 16, state->words + LONG_WORD + 2 * i, 16);
	}
}

/*
 * x4, x5 and SP point to the registers, x6 is a small index, x7 has an upper half that extending
 * removes, x8 is -8 in its lower half; x9 has a tag.
 */
void state_fill(struct state *state, uint64_t seed, uint64_t kind)
{
	uint64_t index = seed % 16;

	for (unsigned int i = 0; i < WORD_COUNT; i++)
		state->words[i] = random_word(&seed);
	state->words[4] = state->words[5] = state->words[31] = DATA + MIDDLE;
	state->words[6] = index;
	state->words[7] = state->words[7] << 32 | index;
	state->words[8] = state->words[8] << 32 | (uint32_t)-8;
	state->words[9] = (DATA + MIDDLE) | UINT64_C(0x5a) << 56;
}

uint64_t state_mask(unsigned int word, const struct form *form)
{
	return word == 33 ? FLAGS : UINT64_MAX;
}

const char *state_name(unsigned int word, char buffer[32])
{
	snprintf(buffer, 32, word < VECTOR_WORD ? "word %u (x, sp, pc, pstate)" : "v%u half %u",
		 word < VECTOR_WORD ? word : (word - VECTOR_WORD) / 2, word & 1);
	return buffer;
}

/* Kind 1 needs loads that are ordered as C++ wants it. */
bool form_runs(const struct form *form)
{
	return form_kind(form) != 1 || getauxval(AT_HWCAP) & 1u << 15 /* HWCAP_LRCPC */;
}

void state_step_over_entry(struct state *state)
{
	state->words[state_pc] += 4;
}
