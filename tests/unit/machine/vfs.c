/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each allocation that making virtual functions needs fails once. Then none is left, nor the card that was plugged in
 * with them, the refusal has a reason, and the next attempt succeeds.
 */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_failure.h"
#include "spapr-tce.h"
#include "spapr-tce/run.h"
#include "util/alloc.h"

#define CARD       "0000:01:00.0"
#define PLUGGED    "0000:05:00.0"
#define PLUGGED_VF "0000:05:10.0"
#define NUMBER     "/sys/bus/pci/devices/" CARD "/sriov_numvfs"

static struct stce_run *run;
static struct stce_machine *machine;

static int start(void **state)
{
	static char parent[32];
	struct stce_config *config;
	char why[STCE_WHY_SIZE];

	strcpy(parent, "/tmp/spapr-tce-vfs-XXXXXX");
	setenv("XDG_RUNTIME_DIR", mkdtemp(parent), 1);
	*state = parent;
	assert_int_equal(stce_config_new(&config), 0);
	assert_int_equal(stce_config_set(config, "device", "igb,addr=" CARD ",group=1,host-driver=igb", why), 0);
	assert_int_equal(stce_run_new(config, &run, why), 0);
	stce_config_free(config);
	return stce_run_attach(stce_run_directory(run), &machine, why);
}

static int stop(void **state)
{
	stce_machine_free(machine);
	stce_run_free(run);
	return rmdir(*state);
}

static int ask_for(int fd, const char *number)
{
	ssize_t r = stce_pwrite(fd, number, strlen(number), 0);

	return r < 0 ? (int)r : 0;
}

static unsigned int there_are(void)
{
	char path[512];
	unsigned int number = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/" CARD "/sriov_numvfs", stce_run_pci_devices(run));
	file = fopen(path, "re");
	assert_true(file && fscanf(file, "%u", &number) == 1);
	fclose(file);
	return number;
}

/* Returns whether allocation n was needed. */
static bool fails_at(int fd, int n)
{
	int r;

	alloc_fail_after(n);
	r = ask_for(fd, "2");
	alloc_fail_after(-1);
	if (!r)
		return false;
	assert_int_equal(r, -ENOMEM);
	assert_non_null(strstr(stce_last_reason(), "cannot be built"));
	assert_int_equal(there_are(), 0);
	return true;
}

static void whatever_fails_can_be_tried_again(void **state)
{
	int fd = stce_open(machine, NUMBER, O_WRONLY), n;

	assert_true(fd >= 0);
	for (n = 0; fails_at(fd, n); n++) {
		assert_int_equal(ask_for(fd, "2"), 0);
		assert_int_equal(there_are(), 2);
		assert_int_equal(ask_for(fd, "0"), 0);
	}
	assert_true(n > 0);
	stce_close(fd);
}

static bool is_there(const char *address)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", stce_run_pci_devices(run), address);
	return !access(path, F_OK);
}

/* Plugs the card into the run, or leaves no trace of it. Returns whether allocation n was reached. */
static bool plug(int n)
{
	char why[STCE_WHY_SIZE];
	bool was_reached;
	int r;

	alloc_fail_after(n);
	r = stce_run_plug(stce_run_directory(run), "igb,addr=" PLUGGED ",host-driver=igb,vfs=2", why);
	was_reached = !alloc_failure_is_left(n);
	alloc_fail_after(-1);
	assert_true(!r || r == -ENOMEM);
	assert_int_equal(is_there(PLUGGED), !r);
	assert_int_equal(is_there(PLUGGED_VF), !r);
	assert_int_equal(stce_run_unplug(stce_run_directory(run), PLUGGED, NULL, NULL, why), r ? -ENODEV : 0);
	assert_false(is_there(PLUGGED) || is_there(PLUGGED_VF));
	return was_reached;
}

/* Each attempt has a run of its own, because a run remembers attempts, and so the next one would need more memory. */
static void a_card_is_plugged_with_its_functions_or_not_at_all(void **state)
{
	bool was_reached = true;
	int n;

	for (n = 0; was_reached; n++) {
		was_reached = plug(n);
		assert_int_equal(stop(state), 0);
		assert_int_equal(start(state), 0);
	}
	assert_true(n > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whatever_fails_can_be_tried_again, start, stop),
		cmocka_unit_test_setup_teardown(a_card_is_plugged_with_its_functions_or_not_at_all, start, stop),
	};

	return cmocka_run_group_tests_name("vfs", tests, NULL, NULL);
}
