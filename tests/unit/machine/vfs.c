/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each allocation that making virtual functions needs fails once. Then none is left, the refusal has a reason, and
 * the next attempt succeeds.
 */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spapr-tce.h"
#include "spapr-tce/run.h"
#include "util/alloc.h"

#define CARD   "0000:01:00.0"
#define NUMBER "/sys/bus/pci/devices/" CARD "/sriov_numvfs"

static char parent[] = "/tmp/spapr-tce-vfs-XXXXXX";
static struct stce_run *run;
static struct stce_machine *machine;

static int start(void **state)
{
	struct stce_config *config;
	char why[STCE_WHY_SIZE];

	setenv("XDG_RUNTIME_DIR", mkdtemp(parent), 1);
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
	return rmdir(parent);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_fails_can_be_tried_again),
	};

	return cmocka_run_group_tests_name("vfs", tests, start, stop);
}
