/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's calls on tables that hardware windows follow. The registered regions show the content
 * of a window: mapped memory cannot be unregistered, or stays charged. Linux miscounts a region in
 * some calls, which come last in each case.
 */
#include "kvm.h"

#define LIOBN 1
#define SIZE  64

static int fd;
static volatile uint64_t *tces;

/*
 * Makes a v2 container whose default window follows a table of 4K pages, with pages 0-15
 * registered.
 */
static void start(void)
{
	v2_registered();
	unmap(0, 1);
	new_vm();
	ram();
	new_device();
	add(group, "the group");
	fd = table(LIOBN, SIZE);
	tces = view(fd, 1);
	link_table(group, fd, "the group, the table");
}

CASE("C148", "a page that is not registered is the VMM's")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	put(LIOBN, 0, gpa(16) | 3);
	put(LIOBN, 0x1000, gpa(20) | 1);
	put(LIOBN, 0x2000, gpa(15) | 2);
	entries(tces, 0, 4);
}

CASE("C149", "a page that the guest has put and cleared is free")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	put(LIOBN, 0, 0);
	unreg(0, 16);
}

CASE("L01", "a page that the guest has put is mapped")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	unmap(0, 1);
	unreg(0, 16);
}

CASE("L02", "H_STUFF_TCE clears the window")
{
	start();
	for (uint64_t i = 0; i < 8; i++)
		put(LIOBN, i * 4096, gpa((int)i) | 3);
	stuff(LIOBN, 0, 0, 4);
	stuff(LIOBN, 0x4000, 0x5000, 4);
	entries(tces, 0, 9);
	unreg(0, 16);
}

CASE("L03", "H_PUT_TCE_INDIRECT maps all pages of a list")
{
	start();
	write_list(1, 15);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 15);
	entries(tces, 0, 16);
	unmap(0, 16);
	unreg(0, 16);
}

CASE("L04", "H_PUT_TCE_INDIRECT with a page that is not registered")
{
	start();
	write_list(1, 4);
	write_entry(3, gpa(16) | 3);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 4);
	entries(tces, 0, 5);
	unreg(0, 16);
}

CASE("L05", "entries that are replaced")
{
	start();
	reg(16, 4);
	put(LIOBN, 0, gpa(2) | 3);
	put(LIOBN, 0, gpa(16) | 3);
	unreg(0, 16);
	put(LIOBN, 0, gpa(17) | 1);
	put(LIOBN, 0, 0x1000);
	unreg(16, 4);
}

CASE("L06", "a page at two addresses")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	put(LIOBN, 0x1000, gpa(2) | 3);
	put(LIOBN, 0, 0);
	put(LIOBN, 0x1000, 0);
	unreg(0, 16);
}

CASE("L07", "H_PUT_TCE that is refused leaves the window")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	put(LIOBN, 1, 0);
	put(LIOBN, SIZE * 4096, 0);
	put(LIOBN, 0, gpa(20) | 3);
	put(LIOBN, 0, gpa(RAM_PAGES) | 3);
	put(LIOBN, 0, gpa(2) | 7);
	stuff(LIOBN, 0, 1, 4);
	stuff(LIOBN, SIZE * 4096, 0, 1);
	entries(tces, 0, 2);
	unmap(0, 1);
	unreg(0, 16);
}

CASE("L08", "what is written in memory does not reach the window")
{
	start();
	tces[1] = gpa(3) | 3;
	get(LIOBN, 0x1000);
	unreg(0, 16);
}

CASE("C150", "what VFIO unmaps stays in the guest's table")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	unmap(0, 1);
	get(LIOBN, 0);
	unreg(0, 16);
}

CASE("C151", "a guest clears what VFIO has mapped")
{
	start();
	map_raw(32, RW, (uintptr_t)at(2), 0x1000, page);
	get(LIOBN, 0x1000);
	stuff(LIOBN, 0x1000, 0, page / 4096);
	unreg(0, 16);
}

CASE("L09", "a guest replaces what VFIO has mapped")
{
	start();
	reg(16, 4);
	map_raw(32, RW, (uintptr_t)at(2), 0, page);
	for (uint64_t i = 0; i < page / 4096; i++)
		put(LIOBN, i * 4096, gpa(16) | 3);
	unreg(0, 16);
	get(LIOBN, 0);
}

CASE("L10", "VFIO replaces what a guest has put")
{
	start();
	reg(16, 4);
	put(LIOBN, 0, gpa(2) | 3);
	map_raw(32, RW, (uintptr_t)at(16), 0, page);
	unreg(0, 16);
	get(LIOBN, 0);
	put(LIOBN, 0, 0);
}

CASE("C152", "a list with an entry without permissions, then H_STUFF_TCE")
{
	start();
	write_list(1, 4);
	write_entry(2, 0);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 4);
	entries(tces, 0, 5);
	stuff(LIOBN, 0, 0, 4);
	unreg(0, 16);
}

CASE("L11", "a list with an entry without permissions clears the window")
{
	start();
	reg(16, 4);
	put(LIOBN, 0, gpa(17) | 3);
	put(LIOBN, 0x1000, gpa(18) | 3);
	write_list(1, 4);
	write_entry(0, gpa(1));
	write_entry(1, 0);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 2);
	unreg(16, 4);
}

CASE("C153", "H_STUFF_TCE with poison")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	put(LIOBN, 0x1000, gpa(3) | 3);
	stuff(LIOBN, 0, 0xdead000, 2);
	entries(tces, 0, 3);
	unreg(0, 16);
}

CASE("L12", "H_PUT_TCE with poison")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	put(LIOBN, 0, 0xfffffffffffffffcULL);
	entries(tces, 0, 1);
	unreg(0, 16);
}

CASE("C154", "a window that is removed")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	remove_window(0);
	put(LIOBN, 0x1000, gpa(20) | 3);
	put(LIOBN, 0x1000, gpa(3) | 3);
	entries(tces, 0, 3);
	unreg(0, 16);
}

CASE("L13", "a window that is removed and made anew")
{
	start();
	remove_window(0);
	create(12, GIB2, 1);
	link_table(group, fd, "the group, the table");
	put(LIOBN, 0, gpa(2) | 3);
	put(LIOBN, 0, gpa(20) | 3);
	put(LIOBN, 0, 0);
	unreg(0, 16);
}

CASE("C155", "a group that is taken out")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	del(group, "the group");
	put(LIOBN, 0, 0);
	put(LIOBN, 0x1000, gpa(20) | 3);
	unmap(0, 1);
	unreg(0, 16);
}

CASE("L14", "what a window holds stays when the group is taken out")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	del(group, "the group");
	put(LIOBN, 0, 0);
	unreg(0, 16);
}

CASE("L15", "taken out, and linked again")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	del(group, "the group");
	link_table(group, fd, "the group, the table");
	add(group, "the group");
	put(LIOBN, 0x1000, gpa(20) | 3);
	link_table(group, fd, "the group, the table");
	put(LIOBN, 0x2000, gpa(20) | 3);
	put(LIOBN, 0, 0);
	unreg(0, 16);
}

CASE("C157", "UNSET_CONTAINER of a group that is linked")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	unset_container();
	get(LIOBN, 0);
}

CASE("C158", "a v1 container follows nothing but clears")
{
	v1_enabled();
	unmap(0, 1);
	new_vm();
	ram();
	new_device();
	add(group, "the group");
	fd = table(LIOBN, SIZE);
	link_table(group, fd, "the group, the table");
	put(LIOBN, 0, gpa(2) | 3);
	put(LIOBN, 0, 0);
	put(LIOBN, 0, 0x5000);
	stuff(LIOBN, 0, 0, 4);
	get(LIOBN, 0);
}

CASE("C161c", "a guest clears what a v1 container has mapped")
{
	v1_enabled();
	map_raw(32, RW, (uintptr_t)at(2), 0, page);
	new_vm();
	ram();
	new_device();
	add(group, "the group");
	fd = table(LIOBN, SIZE);
	link_table(group, fd, "the group, the table");
	put(LIOBN, 0, 0);
	stuff(LIOBN, 0, 0, 1);
}

/* Makes a table of 64K pages over the default window of 4K pages. */
static void start_64k(void)
{
	v2();
	reg(0, 16);
	unmap(0, 1);
	new_vm();
	ram();
	new_device();
	add(group, "the group");
	fd = table_raw(LIOBN, 16, 0, 0, SIZE);
	tces = view(fd, 1);
	link_table(group, fd, "the group, the table");
}

CASE("L16", "a page of 64K over entries of 4K")
{
	start_64k();
	put(LIOBN, 0x30000, 3);
	unmap_raw(24, 0, 0x30000, 0x10000);
	unreg(0, 16);
	get(LIOBN, 0x30000);
}

CASE("L17", "a page of 64K is put, replaced and cleared")
{
	start_64k();
	put(LIOBN, 0x30000, 3);
	put(LIOBN, 0x30000, 1);
	put(LIOBN, 0x40000, 3);
	put(LIOBN, 0x30000, 0);
	stuff(LIOBN, 0x40000, 0, 1);
	entries(tces, 3, 2);
	unreg(0, 16);
}

CASE("L18", "a list of 64K pages over entries of 4K")
{
	start_64k();
	write_entry(0, 3);
	write_entry(1, 1);
	indirect(LIOBN, 0x30000, gpa(LIST_PAGE), 2);
	entries(tces, 3, 2);
	stuff(LIOBN, 0x30000, 0, 2);
	unreg(0, 16);
}

CASE("C159", "a page of 64K that is registered in part")
{
	v2();
	if (page != 4096)
		skip("needs host pages of 4K");
	reg(0, 8);
	unmap(0, 1);
	new_vm();
	ram();
	new_device();
	add(group, "the group");
	fd = table_raw(LIOBN, 16, 0, 0, SIZE);
	link_table(group, fd, "the group, the table");
	put(LIOBN, 0x30000, 3);
	get(LIOBN, 0x30000);
	unreg(0, 8);
}

CASE("L19", "windows of 64K pages want memory of such pages")
{
	v2_registered();
	remove_window(0);
	create(16, GIB2, 1);
	new_vm();
	ram();
	new_device();
	add(group, "the group");
	fd = table_raw(LIOBN, 16, 0, 0, SIZE);
	link_table(group, fd, "the group, the table");
	put(LIOBN, 0, 3);
	get(LIOBN, 0);
	put(LIOBN, 0, 0);
	unreg(0, 16);
}

CASE("C160", "two containers follow one table")
{
	int first, second_container;

	start();
	first = container;
	second_container = container = open_container();
	group = open_second_group();
	set_container();
	set_iommu(7);
	reg(0, 16);
	unmap(0, 1);
	add(group, "the second group");
	link_table(group, fd, "the second group, the table");
	put(LIOBN, 0, gpa(2) | 3);
	put(LIOBN, 0x1000, gpa(2) | 3);
	put(LIOBN, 0x1000, 0);
	container = first;
	unmap(0, 1);
	container = second_container;
	unmap(0, 1);
	unreg(0, 16);
	container = first;
	unreg(0, 16);
}

CASE("L20", "one of two containers lacks the page")
{
	int first;

	start();
	reg(16, 4);
	first = container;
	container = open_container();
	group = open_second_group();
	set_container();
	set_iommu(7);
	reg(0, 16);
	unmap(0, 1);
	add(group, "the second group");
	link_table(group, fd, "the second group, the table");
	put(LIOBN, 0, gpa(17) | 3);
	put(LIOBN, 0x1000, gpa(21) | 3);
	entries(tces, 0, 2);
	stuff(LIOBN, 0, 0, 2);
	container = first;
	unreg(16, 4);
	unreg(0, 16);
}

CASE("L21", "two groups of one container")
{
	int first;

	start();
	first = group;
	group = open_second_group();
	set_container();
	add(group, "the second group");
	link_table(group, fd, "the second group, the table");
	put(LIOBN, 0, gpa(2) | 3);
	del(first, "the first group");
	put(LIOBN, 0x1000, gpa(20) | 3);
	put(LIOBN, 0x1000, gpa(3) | 3);
	stuff(LIOBN, 0, 0, 2);
	unreg(0, 16);
}

CASE("C161", "a VM that ends with entries")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	unmap_view(tces, 1);
	close_fd(fd, "the table");
	close_fd(device, "the device");
	close_vm();
	unmap(0, 1);
	unreg(0, 16);
}

CASE("L22", "a window keeps what a guest has put when its table ends")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	unmap_view(tces, 1);
	close_fd(fd, "the table");
	put(LIOBN, 0, 0);
	unreg(0, 16);
}

CASE("L23", "a new table of the name is not linked")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	unmap_view(tces, 1);
	close_fd(fd, "the table");
	fd = table(LIOBN, SIZE);
	put(LIOBN, 0x1000, gpa(20) | 3);
	link_table(group, fd, "the group, the new table");
	put(LIOBN, 0x2000, gpa(20) | 3);
	put(LIOBN, 0, 0);
	unreg(0, 16);
}

CASE("C161a", "linked twice, taken out once")
{
	start();
	link_table(group, fd, "the group, the table");
	del(group, "the group");
	put(LIOBN, 0, gpa(20) | 3);
}

CASE("C161b", "two tables drive one window")
{
	volatile uint64_t *other;
	int second;

	start();
	second = table(2, SIZE);
	other = view(second, 1);
	link_table(group, second, "the group, a second table");
	put(1, 0, gpa(2) | 3);
	put(2, 0, 0);
	entries(tces, 0, 1);
	entries(other, 0, 1);
	unreg(0, 16);
}

CASE("L24", "a table is closed first, then the container")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	close_fd(container, "the container");
	get(LIOBN, 0);
	put(LIOBN, 0x1000, gpa(20) | 3);
	put(LIOBN, 0x1000, gpa(3) | 3);
	del(group, "the group");
	close_fd(group, "the group");
	told_fd(open(group_path, O_RDWR), "open the group");
}

CASE("L25", "the group is closed first, and KVM keeps it")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	close_fd(group, "the group");
	put(LIOBN, 0x1000, gpa(3) | 3);
	map_raw(32, RW, (uintptr_t)at(4), 0x20000, page);
	close_fd(device, "the device");
	told_fd(open(group_path, O_RDWR), "open the group");
}

CASE("L26", "windows of a second page size beside the first")
{
	int second;

	start();
	create(16, GIB2, 1);
	second = table_raw(2, 16, 0, SECOND / 65536, SIZE);
	link_table(group, second, "the group, a table there");
	put(1, 0, gpa(2) | 3);
	put(2, SECOND, 3);
	get(2, SECOND);
	put(1, SECOND, gpa(2) | 3);
	put(2, 0, 3);
	put(1, 0, 0);
	put(2, SECOND, 0);
	unreg(0, 16);
}

CASE("L27", "memory is unregistered under a guest")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	put(LIOBN, 0, 0);
	unreg(0, 16);
	put(LIOBN, 0, gpa(2) | 3);
	reg(0, 16);
	put(LIOBN, 0, gpa(2) | 3);
	unmap(0, 1);
	unreg(0, 16);
}

CASE("L28", "memory that the VM shows elsewhere")
{
	start();
	slot(1, RAM_PAGES + 4, 4, 2);
	put(LIOBN, 0, gpa(RAM_PAGES + 4) | 3);
	slot(1, RAM_PAGES + 4, 4, 0);
	put(LIOBN, 0x1000, gpa(RAM_PAGES + 4) | 3);
	put(LIOBN, 0, 0);
	unreg(0, 16);
}

CASE("L29", "a container that has the regions but not this window")
{
	start();
	put(LIOBN, 0, gpa(2) | 3);
	unset_container();
	set_container();
	set_iommu(7);
	reg(0, 16);
	unmap(0, 1);
	link_table(group, fd, "the group, the table");
	put(LIOBN, 0x1000, gpa(3) | 3);
	unmap(0, 16);
}
