/* SPDX-License-Identifier: BSD-2-Clause */
/* A processor without an emulation of its own knows no instruction, and asks nothing of the bus. */
#include "testing.h"

#include <string.h>
#include <ucontext.h>

#include "insn/insn.h"

static unsigned int accesses;

static bool count(void *bus, uint64_t address, unsigned int size, void *bytes, bool is_write)
{
	accesses++;
	return true;
}

static void every_instruction_is_unknown_and_changes_nothing(void **state)
{
	struct insn_bus bus = { .access = count, .memory = count, .lo = 0x1000, .hi = 0x2000 };
	ucontext_t context, before;

	memset(&context, 0x5a, sizeof(context));
	before = context;
	assert_int_equal(insn_emulate(&context, 0x1000, &bus), INSN_UNKNOWN);
	assert_memory_equal(&context, &before, sizeof(context));
	assert_int_equal(accesses, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_instruction_is_unknown_and_changes_nothing),
	};

	return cmocka_run_group_tests_name("generic", tests, NULL, NULL);
}
