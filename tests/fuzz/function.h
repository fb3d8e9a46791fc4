/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzz targets share that play a function's driver: the function, its bus, and how each input begins. */
#ifndef STCE_TESTS_FUZZ_FUNCTION_H
#define STCE_TESTS_FUZZ_FUNCTION_H

#include "fuzz.h"

#include "../unit/dev/bus.h"

#define PAGES_USED 64      /* of the arena */

static struct bus bus;
static struct function *fn;

/* Begins an input: the function is there, just powered on, and reaches every page, which is empty. */
static inline void begin(const char *type, const char *options)
{
	if (!fn) {
		bus_init(&bus);
		fn = bus_function(&bus, type, options);
	}
	memset(bus.arena, 0, PAGES_USED * BUS_PAGE_SIZE);
	for (unsigned int i = 0; i < PAGES_USED; i++)
		bus_map(&bus, bus_ioba(i), i, TCE_READ | TCE_WRITE);
	function_power_cycle(fn);
	bus_enable(fn);
}

/* Returns addresses near something, and wild ones. */
static inline uint64_t take_ioba(struct fuzz_input *in)
{
	uint8_t kind = fuzz_u8(in);

	if (kind == 0xff)
		return fuzz_u64(in);
	if (kind == 0xfe)
		return bus_ioba(kind % PAGES_USED) + fuzz_u16(in) % BUS_PAGE_SIZE;
	return bus_ioba(kind % PAGES_USED);
}

/* Maps a page anew, with any permissions. */
static inline void take_mapping(struct fuzz_input *in)
{
	unsigned int page = fuzz_u8(in) % PAGES_USED;

	bus_map(&bus, bus_ioba(page), page, fuzz_u8(in) & 3);
}

#endif
