/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of the controller: reset, admin queues, identification, the I/O queues, shutdown
 * [NVMe 1.4 7.6]. CSTS follows CC within the time that CAP.TO tells.
 */
#include "nvme.h"

#include <endian.h>
#include <err.h>
#include <string.h>

enum { CAP = 0x00, CC = 0x14, CSTS = 0x1c, AQA = 0x24, ASQ = 0x28, ACQ = 0x30, DOORBELLS = 0x1000 };
enum { CREATE_SQ = 0x01, CREATE_CQ = 0x05, IDENTIFY = 0x06, SET_FEATURES = 0x09 };

#define CC_ENABLE   (1u | 6 << 16 | 4 << 20)    /* with entries of 64 and 16 bytes */
#define CC_SHN      (3u << 14)
#define CC_NORMAL   (1u << 14)
#define CSTS_RDY    1u
#define CSTS_CFS    2u
#define CSTS_SHST   (3u << 2)
#define CSTS_ENDED  (2u << 2)
#define CNS_NAMESPACE    0
#define CNS_CONTROLLER   1
#define NUMBER_OF_QUEUES 7

static bool wait_status(struct nvme *n, uint32_t mask, uint32_t wanted, const char *what)
{
	uint64_t start = nvme_now_ns();
	uint32_t status;

	do {
		status = vfio_read32(n->vfio, CSTS);
		if (status == UINT32_MAX) {
			warnx("the controller does not answer");
			return false;
		}
		if ((status & mask) == wanted)
			return true;
	} while (!(status & CSTS_CFS && wanted) && nvme_now_ns() - start < n->timeout_ns);
	warnx("%s: CSTS is 0x%x%s", what, status, status & CSTS_CFS ? ", a fatal error" : "");
	return false;
}

static bool disable(struct nvme *n)
{
	vfio_write32(n->vfio, CC, vfio_read32(n->vfio, CC) & ~1u);
	return wait_status(n, CSTS_RDY, 0, "the controller was not disabled in time");
}

static void init_queue(struct nvme *n, struct nvme_queue *q, unsigned int id, unsigned int sq_page,
		       unsigned int cq_page, uint32_t stride)
{
	*q = (struct nvme_queue){
		.command = (struct nvme_command *)(n->vfio->memory + sq_page * NVME_PAGE),
		.completion = (struct nvme_completion *)(n->vfio->memory + cq_page * NVME_PAGE),
		.tail_doorbell = DOORBELLS + 2 * id * stride,
		.head_doorbell = DOORBELLS + (2 * id + 1) * stride,
		.phase = 1,
	};
}

static void write64(struct nvme *n, size_t offset, uint64_t value)
{
	vfio_write32(n->vfio, offset, (uint32_t)value);
	vfio_write32(n->vfio, offset + 4, (uint32_t)(value >> 32));
}

static bool enable(struct nvme *n)
{
	uint32_t low = vfio_read32(n->vfio, CAP), high = vfio_read32(n->vfio, CAP + 4);
	uint32_t stride = 4u << (high & 15);

	n->timeout_ns = ((low >> 24) + 1) * UINT64_C(500000000);
	if ((low & 0xffff) + 1 < NVME_ENTRIES || high >> 16 & 15 || DOORBELLS + 4 * stride > n->vfio->bar_size) {
		warnx("CAP is 0x%08x%08x: this driver needs queues of %u, pages of 4 KiB, and doorbells in its BAR", high,
		      low, NVME_ENTRIES);
		return false;
	}
	if (!disable(n))
		return false;
	init_queue(n, &n->admin, 0, PAGE_ASQ, PAGE_ACQ, stride);
	init_queue(n, &n->io, 1, PAGE_SQ, PAGE_CQ, stride);
	vfio_write32(n->vfio, AQA, (NVME_ENTRIES - 1) << 16 | (NVME_ENTRIES - 1));
	write64(n, ASQ, nvme_bus(n, PAGE_ASQ));
	write64(n, ACQ, nvme_bus(n, PAGE_ACQ));
	vfio_write32(n->vfio, CC, CC_ENABLE);
	return wait_status(n, CSTS_RDY, CSTS_RDY, "the controller was not ready in time");
}

static bool admin(struct nvme *n, uint8_t opcode, uint32_t nsid, unsigned int page, uint32_t cdw10, uint32_t cdw11)
{
	return nvme_execute(n, &n->admin, (struct nvme_command){
		.opcode = opcode, .nsid = htole32(nsid), .prp = { htole64(nvme_bus(n, page)) },
		.cdw10 = htole32(cdw10), .cdw11 = htole32(cdw11),
	});
}

/* Texts are padded with spaces and not terminated. */
static void copy_text(char *to, const char *from, size_t size)
{
	memcpy(to, from, size);
	while (size && to[size - 1] == ' ')
		size--;
	to[size] = '\0';
}

static bool identify(struct nvme *n)
{
	const char *page = n->vfio->memory + PAGE_IDENTIFY * NVME_PAGE;
	unsigned int mdts, format, shift;
	uint64_t count;

	if (!admin(n, IDENTIFY, 0, PAGE_IDENTIFY, CNS_CONTROLLER, 0))
		return false;
	copy_text(n->serial, page + 4, 20);
	copy_text(n->model, page + 24, 40);
	mdts = (uint8_t)page[77];
	n->transfer_max = mdts && mdts < 8 ? NVME_PAGE << mdts : NVME_DATA;
	if (!admin(n, IDENTIFY, 1, PAGE_IDENTIFY, CNS_NAMESPACE, 0))
		return false;
	memcpy(&count, page, sizeof(count));
	n->block_count = le64toh(count);
	format = page[26] & 15;
	shift = (uint8_t)page[128 + 4 * format + 2];
	n->block = (size_t)1 << shift;
	if (n->block_count && shift >= 9 && shift <= 12)
		return true;
	warnx("namespace 1 has %llu blocks of 2^%u bytes", (unsigned long long)n->block_count, shift);
	return false;
}

/* The completion queue is first, because the submission queue names it. Neither has interrupts. */
static bool create_queues(struct nvme *n)
{
	uint32_t size_and_id = (NVME_ENTRIES - 1) << 16 | 1;

	return admin(n, SET_FEATURES, 0, PAGE_IDENTIFY, NUMBER_OF_QUEUES, 0) &&
	       admin(n, CREATE_CQ, 0, PAGE_CQ, size_and_id, 1) &&
	       admin(n, CREATE_SQ, 0, PAGE_SQ, size_and_id, 1 << 16 | 1);
}

bool nvme_start(struct nvme *n, struct vfio *v)
{
	*n = (struct nvme){ .vfio = v, .data = v->memory + PAGE_DATA * NVME_PAGE };
	return enable(n) && identify(n) && create_queues(n);
}

/* Also used when a start has failed, so it asks whether the controller is enabled. */
void nvme_stop(struct nvme *n)
{
	uint32_t cc = vfio_read32(n->vfio, CC);

	if (cc == UINT32_MAX || !(cc & 1))
		return;
	if (!(vfio_read32(n->vfio, CSTS) & CSTS_CFS)) {
		vfio_write32(n->vfio, CC, (cc & ~CC_SHN) | CC_NORMAL);
		wait_status(n, CSTS_SHST, CSTS_ENDED, "the controller was not shut down in time");
	}
	disable(n);
}
