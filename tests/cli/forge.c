/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints a recording whose checksums are right: its options are the first argument, and each further argument is a path
 * that process 1 opens, or the name of a group of records that no honest program makes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "recording/calls.h"
#include "unit/recording/build.h"

enum { CONTAINER = 3, GROUP, DEVICE };

static struct built built;
static struct codec codec;
static struct recording_block block = { .kind = RECORDING_BLOCK, .first = 1, .process = 1 };
static uint8_t records[8192];

static void put(struct recording_record record)
{
	record.number = ++block.count;
	block.size += (uint32_t)codec_encode(&codec, &record, records + block.size);
}

static void put_open(const char *path, int fd)
{
	struct recording_record record = { .kind = RECORDING_OPEN };

	record.field[RECORDING_RESULT] = record.field[RECORDING_FD] = (uint64_t)fd;
	record.field[RECORDING_FLAGS] = O_RDWR;
	record.field[RECORDING_IN] = strlen(path) + 1;
	memcpy(record.in, path, strlen(path));
	put(record);
}

/* A call whose argument is kept as so many bytes, and which the call has not changed. */
static void put_ioctl(int fd, unsigned long request, const void *argument, size_t size, long result)
{
	struct recording_record record = { .kind = RECORDING_IOCTL };

	record.field[RECORDING_FD] = (uint64_t)fd;
	record.field[RECORDING_CALL] = recording_call_number(request, fd == DEVICE);
	record.field[RECORDING_REQUEST] = request;
	record.field[RECORDING_RESULT] = (uint64_t)result;
	record.field[RECORDING_IN] = record.field[RECORDING_OUT] = size;
	memcpy(record.in, argument, size);
	memcpy(record.out, argument, size);
	put(record);
}

static void put_number(int fd, unsigned long request, uint64_t number, long result)
{
	struct recording_record record = { .kind = RECORDING_IOCTL };

	record.field[RECORDING_FD] = (uint64_t)fd;
	record.field[RECORDING_CALL] = recording_call_number(request, false);
	record.field[RECORDING_REQUEST] = request;
	record.field[RECORDING_NUMBER] = number;
	record.field[RECORDING_RESULT] = (uint64_t)result;
	put(record);
}

static void put_container(unsigned int iommu)
{
	const int container = CONTAINER;

	put_open("/dev/vfio/vfio", CONTAINER);
	put_open("/dev/vfio/1", GROUP);
	put_ioctl(GROUP, VFIO_GROUP_SET_CONTAINER, &container, sizeof(container), 0);
	put_number(CONTAINER, VFIO_SET_IOMMU, iommu, 0);
}

/* A range begins in memory of the recording and goes on behind it, where the player has memory of its own. */
static void put_map_behind(void)
{
	struct vfio_iommu_type1_dma_map map = { sizeof(map), VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
						0x7ffffffff000, 0, 4096 };

	put_container(VFIO_SPAPR_TCE_IOMMU);
	put_number(CONTAINER, VFIO_IOMMU_ENABLE, 0, 0);
	put_ioctl(CONTAINER, VFIO_IOMMU_MAP_DMA, &map, sizeof(map), 0);
	map.iova = 1 << 20;
	map.size = 2 * 4096;
	put_ioctl(CONTAINER, VFIO_IOMMU_MAP_DMA, &map, sizeof(map), -EFAULT);
}

static const struct group {
	const char *name;
	void (*put)(void);
} groups[] = {
	{ "map-behind", put_map_behind },
};

static void put_word(const char *word)
{
	for (size_t i = 0; i < ARRAY_COUNT(groups); i++) {
		if (!strcmp(word, groups[i].name)) {
			groups[i].put();
			return;
		}
	}
	put_open(word, CONTAINER);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	build_header(&built, argv[1], strlen(argv[1]));
	codec_begin(&codec, 1);
	for (int i = 2; i < argc; i++)
		put_word(argv[i]);
	if (block.count)
		build_block(&built, block, records);
	build_end(&built, block.count);
	return fwrite(built.bytes, 1, built.size, stdout) != built.size;
}
