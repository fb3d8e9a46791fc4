/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that the cases make. Each prints one line. */
#include "conformance.h"

char *at(int page_number)
{
	return arena + (int64_t)page_number * (int64_t)page;
}

void make_hole(int first, int pages)
{
	munmap(at(first), (size_t)pages * page);
	mmap(at(first), (size_t)pages * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

int open_container(void)
{
	return (int)must(open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC), "open a container");
}

int open_group(void)
{
	return (int)must(open(group_path, O_RDWR | O_CLOEXEC), "open the group");
}

int open_second_group(void)
{
	if (!second_group_path)
		skip("needs a second group");
	return (int)must(open(second_group_path, O_RDWR | O_CLOEXEC), "open the second group");
}

int attach(int group_fd, int container_fd)
{
	return ioctl(group_fd, VFIO_GROUP_SET_CONTAINER, &container_fd);
}

static void set_up_with(int group_fd, int type)
{
	container = open_container();
	group = group_fd;
	must(attach(group, container), "SET_CONTAINER");
	must(ioctl(container, VFIO_SET_IOMMU, type), "SET_IOMMU");
}

void set_up(int type)
{
	set_up_with(open_group(), type);
}

void v1(void)
{
	set_up(VFIO_SPAPR_TCE_IOMMU);
}

void v1_enabled(void)
{
	v1();
	enable();
}

void v2(void)
{
	set_up(VFIO_SPAPR_TCE_v2_IOMMU);
}

void second_v2(void)
{
	set_up_with(open_second_group(), VFIO_SPAPR_TCE_v2_IOMMU);
}

void v2_registered(void)
{
	v2();
	reg(0, 16);
}

static struct vfio_iommu_spapr_tce_info get_info(void)
{
	struct vfio_iommu_spapr_tce_info arg = { .argsz = sizeof(arg) };

	must(ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &arg), "GET_INFO");
	return arg;
}

bool on_phb3(void)
{
	return get_info().ddw.pgsizes & 256 << 20;
}

uint64_t default_size(void)
{
	return get_info().dma32_window_size;
}

bool in_partition(void)
{
	return get_info().ddw.levels == 1;
}

void not_on_phb3(void)
{
	bool is_phb3;

	v2();
	is_phb3 = on_phb3();
	close(group);
	close(container);
	if (is_phb3)
		skip("Linux never returns from one of the calls on this bridge");
}

/* Prints pages of the arena by number, and other addresses as they are. */
static const char *place(uint64_t vaddr)
{
	static char text[48];
	uint64_t base = (uintptr_t)arena;

	if (vaddr + page == base)
		return "the page before";
	if (vaddr < base || vaddr >= base + ARENA_PAGES * page)
		snprintf(text, sizeof(text), "%#llx", (unsigned long long)vaddr);
	else if ((vaddr - base) % page)
		snprintf(text, sizeof(text), "page %d and %d bytes", (int)((vaddr - base) / page),
			 (int)((vaddr - base) % page));
	else
		snprintf(text, sizeof(text), "page %d", (int)((vaddr - base) / page));
	return text;
}

static const char *length(uint64_t size)
{
	static char text[48];

	if (size % page || size / page > ARENA_PAGES)
		snprintf(text, sizeof(text), "%#llx bytes", (unsigned long long)size);
	else
		snprintf(text, sizeof(text), "%d pages", (int)(size / page));
	return text;
}

long memory_raw(unsigned long request, uint32_t argsz, uint32_t flags, uint64_t vaddr, uint64_t size)
{
	struct vfio_iommu_spapr_register_memory arg = { argsz, flags, vaddr, size };

	return told(answer(ioctl(container, request, &arg)), "%s(argsz %u, flags %#x, %s, %s)",
		    request == VFIO_IOMMU_SPAPR_REGISTER_MEMORY ? "REGISTER" : "UNREGISTER", argsz, flags, place(vaddr),
		    length(size));
}

long reg(int first, int pages)
{
	return memory_raw(VFIO_IOMMU_SPAPR_REGISTER_MEMORY, 24, 0, (uintptr_t)at(first), pages * page);
}

long unreg(int first, int pages)
{
	return memory_raw(VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, 24, 0, (uintptr_t)at(first), pages * page);
}

long map_raw(uint32_t argsz, uint32_t flags, uint64_t vaddr, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_map arg = { argsz, flags, vaddr, iova, size };

	return told(answer(ioctl(container, VFIO_IOMMU_MAP_DMA, &arg)), "MAP(argsz %u, flags %#x, %s, iova %#llx, %s)",
		    argsz, flags, place(vaddr), (unsigned long long)iova, length(size));
}

long map(int first, uint64_t iova, int pages)
{
	return map_raw(32, RW, (uintptr_t)at(first), iova, pages * page);
}

long unmap_raw(uint32_t argsz, uint32_t flags, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_unmap arg = { .argsz = argsz, .flags = flags, .iova = iova, .size = size };
	long r = answer(ioctl(container, VFIO_IOMMU_UNMAP_DMA, &arg));

	return told(r, "UNMAP(argsz %u, flags %#x, iova %#llx, %s)%s", argsz, flags, (unsigned long long)iova,
		    length(size), arg.size != size ? " -> changed size" : "");
}

long unmap(uint64_t iova, int pages)
{
	return unmap_raw(24, 0, iova, pages * page);
}

long create_raw(uint32_t argsz, uint32_t flags, uint32_t shift, uint64_t size, uint32_t levels, uint64_t *start)
{
	struct vfio_iommu_spapr_tce_create arg = {
		.argsz = argsz, .flags = flags, .page_shift = shift, .window_size = size, .levels = levels,
		.start_addr = 0x77,
	};
	long r = answer(ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &arg));

	told(r, "CREATE(argsz %u, flags %#x, shift %u, size %#llx, levels %u) -> start %#llx", argsz, flags, shift,
	     (unsigned long long)size, levels, (unsigned long long)arg.start_addr);
	if (start)
		*start = arg.start_addr;
	return r;
}

long create(uint32_t shift, uint64_t size, uint32_t levels)
{
	return create_raw(40, 0, shift, size, levels, NULL);
}

long remove_raw(uint32_t argsz, uint32_t flags, uint64_t start)
{
	struct vfio_iommu_spapr_tce_remove arg = { .argsz = argsz, .flags = flags, .start_addr = start };

	return told(answer(ioctl(container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &arg)), "REMOVE(argsz %u, flags %#x, %#llx)",
		    argsz, flags, (unsigned long long)start);
}

long remove_window(uint64_t start)
{
	return remove_raw(16, 0, start);
}

long info(uint32_t argsz)
{
	struct vfio_iommu_spapr_tce_info arg;
	long r;

	memset(&arg, 0x77, sizeof(arg));
	arg.argsz = argsz;
	r = answer(ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &arg));
	return told(r, "GET_INFO(argsz %u) -> argsz %u flags %#x window %#x+%#x ddw %#llx %u %u", argsz, arg.argsz, arg.flags,
		    arg.dma32_window_start, arg.dma32_window_size, (unsigned long long)arg.ddw.pgsizes,
		    arg.ddw.max_dynamic_windows_supported, arg.ddw.levels);
}

long status(uint32_t argsz)
{
	struct vfio_group_status arg = { argsz, 0x77 };
	long r = answer(ioctl(group, VFIO_GROUP_GET_STATUS, &arg));

	return told(r, "GET_STATUS(argsz %u) -> argsz %u flags %#x", argsz, arg.argsz, arg.flags);
}

long enable(void)
{
	return told(answer(ioctl(container, VFIO_IOMMU_ENABLE)), "ENABLE");
}

long disable(void)
{
	return told(answer(ioctl(container, VFIO_IOMMU_DISABLE)), "DISABLE");
}

long set_iommu(unsigned long type)
{
	return told(answer(ioctl(container, VFIO_SET_IOMMU, type)), "SET_IOMMU(%lu)", type);
}

long set_container(void)
{
	return told(answer(attach(group, container)), "SET_CONTAINER");
}

long unset_container(void)
{
	return told(answer(ioctl(group, VFIO_GROUP_UNSET_CONTAINER)), "UNSET_CONTAINER");
}

int device_fd(const char *name)
{
	if (!name)
		skip("needs a device's name");
	return told_fd(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name), "GET_DEVICE_FD");
}

long eeh(uint32_t op)
{
	struct vfio_eeh_pe_op arg = { .argsz = sizeof(arg), .op = op };

	return told(answer(ioctl(container, VFIO_EEH_PE_OP, &arg)), "EEH_PE_OP(%u)", op);
}

long unknown(void)
{
	return told(answer(ioctl(container, _IO(VFIO_TYPE, VFIO_BASE + 60))), "an unknown ioctl");
}
