/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures how many commands the device takes in a second. Each reads one block into a page of its own, and
 * its id is the number of that page.
 */
#include "nvme.h"

#include <endian.h>
#include <err.h>
#include <stdio.h>

static void put_read(struct nvme *n, uint16_t id, uint64_t lba)
{
	nvme_put(&n->io, (struct nvme_command){
		.opcode = NVME_READ, .id = htole16(id), .nsid = htole32(1),
		.prp = { htole64(nvme_bus(n, PAGE_DATA + id)) },
		.cdw10 = htole32((uint32_t)lba), .cdw11 = htole32((uint32_t)(lba >> 32)),
	});
}

/* Takes what has ended, and reads as much again until the end. Returns how many ended; -1 for a failure. */
static int turn(struct nvme *n, uint64_t *lba, bool again)
{
	struct nvme_completion completion;
	int ended = 0;

	while (nvme_take(&n->io, &completion)) {
		if (le16toh(completion.status) >> 1) {
			warnx("a read ended with status 0x%x", le16toh(completion.status) >> 1);
			return -1;
		}
		if (again)
			put_read(n, le16toh(completion.id), *lba = (*lba + 1) % n->block_count);
		ended++;
	}
	if (ended)
		nvme_release(n, &n->io);
	if (ended && again)
		nvme_ring(n, &n->io);
	return ended;
}

static bool measure(struct nvme *n, unsigned int depth, double seconds)
{
	uint64_t start = nvme_now_ns(), length = (uint64_t)(seconds * 1e9), lba = 0, count = 0, now;
	unsigned int open = depth;

	for (unsigned int i = 0; i < depth; i++)
		put_read(n, (uint16_t)i, lba = (lba + 1) % n->block_count);
	nvme_ring(n, &n->io);
	do {
		bool again = (now = nvme_now_ns()) - start < length;
		int ended = turn(n, &lba, again);

		if (ended < 0)
			return false;
		count += (unsigned int)ended;
		if (!again)
			open -= (unsigned int)ended;
	} while (open && now - start < length + UINT64_C(30000000000));
	if (open)
		warnx("%u reads have no completion after 30 s", open);
	else
		printf("depth %2u: %.0f reads of %zu bytes a second\n", depth, (double)count * 1e9 / (double)(now - start),
		       n->block);
	return !open;
}

bool nvme_bench(struct nvme *n, double seconds)
{
	return measure(n, 1, seconds) && measure(n, 4, seconds) && measure(n, 32, seconds);
}
