/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A misbehaving host: random commands, doorbells, registers and config writes. The function must
 * survive, write nothing outside the arena, and work again after a reset. STCE_SEED repeats a run.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver.h"

#define STEPS 20000

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* Returns an address that is mostly near a meaningful one. */
static uint64_t draw_address(void)
{
	uint64_t address = bus_ioba((unsigned int)draw(BUS_PAGE_COUNT + 8));

	switch (draw(8)) {
	case 0: return address + draw(4096);
	case 1: return address + draw(512) * 8;
	case 2: return draw(UINT64_MAX);
	case 3: return bit64(59) + draw(1 << 20);
	default: return address;
	}
}

static uint32_t draw_word(void)
{
	switch (draw(4)) {
	case 0: return (uint32_t)draw(UINT64_MAX);
	case 1: return (uint32_t)draw(16) << draw(32);
	default: return (uint32_t)draw(20);
	}
}

static void draw_command(struct nvme_command *command)
{
	static const uint8_t opcodes[] = { 0, 1, 2, 4, 5, 6, 8, 9, 10, 12 };

	*command = (struct nvme_command){
		.opcode = draw(8) ? opcodes[draw(ARRAY_COUNT(opcodes))] : (uint8_t)draw(256),
		.flags = draw(16) ? 0 : (uint8_t)draw(256),
		.cid = le16_make((uint16_t)draw(65536)),
		.nsid = le32_make(draw(4) ? 1 : draw_word()),
		.prp1 = le64_make(draw_address()),
		.prp2 = le64_make(draw_address()),
		.cdw10 = le32_make(draw_word()),
		.cdw11 = le32_make(draw_word()),
		.cdw12 = le32_make(draw_word()),
		.cdw13 = le32_make(draw(8) ? 0 : draw_word()),
	};
}

static void submit_some(uint16_t queue)
{
	struct nvme_completion completion;

	for (uint64_t n = draw(6); n; n--) {
		struct nvme_command command;

		draw_command(&command);
		driver_put(&d, queue, &command);
	}
	driver_ring(&d, queue);
	while (driver_take(&d, queue, &completion))
		;
	driver_ring_head(&d, queue);
}

static void bring_up(void)
{
	struct nvme_command cq = driver_create_cq(1, 16), sq = driver_create_sq(1, 16);

	function_reset(d.fn);
	bus_enable(d.fn);
	driver_enable(&d, 16);
	d.queue[1] = (struct driver_queue){ .size = 16, .phase = true };
	memset(bus_page(&d.bus, 3), 0, BUS_PAGE_SIZE);
	assert_int_equal(driver_run(&d, 0, &cq), NVME_OK);
	assert_int_equal(driver_run(&d, 0, &sq), NVME_OK);
}

static void step(void)
{
	uint32_t value = draw_word();

	switch (draw(16)) {
	case 0:
		function_bar_write(d.fn, 0, draw(0x1000 / 4) * 4, 4, value);
		break;
	case 1:
		function_bar_write(d.fn, 0, NVME_REG_DOORBELLS + draw(300) * 4, 4, value);
		break;
	case 2:
		function_config_write(d.fn, draw(256), &value, 1u << draw(3));
		break;
	case 3:
		bus_map(&d.bus, bus_ioba(16 + (unsigned int)draw(64)),
			16 + (unsigned int)draw(64), draw(4));
		break;
	case 4:
		if (!draw(8))
			bring_up();
		break;
	case 5:
		function_bar_write(d.fn, 0, draw(0x4000), 1u << draw(4), draw(UINT64_MAX));
		break;
	default:
		/* By now the registers may place the queues anywhere. */
		if (bus_read32(d.fn, NVME_REG_CSTS) == NVME_CSTS_RDY)
			submit_some((uint16_t)draw(2));
		else
			bring_up();
	}
}

/* bus_read32() needs decoding, which random config writes turn off. */
static void keep_decoding(void)
{
	uint8_t d0 = 0;

	bus_enable(d.fn);
	assert_int_equal(function_config_write(d.fn, 0x44, &d0, 1), 0);
}

static uint64_t count_errors(void)
{
	struct nvme_command log = {
		.opcode = NVME_ADMIN_GET_LOG_PAGE,
		.prp1 = le64_make(bus_ioba(1024)),
		.cdw10 = le32_make(127 << 16 | NVME_LOG_SMART),
	};
	const struct nvme_smart_log *page = bus_page(&d.bus, 1024);

	assert_int_equal(driver_run(&d, 0, &log), NVME_OK);
	return le64_get(page->error_entries[0]);
}

static void it_survives_a_host_gone_mad(void **state)
{
	const char *given = getenv("STCE_SEED");
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };
	uint64_t start = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);

	printf("# STCE_SEED=%llu\n", (unsigned long long)start);
	seed = start * 0x9e3779b97f4a7c15 | 1;
	for (unsigned int i = 0; i < STEPS; i++) {
		step();
		keep_decoding();
	}
	printf("# calls %d\n", STEPS);
	bring_up();
	assert_int_equal(driver_run(&d, 1, &flush), NVME_OK);
	printf("# %llu DMA accesses, %llu commands failed\n",
	       (unsigned long long)COUNTED(&d.bus.counters, dma_accesses),
	       (unsigned long long)count_errors());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DRIVER_TEST(it_survives_a_host_gone_mad, "size=1M,queues=4"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
