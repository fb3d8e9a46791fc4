/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PE with one window of 4 KiB pages over an arena of program memory: what
 * the tests of functions do DMA on. Page n of the arena is at bus_ioba(n).
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
	/* What bus_parse() cut up. */
	char text[512];
	struct function_option option[BUS_OPTIONS_MAX];
	unsigned int option_count;
};

/* The whole arena is mapped for reading and writing. */
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

/* Maps the page of the arena at an address of its own; permissions 0 unmap. */
void bus_map(struct bus *bus, uint64_t ioba, unsigned int page, uint64_t permissions);
/*
 * Takes the arena's page and the 15 after it, as much as the largest page of
 * a machine, away from the program, or write access to them.
 */
void bus_drop_memory(struct bus *bus, unsigned int page);
void bus_protect_memory(struct bus *bus, unsigned int page);

/* An init with options written as "name=value,name=value". */
struct function_init bus_parse(struct bus *bus, const char *options);
/* Makes a function, or fails the test with what was refused. */
struct function *bus_function(struct bus *bus, const char *type, const char *options);
/* Memory decoding and mastering on. */
void bus_enable(struct function *fn);

/* Registers of BAR 0. */
uint32_t bus_read32(struct function *fn, uint64_t offset);
uint64_t bus_read64(struct function *fn, uint64_t offset);
void bus_write32(struct function *fn, uint64_t offset, uint32_t value);
void bus_write64(struct function *fn, uint64_t offset, uint64_t value);

/* A new eventfd, non-blocking; how often it was signalled since the last look. */
int bus_eventfd(void);
uint64_t bus_signals(int fd);

#endif
