/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements count.h by the trap flag of x86-64. Each row has two windows, of which one has no
 * operation; what it counts surrounds those of the other. An instruction is locked if it has the
 * prefix LOCK, or is an XCHG with memory, which needs none.
 */
#include "count.h"

#include <signal.h>
#include <ucontext.h>

bool count_is_possible(void)
{
#if defined(__x86_64__)
	return true;
#else
	return false;
#endif
}

#if defined(__x86_64__)
#define TRAP_FLAG 0x100
#define OPERATIONS 16          /* in a window, unless one has many units */

struct steps {
	uint64_t instructions, locked;
};

static struct steps steps;
static uintptr_t last;         /* the address of the instruction that was counted last */

static bool is_prefix(unsigned char c)
{
	return c == 0x66 || c == 0x67 || c == 0xf2 || c == 0xf3 || c == 0x2e || c == 0x36 || c == 0x3e || c == 0x26 ||
	       c == 0x64 || c == 0x65;
}

static bool is_locked(const unsigned char *code)
{
	while (is_prefix(*code))
		code++;
	if (*code == 0xf0)
		return true;
	if ((*code & 0xf0) == 0x40)
		code++;
	return (code[0] == 0x86 || code[0] == 0x87) && code[1] < 0xc0;
}

/* The handler ends a window at this function. */
static __attribute__((noinline)) void end_of_window(void)
{
	__asm__ volatile("" ::: "memory");
}

/* Counts the instruction that comes next. */
static void on_trap(int number, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	uintptr_t at = (uintptr_t)registers[REG_RIP];

	if (at == (uintptr_t)end_of_window) {
		registers[REG_EFL] &= ~TRAP_FLAG;
		return;
	}
	/* A string instruction traps after each repetition. */
	if (at == last)
		return;
	last = at;
	steps.instructions++;
	steps.locked += is_locked((const unsigned char *)at);
}

static __attribute__((noinline)) void begin_window(void)
{
	steps = (struct steps){ 0 };
	last = 0;
	/* The 128 bytes below the stack belong to this function. */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "orq %0, (%%rsp)\n\t"
			 "popfq\n\t"
			 "lea 128(%%rsp), %%rsp" : : "i"(TRAP_FLAG) : "memory", "cc");
}

static struct steps window(const struct bench_row *row, uint64_t n)
{
	if (row->before_ours)
		row->before_ours(row->context, n);
	begin_window();
	row->ours(row->context, n);
	end_of_window();
	return steps;
}

struct count count_row(const struct bench_row *row)
{
	uint64_t units = row->units ? row->units : 1, n = units < OPERATIONS ? OPERATIONS : 1;
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO }, before;
	struct steps none, some;

	sigaction(SIGTRAP, &action, &before);
	/* What only a first call does is not counted. */
	if (row->before_ours)
		row->before_ours(row->context, n);
	row->ours(row->context, n);
	none = window(row, 0);
	some = window(row, n);
	sigaction(SIGTRAP, &before, NULL);
	units *= n;
	return (struct count){ (double)(some.instructions - none.instructions) / (double)units,
			       (double)(some.locked - none.locked) / (double)units };
}
#else
struct count count_row(const struct bench_row *row)
{
	return (struct count){ 0 };
}
#endif
