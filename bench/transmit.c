/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The experiment that began it all: a guest that maps every packet, lets the
 * device read it, and unmaps it.
 *
 *  a   each hypercall exits to the VMM, which calls VFIO for every page
 *  b   the same hypercalls, finished in place by the link
 *  c   a dynamic window over all memory: no calls at all
 *
 * An exit costs nothing of its own here, which flatters a: so it is shown once
 * as it is, and once with one system call for the way out and back, the least
 * that an exit can be. The device's copy is part of all of them; beside each
 * stands the same loop without it.
 */
#include <endian.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "world.h"

#define ENTRIES (UINT64_C(1) << 14)
#define VMM_LIOBN  1      /* no table of ours: every call is the VMM's */
#define LINK_LIOBN 2

struct state {
	struct world w;
	uint64_t size;            /* of a packet */
	bool is_copied, costs_exit;
	char packet[65536];
};

static unsigned int pages(const struct state *s)
{
	return (unsigned int)((s->size + PAGE - 1) / PAGE);
}

static uint64_t packet_gpa(uint64_t n)
{
	return GPA + MIB + n % 512 * 65536;
}

static void device_reads(struct state *s, uint64_t ioba)
{
	if (s->is_copied)
		bench_need(!stce_dma_read(s->w.machine, 1, ioba, s->packet, s->size), "dma");
}

static long guest_maps(struct state *s, uint64_t liobn, uint64_t ioba, uint64_t gpa)
{
	uint64_t *list = (uint64_t *)s->w.ram, ret;

	if (pages(s) == 1)
		return world_hcall(&s->w, STCE_H_PUT_TCE, liobn, ioba, gpa | 1, 0, &ret);
	for (unsigned int i = 0; i < pages(s); i++)
		list[i] = htobe64((gpa + i * PAGE) | 1);
	return world_hcall(&s->w, STCE_H_PUT_TCE_INDIRECT, liobn, ioba, GPA, pages(s), &ret);
}

static long guest_unmaps(struct state *s, uint64_t liobn, uint64_t ioba)
{
	uint64_t ret;

	if (pages(s) == 1)
		return world_hcall(&s->w, STCE_H_PUT_TCE, liobn, ioba, 0, 0, &ret);
	return world_hcall(&s->w, STCE_H_STUFF_TCE, liobn, ioba, 0, pages(s), &ret);
}

/* One ioctl for each page, as QEMU's notifier makes them. */
static void vmm_maps(struct state *s, uint64_t ioba, uint64_t gpa)
{
	if (s->costs_exit)
		syscall(SYS_getppid);
	for (unsigned int i = 0; i < pages(s); i++) {
		uint64_t tce = pages(s) == 1 ? gpa | 1 : be64toh(((uint64_t *)s->w.ram)[i]);

		bench_need(!world_map(&s->w, 0, ioba + i * PAGE,
				      s->w.ram + ((tce & ~(PAGE - 1)) - GPA), PAGE), "map");
	}
}

static void vmm_unmaps(struct state *s, uint64_t ioba)
{
	if (s->costs_exit)
		syscall(SYS_getppid);
	for (unsigned int i = 0; i < pages(s); i++)
		bench_need(!world_unmap(&s->w, 0, ioba + i * PAGE, PAGE), "unmap");
}

static void by_vmm(void *context, uint64_t n)
{
	struct state *s = context;

	while (n--) {
		uint64_t ioba = n % 512 * 16 * PAGE;

		bench_need(guest_maps(s, VMM_LIOBN, ioba, packet_gpa(n)) == STCE_H_TOO_HARD, "exit");
		vmm_maps(s, ioba, packet_gpa(n));
		device_reads(s, ioba);
		bench_need(guest_unmaps(s, VMM_LIOBN, ioba) == STCE_H_TOO_HARD, "exit");
		vmm_unmaps(s, ioba);
	}
}

static void by_link(void *context, uint64_t n)
{
	struct state *s = context;

	while (n--) {
		uint64_t ioba = n % 512 * 16 * PAGE;

		bench_need(!guest_maps(s, LINK_LIOBN, ioba, packet_gpa(n)), "put");
		device_reads(s, ioba);
		bench_need(!guest_unmaps(s, LINK_LIOBN, ioba), "clear");
	}
}

static void by_window(void *context, uint64_t n)
{
	struct state *s = context;

	while (n--)
		device_reads(s, (UINT64_C(1) << 59) + (packet_gpa(n) - GPA));
}

/* ns of one packet, alternating: medians in *ns, in the order a, a with an exit, b, c. */
static void rounds(struct state *s, double ns[4])
{
	static const bench_work works[4] = { by_vmm, by_vmm, by_link, by_window };
	uint64_t n = s->is_copied ? 400 : 2000;
	double *all = calloc(4 * bench_rounds(), sizeof(*all));

	bench_need(all, "out of memory");
	for (unsigned int round = 0; round < bench_rounds(); round++) {
		for (unsigned int i = 0; i < 4; i++) {
			double start;

			s->costs_exit = i == 1;
			works[i](s, 10);
			start = bench_cpu_ns();
			works[i](s, n);
			all[i * bench_rounds() + round] = (bench_cpu_ns() - start) / (double)n;
		}
	}
	for (unsigned int i = 0; i < 4; i++)
		ns[i] = bench_median(all + i * bench_rounds(), bench_rounds());
	free(all);
}

static void measure(struct state *s, uint64_t size)
{
	double ns[2][4];
	char name[64];
	static const char *const ways[4] = {
		"a  VMM, exits cost nothing", "a' VMM, an exit is a system call", "b  finished by the link",
		"c  dynamic window",
	};

	s->size = size;
	for (unsigned int copied = 0; copied < 2; copied++) {
		s->is_copied = copied;
		rounds(s, ns[copied]);
	}
	for (unsigned int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s, %llu bytes", ways[i], (unsigned long long)size);
		bench_say(name, "%8.0f MB/s, mapping %7.0f ns a packet", (double)size * 1e3 / ns[1][i], ns[0][i]);
	}
	bench_say("b against a, throughput", "%.2fx, with exits %.2fx", ns[1][0] / ns[1][2], ns[1][1] / ns[1][2]);
	bench_say("b against a, mapping alone", "%.2fx, with exits %.2fx; >= 4.6x %s", ns[0][0] / ns[0][2],
		  ns[0][1] / ns[0][2], bench_verdict(ns[0][1] >= 4.6 * ns[0][2]));
}

void bench_transmit(void)
{
	static struct state s;
	struct vfio_iommu_spapr_tce_create p = {
		.argsz = sizeof(p), .page_shift = 12, .window_size = RAM_SIZE, .levels = 1,
	};
	int table;

	bench_section("transmit: map, device reads, unmap each packet");
	world_start(&s.w, ENTRIES * PAGE, 1);
	/* The page of the guest's lists is the first of memory. */
	table = world_table(&s.w, LINK_LIOBN, ENTRIES, 1);
	bench_need(!stce_ioctl(s.w.pe[0].container, VFIO_IOMMU_SPAPR_TCE_CREATE, &p), stce_last_reason());
	bench_need(!world_map(&s.w, 0, p.start_addr, s.w.ram, RAM_SIZE), stce_last_reason());
	measure(&s, 1500);
	measure(&s, 65536);
	stce_close(table);
	world_stop(&s.w);
}
