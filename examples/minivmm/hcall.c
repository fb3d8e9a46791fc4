/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles the hypercalls that KVM leaves to the VMM. The library sees them first and finishes those
 * for TCEs; the rows here are for the rest, and a call without a row answers H_FUNCTION.
 */
#include "minivmm.h"

#include <endian.h>
#include <stdio.h>

#define H_LOGICAL_CI_LOAD   0x3c
#define H_LOGICAL_CI_STORE  0x40
#define H_GET_TERM_CHAR     0x54
#define H_PUT_TERM_CHAR     0x58
#define H_SET_MODE          0x31c
#define H_REGISTER_PROC_TBL 0x37c
#define H_RTAS              0xf000

#define CONSOLE_BYTES_MAX 16

/* Unit 0 stands for the terminal that is the console. */
static bool is_console(uint64_t unit)
{
	return !unit || unit == CONSOLE_UNIT;
}

/* R4 is the unit, R5 the number of bytes; R6 and R7 hold the bytes, the first one highest. */
static long put_term_char(struct minivmm *v, uint64_t *args)
{
	const uint64_t bytes[] = { htobe64(args[2]), htobe64(args[3]) };

	(void)v;
	if (!is_console(args[0]) || args[1] > CONSOLE_BYTES_MAX)
		return STCE_H_PARAMETER;
	fwrite(bytes, 1, args[1], stdout);
	return STCE_H_SUCCESS;
}

/* There is no input, so the call answers 0 bytes. */
static long get_term_char(struct minivmm *v, uint64_t *args)
{
	(void)v;
	if (!is_console(args[0]))
		return STCE_H_PARAMETER;
	args[0] = 0;
	return STCE_H_SUCCESS;
}

static long register_proc_tbl(struct minivmm *v, uint64_t *args)
{
	return vcpu_set_process_table(v, args[0], args[1], args[3]);
}

static long set_mode(struct minivmm *v, uint64_t *args)
{
	return vcpu_set_mode(v, args[0], args[1]);
}

static long rtas(struct minivmm *v, uint64_t *args)
{
	return rtas_call(v, args[0]);
}

/* R4 is the size, R5 the address. */
static bool is_ci_access(const uint64_t *args)
{
	return (args[0] == 1 || args[0] == 2 || args[0] == 4 || args[0] == 8) && !(args[1] % args[0]);
}

/* Loads as a processor without translation does, big-endian; the value is the output. */
static long logical_ci_load(struct minivmm *v, uint64_t *args)
{
	uint64_t bytes = 0;

	if (!is_ci_access(args) || !buses_mmio(v, args[1], &bytes, (unsigned int)args[0], false))
		return STCE_H_PARAMETER;
	args[0] = be64toh(bytes) >> (64 - 8 * args[0]);
	return STCE_H_SUCCESS;
}

/* R6 is the value. */
static long logical_ci_store(struct minivmm *v, uint64_t *args)
{
	uint64_t bytes;

	if (!is_ci_access(args))
		return STCE_H_PARAMETER;
	bytes = htobe64(args[2] << (64 - 8 * args[0]));
	return buses_mmio(v, args[1], &bytes, (unsigned int)args[0], true) ? STCE_H_SUCCESS : STCE_H_PARAMETER;
}

/* The library has no such table, or no memory there to map, so the guest's call is wrong. */
static long tce_call(struct minivmm *v, uint64_t *args)
{
	(void)v;
	(void)args;
	return STCE_H_PARAMETER;
}

static const struct {
	uint64_t nr;
	long (*handle)(struct minivmm *v, uint64_t *args);
} rows[] = {
	{ STCE_H_GET_TCE, tce_call },
	{ STCE_H_PUT_TCE, tce_call },
	{ STCE_H_STUFF_TCE, tce_call },
	{ STCE_H_PUT_TCE_INDIRECT, tce_call },
	{ H_LOGICAL_CI_LOAD, logical_ci_load },
	{ H_LOGICAL_CI_STORE, logical_ci_store },
	{ H_GET_TERM_CHAR, get_term_char },
	{ H_PUT_TERM_CHAR, put_term_char },
	{ H_SET_MODE, set_mode },
	{ H_REGISTER_PROC_TBL, register_proc_tbl },
	{ H_RTAS, rtas },
};

long hcall(struct minivmm *v, uint64_t nr, uint64_t *args)
{
	uint64_t output = args[0];
	long r = stce_vm_hcall(v->vm, nr, args, &output);

	if (r != STCE_H_TOO_HARD) {
		args[0] = output;
		return r;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].nr == nr)
			return rows[i].handle(v, args);
	return H_FUNCTION;
}
