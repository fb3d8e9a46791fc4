/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the buffer of an RTAS call, finds the call by its token, and writes the outputs. The buffer
 * is written once before the call, so that a call whose outputs have no place is not made.
 */
#include "papr/rtas.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "abi/papr.h"
#include "util/range.h"
#include "util/reason.h"
#include "util/trace.h"

#define CELL_SIZE    sizeof(uint32_t)
#define HEADER_CELLS 3

/* The rows are in the order of enum papr_rtas_call. */
static const struct row {
	uint32_t usual_token;
	uint32_t nargs, nargs_max;
	uint32_t nret, nret_max;
	uint32_t status;                /* the output that has the status */
	int (*handle)(struct papr_vm *vm, struct papr_rtas *call);
	void (*undo)(struct papr_vm *vm, const struct papr_rtas *call);     /* NULL if it cannot or need not be done */
} rows[RTAS_CALL_COUNT] = {
	{ STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, 3, 5, 6, 0, papr_rtas_query_pe_dma_window, NULL },
	{ STCE_RTAS_CREATE_PE_DMA_WINDOW, 5, 5, 4, 4, 0, papr_rtas_create_pe_dma_window, papr_rtas_undo_create },
	{ STCE_RTAS_REMOVE_PE_DMA_WINDOW, 1, 1, 1, 1, 0, papr_rtas_remove_pe_dma_window, NULL },
	{ STCE_RTAS_RESET_PE_DMA_WINDOWS, 3, 4, 1, 1, 0, papr_rtas_reset_pe_dma_windows, NULL },
	/* These have no usual tokens. */
	{ 0, 4, 4, 1, 1, 0, papr_rtas_associate_pe_dma_window, papr_rtas_undo_associate },
	{ 0, 4, 4, 1, 1, 0, papr_rtas_dissociate_pe_dma_window, NULL },
	{ 0, 4, 4, 1, 1, 0, papr_rtas_set_eeh_option, NULL },
	{ 0, 4, 4, 1, 1, 0, papr_rtas_set_slot_reset, NULL },
	{ 0, 3, 3, 4, 5, 0, papr_rtas_read_slot_reset_state2, NULL },
	{ 0, 4, 4, 2, 2, 0, papr_rtas_get_config_addr_info2, NULL },
	{ 0, 3, 3, 1, 1, 0, papr_rtas_configure_pe, NULL },
	{ 0, 8, 8, 1, 1, 0, papr_rtas_slot_error_detail, NULL },
	/* This one puts the status behind the token [LoPAR 7.3.26.1]. */
	{ 0, 0, 0, 2, 2, 1, papr_rtas_open_errinjct, papr_rtas_undo_open },
	{ 0, 3, 3, 1, 1, 0, papr_rtas_errinjct, NULL },
	{ 0, 1, 1, 1, 1, 0, papr_rtas_close_errinjct, NULL },
};

/* The calls whose tokens are set together. */
#define FIRST_ASSOCIATE STCE_RTAS_CALLS
#define FIRST_EEH       (STCE_RTAS_CALLS + STCE_RTAS_ASSOCIATE_CALLS)

bool papr_rtas_has(const struct papr_vm *vm, enum papr_rtas_call call)
{
	if (call < FIRST_ASSOCIATE)
		return true;
	return atomic_load(call < FIRST_EEH ? &vm->has_associate : &vm->has_eeh);
}

uint32_t papr_rtas_token(const struct papr_vm *vm, enum papr_rtas_call call)
{
	return call >= STCE_RTAS_CALLS || atomic_load(&vm->has_rtas_tokens) ? vm->rtas_tokens[call] : rows[call].usual_token;
}

static bool are_different(const uint32_t *token, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		for (unsigned int j = 0; j < i; j++)
			if (token[i] == token[j])
				return false;
	return true;
}

/* Sets the tokens of `count` calls from `first` on, of which `is_set` tells that it has been done. */
static int set_tokens(struct papr_vm *vm, unsigned int first, const uint32_t *token, unsigned int count,
		      _Atomic(bool) *is_set)
{
	uint32_t all[RTAS_CALL_COUNT];
	unsigned int known = 0;
	int r = 0;

	pthread_mutex_lock(&vm->lock);
	for (unsigned int call = 0; call < RTAS_CALL_COUNT; call++) {
		if (range_has(first, count, call))
			all[known++] = token[call - first];
		else if (papr_rtas_has(vm, call))
			all[known++] = papr_rtas_token(vm, call);
	}
	if (!are_different(all, known))
		r = REASON(-EINVAL, "two calls cannot have one token");
	else if (vm->bridges || atomic_load(is_set))
		r = REASON(-EBUSY, "the calls have their tokens");
	else
		memcpy(&vm->rtas_tokens[first], token, count * sizeof(*token));
	if (!r)
		atomic_store(is_set, true);
	pthread_mutex_unlock(&vm->lock);
	return r;
}

int papr_rtas_set_tokens(struct papr_vm *vm, const uint32_t *token)
{
	return set_tokens(vm, 0, token, STCE_RTAS_CALLS, &vm->has_rtas_tokens);
}

int papr_rtas_set_associate(struct papr_vm *vm, const uint32_t *token)
{
	return set_tokens(vm, FIRST_ASSOCIATE, token, STCE_RTAS_ASSOCIATE_CALLS, &vm->has_associate);
}

int papr_rtas_set_eeh(struct papr_vm *vm, const uint32_t *token)
{
	return set_tokens(vm, FIRST_EEH, token, STCE_RTAS_EEH_CALLS, &vm->has_eeh);
}

static const struct row *find_call(const struct papr_vm *vm, uint32_t token)
{
	for (unsigned int i = 0; i < RTAS_CALL_COUNT; i++)
		if (papr_rtas_has(vm, i) && papr_rtas_token(vm, i) == token)
			return &rows[i];
	return NULL;
}

typedef ssize_t (*copy_fn)(const struct iovec *local, size_t n_local,
			   const struct iovec *program, size_t n_program);

/* Reads a call; -errno if the buffer is not a call's. */
static int read_call(struct papr_vm *vm, uint64_t buffer, struct papr_rtas *call)
{
	uint32_t cell[HEADER_CELLS];
	int r;

	if (!is_aligned(buffer, CELL_SIZE))
		return REASON(-EINVAL, "the RTAS buffer is misaligned");
	r = papr_rtas_read(vm, buffer, cell, sizeof(cell));
	if (r)
		return r;
	*call = (struct papr_rtas){
		.token = be32toh(cell[0]),
		.nargs = be32toh(cell[1]),
		.nret = be32toh(cell[2]),
	};
	if (call->nargs > RTAS_CELLS_MAX || !call->nret || call->nret > RTAS_CELLS_MAX)
		return REASON(-EINVAL, "a call cannot have %u arguments and %u outputs", call->nargs, call->nret);
	r = papr_rtas_read(vm, buffer + HEADER_CELLS * CELL_SIZE, call->arg, call->nargs * CELL_SIZE);
	for (uint32_t i = 0; i < call->nargs; i++)
		call->arg[i] = be32toh(call->arg[i]);
	return r;
}

static int write_outputs(struct papr_vm *vm, uint64_t buffer, const struct papr_rtas *call)
{
	uint32_t cell[RTAS_CELLS_MAX];

	for (uint32_t i = 0; i < call->nret; i++)
		cell[i] = htobe32(call->ret[i]);
	return papr_rtas_write(vm, buffer + (HEADER_CELLS + call->nargs) * CELL_SIZE, cell, call->nret * CELL_SIZE);
}

static bool has_counts(const struct row *row, const struct papr_rtas *call)
{
	return range_has(row->nargs, row->nargs_max - row->nargs + 1, call->nargs) &&
	       range_has(row->nret, row->nret_max - row->nret + 1, call->nret);
}

/* A call with too few outputs has its status in the last of them. */
static void set_status(const struct row *row, struct papr_rtas *call, int status)
{
	call->ret[min_u64(row->status, call->nret - 1)] = (uint32_t)status;
}

/* Makes the call, and undoes it if its answer cannot be written. */
static long make_call(struct papr_vm *vm, uint64_t buffer, const struct row *row,
		      struct papr_rtas *call)
{
	int status = row->handle(vm, call);

	set_status(row, call, status);
	if (!write_outputs(vm, buffer, call))
		return H_SUCCESS;
	if (!status && row->undo)
		row->undo(vm, call);
	return H_PARAMETER;
}

long papr_rtas(struct papr_vm *vm, uint64_t buffer)
{
	struct papr_rtas call;
	const struct row *row;
	long r;

	trace_enter();
	if (kvm_vm_has(vm->kvm, KVM_CALLS_BLIND))
		return REASON(H_TOO_HARD, "a change of the guest's memory could not be followed");
	if (read_call(vm, buffer, &call))
		return H_PARAMETER;
	row = find_call(vm, call.token);
	if (!row)
		return REASON(H_TOO_HARD, "token %#x is the VMM's", call.token);
	set_status(row, &call, has_counts(row, &call) ? STCE_RTAS_HARDWARE_ERROR : STCE_RTAS_PARAMETER_ERROR);
	if (write_outputs(vm, buffer, &call))
		return H_PARAMETER;
	if (!has_counts(row, &call)) {
		REASON(STCE_RTAS_PARAMETER_ERROR, "token %#x does not take %u arguments and %u outputs", call.token,
		       call.nargs, call.nret);
		return H_SUCCESS;
	}
	pthread_mutex_lock(&vm->lock);
	r = make_call(vm, buffer, row, &call);
	pthread_mutex_unlock(&vm->lock);
	return r;
}
