/* SPDX-License-Identifier: BSD-2-Clause */
/* The entries of guest tables, as a program maps them. */
#include "kvm.h"

static volatile uint64_t *try_map(int fd, uint64_t pages, int protection, int flags, uint64_t offset, const char *what)
{
	void *p = mmap(NULL, pages * page, protection, flags, fd, (off_t)(offset * page));

	told(p == MAP_FAILED ? -errno : 0, "mmap of %llu pages from %llu on, %s", (unsigned long long)pages,
	     (unsigned long long)offset, what);
	return p == MAP_FAILED ? NULL : p;
}

CASE("C114", "a mapping may be longer than the table")
{
	uint64_t each = page / 8;
	volatile uint64_t *map;
	int fd;

	new_vm();
	fd = table(1, 4 * each);
	map = try_map(fd, 8, PROT_READ | PROT_WRITE, MAP_SHARED, 0, "shared");
	look(map + 3 * each, "page 3");
	look(map + 4 * each - 1, "the last entry");
	look(map + 4 * each, "page 4");
	poke(map + 4 * each, 1, "page 4");
	poke(map + 7 * each, 1, "page 7");
	poke(map + 2 * each, 1, "page 2");
	look(map + 2 * each, "page 2");
}

CASE("K20", "a table ends with its last page")
{
	volatile uint64_t *map;
	int fd;

	new_vm();
	ram();
	fd = table(1, 3);
	map = view(fd, 2);
	poke(map + 3, 0x5000, "entry 3 of 3");
	look(map + page / 8 - 1, "the last of the page");
	look(map + page / 8, "the next page");
	get(1, 0x3000);
	get(1, 0x2000);
	look(map + 3, "entry 3");
}

CASE("K21", "a mapping from the middle of a table on")
{
	uint64_t each = page / 8;
	volatile uint64_t *map, *all;
	int fd;

	new_vm();
	ram();
	fd = table(1, 4 * each);
	map = try_map(fd, 4, PROT_READ | PROT_WRITE, MAP_SHARED, 2, "shared");
	all = view(fd, 4);
	poke(map, 0x7000, "page 2");
	look(all + 2 * each, "page 2");
	get(1, 2 * each * 4096);
	look(map + 2 * each, "page 4");
	map = try_map(fd, 1, PROT_READ, MAP_SHARED, 100, "shared");
	look(map, "page 100");
	map = try_map(fd, 1, PROT_READ, MAP_SHARED, 1ULL << 30, "shared");
	look(map, "far behind");
}

CASE("C117", "what is written in memory is what the guest reads")
{
	volatile uint64_t *map;
	int fd = vm_with_table(1, 1024);

	map = view(fd, 1);
	get(1, 0x3000);
	map[3] = 0x123456789abcdef3;
	get(1, 0x3000);
	map[3] = 0;
	get(1, 0x3000);
	map[0] = ~0ULL;
	get(1, 0);
	put(1, 0x1000, gpa(3) | 3);
	put(1, 0x2000, 0xfff0000000000ffcULL);
	entries(map, 0, 4);
}

CASE("K22", "every mapping shows the same entries")
{
	int fd = vm_with_table(1, 1024), copy = dup(fd);
	volatile uint64_t *one = view(fd, 1), *two = view(copy, 1);

	one[5] = 0x77;
	entries(two, 4, 3);
	put(1, 0x6000, 0x88000);
	entries(one, 4, 3);
	entries(two, 4, 3);
	close_fd(fd, "one descriptor");
	two[5] = 0x99;
	entries(one, 4, 3);
}

CASE("K23", "a private mapping keeps what is written to itself")
{
	volatile uint64_t *private, *shared;
	int fd = vm_with_table(1, 1024);

	private = try_map(fd, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0, "private");
	shared = view(fd, 1);
	shared[1] = 0x11;
	look(private + 1, "private 1");
	put(1, 0x1000, 0x12000);
	look(private + 1, "private 1");
	poke(private + 2, 0x22, "private 2");
	look(shared + 2, "shared 2");
	get(1, 0x2000);
	put(1, 0x3000, 0x33000);
	look(private + 3, "private 3");
}

CASE("K24", "protections")
{
	volatile uint64_t *map;
	int fd = vm_with_table(1, 1024);

	map = try_map(fd, 1, PROT_READ, MAP_SHARED, 0, "to read");
	look(map, "it");
	poke(map, 1, "it");
	told(answer(mprotect((void *)map, page, PROT_READ | PROT_WRITE)), "mprotect to write");
	poke(map, 1, "it");
	map = try_map(fd, 1, PROT_WRITE, MAP_SHARED, 0, "to write");
	poke(map, 2, "it");
	map = try_map(fd, 1, PROT_NONE, MAP_SHARED, 0, "for nothing");
	look(map, "it");
	map = try_map(fd, 1, PROT_READ | PROT_EXEC, MAP_SHARED, 0, "to run");
	look(map, "it");
	try_map(fd, 0, PROT_READ, MAP_SHARED, 0, "empty");
}

CASE("K25", "a mapping may grow")
{
	uint64_t each = page / 8;
	volatile uint64_t *map;
	int fd = vm_with_table(1, 4 * page / 8);

	map = view(fd, 2);
	poke(map + each, 5, "page 1");
	map = mremap((void *)map, 2 * page, 6 * page, MREMAP_MAYMOVE);
	told(map == MAP_FAILED ? -errno : 0, "mremap to 6 pages");
	look(map + each, "page 1");
	look(map + 3 * each, "page 3");
	look(map + 4 * each, "page 4");
	unmap_view(map, 3);
	look(map + 3 * each, "page 3");
}

CASE("K26", "looking at a table and writing it charge nothing")
{
	uint64_t each = page / 8;
	volatile uint64_t *map;
	int fd = vm_with_table(1, 64 * page / 8);

	map = view(fd, 64);
	for (unsigned int i = 0; i < 64; i += 9)
		look(map + i * each, "an entry");
	for (unsigned int i = 0; i < 64; i += 9)
		poke(map + i * each, i, "an entry");
	put(1, 63 * each * 4096, 0x1000);
}

static volatile uint64_t *shared_map;

static void child_writes(void)
{
	entries(shared_map, 0, 3);
	shared_map[2] = 0x222;
}

CASE("K27", "a child shares its parent's mapping")
{
	int fd = vm_with_table(1, 1024);

	shared_map = view(fd, 1);
	shared_map[1] = 0x111;
	in_child(child_writes);
	entries(shared_map, 0, 3);
	get(1, 0x2000);
}

static int shared_fd;

static void child_maps(void)
{
	shared_map = view(shared_fd, 1);
	child_writes();
}

CASE("K28", "a child maps its parent's table")
{
	shared_fd = vm_with_table(1, 1024);
	put(1, 0, 0x1000);
	in_child(child_maps);
	get(1, 0x2000);
}

CASE("K29", "page size and offset do not move the entries")
{
	volatile uint64_t *map;
	int fd;

	new_vm();
	ram();
	fd = table_raw(1, 16, 0, 0x100, 16);
	map = view(fd, 1);
	put(1, 0x1000000, 0x10000);
	put(1, 0x1030000, 0x40000);
	put(1, 0x30000, 0x40000);
	entries(map, 0, 5);
	map[2] = 0x20000;
	get(1, 0x1020000);
}
