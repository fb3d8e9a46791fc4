/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures our handlers beside those of the QEMU that has loaded us: the calls of a guest without
 * linked windows, and a device's way to a page. Both sides have tables of 16384 entries of 4K pages
 * in use. QEMU keeps no page from going away while a device uses it; a hold of ours does.
 */
#include <endian.h>

#include "bench.h"
#include "dma/hold.h"
#include "qemu_handlers.h"
#include "world.h"

#define ENTRIES     (UINT64_C(1) << 14)
#define LIOBN       1
#define QEMU_LIOBN  UINT64_C(0x80000000)
#define QEMU_LIST   UINT64_C(0x100000)    /* guest address of the list */
#define QEMU_PAGES  UINT64_C(0x1000000)   /* and of the pages that it maps */
#define CALLS       (ENTRIES / LIST_MAX)

#define MOST_SCALAR (1 / 1.5)
#define MOST_LIST   (1 / 8.0)

struct state {
	struct world w;
	uint64_t list;
	struct iovec piece[8];
};

static uint64_t ioba_of(uint64_t n)
{
	return (n * 7919 & (ENTRIES - 1)) * PAGE;
}

static uint64_t tce_of(uint64_t base, uint64_t n)
{
	return (base + (n & 8191) * PAGE) | 3;
}

static void put(void *context, uint64_t n)
{
	struct state *s = context;
	uint64_t ret;

	while (n--)
		bench_need(!world_hcall(&s->w, STCE_H_PUT_TCE, LIOBN, ioba_of(n), tce_of(GPA, n), 0, &ret), "put");
}

static void qemu_put(void *context, uint64_t n)
{
	(void)context;
	while (n--) {
		uint64_t args[4] = { QEMU_LIOBN, ioba_of(n), tce_of(QEMU_PAGES, n), 0 };

		bench_need(!qemu_hcall(STCE_H_PUT_TCE, args), "QEMU: put");
	}
}

static void get(void *context, uint64_t n)
{
	struct state *s = context;
	uint64_t ret = 0;

	while (n--) {
		bench_need(!world_hcall(&s->w, STCE_H_GET_TCE, LIOBN, ioba_of(n), 0, 0, &ret), "get");
		bench_use(ret);
	}
}

static void qemu_get(void *context, uint64_t n)
{
	(void)context;
	while (n--) {
		uint64_t args[4] = { QEMU_LIOBN, ioba_of(n), 0, 0 };

		bench_need(!qemu_hcall(STCE_H_GET_TCE, args), "QEMU: get");
		bench_use(args[0]);
	}
}

static uint64_t place(uint64_t n)
{
	return n % CALLS * LIST_MAX * PAGE;
}

static void put_indirect(void *context, uint64_t n)
{
	struct state *s = context;
	uint64_t ret;

	while (n--)
		bench_need(!world_hcall(&s->w, STCE_H_PUT_TCE_INDIRECT, LIOBN, place(n), s->list, LIST_MAX, &ret),
			   "put-indirect");
}

static void qemu_put_indirect(void *context, uint64_t n)
{
	(void)context;
	while (n--) {
		uint64_t args[4] = { QEMU_LIOBN, place(n), QEMU_LIST, LIST_MAX };

		bench_need(!qemu_hcall(STCE_H_PUT_TCE_INDIRECT, args), "QEMU: put-indirect");
	}
}

static void stuff(void *context, uint64_t n)
{
	struct state *s = context;
	uint64_t ret;

	while (n--)
		bench_need(!world_hcall(&s->w, STCE_H_STUFF_TCE, LIOBN, place(n), 0, LIST_MAX, &ret), "stuff");
}

static void qemu_stuff(void *context, uint64_t n)
{
	(void)context;
	while (n--) {
		uint64_t args[4] = { QEMU_LIOBN, place(n), 0, LIST_MAX };

		bench_need(!qemu_hcall(STCE_H_STUFF_TCE, args), "QEMU: stuff");
	}
}

static void translate(void *context, uint64_t n)
{
	struct state *s = context;

	while (n--) {
		struct ioba ioba = to_ioba((n & 7) * PAGE + 8);
		struct host_window *window;
		uint64_t tce;

		rcu_read_lock();
		window = host_pe_window(world_pe(&s->w, 0), ioba);
		bench_need(host_window_has(window, ioba), "translate");
		tce = tce_table_get(host_window_table(window, 0), host_window_index(window, ioba));
		bench_need(tce & TCE_READ, "translate");
		bench_use(tce_address(tce).value);
		rcu_read_unlock();
	}
}

static void translate_in_qemu(void *context, uint64_t n)
{
	(void)context;
	while (n--)
		bench_use(qemu_translate((n & 7) * PAGE + 8, false));
}

static void hold(void *context, uint64_t n)
{
	struct state *s = context;

	while (n--) {
		struct dma_range range = { to_ioba((n & 7) * PAGE), PAGE };
		struct dma_hold h;

		bench_need(!dma_hold(world_pe(&s->w, 0), &(struct dma_request){ &range, 1, TCE_READ, s->piece, 1, true }, &h),
			   "hold");
		bench_use((uintptr_t)s->piece[0].iov_base);
		dma_release(&h, 0);
	}
}

static void map_in_qemu(void *context, uint64_t n)
{
	(void)context;
	while (n--) {
		void *bytes = qemu_map((n & 7) * PAGE, PAGE);

		bench_use((uintptr_t)bytes);
		qemu_unmap(bytes, PAGE);
	}
}

static void make_lists(struct state *s)
{
	uint64_t list[LIST_MAX];

	s->list = world_list(&s->w, LIST_MAX);
	for (unsigned int i = 0; i < LIST_MAX; i++)
		list[i] = htobe64(tce_of(QEMU_PAGES, i * 37));
	qemu_write_ram(QEMU_LIST, list, sizeof(list));
}

/* Maps the first pages on both sides. */
static void map_pages(struct state *s)
{
	bench_need(!world_map(&s->w, 0, 0, s->w.ram, 8 * PAGE), "map");
	qemu_put_indirect(s, CALLS);
	bench_need(qemu_translate(2 * PAGE + 8, false) == (tce_of(QEMU_PAGES, 74) & ~(PAGE - 1)) + 8,
		   "QEMU: a translation leads elsewhere");
}

void qemu_rows(void)
{
	static struct state s;
	int table;

	bench_section("a guest's calls, and a device's way to a page");
	world_start(&s.w, ENTRIES * PAGE, 1);
	table = world_table(&s.w, LIOBN, ENTRIES, 0);
	make_lists(&s);
	put(&s, ENTRIES);
	qemu_put(&s, ENTRIES);
	bench_run(&(struct bench_row){ .name = "put", .unit = "call", .context = &s, .ours = put, .least = qemu_put,
				       .most_ratio = MOST_SCALAR });
	bench_run(&(struct bench_row){ .name = "get", .unit = "call", .context = &s, .ours = get, .least = qemu_get,
				       .most_ratio = MOST_SCALAR });
	bench_run(&(struct bench_row){ .name = "put-indirect(512)", .unit = "entry", .units = LIST_MAX, .context = &s,
				       .ours = put_indirect, .least = qemu_put_indirect, .most_ratio = MOST_LIST });
	bench_run(&(struct bench_row){ .name = "stuff(512)", .unit = "entry", .units = LIST_MAX, .context = &s,
				       .ours = stuff, .least = qemu_stuff, .most_ratio = MOST_LIST });
	map_pages(&s);
	bench_run(&(struct bench_row){ .name = "translate", .unit = "address", .context = &s, .ours = translate,
				       .least = translate_in_qemu, .most_ratio = MOST_SCALAR });
	bench_run(&(struct bench_row){ .name = "map and unmap of a page for a device", .unit = "page", .context = &s,
				       .ours = hold, .least = map_in_qemu, .most_ratio = MOST_SCALAR });
	stce_close(table);
	world_stop(&s.w);
}
