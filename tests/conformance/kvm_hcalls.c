/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's calls on tables that no hardware window follows. */
#include "kvm.h"

#define LIOBN 1
#define SIZE  1024

static volatile uint64_t *tces;

/* Makes a VM with a table of SIZE entries, which tces maps. */
static void start(void)
{
	tces = view(vm_with_table(LIOBN, SIZE), SIZE * 8 / page + 1);
}

CASE("C118", "two calls are the VMM's until it enables them")
{
	int fd;

	new_vm();
	slot(0, 0, 0, RAM_PAGES);
	fd = table(LIOBN, SIZE);
	write_list(1, 4);
	put(LIOBN, 0, 0x1000);
	get(LIOBN, 0);
	stuff(LIOBN, 0, 0, 1);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 4);
	enable_hcall(H_STUFF_TCE, 1);
	stuff(LIOBN, 0, 0, 1);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 4);
	enable_hcall(H_PUT_TCE_INDIRECT, 1);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 4);
	entries(view(fd, 1), 0, 5);
}

CASE("C119", "what can be enabled")
{
	new_vm();
	enable_hcall(0x139, 1);
	enable_hcall(0x13d, 1);
	enable_hcall(H_PUT_TCE, 2);
	enable_hcall(H_PUT_TCE, ~0ULL);
	enable_hcall(0xf000, 1);
	enable_hcall(~0ULL - 3, 1);
	enable_hcall(0x139, 2);
	enable_hcall(H_PUT_TCE, 1);
	enable_hcall(H_PUT_TCE, 1);
}

CASE("C137", "a call that is switched off is the VMM's, and comes back")
{
	start();
	put(LIOBN, 0, 0x1000);
	enable_hcall(H_PUT_TCE, 0);
	put(LIOBN, 0, 0x2000);
	get(LIOBN, 0);
	enable_hcall(H_GET_TCE, 0);
	get(LIOBN, 0);
	enable_hcall(H_PUT_TCE, 1);
	put(LIOBN, 0, 0x3000);
	enable_hcall(H_GET_TCE, 1);
	get(LIOBN, 0);
}

CASE("H01", "each VM has its own switches")
{
	start();
	enable_hcall(H_PUT_TCE, 0);
	new_vm();
	table(LIOBN, 1);
	slot(0, 0, 0, RAM_PAGES);
	put(LIOBN, 0, 0x1000);
	stuff(LIOBN, 0, 0, 1);
	use_vm(0);
	put(LIOBN, 0, 0x1000);
	stuff(LIOBN, 0, 0, 1);
}

CASE("C120", "a name that nobody has is the VMM's, whatever else is wrong")
{
	start();
	put(7, 0x1000, 0x1000);
	put(7, 1, 0x1000);
	put(7, ~0ULL, ~0ULL);
	get(7, 1);
	stuff(7, 1, 3, 513);
	indirect(7, 1, 1, 513);
	put(LIOBN | 1ULL << 32, 0x1000, 0x1000);
	put(LIOBN | 1ULL << 63, 0x1000, 0x1000);
	put(~0ULL, 0x1000, 0x1000);
	entries(tces, 0, 2);
}

CASE("C121", "H_PUT_TCE wants an address in the table")
{
	start();
	put(LIOBN, 0x1001, gpa(1) | 3);
	put(LIOBN, 0x1800, gpa(1) | 3);
	put(LIOBN, 0x1003, 0);
	put(LIOBN, SIZE * 4096, gpa(1) | 3);
	put(LIOBN, SIZE * 4096 - 1, gpa(1) | 3);
	put(LIOBN, SIZE * 4096 - 4096, gpa(1) | 3);
	put(LIOBN, 1ULL << 32, gpa(1) | 3);
	put(LIOBN, 1ULL << 44, gpa(1) | 3);
	put(LIOBN, ~0xfffULL, gpa(1) | 3);
	put(LIOBN, ~0ULL, gpa(1) | 3);
	entries(tces, SIZE - 2, 2);
}

CASE("H02", "a table that begins higher")
{
	new_vm();
	ram();
	table_raw(LIOBN, 12, 0, 0x100, 16);
	put(LIOBN, 0, 0x1000);
	put(LIOBN, 0xff000, 0x1000);
	put(LIOBN, 0x100000, 0x1000);
	put(LIOBN, 0x10f000, 0x1000);
	put(LIOBN, 0x110000, 0x1000);
	get(LIOBN, 0xff000);
	get(LIOBN, 0x10f000);
	stuff(LIOBN, 0xff000, 0, 2);
	indirect(LIOBN, 0xff000, gpa(LIST_PAGE), 2);
}

CASE("H03", "a table of 64K pages")
{
	new_vm();
	ram();
	table_raw(LIOBN, 16, 0, 0, 16);
	put(LIOBN, 0x1000, 3);
	put(LIOBN, 0x10000, 3);
	put(LIOBN, 0x10000, 0x1003);
	put(LIOBN, 0x10000, 0x8003);
	put(LIOBN, 0x10000, 0x10003);
	put(LIOBN, 0x10000, 0x1000);
	put(LIOBN, 0xf0000, 0x10003);
	put(LIOBN, 0x100000, 0x10003);
	get(LIOBN, 0x1000);
	get(LIOBN, 0x10000);
	get(LIOBN, 0xf0000);
}

CASE("H04", "tables of unusual page sizes")
{
	static const uint32_t shifts[] = { 13, 20, 24, 30, 34 };

	new_vm();
	ram();
	for (size_t i = 0; i < sizeof(shifts) / sizeof(*shifts); i++) {
		uint64_t each = 1ULL << shifts[i];

		table_raw(i, shifts[i], 0, 3, 4);
		put(i, 3 * each, 3);
		put(i, 3 * each, each / 2 | 3);
		put(i, 3 * each + each / 2, 3);
		put(i, 6 * each, each);
		put(i, 7 * each, each);
		put(i, 2 * each, each);
		get(i, 6 * each);
	}
}

CASE("C122", "low bits beside the permissions are the VMM's")
{
	start();
	put(LIOBN, 0, gpa(5) | 3);
	for (int bit = 2; bit < 12; bit++)
		put(LIOBN, 0, gpa(6) | 1ULL << bit | 3);
	put(LIOBN, 0, gpa(6) | 0xfff);
	put(LIOBN, 0, gpa(6) | 5);
	put(LIOBN, 0, gpa(6) | 6);
	entries(tces, 0, 1);
}

CASE("C123", "without permissions any value is stored as it is")
{
	start();
	put(LIOBN, 0, 0xfffffffffffffffcULL);
	get(LIOBN, 0);
	put(LIOBN, 0, 4);
	get(LIOBN, 0);
	put(LIOBN, 0x1000, 0xdead000);
	put(LIOBN, 0x2000, 0xffc);
	put(LIOBN, 0x3000, gpa(3));
	put(LIOBN, 0x4000, 1ULL << 63);
	entries(tces, 0, 5);
	put(LIOBN, 0, 0);
	entries(tces, 0, 1);
}

CASE("H05", "the three permissions")
{
	start();
	put(LIOBN, 0, gpa(1) | 1);
	put(LIOBN, 0x1000, gpa(1) | 2);
	put(LIOBN, 0x2000, gpa(1) | 3);
	entries(tces, 0, 4);
}

CASE("C124", "a page outside memory is the VMM's")
{
	start();
	put(LIOBN, 0, gpa(RAM_PAGES - 1) | 3);
	put(LIOBN, 0x1000, gpa(RAM_PAGES) | 3);
	put(LIOBN, 0x1000, gpa(RAM_PAGES) | 1);
	put(LIOBN, 0x1000, 1ULL << 40 | 3);
	put(LIOBN, 0x1000, 1ULL << 52 | 3);
	put(LIOBN, 0x1000, 1ULL << 63 | 3);
	put(LIOBN, 0x1000, ~0xfffULL | 3);
	entries(tces, 0, 2);
}

CASE("H06", "two defects in one H_PUT_TCE")
{
	start();
	put(LIOBN, 1, gpa(1) | 7);
	put(LIOBN, SIZE * 4096, gpa(RAM_PAGES) | 3);
	put(LIOBN, SIZE * 4096, gpa(1) | 7);
	put(LIOBN, 0, gpa(RAM_PAGES) | 7);
	put(LIOBN, SIZE * 4096 + 1, ~0ULL);
	entries(tces, 0, 2);
}

CASE("C125", "memory behind the guest's page is not touched")
{
	start();
	mprotect(at(3), page, PROT_READ);
	munmap(at(4), page);
	put(LIOBN, 0x3000, gpa(3) | 3);
	put(LIOBN, 0x4000, gpa(4) | 3);
	entries(tces, 0, 6);
}

CASE("H07", "memory that comes and goes")
{
	start();
	put(LIOBN, 0, gpa(RAM_PAGES + 2) | 3);
	slot(1, RAM_PAGES + 2, 50, 2);
	put(LIOBN, 0, gpa(RAM_PAGES + 2) | 3);
	put(LIOBN, 0x1000, gpa(RAM_PAGES + 1) | 3);
	put(LIOBN, 0x1000, gpa(RAM_PAGES + 4) | 3);
	slot(1, RAM_PAGES + 2, 50, 0);
	put(LIOBN, 0x1000, gpa(RAM_PAGES + 2) | 3);
	slot(1, RAM_PAGES + 8, 50, 1);
	put(LIOBN, 0x1000, gpa(RAM_PAGES + 8) | 3);
	entries(tces, 0, 2);
}

CASE("C126", "what was never written reads 0")
{
	start();
	get(LIOBN, 0);
	get(LIOBN, (SIZE - 1) * 4096);
	put(LIOBN, 0x1000, 0);
	get(LIOBN, 0x1000);
}

CASE("C127", "H_GET_TCE wants an address in the table")
{
	start();
	put(LIOBN, 0x1000, 0x777000);
	get(LIOBN, 0x1001);
	get(LIOBN, 0x1800);
	get(LIOBN, SIZE * 4096);
	get(LIOBN, 1ULL << 44);
	get(LIOBN, ~0ULL);
	get(LIOBN, 0x1000);
}

CASE("C128", "H_PUT_TCE_INDIRECT takes 0 to 512 entries")
{
	start();
	write_list(0, 512);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 0);
	entries(tces, 0, 2);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 1);
	entries(tces, 0, 2);
	indirect(LIOBN, 0x1000, gpa(LIST_PAGE), 512);
	entries(tces, 0, 4);
	entries(tces, 510, 4);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 513);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 1ULL << 32);
	indirect(LIOBN, 0, gpa(LIST_PAGE), ~0ULL);
	indirect(LIOBN, 1, gpa(LIST_PAGE), 0);
	indirect(LIOBN, SIZE * 4096, gpa(LIST_PAGE), 0);
	indirect(LIOBN, 0, gpa(RAM_PAGES), 0);
	indirect(LIOBN, 0, gpa(LIST_PAGE) + 8, 0);
}

CASE("C129", "H_PUT_TCE_INDIRECT looks for the name first")
{
	start();
	indirect(2, 0, gpa(LIST_PAGE), 513);
	indirect(2, 1, gpa(LIST_PAGE) + 8, 513);
	indirect(LIOBN, 1, gpa(LIST_PAGE) + 8, 513);
}

CASE("C130", "the list begins with a 4K page")
{
	start();
	write_list(0, 8);
	indirect(LIOBN, 0, gpa(LIST_PAGE) + 8, 2);
	indirect(LIOBN, 0, gpa(LIST_PAGE) + 0x800, 2);
	indirect(LIOBN, 0, gpa(LIST_PAGE) | 1, 2);
	indirect(LIOBN, 0, gpa(LIST_PAGE) | 3, 2);
	indirect(LIOBN, 0, gpa(RAM_PAGES) | 3, 2);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 2);
	entries(tces, 0, 3);
}

CASE("C131", "a list that cannot be read is the VMM's")
{
	start();
	put(LIOBN, 0, 0x1000);
	indirect(LIOBN, 0, gpa(RAM_PAGES), 2);
	indirect(LIOBN, 0, 1ULL << 40, 2);
	mprotect(at(39), page, PROT_NONE);
	indirect(LIOBN, 0, gpa(39), 2);
	munmap(at(38), page);
	indirect(LIOBN, 0, gpa(38), 2);
	indirect(LIOBN, 1, gpa(38), 2);
	indirect(LIOBN, SIZE * 4096, gpa(38), 2);
	entries(tces, 0, 2);
}

CASE("H08", "a list in memory that may only be read")
{
	start();
	write_list(2, 4);
	mprotect(at(LIST_PAGE), page, PROT_READ);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 4);
	entries(tces, 0, 5);
}

CASE("C132", "an entry outside memory, and nothing is written")
{
	start();
	write_list(1, 4);
	write_entry(2, gpa(RAM_PAGES) | 3);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 4);
	entries(tces, 0, 5);
	write_entry(2, gpa(1) | 7);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 4);
	entries(tces, 0, 5);
	write_entry(2, ~0ULL);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 4);
	entries(tces, 0, 5);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 2);
	entries(tces, 0, 5);
}

CASE("C133", "an entry outside memory without permissions")
{
	start();
	write_list(1, 4);
	write_entry(2, gpa(RAM_PAGES));
	indirect(LIOBN, 0, gpa(LIST_PAGE), 4);
	entries(tces, 0, 5);
}

CASE("H09", "entries without permissions in a list")
{
	start();
	write_list(1, 4);
	write_entry(1, 0);
	write_entry(2, gpa(9));
	write_entry(3, gpa(9) | 0xffc);
	indirect(LIOBN, 0, gpa(LIST_PAGE), 4);
	entries(tces, 0, 5);
}

CASE("H10", "the list is big-endian")
{
	start();
	((uint64_t *)at(LIST_PAGE))[0] = gpa(2) | 3;
	indirect(LIOBN, 0, gpa(LIST_PAGE), 1);
	entries(tces, 0, 2);
}

CASE("C134", "a list that goes on behind the table")
{
	volatile uint64_t *small;

	new_vm();
	ram();
	small = view(table(LIOBN, 100), 1);
	write_list(1, 4);
	indirect(LIOBN, 98 * 4096, gpa(LIST_PAGE), 4);
	entries(small, 97, 6);
	indirect(LIOBN, 98 * 4096, gpa(LIST_PAGE), 2);
	entries(small, 97, 6);
}

CASE("C135", "H_STUFF_TCE takes values without permissions")
{
	start();
	stuff(LIOBN, 0, 1, 4);
	stuff(LIOBN, 0, 2, 4);
	stuff(LIOBN, 0, gpa(1) | 3, 4);
	stuff(LIOBN, 0, gpa(RAM_PAGES) | 1, 4);
	entries(tces, 0, 2);
	stuff(LIOBN, 0, 4, 4);
	entries(tces, 0, 5);
	stuff(LIOBN, 0x1000, 0xfffffffffffffffcULL, 2);
	entries(tces, 0, 5);
	stuff(LIOBN, 0, 0, 0);
	entries(tces, 0, 5);
	stuff(LIOBN, 0, 0x5000, 513);
	entries(tces, 510, 5);
	stuff(LIOBN, 0, 0, SIZE);
	entries(tces, 0, 2);
	entries(tces, SIZE - 2, 2);
}

CASE("C136", "H_STUFF_TCE wants an address in the table")
{
	start();
	stuff(LIOBN, SIZE * 4096, 0, 1);
	stuff(LIOBN, SIZE * 4096, 0, 0);
	stuff(LIOBN, 1, 0, 1);
	stuff(LIOBN, 0x800, 0, 0);
	stuff(LIOBN, 1, 3, 1);
	stuff(LIOBN, 0, 3, 0);
	stuff(LIOBN, (SIZE - 1) * 4096, 0x7000, 1);
	entries(tces, SIZE - 2, 2);
}

CASE("H11", "H_STUFF_TCE that goes on behind the table")
{
	volatile uint64_t *small;

	new_vm();
	ram();
	small = view(table(LIOBN, 100), 1);
	stuff(LIOBN, 98 * 4096, 0x7000, 4);
	entries(small, 97, 6);
	stuff(LIOBN, 98 * 4096, 0x7000, 2);
	entries(small, 97, 6);
}

CASE("H12", "two tables of one VM")
{
	volatile uint64_t *other;

	start();
	other = view(table(2, 64), 1);
	put(1, 0x1000, 0x11000);
	put(2, 0x2000, 0x22000);
	stuff(2, 0, 0x4000, 2);
	entries(tces, 0, 4);
	entries(other, 0, 4);
	put(2, 64 * 4096, 0x22000);
}

CASE("H13", "two VMs and one name")
{
	volatile uint64_t *other;

	start();
	new_vm();
	ram();
	other = view(table(LIOBN, 64), 1);
	put(LIOBN, 0x1000, 0x22000);
	use_vm(0);
	put(LIOBN, 0x1000, 0x11000);
	get(LIOBN, 0x1000);
	use_vm(1);
	get(LIOBN, 0x1000);
	entries(tces, 0, 2);
	entries(other, 0, 2);
}

CASE("H14", "two VMs with memory of their own")
{
	start();
	new_vm();
	table(LIOBN, 64);
	slot(0, 0, 0, 4);
	code_at(2);
	put(LIOBN, 0, gpa(3) | 3);
	put(LIOBN, 0, gpa(4) | 3);
	use_vm(0);
	put(LIOBN, 0, gpa(4) | 3);
}

CASE("C161d", "a page of the table's that is larger than what is left of the memory")
{
	int fd;

	new_vm();
	slot(0, 0, 0, 2);
	code_at(1);
	fd = table_raw(LIOBN, 20, 0, 0, 16);
	put(LIOBN, 0, 3);
	put(LIOBN, 0x100000, 0x1000003);
	entries(view(fd, 1), 0, 2);
}

CASE("H15", "the last entries of a large table")
{
	volatile uint64_t *last;
	uint64_t size = 1 << 24;
	int fd;

	new_vm();
	ram();
	fd = table(LIOBN, size);
	last = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)(size * 8 - page));
	write_list(0, 512);
	put(LIOBN, (size - 1) * 4096, gpa(1) | 3);
	indirect(LIOBN, (size - 512) * 4096, gpa(LIST_PAGE), 512);
	entries(last, (unsigned int)(page / 8 - 3), 3);
	stuff(LIOBN, (size - 300) * 4096, 0, 300);
	entries(last, (unsigned int)(page / 8 - 301), 3);
}
