/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of 64-bit POWER as words: 48 general ones as the kernel numbers them, then VSR 0 to 63. */
#include "run.h"

#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#define MSR_WORD 33
#define VSR_WORD 48
#define MSR_BITS (bit64(25) | bit64(23))   /* vector registers and VSX are in the context */
#define ISA_3_00 UINT64_C(0x00800000)      /* in AT_HWCAP2 */

const unsigned int state_count = VSR_WORD + 128, state_pc = 32;
const uint8_t trap_code[] = { 0x08, 0x00, 0xe0, 0x7f };
const unsigned int trap_size = 4;

static uint8_t *vectors(const ucontext_t *context)
{
	return (uint8_t *)context->uc_mcontext.v_regs;
}

void state_get(const ucontext_t *context, struct state *state)
{
	const mcontext_t *machine = &context->uc_mcontext;

	memset(state, 0, sizeof(*state));
	memcpy(state->words, machine->gp_regs, VSR_WORD * 8);
	for (unsigned int i = 0; i < 32; i++) {
		memcpy(state->words + VSR_WORD + 2 * i + 1, &machine->fp_regs[i], 8);
		if (machine->gp_regs[MSR_WORD] & bit64(23))
			memcpy(state->words + VSR_WORD + 2 * i, vectors(context) + 34 * 16 + i * 8, 8);
	}
	if (machine->gp_regs[MSR_WORD] & bit64(25))
		memcpy(state->words + VSR_WORD + 64, vectors(context), 512);
}

void state_put(ucontext_t *context, const struct state *state)
{
	mcontext_t *machine = &context->uc_mcontext;
	unsigned long msr = machine->gp_regs[MSR_WORD];

	memcpy(machine->gp_regs, state->words, VSR_WORD * 8);
	machine->gp_regs[MSR_WORD] = msr | MSR_BITS;
	for (unsigned int i = 0; i < 32; i++) {
		memcpy(&machine->fp_regs[i], state->words + VSR_WORD + 2 * i + 1, 8);
		memcpy(vectors(context) + 34 * 16 + i * 8, state->words + VSR_WORD + 2 * i, 8);
	}
	memcpy(vectors(context), state->words + VSR_WORD + 64, 512);
}

/* r4, r5 and r31 point to the registers; r6 is a small index, r7 the address of the registers less that of r8. */
void state_fill(struct state *state, uint64_t seed, uint64_t kind)
{
	uint64_t index = seed % 16;

	for (unsigned int i = 0; i < WORD_COUNT; i++)
		state->words[i] = random_word(&seed);
	state->words[4] = state->words[5] = state->words[31] = DATA + MIDDLE;
	state->words[6] = index;
	state->words[7] = DATA + MIDDLE - state->words[8];
	/* Words that are no registers of ours: they are the kernel's. */
	for (unsigned int i = 39; i < VSR_WORD; i++)
		state->words[i] = 0;
	state->words[37] = 0;
}

/*
 * The program counter's neighbours that the kernel owns are not compared. What a form leaves
 * undefined is doubleword 1 of a register, which is given by its number plus 1.
 */
uint64_t state_mask(unsigned int word, const struct form *form)
{
	if (form->undefined && word == VSR_WORD + 2 * (form->undefined - 1))
		return 0;
	return (word > 32 && word < 35) || (word > 38 && word < VSR_WORD) ? 0 : UINT64_MAX;
}

const char *state_name(unsigned int word, char buffer[32])
{
	snprintf(buffer, 32, word < VSR_WORD ? "gp_regs[%u]" : "vsr[%u] half %u",
		 word < VSR_WORD ? word : (word - VSR_WORD) / 2, word & 1);
	return buffer;
}

/* Kind 1 is of POWER9. */
bool form_runs(const struct form *form)
{
	return form_kind(form) != 1 || getauxval(AT_HWCAP2) & ISA_3_00;
}

void state_step_over_entry(struct state *state)
{
	state->words[state_pc] += 4;
}
