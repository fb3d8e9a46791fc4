/* SPDX-License-Identifier: BSD-2-Clause */
/* Each form that is emulated does what the processor does: registers, flags, vectors, memory. */
#include "testing.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

#define SEED_COUNT 12

static unsigned int differences;

static void differs(const struct form *form, uint64_t seed, const char *where, uint64_t real, uint64_t ours)
{
	if (differences++ < 40)
		print_message("# %s, seed %u: %s is %#llx, the processor has %#llx\n", form->text, (unsigned int)seed,
			      where, (unsigned long long)ours, (unsigned long long)real);
}

static void compare(const struct form *form, uint64_t seed, const struct outcome *real, const struct outcome *ours)
{
	char buffer[32];

	/* What raises an exception of its own is left to the program, as the SIGSEGV that it is now. */
	if (real->signal == SIGFPE) {
		if (ours->result != INSN_UNKNOWN || memcmp(&ours->faulted, &ours->after, sizeof(ours->after)))
			differs(form, seed, "the signal", SIGFPE, (uint64_t)ours->signal);
		return;
	}
	if (real->signal != SIGTRAP || ours->signal != SIGTRAP)
		differs(form, seed, "the signal", (uint64_t)real->signal, (uint64_t)ours->signal);
	if (!ours->accesses || ours->bad_accesses)
		differs(form, seed, "the number of accesses", 1, ours->accesses);
	for (unsigned int i = 0; i < state_count; i++) {
		uint64_t mask = state_mask(i, form);

		if ((real->after.words[i] ^ ours->after.words[i]) & mask)
			differs(form, seed, state_name(i, buffer), real->after.words[i], ours->after.words[i]);
	}
	for (unsigned int i = 0; i < USED_SIZE; i++) {
		if (real->data[i] != ours->data[i])
			differs(form, seed, "a byte of the registers", real->data[i], ours->data[i]);
		if (real->other[i] != ours->other[i])
			differs(form, seed, "a byte of memory", real->other[i], ours->other[i]);
	}
}

static void try_form(const struct form *form)
{
	static struct outcome real, ours;
	size_t size = (size_t)(form->end - form->code);

	for (uint64_t seed = 1; seed <= SEED_COUNT; seed++) {
		run(form->code, size, seed, form_kind(form), NULL, false, &real);
		run(form->code, size, seed, form_kind(form), NULL, true, &ours);
		compare(form, seed, &real, &ours);
	}
}

static void every_form_does_what_the_processor_does(void **state)
{
	unsigned int count = 0;

	run_init();
	for (const struct form *form = __start_forms; form < __stop_forms; form++) {
		if (!form_runs(form) || !form_is_known(form))
			continue;
		try_form(form);
		count++;
	}
	print_message("# %u forms compared\n", count);
	assert_int_equal(differences, 0);
	assert_true(count > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_does_what_the_processor_does),
	};

	return cmocka_run_group_tests_name("forms", tests, NULL, NULL);
}
