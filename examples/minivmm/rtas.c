/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles RTAS calls, whose buffer of big-endian cells in the guest's memory has the token, the
 * counts of arguments and outputs, then both of these. The library finishes the calls for windows,
 * KVM those for interrupts.
 */
#include "minivmm.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#define CELLS_MAX 16

static void power_off(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	(void)arg;
	ret[0] = STCE_RTAS_SUCCESS;
	v->is_off = true;
}

static void reboot(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	power_off(v, arg, ret);
	printf("minivmm: the guest wants to start again\n");
}

static void os_term(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	(void)v;
	(void)arg;
	(void)ret;
	fail("the guest's kernel gave up");
}

static const struct rtas_row rows[] = {
	{ "power-off", 2, 1, power_off },
	{ "system-reboot", 0, 1, reboot },
	{ "ibm,os-term", 1, 1, os_term },
	{ "ibm,read-pci-config", 4, 2, pci_rtas_read_config },
	{ "ibm,write-pci-config", 5, 1, pci_rtas_write_config },
	{ "ibm,change-msi", 6, 3, pci_rtas_change_msi },
	{ "ibm,query-interrupt-source-number", 4, 3, pci_rtas_query_source },
	/* KVM serves these, as xics.c tells it. */
	{ "ibm,get-xive", 1, 3, NULL },
	{ "ibm,set-xive", 3, 1, NULL },
	{ "ibm,int-on", 1, 1, NULL },
	{ "ibm,int-off", 1, 1, NULL },
	{ "get-sensor-state", 2, 2, hotplug_rtas_get_sensor_state },
	{ "set-indicator", 3, 1, hotplug_rtas_set_indicator },
	{ "ibm,configure-connector", 2, 1, hotplug_rtas_configure_connector },
};

const struct rtas_row *rtas_row(unsigned int n)
{
	return n < sizeof(rows) / sizeof(rows[0]) ? &rows[n] : NULL;
}

long rtas_call(struct minivmm *v, uint64_t buffer)
{
	uint32_t cells[3 + 2 * CELLS_MAX], nargs, nret, ret[CELLS_MAX] = { 0 };
	const struct rtas_row *row;
	long r = stce_vm_rtas(v->vm, buffer);
	char *there;

	if (r != STCE_H_TOO_HARD)
		return r;
	/*
	 * The library has checked alignment and place; this VMM wants the buffer in the memory of
	 * the start.
	 */
	if (buffer > v->options.memory - sizeof(cells))
		return STCE_H_PARAMETER;
	there = v->ram + buffer;
	memcpy(cells, there, sizeof(cells));
	for (size_t i = 0; i < 3 + CELLS_MAX; i++)
		cells[i] = be32toh(cells[i]);
	nargs = cells[1];
	nret = cells[2];
	row = rtas_row(cells[0] - 1);
	if (nargs > CELLS_MAX || nret > CELLS_MAX || !nret)
		return STCE_H_PARAMETER;
	if (row && row->handle && nargs >= row->nargs && nret >= row->nret)
		row->handle(v, &cells[3], ret);
	else
		ret[0] = (uint32_t)STCE_RTAS_PARAMETER_ERROR;
	for (uint32_t i = 0; i < nret; i++)
		ret[i] = htobe32(ret[i]);
	memcpy(there + (3 + nargs) * sizeof(uint32_t), ret, nret * sizeof(uint32_t));
	return STCE_H_SUCCESS;
}
