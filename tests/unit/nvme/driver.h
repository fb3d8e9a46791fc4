/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small driver for tests of the NVMe function. Page 2n of the arena holds submission queue n,
 * page 2n + 1 completion queue n; the pages from DRIVER_DATA on belong to the test.
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
	uint32_t result;        /* of the last command */
	uint16_t sq_head;
	bool refused_for_good;  /* its status had Do Not Retry */
};

/*
 * Most tests have one driver. These start it with the given options before each test, and free it
 * afterwards.
 */
extern struct driver d;
#define DRIVER_TEST(test, options) \
	cmocka_unit_test_prestate_setup_teardown(test, driver_setup, driver_teardown, (char *)(options))
/* For tests that set up more; *state points to the options. */
int driver_setup(void **state);
int driver_teardown(void **state);

/*
 * Makes the function with the iothread= of $DRIVER_IOTHREAD, or off. Registers are as at power-on;
 * decoding and mastering are on.
 */
void driver_init(struct driver *driver, const char *options);
void driver_fini(struct driver *driver);
/*
 * Makes admin queues of this many entries, then sets CC.EN. Fails the test unless the controller
 * becomes ready.
 */
void driver_enable(struct driver *driver, uint32_t entries);
void driver_disable(struct driver *driver);
/* Calls init and enable, and makes I/O queue pair 1 of 16 entries. */
void driver_start(struct driver *driver, const char *options);
void driver_create_pair(struct driver *driver, uint16_t id, uint32_t entries);

/* Return a valid create command, which the test may change. */
struct nvme_command driver_create_cq(uint16_t id, uint32_t entries);
struct nvme_command driver_create_sq(uint16_t id, uint32_t entries);
struct nvme_command driver_identify(uint8_t cns, uint32_t nsid, uint64_t prp1);
/* Returns a read, write or compare of blocks from start on, to or from at most one page at prp1. */
struct nvme_command driver_rw(uint8_t opcode, uint64_t start, uint32_t blocks, uint64_t prp1);

/* Puts a command into the queue without a doorbell, gives it an id, and returns the id. */
uint16_t driver_put(struct driver *driver, uint16_t queue, const struct nvme_command *command);
void driver_ring(struct driver *driver, uint16_t queue);
/* Writes any doorbell, and waits for its effects as driver_ring() does. */
void driver_doorbell(struct driver *driver, uint32_t index, uint32_t value);
/* Waits until the function's thread has nothing to do. */
void driver_wait(struct driver *driver);
/* Takes the next completion, if there is one, without a doorbell. */
bool driver_take(struct driver *driver, uint16_t queue, struct nvme_completion *completion);
void driver_ring_head(struct driver *driver, uint16_t queue);
/* Does all of the above. Returns the status without its Do Not Retry bit. */
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
