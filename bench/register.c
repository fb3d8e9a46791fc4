/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures REGISTER_MEMORY of fresh memory against mlock(2) of the same range, because both fault
 * every page in. The range is as large as RLIMIT_MEMLOCK lets mlock(2) lock.
 */
#include <linux/vfio.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "bench.h"
#include "world.h"

struct state {
	struct world w;
	char *memory;
	uint64_t size;
};

static void fresh(void *context, uint64_t n)
{
	struct state *s = context;

	if (s->memory)
		munmap(s->memory, s->size);
	s->memory = mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bench_need(s->memory != MAP_FAILED, "no memory");
}

static long region(struct state *s, unsigned long request)
{
	struct vfio_iommu_spapr_register_memory p = {
		.argsz = sizeof(p), .vaddr = (uintptr_t)s->memory, .size = s->size,
	};

	return stce_ioctl(s->w.pe[0].container, request, &p);
}


static void ours(void *context, uint64_t n)
{
	bench_need(!region(context, VFIO_IOMMU_SPAPR_REGISTER_MEMORY), "register");
	bench_need(!region(context, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY), "unregister");
}

static void least(void *context, uint64_t n)
{
	struct state *s = context;

	bench_need(!mlock(s->memory, s->size), "mlock");
	bench_need(!munlock(s->memory, s->size), "munlock");
}

void bench_register(void)
{
	struct state s = { .size = 32 * MIB };
	struct rlimit limit = { 0 };

	bench_section("REGISTER and UNREGISTER against mlock, munlock");
	getrlimit(RLIMIT_MEMLOCK, &limit);
	while (s.size > limit.rlim_cur / 2)
		s.size /= 2;
	if (s.size < 64 * KIB) {
		bench_say("no limit kernel", "RLIMIT_MEMLOCK leaves mlock no room");
		return;
	}
	world_start(&s.w, 64 * MIB, 1);
	bench_run(&(struct bench_row){ .name = "fresh memory", .unit = "page", .units = s.size / PAGE,
				       .context = &s, .ours = ours, .least = least, .fixed = 1,
				       .before_ours = fresh, .before_least = fresh,
				       .most_ratio = 1.1 });
	munmap(s.memory, s.size);
	world_stop(&s.w);
	bench_register_pieces();
}
