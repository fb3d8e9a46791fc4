/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's side of queues and doorbells. */
#include "driver.h"

#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvme/ctrl.h"
#include "util/os.h"

struct driver d;

static struct nvme_command *sq_entry(struct driver *driver, uint16_t queue, uint32_t index)
{
	return (struct nvme_command *)bus_page(&driver->bus, 2u * queue) + index;
}

static struct nvme_completion *cq_entry(struct driver *driver, uint16_t queue, uint32_t index)
{
	return (struct nvme_completion *)bus_page(&driver->bus, 2u * queue + 1) + index;
}

void driver_init(struct driver *driver, const char *options)
{
	const char *iothread = getenv("DRIVER_IOTHREAD");
	char all[512];

	snprintf(all, sizeof(all), "%s%siothread=%s", options, options[0] ? "," : "",
		 iothread ? iothread : "off");
	memset(driver, 0, sizeof(*driver));
	bus_init(&driver->bus);
	driver->fn = bus_function(&driver->bus, "nvme", all);
	bus_enable(driver->fn);
}

void driver_fini(struct driver *driver)
{
	function_free(driver->fn);
	bus_fini(&driver->bus);
}

/* Makes the host's part of a fresh queue: zeroed memory, in which no phase matches. */
static void reset_queue(struct driver *driver, uint16_t id, uint32_t entries)
{
	driver->queue[id] = (struct driver_queue){ .size = entries, .phase = true };
	memset(cq_entry(driver, id, 0), 0, BUS_PAGE_SIZE);
}

void driver_enable(struct driver *driver, uint32_t entries)
{
	reset_queue(driver, 0, entries);
	bus_write32(driver->fn, NVME_REG_AQA, (entries - 1) << 16 | (entries - 1));
	bus_write64(driver->fn, NVME_REG_ASQ, bus_ioba(0));
	bus_write64(driver->fn, NVME_REG_ACQ, bus_ioba(1));
	bus_write32(driver->fn, NVME_REG_CC, 0x00460001);
	assert_int_equal(bus_read32(driver->fn, NVME_REG_CSTS), NVME_CSTS_RDY);
}

void driver_disable(struct driver *driver)
{
	bus_write32(driver->fn, NVME_REG_CC, 0x00460000);
	assert_int_equal(bus_read32(driver->fn, NVME_REG_CSTS), 0);
}

struct nvme_command driver_create_cq(uint16_t id, uint32_t entries)
{
	return (struct nvme_command){
		.opcode = NVME_ADMIN_CREATE_CQ,
		.prp1 = le64_make(bus_ioba(2u * id + 1)),
		.cdw10 = le32_make((entries - 1) << 16 | id),
		.cdw11 = le32_make((uint32_t)id << 16 | NVME_CQ_INTERRUPTS | NVME_QUEUE_CONTIGUOUS),
	};
}

struct nvme_command driver_create_sq(uint16_t id, uint32_t entries)
{
	return (struct nvme_command){
		.opcode = NVME_ADMIN_CREATE_SQ,
		.prp1 = le64_make(bus_ioba(2u * id)),
		.cdw10 = le32_make((entries - 1) << 16 | id),
		.cdw11 = le32_make((uint32_t)id << 16 | NVME_QUEUE_CONTIGUOUS),
	};
}

struct nvme_command driver_identify(uint8_t cns, uint32_t nsid, uint64_t prp1)
{
	return (struct nvme_command){
		.opcode = NVME_ADMIN_IDENTIFY,
		.nsid = le32_make(nsid),
		.prp1 = le64_make(prp1),
		.cdw10 = le32_make(cns),
	};
}

struct nvme_command driver_rw(uint8_t opcode, uint64_t start, uint32_t blocks, uint64_t prp1)
{
	return (struct nvme_command){
		.opcode = opcode,
		.nsid = le32_make(1),
		.prp1 = le64_make(prp1),
		.cdw10 = le32_make((uint32_t)start),
		.cdw11 = le32_make((uint32_t)(start >> 32)),
		.cdw12 = le32_make(blocks - 1),
	};
}

void driver_create_pair(struct driver *driver, uint16_t id, uint32_t entries)
{
	struct nvme_command cq = driver_create_cq(id, entries);
	struct nvme_command sq = driver_create_sq(id, entries);

	reset_queue(driver, id, entries);
	assert_int_equal(driver_run(driver, 0, &cq), NVME_OK);
	assert_int_equal(driver_run(driver, 0, &sq), NVME_OK);
}

void driver_start(struct driver *driver, const char *options)
{
	driver_init(driver, options);
	driver_enable(driver, 16);
	driver_create_pair(driver, 1, 16);
}

int driver_setup(void **state)
{
	driver_start(&d, *state);
	return 0;
}

int driver_teardown(void **state)
{
	driver_fini(&d);
	return 0;
}

uint16_t driver_put(struct driver *driver, uint16_t queue, const struct nvme_command *command)
{
	struct driver_queue *q = &driver->queue[queue];
	struct nvme_command *entry = sq_entry(driver, queue, q->tail);
	uint16_t cid = driver->next_cid++;

	*entry = *command;
	entry->cid = le16_make(cid);
	q->tail = (q->tail + 1) % q->size;
	return cid;
}

/* A test looks at a doorbell's effects after the ring, whichever thread causes them. */
void driver_wait(struct driver *driver)
{
	const struct nvme_worker *worker = &nvme_of(driver->fn)->worker;
	bool idle = false;

	while (!idle) {
		pthread_mutex_lock(&driver->fn->lock);
		idle = !worker->pending && !worker->busy;
		pthread_mutex_unlock(&driver->fn->lock);
		if (!idle)
			os_sleep_us(10);
	}
}

void driver_doorbell(struct driver *driver, uint32_t index, uint32_t value)
{
	bus_write32(driver->fn, NVME_REG_DOORBELLS + 4 * index, value);
	driver_wait(driver);
}

void driver_ring(struct driver *driver, uint16_t queue)
{
	driver_doorbell(driver, 2u * queue, driver->queue[queue].tail);
}

bool driver_take(struct driver *driver, uint16_t queue, struct nvme_completion *completion)
{
	struct driver_queue *q = &driver->queue[queue];

	*completion = *cq_entry(driver, queue, q->head);
	if ((le16_get(completion->status) & 1) != q->phase)
		return false;
	if (++q->head == q->size) {
		q->head = 0;
		q->phase = !q->phase;
	}
	return true;
}

void driver_ring_head(struct driver *driver, uint16_t queue)
{
	driver_doorbell(driver, 2u * queue + 1, driver->queue[queue].head);
}

uint16_t driver_run(struct driver *driver, uint16_t queue, const struct nvme_command *command)
{
	uint16_t cid = driver_put(driver, queue, command);
	struct nvme_completion completion;

	driver_ring(driver, queue);
	assert_true(driver_take(driver, queue, &completion));
	driver_ring_head(driver, queue);
	assert_int_equal(le16_get(completion.cid), cid);
	assert_int_equal(le16_get(completion.sq_id), queue);
	driver->result = le32_get(completion.result);
	driver->sq_head = le16_get(completion.sq_head);
	driver->refused_for_good = le16_get(completion.status) >> 1 & NVME_DO_NOT_RETRY;
	return driver_status(&completion);
}
