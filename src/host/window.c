/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and freeing a window. */
#include "host/window.h"

#include <errno.h>

#include "util/alloc.h"

int host_window_new(unsigned int slot, uint64_t start,
		    const struct tce_geometry *geometry, struct mem_registry *registry,
		    struct stats *stats, struct host_window **out)
{
	struct host_window *window = alloc_line(sizeof(*window));
	int r;

	if (!window)
		return -ENOMEM;
	*window = (struct host_window){ .start = start, .slot = slot, .registry = registry };
	r = tce_table_init(&window->table, geometry, stats);
	if (r) {
		free(window);
		return r;
	}
	*out = window;
	return 0;
}

void host_window_free(struct host_window *window)
{
	if (!window)
		return;
	tce_table_fini(&window->table);
	free(window);
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

bool host_window_tell_watches(struct host_window *window)
{
	bool any = window->watches;

	while (window->watches) {
		struct host_window_watch *watch = window->watches;

		window->watches = watch->next;
		watch->gone(watch);
	}
	return any;
}
