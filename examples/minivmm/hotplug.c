/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adds blocks of memory while the guest runs. Each block has a connector, which the guest
 * allocates, then unisolates, which brings the memory, then configures. A block that was added
 * stays.
 */
#include "minivmm.h"

#include <endian.h>
#include <string.h>

#define SENSOR_ENTITY       9003
#define ENTITY_PRESENT      1
#define ENTITY_UNUSABLE     2

#define INDICATOR_ISOLATION  9001
#define ISOLATE              0
#define UNISOLATE            1
#define INDICATOR_ALLOCATION 9003
#define ALLOC_UNUSABLE       0
#define ALLOC_USABLE         1

#define CONFIGURE_DONE       0
#define CONFIGURE_CHILD      2
#define CONFIGURE_PROPERTY   3

#define DRC_LMB      0x80000000u
#define WORK_AREA    4096u

unsigned int lmb_count(const struct minivmm *v)
{
	return (unsigned int)((v->options.memory_max - v->options.memory) / LMB_SIZE);
}

uint64_t lmb_address(const struct minivmm *v, unsigned int n)
{
	return v->options.memory + n * LMB_SIZE;
}

/* The number of a connector follows from the block's address, as it usually does. */
uint32_t lmb_drc(const struct minivmm *v, unsigned int n)
{
	return DRC_LMB | (uint32_t)(lmb_address(v, n) / LMB_SIZE);
}

void lmb_add(struct minivmm *v, unsigned int n)
{
	v->lmb[n].is_usable = true;
	if (!v->lmb[n].is_present)
		host_add_memory(v, lmb_address(v, n), LMB_SIZE);
	v->lmb[n].is_present = true;
}

static struct lmb *find(struct minivmm *v, uint32_t drc, unsigned int *n)
{
	*n = drc - lmb_drc(v, 0);
	return *n < lmb_count(v) ? &v->lmb[*n] : NULL;
}

void hotplug_rtas_get_sensor_state(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	unsigned int n;
	const struct lmb *lmb = find(v, arg[1], &n);

	ret[0] = (uint32_t)STCE_RTAS_PARAMETER_ERROR;
	if (arg[0] != SENSOR_ENTITY || !lmb)
		return;
	ret[0] = STCE_RTAS_SUCCESS;
	ret[1] = lmb->is_usable ? ENTITY_PRESENT : ENTITY_UNUSABLE;
}

/* arg has the indicator, the connector and the state. No block goes back. */
void hotplug_rtas_set_indicator(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	uint32_t state = arg[2];
	unsigned int n;
	struct lmb *lmb = find(v, arg[1], &n);

	ret[0] = (uint32_t)STCE_RTAS_PARAMETER_ERROR;
	if (!lmb)
		return;
	if (arg[0] == INDICATOR_ALLOCATION && state == ALLOC_USABLE) {
		lmb->is_usable = true;
	} else if (arg[0] == INDICATOR_ALLOCATION && state == ALLOC_UNUSABLE && !lmb->is_present) {
		lmb->is_usable = false;
	} else if (arg[0] == INDICATOR_ISOLATION && state == UNISOLATE && lmb->is_usable) {
		lmb_add(v, n);
		lmb->step = 0;
	} else {
		return;
	}
	ret[0] = STCE_RTAS_SUCCESS;
}

/*
 * arg has the work area, and one for more. The guest puts the connector into a cell of the area;
 * the answer's cells say where in the area the name is, and the length and place of a value.
 */
void hotplug_rtas_configure_connector(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	static const char node[] = "memory", name[] = "ibm,associativity";
	const uint32_t associativity[] = { htobe32(4), 0, 0, 0, 0 };
	uint32_t cell[5], data = sizeof(cell);
	char *area = v->ram + arg[0];
	struct lmb *lmb;
	unsigned int n;

	ret[0] = (uint32_t)STCE_RTAS_PARAMETER_ERROR;
	if (arg[0] > v->options.memory - WORK_AREA)
		return;
	memcpy(cell, area, sizeof(cell));
	lmb = find(v, be32toh(cell[0]), &n);
	if (!lmb || !lmb->is_present)
		return;
	switch (lmb->step++) {
	case 0:
		cell[2] = htobe32(data);
		memcpy(area + data, node, sizeof(node));
		ret[0] = CONFIGURE_CHILD;
		break;
	case 1:
		cell[2] = htobe32(data);
		cell[3] = htobe32(sizeof(associativity));
		cell[4] = htobe32(data + sizeof(name));
		memcpy(area + data, name, sizeof(name));
		memcpy(area + data + sizeof(name), associativity, sizeof(associativity));
		ret[0] = CONFIGURE_PROPERTY;
		break;
	default:
		lmb->step = 0;
		ret[0] = CONFIGURE_DONE;
	}
	memcpy(area, cell, sizeof(cell));
}
