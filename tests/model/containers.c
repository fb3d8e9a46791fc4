/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two groups and two containers, of v1 and v2. Random calls go to the real files and to the
 * reference, which must agree in every answer, in all sums, and in the memory that the devices see.
 */
#include "model.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../unit/vfio/client.h"
#include "reference.h"
#include "stats_of.h"

#define UNIT        (64 * KIB)   /* a multiple of both page sizes, so that holes can be made with either */
#define AREA_UNITS  24
#define GUARD_UNITS 8            /* behind the area, more than the largest offset of an address */
#define HOLE        10
#define READ_ONLY   20
#define CHUNK       4096
#define DEVICES     8

static struct reference ref;
static unsigned char *area;      /* AREA_UNITS * UNIT, aligned to that size */

struct real {
	struct client client;
	int container[REF_CONTAINERS];
	int group[REF_GROUPS];
	int device[REF_GROUPS][DEVICES];
	unsigned int devices[REF_GROUPS];
};

/* ---- memory: one unit is missing, one is read-only ---- */

static void make_area(void)
{
	char *p = mmap(NULL, (AREA_UNITS + GUARD_UNITS + 1) * UNIT, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	area = (unsigned char *)align_up((uintptr_t)p, UNIT);
	for (uint64_t at = 0; at < AREA_UNITS * UNIT; at += CHUNK)
		*(uint64_t *)(area + at) = at * UINT64_C(0x9e3779b97f4a7c15) + 1;
	mprotect(area + AREA_UNITS * UNIT, GUARD_UNITS * UNIT, PROT_NONE);
	/* It is not unmapped, because the next mmap() would take its place. */
	mprotect(area + HOLE * UNIT, UNIT, PROT_NONE);
	mprotect(area + READ_ONLY * UNIT, UNIT, PROT_READ);
}

static uint64_t pinnable(uint64_t start, uint64_t size)
{
	uint64_t done = 0;

	while (done < size) {
		uint64_t unit = (start + done - (uintptr_t)area) / UNIT;

		if (start + done < (uintptr_t)area || unit >= AREA_UNITS || unit == HOLE ||
		    unit == READ_ONLY)
			break;
		done += CHUNK - (start + done) % CHUNK;
	}
	return done < size ? done : size;
}

/* ---- one step on both sides ---- */

struct step {
	char text[160];
	long real, expected;
};

#define TELL(...) snprintf(step->text, sizeof(step->text), __VA_ARGS__)

static uint64_t random_vaddr(struct model_run *run)
{
	uint64_t at = (uintptr_t)area + model_below(run, AREA_UNITS) * UNIT;

	switch (model_below(run, 10)) {
	case 0:
		return at + 4096;
	case 1:
		return at + UNIT - 4096;
	case 2:
		return at + 1;
	case 3:
		return model_chance(run, 2) ? 0 : UINT64_C(0xfffffffffffff000);
	}
	return at;
}

static uint64_t random_size(struct model_run *run)
{
	static const uint64_t odd[] = {
		0, 1, 0x800, 4097, 1 * MIB, 2 * MIB, 2 * GIB, 1ull << 59, 0xfffffffffffff000,
	};

	if (model_chance(run, 8))
		return MODEL_PICK(run, odd);
	return (1 + model_below(run, 4)) * (model_chance(run, 2) ? UNIT : CHUNK);
}

static uint64_t random_iova(struct model_run *run)
{
	static const uint64_t ends[] = { UNIT, 2 * MIB, 16 * MIB, 1 * GIB, 2 * GIB, bit64(36), bit64(40) };
	uint64_t base = model_chance(run, 2) ? REF_HIGH : 0;
	uint64_t n = model_below(run, 5);

	switch (model_below(run, 12)) {
	case 0:
		return base + MODEL_PICK(run, ends) - n * CHUNK;
	case 1:
		return base + MODEL_PICK(run, ends) - n * UNIT;
	case 2:
		return base + n * UNIT + (model_chance(run, 2) ? 1 : 0x800);
	case 3:
		return model_chance(run, 4) ? UINT64_C(0xfffffffffffff000) : base + n * 2 * MIB;
	}
	return base + n * (model_chance(run, 2) ? UNIT : CHUNK);
}

static void do_create(struct model_run *run, struct real *real, int c, struct step *step)
{
	static const uint32_t shifts[] = { 12, 12, 12, 16, 16, 16, 21, 30, 13, 0, 64, 76, 0xffffffff };
	static const uint64_t sizes[] = {
		4 * KIB, UNIT, 2 * MIB, 16 * MIB, 1 * GIB, 8 * GIB, bit64(36), bit64(40), 0, 12345,
		3 * GIB, 512, 8 * KIB, 256 * KIB, bit64(50), bit64(63),
	};
	uint32_t shift = MODEL_PICK(run, shifts), levels = 1 + model_below(run, 5);
	uint64_t size = MODEL_PICK(run, sizes), at = 0, expected_at = 0;

	if (model_chance(run, 12))
		levels = model_chance(run, 2) ? 0 : 6;
	TELL("container %d: CREATE pages 2^%u size %#llx levels %u", c, shift,
	     (unsigned long long)size, levels);
	step->expected = ref_create(&ref, c, shift, size, levels, &expected_at);
	step->real = create_window(real->container[c], shift, size, levels, &at);
	if (!step->real && at != expected_at)
		step->real = -1000;
}

/* Chooses an address in a registered range and one in a window, most of the time. */
static void aim(struct model_run *run, int c, uint64_t *vaddr, uint64_t *iova)
{
	const struct ref_container *container = ref.container[c];
	const struct ref_window *w = container ? &container->window[model_below(run, REF_SLOTS)] : NULL;

	if (ref.regions && !model_chance(run, 5)) {
		const struct ref_region *region = &ref.region[model_below(run, ref.regions)];

		*vaddr = region->start + model_below(run, 3) * (model_chance(run, 2) ? UNIT : CHUNK);
	}
	if (w && w->exists && !model_chance(run, 5))
		*iova = w->start + ((uint64_t)model_below(run, 6) << w->page_shift);
}

static void do_map(struct model_run *run, struct real *real, int c, struct step *step)
{
	uint64_t vaddr = random_vaddr(run), iova = random_iova(run), size = random_size(run);
	uint32_t flags = model_chance(run, 10) ? model_below(run, 8) : 1 + model_below(run, 3);

	aim(run, c, &vaddr, &iova);
	TELL("container %d: MAP vaddr %#llx iova %#llx size %#llx flags %u", c,
	     (unsigned long long)vaddr, (unsigned long long)iova, (unsigned long long)size, flags);
	step->expected = ref_map(&ref, c, vaddr, iova, size, flags);
	step->real = map_dma(real->container[c], (void *)(uintptr_t)vaddr, iova, size, flags);
}

static void do_unmap(struct model_run *run, struct real *real, int c, struct step *step)
{
	uint64_t vaddr, iova = random_iova(run), size = random_size(run);

	aim(run, c, &vaddr, &iova);
	TELL("container %d: UNMAP iova %#llx size %#llx", c, (unsigned long long)iova,
	     (unsigned long long)size);
	step->expected = ref_unmap(&ref, c, iova, size, 0);
	step->real = unmap_dma(real->container[c], iova, size);
}

static void do_register(struct model_run *run, struct real *real, int c, struct step *step)
{
	uint64_t vaddr = random_vaddr(run), size = random_size(run);

	TELL("container %d: REGISTER vaddr %#llx size %#llx", c, (unsigned long long)vaddr,
	     (unsigned long long)size);
	step->expected = ref_register(&ref, c, vaddr, size);
	step->real = register_memory(real->container[c], (void *)(uintptr_t)vaddr, size);
}

/* Mostly chooses a range that a container has registered. */
static void do_unregister(struct model_run *run, struct real *real, int c, struct step *step)
{
	uint64_t vaddr = random_vaddr(run), size = random_size(run);

	if (ref.regions && !model_chance(run, 4)) {
		const struct ref_region *region = &ref.region[model_below(run, ref.regions)];

		vaddr = region->start;
		size = region->size;
	}
	TELL("container %d: UNREGISTER vaddr %#llx size %#llx", c, (unsigned long long)vaddr,
	     (unsigned long long)size);
	step->expected = ref_unregister(&ref, c, vaddr, size);
	step->real = unregister_memory(real->container[c], (void *)(uintptr_t)vaddr, size);
}

static void do_remove(struct model_run *run, struct real *real, int c, struct step *step)
{
	uint64_t start = model_chance(run, 3) ? random_iova(run) : model_chance(run, 2) ? REF_HIGH : 0;

	TELL("container %d: REMOVE %#llx", c, (unsigned long long)start);
	step->expected = ref_remove(&ref, c, start);
	step->real = remove_window(real->container[c], start);
}

static void do_enable(struct model_run *run, struct real *real, int c, struct step *step)
{
	bool on = !model_chance(run, 4);

	TELL("container %d: %s", c, on ? "ENABLE" : "DISABLE");
	step->expected = on ? ref_enable(&ref, c) : ref_disable(&ref, c);
	step->real = stce_ioctl(real->container[c], on ? VFIO_IOMMU_ENABLE : VFIO_IOMMU_DISABLE, NULL);
}

static void do_get_info(struct model_run *run, struct real *real, int c, struct step *step)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };

	TELL("container %d: GET_INFO", c);
	step->expected = ref_get_info(&ref, c);
	step->real = stce_ioctl(real->container[c], VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info);
	if (!step->real && (info.flags != (ref.container[c]->type == VFIO_SPAPR_TCE_v2_IOMMU) ||
			    info.dma32_window_size != 2 * GIB))
		step->real = -1000;
}

static void do_set_iommu(struct model_run *run, struct real *real, int c, struct step *step)
{
	static const int types[] = { 7, 7, 7, 7, 2, 2, 2, 5, 0, 1, 3, 8 };
	int type = MODEL_PICK(run, types);

	TELL("container %d: SET_IOMMU %d", c, type);
	step->expected = ref_set_iommu(&ref, c, type);
	step->real = set_iommu(real->container[c], type);
}

static void do_set_container(struct model_run *run, struct real *real, int g, struct step *step)
{
	int c = (int)model_below(run, REF_CONTAINERS), fd = real->container[c];

	if (model_chance(run, 16)) {
		c = model_chance(run, 2) ? REF_NO_DESCRIPTOR : REF_NOT_A_CONTAINER;
		fd = c == REF_NO_DESCRIPTOR ? -1 : STDIN_FILENO;
	}
	TELL("group %d: SET_CONTAINER %d", g, c);
	step->expected = ref_set_container(&ref, g, c);
	step->real = set_container(real->group[g], fd);
}

static void do_unset_container(struct model_run *run, struct real *real, int g, struct step *step)
{
	TELL("group %d: UNSET_CONTAINER", g);
	step->expected = ref_unset_container(&ref, g);
	step->real = stce_ioctl(real->group[g], VFIO_GROUP_UNSET_CONTAINER, NULL);
}

static void do_status(struct model_run *run, struct real *real, int g, struct step *step)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	TELL("group %d: GET_STATUS", g);
	step->expected = ref_status(&ref, g);
	step->real = stce_ioctl(real->group[g], VFIO_GROUP_GET_STATUS, &status);
	if (!step->real)
		step->real = status.flags;
}

static void do_device(struct model_run *run, struct real *real, int g, struct step *step)
{
	bool open = !real->devices[g] || (real->devices[g] < DEVICES && model_chance(run, 4));

	TELL("group %d: %s device", g, open ? "open" : "close");
	if (open) {
		long fd = get_device(real->group[g], g ? SECOND : FIRST);

		step->expected = ref_open_device(&ref, g);
		step->real = fd < 0 ? fd : 0;
		if (fd >= 0)
			real->device[g][real->devices[g]++] = (int)fd;
	} else {
		step->expected = ref_close_device(&ref, g);
		step->real = stce_close(real->device[g][--real->devices[g]]);
	}
}

static void do_group_file(struct model_run *run, struct real *real, int g, struct step *step)
{
	bool open = real->group[g] < 0 || model_chance(run, 8);

	TELL("group %d: %s", g, open ? "open" : "close");
	if (open) {
		int fd = open_group(&real->client, g + 1);

		step->expected = ref_open_group(&ref, g);
		step->real = fd < 0 ? fd : 0;
		if (fd >= 0)
			real->group[g] = fd;
	} else {
		step->expected = ref_close_group(&ref, g);
		step->real = stce_close(real->group[g]);
		real->group[g] = -1;
	}
}

static void do_container_file(struct model_run *run, struct real *real, int c, struct step *step)
{
	bool open = real->container[c] < 0;

	TELL("container %d: %s", c, open ? "open" : "close");
	if (open) {
		real->container[c] = open_container(&real->client);
		step->expected = ref_open_container(&ref, c);
		step->real = real->container[c] < 0 ? real->container[c] : 0;
	} else {
		step->expected = ref_close_container(&ref, c);
		step->real = stce_close(real->container[c]);
		real->container[c] = -1;
	}
}

static const struct {
	void (*run)(struct model_run *run, struct real *real, int number, struct step *step);
	unsigned int weight;
} actions[] = {
	{ do_map, 120 }, { do_unmap, 40 }, { do_register, 40 }, { do_unregister, 24 },
	{ do_create, 36 }, { do_remove, 16 }, { do_enable, 8 }, { do_get_info, 3 },
	{ do_set_iommu, 6 }, { do_set_container, 8 }, { do_unset_container, 3 }, { do_status, 3 },
	{ do_device, 6 }, { do_group_file, 1 }, { do_container_file, 1 },
};

static bool has_group(const struct ref_container *c)
{
	return ref.group[0].container == c || ref.group[1].container == c;
}

/*
 * Takes the step that makes more calls possible: a group gets a container, a container an IOMMU,
 * ...
 */
static bool take_a_useful_step(struct model_run *run, struct real *real, int n, struct step *step)
{
	const struct ref_container *c = ref.container[n];

	if (real->container[n] < 0)
		do_container_file(run, real, n, step);
	else if (real->group[n] < 0 && !ref.group[n].busy)
		do_group_file(run, real, n, step);
	else if (real->group[n] >= 0 && !ref.group[n].container)
		do_set_container(run, real, n, step);
	else if (!c->type && has_group(c))
		do_set_iommu(run, real, n, step);
	else if (!c->enabled && c->type == VFIO_SPAPR_TCE_IOMMU && ref.limit > 2 * GIB)
		do_enable(run, real, n, step);
	else if (ref.regions < 3 && c->type == VFIO_SPAPR_TCE_v2_IOMMU)
		do_register(run, real, n, step);
	else
		return false;
	return true;
}

static void take_a_step(struct model_run *run, struct real *real, struct step *step)
{
	unsigned int sum = 0, n;
	int number = (int)model_below(run, 2);

	if (model_chance(run, 2) && take_a_useful_step(run, real, number, step))
		return;
	for (unsigned int i = 0; i < ARRAY_COUNT(actions); i++)
		sum += actions[i].weight;
	n = model_below(run, sum);
	for (unsigned int i = 0; i < ARRAY_COUNT(actions); i++) {
		if (n < actions[i].weight) {
			actions[i].run(run, real, number, step);
			return;
		}
		n -= actions[i].weight;
	}
}

/* ---- comparing ---- */

#define MUST(condition, ...) do { \
		if (!(condition)) { \
			char what[128]; \
			snprintf(what, sizeof(what), __VA_ARGS__); \
			fail_msg("seed %llu step %u: %s: %s", (unsigned long long)run->seed, \
				 number, step->text, what); \
		} \
	} while (0)

static void compare_sums(const struct model_run *run, const struct real *real, unsigned int number,
			 const struct step *step)
{
	struct stce_stats stats = stats_of(real->client.machine);

	MUST(stats.locked_bytes == ref_locked(&ref), "locked %llu, expected %llu",
	     (unsigned long long)stats.locked_bytes, (unsigned long long)ref_locked(&ref));
	MUST(stats.registered_bytes == ref_registered(&ref), "registered %llu, expected %llu",
	     (unsigned long long)stats.registered_bytes, (unsigned long long)ref_registered(&ref));
	MUST(stats.pages_mapped == ref_mapped(&ref), "mapped %llu, expected %llu",
	     (unsigned long long)stats.pages_mapped, (unsigned long long)ref_mapped(&ref));
}

static void compare_view(struct model_run *run, struct real *real, unsigned int number,
			 const struct step *step, int group, uint64_t ioba)
{
	uint64_t vaddr = 0, seen = 0;
	uint32_t permissions = 0;
	int expected, r;

	expected = ref_translate(&ref, group, ioba, &vaddr, &permissions);
	r = stce_dma_read(real->client.machine, group + 1, ioba, &seen, sizeof(seen));
	MUST(r == expected, "device %d reads %#llx: %d, expected %d", group + 1,
	     (unsigned long long)ioba, r, expected);
	if (expected)
		return;
	MUST(seen == *(uint64_t *)(uintptr_t)vaddr, "device %d reads something else at %#llx",
	     group + 1, (unsigned long long)ioba);
	/* The old content is written back, if the device may write. */
	expected = permissions & 2 ? 0 : -EFAULT;
	r = stce_dma_write(real->client.machine, group + 1, ioba, &seen, sizeof(seen));
	MUST(r == expected, "device %d writes %#llx: %d, expected %d", group + 1,
	     (unsigned long long)ioba, r, expected);
}

/* Returns an address whose first 8 bytes are in one page. */
static uint64_t random_ioba(struct model_run *run)
{
	return align_down(random_iova(run), CHUNK);
}

static bool is_bypass(int group, uint64_t ioba)
{
	return !ref.group[group].container && ioba & REF_HIGH;
}

static void compare_views(struct model_run *run, struct real *real, unsigned int number,
			  const struct step *step)
{
	for (int i = 0; i < 4; i++) {
		int group = (int)model_below(run, REF_GROUPS);
		uint64_t ioba = random_ioba(run);

		/*
		 * The bypass reaches all memory of this process, so the address is aimed at the
		 * area.
		 */
		if (is_bypass(group, ioba))
			ioba = REF_HIGH + (uintptr_t)area + model_below(run, HOLE) * UNIT;
		compare_view(run, real, number, step, group, ioba);
	}
}

/* Compares every entry that the reference knows. */
static void compare_all(struct model_run *run, struct real *real, unsigned int number,
			const struct step *step)
{
	for (int g = 0; g < REF_GROUPS; g++) {
		const struct ref_container *c = ref.group[g].container;

		for (unsigned int s = 0; c && s < REF_SLOTS; s++)
			for (unsigned int e = 0; e < c->window[s].count; e++)
				compare_view(run, real, number, step, g, c->window[s].start +
					     (c->window[s].entry[e].index << c->window[s].page_shift));
	}
}

static void start(struct model_run *run, struct real *real)
{
	static const struct { uint64_t bytes; const char *text; } limits[] = {
		{ 1024 * GIB, "1T" }, { 1024 * GIB, "1T" }, { 2060 * MIB, "2060M" }, { 20 * MIB, "20M" },
	};
	unsigned int limit = model_below(run, ARRAY_COUNT(limits));
	bool is_64k = model_chance(run, 2);

	*real = (struct real){ .devices = { 0 } };
	ref.host_page_shift = is_64k ? 16 : 12;
	ref.limit = limits[limit].bytes;
	ref.page_sizes = bit64(12) | bit64(16) | bit64(21) | bit64(30);
	ref.pinnable = pinnable;
	ref_init(&ref);
	client_start(&real->client, "page-size", is_64k ? "64K" : "4K", "memlock", limits[limit].text,
		     "pin", model_chance(run, 2) ? "lazy" : "populate", NULL);
	for (int i = 0; i < REF_CONTAINERS; i++)
		real->container[i] = open_container(&real->client);
	for (int g = 0; g < REF_GROUPS; g++)
		real->group[g] = open_group(&real->client, g + 1);
}

static void stop(struct model_run *run, struct real *real)
{
	const struct step closed = { "all closed", 0, 0 };

	for (int g = 0; g < REF_GROUPS; g++) {
		if (real->group[g] >= 0)
			stce_close(real->group[g]);
		while (real->devices[g])
			stce_close(real->device[g][--real->devices[g]]);
	}
	for (int c = 0; c < REF_CONTAINERS; c++)
		if (real->container[c] >= 0)
			stce_close(real->container[c]);
	ref_init(&ref);
	compare_sums(run, real, run->steps, &closed);
	client_stop(&real->client);
}

static void check_seed(struct model_run *run)
{
	struct step all = { "all entries", 0, 0 }, *step = &all;
	struct real real;

	start(run, &real);
	for (unsigned int number = 0; number < run->steps; number++) {
		struct step taken = { "", 0, 0 };

		step = &taken;
		take_a_step(run, &real, step);
		if (run->tells)
			print_message("# %u: %s: %ld\n", number, step->text, step->real);
		MUST(step->real == step->expected, "answers %ld, expected %ld", step->real,
		     step->expected);
		compare_sums(run, &real, number, step);
		compare_views(run, &real, number, step);
		if (number % 64 == 63)
			compare_all(run, &real, number, step);
	}
	stop(run, &real);
}

static void containers_answer_as_the_reference(void **state)
{
	make_area();
	model_each_seed(300, 300, check_seed);
	munmap(area, (AREA_UNITS + GUARD_UNITS) * UNIT);
}

static void the_reference_knows_linux_s_charges(void **state)
{
	/* page, window, levels: charge in kB with 4K pages and with 64K pages */
	static const struct {
		unsigned int page, window, levels;
		uint64_t kb[2];
	} rows[] = {
		{ 12, 16, 1, { 8, 128 } },         { 12, 31, 1, { 8192, 8192 } },
		{ 12, 31, 2, { 8208, 8320 } },     { 12, 31, 3, { 8216, 8448 } },
		{ 12, 32, 1, { 16384, 16384 } },   { 12, 33, 1, { 32768, 32768 } },
		{ 12, 36, 2, { 262208, 262272 } }, { 12, 40, 2, { 4194560, 4194560 } },
		{ 12, 40, 3, { 4198416, 4194944 } },
		{ 16, 30, 1, { 256, 256 } },       { 16, 31, 1, { 512, 512 } },
		{ 16, 32, 1, { 1024, 1024 } },     { 16, 32, 2, { 1032, 1152 } },
		{ 16, 36, 1, { 16384, 16384 } },   { 16, 36, 2, { 16400, 16512 } },
		{ 16, 40, 2, { 262208, 262272 } }, { 16, 44, 2, { 4194560, 4194560 } },
		{ 16, 48, 2, { 67109888, 67109888 } },
		{ 21, 32, 1, { 32, 128 } },        { 21, 40, 1, { 8192, 8192 } },
		{ 21, 44, 2, { 131136, 131200 } }, { 30, 40, 1, { 16, 128 } },
	};

	for (unsigned int i = 0; i < ARRAY_COUNT(rows); i++)
		for (unsigned int k = 0; k < 2; k++)
			assert_int_equal(ref_table_charge(k ? 16 : 12, rows[i].page,
							  bit64(rows[i].window), rows[i].levels) / KIB,
					 rows[i].kb[k]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reference_knows_linux_s_charges),
		cmocka_unit_test(containers_answer_as_the_reference),
	};

	model_arguments(argc, argv);
	return cmocka_run_group_tests_name("containers", tests, NULL, NULL);
}
