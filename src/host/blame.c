/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements blame.h by an array under a lock, which is a leaf: a fault is rare, and slow anyway. */
#include "host/blame.h"

#include <pthread.h>

#include "util/alloc.h"
#include "util/os.h"
#include "util/rcu.h"

#define STORM_NS UINT64_C(1000000)

struct blames {
	pthread_mutex_t lock;
	/* The lock protects these. */
	uint64_t noted, happened, last_time;
	struct blame fault[BLAME_COUNT];
};

/* Returns the PHB's array, which the first fault makes, or NULL without memory. */
static struct blames *blames_of(struct host_phb *phb)
{
	struct blames *blames = atomic_load(&phb->blames), *made;

	if (blames)
		return blames;
	made = ALLOC(struct blames);
	if (!made)
		return NULL;
	pthread_mutex_init(&made->lock, NULL);
	if (atomic_compare_exchange_strong(&phb->blames, &blames, made))
		return made;
	pthread_mutex_destroy(&made->lock);
	free(made);
	return blames;
}

void blame_fini(struct host_phb *phb)
{
	struct blames *blames = atomic_load(&phb->blames);

	if (!blames)
		return;
	pthread_mutex_destroy(&blames->lock);
	free(blames);
}

/* Looks at the window and its entry, and at what has changed them. */
static void look(struct host_pe *pe, struct blame *blame)
{
	const struct host_window *window;
	uint64_t entry[HOST_WINDOW_READ_MAX];
	unsigned int count = 0;

	rcu_read_lock();
	window = host_pe_window(pe, blame->access.failed);
	if (window && host_window_has(window, blame->access.failed) && rcu_dereference(window->share)) {
		struct tce_index index = host_window_index(window, blame->access.failed);

		host_window_read(window, index, entry, &count);
		blame->window_start = window->start;
		blame->window_size = window->geometry.window_size;
		blame->page_shift = window->geometry.page_shift;
		blame->index = index.value;
		blame->entry = count ? entry[0] : 0;
	}
	blame->change_count = history_find(blame->access.failed, blame->page_shift ? window : NULL, blame->time,
					   blame->change, BLAME_CHANGES);
	rcu_read_unlock();
}

/* Counts the fault, and returns its number, or 0 if it is one of a storm. */
static uint64_t count_fault(struct blames *blames, uint64_t now)
{
	uint64_t number = 0;

	pthread_mutex_lock(&blames->lock);
	blames->happened++;
	if (now - blames->last_time >= STORM_NS || blames->noted < BLAME_COUNT) {
		blames->last_time = now;
		number = blames->happened;
	}
	pthread_mutex_unlock(&blames->lock);
	return number;
}

void blame_note(struct host_pe *pe, const struct host_access *access, enum stce_fault cause)
{
	struct blame blame = { .time = os_now_ns(), .thread = os_gettid(), .group = pe->group, .access = *access,
			       .cause = cause };
	struct blames *blames = blames_of(pe->phb);

	blame.number = blames ? count_fault(blames, blame.time) : 0;
	if (!blame.number)
		return;
	look(pe, &blame);
	pthread_mutex_lock(&blames->lock);
	blames->fault[blames->noted++ % BLAME_COUNT] = blame;
	pthread_mutex_unlock(&blames->lock);
}

unsigned int blame_read(struct host_phb *phb, struct blame to[BLAME_COUNT], uint64_t *all)
{
	struct blames *blames = atomic_load(&phb->blames);
	unsigned int count = 0;

	*all = 0;
	if (!blames)
		return 0;
	pthread_mutex_lock(&blames->lock);
	*all = blames->happened;
	for (uint64_t n = blames->noted; n && count < BLAME_COUNT; n--)
		to[count++] = blames->fault[(n - 1) % BLAME_COUNT];
	pthread_mutex_unlock(&blames->lock);
	return count;
}

bool blame_find(struct host_phb *phb, int group, enum stce_fault cause, struct blame *to)
{
	struct blames *blames = atomic_load(&phb->blames);
	bool is_found = false;

	if (!blames)
		return false;
	pthread_mutex_lock(&blames->lock);
	for (uint64_t n = blames->noted; n && blames->noted - n < BLAME_COUNT && !is_found; n--) {
		*to = blames->fault[(n - 1) % BLAME_COUNT];
		is_found = to->group == group && to->cause == cause;
	}
	pthread_mutex_unlock(&blames->lock);
	return is_found;
}
