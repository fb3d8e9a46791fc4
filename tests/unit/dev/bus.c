/* SPDX-License-Identifier: BSD-2-Clause */
/* The PE under test, built only from the layers below dev. */
#include "bus.h"

#include "testing.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define WINDOW_SIZE (64 * MIB)

void bus_map(struct bus *bus, uint64_t ioba, unsigned int page, uint64_t permissions)
{
	struct tce_table *table = &bus->window->share->copy[0];
	struct tce_index index = host_window_index(bus->window, to_ioba(ioba));
	uint64_t address = (uint64_t)(uintptr_t)bus_page(bus, page), count;

	assert_int_equal(tce_table_reserve(table, index, 1), 0);
	tce_entry_exchange(tce_table_span(table, index, 1, &count),
			   permissions ? address | permissions : 0);
}

void bus_init(struct bus *bus)
{
	struct tce_geometry geometry;
	size_t size = (size_t)BUS_PAGE_COUNT * BUS_PAGE_SIZE;

	memset(bus, 0, sizeof(*bus));
	bus->arena = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	assert_true(bus->arena != MAP_FAILED);
	host_phb_init(&bus->phb, host_platform_find("power9"), 12, counters_stats(&bus->counters),
		      (struct news){ 0 });
	assert_int_equal(host_pe_init(&bus->pe, &bus->phb, 1), 0);
	assert_int_equal(host_pe_take_ownership(&bus->pe), 0);
	assert_int_equal(tce_geometry_init(&geometry, 12, WINDOW_SIZE, 1, 12), 0);
	assert_int_equal(host_window_new(0, to_ioba(0), &geometry, NULL, &bus->phb.placement,
					 counters_stats(&bus->counters), &bus->window), 0);
	host_pe_set_window(&bus->pe, bus->window);
	for (unsigned int i = 0; i < BUS_PAGE_COUNT; i++)
		bus_map(bus, bus_ioba(i), i, TCE_READ | TCE_WRITE);
}

void bus_fini(struct bus *bus)
{
	host_pe_unset_window(&bus->pe, 0);
	host_window_free(bus->window);
	host_pe_release_ownership(&bus->pe);
	host_pe_fini(&bus->pe);
	host_phb_fini(&bus->phb);
	munmap(bus->arena, (size_t)BUS_PAGE_COUNT * BUS_PAGE_SIZE);
}

void bus_drop_memory(struct bus *bus, unsigned int page)
{
	/* PROT_NONE instead of unmapping, so that no other mapping takes the place. */
	assert_int_equal(mprotect(bus_page(bus, page), BUS_DROP_COUNT * BUS_PAGE_SIZE, PROT_NONE), 0);
}

void bus_protect_memory(struct bus *bus, unsigned int page)
{
	assert_int_equal(mprotect(bus_page(bus, page), BUS_DROP_COUNT * BUS_PAGE_SIZE, PROT_READ), 0);
}

struct function_init bus_parse(struct bus *bus, const char *options)
{
	char *rest = bus->text, *field;

	snprintf(bus->text, sizeof(bus->text), "%s", options);
	bus->option_count = 0;
	while ((field = strsep(&rest, ",")) && *field) {
		char *value = strchr(field, '=');

		assert_non_null(value);
		*value++ = '\0';
		bus->option[bus->option_count++] = (struct function_option){ field, value };
	}
	return (struct function_init){
		.address = "0000:01:00.0",
		.pe = &bus->pe,
		.options = bus->option,
		.option_count = bus->option_count,
	};
}

struct function *bus_function(struct bus *bus, const char *type, const char *options)
{
	struct function_init init = bus_parse(bus, options);
	char why[FUNCTION_WHY_SIZE] = "";
	struct function *fn = NULL;

	if (function_type_find(type)->create(&init, &fn, why))
		fail_msg("%s", why);
	return fn;
}

void bus_enable(struct function *fn)
{
	uint16_t command = 0x6;

	assert_int_equal(function_config_write(fn, 4, &command, sizeof(command)), 0);
}

static uint64_t read_register(struct function *fn, uint64_t offset, unsigned int size)
{
	uint64_t value = 0;

	assert_int_equal(function_bar_read(fn, 0, offset, size, &value), 0);
	return value;
}

uint32_t bus_read32(struct function *fn, uint64_t offset)
{
	return (uint32_t)read_register(fn, offset, 4);
}

uint64_t bus_read64(struct function *fn, uint64_t offset)
{
	return read_register(fn, offset, 8);
}

void bus_write32(struct function *fn, uint64_t offset, uint32_t value)
{
	assert_int_equal(function_bar_write(fn, 0, offset, 4, value), 0);
}

void bus_write64(struct function *fn, uint64_t offset, uint64_t value)
{
	assert_int_equal(function_bar_write(fn, 0, offset, 8, value), 0);
}

int bus_eventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

uint64_t bus_signals(int fd)
{
	uint64_t count = 0;

	if (read(fd, &count, sizeof(count)) != sizeof(count))
		return 0;
	return count;
}
