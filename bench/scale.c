/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures what one more object costs when there are many: groups with containers, guest tables,
 * regions, mapped entries and threads, each grown in steps of ten. If the cost of one stays the same
 * from step to step, the whole grows linearly. Times are those of the processor. Memory is the heap's, or
 * that of tables where entries are counted.
 */
#include <fcntl.h>
#include <linux/vfio.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "bench.h"
#include "world.h"

#define DESCRIPTORS  65536
#define OWN_FILES    200     /* descriptors that are left for all else */
#define STEPS_MAX    4
#define PAGE_64K     (64 * KIB)
#define CALLS        2000u     /* pairs of MAP and UNMAP that a thread makes */

/* What one object costs in a step. */
struct cost {
	double make_us, end_us;
	double bytes;
};

/* Makes `count` objects, takes the time and the memory, and ends them. */
typedef struct cost (*step)(uint64_t count);

static uint64_t heap(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static double process_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Returns the cost of each of `count` objects; three moments of the processor's time bound it. */
static struct cost cost_of(uint64_t count, const double us[3], uint64_t bytes)
{
	return (struct cost){ (us[1] - us[0]) / (double)count, (us[2] - us[1]) / (double)count,
			      (double)bytes / (double)count };
}

static struct stce_machine *machine_of_groups(uint64_t count)
{
	struct stce_machine *machine = NULL;
	struct stce_config *config;
	char why[STCE_WHY_SIZE] = "no config", device[64];
	int r = stce_config_new(&config);

	if (!r)
		r = stce_config_set(config, "memlock", "1T", why);
	for (uint64_t n = 0; n < count && !r; n++) {
		/* A PCI domain is a host bridge, which has 32 groups here. */
		snprintf(device, sizeof(device), "dmatest,addr=%04x:01:%02x.0,group=%u", (unsigned int)(n / 32),
			 (unsigned int)(n % 32), (unsigned int)n + 1);
		r = stce_config_set(config, "device", device, why);
	}
	if (!r)
		r = stce_machine_new(config, &machine, why);
	bench_need(!r, why);
	stce_config_free(config);
	return machine;
}

static void open_pair(struct stce_machine *machine, uint64_t n, int fd[2])
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/vfio/%u", (unsigned int)n + 1);
	fd[0] = stce_open(machine, "/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	fd[1] = stce_open(machine, path, O_RDWR | O_CLOEXEC);
	bench_need(fd[0] >= 0 && fd[1] >= 0 && !stce_ioctl(fd[1], VFIO_GROUP_SET_CONTAINER, &fd[0]) &&
		   !stce_ioctl(fd[0], VFIO_SET_IOMMU, (void *)(long)VFIO_SPAPR_TCE_v2_IOMMU), stce_last_reason());
}

static struct cost groups(uint64_t count)
{
	struct stce_machine *machine = machine_of_groups(count);
	int (*fd)[2] = calloc(count, sizeof(*fd));
	uint64_t before = heap(), bytes;
	double us[3] = { process_us() };

	bench_need(fd, "memory");
	for (uint64_t n = 0; n < count; n++)
		open_pair(machine, n, fd[n]);
	bytes = heap() - before;
	us[1] = process_us();
	for (uint64_t n = 0; n < count; n++) {
		stce_close(fd[n][1]);
		stce_close(fd[n][0]);
	}
	us[2] = process_us();
	free(fd);
	stce_machine_free(machine);
	return cost_of(count, us, bytes);
}

static struct cost tables(uint64_t count)
{
	struct world w;
	int *fd = calloc(count, sizeof(*fd));
	uint64_t before, bytes;
	double us[3];

	bench_need(fd, "memory");
	world_start(&w, GIB, 1);
	before = heap();
	us[0] = process_us();
	for (uint64_t n = 0; n < count; n++)
		fd[n] = world_table(&w, 100 + n, 512, 0);
	bytes = heap() - before;
	us[1] = process_us();
	for (uint64_t n = 0; n < count; n++)
		stce_close(fd[n]);
	us[2] = process_us();
	world_stop(&w);
	free(fd);
	return cost_of(count, us, bytes);
}

static void change_regions(struct world *w, char *memory, uint64_t count, unsigned long request)
{
	struct vfio_iommu_spapr_register_memory p = { .argsz = sizeof(p), .size = PAGE };

	for (uint64_t n = 0; n < count; n++) {
		p.vaddr = (uintptr_t)memory + n * PAGE;
		bench_need(!stce_ioctl(w->pe[0].container, request, &p), stce_last_reason());
	}
}

static struct cost regions(uint64_t count)
{
	struct world w;
	char *memory = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	uint64_t before, bytes;
	double us[3];

	bench_need(memory != MAP_FAILED, "memory");
	world_start(&w, GIB, 1);
	before = heap();
	us[0] = process_us();
	change_regions(&w, memory, count, VFIO_IOMMU_SPAPR_REGISTER_MEMORY);
	bytes = heap() - before;
	us[1] = process_us();
	change_regions(&w, memory, count, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY);
	us[2] = process_us();
	world_stop(&w);
	munmap(memory, count * PAGE);
	return cost_of(count, us, bytes);
}

/* Maps `count` GiB, of which each page of 64K is an entry; the same memory lies behind all pieces. */
static struct cost gibibytes(uint64_t count)
{
	const struct world_shape shape = {
		.platform = "power9", .host_page = "64K", .share = "off", .count = 1, .page_shift = 16,
		.levels = 2, .size = 1024 * GIB,
	};
	struct world w;
	uint64_t before, bytes;
	double us[3];

	world_start_as(&w, &shape);
	before = world_stats(w.machine).table_bytes;
	us[0] = process_us();
	for (uint64_t at = 0; at < count * GIB; at += RAM_SIZE)
		bench_need(!world_map(&w, 0, at, w.ram, RAM_SIZE), stce_last_reason());
	bytes = world_stats(w.machine).table_bytes - before;
	us[1] = process_us();
	bench_need(!world_unmap(&w, 0, 0, count * GIB), stce_last_reason());
	us[2] = process_us();
	world_stop(&w);
	return cost_of(count, us, bytes);
}

struct mapper {
	pthread_t thread;
	struct world *world;
	uint64_t page;
	pthread_barrier_t *all;
};

/* Each thread maps and unmaps a page of its own, beside all others. */
static void *map_own(void *context)
{
	struct mapper *m = context;

	pthread_barrier_wait(m->all);
	for (unsigned int i = 0; i < CALLS; i++)
		bench_need(!world_map(m->world, 0, m->page * PAGE, m->world->ram + m->page * PAGE, PAGE) &&
			   !world_unmap(m->world, 0, m->page * PAGE, PAGE), "map");
	pthread_barrier_wait(m->all);
	return NULL;
}

static struct cost threads(uint64_t count)
{
	struct mapper *m = calloc(count, sizeof(*m));
	pthread_barrier_t all;
	uint64_t before, bytes;
	struct world w;
	double us[3];

	bench_need(m && !pthread_barrier_init(&all, NULL, (unsigned int)count + 1), "threads");
	world_start(&w, GIB, 1);
	before = heap();
	for (uint64_t n = 0; n < count; n++) {
		m[n] = (struct mapper){ .world = &w, .page = n, .all = &all };
		bench_need(!pthread_create(&m[n].thread, NULL, map_own, &m[n]), "threads");
	}
	us[0] = process_us();
	pthread_barrier_wait(&all);
	pthread_barrier_wait(&all);
	us[1] = process_us();
	bytes = heap() - before;
	for (uint64_t n = 0; n < count; n++)
		pthread_join(m[n].thread, NULL);
	us[2] = process_us();
	world_stop(&w);
	pthread_barrier_destroy(&all);
	free(m);
	return cost_of(count, us, bytes);
}

static const struct {
	const char *title, *unit;
	step step;
	unsigned int descriptors;      /* how many the program has for each */
	uint64_t count[STEPS_MAX];     /* ends with 0, or is full */
} subjects[] = {
	{ "groups with containers", "groups", groups, 2, { 1, 10, 100, 1000 } },
	{ "guest tables of 512 entries", "tables", tables, 1, { 10, 100, 1000, 10000 } },
	{ "regions of a page", "regions", regions, 0, { 64, 655, 6554, 65536 } },
	{ "memory in 64K pages, a GiB", "GiB", gibibytes, 0, { 1, 10, 102, 1024 } },
	{ "threads that map and unmap, 2000 pairs each", "threads", threads, 0, { 4, 40, 400 } },
};

/* Returns how many descriptors the process may have for its objects. */
static uint64_t descriptors(void)
{
	struct rlimit limit = { DESCRIPTORS, DESCRIPTORS };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		bench_need(!getrlimit(RLIMIT_NOFILE, &limit), "RLIMIT_NOFILE");
	return limit.rlim_cur - OWN_FILES;
}

void bench_scale(void)
{
	uint64_t most = descriptors();

	printf("\n%-60s %12s %15s %12s\n", "what one costs among many", "to make", "memory", "to end");
	for (unsigned int i = 0; i < ARRAY_COUNT(subjects); i++) {
		printf("%s\n", subjects[i].title);
		for (unsigned int n = 0; n < STEPS_MAX && subjects[i].count[n]; n++) {
			uint64_t count = subjects[i].count[n];
			char name[40];
			struct cost c;

			if (subjects[i].descriptors)
				count = min_u64(count, most / subjects[i].descriptors);
			snprintf(name, sizeof(name), "%llu %s", (unsigned long long)count, subjects[i].unit);
			c = subjects[i].step(count);
			bench_say(name, "%9.2f us %9.0f bytes %9.2f us", c.make_us, c.bytes, c.end_us);
		}
	}
}
