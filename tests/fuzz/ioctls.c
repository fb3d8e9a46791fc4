/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls on container, group and device files, in any order and with any argument: good structures,
 * wild ones, and pointers near the end of memory. Nothing may be left when all files are closed.
 * steps.h says what an input consists of.
 */
#include "steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "spapr-tce.h"
#include "stats_of.h"

#define PAGE        4096u
#define AREA_PAGES  32u
#define HOLE        20u
#define CONTAINERS  2
#define GROUPS      2
#define DEVICES     4
#define FILES       (CONTAINERS + GROUPS + DEVICES)
#define ARGUMENT    256u          /* bytes before the end of readable memory */

static struct stce_machine *machine;
static uint8_t *area;             /* the memory that programs register and map */
static uint8_t *edge;             /* the first byte after readable memory */
static int event;
static int file[FILES];           /* -1: not open */

static const char *const path[FILES] = { "/dev/vfio/vfio", "/dev/vfio/vfio", "/dev/vfio/1", "/dev/vfio/2" };
static const char *const device_name[GROUPS] = { "0000:01:00.0", "0000:02:00.0" };

static void start(void)
{
	struct stce_config *config;
	char why[STCE_WHY_SIZE];
	uint8_t *memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	edge = memory + PAGE;
	FUZZ_CHECK(!mprotect(edge, PAGE, PROT_NONE));
	area = mmap(NULL, AREA_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FUZZ_CHECK(!mprotect(area + HOLE * PAGE, PAGE, PROT_NONE));
	event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	FUZZ_CHECK(!stce_config_new(&config));
	FUZZ_CHECK(!stce_config_set(config, "page-size", "4K", why));
	FUZZ_CHECK(!stce_config_set(config, "memlock", "3G", why));
	FUZZ_CHECK(!stce_config_set(config, "pin", "lazy", why));
	FUZZ_CHECK(!stce_config_set(config, "device", "dmatest,addr=0000:01:00.0,group=1", why));
	FUZZ_CHECK(!stce_config_set(config, "device", "dmatest,addr=0000:02:00.0,group=2", why));
	FUZZ_CHECK(!stce_machine_new(config, &machine, why));
	stce_config_free(config);
	memset(file, -1, sizeof(file));
}

static void open_file(unsigned int n)
{
	if (file[n] < 0 && path[n])
		file[n] = stce_open(machine, path[n], O_RDWR | O_CLOEXEC);
}

static void close_file(unsigned int n)
{
	if (file[n] >= 0)
		stce_close(file[n]);
	file[n] = -1;
}

static uint64_t take_vaddr(struct fuzz_input *in)
{
	uint8_t kind = fuzz_u8(in);

	switch (kind >> 5) {
	case 0:
		return (uintptr_t)area + kind % AREA_PAGES * PAGE + fuzz_u8(in);
	case 1:
		return (uint64_t)0 - (uint64_t)(kind % 32) * PAGE;
	case 2:
		return fuzz_u64(in) | bit64(63);      /* never an address of ours */
	}
	return (uintptr_t)area + kind % AREA_PAGES * PAGE;
}

/* Returns a page number, a round number, or any number. */
static uint64_t take_number(struct fuzz_input *in)
{
	uint8_t kind = fuzz_u8(in);

	if (kind < 0x80)
		return (uint64_t)(kind & 0x3f) * PAGE;
	if (kind < 0xc0)
		return bit64(kind & 0x3f);
	if (kind < 0xe0)
		return bit64(59) + (uint64_t)(kind & 0x1f) * PAGE;
	return kind < 0xf0 ? 0 - bit64(kind & 0xf) : fuzz_u64(in);
}

/* Copies an argument to the end of readable memory, whole or not, or returns a worse pointer. */
static void *place(struct fuzz_input *in, const void *argument, size_t size)
{
	uint8_t kind = fuzz_u8(in);

	memcpy(edge - size, argument, size);
	if (kind < 0xe0)
		return edge - size;
	if (kind < 0xf0)
		return edge - kind % 32;
	return (void *)(uintptr_t)(kind == 0xf0 ? 0 : fuzz_u64(in) | bit64(63));
}

static uint32_t take_argsz(struct fuzz_input *in, size_t size)
{
	uint8_t kind = fuzz_u8(in);

	return kind < 0xf0 ? (uint32_t)size : kind < 0xf8 ? (uint32_t)size - kind % 8 : fuzz_u32(in);
}

static uint32_t take_flags(struct fuzz_input *in, uint32_t usual)
{
	uint8_t kind = fuzz_u8(in);

	return kind < 0xf0 ? usual : kind < 0xfc ? kind & 7 : fuzz_u32(in);
}

#define CALL(n, request, argument) stce_ioctl(file[n], request, place(in, &(argument), sizeof(argument)))

static void container_call(struct fuzz_input *in, unsigned int n)
{
	switch (fuzz_u8(in) % 12) {
	case 0:
		stce_ioctl(file[n], VFIO_SET_IOMMU, (void *)(uintptr_t)(fuzz_u8(in) & 1 ? 7 : fuzz_u8(in)));
		break;
	case 1: {
		struct vfio_iommu_spapr_register_memory a = { take_argsz(in, sizeof(a)), take_flags(in, 0),
							      take_vaddr(in), take_number(in) };
		/* Not in the call itself, whose arguments are evaluated in any order. */
		unsigned long request = fuzz_u8(in) & 1 ? VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY :
							  VFIO_IOMMU_SPAPR_REGISTER_MEMORY;

		CALL(n, request, a);
		break;
	}
	case 2:
	case 3: {
		struct vfio_iommu_type1_dma_map a = { take_argsz(in, sizeof(a)), take_flags(in, 3),
						      take_vaddr(in), take_number(in), take_number(in) };

		CALL(n, VFIO_IOMMU_MAP_DMA, a);
		break;
	}
	case 4: {
		struct vfio_iommu_type1_dma_unmap a = { take_argsz(in, sizeof(a)), take_flags(in, 0),
							take_number(in), take_number(in) };

		CALL(n, VFIO_IOMMU_UNMAP_DMA, a);
		break;
	}
	case 5: {
		struct vfio_iommu_spapr_tce_create a = {
			.argsz = take_argsz(in, sizeof(a)), .flags = take_flags(in, 0),
			.page_shift = fuzz_u8(in) & 1 ? 12 : take_flags(in, 16), .window_size = take_number(in),
			.levels = fuzz_u8(in) & 7,
		};

		CALL(n, VFIO_IOMMU_SPAPR_TCE_CREATE, a);
		break;
	}
	case 6: {
		struct vfio_iommu_spapr_tce_remove a = { take_argsz(in, sizeof(a)), take_flags(in, 0),
							 take_number(in) };

		CALL(n, VFIO_IOMMU_SPAPR_TCE_REMOVE, a);
		break;
	}
	case 7: {
		struct vfio_iommu_spapr_tce_info a = { .argsz = take_argsz(in, sizeof(a)) };

		CALL(n, VFIO_IOMMU_SPAPR_TCE_GET_INFO, a);
		break;
	}
	case 8: {
		struct vfio_eeh_pe_op a = { .argsz = take_argsz(in, sizeof(a)), .op = take_flags(in, 4) };

		CALL(n, VFIO_EEH_PE_OP, a);
		break;
	}
	case 9:
		stce_ioctl(file[n], fuzz_u8(in) & 1 ? VFIO_IOMMU_ENABLE : VFIO_IOMMU_DISABLE, NULL);
		break;
	case 10:
		stce_ioctl(file[n], VFIO_CHECK_EXTENSION, (void *)(uintptr_t)fuzz_u64(in));
		break;
	case 11:
		stce_ioctl(file[n], VFIO_GET_API_VERSION, NULL);
		break;
	}
}

static void open_device(struct fuzz_input *in, unsigned int group)
{
	char name[16] = "";
	long fd;

	strcpy(name, device_name[fuzz_u8(in) & 15 ? group - CONTAINERS : fuzz_u8(in) % GROUPS]);
	fd = CALL(group, VFIO_GROUP_GET_DEVICE_FD, name);
	for (unsigned int i = CONTAINERS + GROUPS; i < FILES && fd >= 0; i++) {
		if (file[i] >= 0)
			continue;
		file[i] = (int)fd;
		return;
	}
	if (fd >= 0)
		stce_close((int)fd);
}

static void group_call(struct fuzz_input *in, unsigned int n)
{
	switch (fuzz_u8(in) % 4) {
	case 0: {
		int32_t fd = file[fuzz_u8(in) % FILES];

		CALL(n, VFIO_GROUP_SET_CONTAINER, fd);
		break;
	}
	case 1:
		stce_ioctl(file[n], VFIO_GROUP_UNSET_CONTAINER, NULL);
		break;
	case 2: {
		struct vfio_group_status a = { .argsz = take_argsz(in, sizeof(a)) };

		CALL(n, VFIO_GROUP_GET_STATUS, a);
		break;
	}
	case 3:
		open_device(in, n);
		break;
	}
}

static void set_irqs(struct fuzz_input *in, unsigned int n)
{
	int32_t fd[6];
	union {
		struct vfio_irq_set set;
		uint8_t room[sizeof(struct vfio_irq_set) + sizeof(fd)];
	} a = { .set = { take_argsz(in, sizeof(a)), fuzz_u8(in), fuzz_u8(in) % 8, fuzz_u8(in) % 8,
			 fuzz_u8(in) < 0xf0 ? fuzz_u8(in) % 8 : fuzz_u32(in) } };

	for (unsigned int i = 0; i < ARRAY_COUNT(fd); i++)
		fd[i] = fuzz_u8(in) & 1 ? event : -(int32_t)(fuzz_u8(in) & 3);
	memcpy(a.set.data, fd, sizeof(fd));
	CALL(n, VFIO_DEVICE_SET_IRQS, a);
}

static void device_call(struct fuzz_input *in, unsigned int n)
{
	uint8_t bytes[64];
	uint64_t offset;
	size_t size;

	switch (fuzz_u8(in) % 7) {
	case 0: {
		struct vfio_device_info a = { .argsz = take_argsz(in, sizeof(a)) };

		CALL(n, VFIO_DEVICE_GET_INFO, a);
		break;
	}
	case 1: {
		struct vfio_region_info a = { .argsz = take_argsz(in, sizeof(a)), .index = take_flags(in, 0) };

		CALL(n, VFIO_DEVICE_GET_REGION_INFO, a);
		break;
	}
	case 2: {
		struct vfio_irq_info a = { .argsz = take_argsz(in, sizeof(a)), .index = take_flags(in, 2) };

		CALL(n, VFIO_DEVICE_GET_IRQ_INFO, a);
		break;
	}
	case 3:
		set_irqs(in, n);
		break;
	case 4:
		stce_ioctl(file[n], VFIO_DEVICE_RESET, NULL);
		break;
	case 5:
	case 6:
		size = fuzz_u8(in) % sizeof(bytes);
		offset = (uint64_t)(fuzz_u8(in) % 10) << 40;
		offset |= fuzz_u8(in) & 1 ? fuzz_u64(in) : (uint64_t)fuzz_u16(in) % PAGE;
		for (size_t i = 0; i < size; i++)
			bytes[i] = fuzz_u8(in);
		memcpy(edge - size, bytes, size);
		if (fuzz_u8(in) & 1)
			stce_pread(file[n], edge - size + (fuzz_u8(in) == 0xff), size, (off_t)offset);
		else
			stce_pwrite(file[n], edge - size + (fuzz_u8(in) == 0xff), size, (off_t)offset);
		break;
	}
}

/* Returns whether the request's bytes would be addresses or descriptors. */
static bool is_known(unsigned long request)
{
	return (request & 0xffff) - 0x3b64 < 22;
}

/* Calls with any other number, and a pointer to memory full of the input. */
static void wild_call(struct fuzz_input *in, unsigned int n)
{
	unsigned long request = fuzz_u8(in) & 1 ? fuzz_u32(in) : 0x3b64u + 22 + fuzz_u8(in) % 8;
	uint8_t kind = fuzz_u8(in), bytes[ARGUMENT] = { 0 };

	for (size_t i = 0; fuzz_has_more(in); i++)
		bytes[i] = fuzz_u8(in);
	if (!is_known(request))
		stce_ioctl(file[n], request, place(&(struct fuzz_input){ &kind, &kind + 1 }, bytes, sizeof(bytes)));
}

static void take_step(struct fuzz_input *in)
{
	unsigned int n = fuzz_u8(in) % FILES;
	uint8_t kind = fuzz_u8(in);
	uint64_t word;

	if (kind < 8) {
		close_file(n);
		return;
	}
	if (kind < 24) {
		stce_dma_read(machine, 1 + (int)(kind & 1), take_number(in), &word, sizeof(word));
		return;
	}
	if (file[n] < 0)
		open_file(n);
	if (file[n] < 0)
		return;
	if (kind < 28)
		wild_call(in, n);
	else if (n < CONTAINERS)
		container_call(in, n);
	else if (n < CONTAINERS + GROUPS)
		group_call(in, n);
	else
		device_call(in, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stce_stats stats;

	if (!machine)
		start();
	fuzz_calls += steps_take(data, size, take_step);
	for (unsigned int n = FILES; n-- > 0;)
		close_file(n);
	stats = stats_of(machine);
	FUZZ_CHECK(stats.locked_bytes == 0);
	FUZZ_CHECK(stats.registered_bytes == 0);
	FUZZ_CHECK(stats.pages_mapped == 0);
	return 0;
}
