/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What EEH does to a PE as a whole: it is frozen with a cause, stopped, thawed, and its functions hear
 * of it. The state is host/eeh.h's.
 */
#include "host/pe.h"

#include "util/trace.h"

/* Adds the TCE that translates the address of a DMA access. */
static void find_entry(struct host_pe *pe, struct host_eeh_cause *cause)
{
	const struct ioba ioba = to_ioba(cause->address);
	const struct host_window *window;

	rcu_read_lock();
	window = host_pe_window(pe, ioba);
	if (window && host_window_has(window, ioba)) {
		cause->window = window->start.value;
		cause->entry = host_window_index(window, ioba).value;
		cause->page_shift = window->geometry.page_shift;
	}
	rcu_read_unlock();
}

void host_pe_add_member(struct host_pe *pe, struct host_member *member)
{
	pthread_mutex_lock(&pe->phb->lock);
	member->next = pe->members;
	rcu_assign_pointer(pe->members, member);
	pthread_mutex_unlock(&pe->phb->lock);
}

void host_pe_remove_member(struct host_pe *pe, struct host_member *member)
{
	struct host_member **at = &pe->members;

	pthread_mutex_lock(&pe->phb->lock);
	while (*at && *at != member)
		at = &(*at)->next;
	if (*at)
		*at = member->next;
	pthread_mutex_unlock(&pe->phb->lock);
}

void host_pe_freeze(struct host_pe *pe, const struct host_eeh_cause *given)
{
	struct host_eeh_cause copy = *given, *cause = &copy;

	if (cause->access & (STCE_EEH_DMA_READ | STCE_EEH_DMA_WRITE) || cause->reason == STCE_EEH_FAULT)
		find_entry(pe, cause);
	if (!host_eeh_freeze(&pe->eeh, cause))
		return;
	TRACE(pe_frozen, pe->group, host_eeh_reason_name(cause->reason), cause->address);
	news_tell(&pe->phb->news, &(struct stce_news){
		.kind = STCE_NEWS_PE_FROZEN,
		.group = pe->group,
		.start = cause->address,
		.size = cause->reason == STCE_EEH_RULE ? cause->rule : cause->fault,
		.cause = cause->reason,
	});
}

void host_pe_stop(struct host_pe *pe)
{
	pthread_mutex_lock(&pe->phb->lock);
	rcu_synchronize();
	for (unsigned int i = 0; i < HOST_WINDOW_SLOTS; i++)
		if (pe->slot[i])
			tce_gate_drain(&pe->slot[i]->gate, to_index(0), UINT64_MAX);
	pthread_mutex_unlock(&pe->phb->lock);
}

void host_pe_thaw(struct host_pe *pe, uint32_t bits)
{
	const uint32_t before = atomic_fetch_and(&pe->eeh.word, ~bits);

	if (!(before & HOST_EEH_NO_DMA) || (before & ~bits) & HOST_EEH_NO_DMA)
		return;
	for (struct host_member *m = rcu_dereference(pe->members); m; m = m->next)
		m->ops->thawed(m);
	if ((before & ~bits) & HOST_EEH_NO_MMIO)
		return;
	TRACE(pe_thawed, pe->group);
	news_tell(&pe->phb->news, &(struct stce_news){ .kind = STCE_NEWS_PE_THAWED, .group = pe->group });
}
