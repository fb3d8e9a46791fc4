/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An instruction that cannot be emulated leaves the context as it was: one that is unknown, whose
 * operand is not all registers, or whose access fails.
 */
#include "testing.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

#define SEED 0x107      /* all vectors and masks have values */

static unsigned int failures;
static struct outcome outcome;

static void fails(const struct form *form, const char *what)
{
	if (failures++ < 40)
		print_message("# %s: %s\n", form->text, what);
}

static void emulate(const struct form *form, const struct plan *plan)
{
	run(form->code, (size_t)(form->end - form->code), SEED, form_kind(form), plan, true, &outcome);
}

/* Emulates with the plan and checks that nothing but the result came of it. */
static void refuse(const struct form *form, const struct plan *plan, enum insn_result result, const char *what)
{
	emulate(form, plan);
	if (outcome.result != result || outcome.signal != SIGSEGV || outcome.faults != 1)
		fails(form, what);
	if (memcmp(&outcome.faulted, &outcome.after, sizeof(outcome.after)))
		fails(form, "the context has changed");
}

#define FOR_EACH_FORM(form) \
	for (const struct form *form = __start_forms; form < __stop_forms; form++) \
		if (form_runs(form))

static void start(void)
{
	run_init();
	failures = 0;
}

static void unknown_instructions_are_left_alone(void **state)
{
	unsigned int count = 0;

	start();
	FOR_EACH_FORM(form) {
		if (form_is_known(form))
			continue;
		refuse(form, NULL, INSN_UNKNOWN, "is not unknown");
		if (outcome.accesses)
			fails(form, "made an access");
		count++;
	}
	print_message("# %u instructions\n", count);
	assert_true(count > 0);
	assert_int_equal(failures, 0);
}

/* A string of several elements ends with the registers of those that were moved. */
static void a_failed_access_has_changed_no_register(void **state)
{
	start();
	FOR_EACH_FORM(form) {
		struct plan plan = { 0 };
		unsigned int count;

		if (!form_is_known(form))
			continue;
		emulate(form, NULL);
		count = form->kind & KIND_REPEATED ? 1 : outcome.accesses;
		for (plan.fail_at = 1; plan.fail_at <= count; plan.fail_at++)
			refuse(form, &plan, INSN_REFUSED, "is not refused");
	}
	assert_int_equal(failures, 0);
}

static void an_operand_that_is_not_all_registers_is_unknown(void **state)
{
	start();
	FOR_EACH_FORM(form) {
		uint64_t lo, hi;

		if (!form_is_known(form) || form->kind & KIND_REPEATED)
			continue;
		emulate(form, NULL);
		lo = outcome.lo;
		hi = outcome.hi;
		refuse(form, &(struct plan){ .lo = lo, .hi = hi - 1 }, INSN_UNKNOWN, "was cut at its end");
		/* Of two operands, the first is read before the second is known to fail. */
		if (outcome.accesses && hi - lo <= 64)
			fails(form, "made an access, cut at its end");
		refuse(form, &(struct plan){ .lo = lo + 1, .hi = hi }, INSN_UNKNOWN, "was cut at its beginning");
		refuse(form, &(struct plan){ .lo = hi, .hi = hi + 64 }, INSN_UNKNOWN, "is before the registers");
		refuse(form, &(struct plan){ .lo = lo - 64, .hi = lo }, INSN_UNKNOWN, "is behind the registers");
		emulate(form, &(struct plan){ .lo = lo, .hi = hi });
		if (outcome.result != INSN_DONE || outcome.signal != SIGTRAP)
			fails(form, "does not fit exactly");
	}
	assert_int_equal(failures, 0);
}

/* The memory after the instruction has no access: reading there would end the test. */
static void nothing_is_read_behind_the_instruction(void **state)
{
	const struct plan plan = { .is_last = true };

	start();
	FOR_EACH_FORM(form) {
		/* An address that is relative to the instruction would be another one. */
		if (strstr(form->text, "%rip"))
			continue;
		emulate(form, &plan);
		if (outcome.result != (form_is_known(form) ? INSN_DONE : INSN_UNKNOWN))
			fails(form, "at the end of memory");
	}
	assert_int_equal(failures, 0);
}

/* An instruction that is itself behind the registers' addresses cannot be read. */
static void a_jump_to_registers_is_unknown(void **state)
{
	const struct form *form = __start_forms;

	start();
	refuse(form, &(struct plan){ .lo = CODE, .hi = DATA + REGION_SIZE }, INSN_UNKNOWN, "was read from a register");
	refuse(form, &(struct plan){ .lo = CODE + 1, .hi = DATA + REGION_SIZE }, INSN_UNKNOWN,
	       "was partly read from a register");
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_instructions_are_left_alone),
		cmocka_unit_test(a_failed_access_has_changed_no_register),
		cmocka_unit_test(an_operand_that_is_not_all_registers_is_unknown),
		cmocka_unit_test(nothing_is_read_behind_the_instruction),
		cmocka_unit_test(a_jump_to_registers_is_unknown),
	};

	return cmocka_run_group_tests_name("refusals", tests, NULL, NULL);
}
