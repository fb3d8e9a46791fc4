/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes RTAS calls: it reads the argument buffer from the guest's memory once, makes the call, and
 * writes the outputs back [PAPR 7.2.7]. A call whose outputs cannot be written is undone, where it
 * can be. rtas_ddw.c and rtas_associate.c implement the calls for windows, rtas_eeh.c, rtas_eeh_log.c and
 * rtas_errinjct.c those for PEs that freeze; all others are the VMM's.
 */
#ifndef STCE_PAPR_RTAS_H
#define STCE_PAPR_RTAS_H

#include "papr/bridge.h"

#define RTAS_CELLS_MAX 16

/* A call in the host's byte order; ret[0] is the status. */
struct papr_rtas {
	uint32_t token, nargs, nret;
	uint32_t arg[RTAS_CELLS_MAX];
	uint32_t ret[RTAS_CELLS_MAX];
};

/*
 * The order of tokens in stce_vm_set_rtas_tokens(), then in stce_vm_set_rtas_associate(), then in
 * stce_vm_set_rtas_eeh().
 */
enum papr_rtas_call {
	RTAS_QUERY,
	RTAS_CREATE,
	RTAS_REMOVE,
	RTAS_RESET,
	RTAS_ASSOCIATE,
	RTAS_DISSOCIATE,
	RTAS_SET_EEH_OPTION,
	RTAS_SET_SLOT_RESET,
	RTAS_READ_SLOT_RESET_STATE2,
	RTAS_GET_CONFIG_ADDR_INFO2,
	RTAS_CONFIGURE_PE,
	RTAS_SLOT_ERROR_DETAIL,
	RTAS_OPEN_ERRINJCT,
	RTAS_ERRINJCT,
	RTAS_CLOSE_ERRINJCT,
	RTAS_CALL_COUNT,
};

long papr_rtas(struct papr_vm *vm, uint64_t buffer);
int papr_rtas_set_tokens(struct papr_vm *vm, const uint32_t *token);
int papr_rtas_set_associate(struct papr_vm *vm, const uint32_t *token);
int papr_rtas_set_eeh(struct papr_vm *vm, const uint32_t *token);
/* Returns whether the VM has the call. */
bool papr_rtas_has(const struct papr_vm *vm, enum papr_rtas_call call);
uint32_t papr_rtas_token(const struct papr_vm *vm, enum papr_rtas_call call);

/* Copy between our memory and the guest's, over as many adjacent slots as it takes. -EFAULT. */
int papr_rtas_read(struct papr_vm *vm, uint64_t gpa, void *local, size_t length);
int papr_rtas_write(struct papr_vm *vm, uint64_t gpa, const void *local, size_t length);

/*
 * rtas_ddw.c: return the status. The caller holds papr_vm.lock and has checked the counts of
 * arguments and outputs.
 */
int papr_rtas_query_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_create_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_remove_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_reset_pe_dma_windows(struct papr_vm *vm, struct papr_rtas *call);
/* rtas_associate.c: likewise. */
int papr_rtas_associate_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_dissociate_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call);
/* Takes the window from the bridge again, without bringing back the default one. */
void papr_rtas_undo_associate(struct papr_vm *vm, const struct papr_rtas *call);

/* rtas_eeh.c: likewise. */
int papr_rtas_set_eeh_option(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_set_slot_reset(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_read_slot_reset_state2(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_get_config_addr_info2(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_configure_pe(struct papr_vm *vm, struct papr_rtas *call);
/* Finds the bridge with PEs that can freeze and the BUID in arg[place] and the cell after it, or returns NULL. */
struct papr_bridge *papr_rtas_find_eeh(struct papr_vm *vm, const struct papr_rtas *call, unsigned int place);
/* rtas_eeh_log.c: likewise. */
int papr_rtas_slot_error_detail(struct papr_vm *vm, struct papr_rtas *call);
/* rtas_errinjct.c: likewise. The status of open-errinjct is its second output. */
int papr_rtas_open_errinjct(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_errinjct(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_close_errinjct(struct papr_vm *vm, struct papr_rtas *call);
/* Closes the session that a successful call has opened. */
void papr_rtas_undo_open(struct papr_vm *vm, const struct papr_rtas *call);

/* rtas_ddw.c, for both. */
/*
 * Finds the bridge with dynamic windows that has the BUID of a call, or returns NULL. The call's
 * config address may name any PE on it, because all of them share its windows.
 */
struct papr_bridge *papr_rtas_find_bridge(struct papr_vm *vm, const struct papr_rtas *call);
/* Returns whether a query on the bridge offers pages of that size. */
bool papr_rtas_is_offered(const struct papr_bridge *bridge, uint32_t page_shift);
/* Returns the status for an error of making or removing a window. */
int papr_rtas_status_of(const struct papr_vm *vm, int error);
/* Removes the window that a successful call has made, without bringing back the default one. */
void papr_rtas_undo_create(struct papr_vm *vm, const struct papr_rtas *call);

#endif
