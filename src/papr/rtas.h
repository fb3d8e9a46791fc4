/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RTAS calls: the argument buffer in the guest's memory is read once, the
 * call is made, and the outputs are written back [PAPR 7.2.7].
 */
#ifndef STCE_PAPR_RTAS_H
#define STCE_PAPR_RTAS_H

#include "papr/phb.h"

#define RTAS_CELLS_MAX 16

/* A call, host-endian; ret[0] is the status. */
struct papr_rtas {
	uint32_t token, nargs, nret;
	uint32_t arg[RTAS_CELLS_MAX];
	uint32_t ret[RTAS_CELLS_MAX];
};

long papr_rtas(struct kvm_vm *vm, uint64_t buffer);

/* rtas_ddw.c: the status; rtas_lock held, counts of arguments and outputs checked. */
int papr_rtas_query_pe_dma_window(struct kvm_vm *vm, struct papr_rtas *call);
int papr_rtas_create_pe_dma_window(struct kvm_vm *vm, struct papr_rtas *call);
int papr_rtas_remove_pe_dma_window(struct kvm_vm *vm, struct papr_rtas *call);
int papr_rtas_reset_pe_dma_windows(struct kvm_vm *vm, struct papr_rtas *call);

#endif
