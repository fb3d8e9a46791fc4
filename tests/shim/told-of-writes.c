/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that exports QEMU's functions is told of every device write, in pieces that do not
 * cross its memory regions. Its two regions are adjacent in one mapping, so that one write can
 * touch both.
 */
#include "program.h"

#include <stdint.h>
#include <sys/mman.h>

#include <spapr-tce/dmatest.h>

#define REGION_SIZE 0x10000ul
#define EXPORT      __attribute__((visibility("default")))

struct region {
	char *start;
	uint64_t size;
	int references;
};

static struct region regions[2];
static struct {
	void *address;
	uint64_t length;
} told[8];
static unsigned int told_count, registered, sections;
static bool misused, in_section;

EXPORT char address_space_memory[64];
EXPORT struct region *memory_region_from_host(void *address, uint64_t *offset);
EXPORT uint64_t memory_region_size(struct region *region);
EXPORT void memory_region_ref(struct region *region);
EXPORT int qemu_ram_foreach_block(int (*fn)(void *block, void *opaque), void *opaque);
EXPORT void address_space_unmap(void *space, void *address, uint64_t length, bool is_write, uint64_t written);
EXPORT void rcu_register_thread(void);
EXPORT void rcu_unregister_thread(void);

static struct region *find(void *address, uint64_t *offset)
{
	for (int i = 0; i < 2; i++)
		if ((char *)address >= regions[i].start && (char *)address < regions[i].start + regions[i].size) {
			*offset = (uint64_t)((char *)address - regions[i].start);
			return &regions[i];
		}
	return NULL;
}

/* Outside an RCU section a region could be freed before it is referenced. */
struct region *memory_region_from_host(void *address, uint64_t *offset)
{
	misused |= !in_section;
	return find(address, offset);
}

/* There are two blocks; the callback stops at the first. */
int qemu_ram_foreach_block(int (*fn)(void *block, void *opaque), void *opaque)
{
	int r = 0;

	in_section = true;
	sections++;
	for (int i = 0; i < 2 && !r; i++)
		r = fn(&regions[i], opaque);
	in_section = false;
	return r;
}

uint64_t memory_region_size(struct region *region)
{
	misused |= !in_section;
	return region->size;
}

void memory_region_ref(struct region *region)
{
	misused |= !in_section;
	region->references++;
}

void address_space_unmap(void *space, void *address, uint64_t length, bool is_write, uint64_t written)
{
	uint64_t offset = 0;
	struct region *region = find(address, &offset);

	misused |= in_section || space != address_space_memory || !is_write || written != length || !region ||
		   region->references-- <= 0 || offset + length > region->size;
	if (told_count < 8) {
		told[told_count].address = address;
		told[told_count].length = length;
	}
	told_count++;
}

void rcu_register_thread(void)
{
	registered++;
}

void rcu_unregister_thread(void)
{
}

static int container, group, device;
static off_t bar, config;
static uint64_t window;

static uint32_t region_flags;

static off_t region_offset(unsigned int index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };
	bool is_there = ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info) == 0;

	region_flags |= info.flags;
	return is_there ? (off_t)info.offset : -1;
}

static bool open_device(void)
{
	uint16_t command = 6;   /* memory space and bus master */

	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS);
	bar = region_offset(VFIO_PCI_BAR0_REGION_INDEX);
	config = region_offset(VFIO_PCI_CONFIG_REGION_INDEX);
	return device >= 0 && bar >= 0 && config >= 0 && pwrite(device, &command, 2, config + 4) == 2;
}

static bool map(char *memory, size_t size)
{
	struct vfio_iommu_spapr_register_memory reg = {
		.argsz = sizeof(reg), .vaddr = (uintptr_t)memory, .size = size,
	};
	struct vfio_iommu_spapr_tce_create create = {
		.argsz = sizeof(create), .page_shift = 12, .window_size = 1 << 20, .levels = 1,
	};
	struct vfio_iommu_type1_dma_map dma = {
		.argsz = sizeof(dma), .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory, .size = size,
	};

	if (ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg) ||
	    ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create))
		return false;
	window = dma.iova = create.start_addr;
	return ioctl(container, VFIO_IOMMU_MAP_DMA, &dma) == 0;
}

static void set_register(unsigned int offset, uint64_t value, size_t size)
{
	if (pwrite(device, &value, size, bar + offset) != (ssize_t)size)
		perror("# register");
}

static bool fill(uint64_t offset, uint64_t length)
{
	uint32_t status = 0;

	told_count = 0;
	set_register(STCE_DMATEST_TARGET, window + offset, 8);
	set_register(STCE_DMATEST_LENGTH, length, 8);
	set_register(STCE_DMATEST_PATTERN, 0x5a, 4);
	set_register(STCE_DMATEST_COMMAND, STCE_DMATEST_FILL, 4);
	return pread(device, &status, 4, bar + STCE_DMATEST_STATUS) == 4 && status == STCE_DMATEST_DONE;
}

static uint64_t told_bytes(void)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < told_count && i < 8; i++)
		sum += told[i].length;
	return sum;
}

int main(void)
{
	char *memory = mmap(NULL, 3 * REGION_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 2; i++)
		regions[i] = (struct region){ memory + i * REGION_SIZE, REGION_SIZE, 0 };
	ok(set_up(&container, &group) && open_device() && map(memory, 3 * REGION_SIZE), "a device that can write");
	ok(fill(0x100, 0x80) && memory[0x100] == 0x5a, "it writes a few bytes");
	ok(told_count == 1 && told[0].address == memory + 0x100 && told[0].length == 0x80, "of which the program is told");
	ok(fill(REGION_SIZE - 0x1000, 0x2000), "it writes over the border of two regions");
	ok(told_count >= 2 && told_bytes() == 0x2000, "of which the program is told piece by piece");
	ok(fill(2 * REGION_SIZE - 0x1000, 0x3000), "it writes beyond the last region");
	ok(told_bytes() == 0x1000, "the program is told of what lies in its regions only");
	ok(!misused && !regions[0].references && !regions[1].references, "no reference is left, none was missing");
	ok(sections && !misused, "regions are looked for and kept inside one RCU section");
	ok(!registered, "a thread of the program is not registered a second time");
	ok(!(region_flags & VFIO_REGION_INFO_FLAG_MMAP), "its registers cannot be mapped, because its guests load them");
	return ok_end();
}
