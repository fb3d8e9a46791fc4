/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of rules, and what a machine does with them. */
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "../vfio/client.h"
#include "machine/config.h"
#include "spapr-tce/eeh.h"

static char why[STCE_WHY_SIZE];

static void a_rule_is_read(void **state)
{
	static const struct {
		const char *text;
		uint32_t kinds;
		uint64_t left, after, address, mask;
	} rows[] = {
		{ "freeze:group=7", STCE_EEH_DMA_READ | STCE_EEH_DMA_WRITE, 1, 0, 0, 0 },
		{ "freeze:group=7,after=1000dma", STCE_EEH_DMA_READ | STCE_EEH_DMA_WRITE, 1000, 0, 0, 0 },
		{ "freeze:after=2dma-reads,group=7", STCE_EEH_DMA_READ, 2, 0, 0, 0 },
		{ "freeze:group=7,after=2dma-writes", STCE_EEH_DMA_WRITE, 2, 0, 0, 0 },
		{ "freeze:group=7,after=3registers", STCE_EEH_LOAD | STCE_EEH_STORE, 3, 0, 0, 0 },
		{ "freeze:group=7,after=3loads", STCE_EEH_LOAD, 3, 0, 0, 0 },
		{ "freeze:group=7,after=3stores", STCE_EEH_STORE, 3, 0, 0, 0 },
		{ "freeze:group=7,after=3config", STCE_EEH_CONFIG_READ | STCE_EEH_CONFIG_WRITE, 3, 0, 0, 0 },
		{ "freeze:group=7,after=3interrupts", STCE_EEH_INTERRUPT, 3, 0, 0, 0 },
		{ "freeze:group=7,after=3ms", 0, 0, 3000000, 0, 0 },
		{ "freeze:group=7,after=3s", 0, 0, UINT64_C(3000000000), 0, 0 },
		{ "freeze:group=7,address=0x1000", STCE_EEH_DMA_READ | STCE_EEH_DMA_WRITE, 1, 0, 0x1000, UINT64_MAX },
		{ "freeze:group=7,after=2loads,address=20,mask=0xf0", STCE_EEH_LOAD, 2, 0, 20, 0xf0 },
	};
	struct eeh_rule rule;

	for (unsigned int i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(eeh_rule_parse(rows[i].text, &rule, why), 0);
		assert_int_equal(rule.group, 7);
		assert_int_equal(rule.trigger.kinds, rows[i].kinds);
		assert_int_equal(rule.trigger.left, rows[i].left);
		assert_int_equal(rule.trigger.after, rows[i].after);
		assert_int_equal(rule.trigger.address, rows[i].address);
		assert_int_equal(rule.trigger.mask, rows[i].mask);
	}
}

static void each_bad_rule_says_why(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "", "it must be freeze:" }, { "thaw:group=1", "it must be freeze:" }, { "freeze", "it must be freeze:" },
		{ "freeze:", "a rule has group=" }, { "freeze:after=1dma", "a rule needs group=N" },
		{ "freeze:group=", "group \"\" is not a number" }, { "freeze:group=-1", "group \"-1\"" },
		{ "freeze:group=4294967296", "group \"4294967296\"" }, { "freeze:group=1x", "group \"1x\"" },
		{ "freeze:group=1,after=dma", "after \"dma\"" }, { "freeze:group=1,after=0dma", "after \"0dma\"" },
		{ "freeze:group=1,after=1", "after \"1\"" }, { "freeze:group=1,after=1dmas", "after \"1dmas\"" },
		{ "freeze:group=1,after=-1dma", "after \"-1dma\"" }, { "freeze:group=1,after=9999999999s", "after \"" },
		{ "freeze:group=1,address=x", "address \"x\"" }, { "freeze:group=1,mask=1", "mask needs an address" },
		{ "freeze:group=1,address=1,mask=", "mask \"\"" }, { "freeze:group=1,color=red", "a rule has group=" },
		{ "freeze:group=1,after=1s,address=0", "a time has no address" },
		{ "freeze:group=1,,", "a rule has group=" },
	};
	struct eeh_rule rule;

	for (unsigned int i = 0; i < ARRAY_COUNT(rows); i++) {
		why[0] = 0;
		if (eeh_rule_parse(rows[i].text, &rule, why) != -EINVAL || !strstr(why, rows[i].says))
			fail_msg("\"%s\": %s", rows[i].text, why);
		assert_int_equal(eeh_rule_parse(rows[i].text, &rule, NULL), -EINVAL);
	}
}

static void a_config_has_room_for_so_many_rules(void **state)
{
	struct stce_config *config;

	assert_int_equal(stce_config_new(&config), 0);
	assert_null(stce_config_rule(config, 0));
	for (unsigned int i = 0; i < CONFIG_RULES; i++)
		assert_int_equal(stce_config_set(config, "eeh", i ? "freeze:group=1" : "freeze:group=1,after=5dma", why), 0);
	assert_int_equal(stce_config_set(config, "eeh", "freeze:group=1", why), -ENOSPC);
	assert_string_equal(stce_config_rule(config, 0), "freeze:group=1,after=5dma");
	assert_string_equal(stce_config_rule(config, CONFIG_RULES - 1), "freeze:group=1");
	assert_null(stce_config_rule(config, CONFIG_RULES));
	assert_int_equal(stce_config_check(config, why), 0);
	stce_config_free(config);
}

/* Rules of the config come first, later ones go on with their numbers; a group's room ends with an error. */
static void a_machine_obeys_its_rules_by_number(void **state)
{
	struct stce_config *config;
	struct stce_machine *machine;
	struct stce_eeh eeh;
	char x[8];

	assert_int_equal(stce_config_new(&config), 0);
	assert_int_equal(stce_config_set(config, "eeh", "freeze:group=1,after=900dma", why), 0);
	assert_int_equal(stce_machine_new(config, &machine, why), 0);
	assert_int_equal(stce_eeh_rule(machine, "freeze:group=1,after=2dma-reads", why), 0);
	assert_int_equal(stce_eeh_get(machine, 1, &eeh, sizeof(eeh)), 0);
	assert_int_equal(eeh.armed, 2);
	/* The host owns the PE, and its bypass reaches all memory. */
	assert_int_equal(stce_dma_read(machine, 1, (UINT64_C(1) << 59) + (uintptr_t)why, x, sizeof(x)), 0);
	assert_int_equal(stce_dma_read(machine, 1, (UINT64_C(1) << 59) + (uintptr_t)why, x, sizeof(x)), -EFAULT);
	assert_int_equal(stce_eeh_get(machine, 1, &eeh, sizeof(eeh)), 0);
	assert_int_equal(eeh.state, STCE_EEH_STOPPED);
	assert_int_equal(eeh.rule, 2);
	assert_int_equal(eeh.armed, 1);
	for (unsigned int i = 1; i < CONFIG_RULES; i++)
		assert_int_equal(stce_eeh_rule(machine, "freeze:group=1", why), 0);
	assert_int_equal(stce_eeh_rule(machine, "freeze:group=1", why), -ENOSPC);
	assert_string_equal(why, "group 1 has too many rules");
	stce_machine_free(machine);
	stce_config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_is_read),
		cmocka_unit_test(each_bad_rule_says_why),
		cmocka_unit_test(a_config_has_room_for_so_many_rules),
		cmocka_unit_test(a_machine_obeys_its_rules_by_number),
	};

	return cmocka_run_group_tests_name("eeh_rule", tests, NULL, NULL);
}
