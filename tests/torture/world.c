/* SPDX-License-Identifier: BSD-2-Clause */
#include "testing.h"

#include "world.h"

#include <string.h>
#include <sys/mman.h>

#include "util/os.h"

void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	mem_ledger_init(&w->ledger, 1 * GIB, counters_stats(&w->counters));
	assert_int_equal(mem_registry_init(&w->registry, &w->ledger, counters_stats(&w->counters), MEM_PIN_LAZY, 12), 0);
	host_phb_init(&w->phb, host_platform_find("power9"), 12, counters_stats(&w->counters), (struct news){ 0 });
	assert_int_equal(host_pe_init(&w->pe, &w->phb, 1), 0);
	assert_int_equal(host_pe_take_ownership(&w->pe), 0);
}

void world_fini(struct world *w)
{
	host_pe_release_ownership(&w->pe);
	host_pe_fini(&w->pe);
	host_phb_fini(&w->phb);
	mem_registry_fini(&w->registry);
	assert_int_equal(COUNTED(&w->counters, pages_mapped), 0);
	assert_int_equal(COUNTED(&w->counters, registered_bytes), 0);
	assert_int_equal(COUNTED(&w->counters, locked_bytes), 0);
	assert_int_equal(COUNTED(&w->counters, table_bytes), 0);
}

struct host_window *world_window(struct world *w, unsigned int slot, uint64_t size,
				 unsigned int levels)
{
	struct tce_geometry geometry;
	struct host_window *window;

	assert_int_equal(tce_geometry_init(&geometry, 12, size, levels, 12), 0);
	assert_int_equal(host_window_new(slot, to_ioba(slot ? HOST_HIGH_START : 0), &geometry, &w->registry,
					 &w->phb.placement, counters_stats(&w->counters), &window), 0);
	return window;
}

int world_map(struct host_window *window, uint64_t index, uint64_t count, const void *address,
	      uint64_t permissions)
{
	int r;

	rcu_read_lock();
	r = host_update_map(window, to_index(index), count, to_vaddr((uintptr_t)address), permissions);
	rcu_read_unlock();
	return r;
}

int world_unmap(struct host_window *window, uint64_t index, uint64_t count)
{
	int r;

	rcu_read_lock();
	r = host_update_unmap(window, to_index(index), count);
	rcu_read_unlock();
	return r;
}

struct mem_region *world_register(struct world *w, const void *start, size_t n_pages)
{
	struct mem_region *region;

	return mem_region_register(&w->registry, to_vaddr((uintptr_t)start), n_pages * PAGE, &region) ? NULL :
											       region;
}

void *world_pages(size_t n)
{
	void *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

void world_pages_free(void *p, size_t n)
{
	munmap(p, n * PAGE);
}

struct change {
	void (*make)(struct world *world);
	struct world *world;
	atomic_int over;
};

static void *make_change(void *argument)
{
	struct change *change = argument;

	change->make(change->world);
	atomic_store(&change->over, 1);
	return NULL;
}

void world_change_waits(struct host_window *window, bool in_gate, void (*make)(struct world *world), struct world *world)
{
	struct change change = { .make = make, .world = world };
	unsigned int place = GATE_FULL;
	pthread_t thread;
	int was_over;

	if (in_gate)
		place = tce_gate_enter(&window->gate, to_index(7), 1);
	else
		rcu_read_lock();
	assert_int_equal(pthread_create(&thread, NULL, make_change, &change), 0);
	os_sleep_us(30000);
	was_over = atomic_load(&change.over);
	if (in_gate)
		tce_gate_leave(&window->gate, place);
	else
		rcu_read_unlock();
	pthread_join(thread, NULL);
	assert_int_equal(was_over, 0);
	assert_int_equal(atomic_load(&change.over), 1);
}
