/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes RTAS calls: it reads the argument buffer from the guest's memory once, makes the call, and
 * writes the outputs back [PAPR 7.2.7]. A call whose outputs cannot be written is undone, where it
 * can be. rtas_ddw.c implements the calls for windows; all others are the VMM's.
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

/* The order of tokens in stce_vm_set_rtas_tokens(). */
enum papr_rtas_call {
	RTAS_QUERY,
	RTAS_CREATE,
	RTAS_REMOVE,
	RTAS_RESET,
};

long papr_rtas(struct papr_vm *vm, uint64_t buffer);
int papr_rtas_set_tokens(struct papr_vm *vm, const uint32_t *token);
uint32_t papr_rtas_token(const struct papr_vm *vm, enum papr_rtas_call call);

/*
 * rtas_ddw.c: return the status. The caller holds papr_vm.lock and has checked the counts of
 * arguments and outputs.
 */
int papr_rtas_query_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_create_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_remove_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_reset_pe_dma_windows(struct papr_vm *vm, struct papr_rtas *call);
/* Removes the window that a successful call has made, without bringing back the default one. */
void papr_rtas_undo_create(struct papr_vm *vm, const struct papr_rtas *call);

#endif
