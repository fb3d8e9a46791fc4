/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stock DPDK brings up its EAL, takes a group through VFIO with the sPAPR v2 IOMMU, and maps its
 * memory, into which a function copies by the addresses that DPDK gives. Its registers are mapped, and
 * DPDK's own accessors load and store them. Arguments: EAL's options.
 */
#include "dpdk.h"

int main(int count, char **arguments)
{
	struct function function = { -1, NULL };

	ok(rte_eal_init(count, arguments) >= 0, "EAL begins");
	ok(rte_vfio_is_enabled("vfio") == 1 && rte_vfio_is_enabled("vfio_pci") == 1, "it finds vfio's modules");
	ok(rte_eal_iova_mode() == RTE_IOVA_VA, "it chooses virtual addresses for devices");
	ok(take(&function, ADDRESS), "it takes the function, makes a window and maps its memory");
	ok(map_registers(&function), "the function's registers can be mapped and loaded");
	ok(copies(&function), "the function copies between two buffers of rte_malloc");
	ok(give_back(&function, ADDRESS), "it gives the function back");
	rte_eal_cleanup();
	return ok_end();
}
