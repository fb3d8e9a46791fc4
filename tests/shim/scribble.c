/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two programs of one run. `scribble work` maps pages and counts with many threads. It exits with 0
 * at the end of its input if every call was right. `scribble write FILE SEED` overwrites a file:
 * first all of it with one byte, then random words.
 */
#include "program.h"

#include <pthread.h>
#include <poll.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define ROUNDS 60
#define WORDS  20000
#define PAGE   65536

static int container, group;
static unsigned int failed;

static bool map_and_unmap(char *memory, uint64_t iova)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory, .iova = iova, .size = 4096,
	};
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap), .iova = iova, .size = 4096 };

	return !ioctl(container, VFIO_IOMMU_MAP_DMA, &map) && !ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

static void *map_in_a_thread(void *memory)
{
	if (!map_and_unmap(memory, 4096))
		__atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED);
	return NULL;
}

static bool go_round(char *memory)
{
	struct vfio_iommu_spapr_register_memory reg = {
		.argsz = sizeof(reg), .vaddr = (uintptr_t)memory, .size = PAGE,
	};
	struct vfio_group_status status = { .argsz = sizeof(status) };
	pthread_t thread;
	int other = open_container();
	bool is_right = other >= 0 && is_container(other) && !ioctl(group, VFIO_GROUP_GET_STATUS, &status) &&
			status.flags & VFIO_GROUP_FLAGS_CONTAINER_SET &&
			!ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg) && map_and_unmap(memory, 0);

	close(other);
	if (pthread_create(&thread, NULL, map_in_a_thread, memory))
		return false;
	pthread_join(thread, NULL);
	return is_right && !failed && !ioctl(container, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &reg);
}

static int work(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char *memory = aligned_alloc(PAGE, PAGE);

	if (!memory || !set_up(&container, &group))
		return 3;
	puts("ready");
	fflush(stdout);
	while (!poll(&input, 1, 0))
		if (!go_round(memory))
			return 4;
	/* Every program closes these in this order. */
	close(container);
	close(group);
	return 0;
}

static uint64_t chosen(unsigned int *seed)
{
	static const uint64_t words[] = {
		0, 1, 255, 256, 257, UINT32_MAX, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX, UINT64_C(1) << 41,
	};
	unsigned int n = (unsigned int)rand_r(seed);

	return n % 3 ? words[n % (sizeof(words) / sizeof(words[0]))] : (uint64_t)n << 32 | (unsigned int)rand_r(seed);
}

static int scribble(const char *path, unsigned int seed)
{
	static const unsigned char bytes[] = { 0xff, 0x00, 0x7f, 0x80, 0x01 };
	int fd = open(path, O_RDWR);
	struct stat st;
	uint64_t *words;

	if (fd < 0 || fstat(fd, &st) || !st.st_size)
		return 1;
	words = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (words == MAP_FAILED)
		return 2;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		memset(words, bytes[round % sizeof(bytes)], (size_t)st.st_size);
		usleep(1000);
		for (unsigned int i = 0; i < WORDS; i++)
			words[(unsigned int)rand_r(&seed) % ((size_t)st.st_size / 8)] = chosen(&seed);
		usleep(1000);
		/* The first words are those that all programs read. */
		for (unsigned int i = 0; i < WORDS; i++)
			words[(unsigned int)rand_r(&seed) % 64 % ((size_t)st.st_size / 8)] = chosen(&seed);
		usleep(20000);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "work"))
		return work();
	return argc > 3 ? scribble(argv[2], (unsigned int)atoi(argv[3])) : 64;
}
