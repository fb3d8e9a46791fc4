/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs one instruction twice on equal registers and memory: on ordinary memory, by the processor,
 * and on memory without access, by insn_emulate() in a signal handler. A trap follows the
 * instruction; the kernel's context shows there what it has done.
 */
#ifndef STCE_TESTS_UNIT_INSN_RUN_H
#define STCE_TESTS_UNIT_INSN_RUN_H

#include <ucontext.h>

#include "insn/insn.h"

/* The addresses are fixed, so that an instruction may contain them. Three regions follow each other. */
#define CODE UINT64_C(0x10000000)
#define DATA (CODE + 0x10000)     /* the registers; 64 KiB, the largest page */
#define OTHER (DATA + 0x10000)    /* the program's memory */
#define REGION_SIZE 0x10000
#define USED_SIZE 512             /* of DATA and OTHER, in the middle: the instructions reach that far */
#define MIDDLE 0x8000

/* How registers point to memory; others are the processor's. */
#define KIND_EQUAL 3              /* the first word of registers is in the first general register */
#define KIND_ZERO 4               /* the registers are zeroes */
#define KIND_REPEATED 16          /* added to others: a string of several elements */
#define KIND_UNKNOWN 32           /* no form, but an instruction that is not emulated */

#define WORD_COUNT 700

/* All registers that a program sees. Which word is which depends on the processor. */
struct state {
	uint64_t words[WORD_COUNT];
};

/* An instruction of the table that forms_ARCH.c makes, in the section "forms". */
struct form {
	const char *text;
	const uint8_t *code, *end;
	uint64_t kind;         /* how the registers point to memory */
	uint64_t undefined;    /* flags that are not compared */
};
extern const struct form __start_forms[], __stop_forms[];

/* Of the processor: */
extern const unsigned int state_count, state_pc;
extern const uint8_t trap_code[];
extern const unsigned int trap_size;
void state_get(const ucontext_t *context, struct state *state);
void state_put(ucontext_t *context, const struct state *state);
/* Makes registers from a seed: those that point to memory as the kind says, others random. */
void state_fill(struct state *state, uint64_t seed, uint64_t kind);
/* The bits of a word that a form defines. */
uint64_t state_mask(unsigned int word, const struct form *form);
const char *state_name(unsigned int word, char buffer[32]);
/* Whether the processor has the instruction. */
bool form_runs(const struct form *form);
/* Continues after the trap that entered the run. */
void state_step_over_entry(struct state *state);

struct outcome {
	struct state before, faulted, after;   /* at the entry, at the last fault, at the end */
	uint8_t data[USED_SIZE], other[USED_SIZE];
	unsigned int faults, accesses, bad_accesses;
	uint64_t lo, hi;                  /* the range of the accesses */
	int signal;                       /* that ended the run; SIGTRAP is right */
	enum insn_result result;          /* of the last emulation */
};

/* What the bus of an emulated run does. */
struct plan {
	unsigned int fail_at;             /* this access fails, counted from 1; 0: none */
	uint64_t lo, hi;                  /* 0: all of DATA */
	bool is_last;                     /* the code ends where readable memory does */
};

void run_init(void);
/* Returns a form's kind without the marks. */
uint64_t form_kind(const struct form *form);
bool form_is_known(const struct form *form);
void run(const void *code, size_t size, uint64_t seed, uint64_t kind, const struct plan *plan, bool is_emulated,
	 struct outcome *outcome);
uint64_t random_word(uint64_t *seed);

#endif
