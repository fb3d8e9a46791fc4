/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes, frees and reads a window, and keeps its watches. */
#include "host/window.h"

#include <errno.h>

#include "util/alloc.h"

int host_window_new(unsigned int slot, struct ioba start,
		    const struct tce_geometry *geometry, struct mem_registry *registry,
		    const struct tce_placement *placement, struct stats *stats,
		    struct host_window **out)
{
	struct host_window *window = alloc_line(sizeof(*window));
	int r;

	if (!window)
		return -ENOMEM;
	*window = (struct host_window){
		.start = start,
		.slot = slot,
		.registry = registry,
		.page_mask = bit64(geometry->page_shift) - 1,
		.geometry = *geometry,
		.stats = stats,
	};
	r = tce_share_new(geometry, placement, stats, &window->share);
	if (r) {
		free(window);
		return r;
	}
	tce_share_add_user(window->share, &window->gate);
	*out = window;
	return 0;
}

void host_window_free(struct host_window *window)
{
	if (!window)
		return;
	tce_share_free(window->share);
	free(window);
}

uint64_t host_window_read(const struct host_window *window, struct tce_index index,
			  uint64_t entry[HOST_WINDOW_READ_MAX], unsigned int *count)
{
	const tce_entry *from;
	uint64_t n;

	/* The read lock keeps the share, which a join with another window may free. */
	rcu_read_lock();
	from = tce_table_span(host_window_table(window, 0), index, window->geometry.entries - index.value, &n);
	if (from)
		n = min_u64(n, HOST_WINDOW_READ_MAX);
	for (uint64_t i = 0; from && i < n; i++)
		entry[i] = atomic_load_explicit(&from[i], memory_order_acquire);
	rcu_read_unlock();
	*count = from ? (unsigned int)n : 0;
	return n;
}

void host_window_add_watch(struct host_window *window, struct host_window_watch *watch)
{
	watch->next = window->watches;
	window->watches = watch;
}

void host_window_remove_watch(struct host_window *window, struct host_window_watch *watch)
{
	struct host_window_watch **link = &window->watches;

	while (*link && *link != watch)
		link = &(*link)->next;
	if (*link)
		*link = watch->next;
}

void host_window_tell_watches(struct host_window *window)
{
	window->told = window->watches;
	window->watches = NULL;
	for (struct host_window_watch *watch = window->told; watch; watch = watch->next)
		watch->gone(watch);
}

void host_window_end_watches(struct host_window *window)
{
	while (window->told) {
		struct host_window_watch *watch = window->told;

		window->told = watch->next;
		watch->unused(watch);
	}
}
