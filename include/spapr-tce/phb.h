/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: virtual PCI host bridges
 *
 * Dynamic DMA windows as firmware: a virtual PCI host bridge (PHB) of a VM
 * with its windows, and the RTAS calls by which a guest asks for more. Each
 * window is a table of the VM under the bridge's LIOBN and, where VFIO groups
 * are on the bus, a hardware window of each of their containers that follows
 * the table; a guest's call makes or removes all of them, or changes nothing.
 *
 * A VMM makes the bridge, adds its groups, writes the bridge into the guest's
 * tree, and gives H_RTAS to stce_vm_rtas().
 *
 * Thread rule: any thread. stce_phb_free() is the last call on a bridge, and
 * comes before stce_vm_free().
 *
 * @group: descriptor of a VFIO group.
 */
#ifndef SPAPR_TCE_PHB_H
#define SPAPR_TCE_PHB_H

#include <stdbool.h>
#include <stdint.h>

#include <spapr-tce/vm.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct stce_phb;

/** The windows of a bridge: #0 is where the default one is. */
#define STCE_PHB_WINDOWS 2
/** A place where no window may start. */
#define STCE_PHB_NOWHERE UINT64_MAX

/** The tokens of the calls, as QEMU numbers them: those of a VM that was not told others. */
#define STCE_RTAS_QUERY_PE_DMA_WINDOW  0x2026
#define STCE_RTAS_CREATE_PE_DMA_WINDOW 0x2027
#define STCE_RTAS_REMOVE_PE_DMA_WINDOW 0x2028
#define STCE_RTAS_RESET_PE_DMA_WINDOWS 0x2029

/** The calls in the order of their tokens in stce_vm_set_rtas_tokens(): as above. */
#define STCE_RTAS_CALLS 4

/**
 * What the calls answer in their first output [PAPR 7.3]. They end before they
 * answer, so "busy" (-2) and "again in so many milliseconds" (990x) do not occur.
 */
#define STCE_RTAS_SUCCESS         0
#define STCE_RTAS_HARDWARE_ERROR  (-1)
#define STCE_RTAS_PARAMETER_ERROR (-3)

/**
 * struct stce_phb_config - a bridge to make, and the VMM's policies.
 * @buid: its unit identifier, one of a kind in the VM.
 * @liobn: the name of each window's table.
 * @default_size: bytes of the default window, which has 4 KiB pages.
 * @page_sizes: bit n: pages of 2^n bytes may be offered (those that RTAS has a bit for).
 * @window_count: windows at a time, the default one included: 1 or 2.
 * @no_ddw: the calls answer -3, and the tree does not mention them.
 * @start: where each window starts.
 * @limited_start: the same in limited-address mode [LoPAR 2.13]; STCE_PHB_NOWHERE in both: no such mode.
 */
struct stce_phb_config {
	uint64_t buid;
	uint32_t liobn[STCE_PHB_WINDOWS];
	uint64_t default_size;
	uint64_t page_sizes;
	unsigned int window_count;
	bool no_ddw;
	uint64_t start[STCE_PHB_WINDOWS];
	uint64_t limited_start[STCE_PHB_WINDOWS];
};

/**
 * stce_phb_config_init() - fills in the policies of a bridge that exists.
 * @bridge: "power8", "power9", "power10", or "powervm".
 * @index: of the bridge in its VM; LIOBNs and BUID follow from it, as in QEMU.
 *
 * Return: 0; -ENOENT no such bridge.
 */
int stce_phb_config_init(struct stce_phb_config *config, const char *bridge, unsigned int index);

/**
 * stce_vm_set_rtas_tokens() - sets the VMM's own numbers for the calls, once, before it makes a bridge.
 * @token: STCE_RTAS_CALLS of them, all different.
 *
 * Return: 0; -EINVAL two are alike; -EBUSY there is a bridge, or the tokens have been set.
 */
int stce_vm_set_rtas_tokens(struct stce_vm *vm, const uint32_t *token);

/**
 * stce_phb_new() - makes a bridge with its default window and no group.
 * @config: what it is to be; not used afterwards.
 *
 * Return: 0; -EINVAL a policy that cannot be; -EEXIST the BUID is taken;
 * -EBUSY a LIOBN is taken; -ENOMEM. The caller owns *phb, and frees it with stce_phb_free().
 */
int stce_phb_new(struct stce_vm *vm, const struct stce_phb_config *config, struct stce_phb **phb);
/** stce_phb_free() - frees a bridge: its windows go, in the hardware too, and its groups are let go. */
void stce_phb_free(struct stce_phb *phb);

/**
 * stce_phb_reset() - resets the bridge [LoPAR ibm,reset-pe-dma-windows]: the
 * default window is there, empty, the guest's own windows are gone, and limited-address
 * mode is over. When the call returns no device reaches what the windows showed.
 *
 * Return: 0; -ENOMEM, and the bridge has no window: reset it again.
 */
int stce_phb_reset(struct stce_phb *phb);

/**
 * stce_phb_add_group() - puts the PE of a VFIO group on the bus.
 * @container: its container, an IOMMU v2. Its windows are the bridge's from
 *             now on: the window at 0 makes way for the bridge's own.
 * @group: the group. Both stay in use until the group is removed.
 *
 * Return: 0; -EBADF a descriptor is not ours; -EINVAL not a container, not a group of it, or a bridge
 * that cannot start a window where the policy says; -EEXIST the group is on the
 * bus; -ENOSPC the container has another window; -ENOMEM. On failure the group is
 * not on the bus; after -ENOSPC and -ENOMEM the container may be without windows.
 */
int stce_phb_add_group(struct stce_phb *phb, int container, int group);
/** stce_phb_remove_group() - takes a group off the bus. Return: 0; -EBADF it is not ours; -ENOENT not on the bus. */
int stce_phb_remove_group(struct stce_phb *phb, int group);

/**
 * stce_vm_rtas() - is H_RTAS for the calls above, on all bridges of the VM. Other
 * calls of the library may run meanwhile. All PEs of a bridge have the same windows,
 * so any config address is taken for them, as QEMU does. Removing the last window but
 * the default one answers -1 where the default one cannot be made again; then there is
 * no window, and a reset tries once more.
 * @buffer: guest address of the argument buffer, R4 of the hypercall: token,
 *          nargs, nret, arguments and results, big-endian 32-bit cells.
 *
 * Return: STCE_H_SUCCESS: the status is in the buffer; STCE_H_PARAMETER: the
 * buffer is misaligned, malformed, or not in the guest's memory, and nothing has
 * changed (but for what a remove or reset had done when the VMM took the buffer
 * away); STCE_H_TOO_HARD: another token, which is the VMM's.
 */
long stce_vm_rtas(struct stce_vm *vm, uint64_t buffer);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
