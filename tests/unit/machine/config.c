/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options: the values that are accepted, the words of each refusal, and that a refusal changes
 * nothing.
 */
#include "testing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine/config.h"
#include "util/alloc.h"

static struct stce_config *config;
static char why[STCE_WHY_SIZE];

static int start(void **state)
{
	why[0] = 0;
	return stce_config_new(&config);
}

static int stop(void **state)
{
	stce_config_free(config);
	return 0;
}

static int set(const char *option, const char *value)
{
	return stce_config_set(config, option, value, why);
}

static void sizes_take_units(void **state)
{
	static const struct { const char *text; uint64_t size; } good[] = {
		{ "0", 0 }, { "4096", 4096 }, { "64K", 64 * KIB }, { "64k", 64 * KIB }, { "1M", MIB },
		{ "8G", 8 * GIB }, { "2T", 2048 * GIB }, { "0x10", 16 }, { "16777215T", UINT64_C(16777215) << 40 },
	};
	static const char *const bad[] = {
		"", "K", "-1", " 1", "1 ", "1KK", "1Z", "1.5G", "16777216T", "18446744073709551616", "+1",
	};
	uint64_t size;

	for (unsigned int i = 0; i < ARRAY_COUNT(good); i++) {
		assert_int_equal(config_parse_size(good[i].text, &size), 0);
		assert_true(size == good[i].size);
	}
	for (unsigned int i = 0; i < ARRAY_COUNT(bad); i++)
		if (!config_parse_size(bad[i], &size))
			fail_msg("\"%s\" was taken", bad[i]);
}

static void each_bad_value_says_why(void **state)
{
	static const struct { const char *option, *value; int error; } bad[] = {
		{ "colour", "red", -ENOENT },
		{ "", "", -ENOENT },
		{ "platform", "power7", -EINVAL },
		{ "platform", "", -EINVAL },
		{ "page-size", "8K", -EINVAL },
		{ "memlock", "0", -EINVAL },
		{ "memlock", "lots", -EINVAL },
		{ "pin", "maybe", -EINVAL },
		{ "trace", "no_such_event", -EINVAL },
		{ "device", "", -EINVAL },
		{ "device", "floppy", -EINVAL },
		{ "device", "dmatest,addr", -EINVAL },
		{ "device", "dmatest,addr=1", -EINVAL },
		{ "device", "dmatest,addr=0000:01:20.0", -EINVAL },
		{ "device", "dmatest,addr=0000:01:00.8", -EINVAL },
		{ "device", "dmatest,addr=0000:01:00.0x", -EINVAL },
		{ "device", "dmatest,group=-1", -EINVAL },
		{ "device", "dmatest,group=65536", -EINVAL },
		{ "device", "dmatest,group=", -EINVAL },
		{ "device", "dmatest,node=", -EINVAL },
		{ "device", "dmatest,node=-1", -EINVAL },
		{ "device", "dmatest,node=1024", -EINVAL },
		{ "device", "dmatest,node=1x", -EINVAL },
		{ "device", "dmatest,mmap=yes", -EINVAL },
		{ "device", "dmatest,mmap=", -EINVAL },
		{ "device", "igb,vfs=9", -EINVAL },
		{ "device", "igb,vfs=-1", -EINVAL },
		{ "device", "igb,vfs=", -EINVAL },
		{ "device", "igb,vfs=1x", -EINVAL },
		{ "device", "igbvf", -EINVAL },
		{ "device", "igbvf,vfs=1,physical=0000:01:00.0", -EINVAL },
		{ "device", "igbvf,physical=card", -EINVAL },
		{ "device", "igbvf,physical=0000:01:00.0,server=nobody", -EINVAL },
		{ "device", "igbvf,physical=0000:01:00.0", -EINVAL },
		{ "memlock", "1G\nplatform power8", -EINVAL },
	};

	for (unsigned int i = 0; i < ARRAY_COUNT(bad); i++) {
		why[0] = 0;
		if (set(bad[i].option, bad[i].value) != bad[i].error || !why[0])
			fail_msg("%s %s: why \"%s\"", bad[i].option, bad[i].value, why);
		assert_int_equal(config->function_count, 0);
		assert_int_equal(config->line_count, 0);
	}
}

static void addresses_and_groups_are_taken_once(void **state)
{
	assert_int_equal(set("device", "dmatest,addr=0000:01:00.0,group=1"), 0);
	assert_int_equal(set("device", "dmatest,addr=0000:01:00.0,group=2"), -EEXIST);
	assert_int_equal(set("device", "dmatest,addr=0000:02:00.0,group=1"), -EEXIST);
	/* The address is the same, however it is written. */
	assert_int_equal(set("device", "dmatest,addr=0:1:0.0,group=2"), -EEXIST);
	assert_int_equal(set("device", "dmatest,addr=0000:02:00.0,group=2"), 0);
	assert_int_equal(config->function_count, 2);
}

static void functions_of_one_bus_may_share_a_group(void **state)
{
	assert_int_equal(set("device", "dmatest,addr=0000:01:00.0,group=1"), 0);
	assert_int_equal(set("device", "dmatest,addr=0000:01:1f.7,group=1,host-driver=nvme"), 0);
	assert_int_equal(set("device", "dmatest,addr=0001:01:00.0,group=1"), -EEXIST);
	assert_int_equal(set("device", "dmatest,addr=0000:11:00.0,group=1"), -EEXIST);
	assert_int_equal(set("device", "dmatest,host-driver="), -EINVAL);
	assert_int_equal(set("device", "dmatest,host-driver=../nvme"), -EINVAL);
	assert_int_equal(set("device", "dmatest,host-driver=a/b"), -EINVAL);
	assert_int_equal(config->function_count, 2);
	assert_string_equal(config->line[0].value, "dmatest,addr=0000:01:00.0,group=1");
	assert_string_equal(config->line[1].value, "dmatest,addr=0000:01:1f.7,group=1,host-driver=nvme");
}

static void virtual_functions_follow_their_card(void **state)
{
	assert_int_equal(set("device", "igb,addr=0002:03:1e.1,group=2"), 0);
	assert_int_equal(set("device", "dmatest,addr=0002:03:00.0,group=1"), 0);
	assert_int_equal(set("device", "igbvf,physical=0002:03:1e.1"), 0);
	assert_int_equal(set("device", "igbvf,physical=2:3:1e.1,group=9,addr=0002:04:0e.3"), 0);
	assert_string_equal(config->line[2].value, "igbvf,addr=0002:04:0e.1,group=3,physical=0002:03:1e.1,server=program");
	assert_string_equal(config->line[3].value, "igbvf,addr=0002:04:0e.3,group=9,physical=0002:03:1e.1,server=program");
	assert_int_equal(set("device", "igbvf,physical=0002:03:1e.1,addr=0002:04:0e.3"), -EINVAL);
	assert_int_equal(set("device", "igbvf,physical=0002:03:00.0"), -EINVAL);
	assert_int_equal(set("device", "igbvf,physical=0002:04:0e.1"), -EINVAL);
	for (unsigned int i = 2; i < 8; i++)
		assert_int_equal(set("device", "igbvf,physical=0002:03:1e.1"), 0);
	assert_int_equal(set("device", "igbvf,physical=0002:03:1e.1"), -EINVAL);
	assert_int_equal(set("device", "igb,addr=0000:ff:1f.0,group=99"), 0);
	assert_int_equal(set("device", "igbvf,physical=0000:ff:1f.0"), -EINVAL);
	assert_int_equal(config->function_count, 11);
}

static void a_card_can_have_them_from_the_start(void **state)
{
	assert_int_equal(set("device", "igb,addr=0000:01:00.0,vfs=2"), 0);
	assert_int_equal(set("device", "igb,addr=0000:02:00.0,vfs=1,host-driver=igb"), 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(stce_config_check(config, why), 0);
		assert_int_equal(config->line_count, 5);
	}
	assert_string_equal(config->line[0].value, "igb,addr=0000:01:00.0,group=1");
	assert_string_equal(config->line[3].value, "igbvf,addr=0000:01:10.2,group=4,physical=0000:01:00.0,server=program");
	assert_string_equal(config->line[4].value, "igbvf,addr=0000:02:10.0,group=5,physical=0000:02:00.0,server=host");
	assert_int_equal(config->function[3].number, 1);
	assert_int_equal(config->function[4].number, 0);
}

static void a_doubled_comma_is_one(void **state)
{
	assert_int_equal(set("device", "nvme,file=/a,,b"), 0);
	assert_string_equal(config->function[0].options[0].value, "/a,b");
	assert_string_equal(config->line[0].value, "nvme,addr=0000:01:00.0,group=1,file=/a,,b");
}

static void a_place_that_is_not_named_is_counted(void **state)
{
	assert_int_equal(set("device", "dmatest"), 0);
	assert_int_equal(set("device", "dmatest"), 0);
	assert_string_equal(config->function[1].address, "0000:02:00.0");
	assert_int_equal(config->function[1].group, 2);
}

static void a_function_keeps_whether_it_can_be_mapped(void **state)
{
	assert_int_equal(set("device", "dmatest,mmap=off"), 0);
	assert_int_equal(set("device", "dmatest,mmap=on"), 0);
	assert_int_equal(set("device", "dmatest,mmap=auto"), 0);
	assert_string_equal(config->line[0].value, "dmatest,addr=0000:01:00.0,group=1,mmap=off");
	assert_string_equal(config->line[1].value, "dmatest,addr=0000:02:00.0,group=2,mmap=on");
	assert_string_equal(config->line[2].value, "dmatest,addr=0000:03:00.0,group=3");
}

static void a_machine_without_a_run_is_not_recorded(void **state)
{
	struct stce_machine *machine = NULL;

	assert_int_equal(set("record", "recording"), 0);
	assert_int_equal(stce_machine_new(config, &machine, why), -EINVAL);
	assert_string_equal(why, "record: only a run can be recorded");
	assert_int_not_equal(access("recording", F_OK), 0);
}

static void a_phb_has_one_node(void **state)
{
	assert_int_equal(set("device", "dmatest,node=8"), 0);
	assert_int_equal(set("device", "dmatest,node=0"), 0);
	assert_int_equal(set("device", "dmatest"), 0);
	assert_int_equal(set("device", "dmatest,node=0,addr=0001:02:00.1,group=2"), 0);
	/* Without an address a function lies below the first PHB of its node, or a new one. */
	assert_string_equal(config->line[0].value, "dmatest,addr=0000:01:00.0,group=1,node=8");
	assert_string_equal(config->line[1].value, "dmatest,addr=0001:02:00.0,group=2,node=0");
	assert_string_equal(config->line[2].value, "dmatest,addr=0000:03:00.0,group=3");
	assert_int_equal(config_function_node(config, &config->function[2]), 8);
	assert_int_equal(set("device", "nvme,addr=0001:05:00.0,node=8"), -EINVAL);
	assert_string_equal(why, "device nvme: node 8: the host bridge of 0001:05:00.0 is on node 0, and all functions of "
			    "domain 0001 with it");
	assert_int_equal(set("device", "nvme,node=eight"), -EINVAL);
	assert_string_equal(why, "node \"eight\" is not a number from 0 to 1023");
	assert_int_equal(config->function_count, 4);
}

/* The node may come with a later function of the PHB. */
static void a_function_has_the_node_of_its_phb(void **state)
{
	assert_int_equal(set("device", "dmatest,addr=0002:01:00.0"), 0);
	assert_int_equal(config_function_node(config, &config->function[0]), NUMA_ANYWHERE);
	assert_int_equal(set("device", "dmatest,addr=0002:02:00.0,node=1"), 0);
	assert_int_equal(config_function_node(config, &config->function[0]), 1);
	assert_int_equal(set("device", "dmatest,node=2"), 0);
	assert_string_equal(config->line[2].value, "dmatest,addr=0000:03:00.0,group=3,node=2");
}

static int load(const char *text)
{
	char path[64];
	int fd = memfd_create("config", MFD_CLOEXEC), r;

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = stce_config_load(config, path, why);
	close(fd);
	return r;
}

static void a_file_has_a_line_for_each_option(void **state)
{
	assert_int_equal(load("# a comment\n\n  platform power8 \t\r\npage-size  64K\n\t# more\nmemlock 1G"), 0);
	assert_string_equal(config->platform->name, "power8");
	assert_int_equal(config->page_shift, 16);
	assert_true(config->memlock == 1 * GIB);
}

static void a_bad_line_is_named_and_those_before_it_hold(void **state)
{
	assert_int_equal(load("platform power10\n\npin sometimes\nmemlock 1G\n"), -EINVAL);
	assert_non_null(strstr(why, ":3: "));
	assert_string_equal(config->platform->name, "power10");
	assert_true(config->memlock == 0);
	assert_int_equal(stce_config_load(config, "/nowhere", why), -ENOENT);
}

static void long_lines_stay_whole(void **state)
{
	char text[6000] = "device nvme,file=/";

	memset(text + strlen(text), 'f', 5000);
	assert_int_equal(load(text), 0);
	assert_int_equal(config->function_count, 1);
	assert_int_equal(strlen(config->function[0].options[0].value), 5001);
}

/* Symptom: the config had the device, but not the copy from which a machine is built. */
static void without_memory_an_option_changes_nothing(void **state)
{
	int r = -ENOMEM;

	for (int n = 0; r; n++) {
		alloc_fail_after(n);
		r = set("device", "dmatest,addr=0000:01:00.0,group=1");
		alloc_fail_after(-1);
		assert_true(!r || r == -ENOMEM);
		assert_int_equal(config->function_count, r ? 0 : 1);
		assert_int_equal(config->line_count, r ? 0 : 1);
	}
}

/* Symptom: strict stayed on, although the copy has no line for it. */
static void nor_does_one_without_an_array(void **state)
{
	static const char *const options[][2] = {
		{ "platform", "power8" }, { "page-size", "64K" }, { "memlock", "3G" }, { "pin", "lazy" },
		{ "share", "off" }, { "strict", "papr" },
	};

	assert_int_equal(set("page-size", "4K"), 0);
	for (unsigned int i = 0; i < ARRAY_COUNT(options); i++) {
		struct stce_config before = *config;
		int r = -ENOMEM;

		for (int n = 0; r; n++) {
			alloc_fail_after(n);
			r = set(options[i][0], options[i][1]);
			alloc_fail_after(-1);
			before.line = config->line;
			assert_int_equal(memcmp(&before, config, sizeof(before)) == 0, r != 0);
		}
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sizes_take_units),
		TEST(each_bad_value_says_why),
		TEST(addresses_and_groups_are_taken_once),
		TEST(functions_of_one_bus_may_share_a_group),
		TEST(virtual_functions_follow_their_card),
		TEST(a_card_can_have_them_from_the_start),
		TEST(a_doubled_comma_is_one),
		TEST(a_place_that_is_not_named_is_counted),
		TEST(a_function_keeps_whether_it_can_be_mapped),
		TEST(a_machine_without_a_run_is_not_recorded),
		TEST(a_phb_has_one_node),
		TEST(a_function_has_the_node_of_its_phb),
		TEST(a_file_has_a_line_for_each_option),
		TEST(a_bad_line_is_named_and_those_before_it_hold),
		TEST(long_lines_stay_whole),
		TEST(without_memory_an_option_changes_nothing),
		TEST(nor_does_one_without_an_array),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
