/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a device's DMA arrives. The controller's answer for DMA that the bridge refuses is not
 * printed, because controllers differ, and because the bridge of a real machine freezes the PE. So
 * DMA that should be refused comes last in a case.
 */
#include "nvme.h"

#define GOOD 4 /* the page of the arena that is always mapped, behind the queues */

static struct nvme nvme;
static uint32_t next_block;
static unsigned char expected[NVME_BLOCK];

static void make_pattern(uint32_t seed)
{
	uint32_t state = (seed + 1) * 2654435761U;

	for (int i = 0; i < NVME_BLOCK; i++) {
		state = state * 1103515245U + 12345;
		expected[i] = (unsigned char)(state >> 16);
	}
}

static void tell_write(uint64_t bus, const void *memory, bool completed)
{
	const unsigned char *bytes = memory;
	bool old = true;

	for (int i = 0; i < NVME_BLOCK; i++)
		old &= bytes[i] == 0x11;
	note("the device writes at %#llx -> %s", (unsigned long long)bus,
	     completed && !memcmp(memory, expected, NVME_BLOCK) ? "arrives" :
	     old ? "nothing arrives" : "something else arrives");
}

/* The device writes a block to the bus address. Prints whether it arrives in memory. */
static void device_writes(uint64_t bus, void *memory)
{
	uint32_t block = next_block++;
	bool ready;

	make_pattern(block);
	memcpy(at(GOOD), expected, NVME_BLOCK);
	ready = nvme_move(&nvme, true, block, GOOD * page);
	memset(memory, 0x11, NVME_BLOCK);
	tell_write(bus, memory, ready && nvme_move(&nvme, false, block, bus));
}

/*
 * The device reads a block from the bus address. Prints whether the disk then has the content of
 * memory.
 */
static void device_reads(uint64_t bus, void *memory)
{
	uint32_t block = next_block++;
	bool completed;

	memset(at(GOOD), 0x22, NVME_BLOCK);
	completed = nvme_move(&nvme, true, block, GOOD * page);
	make_pattern(block);
	memcpy(memory, expected, NVME_BLOCK);
	completed = completed && nvme_move(&nvme, true, block, bus) && nvme_move(&nvme, false, block, GOOD * page);
	note("the device reads at %#llx -> %s", (unsigned long long)bus,
	     completed && !memcmp(at(GOOD), expected, NVME_BLOCK) ? "has it" : "has it not");
}

static void start_controller(const char *name, int first, uint64_t bus)
{
	nvme_open(&nvme, group, name);
	note("the controller starts -> %s", nvme_start(&nvme, first, bus) ? "yes" : "no");
}

/*
 * Makes a v2 container with pages 0-15 registered, and the queues and the good page mapped from 0
 * on.
 */
static void running(void)
{
	v2_registered();
	map(0, 0, GOOD + 1);
	start_controller(device_name, 0, 0);
}

CASE("N01", "a device reads and writes memory that is mapped")
{
	running();
	map(5, 5 * page, 1);
	device_writes(5 * page, at(5));
	device_reads(5 * page, at(5));
}

CASE("N02", "a device does not write where nothing was mapped")
{
	running();
	device_writes(5 * page, at(5));
}

CASE("N03", "a device does not read where nothing was mapped")
{
	running();
	device_reads(5 * page, at(5));
}

CASE("N04", "a device does not write after UNMAP")
{
	running();
	map(5, 5 * page, 2);
	device_writes(5 * page, at(5));
	unmap(5 * page, 1);
	device_writes(6 * page, at(6));
	device_writes(5 * page, at(5));
}

CASE("N05", "a device does not read after UNMAP")
{
	running();
	map(5, 5 * page, 1);
	device_reads(5 * page, at(5));
	unmap(5 * page, 1);
	device_reads(5 * page, at(5));
}

CASE("N06", "memory mapped anew is reached anew")
{
	running();
	map(5, 5 * page, 1);
	unmap(5 * page, 1);
	map(6, 5 * page, 1);
	device_writes(5 * page, at(6));
	device_reads(5 * page, at(6));
}

CASE("C84", "a page mapped for writing only is read by the device too")
{
	running();
	map_raw(32, VFIO_DMA_MAP_FLAG_WRITE, (uintptr_t)at(5), 5 * page, page);
	device_writes(5 * page, at(5));
	device_reads(5 * page, at(5));
}

CASE("C85", "a page mapped for reading only is not written by the device")
{
	running();
	map_raw(32, VFIO_DMA_MAP_FLAG_READ, (uintptr_t)at(5), 5 * page, page);
	device_reads(5 * page, at(5));
	device_writes(5 * page, at(5));
}

CASE("N07", "a page that was writable and is mapped for reading is not written")
{
	running();
	map(5, 5 * page, 1);
	device_writes(5 * page, at(5));
	map_raw(32, VFIO_DMA_MAP_FLAG_READ, (uintptr_t)at(5), 5 * page, page);
	device_writes(5 * page, at(5));
}

CASE("N08", "MAP over a mapping leads the device to the new page")
{
	running();
	map(5, 5 * page, 1);
	device_writes(5 * page, at(5));
	map(6, 5 * page, 1);
	memset(at(5), 0x33, NVME_BLOCK);
	device_writes(5 * page, at(6));
	note("the old page is as it was: %d", at(5)[0] == 0x33 && at(5)[NVME_BLOCK - 1] == 0x33);
}

CASE("N09", "the last page of the default window is reached")
{
	running();
	map_raw(32, RW, (uintptr_t)at(5), GIB2 - 4096, 4096);
	device_writes(GIB2 - 4096, at(5));
}

CASE("N10", "behind the default window nothing is reached")
{
	running();
	map_raw(32, RW, (uintptr_t)at(5), GIB2 - 4096, 4096);
	device_writes(GIB2, at(5));
}

CASE("N11", "the second window is reached at its own addresses")
{
	running();
	create(12, GIB2, 1);
	map(5, SECOND, 1);
	map(6, 5 * page, 1);
	device_writes(SECOND, at(5));
	device_reads(SECOND, at(5));
	device_writes(5 * page, at(6));
}

CASE("N12", "without a second window its addresses are refused")
{
	running();
	device_writes(SECOND, at(5));
}

CASE("N13", "the addresses of a window that was removed are refused")
{
	running();
	create(12, GIB2, 1);
	map(5, SECOND, 1);
	device_writes(SECOND, at(5));
	remove_window(SECOND);
	device_writes(SECOND, at(5));
}

CASE("N14", "a window that is made anew has no mappings")
{
	running();
	create(12, GIB2, 1);
	map(5, SECOND, 1);
	remove_window(SECOND);
	create(12, GIB2, 1);
	device_writes(SECOND, at(5));
}

CASE("N15", "queues in the second window, none in the first")
{
	v2_registered();
	remove_window(0);
	create(12, 1 << 26, 1);
	create(12, GIB2, 1);
	map(0, SECOND, 4);
	map(GOOD, GOOD * page, 1);
	start_controller(device_name, 0, SECOND);
	map(5, SECOND + 5 * page, 1);
	device_writes(SECOND + 5 * page, at(5));
}

CASE("N16", "tables of two and of three levels are walked")
{
	running();
	create(12, 1ULL << 35, 2);
	map(5, SECOND, 1);
	map(6, SECOND + (1ULL << 34), 1);
	map_raw(32, RW, (uintptr_t)at(7), SECOND + (1ULL << 35) - 4096, 4096);
	device_writes(SECOND, at(5));
	device_writes(SECOND + (1ULL << 34), at(6));
	device_writes(SECOND + (1ULL << 35) - 4096, at(7));
	remove_window(SECOND);
	create(12, 1ULL << 36, 3);
	map(8, SECOND + (1ULL << 35) + 5 * page, 1);
	device_writes(SECOND + (1ULL << 35) + 5 * page, at(8));
}

CASE("N17", "a node that a large table does not have yet is no mapping")
{
	running();
	create(12, 1ULL << 35, 2);
	map(5, SECOND, 1);
	device_writes(SECOND + (1ULL << 34), at(5));
}

CASE("N18", "pages of 4K inside a host page keep their place in it")
{
	running();
	map_raw(32, RW, (uintptr_t)at(6) - 4096, 5 * page, 4096);
	device_writes(5 * page, at(6) - 4096);
	device_reads(5 * page, at(6) - 4096);
}

CASE("N19", "pages of 64K where the host has them")
{
	uint64_t start;

	running();
	create_raw(40, 0, 16, GIB2, 1, &start);
	if (map_raw(32, RW, (uintptr_t)at(5), start + (5 << 16), 65536) == 0) {
		device_writes(start + (5 << 16), at(5));
		device_writes(start + (5 << 16) + 0xf000, at(5) + 0xf000);
	}
}

CASE("N20", "a device keeps its memory when UNREGISTER comes first")
{
	running();
	reg(20, 1);
	map(20, 5 * page, 1);
	unreg(20, 1);
	device_writes(5 * page, at(20));
}

CASE("N21", "a MAP that runs out of registered memory, and what it was to replace")
{
	running();
	map(5, 5 * page, 1);
	device_writes(5 * page, at(5));
	map(15, 5 * page, 2);
	device_writes(5 * page, at(5));
}

CASE("N22", "a MAP that runs out of registered memory leaves no mapping of its own")
{
	running();
	map(15, 5 * page, 2);
	device_writes(5 * page, at(15));
}

CASE("N23", "with the container closed the device reaches its memory")
{
	running();
	map(5, 5 * page, 1);
	close(container);
	device_writes(5 * page, at(5));
}

CASE("N24", "with container and group closed the device reaches its memory")
{
	running();
	map(5, 5 * page, 1);
	close(container);
	close(group);
	device_writes(5 * page, at(5));
}

CASE("N25", "a second group that joins reaches what was mapped before")
{
	running();
	group = open_second_group();
	if (set_container() < 0)
		skip("groups have no window in common here (C167b)");
	map(5, 5 * page, 1);
	map(6, 16 * page, 1);
	close(nvme.device);
	start_controller(second_device_name, 0, 0);
	device_writes(5 * page, at(5));
	device_writes(16 * page, at(6));
}

CASE("N26", "the group that stays keeps its memory when another one leaves")
{
	int first;

	running();
	map(5, 5 * page, 1);
	first = group;
	group = open_second_group();
	set_container();
	device_writes(5 * page, at(5));
	unset_container();
	group = first;
	device_writes(5 * page, at(5));
}

CASE("N27", "two containers of a program keep their devices apart")
{
	running();
	map(5, 5 * page, 1);
	container = open_container();
	group = open_second_group();
	set_container();
	set_iommu(7);
	reg(0, 16);
	map(0, 0, 4);
	map(6, GOOD * page, 1);
	device_writes(5 * page, at(5));
	start_controller(second_device_name, 0, 0);
	map(GOOD, GOOD * page, 1);
	map(7, 5 * page, 1);
	device_writes(5 * page, at(7));
}

CASE("N28", "a function that may not begin DMA reaches nothing")
{
	running();
	map(5, 5 * page, 1);
	device_writes(5 * page, at(5));
	nvme_set_bus_master(&nvme, false);
	device_writes(5 * page, at(5));
}

static void look_and_go(void)
{
	memset(at(5), 0x44, NVME_BLOCK);
}

CASE("N29", "after a fork the device reaches the parent's memory")
{
	running();
	map(5, 5 * page, 1);
	in_child(look_and_go);
	device_writes(5 * page, at(5));
	device_reads(5 * page, at(5));
}

/*
 * Maps the same memory twice, so that changes through the first mapping can be seen in the second.
 */
static char *seen_twice(int number)
{
	int fd = (int)must(memfd_create("seen twice", 0), "memfd_create");
	char *alias;

	must(ftruncate(fd, (off_t)page), "ftruncate");
	must(mmap(at(number), page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ? -1 : 0, "mmap");
	alias = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(alias == MAP_FAILED ? -1 : 0, "mmap");
	return alias;
}

CASE("N30", "registered memory of a file is reached")
{
	char *alias;

	running();
	alias = seen_twice(20);
	reg(20, 1);
	map(20, 5 * page, 1);
	device_writes(5 * page, alias);
	device_reads(5 * page, alias);
}

CASE("N31", "registered memory that the program has unmapped")
{
	char *alias;

	running();
	alias = seen_twice(20);
	reg(20, 1);
	map(20, 5 * page, 1);
	make_hole(20, 1);
	device_writes(5 * page, alias);
}

CASE("N32", "registered memory that the program may only read any more")
{
	char *alias;

	running();
	alias = seen_twice(20);
	reg(20, 1);
	map(20, 5 * page, 1);
	mprotect(at(20), page, PROT_READ);
	device_writes(5 * page, alias);
}

CASE("C79", "MAP of two pages at the last entry of a two-level window")
{
	uint64_t start;

	running();
	reg(20, 2);
	create_raw(40, 0, 12, GIB2, 2, &start);
	map_raw(32, RW, (uintptr_t)at(20), start + GIB2 - 4096, 8192);
	unmap_raw(24, 0, start + GIB2 - 4096, 8192);
	unreg(20, 2);
	map_raw(32, RW, (uintptr_t)at(5), start + GIB2 - 4096, 8192);
	device_writes(start + GIB2, at(5) + 4096);
}

CASE("N33", "v1: a device reads and writes memory that is mapped")
{
	v1_enabled();
	map(0, 0, GOOD + 1);
	start_controller(device_name, 0, 0);
	map(5, 5 * page, 1);
	device_writes(5 * page, at(5));
	device_reads(5 * page, at(5));
	unmap(5 * page, 1);
	device_writes(5 * page, at(5));
}

CASE("N34", "v1: DISABLE leaves a device its memory")
{
	v1_enabled();
	map(0, 0, GOOD + 2);
	start_controller(device_name, 0, 0);
	disable();
	device_writes(5 * page, at(5));
}

CASE("N35", "v1: a page mapped for reading only is not written")
{
	v1_enabled();
	map(0, 0, GOOD + 1);
	start_controller(device_name, 0, 0);
	map_raw(32, VFIO_DMA_MAP_FLAG_READ, (uintptr_t)at(5), 5 * page, page);
	device_reads(5 * page, at(5));
	device_writes(5 * page, at(5));
}

CASE("N36", "queues that are not mapped stop the controller")
{
	v2_registered();
	map(GOOD, GOOD * page, 1);
	start_controller(device_name, 0, 0);
}

CASE("N37", "queues in memory for reading only get no completions")
{
	v2_registered();
	map_raw(32, VFIO_DMA_MAP_FLAG_READ, (uintptr_t)at(0), 0, 4 * page);
	start_controller(device_name, 0, 0);
}
