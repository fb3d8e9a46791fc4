/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the RTAS calls by which a guest injects errors into its own PE [LoPAR 7.3.26]. A VM has at
 * most one session, which a reset of the VM closes; a guest that has been restored opens a new one. Only
 * errors of a bus are offered: the others are of processors, which a VMM has and this library has not.
 */
#include "papr/rtas.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "host/eeh_trigger.h"
#include "util/range.h"
#include "util/reason.h"

#define WORK_SIZE 1024     /* of the buffer with the error's description, and its alignment */

/* The description of an error in cells: addresses and masks of one cell, or of two. */
struct bus_error {
	uint64_t address, mask;
	uint32_t function;
};

static bool has_session(const struct papr_vm *vm, uint32_t token)
{
	if (vm->errinjct_token && vm->errinjct_token == token)
		return true;
	REASON(-EBADF, "token %u is not that of the open session", token);
	return false;
}

int papr_rtas_open_errinjct(struct papr_vm *vm, struct papr_rtas *call)
{
	if (vm->errinjct_token) {
		REASON(-EBUSY, "session %u for errors is open", vm->errinjct_token);
		return STCE_RTAS_SESSION_ERROR;
	}
	vm->errinjct_last = vm->errinjct_last % INT32_MAX + 1;
	vm->errinjct_token = vm->errinjct_last;
	call->ret[0] = vm->errinjct_token;
	return STCE_RTAS_SUCCESS;
}

void papr_rtas_undo_open(struct papr_vm *vm, const struct papr_rtas *call)
{
	vm->errinjct_token = 0;
}

int papr_rtas_close_errinjct(struct papr_vm *vm, struct papr_rtas *call)
{
	if (!has_session(vm, call->arg[0]))
		return STCE_RTAS_SESSION_ERROR;
	vm->errinjct_token = 0;
	return STCE_RTAS_SUCCESS;
}

static int inject(struct papr_bridge *bridge, uint32_t type, const struct bus_error *error)
{
	int r = 0;

	for (struct papr_member *m = bridge->members; m && !r; m = m->next)
		r = host_eeh_inject(m->pe, type, error->function, error->address, error->mask);
	if (!r)
		return STCE_RTAS_SUCCESS;
	return r == -EIO ? STCE_RTAS_HARDWARE_ERROR : STCE_RTAS_PARAMETER_ERROR;
}

/* Takes the description apart: address, mask, config address, BUID, function. */
static int inject_described(struct papr_vm *vm, uint32_t token, const uint32_t *cell)
{
	const bool is_wide = token == STCE_RTAS_IOA_BUS_ERROR_64;
	const uint32_t *rest = &cell[is_wide ? 4 : 2];
	const struct papr_rtas place = { .arg = { rest[0], rest[1], rest[2] } };
	const struct bus_error error = {
		.address = is_wide ? (uint64_t)cell[0] << 32 | cell[1] : cell[0],
		.mask = is_wide ? (uint64_t)cell[2] << 32 | cell[3] : cell[1],
		.function = rest[3],
	};
	struct papr_bridge *bridge = papr_rtas_find_eeh(vm, &place, 1);

	return bridge ? inject(bridge, is_wide, &error) : STCE_RTAS_PARAMETER_ERROR;
}

int papr_rtas_errinjct(struct papr_vm *vm, struct papr_rtas *call)
{
	uint32_t token = call->arg[0], cell[8];

	if (!has_session(vm, call->arg[1]))
		return STCE_RTAS_SESSION_ERROR;
	if (token != STCE_RTAS_IOA_BUS_ERROR && token != STCE_RTAS_IOA_BUS_ERROR_64) {
		REASON(-EINVAL, "errors of kind %u cannot be injected", token);
		return STCE_RTAS_PARAMETER_ERROR;
	}
	if (!is_aligned(call->arg[2], WORK_SIZE)) {
		REASON(-EINVAL, "the description of an error at %#x is misaligned", call->arg[2]);
		return STCE_RTAS_PARAMETER_ERROR;
	}
	if (papr_rtas_read(vm, call->arg[2], cell, sizeof(cell)))
		return STCE_RTAS_PARAMETER_ERROR;
	for (unsigned int i = 0; i < ARRAY_COUNT(cell); i++)
		cell[i] = be32toh(cell[i]);
	return inject_described(vm, token, cell);
}
