/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the NVMe function, as small as tests need it. It keeps queue n
 * in page 2n of the arena (submission) and page 2n + 1 (completion); pages
 * from DRIVER_DATA on are the test's.
 */
#ifndef STCE_TESTS_DEV_NVME_DRIVER_H
#define STCE_TESTS_DEV_NVME_DRIVER_H

#include "abi/nvme.h"
#include "../dev/bus.h"

#define DRIVER_QUEUES 4
#define DRIVER_DATA   16
#define DRIVER_BLOCK  512

struct driver_queue {
	uint32_t size, tail, head;
	bool phase;
};

struct driver {
	struct bus bus;
	struct function *fn;
	struct driver_queue queue[DRIVER_QUEUES];
	uint16_t next_cid;
	uint32_t result;        /* of the last command that was run */
	uint16_t sq_head;
	bool refused_for_good;  /* its status had Do Not Retry */
};

/* What most tests have: one driver, started with these options before each test and gone after it. */
extern struct driver d;
#define DRIVER_TEST(test, options) \
	cmocka_unit_test_prestate_setup_teardown(test, driver_setup, driver_teardown, (char *)(options))
/* For tests that set up more: *state is the options. */
int driver_setup(void **state);
int driver_teardown(void **state);

/*
 * Makes the function, with iothread= as $DRIVER_IOTHREAD says, off without it;
 * registers are as at power-on, decoding and mastering on.
 */
void driver_init(struct driver *driver, const char *options);
void driver_fini(struct driver *driver);
/* Admin queues of that many entries, then CC.EN. Fails the test unless ready. */
void driver_enable(struct driver *driver, uint32_t entries);
void driver_disable(struct driver *driver);
/* init, enable, and I/O queue pair 1 of 16 entries. */
void driver_start(struct driver *driver, const char *options);
void driver_create_pair(struct driver *driver, uint16_t id, uint32_t entries);

/* A create command, good unless changed. */
struct nvme_command driver_create_cq(uint16_t id, uint32_t entries);
struct nvme_command driver_create_sq(uint16_t id, uint32_t entries);
struct nvme_command driver_identify(uint8_t cns, uint32_t nsid, uint64_t prp1);
/* Read, write, compare: blocks from start on, to or from one page or less at prp1. */
struct nvme_command driver_rw(uint8_t opcode, uint64_t start, uint32_t blocks, uint64_t prp1);

/* Puts a command into the queue, without a doorbell; gives it an id, which it returns. */
uint16_t driver_put(struct driver *driver, uint16_t queue, const struct nvme_command *command);
void driver_ring(struct driver *driver, uint16_t queue);
/* Writes any doorbell, and waits as driver_ring() does for what it sets going. */
void driver_doorbell(struct driver *driver, uint32_t index, uint32_t value);
/* Until the function's thread has nothing to do. */
void driver_wait(struct driver *driver);
/* Takes the next completion if there is one; without a doorbell. */
bool driver_take(struct driver *driver, uint16_t queue, struct nvme_completion *completion);
void driver_ring_head(struct driver *driver, uint16_t queue);
/* All of the above; the status without its Do Not Retry bit. */
uint16_t driver_run(struct driver *driver, uint16_t queue, const struct nvme_command *command);

static inline uint16_t driver_status(const struct nvme_completion *completion)
{
	return le16_get(completion->status) >> 1 & NVME_STATUS_MASK;
}

static inline struct le64 *driver_list(struct driver *driver, unsigned int page)
{
	return bus_page(&driver->bus, page);
}

#endif
