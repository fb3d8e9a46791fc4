/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In a partition the window that a program makes begins at 1 << 59. Stock DPDK wants one at 0 and gives
 * the function up. Nothing of the attempt remains: the program can take the group without DPDK's help.
 * Arguments: EAL's options.
 */
#include "dpdk.h"

int main(int count, char **arguments)
{
	struct function function = { -1, NULL };
	int container, group;

	ok(rte_eal_init(count, arguments) >= 0, "EAL begins");
	ok(!take(&function, ADDRESS), "DPDK refuses a window that does not begin at 0");
	rte_eal_cleanup();
	ok(set_up(&container, &group), "the group and a container can be had afterwards");
	return ok_end();
}
