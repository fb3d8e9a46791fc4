/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compares two threads with one, on two tables, and on one table of which each thread has a half.
 * CPU time per call is compared, so that waiting for a processor is not mistaken for waiting for
 * the other thread; a round counts only if the two threads ran side by side.
 */
#include <linux/vfio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "bench.h"
#include "world.h"

#define ENTRIES (UINT64_C(1) << 15)
#define SIDE_BY_SIDE 1.3          /* the most wall time over CPU time */
#define TRIES 20                  /* attempts for each round that counts */

struct state {
	struct world w;
	uint64_t nr;
	uint64_t calls;               /* calls of a thread in a round */
	uint64_t liobn[2], first[2];  /* first[] are indices */
	double cpu[2], wall[2];
	_Atomic(unsigned int) ready;  /* number of threads that have reached the start */
	_Atomic(bool) stop;
	_Atomic(uint64_t) windows;    /* windows made and removed so far */
};

struct thread {
	struct state *s;
	unsigned int n;
};

static void work(struct state *s, unsigned int n)
{
	double wall, cpu;
	uint64_t ret;

	wall = bench_wall_ns();
	cpu = bench_cpu_ns();
	for (uint64_t i = 0; i < s->calls; i++) {
		uint64_t at = s->nr == STCE_H_PUT_TCE ? i * 13 & (ENTRIES / 2 - 1) :
							i * LIST_MAX & (ENTRIES / 2 - 1);
		long r = world_hcall(&s->w, s->nr, s->liobn[n], (s->first[n] + at) * PAGE,
				     s->nr == STCE_H_PUT_TCE ? GPA + (i & 4095) * PAGE + 3 : GPA,
				     LIST_MAX, &ret);

		bench_need(!r, "hypercall");
	}
	s->cpu[n] = bench_cpu_ns() - cpu;
	s->wall[n] = bench_wall_ns() - wall;
}

static void *thread(void *argument)
{
	struct thread *t = argument;

	stce_vm_enter_thread();
	/* Spin, because a thread that a futex wakes late would run alone. */
	atomic_fetch_add(&t->s->ready, 1);
	while (atomic_load(&t->s->ready) < 2)
		;
	work(t->s, t->n);
	return NULL;
}

static bool side_by_side(const struct state *s)
{
	return s->wall[0] < SIDE_BY_SIDE * s->cpu[0] && s->wall[1] < SIDE_BY_SIDE * s->cpu[1];
}

static bool together(struct state *s)
{
	struct thread t[2] = { { s, 0 }, { s, 1 } };
	pthread_t other;

	atomic_store(&s->ready, 0);
	bench_need(!pthread_create(&other, NULL, thread, &t[1]), "thread");
	thread(&t[0]);
	pthread_join(other, NULL);
	return side_by_side(s);
}

static void measure(struct state *s, const char *name, double wanted)
{
	double *speedup = calloc(2 * bench_rounds(), sizeof(*speedup)), *one = speedup + bench_rounds();
	unsigned int round = 0, tries = 0, units = s->nr == STCE_H_PUT_TCE ? 1 : LIST_MAX;

	bench_need(speedup, "out of memory");
	s->calls = 1;
	work(s, 0);
	s->calls = s->nr == STCE_H_PUT_TCE ? 10000 : 100;
	for (; round < bench_rounds() && tries < TRIES * bench_rounds(); tries++) {
		double alone;

		work(s, 0);
		alone = s->cpu[0];
		if (!together(s))
			continue;
		one[round] = alone / (double)s->calls / units;
		speedup[round++] = alone / s->cpu[0] + alone / s->cpu[1];
	}
	if (round) {
		struct bench_spread times = bench_spread(speedup, round);

		bench_say(name, "%9.2f %9s %6.2fx %6.2f to %4.2f  >= %gx %s (%u rounds of %u ran side by side)",
			  bench_median(one, round), "", times.median, times.low, times.high, wanted,
			  bench_judge(&times, BENCH_AT_LEAST, wanted), round, tries);
	} else {
		bench_say(name, "the two threads never ran side by side: no figure");
	}
	free(speedup);
}

/* Makes and removes windows of the second group. */
static void *window_maker(void *argument)
{
	struct state *s = argument;

	while (!atomic_load(&s->stop)) {
		struct vfio_iommu_spapr_tce_create p = {
			.argsz = sizeof(p), .page_shift = 12, .window_size = 64 * MIB, .levels = 1,
		};
		struct vfio_iommu_spapr_tce_remove gone = { .argsz = sizeof(gone) };

		bench_need(!stce_ioctl(s->w.pe[1].container, VFIO_IOMMU_SPAPR_TCE_CREATE, &p), "create");
		gone.start_addr = p.start_addr;
		bench_need(!stce_ioctl(s->w.pe[1].container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &gone), "remove");
		atomic_fetch_add(&s->windows, 1);
	}
	return NULL;
}

/*
 * Windows come and go as fast as they can, because the cost of each to the other thread tells the
 * cost of fewer.
 */
static void beside_windows(struct state *s)
{
	double *ratio = calloc(3 * bench_rounds(), sizeof(*ratio)), *cost = ratio + bench_rounds();
	double *rate = cost + bench_rounds();
	struct bench_spread times;
	unsigned int rounds = bench_rounds();

	bench_need(ratio, "out of memory");
	s->calls = 10000;
	for (unsigned int i = 0; i < rounds; i++) {
		uint64_t before, windows;
		pthread_t other;
		double alone;

		work(s, 0);
		alone = s->cpu[0];
		atomic_store(&s->stop, false);
		atomic_store(&s->windows, 0);
		bench_need(!pthread_create(&other, NULL, window_maker, s), "thread");
		while (!(before = atomic_load(&s->windows)))
			;
		work(s, 0);
		windows = atomic_load(&s->windows) - before;
		atomic_store(&s->stop, true);
		pthread_join(other, NULL);
		ratio[i] = s->cpu[0] / alone;
		cost[i] = windows ? (s->cpu[0] - alone) / (double)windows / 1000 : 0;
		rate[i] = (double)windows * 1e9 / s->wall[0];
	}
	times = bench_spread(ratio, rounds);
	bench_say("put-indirect while windows come and go", "%19s %6.2fx %6.2f to %4.2f  <= 1.05x %s "
		  "(%.0f windows a second, %.0f us of the other thread for each)", "", times.median, times.low,
		  times.high, bench_judge(&times, BENCH_AT_MOST, 1.05), bench_median(rate, rounds), bench_median(cost, rounds));
	free(ratio);
}

void bench_threads(void)
{
	struct state s = { .liobn = { 1, 2 } };
	int one, two;

	bench_section("two threads (ours: ns of one; ratio: speed of two)");
	world_start(&s.w, ENTRIES * PAGE, 1);
	world_list(&s.w, LIST_MAX);
	one = world_table(&s.w, 1, ENTRIES, 1);
	two = world_table(&s.w, 2, ENTRIES, 2);
	s.nr = STCE_H_PUT_TCE_INDIRECT;
	measure(&s, "put-indirect, linked, two tables, per entry", 1.9);
	beside_windows(&s);
	s.nr = STCE_H_PUT_TCE;
	measure(&s, "put, linked, two tables, per call", 1.9);
	s.liobn[1] = 1;
	s.first[1] = ENTRIES / 2;
	s.nr = STCE_H_PUT_TCE_INDIRECT;
	measure(&s, "put-indirect, linked, one table, per entry", 1.7);
	s.nr = STCE_H_PUT_TCE;
	measure(&s, "put, linked, one table, per call", 1.7);
	stce_close(one);
	stce_close(two);
	world_stop(&s.w);
}
