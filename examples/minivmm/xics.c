/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PAPR's interrupt controller for one vCPU [PAPR XICS]: sources with a
 * priority, and the presentation: a current priority and one IPI. What is to
 * be presented is found anew each time: the most favoured source that the
 * current priority lets through. Smaller numbers are more favoured.
 */
#include "minivmm.h"

#define MASKED   0xff
#define IPI      2

void xics_init(struct xics *xics)
{
	pthread_mutex_init(&xics->lock, NULL);
	xics->cppr = 0;
	xics->mfrr = MASKED;
	for (unsigned int i = 0; i < PCI_MSI_COUNT; i++)
		xics->source[i] = (struct xics_source){ MASKED, MASKED, false };
}

/* The number of what is to be presented, and its priority; 0: nothing. */
static uint32_t best(const struct xics *xics, uint8_t *priority)
{
	uint32_t number = 0;

	*priority = xics->cppr;
	if (xics->mfrr < *priority) {
		*priority = xics->mfrr;
		number = IPI;
	}
	for (unsigned int i = 0; i < PCI_MSI_COUNT; i++) {
		const struct xics_source *source = &xics->source[i];

		if (!source->is_pending || source->priority >= *priority)
			continue;
		*priority = source->priority;
		number = XICS_MSI_BASE + i;
	}
	return number;
}

static void unlock_and_present(struct minivmm *v)
{
	uint8_t priority;

	vcpu_set_interrupt(v, best(&v->xics, &priority) != 0);
	pthread_mutex_unlock(&v->xics.lock);
}

void xics_present(struct minivmm *v)
{
	pthread_mutex_lock(&v->xics.lock);
	unlock_and_present(v);
}

void xics_raise(struct minivmm *v, unsigned int source)
{
	pthread_mutex_lock(&v->xics.lock);
	v->xics.source[source].is_pending = true;
	unlock_and_present(v);
}

/* Accepts: what was presented is the guest's until its EOI. */
long xics_hcall_xirr(struct minivmm *v, uint64_t *args)
{
	struct xics *xics = &v->xics;
	uint8_t priority;
	uint32_t number;

	pthread_mutex_lock(&xics->lock);
	number = best(xics, &priority);
	args[0] = (uint64_t)xics->cppr << 24 | number;
	xics->cppr = priority;
	/* Messages are edges. An IPI lasts until the guest takes it back. */
	if (number >= XICS_MSI_BASE)
		xics->source[number - XICS_MSI_BASE].is_pending = false;
	unlock_and_present(v);
	return STCE_H_SUCCESS;
}

static long set_cppr(struct minivmm *v, uint8_t cppr)
{
	pthread_mutex_lock(&v->xics.lock);
	v->xics.cppr = cppr;
	unlock_and_present(v);
	return STCE_H_SUCCESS;
}

long xics_hcall_cppr(struct minivmm *v, uint64_t *args)
{
	return set_cppr(v, (uint8_t)args[0]);
}

/* What xirr answered comes back, with the priority to return to. */
long xics_hcall_eoi(struct minivmm *v, uint64_t *args)
{
	return set_cppr(v, (uint8_t)(args[0] >> 24));
}

long xics_hcall_ipi(struct minivmm *v, uint64_t *args)
{
	if (args[0])
		return STCE_H_PARAMETER;
	pthread_mutex_lock(&v->xics.lock);
	v->xics.mfrr = (uint8_t)args[1];
	unlock_and_present(v);
	return STCE_H_SUCCESS;
}

long xics_hcall_ipoll(struct minivmm *v, uint64_t *args)
{
	struct xics *xics = &v->xics;
	uint8_t priority;

	if (args[0])
		return STCE_H_PARAMETER;
	pthread_mutex_lock(&xics->lock);
	args[0] = (uint64_t)xics->cppr << 24 | best(xics, &priority);
	args[1] = xics->mfrr;
	pthread_mutex_unlock(&xics->lock);
	return STCE_H_SUCCESS;
}

/* The lock is held if there is such a source; else the status says that there is not. */
static struct xics_source *lock_source(struct minivmm *v, uint32_t number, uint32_t *ret)
{
	if (number - XICS_MSI_BASE >= PCI_MSI_COUNT) {
		ret[0] = (uint32_t)STCE_RTAS_PARAMETER_ERROR;
		return NULL;
	}
	pthread_mutex_lock(&v->xics.lock);
	ret[0] = STCE_RTAS_SUCCESS;
	return &v->xics.source[number - XICS_MSI_BASE];
}

void xics_rtas_get_xive(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	struct xics_source *source = lock_source(v, arg[0], ret);

	if (!source)
		return;
	ret[1] = 0;      /* the only server */
	ret[2] = source->priority;
	pthread_mutex_unlock(&v->xics.lock);
}

void xics_rtas_set_xive(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	struct xics_source *source = lock_source(v, arg[0], ret);

	if (!source)
		return;
	source->priority = source->saved_priority = (uint8_t)arg[2];
	unlock_and_present(v);
}

void xics_rtas_int_on(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	struct xics_source *source = lock_source(v, arg[0], ret);

	if (!source)
		return;
	source->priority = source->saved_priority;
	unlock_and_present(v);
}

void xics_rtas_int_off(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	struct xics_source *source = lock_source(v, arg[0], ret);

	if (!source)
		return;
	source->saved_priority = source->priority;
	source->priority = MASKED;
	unlock_and_present(v);
}
