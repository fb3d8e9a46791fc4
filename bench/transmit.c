/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Repeats the experiment that began it all: a guest maps every packet, lets the device read it, and
 * unmaps it.
 *
 *    a   each hypercall exits to the VMM, which calls VFIO for every page
 *    b   the same hypercalls, finished in place by the link
 *    c   a dynamic window over all memory, with no calls at all
 *
 * Neither exits nor ioctls enter the kernel here, which flatters a. So a is shown as it is; with
 * one system call for the way out and back, the least that an exit of KVM can be (a'); and with one
 * more for each ioctl, as in Linux's own VFIO (a"). The device moves the packet by a system call or
 * directly; "mapping alone" is the same loop without the device.
 */
#include <endian.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "world.h"

#define ENTRIES (UINT64_C(1) << 14)
#define VMM_LIOBN  1      /* no table has it, so every call is the VMM's */
#define LINK_LIOBN 2

struct state {
	struct world w;
	uint64_t size;            /* of a packet */
	enum { NOT_MOVED, BY_KERNEL, DIRECTLY } moved;
	bool costs_exit, costs_ioctl;   /* each costs a system call, as on Linux */
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
	if (s->moved)
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

/* Makes one ioctl for each page, as QEMU's notifier does. */
static void vmm_maps(struct state *s, uint64_t ioba, uint64_t gpa)
{
	if (s->costs_exit)
		syscall(SYS_getppid);
	for (unsigned int i = 0; i < pages(s); i++) {
		uint64_t tce = pages(s) == 1 ? gpa | 1 : be64toh(((uint64_t *)s->w.ram)[i]);

		if (s->costs_ioctl)
			syscall(SYS_getppid);
		bench_need(!world_map(&s->w, 0, ioba + i * PAGE,
				      s->w.ram + ((tce & ~(PAGE - 1)) - GPA), PAGE), "map");
	}
}

static void vmm_unmaps(struct state *s, uint64_t ioba)
{
	if (s->costs_exit)
		syscall(SYS_getppid);
	for (unsigned int i = 0; i < pages(s); i++) {
		if (s->costs_ioctl)
			syscall(SYS_getppid);
		bench_need(!world_unmap(&s->w, 0, ioba + i * PAGE, PAGE), "unmap");
	}
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

#define WAYS 5

#define BY_LINK 3       /* index of b in ways[] */

/* The results are in the order of ways[]. */
struct figure {
	double ns;                       /* of one packet */
	struct bench_spread over_b;      /* multiples of b, in the same round */
};

static void summarise(double *all, struct figure figure[WAYS])
{
	const double *b = all + BY_LINK * bench_rounds();
	double *ratio = calloc(bench_rounds(), sizeof(*ratio));

	bench_need(ratio, "out of memory");
	for (unsigned int i = 0; i < WAYS; i++) {
		for (unsigned int round = 0; round < bench_rounds(); round++)
			ratio[round] = all[i * bench_rounds() + round] / b[round];
		figure[i].over_b = bench_spread(ratio, bench_rounds());
	}
	/* This sorts the rounds, so it comes when their order is no longer needed. */
	for (unsigned int i = 0; i < WAYS; i++)
		figure[i].ns = bench_median(all + i * bench_rounds(), bench_rounds());
	free(ratio);
}

/* The ways take turns within a round. */
static void rounds(struct state *s, struct figure figure[WAYS])
{
	static const bench_work works[WAYS] = { by_vmm, by_vmm, by_vmm, by_link, by_window };
	uint64_t n = s->moved ? 400 : 2000;
	double *all = calloc(WAYS * bench_rounds(), sizeof(*all));

	bench_need(all, "out of memory");
	for (unsigned int round = 0; round < bench_rounds(); round++) {
		for (unsigned int i = 0; i < WAYS; i++) {
			double start;

			s->costs_exit = i >= 1;
			s->costs_ioctl = i >= 2;
			works[i](s, 10);
			start = bench_cpu_ns();
			works[i](s, n);
			all[i * bench_rounds() + round] = (bench_cpu_ns() - start) / (double)n;
		}
	}
	summarise(all, figure);
	free(all);
}

static void measure(struct state *s, uint64_t size)
{
	static const char *const ways[WAYS] = {
		"a   VMM, exits cost nothing", "a'  VMM, an exit is a system call",
		"a\" VMM, and so is an ioctl", "b   finished by the link", "c   dynamic window",
	};
	struct figure by[3][WAYS];
	char name[64];

	s->size = size;
	for (s->moved = NOT_MOVED; s->moved <= DIRECTLY; s->moved++) {
		bench_need(!stce_machine_set_direct_dma(s->w.machine, s->moved == DIRECTLY), "signals");
		rounds(s, by[s->moved]);
	}
	for (unsigned int i = 0; i < WAYS; i++) {
		snprintf(name, sizeof(name), "%s, %llu bytes", ways[i], (unsigned long long)size);
		bench_say(name, "%6.0f MB/s by kernel, %6.0f MB/s directly, mapping %6.0f ns a packet",
			  (double)size * 1e3 / by[BY_KERNEL][i].ns, (double)size * 1e3 / by[DIRECTLY][i].ns,
			  by[NOT_MOVED][i].ns);
	}
	for (unsigned int i = 0; i < 3; i++) {
		const struct bench_spread *directly = &by[DIRECTLY][i].over_b;

		snprintf(name, sizeof(name), "%llu bytes, b against %.2s", (unsigned long long)size, ways[i]);
		bench_say(name, "%5.2fx directly, %.2f to %.2f; by kernel %5.2fx, mapping alone %5.2fx  >= 4.6x %s",
			  directly->median, directly->low, directly->high, by[BY_KERNEL][i].over_b.median,
			  by[NOT_MOVED][i].over_b.median, bench_judge(directly, BENCH_AT_LEAST, 4.6));
	}
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
	/* The first page of memory is for the guest's lists. */
	table = world_table(&s.w, LINK_LIOBN, ENTRIES, 1);
	bench_need(!stce_ioctl(s.w.pe[0].container, VFIO_IOMMU_SPAPR_TCE_CREATE, &p), stce_last_reason());
	bench_need(!world_map(&s.w, 0, p.start_addr, s.w.ram, RAM_SIZE), stce_last_reason());
	measure(&s, 1500);
	measure(&s, 65536);
	stce_close(table);
	world_stop(&s.w);
}
