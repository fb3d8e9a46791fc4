/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PE with one window of 4 KiB pages over an arena of program memory, for the DMA of functions
 * under test. Page n of the arena is at bus_ioba(n).
 */
#ifndef STCE_TESTS_DEV_BUS_H
#define STCE_TESTS_DEV_BUS_H

#include "counters.h"
#include "machine/function_types.h"

#define BUS_PAGE_SIZE  4096u
#define BUS_PAGE_COUNT 2048u
#define BUS_DROP_COUNT 16u
#define BUS_START      UINT64_C(0x100000)
#define BUS_OPTIONS_MAX 8

struct bus {
	struct counters counters;
	struct host_phb phb;
	struct host_pe pe;
	struct host_window *window;
	char *arena;
	/* The text that bus_parse() has split. */
	char text[512];
	struct function_option option[BUS_OPTIONS_MAX];
	unsigned int option_count;
};

/* Maps the whole arena for reading and writing. */
void bus_init(struct bus *bus);
void bus_fini(struct bus *bus);

static inline uint64_t bus_ioba(unsigned int page)
{
	return BUS_START + (uint64_t)page * BUS_PAGE_SIZE;
}

static inline void *bus_page(struct bus *bus, unsigned int page)
{
	return bus->arena + (size_t)page * BUS_PAGE_SIZE;
}

/* Maps the page of the arena at the given address; permissions 0 unmap it. */
void bus_map(struct bus *bus, uint64_t ioba, unsigned int page, uint64_t permissions);
/*
 * Removes the arena's page and the 15 after it from the program, or write access to them. That is
 * as much as the largest page of a machine.
 */
void bus_drop_memory(struct bus *bus, unsigned int page);
void bus_protect_memory(struct bus *bus, unsigned int page);

/* Makes an init from options written as "name=value,name=value". */
struct function_init bus_parse(struct bus *bus, const char *options);
/* Makes a function, or fails the test with the reason of the refusal. */
struct function *bus_function(struct bus *bus, const char *type, const char *options);
/* Turns memory decoding and bus mastering on. */
void bus_enable(struct function *fn);

/* Access the registers of BAR 0. */
uint32_t bus_read32(struct function *fn, uint64_t offset);
uint64_t bus_read64(struct function *fn, uint64_t offset);
void bus_write32(struct function *fn, uint64_t offset, uint32_t value);
void bus_write64(struct function *fn, uint64_t offset, uint64_t value);

/*
 * bus_eventfd() makes a non-blocking eventfd; the other call returns how often it was signalled
 * since the last one.
 */
int bus_eventfd(void);
uint64_t bus_signals(int fd);

#endif
