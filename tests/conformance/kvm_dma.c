/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a device's DMA arrives where the guest's calls have mapped it. DMA that is refused comes
 * last in a case; dma.c says why.
 */
#include "kvm.h"
#include "nvme.h"

#define LIOBN  1
#define SOURCE 4                 /* the page that is always mapped, behind the queues */
#define TARGET 8                 /* the page that the guest maps */
#define BUS    0x100000ULL       /* where the guest maps; the queues are below */

static struct nvme nvme;
static int fd;

/*
 * Makes a controller with its queues and the source mapped by VFIO, and a table of the window, in
 * which the guest has mapped nothing yet.
 */
static void start(uint32_t shift)
{
	v2_registered();
	map(0, 0, SOURCE + 1);
	nvme_open(&nvme, group, device_name);
	note("the controller starts -> %s", nvme_start(&nvme, 0, 0) ? "yes" : "no");
	new_vm();
	ram();
	new_device();
	add(group, "the group");
	fd = table_raw(LIOBN, shift, 0, 0, 1024);
	link_table(group, fd, "the group, the table");
}

/* The device writes a block to a bus address. Prints the resulting memory. */
static void device_writes(uint64_t bus, const char *memory)
{
	bool moved;

	memset(at(SOURCE), 0x77, NVME_BLOCK);
	memset((void *)(uintptr_t)memory, 0x11, NVME_BLOCK);
	moved = nvme_move(&nvme, true, 0, SOURCE * page) && nvme_move(&nvme, false, 0, bus);
	note("the device writes at %#llx -> %s", (unsigned long long)bus,
	     moved && !memcmp(memory, at(SOURCE), NVME_BLOCK) ? "arrives" : "nothing arrives");
}

/* The device reads a block from a bus address. Prints whether it then has the content of memory. */
static void device_reads(uint64_t bus, const char *memory)
{
	bool moved;

	memset((void *)(uintptr_t)memory, 0x33, NVME_BLOCK);
	memset(at(SOURCE), 0x11, NVME_BLOCK);
	moved = nvme_move(&nvme, true, 1, bus) && nvme_move(&nvme, false, 1, SOURCE * page);
	note("the device reads at %#llx -> %s", (unsigned long long)bus,
	     moved && !memcmp(memory, at(SOURCE), NVME_BLOCK) ? "has it" : "has it not");
}

CASE("T01", "a device reads and writes what the guest has put")
{
	start(12);
	put(LIOBN, BUS, gpa(TARGET) | 3);
	device_writes(BUS, at(TARGET));
	device_reads(BUS, at(TARGET));
}

CASE("T02", "a page that the guest has put for reading is not written")
{
	start(12);
	put(LIOBN, BUS, gpa(TARGET) | 1);
	device_reads(BUS, at(TARGET));
	device_writes(BUS, at(TARGET));
}

CASE("T03", "a page that the guest has put for writing is read all the same")
{
	start(12);
	put(LIOBN, BUS, gpa(TARGET) | 2);
	device_writes(BUS, at(TARGET));
	device_reads(BUS, at(TARGET));
}

CASE("T04", "no DMA arrives where the guest has cleared")
{
	start(12);
	put(LIOBN, BUS, gpa(TARGET) | 3);
	device_writes(BUS, at(TARGET));
	put(LIOBN, BUS, 0);
	device_writes(BUS, at(TARGET));
}

CASE("T05", "no DMA arrives where the guest has put poison")
{
	start(12);
	put(LIOBN, BUS, gpa(TARGET) | 3);
	device_writes(BUS, at(TARGET));
	put(LIOBN, BUS, gpa(TARGET));
	device_writes(BUS, at(TARGET));
}

CASE("T06", "all of a list is mapped, and cleared by H_STUFF_TCE")
{
	start(12);
	for (unsigned int i = 0; i < 4; i++)
		write_entry(i, gpa(TARGET + (int)i) | 3);
	indirect(LIOBN, BUS, gpa(LIST_PAGE), 4);
	for (int i = 0; i < 4; i++)
		device_writes(BUS + (uint64_t)i * 4096, at(TARGET + i));
	stuff(LIOBN, BUS + 4096, 0, 3);
	device_writes(BUS, at(TARGET));
	device_writes(BUS + 4096, at(TARGET + 1));
}

CASE("T07", "what is written in the table's memory maps nothing")
{
	start(12);
	view(fd, BUS / 4096 * 8 / page + 1)[BUS / 4096] = gpa(TARGET) | 3;
	get(LIOBN, BUS);
	device_writes(BUS, at(TARGET));
}

CASE("T08", "a page of 64K is mapped as a whole")
{
	start(16);
	put(LIOBN, BUS, 3);
	device_reads(BUS + 0x8000, at(0) + 0x8000);
	device_writes(BUS + 0xf000, at(0) + 0xf000);
	put(LIOBN, BUS, 0);
	device_writes(BUS + 0xf000, at(0) + 0xf000);
}

CASE("T09", "an entry that is replaced leads to the new page")
{
	start(12);
	put(LIOBN, BUS, gpa(TARGET) | 3);
	device_writes(BUS, at(TARGET));
	put(LIOBN, BUS, gpa(TARGET + 1) | 3);
	device_writes(BUS, at(TARGET + 1));
	device_writes(BUS, at(TARGET));
}

CASE("T10", "what VFIO unmaps is unmapped, whatever the guest's table says")
{
	start(12);
	put(LIOBN, BUS, gpa(TARGET) | 3);
	device_writes(BUS, at(TARGET));
	unmap(BUS, 1);
	get(LIOBN, BUS);
	device_writes(BUS, at(TARGET));
}

CASE("T11", "a call that left the kernel has mapped nothing")
{
	start(12);
	put(LIOBN, BUS, gpa(20) | 3);
	device_writes(BUS, at(20));
}

CASE("T12", "a device goes on where the guest's table ends")
{
	start(12);
	put(LIOBN, BUS, gpa(TARGET) | 3);
	close_fd(fd, "the table");
	device_writes(BUS, at(TARGET));
	unmap(BUS, 1);
	device_writes(BUS, at(TARGET));
}
