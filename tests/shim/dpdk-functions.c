/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stock DPDK puts three functions of three groups into its one container. All use the same window and the
 * same memory, and those that stay go on when one is given back. Arguments: EAL's options.
 */
#include "dpdk.h"

#define COUNT 3

static const char *const addresses[COUNT] = { "0000:01:00.0", "0000:02:00.0", "0000:03:00.0" };
static struct function functions[COUNT];

/* Each function copies on what the one before it has copied. */
static bool copy_in_turn(void)
{
	uint8_t *buffer = rte_zmalloc(NULL, (size_t)LENGTH * (COUNT + 1), 4096);
	bool good = buffer;

	if (!buffer)
		return false;
	fill(buffer, LENGTH, 5);
	for (int i = 0; i < COUNT; i++) {
		uint8_t *from = buffer + (size_t)LENGTH * (size_t)i;

		good &= copy(&functions[i], rte_mem_virt2iova(from), rte_mem_virt2iova(from + LENGTH), LENGTH) ==
			STCE_DMATEST_DONE;
	}
	good &= memcmp(buffer, buffer + (size_t)LENGTH * COUNT, LENGTH) == 0;
	rte_free(buffer);
	return good;
}

/* DPDK has the descriptors of three groups. */
static bool of_three_groups(void)
{
	int groups[COUNT];

	for (int i = 0; i < COUNT; i++)
		if (rte_vfio_get_group_num(SYSFS, addresses[i], &groups[i]) != 1 ||
		    rte_vfio_get_group_fd(groups[i]) < 0 || (i && groups[i] == groups[i - 1]))
			return false;
	return true;
}

int main(int count, char **arguments)
{
	bool taken = true, mapped = true;

	ok(rte_eal_init(count, arguments) >= 0, "EAL begins");
	for (int i = 0; i < COUNT; i++)
		taken &= take(&functions[i], addresses[i]);
	ok(taken, "it takes three functions");
	ok(of_three_groups(), "they are of three groups");
	for (int i = 0; i < COUNT; i++)
		mapped &= map_registers(&functions[i]);
	ok(mapped, "the registers of all can be mapped");
	ok(mapped && copy_in_turn(), "each copies on what the one before it has copied");
	ok(give_back(&functions[1], addresses[1]), "it gives the second one back");
	ok(copies(&functions[0]) && copies(&functions[2]), "the others go on");
	ok(take(&functions[1], addresses[1]) && map_registers(&functions[1]), "it takes the second one again");
	ok(copy_in_turn(), "all three copy as before");
	rte_eal_cleanup();
	return ok_end();
}
