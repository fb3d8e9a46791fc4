/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints a recording whose checksums are right: its options are the first argument, and each further argument is a path
 * that process 1 opens, or the name of a group of records that no honest program makes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "recording/calls.h"
#include "unit/recording/build.h"

enum { CONTAINER = 3, GROUP, DEVICE, KVM, VM, VM_DEVICE };

/* Where the recorded program has memory, and the player has room. */
#define PLACE 0x100000000000u

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
static void put_call(int fd, bool on_device_file, unsigned long request, const void *argument, size_t size, long result)
{
	struct recording_record record = { .kind = RECORDING_IOCTL };

	record.field[RECORDING_FD] = (uint64_t)fd;
	record.field[RECORDING_CALL] = recording_call_number(request, on_device_file);
	record.field[RECORDING_REQUEST] = request;
	record.field[RECORDING_RESULT] = (uint64_t)result;
	record.field[RECORDING_IN] = record.field[RECORDING_OUT] = size;
	memcpy(record.in, argument, size);
	memcpy(record.out, argument, size);
	put(record);
}

static void put_ioctl(int fd, unsigned long request, const void *argument, size_t size, long result)
{
	put_call(fd, fd == DEVICE, request, argument, size, result);
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

static void put_register(size_t kept)
{
	const struct vfio_iommu_spapr_register_memory memory = { sizeof(memory), 0, PLACE, 65536 };

	put_ioctl(CONTAINER, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory, kept, 0);
}

/* Only the lower half of the length was kept. */
static void put_short_register(void)
{
	put_container(VFIO_SPAPR_TCE_v2_IOMMU);
	put_register(offsetof(struct vfio_iommu_spapr_register_memory, size) + sizeof(uint32_t));
}

static void put_vm_device(uint32_t flags, uint32_t fd)
{
	const struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO, .fd = fd, .flags = flags };

	put_open("/dev/kvm", KVM);
	put_number(KVM, KVM_CREATE_VM, 0, VM);
	put_ioctl(VM, KVM_CREATE_DEVICE, &device, sizeof(device), 0);
}

/* The value of the attribute was not kept, and there is memory at its address. */
static void put_bare_attribute(void)
{
	const struct kvm_device_attr attribute = { 0, KVM_DEV_VFIO_GROUP, KVM_DEV_VFIO_GROUP_ADD, PLACE };

	put_container(VFIO_SPAPR_TCE_v2_IOMMU);
	put_register(sizeof(struct vfio_iommu_spapr_register_memory));
	put_vm_device(0, VM_DEVICE);
	put_ioctl(VM_DEVICE, KVM_SET_DEVICE_ATTR, &attribute, sizeof(attribute), -EFAULT);
}

/* A transfer of so many bytes, which were kept unless `bytes` is NULL. */
static void put_transfer(enum recording_kind kind, int fd, const void *bytes, size_t size, uint64_t offset)
{
	struct recording_record record = { .kind = kind };

	record.field[RECORDING_FD] = (uint64_t)fd;
	record.field[RECORDING_RESULT] = record.field[RECORDING_LENGTH] = size;
	record.field[RECORDING_OFFSET] = offset;
	if (bytes) {
		record.field[kind == RECORDING_READ ? RECORDING_OUT : RECORDING_IN] = size;
		memcpy(kind == RECORDING_READ ? record.out : record.in, bytes, size);
	}
	put(record);
}

/* A device is not made, but only asked for, and the argument has the descriptor of the player's output. */
static void put_device_test(void)
{
	put_vm_device(KVM_CREATE_DEVICE_TEST, STDOUT_FILENO);
	put_transfer(RECORDING_WRITE, STDOUT_FILENO, "spoiled", strlen("spoiled"), 0);
}

static void put_device(void)
{
	put_container(VFIO_SPAPR_TCE_v2_IOMMU);
	put_ioctl(GROUP, VFIO_GROUP_GET_DEVICE_FD, "0000:01:00.0", sizeof("0000:01:00.0"), DEVICE);
}

/* The command register is written, then all of config space, then the register is read as it was. */
static void put_long_write(void)
{
	const uint64_t config = (uint64_t)VFIO_PCI_CONFIG_REGION_INDEX << 40, command = config + 4;
	const uint16_t value = 0x6;

	put_device();
	put_transfer(RECORDING_WRITE, DEVICE, &value, sizeof(value), command);
	put_transfer(RECORDING_WRITE, DEVICE, NULL, 256, config);
	put_transfer(RECORDING_READ, DEVICE, &value, sizeof(value), command);
}

/* Calls of which a part is an address, or was not kept. Linux may know the first two. */
static void put_pointers(void)
{
	/* argsz and flags; page size, count, and the address of ranges. */
	const uint64_t feature[4] = {
		sizeof(feature) | (uint64_t)(VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_DMA_LOGGING_START) << 32,
		4096, 1, PLACE,
	};
	/* argsz and flags, bus address and size; page size, bytes and address of the bitmap. */
	const uint64_t unmap[6] = {
		sizeof(unmap) | (uint64_t)VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP << 32, 0, 4096, 4096, 8, PLACE,
	};
	const struct vfio_irq_set irqs = {
		.argsz = sizeof(irqs) + 200 * sizeof(int32_t), .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_MSIX_IRQ_INDEX, .count = 200,
	};

	put_device();
	put_ioctl(DEVICE, VFIO_DEVICE_FEATURE, feature, sizeof(feature), 0);
	put_ioctl(CONTAINER, VFIO_IOMMU_UNMAP_DMA, unmap, sizeof(unmap), 0);
	put_ioctl(DEVICE, VFIO_DEVICE_SET_IRQS, &irqs, sizeof(irqs), 0);
}

/* The calls have the numbers that others have on these files. */
static void put_wrong_file(void)
{
	const struct vfio_iommu_spapr_register_memory memory = { sizeof(memory), 0, PLACE, 65536 };

	_Static_assert(VFIO_DEVICE_FEATURE == VFIO_IOMMU_SPAPR_REGISTER_MEMORY, "one number");
	put_device();
	put_call(CONTAINER, true, VFIO_DEVICE_FEATURE, &memory, sizeof(memory), 0);
	put_call(DEVICE, false, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory, sizeof(memory), 0);
}

static const struct group {
	const char *name;
	void (*put)(void);
} groups[] = {
	{ "map-behind", put_map_behind },
	{ "short-register", put_short_register },
	{ "bare-attribute", put_bare_attribute },
	{ "device-test", put_device_test },
	{ "long-write", put_long_write },
	{ "pointers", put_pointers },
	{ "wrong-file", put_wrong_file },
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
