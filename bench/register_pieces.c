/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures REGISTER_MEMORY and MAP of memory in pieces of one page each, against mlock(2) of the
 * same pieces, with few and with many pieces, by itself and beside many mappings of the program.
 * The memory is a file of 64 MiB, mapped as often as the pieces need it, so that a million of them
 * fit into a small machine.
 */
#include <linux/vfio.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "world.h"

#define FILE_SIZE  (64 * MIB)
#define MAPPINGS   60000u
#define WANTED_US  3.0
#define ROUNDS_MAX 31u

/* CPU time in us a piece, but closing, which is in ms. */
struct figures {
	double add, map, lock, beyond, drop, close;
};

struct pieces {
	struct world w;
	int fd;
	uint64_t count;
	char *memory;
};

static void map_pieces(struct pieces *p)
{
	uint64_t size = p->count * PAGE;

	p->memory = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bench_need(p->memory != MAP_FAILED, "no room for the pieces");
	for (uint64_t at = 0; at < size; at += FILE_SIZE)
		bench_need(mmap(p->memory + at, min_u64(FILE_SIZE, size - at), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_FIXED, p->fd, 0) != MAP_FAILED, "no memory for the pieces");
}

static void unmap_pieces(struct pieces *p)
{
	munmap(p->memory, p->count * PAGE);
}

static void region(struct pieces *p, uint64_t n, unsigned long request)
{
	struct vfio_iommu_spapr_register_memory r = {
		.argsz = sizeof(r), .vaddr = (uintptr_t)p->memory + n * PAGE, .size = PAGE,
	};

	bench_need(!stce_ioctl(p->w.pe[0].container, request, &r), stce_last_reason());
}

static void add_pieces(struct pieces *p)
{
	for (uint64_t n = 0; n < p->count; n++)
		region(p, n, VFIO_IOMMU_SPAPR_REGISTER_MEMORY);
}

static void map_dma(struct pieces *p)
{
	for (uint64_t n = 0; n < p->count; n++)
		bench_need(!world_map(&p->w, 0, n * PAGE, p->memory + n * PAGE, PAGE), stce_last_reason());
}

static void drop_pieces(struct pieces *p)
{
	for (uint64_t n = 0; n < p->count; n++) {
		bench_need(!world_unmap(&p->w, 0, n * PAGE, PAGE), stce_last_reason());
		region(p, n, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY);
	}
}

static void lock_pieces(struct pieces *p)
{
	for (uint64_t n = 0; n < p->count; n++)
		bench_need(!mlock(p->memory + n * PAGE, PAGE), "mlock");
}

static void close_container(struct pieces *p)
{
	stce_close(p->w.pe[0].group);
	stce_close(p->w.pe[0].container);
}

static double time_of(struct pieces *p, void (*work)(struct pieces *p))
{
	double start = bench_cpu_ns();

	work(p);
	return (bench_cpu_ns() - start) / 1000 / (double)p->count;
}

static struct figures one_round(struct pieces *p)
{
	struct figures f;

	map_pieces(p);
	f.lock = time_of(p, lock_pieces);
	unmap_pieces(p);
	world_start(&p->w, max_u64(64 * MIB, p->count * PAGE), 1);
	map_pieces(p);
	f.add = time_of(p, add_pieces);
	f.map = time_of(p, map_dma);
	f.drop = time_of(p, drop_pieces);
	add_pieces(p);
	map_dma(p);
	f.close = time_of(p, close_container) * (double)p->count / 1000;
	f.beyond = f.add + f.map - f.lock;
	p->w.pe[0].group = p->w.pe[0].container = -1;
	world_stop(&p->w);
	unmap_pieces(p);
	return f;
}

#define MEDIAN(field) ({                                       \
	double values_[ROUNDS_MAX];                            \
	for (unsigned int i_ = 0; i_ < rounds; i_++)           \
		values_[i_] = f[i_].field;                     \
	bench_median(values_, rounds);                         \
})

static void row(struct pieces *p)
{
	unsigned int rounds = (unsigned int)min_u64(ROUNDS_MAX, 1 + 65536 / p->count);
	struct figures f[ROUNDS_MAX];
	double beyond;
	char name[40];

	for (unsigned int i = 0; i < rounds; i++)
		f[i] = one_round(p);
	beyond = MEDIAN(beyond);
	snprintf(name, sizeof(name), "%llu pieces", (unsigned long long)p->count);
	bench_say(name, "%5.2f %5.2f  %5.2f %6.2f  %5.2f  %8.2f  <= %g us %s", MEDIAN(add), MEDIAN(map), MEDIAN(lock),
		  beyond, MEDIAN(drop), MEDIAN(close), WANTED_US, bench_verdict(beyond <= WANTED_US));
}

static void table(struct pieces *p, const char *title)
{
	static const uint64_t counts[] = { 16, 1024, 65536, 1048576 };

	printf("\n%-60s %5s %5s  %5s %6s  %5s  %8s\n", title, "REG", "MAP", "mlock", "beyond", "away", "close ms");
	for (unsigned int i = 0; i < ARRAY_COUNT(counts); i++) {
		p->count = counts[i];
		row(p);
	}
}

/* Makes many mappings, of which no two neighbours are alike. */
static char *make_mappings(void)
{
	char *p = mmap(NULL, MAPPINGS * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	bench_need(p != MAP_FAILED, "no room for many mappings");
	for (uint64_t n = 0; n < MAPPINGS; n += 2)
		bench_need(!mprotect(p + n * PAGE, PAGE, PROT_READ), "vm.max_map_count allows no 60000 mappings");
	return p;
}

void bench_register_pieces(void)
{
	struct pieces p = { .fd = memfd_create("pieces", MFD_CLOEXEC) };
	char *mappings;

	bench_need(p.fd >= 0 && !ftruncate(p.fd, FILE_SIZE), "no file for the pieces");
	p.count = 1;
	map_pieces(&p);
	if (mlock(p.memory, PAGE)) {
		bench_say("no limit kernel", "RLIMIT_MEMLOCK leaves mlock no room");
		return;
	}
	unmap_pieces(&p);
	table(&p, "REGISTER and MAP by the page, in us a page");
	mappings = make_mappings();
	table(&p, "the same beside 60000 mappings");
	munmap(mappings, MAPPINGS * PAGE);
	close(p.fd);
}
