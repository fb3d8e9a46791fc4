/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random sequences of calls over two containers, two groups and a few ranges of memory. A seed
 * gives the same sequence everywhere: the next call depends on earlier answers only if these are
 * part of the transcript.
 *
 * Some sequences corrupt or leak on Linux, and the transcripts would differ from then on where we
 * do not follow [spapr-tce-abi(7)]. They are avoided: ranges lie well inside every window; a
 * mapping covers whole regions, or parts that are registered or not as one; and both containers'
 * mappings are cleared before a region, a group or a container is removed.
 */
#include "conformance.h"

#define STEP_PAGES 4            /* ranges begin at multiples of this */
#define SPAN       (1 << 20)    /* bus addresses used from a window's start on, bytes on a 4K host */

static uint64_t state;
static int containers[2], groups[2];

void begin_random(uint64_t seed)
{
	state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

/* [xorshift64*] */
uint32_t below(uint32_t n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * UINT64_C(2685821657736338717) >> 32) * n >> 32);
}

static void choose(void)
{
	int which = (int)below(2);

	container = containers[which];
	group = groups[below(8) ? which : 1 - which];
	note("container %d, group %d", which, group == groups[1]);
}

static uint64_t start(void)
{
	return below(3) ? 0 : SECOND;
}

static void clear_both(void)
{
	int now = container;

	for (int i = 0; i < 2; i++) {
		container = containers[i];
		unmap_raw(24, 0, 0, SPAN * (page / 4096));
		unmap_raw(24, 0, SECOND, SPAN * (page / 4096));
	}
	container = now;
}

static int range_first(void)
{
	return (int)below(6) * STEP_PAGES;
}

/*
 * C does not define the order in which arguments are evaluated, so each random number is drawn in a
 * statement of its own.
 */
static void do_register(void)
{
	int first = range_first();

	reg(first, (int)(1 + below(2)) * STEP_PAGES);
}

static void do_unregister(void)
{
	int first = range_first();

	clear_both();
	unreg(first, (int)(1 + below(2)) * STEP_PAGES);
}

/* The pages of one step are all in a region or all outside, so no MAP fails half-way. */
static void do_map(void)
{
	int first = (int)(below(8) ? below(4) * STEP_PAGES : (uint32_t)range_first()) + (int)below(STEP_PAGES);
	int pages = 1 + (int)below((uint32_t)(STEP_PAGES - first % STEP_PAGES));
	uint32_t flags = below(10);
	uint64_t iova = start();

	flags = flags ? 1 + below(3) : below(5);
	iova += below(128) * page;
	map_raw(32, flags, (uintptr_t)at(first), iova, (uint64_t)pages * page);
}

/* one of the numbers */
#define ONE_OF(list) (list[below(sizeof(list) / sizeof(*list))])

static const uint64_t offsets[] = { 0, 0, 0, 1, 0x800 };
static const uint64_t sizes[] = { 0, 2048, 4096, 4096, 65536 };

static void do_map_odd(void)
{
	uint32_t argsz = below(8) ? 32 : 31;
	uint32_t flags = below(6) ? RW : 4;
	uintptr_t vaddr = (uintptr_t)at(range_first());
	uint64_t iova = start();

	vaddr += ONE_OF(offsets);
	iova += below(16) * page;
	iova += ONE_OF(offsets);
	map_raw(argsz, flags, vaddr, iova, ONE_OF(sizes));
}

static void do_unmap(void)
{
	uint64_t iova = start();

	iova += below(128) * page;
	unmap(iova, (int)below(16));
}

static void do_unmap_odd(void)
{
	uint32_t argsz = below(8) ? 24 : 23;
	uint32_t flags = below(6) ? 0 : 1;
	uint64_t iova = start();

	iova += below(16) * page;
	iova += ONE_OF(offsets);
	unmap_raw(argsz, flags, iova, ONE_OF(sizes));
}

static void do_create(void)
{
	static const uint32_t shifts[] = { 12, 12, 12, 16, 16, 21, 13, 30 };
	static const int orders[] = { 26, 28, 31, 33 };
	uint32_t shift = ONE_OF(shifts);
	/*
	 * A single-level table of more than 16 MiB cannot be had. In a window smaller than one of
	 * its pages Linux maps beyond its size [DIFF-9].
	 */
	int order = shift == 30 ? 33 : orders[below(shift == 12 ? 3 : 4)];

	create(shift, 1ULL << order, shift > 16 ? 1 : 1 + below(2));
}

static void do_create_odd(void)
{
	uint32_t argsz = below(6) ? 40 : 39;
	uint32_t flags = below(6) ? 0 : 1;
	uint32_t shift = below(4) ? 12 : 99;
	uint64_t size = below(2) ? GIB2 : 3 << 20;

	create_raw(argsz, flags, shift, size, below(2), NULL);
}

static void do_remove(void)
{
	uint32_t argsz = below(16) ? 16 : 15;
	uint32_t flags = below(16) ? 0 : 1;
	uint64_t address = start();

	remove_raw(argsz, flags, address + below(3) * 4096);
}

static void do_info(void)
{
	info(below(8) ? 32 : below(33));
}

static void do_status(void)
{
	status(8);
}

static void do_type(void)
{
	uint32_t type = below(6);

	set_iommu(type ? 7 : below(9));
}

static void do_join(void)
{
	set_container();
	if (below(3))
		do_type();
	else if (!below(3))
		set_iommu(2);
}

static void do_leave(void)
{
	clear_both();
	unset_container();
	if (below(3))
		do_join();
}

static void do_reopen_group(void)
{
	int which = group == groups[1];

	clear_both();
	close(group);
	note("group %d closed", which);
	groups[which] = group = which ? open_second_group() : open_group();
	if (below(3))
		do_join();
}

static void do_reopen_container(void)
{
	int which = container == containers[1];

	/*
	 * A closed container lives on with its groups and cannot be reached, so the groups leave
	 * first.
	 */
	clear_both();
	for (int i = 0; i < 2; i++) {
		group = groups[i];
		unset_container();
	}
	group = groups[which];
	close(container);
	containers[which] = container = open_container();
	note("container %d is a new one", which);
	for (int i = 0; i < 2; i++) {
		container = containers[i];
		group = groups[i];
		do_join();
	}
}

static void do_enable(void)
{
	enable();
}

static void do_disable(void)
{
	disable();
}

static const struct {
	void (*run)(void);
	uint32_t weight;
} calls[] = {
	{ choose, 20 }, { do_register, 40 }, { do_unregister, 15 }, { do_map, 100 }, { do_map_odd, 20 },
	{ do_unmap, 40 }, { do_unmap_odd, 10 }, { do_create, 25 }, { do_create_odd, 8 }, { do_remove, 12 },
	{ do_info, 4 }, { do_status, 4 }, { do_join, 25 }, { do_type, 6 }, { do_leave, 3 },
	{ do_reopen_group, 3 }, { do_reopen_container, 2 }, { do_enable, 6 }, { do_disable, 2 },
};

void run_random(uint64_t seed, int steps)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		sum += calls[i].weight;
	begin_random(seed);
	for (int i = 0; i < 2; i++)
		containers[i] = open_container();
	groups[0] = open_group();
	groups[1] = open_second_group();
	for (int i = 1; i >= 0; i--) {
		container = containers[i];
		group = groups[i];
		do_join();
		reg(0, 8);
		reg(8, 8);
	}
	for (int n = 0; n < steps; n++) {
		uint32_t at_weight = below(sum);
		size_t i = 0;

		while (at_weight >= calls[i].weight)
			at_weight -= calls[i++].weight;
		calls[i].run();
	}
	clear_both();
}
