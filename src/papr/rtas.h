/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RTAS calls: the argument buffer in the guest's memory is read once, the
 * call is made, and the outputs are written back [PAPR 7.2.7].
 */
#ifndef STCE_PAPR_RTAS_H
#define STCE_PAPR_RTAS_H

#include "papr/bridge.h"

#define RTAS_CELLS_MAX 16

/* A call, host-endian; ret[0] is the status. */
struct papr_rtas {
	uint32_t token, nargs, nret;
	uint32_t arg[RTAS_CELLS_MAX];
	uint32_t ret[RTAS_CELLS_MAX];
};

/* Which token is which call's, as in stce_vm_set_rtas_tokens(). */
enum papr_rtas_call {
	RTAS_QUERY,
	RTAS_CREATE,
	RTAS_REMOVE,
	RTAS_RESET,
};

long papr_rtas(struct papr_vm *vm, uint64_t buffer);
int papr_rtas_set_tokens(struct papr_vm *vm, const uint32_t *token);
uint32_t papr_rtas_token(const struct papr_vm *vm, enum papr_rtas_call call);

/* rtas_ddw.c: the status; papr_vm.lock held, counts of arguments and outputs checked. */
int papr_rtas_query_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_create_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_remove_pe_dma_window(struct papr_vm *vm, struct papr_rtas *call);
int papr_rtas_reset_pe_dma_windows(struct papr_vm *vm, struct papr_rtas *call);
/* The window that a successful call made goes, and no other comes. */
void papr_rtas_undo_create(struct papr_vm *vm, const struct papr_rtas *call);

#endif
