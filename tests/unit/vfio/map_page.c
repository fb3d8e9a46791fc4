/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP and UNMAP of one page as most of them are (vfio/map_page.c), beside the same calls with an argument that
 * is not on the stack, which map.c makes. The linker's --wrap counts the calls that come to map.c.
 */
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "client.h"
#include "host/window.h"
#include "machine/machine.h"
#include "stats_of.h"
#include "util/history.h"
#include "util/trace.h"
#include "vfio/iommu.h"

#define ENTRY 5u                     /* in a part that is there */
#define IOVA  (ENTRY * PAGE)

static struct client c;
static char *p;                      /* 8 registered pages */
static unsigned int general;         /* calls that came to map.c */

long __real_vfio_map_quickly(struct vfio_iommu *iommu, unsigned long request, void *argument);
long __wrap_vfio_map_quickly(struct vfio_iommu *iommu, unsigned long request, void *argument);
long __real_vfio_iommu_spapr_tce_map(void *iommu, void *argument);
long __wrap_vfio_iommu_spapr_tce_map(void *iommu, void *argument);
long __real_vfio_iommu_spapr_tce_unmap(void *iommu, void *argument);
long __wrap_vfio_iommu_spapr_tce_unmap(void *iommu, void *argument);

long __wrap_vfio_map_quickly(struct vfio_iommu *iommu, unsigned long request, void *argument)
{
	general++;
	return __real_vfio_map_quickly(iommu, request, argument);
}

long __wrap_vfio_iommu_spapr_tce_map(void *iommu, void *argument)
{
	general++;
	return __real_vfio_iommu_spapr_tce_map(iommu, argument);
}

long __wrap_vfio_iommu_spapr_tce_unmap(void *iommu, void *argument)
{
	general++;
	return __real_vfio_iommu_spapr_tce_unmap(iommu, argument);
}

/* The part is there, and the thread has counted. */
static void map_first(void)
{
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	assert_int_equal(unmap_dma(c.container, 0, PAGE), 0);
	general = 0;
}

static int start(void **state)
{
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	p = client_memory(&c, 8);
	map_first();
	return 0;
}

static int stop(void **state)
{
	client_stop(&c);
	drop_pages(p, 8);
	return 0;
}

static uint64_t entry(void)
{
	uint64_t value;

	rcu_read_lock();
	value = tce_table_get(host_window_table(c.machine->parts->pes->pe.slot[0], 0), to_index(ENTRY));
	rcu_read_unlock();
	return value;
}

/* What a call has answered, counted and written. */
struct trail {
	long answer;
	uint64_t map_calls, unmap_calls, refused_calls, tces_written, pages_mapped, entry;
};

/* Makes a call over an entry that is valid or clear. */
static struct trail follow(unsigned long request, void *argument, bool is_valid)
{
	struct stce_stats before, after;
	struct trail trail;

	assert_int_equal(unmap_dma(c.container, IOVA, 2 * PAGE), 0);
	assert_true(!is_valid || !map_dma(c.container, p + 3 * PAGE, IOVA, PAGE, RW));
	before = stats_of(c.machine);
	general = 0;
	trail.answer = stce_ioctl(c.container, request, argument);
	after = stats_of(c.machine);
	trail.map_calls = after.map_calls - before.map_calls;
	trail.unmap_calls = after.unmap_calls - before.unmap_calls;
	trail.refused_calls = after.refused_calls - before.refused_calls;
	trail.tces_written = after.tces_written - before.tces_written;
	trail.pages_mapped = after.pages_mapped;
	trail.entry = entry();
	return trail;
}

static void assert_same(const struct trail *a, const struct trail *b)
{
	assert_memory_equal(a, b, sizeof(*a));
}

/*
 * Makes a call, whose argument is on the stack, and the same call with its argument elsewhere: both give the answer and
 * leave the same. `is_usual`: the first does not come to map.c.
 */
static void assert_same_in_general(unsigned long request, void *argument, size_t size, bool is_valid, long answer,
				   bool is_usual)
{
	static _Alignas(8) char elsewhere[sizeof(struct vfio_iommu_type1_dma_map)];
	struct trail quick = follow(request, argument, is_valid), slow;

	assert_int_equal(quick.answer, answer);
	assert_int_equal(general == 0, is_usual);
	memcpy(elsewhere, argument, size);
	slow = follow(request, elsewhere, is_valid);
	assert_int_not_equal(general, 0);
	assert_same(&quick, &slow);
}

static void a_map_leaves_what_the_general_one_leaves(void **state)
{
	static const struct {
		uint32_t argsz, flags;
		uint64_t offset, iova, size;
		long answer;
		bool is_usual;
	} rows[] = {
		{ 32, RW, 0, IOVA, PAGE, 0, true },
		{ 33, RW, 0, IOVA, PAGE, 0, true },
		{ 32, VFIO_DMA_MAP_FLAG_READ, PAGE, IOVA, PAGE, 0, true },
		{ 32, VFIO_DMA_MAP_FLAG_WRITE, 7 * PAGE, IOVA, PAGE, 0, true },
		{ 31, RW, 0, IOVA, PAGE, -EINVAL, false },
		{ 32, 0, 0, IOVA, PAGE, -EINVAL, false },
		{ 32, RW | 4, 0, IOVA, PAGE, -EINVAL, false },
		{ 32, RW, 1, IOVA, PAGE, -EINVAL, false },
		{ 32, RW, PAGE / 2, IOVA, PAGE, -EINVAL, false },
		{ 32, RW, 0, IOVA + 1, PAGE, 1, false },
		{ 32, RW, 0, IOVA + PAGE / 2, PAGE, 1, false },
		{ 32, RW, 0, IOVA, PAGE / 2, -EINVAL, false },
		{ 32, RW, 0, IOVA, 0, 0, false },
		{ 32, RW, 0, IOVA, 2 * PAGE, 0, false },
		{ 32, RW, 0, 2 * GIB, PAGE, -ENXIO, false },
		{ 32, RW, 0, UINT64_MAX - PAGE + 1, PAGE, -ENXIO, false },
		{ 32, RW, 8 * PAGE, IOVA, PAGE, -EINVAL, false },
	};

	for (unsigned int n = 0; n < 2 * ARRAY_COUNT(rows); n++) {
		struct vfio_iommu_type1_dma_map m = {
			.argsz = rows[n / 2].argsz, .flags = rows[n / 2].flags, .vaddr = (uintptr_t)p + rows[n / 2].offset,
			.iova = rows[n / 2].iova, .size = rows[n / 2].size,
		};

		assert_same_in_general(VFIO_IOMMU_MAP_DMA, &m, sizeof(m), n % 2, rows[n / 2].answer, rows[n / 2].is_usual);
	}
}

static void an_unmap_leaves_what_the_general_one_leaves(void **state)
{
	static const struct {
		uint32_t argsz, flags;
		uint64_t iova, size;
		long answer;
		bool is_usual;
	} rows[] = {
		{ 24, 0, IOVA, PAGE, 0, true },
		{ 25, 0, IOVA, PAGE, 0, true },
		{ 23, 0, IOVA, PAGE, -EINVAL, false },
		{ 24, 1, IOVA, PAGE, -EINVAL, false },
		{ 24, 0, IOVA + 1, PAGE, 1, false },
		{ 24, 0, IOVA + PAGE / 2, PAGE, 1, false },
		{ 24, 0, IOVA, PAGE / 2, -EINVAL, false },
		{ 24, 0, IOVA, 0, 0, false },
		{ 24, 0, IOVA, 2 * PAGE, 0, false },
		{ 24, 0, 2 * GIB, PAGE, -ENXIO, false },
		{ 24, 0, UINT64_MAX - PAGE + 1, PAGE, -ENXIO, false },
	};

	for (unsigned int n = 0; n < 2 * ARRAY_COUNT(rows); n++) {
		struct vfio_iommu_type1_dma_unmap u = {
			.argsz = rows[n / 2].argsz, .flags = rows[n / 2].flags, .iova = rows[n / 2].iova, .size = rows[n / 2].size,
		};

		assert_same_in_general(VFIO_IOMMU_UNMAP_DMA, &u, sizeof(u), n % 2, rows[n / 2].answer, rows[n / 2].is_usual);
	}
}

static void arguments_need_no_alignment(void **state)
{
	char room[sizeof(struct vfio_iommu_type1_dma_map) + 1];
	struct vfio_iommu_type1_dma_map m = { 32, RW, (uintptr_t)p, IOVA, PAGE };

	for (unsigned int offset = 0; offset < 2; offset++) {
		memcpy(room + offset, &m, sizeof(m));
		assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_MAP_DMA, room + offset), 0);
		assert_int_equal(entry(), m.vaddr | RW);
		assert_int_equal(unmap_dma(c.container, IOVA, PAGE), 0);
	}
	assert_int_equal(general, 0);
}

static char lines[4096];

static void keep_lines(const char *text, size_t size)
{
	strncat(lines, text, min_u64(size, sizeof(lines) - strlen(lines) - 1));
}

static void a_trace_has_each_call(void **state)
{
	const char *bad;

	lines[0] = 0;
	trace_set_sink(keep_lines);
	assert_int_equal(trace_enable("vfio_spapr_map,vfio_spapr_unmap", &bad), 0);
	assert_int_equal(map_dma(c.container, p, IOVA, PAGE, RW), 0);
	assert_int_equal(unmap_dma(c.container, IOVA, PAGE), 0);
	assert_int_equal(trace_enable("-vfio_spapr_map,-vfio_spapr_unmap", &bad), 0);
	trace_set_sink(NULL);
	assert_non_null(strstr(lines, "vfio_spapr_map"));
	assert_non_null(strstr(lines, "vfio_spapr_unmap"));
	assert_int_equal(general, 2);
}

static void a_history_has_each_call(void **state)
{
	struct history_item item[2];

	history_turn(true);
	assert_int_equal(map_dma(c.container, p, IOVA, PAGE, RW), 0);
	assert_int_equal(unmap_dma(c.container, IOVA, PAGE), 0);
	history_turn(false);
	assert_int_equal(history_find(to_ioba(IOVA), c.machine->parts->pes->pe.slot[0], UINT64_MAX, item, 2), 2);
	assert_int_equal(item[0].kind, HISTORY_UNMAP);
	assert_int_equal(item[1].kind, HISTORY_MAP);
	assert_int_equal(item[1].value, (uintptr_t)p);
}

/* A container is quick no longer when it has another IOMMU. */
static void v1_after_v2_counts_nothing(void **state)
{
	assert_int_equal(unregister_memory(c.container, p, 8 * PAGE), 0);
	assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	assert_int_equal(set_container(c.group, c.container), 0);
	assert_int_equal(set_iommu(c.container, VFIO_SPAPR_TCE_IOMMU), 0);
	assert_int_equal(map_dma(c.container, p, IOVA, PAGE, RW), -EPERM);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_ENABLE, NULL), 0);
	general = 0;
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(map_dma(c.container, p, IOVA, PAGE, RW), 0);
	assert_int_equal(entry(), (uintptr_t)p | RW);
	assert_int_equal(unmap_dma(c.container, IOVA, PAGE), 0);
	assert_int_equal(general, 1);
}

/* Memory that another container has registered does not enable this one. */
static void a_container_without_a_region_is_not_enabled(void **state)
{
	int container = open_container(&c);

	c.second = open_group(&c, 2);
	assert_int_equal(set_container(c.second, container), 0);
	assert_int_equal(set_iommu(container, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	assert_int_equal(remove_window(container, 0), 0);
	assert_int_equal(create_window(container, 12, GIB, 1, NULL), 0);
	assert_int_equal(map_dma(container, p, IOVA, PAGE, RW), -EPERM);
	assert_int_equal(unmap_dma(container, IOVA, PAGE), -EPERM);
	assert_int_equal(stce_close(container), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_map_leaves_what_the_general_one_leaves),
		TEST(an_unmap_leaves_what_the_general_one_leaves),
		TEST(arguments_need_no_alignment),
		TEST(a_history_has_each_call),
		TEST(a_trace_has_each_call),
		TEST(v1_after_v2_counts_nothing),
		TEST(a_container_without_a_region_is_not_enabled),
	};

	return cmocka_run_group_tests_name("MAP and UNMAP of one page", tests, NULL, NULL);
}
