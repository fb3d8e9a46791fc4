/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A secondary process of stock DPDK opens the function of the primary one: it receives the descriptors of
 * container and group over DPDK's socket, and opens the device by them. It maps the registers, whose loads
 * and stores the primary process makes, and copies in the common heap. Arguments: EAL's options, of the
 * primary process.
 */
#include "dpdk.h"

static bool reads_magic(const struct function *function)
{
	struct vfio_region_info region = { .argsz = sizeof(region), .index = VFIO_PCI_BAR0_REGION_INDEX };
	uint32_t magic = 0;

	return ioctl(function->device, VFIO_DEVICE_GET_REGION_INFO, &region) == 0 &&
	       pread(function->device, &magic, sizeof(magic), (off_t)region.offset) == sizeof(magic) &&
	       magic == STCE_DMATEST_MAGIC_VALUE;
}

/* Runs in the secondary process, whose exit status tells how far it came. */
static int use_function(void)
{
	struct function function = { -1, NULL };

	if (!take(&function, ADDRESS))
		return 2;
	if (!reads_magic(&function))
		return 3;
	if (!map_registers(&function))
		return 4;
	return copies(&function) ? 0 : 5;
}

/* Starts this program once more, as the secondary process. */
static int run_secondary(int count, char **arguments)
{
	char *all[32] = { NULL };
	pid_t child;

	if (count > 30)
		return -1;
	memcpy(all, arguments, (size_t)count * sizeof(*all));
	all[count] = "--proc-type=secondary";
	child = fork();
	if (child == 0) {
		execv("/proc/self/exe", all);
		_exit(1);
	}
	return status_of_child(child);
}

int main(int count, char **arguments)
{
	struct function function;
	char *given[32] = { NULL };
	int status;

	/* EAL changes the order of its arguments. */
	memcpy(given, arguments, (size_t)(count < 31 ? count : 31) * sizeof(*given));
	if (rte_eal_init(count, arguments) < 0)
		return 1;
	if (rte_eal_process_type() == RTE_PROC_SECONDARY)
		return use_function();
	ok(take(&function, ADDRESS) && map_registers(&function), "the primary process takes the function");
	ok(copies(&function), "it copies");
	status = run_secondary(count, given);
	ok(status == 0, "a secondary process opens the same function, maps its registers and copies");
	ok(copies(&function), "the primary process goes on when the secondary one has ended");
	ok(give_back(&function, ADDRESS), "it gives the function back");
	rte_eal_cleanup();
	return ok_end();
}
