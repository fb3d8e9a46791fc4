/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: virtual PCI host bridges
 *
 * The firmware's part of dynamic DMA windows: a virtual PCI host bridge (PHB) of
 * a VM with its windows, and the RTAS calls by which a guest asks for more. Each
 * window is a table of the VM, under a LIOBN of the bridge. If VFIO groups are on
 * the bus, each of their containers has a hardware window that follows the table.
 * A guest's call makes or removes all of them, or changes nothing.
 *
 * A VMM makes the bridge, adds its groups, writes the bridge into the guest's
 * tree, and passes H_RTAS to stce_vm_rtas().
 *
 * Thread rule: any thread. stce_phb_free() is the last call on a bridge, and
 * comes before stce_vm_free().
 *
 * @group: a descriptor of a VFIO group.
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

/** The number of windows that a bridge can have; number 0 is the default window's place. */
#define STCE_PHB_WINDOWS 2
/** A start address that allows no window. */
#define STCE_PHB_NOWHERE UINT64_MAX

/** The tokens of the calls in a VM without others of its own. QEMU has the same. */
#define STCE_RTAS_QUERY_PE_DMA_WINDOW  0x2026
#define STCE_RTAS_CREATE_PE_DMA_WINDOW 0x2027
#define STCE_RTAS_REMOVE_PE_DMA_WINDOW 0x2028
#define STCE_RTAS_RESET_PE_DMA_WINDOWS 0x2029

/** The number of tokens that stce_vm_set_rtas_tokens() takes, in the order above. */
#define STCE_RTAS_CALLS 4
/** The number of tokens that stce_vm_set_rtas_associate() takes: associate, dissociate. */
#define STCE_RTAS_ASSOCIATE_CALLS 2
/** The number of tokens that stce_vm_set_rtas_eeh() takes. */
#define STCE_RTAS_EEH_CALLS 9
/** The most bytes of an error log that ibm,slot-error-detail writes. */
#define STCE_RTAS_LOG_MAX 2048
/** The kinds of errors that a guest can inject, as ibm,errinjct-tokens in its tree numbers them. */
#define STCE_RTAS_IOA_BUS_ERROR    7
#define STCE_RTAS_IOA_BUS_ERROR_64 15

/**
 * The status of a call, in its first output [PAPR 7.3]. A call answers when it has
 * ended, so it never answers busy (-2) or extended delay (990x).
 */
#define STCE_RTAS_SUCCESS         0
#define STCE_RTAS_HARDWARE_ERROR  (-1)
#define STCE_RTAS_PARAMETER_ERROR (-3)
/** ibm,slot-error-detail has no log, because no PE has been frozen. */
#define STCE_RTAS_NO_LOG          1
/** A session for errors is open already, or is not that of the call. */
#define STCE_RTAS_SESSION_ERROR   (-4)

/**
 * struct stce_phb_config - a bridge to make, and the VMM's policies.
 * @buid: its unit identifier, unique in the VM.
 * @liobn: the LIOBN of each window's table.
 * @default_size: bytes of the default window, which has 4 KiB pages; a power of two.
 * @page_sizes: bit n offers pages of 2^n bytes to the guest, if RTAS has a bit for them.
 * @window_count: windows at a time, the default one included: 1 or 2.
 * @no_ddw: if true, the calls answer -3, and the tree does not mention them.
 * @start: bus address at which each window starts.
 * @limited_start: the same in limited-address mode [LoPAR 2.13]; if both are STCE_PHB_NOWHERE, the
 *	bridge has no such mode.
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
 * stce_phb_config_init() - fills in the policies of a bridge that exists in hardware or PowerVM.
 * @bridge: "power8", "power9", "power10", or "powervm".
 * @index: the number of the bridge in its VM; LIOBNs and BUID follow from it, as in QEMU.
 *
 * Return: 0; -ENOENT no bridge has this name.
 */
int stce_phb_config_init(struct stce_phb_config *config, const char *bridge, unsigned int index);

/**
 * stce_vm_set_rtas_tokens() - sets the tokens by which the guest of a VM makes the calls. A VMM
 * may do that once, before it makes a bridge.
 * @token: STCE_RTAS_CALLS tokens, all different.
 *
 * Return: 0; -EINVAL two are equal; -EBUSY the VM has a bridge, or the tokens have been set.
 */
int stce_vm_set_rtas_tokens(struct stce_vm *vm, const uint32_t *token);

/**
 * stce_vm_set_rtas_associate() - offers the guest two more calls, by which a window of one bridge
 * serves further bridges too. The guest then makes and fills one table for all of them. They are an
 * extension of PAPR: without this call their tokens are the VMM's, and the device tree does not
 * mention them. A VMM may make it once, before it makes a bridge.
 *
 * Both calls have 4 arguments (config address, BUID high and low, LIOBN) and one output, the status.
 * Associate makes the window that has the LIOBN on the bridge that has the BUID as well: at the same
 * bus address, with the entries that it has. Dissociate takes it from that bridge alone. The bridges
 * are equal: each may leave, and the table goes with the last. A default window cannot be associated.
 * ibm,remove-pe-dma-window removes a window from all bridges, a reset of a bridge from that one only.
 * While another bridge has the window, its LIOBN is in use and its first bridge cannot make another
 * in its place.
 * @token: STCE_RTAS_ASSOCIATE_CALLS tokens that no other call has.
 *
 * Return: 0; -EINVAL two are equal; -EBUSY the VM has a bridge, or the tokens have been set.
 */
int stce_vm_set_rtas_associate(struct stce_vm *vm, const uint32_t *token);

/**
 * stce_vm_set_rtas_eeh() - offers the guest the calls by which it recovers a PE that has frozen, and
 * injects errors into it [LoPAR 7.3.11, 7.3.26]. Without this call their tokens are the VMM's, and the
 * device tree does not mention them. A VMM may make it once, before it makes a bridge. It must also let the
 * guest's accesses to a function reach it while the PE is frozen: they answer all ones.
 *
 * The order of tokens is: ibm,set-eeh-option, ibm,set-slot-reset, ibm,read-slot-reset-state2,
 * ibm,get-config-addr-info2, ibm,configure-pe, ibm,slot-error-detail, ibm,open-errinjct, ibm,errinjct,
 * ibm,close-errinjct. To the guest all groups on a bridge are one PE, so a call acts on all of them, and any
 * config address on the bridge stands for it. A reset clears the MSI-X state of the functions, as
 * VFIO_EEH_PE_RESET_HOT does; the VMM need not do anything.
 * @token: STCE_RTAS_EEH_CALLS tokens that no other call has.
 *
 * Return: 0; -EINVAL two are equal; -EBUSY the VM has a bridge, or the tokens have been set.
 */
int stce_vm_set_rtas_eeh(struct stce_vm *vm, const uint32_t *token);

/**
 * stce_phb_new() - makes a bridge with its default window and no group.
 * @config: its description; the bridge keeps a copy.
 *
 * Return: 0; -EINVAL an impossible policy; -EEXIST the BUID is taken; -EBUSY a LIOBN
 * is taken; -ENOMEM. The caller owns *phb, and frees it with stce_phb_free().
 */
int stce_phb_new(struct stce_vm *vm, const struct stce_phb_config *config, struct stce_phb **phb);
/** stce_phb_free() - removes a bridge's windows, in the hardware too, and its groups, and frees it. NULL is fine. */
void stce_phb_free(struct stce_phb *phb);

/**
 * stce_phb_reset() - resets a bridge [LoPAR ibm,reset-pe-dma-windows]. It removes all windows,
 * makes an empty default window, and leaves limited-address mode. When the call returns, no
 * device reaches the memory that was mapped in the old windows.
 *
 * Return: 0; -ENOMEM the bridge has no window until it is reset again.
 */
int stce_phb_reset(struct stce_phb *phb);

/**
 * stce_phb_add_group() - puts the PE of a VFIO group on the bus.
 * @container: a descriptor of the group's container, of type IOMMU v2. The bridge's windows
 *	replace its window at 0, and the bridge owns its windows from now on. They have the entries
 *	that the guest has made.
 * @group: a descriptor of the group. The bridge keeps both files open until the group is removed.
 *
 * Return: 0; -EBADF a descriptor is not open; -EINVAL not a container, not a group of it, a start of
 * the bridge's that the hardware cannot have, or an entry whose memory is not registered; -EEXIST
 * the group is on the bus; -ENOSPC the container has another window; -ENOMEM; -EMFILE. On failure
 * the group is not on the bus; after -ENOSPC, -ENOMEM and the last -EINVAL the container may be without windows.
 */
int stce_phb_add_group(struct stce_phb *phb, int container, int group);
/** stce_phb_remove_group() - takes a group off the bus. Return: 0; -EBADF it is not open; -ENOENT not on the bus. */
int stce_phb_remove_group(struct stce_phb *phb, int group);

/**
 * stce_vm_rtas() - makes one H_RTAS call for a DMA window or a frozen PE, on any bridge of the VM. Other
 * calls of the library may run meanwhile. All PEs of a bridge have the same windows, so any
 * config address stands for all of them, as in QEMU. If the guest removes the last window
 * and the default window cannot be made again, the call answers -1, and the bridge has no
 * window until a reset makes one.
 * @buffer: guest address of the argument buffer, R4 of the hypercall: token,
 *          nargs, nret, arguments and results, in big-endian 32-bit cells.
 *
 * Return: STCE_H_SUCCESS: the status is in the buffer; STCE_H_PARAMETER: the
 * buffer is misaligned, malformed, or outside the guest's memory, and nothing has
 * changed, except that a remove, dissociate or reset stays done if the VMM removed the buffer during
 * the call; STCE_H_TOO_HARD: the token belongs to the VMM, or the library could not follow
 * a change of the guest's memory.
 */
long stce_vm_rtas(struct stce_vm *vm, uint64_t buffer);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
