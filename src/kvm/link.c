/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes and removes links under the PHB's watch_lock; hypercalls read the list of links under RCU.
 * A new link is the first in the list, as on Linux. Windows that share a hardware table either
 * follow the same guest table or, after that has been destroyed, follow none. So a window is split
 * off before it is linked to another guest table, and before the link of its last PE is removed.
 */
#include "kvm/link.h"

#include <errno.h>

#include "host/share.h"
#include "util/alloc.h"
#include "util/history.h"
#include "util/reason.h"
#include "util/stats.h"
#include "util/trace.h"

static struct host_phb *phb_of(const struct kvm_table *table)
{
	return table->vm->phb;
}

/*
 * [linux kvm_spapr_tce_attach_iommu_group] wants a window with the same start, at least the table's
 * size, and pages that are not larger.
 */
static bool matches(const struct kvm_table *table, const struct host_window *window)
{
	const struct tce_geometry *g = &window->geometry;

	return g->page_shift <= table->page_shift &&
	       window->start.value == table->offset << table->page_shift &&
	       g->entries >> (table->page_shift - g->page_shift) >= table->size;
}

/* [DIFF-13] Only a container's window can match; Linux considers the host's own window as well. */
static struct host_window *find_window_locked(const struct kvm_table *table, struct host_pe *pe)
{
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++) {
		struct host_window *window = host_pe_container_window(pe, slot);

		if (window && matches(table, window))
			return window;
	}
	return NULL;
}

static struct kvm_link *find_link_locked(const struct kvm_table *table,
					 const struct host_window *window)
{
	rcu_list_for_each(node, &table->links)
		if (kvm_link_of(node)->window == window)
			return kvm_link_of(node);
	return NULL;
}

static bool has_pe(const struct kvm_link *link, const struct host_pe *pe)
{
	for (unsigned int i = 0; i < link->pe_count; i++)
		if (link->pe[i] == pe)
			return true;
	return false;
}

static int add_pe(struct kvm_link *link, struct host_pe *pe)
{
	struct host_pe **list;

	if (has_pe(link, pe))
		return 0;
	list = alloc_resize(link->pe, (link->pe_count + 1) * sizeof(*list));
	if (!list)
		return REASON(-ENOMEM, "no memory for the groups of a link");
	link->pe = list;
	link->pe[link->pe_count++] = pe;
	trace_groups_add(&link->traced, pe->group);
	return 0;
}

static void link_free(struct kvm_link *link)
{
	free(link->pe);
	free(link);
}

/* Decides which window hypercalls write without a look at the list, which has just changed. */
static void choose_only_window(struct kvm_table *table)
{
	struct rcu_node *node = table->links.first;
	const struct kvm_link *link = node && !node->next ? kvm_link_of(node) : NULL;

	rcu_assign_pointer(table->only_window,
			   link && !link->item_bits && link->window->registry ? link->window : NULL);
}

static void window_gone(struct host_window_watch *watch)
{
	struct kvm_link *link = container_of(watch, struct kvm_link, watch);

	rcu_list_remove(&link->table->links, &link->in_table);
	choose_only_window(link->table);
}

static void window_unused(struct host_window_watch *watch)
{
	link_free(container_of(watch, struct kvm_link, watch));
}

static bool follows_one_table(const struct host_window *window)
{
	return window->watches && !window->watches->next;
}

/*
 * Joins the window with another that follows the same guest table; neither may follow a second
 * table.
 */
static bool join_locked(struct kvm_table *table, struct host_window *window)
{
	if (!follows_one_table(window))
		return false;
	rcu_list_for_each(node, &table->links) {
		struct kvm_link *link = kvm_link_of(node);

		if (link->window != window && follows_one_table(link->window) &&
		    host_share_join(window, link->window))
			return true;
	}
	return false;
}

/* Adds the link to the table's list. When it returns, every hypercall that runs has seen the link. */
static void publish_locked(struct kvm_table *table, struct kvm_link *link)
{
	host_window_add_watch(link->window, &link->watch);
	rcu_list_add(&table->links, &link->in_table);
	choose_only_window(table);
	rcu_synchronize();
}

static void take_out_locked(struct kvm_table *table, struct kvm_link *link)
{
	host_window_remove_watch(link->window, &link->watch);
	rcu_list_remove(&table->links, &link->in_table);
	choose_only_window(table);
}

/* (L1) Takes the link out of the list, waits for the hypercalls that have found it, and frees it. */
static void remove_link_locked(struct kvm_table *table, struct kvm_link *link)
{
	take_out_locked(table, link);
	rcu_synchronize();
	link_free(link);
}

/* Returns another window that follows the table, so that its entries should be the table's; or NULL. */
static struct host_window *find_like_locked(const struct kvm_table *table, const struct host_window *window)
{
	rcu_list_for_each(node, &table->links) {
		struct host_window *other = kvm_link_of(node)->window;

		if (other != window)
			return other;
	}
	return NULL;
}

/* Writes the entries one by one in the place of what the window has. */
static int rewrite(struct kvm_table *table, struct kvm_link *link, const struct kvm_link_content *content)
{
	rcu_read_lock();
	host_update_clear(link->window);
	rcu_read_unlock();
	return content->fill(table, link);
}

/*
 * Gives the window the table's entries while it is suspended: a hypercall that would change the table
 * meanwhile waits, so that no entry is overwritten by an older one. The window gets the parts of
 * another one that follows the table, which takes no memory for entries. Only if the program has
 * mapped something of its own in that one, or there is none, the entries are written one by one.
 */
static int publish_filled_locked(struct kvm_table *table, struct kvm_link *link,
				 const struct kvm_link_content *content)
{
	struct host_window *like = find_like_locked(table, link->window);
	bool is_copied;
	int r;

	if (like)
		tce_share_suspend(like->share);
	is_copied = like && !host_share_copy(phb_of(table), link->window, like);
	if (!is_copied)
		tce_share_suspend(link->window->share);
	publish_locked(table, link);
	r = is_copied && content->is_filled(table, link) ? 0 : rewrite(table, link, content);
	tce_share_resume(link->window->share);
	if (like)
		tce_share_resume(like->share);
	return r;
}

static unsigned int count_links(const struct kvm_table *table)
{
	unsigned int n = 0;

	rcu_list_for_each(node, &table->links)
		n++;
	return n;
}

static int new_link_locked(struct kvm_table *table, struct host_window *window, struct host_pe *pe,
			   const struct kvm_link_content *content)
{
	struct kvm_link *link;
	int r;

	if (count_links(table) == KVM_LINK_MAX)
		return REASON(-ENOSPC, "%u windows follow the table already", KVM_LINK_MAX);
	link = ALLOC(struct kvm_link);
	if (!link)
		return REASON(-ENOMEM, "no memory for a link");
	r = add_pe(link, pe);
	/* Windows that share a hardware table with this one do not follow the guest table. */
	r = r ? r : host_share_split(phb_of(table), window);
	if (r) {
		link_free(link);
		return r;
	}
	link->window = window;
	link->item_bits = table->page_shift - window->geometry.page_shift;
	link->table = table;
	link->watch.gone = window_gone;
	link->watch.unused = window_unused;
	if (content)
		r = publish_filled_locked(table, link, content);
	else
		publish_locked(table, link);
	if (r) {
		remove_link_locked(table, link);
		return r;
	}
	STATS_ADD(table->vm->stats, links, 1);
	if (content)
		history_note_always(HISTORY_FILLED, window, window->start, window->geometry.window_size, 0);
	if (phb_of(table)->joins_windows)
		join_locked(table, window);
	return 0;
}

static int add(struct kvm_table *table, struct host_pe *pe, const struct kvm_link_content *content)
{
	struct host_window *window;
	struct kvm_link *link;
	int r;

	if (pe->phb != phb_of(table))
		return REASON(-EINVAL, "group %d is of another machine", pe->group);
	pthread_mutex_lock(&phb_of(table)->watch_lock);
	window = find_window_locked(table, pe);
	link = window ? find_link_locked(table, window) : NULL;
	if (!window)
		r = REASON(-EINVAL, "group %d has no window that starts where the table does and is as large",
			   pe->group);
	else
		r = link ? add_pe(link, pe) : new_link_locked(table, window, pe, content);
	pthread_mutex_unlock(&phb_of(table)->watch_lock);
	TRACE(kvm_link, table->liobn, pe->group, r);
	return r;
}

int kvm_link_add(struct kvm_table *table, struct host_pe *pe)
{
	return add(table, pe, NULL);
}

int kvm_link_add_filled(struct kvm_table *table, struct host_pe *pe, const struct kvm_link_content *content)
{
	return add(table, pe, content);
}

/* Finds the first link that has the PE. */
static struct kvm_link *find_pe_locked(const struct kvm_table *table, const struct host_pe *pe)
{
	rcu_list_for_each(node, &table->links)
		if (has_pe(kvm_link_of(node), pe))
			return kvm_link_of(node);
	return NULL;
}

static void drop_pe(struct kvm_link *link, const struct host_pe *pe)
{
	trace_groups_remove(&link->traced, pe->group);
	for (unsigned int i = 0; i < link->pe_count; i++)
		if (link->pe[i] == pe)
			link->pe[i--] = link->pe[--link->pe_count];
}

void kvm_link_remove(struct kvm_table *table, struct host_pe *pe)
{
	struct kvm_link *link;

	pthread_mutex_lock(&phb_of(table)->watch_lock);
	while ((link = find_pe_locked(table, pe))) {
		drop_pe(link, pe);
		if (!link->pe_count && !host_share_split(phb_of(table), link->window))
			remove_link_locked(table, link);
	}
	pthread_mutex_unlock(&phb_of(table)->watch_lock);
}

void kvm_link_remove_all(struct kvm_table *table)
{
	pthread_mutex_lock(&phb_of(table)->watch_lock);
	while (table->links.first) {
		struct kvm_link *link = kvm_link_of(table->links.first);

		take_out_locked(table, link);
		link_free(link);
	}
	pthread_mutex_unlock(&phb_of(table)->watch_lock);
}

bool kvm_link_has(struct kvm_table *table, const struct host_pe *pe)
{
	bool has;

	pthread_mutex_lock(&phb_of(table)->watch_lock);
	has = find_pe_locked(table, pe);
	pthread_mutex_unlock(&phb_of(table)->watch_lock);
	return has;
}

static int for_each_pe(const struct kvm_link *link, int (*fn)(const struct host_pe *pe, void *context),
		       void *context)
{
	int r = 0;

	for (unsigned int i = 0; i < link->pe_count && !r; i++)
		r = fn(link->pe[i], context);
	return r;
}

int kvm_link_for_each(struct kvm_table *table, int (*fn)(const struct host_pe *pe, void *context),
		      void *context)
{
	int r = 0;

	pthread_mutex_lock(&phb_of(table)->watch_lock);
	rcu_list_for_each(node, &table->links)
		r = r ? r : for_each_pe(kvm_link_of(node), fn, context);
	pthread_mutex_unlock(&phb_of(table)->watch_lock);
	return r;
}

struct trace_scope kvm_link_scope(const struct kvm_table *table)
{
	struct trace_scope scope = { .page_shift = table->page_shift };

	rcu_list_for_each(node, &table->links)
		trace_scope_add(&scope, &kvm_link_of(node)->traced);
	return scope;
}

unsigned int kvm_link_join(struct kvm_table *table)
{
	unsigned int n = 0;

	pthread_mutex_lock(&phb_of(table)->watch_lock);
	rcu_list_for_each(node, &table->links)
		n += join_locked(table, kvm_link_of(node)->window);
	pthread_mutex_unlock(&phb_of(table)->watch_lock);
	return n;
}
