/* SPDX-License-Identifier: BSD-2-Clause */
/* Views of the address space, and the parts of it that can be pinned. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../torture/world.h"
#include "mem/vma.h"
#include "util/os.h"
#include "util/reason.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define HUGE_SIZE (2 * MIB)
#define HUGE_COUNT 3

static size_t page;

static char *pages(size_t n)
{
	char *p = mmap(NULL, n * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static uint64_t writable(const char *p, size_t n)
{
	struct mem_vma_view view;

	assert_int_equal(mem_vma_look(to_vaddr((uintptr_t)p), n * page, &view), 0);
	return view.writable / page;
}

static uint64_t pinned(const char *p, size_t n, enum mem_pin_mode mode)
{
	unsigned int shift;
	uint64_t bytes;

	assert_int_equal(mem_pin(to_vaddr((uintptr_t)p), n * page, mode, &bytes, &shift), 0);
	return bytes / page;
}

static void a_view_ends_at_a_gap(void **state)
{
	char *p = pages(8);

	assert_int_equal(writable(p, 8), 8);
	mprotect(p + 5 * page, page, PROT_NONE);
	assert_int_equal(writable(p, 8), 5);
	assert_int_equal(writable(p + 5 * page, 1), 0);
	assert_int_equal(writable(p + 6 * page, 2), 2);
	munmap(p, 8 * page);
}

static void a_view_ends_where_writing_ends(void **state)
{
	char *p = pages(8);

	mprotect(p + 3 * page, page, PROT_READ);
	assert_int_equal(writable(p, 8), 3);
	assert_int_equal(writable(p + 3 * page, 2), 0);
	munmap(p, 8 * page);
}

static void a_view_goes_on_over_several_mappings(void **state)
{
	int fd = memfd_create("pin", 0);
	char *p = pages(8);

	assert_int_equal(ftruncate(fd, (off_t)(4 * page)), 0);
	assert_ptr_not_equal(mmap(p + 2 * page, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0),
			     MAP_FAILED);
	assert_ptr_not_equal(mmap(p + 4 * page, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0),
			     MAP_FAILED);
	assert_int_equal(writable(p, 8), 8);
	munmap(p, 8 * page);
	close(fd);
}

static void nothing_is_mapped_at_the_top(void **state)
{
	struct mem_vma_view view;

	assert_int_equal(mem_vma_look(to_vaddr(UINT64_C(0xffff000000000000)), page, &view), 0);
	assert_int_equal(view.writable, 0);
}

/* Symptom: a mapped BAR could be registered. The lines are the kernel's for such a mapping. */
static void memory_of_a_device_ends_a_view(void **state)
{
	static const char smaps[] =
		"10000-12000 rw-p 00000000 00:00 0 \n"
		"KernelPageSize:        4 kB\n"
		"VmFlags: rd wr mr mw me ac \n"
		"12000-13000 rw-s 00000000 00:0f 110                        anon_inode:[vfio-device]\n"
		"KernelPageSize:        4 kB\n"
		"VmFlags: rd wr sh mr mw me ms pf io de dd sd \n";
	struct mem_vma_view view;
	char path[32];
	int fd = memfd_create("smaps", 0);

	assert_int_equal(write(fd, smaps, sizeof(smaps) - 1), sizeof(smaps) - 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(mem_vma_look_in(path, to_vaddr(0x10000), 0x3000, &view), 0);
	assert_int_equal(view.writable, 0x2000);
	assert_int_equal(mem_vma_look_in(path, to_vaddr(0x12000), 0x1000, &view), 0);
	assert_int_equal(view.writable, 0);
	close(fd);
}

static void populating_finds_what_the_mappings_do_not_show(void **state)
{
	int fd = memfd_create("short", 0);
	char *p;

	assert_int_equal(ftruncate(fd, (off_t)(3 * page)), 0);
	p = mmap(NULL, 8 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_int_equal(pinned(p, 8, MEM_PIN_LAZY), 8);
	assert_int_equal(pinned(p, 8, MEM_PIN_POPULATE), 3);
	assert_false(mem_pin_now(to_vaddr((uintptr_t)p), 4 * page));
	assert_true(mem_pin_now(to_vaddr((uintptr_t)p), 3 * page));
	munmap(p, 8 * page);
	close(fd);
}

static void each_length_of_a_good_beginning_is_found(void **state)
{
	for (size_t n = 0; n < 9; n++) {
		int fd = memfd_create("short", 0);
		char *p;

		assert_int_equal(ftruncate(fd, (off_t)(n * page)), 0);
		p = mmap(NULL, 9 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		assert_int_equal(pinned(p, 9, MEM_PIN_POPULATE), n);
		munmap(p, 9 * page);
		close(fd);
	}
}

/* So the cost does not depend on the number of other mappings. */
static void ordinary_memory_is_pinned_without_reading_a_file(void **state)
{
	struct rlimit limit, none = { 0 };
	unsigned int reasons = reason_count();
	char *p = pages(8);
	int fd;

	/* The second is an old kernel, or qemu-user. */
	if (!os_kernel_is(5, 16) || os_madvise(NULL, page, MADV_POPULATE_WRITE) != -ENOMEM) {
		print_message("# the kernel does not answer about one address\n");
		skip();
	}
	assert_int_equal(pinned(p, 8, MEM_PIN_POPULATE), 8);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	fd = open("/proc/self/maps", O_RDONLY);
	mprotect(p + 6 * page, page, PROT_READ);
	munmap(p + 4 * page, page);
	assert_int_equal(pinned(p, 3, MEM_PIN_POPULATE), 3);
	assert_int_equal(pinned(p, 8, MEM_PIN_POPULATE), 4);
	assert_int_equal(pinned(p + 5 * page, 3, MEM_PIN_POPULATE), 1);
	assert_int_equal(pinned(p + 6 * page, 2, MEM_PIN_POPULATE), 0);
	assert_false(mem_pin_now(to_vaddr((uintptr_t)p + 6 * page), page));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(fd, -1);
	/* No open was refused, so none was tried. */
	assert_int_equal(reason_count(), reasons);
	munmap(p, 8 * page);
}

/* Both sources give the same answer in each part of a range of many kinds. */
static void asking_sees_what_reading_sees(void **state)
{
	/* The name of the second is too long for the query. */
	int fd = memfd_create("pin", 0), other;
	char *p = pages(10), name[200] = "";
	struct mem_vma_view asked, read;

	memset(name, 'n', sizeof(name) - 1);
	other = memfd_create(name, 0);
	assert_int_equal(ftruncate(other, (off_t)page), 0);
	assert_ptr_not_equal(mmap(p + page, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, other, 0),
			     MAP_FAILED);
	close(other);

	assert_int_equal(ftruncate(fd, (off_t)(2 * page)), 0);
	assert_ptr_not_equal(mmap(p + 2 * page, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0),
			     MAP_FAILED);
	mprotect(p + 5 * page, page, PROT_READ);
	munmap(p + 7 * page, page);
	if (mem_vma_query(to_vaddr((uintptr_t)p), page, &asked)) {
		print_message("# the kernel cannot be asked about single mappings\n");
		skip();
	}
	for (size_t from = 0; from < 10; from++)
		for (size_t to = from + 1; to <= 10; to++) {
			struct vaddr start = to_vaddr((uintptr_t)p + from * page);

			assert_int_equal(mem_vma_query(start, (to - from) * page, &asked), 0);
			assert_int_equal(mem_vma_look_in("/proc/self/maps", start, (to - from) * page, &read), 0);
			assert_int_equal(asked.writable, read.writable);
			assert_int_equal(asked.page_shift, read.page_shift);
			assert_int_equal(asked.is_plain, read.is_plain);
		}
	/* The stack is plain and writable. */
	assert_int_equal(mem_vma_query(to_vaddr((uintptr_t)&fd), 1, &asked), 0);
	assert_true(asked.is_plain && asked.writable);
	munmap(p, 10 * page);
	close(fd);
}

/* Since Linux 6.15 the ring of a perf event is mapped like a device's memory. */
static void memory_of_a_device_cannot_be_pinned(void **state)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_DUMMY, .exclude_kernel = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	char *p = fd < 0 ? MAP_FAILED : mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (!os_kernel_is(6, 15) || p == MAP_FAILED) {
		print_message("# no perf event, or its memory is not like that of a device\n");
		skip();
	}
	assert_int_equal(pinned(p, 1, MEM_PIN_POPULATE), 0);
	assert_int_equal(pinned(p, 1, MEM_PIN_LAZY), 0);
	assert_false(mem_pin_now(to_vaddr((uintptr_t)p), page));
	munmap(p, 2 * page);
	close(fd);
}

/* ---- huge pages ---- */

static long huge_pages(void)
{
	char text[32] = "";
	int fd = open("/proc/sys/vm/nr_hugepages", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	return n > 0 ? atol(text) : -1;
}

static bool ask_for_huge_pages(long count)
{
	char text[32];
	int fd = open("/proc/sys/vm/nr_hugepages", O_WRONLY), n = snprintf(text, sizeof(text), "%ld", count);
	bool done = fd >= 0 && write(fd, text, (size_t)n) == n;

	if (fd >= 0)
		close(fd);
	return done;
}

/* Returns memory of 2M pages, or NULL after it has printed the reason. */
static char *huge_memory(long *before)
{
	char *p = mmap(NULL, HUGE_COUNT * HUGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (21 << MAP_HUGE_SHIFT), -1, 0);

	*before = -1;
	if (p != MAP_FAILED)
		return p;
	*before = huge_pages();
	if (*before >= 0 && ask_for_huge_pages(*before + HUGE_COUNT))
		p = mmap(NULL, HUGE_COUNT * HUGE_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (21 << MAP_HUGE_SHIFT), -1, 0);
	if (p != MAP_FAILED)
		return p;
	if (*before >= 0)
		ask_for_huge_pages(*before);
	print_message("# no 2M pages: neither reserved, nor can nr_hugepages be raised\n");
	return NULL;
}

static unsigned int region_shift(struct world *w, const char *start, size_t size)
{
	struct mem_region *region;
	unsigned int shift;

	assert_int_equal(mem_region_register(&w->registry, to_vaddr((uintptr_t)start), size, &region), 0);
	shift = region->page_shift;
	assert_int_equal(mem_region_unregister(region), 0);
	return shift;
}

static void huge_pages_make_regions_of_large_pages(void **state)
{
	struct world w;
	long before;
	char *p = huge_memory(&before), *mixed;

	if (!p)
		skip();
	world_init(&w);
	assert_int_equal(region_shift(&w, p, HUGE_SIZE), 21);
	assert_int_equal(region_shift(&w, p, 2 * HUGE_SIZE), 21);
	/* The natural alignment of start and size decides. */
	assert_int_equal(region_shift(&w, p, HUGE_SIZE + 64 * KIB), 16);
	assert_int_equal(region_shift(&w, p + 64 * KIB, HUGE_SIZE), 16);
	assert_int_equal(region_shift(&w, p + HUGE_SIZE, HUGE_SIZE), 21);
	/* With ordinary pages behind huge ones, the smallest size decides. */
	munmap(p + 2 * HUGE_SIZE, HUGE_SIZE);
	mixed = mmap(p + 2 * HUGE_SIZE, HUGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	assert_ptr_equal(mixed, p + 2 * HUGE_SIZE);
	assert_int_equal(region_shift(&w, p + HUGE_SIZE, 2 * HUGE_SIZE), 12);
	world_fini(&w);
	munmap(p, HUGE_COUNT * HUGE_SIZE);
	if (before >= 0)
		ask_for_huge_pages(before);
}

/* This holds for each part of a huge page in which the range starts. */
static void each_way_of_looking_knows_huge_pages(void **state)
{
	struct mem_vma_view read;
	long before;
	char *p = huge_memory(&before);

	if (!p)
		skip();
	memset(p, 1, HUGE_COUNT * HUGE_SIZE);
	munmap(p + 2 * HUGE_SIZE, HUGE_SIZE);
	assert_ptr_equal(mmap(p + 2 * HUGE_SIZE, HUGE_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), p + 2 * HUGE_SIZE);
	for (size_t from = 0; from < 3 * HUGE_SIZE; from += HUGE_SIZE / 8)
		for (size_t size = HUGE_SIZE / 8; from + size <= 3 * HUGE_SIZE; size += HUGE_SIZE / 8) {
			struct vaddr start = to_vaddr((uintptr_t)p + from);

			assert_int_equal(mem_vma_look_in("/proc/self/smaps", start, size, &read), 0);
			assert_int_equal(mem_vma_page_shift(start, size), read.page_shift);
		}
	assert_int_equal(mem_vma_page_shift(to_vaddr((uintptr_t)p + page), HUGE_SIZE), 21);
	munmap(p, HUGE_COUNT * HUGE_SIZE);
	if (before >= 0)
		ask_for_huge_pages(before);
}

static void ordinary_pages_make_regions_of_host_pages(void **state)
{
	struct world w;
	char *p = mmap(NULL, 2 * HUGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *aligned = (char *)align_up((uintptr_t)p, HUGE_SIZE);

	world_init(&w);
	/* Transparent huge pages do not count. */
	madvise(aligned, HUGE_SIZE, MADV_HUGEPAGE);
	memset(aligned, 1, HUGE_SIZE);
	assert_int_equal(region_shift(&w, aligned, HUGE_SIZE), 12);
	world_fini(&w);
	munmap(p, 2 * HUGE_SIZE);
}

static int start(void **state)
{
	page = (size_t)1 << os_page_shift();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_view_ends_at_a_gap),
		cmocka_unit_test(a_view_ends_where_writing_ends),
		cmocka_unit_test(a_view_goes_on_over_several_mappings),
		cmocka_unit_test(nothing_is_mapped_at_the_top),
		cmocka_unit_test(memory_of_a_device_ends_a_view),
		cmocka_unit_test(populating_finds_what_the_mappings_do_not_show),
		cmocka_unit_test(each_length_of_a_good_beginning_is_found),
		cmocka_unit_test(ordinary_memory_is_pinned_without_reading_a_file),
		cmocka_unit_test(asking_sees_what_reading_sees),
		cmocka_unit_test(memory_of_a_device_cannot_be_pinned),
		cmocka_unit_test(each_way_of_looking_knows_huge_pages),
		cmocka_unit_test(huge_pages_make_regions_of_large_pages),
		cmocka_unit_test(ordinary_pages_make_regions_of_host_pages),
	};

	return cmocka_run_group_tests_name("pin", tests, start, NULL);
}
