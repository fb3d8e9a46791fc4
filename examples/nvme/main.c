/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for an NVMe disk in user space, on VFIO with the sPAPR v2 IOMMU. It describes the disk, sums its
 * first MiB, and writes or measures on request. It knows nothing of spapr-tce, and is written for a POWER host with a
 * real disk that is bound to vfio-pci as well.
 */
#include "nvme.h"

#include <err.h>
#include <endian.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN_SIZE 65536u

struct wish {
	const char *address;
	bool by_calls, low, writes;
	uint64_t lba, max;
	double seconds;
};

/* The checksum of cksum(1), so that anybody can check it. */
static uint32_t checksum(const char *data, size_t size)
{
	uint32_t crc = 0;

	for (size_t i = 0, length = size; i < size || length; i++) {
		uint8_t byte = i < size ? (uint8_t)data[i] : (uint8_t)length;

		if (i >= size)
			length >>= 8;
		crc ^= (uint32_t)byte << 24;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc & 1u << 31 ? 0x04c11db7 : 0);
	}
	return ~crc;
}

static bool read_start(struct nvme *n)
{
	uint64_t bytes = n->block_count < NVME_DATA / n->block ? n->block_count * n->block : NVME_DATA;

	if (!nvme_move(n, NVME_READ, 0, bytes))
		return false;
	printf("first %llu bytes: cksum %u\n", (unsigned long long)bytes, checksum(n->data, bytes));
	return true;
}

/* No two words of a disk have the same pattern. */
static void fill(uint64_t *word, uint64_t start, size_t size)
{
	for (size_t at = 0; at < size; at += 8)
		*word++ = htole64((start + at) * UINT64_C(0x9e3779b97f4a7c15));
}

static bool write_pattern(struct nvme *n, uint64_t lba)
{
	char *wanted = malloc(PATTERN_SIZE);
	bool same = false;

	if (!wanted || lba >= n->block_count || n->block_count - lba < PATTERN_SIZE / n->block) {
		warnx("--write %llu: %u bytes do not fit there", (unsigned long long)lba, PATTERN_SIZE);
		goto out;
	}
	fill((uint64_t *)wanted, lba * n->block, PATTERN_SIZE);
	memcpy(n->data, wanted, PATTERN_SIZE);
	if (!nvme_move(n, NVME_WRITE, lba, PATTERN_SIZE) || !nvme_move(n, NVME_FLUSH, 0, 0))
		goto out;
	memset(n->data, 0, PATTERN_SIZE);
	if (!nvme_move(n, NVME_READ, lba, PATTERN_SIZE))
		goto out;
	same = !memcmp(n->data, wanted, PATTERN_SIZE);
	if (same)
		printf("%u bytes from block %llu written and read back: cksum %u\n", PATTERN_SIZE,
		       (unsigned long long)lba, checksum(wanted, PATTERN_SIZE));
	else
		warnx("block %llu: what was read is not what was written", (unsigned long long)lba);
out:
	free(wanted);
	return same;
}

static bool use(struct nvme *n, const struct wish *wish)
{
	if (wish->max && wish->max < n->transfer_max)
		n->transfer_max = wish->max;
	printf("model %s, serial %s\n", n->model, n->serial);
	printf("%llu blocks of %zu bytes, up to %zu in one command\n", (unsigned long long)n->block_count, n->block,
	       n->transfer_max);
	printf("memory for DMA at bus address 0x%llx, registers %s\n", (unsigned long long)n->vfio->iova,
	       n->vfio->bar ? "mapped" : "by pread and pwrite");
	return read_start(n) && (!wish->writes || write_pattern(n, wish->lba)) &&
	       (!wish->seconds || nvme_bench(n, wish->seconds));
}

static bool drive(const struct wish *wish)
{
	struct vfio vfio;
	struct nvme nvme;
	bool good = false;

	if (vfio_open(&vfio, wish->address) && dma_map(&vfio, NVME_MEMORY, wish->low) &&
	    vfio_open_device(&vfio, wish->address, NVME_CLASS, wish->by_calls)) {
		good = nvme_start(&nvme, &vfio) && use(&nvme, wish);
		nvme_stop(&nvme);
	}
	vfio_close(&vfio);
	return good;
}

static void usage(void)
{
	fprintf(stderr, "usage: nvme [--pread] [--low] [--max BYTES] [--write LBA] [--bench SECONDS] ADDRESS\n"
			"  --pread          reach the registers by system calls, not by a mapping\n"
			"  --low            use the default window, below 4 GiB\n"
			"  --max BYTES      move no more in one command, a multiple of 4096\n"
			"  --write LBA      write a pattern of 64 KiB from this block on, and read it back\n"
			"  --bench SECONDS  measure reads of one block, so long at each depth\n"
			"ADDRESS is the PCI address of the disk, like 0000:01:00.0\n");
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "pread", no_argument, NULL, 'p' }, { "low", no_argument, NULL, 'l' },
		{ "max", required_argument, NULL, 'm' }, { "write", required_argument, NULL, 'w' },
		{ "bench", required_argument, NULL, 'b' }, { NULL, 0, NULL, 0 },
	};
	struct wish wish = { 0 };
	char *end = "";
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'p')
			wish.by_calls = true;
		else if (option == 'l')
			wish.low = true;
		else if (option == 'm')
			wish.max = strtoull(optarg, &end, 0);
		else if (option == 'w')
			wish.writes = true, wish.lba = strtoull(optarg, &end, 0);
		else if (option == 'b')
			wish.seconds = strtod(optarg, &end);
		if (option == '?' || *end || wish.max % NVME_PAGE)
			usage();
	}
	if (optind + 1 != argc)
		usage();
	wish.address = argv[optind];
	if (!drive(&wish))
		return 1;
	/* A report that could not be written is a failure too. */
	if (fflush(stdout))
		err(1, "standard output");
	return 0;
}
