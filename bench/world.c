/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a world through the public calls, as an embedder would. */
#include "world.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "abi/kvm_ppc.h"
#include "bench.h"

/*
 * Returns the NUMA node of a group where tables have copies for nodes: groups are dealt out to the
 * nodes that share= plays or the machine has. Otherwise NUMA_ANYWHERE.
 */
static int node_of(const char *share, unsigned int group)
{
	int node[TCE_COPY_MAX], count;

	if (!strncmp(share, "node:", 5))
		return (int)(group - 1) % atoi(share + 5);
	count = !strcmp(share, "node") ? numa_nodes(node, TCE_COPY_MAX) : 0;
	if (count > TCE_COPY_MAX)
		count = TCE_COPY_MAX;
	return count > 0 ? node[(int)(group - 1) % count] : NUMA_ANYWHERE;
}

/* Each node has a PHB of its own, whose PCI domain is called like it. */
static void name_device(char *text, size_t size, const char *share, unsigned int group)
{
	int node = node_of(share, group);
	int n = snprintf(text, size, "dmatest,addr=%04x:%02x:00.0,group=%u", node < 0 ? 0u : (unsigned int)node,
			 group, group);

	if (node >= 0)
		snprintf(text + n, size - (size_t)n, ",node=%d", node);
}

struct stce_machine *world_machine(const struct world_shape *shape)
{
	const char *const options[][2] = {
		{ "platform", shape->platform }, { "page-size", shape->host_page }, { "memlock", "1T" },
		{ "share", shape->share },
	};
	struct stce_machine *machine = NULL;
	struct stce_config *config;
	char why[STCE_WHY_SIZE] = "no config", device[64];
	int r = stce_config_new(&config);

	for (unsigned int i = 0; i < ARRAY_COUNT(options) && !r; i++)
		r = stce_config_set(config, options[i][0], options[i][1], why);
	for (unsigned int n = 1; n <= shape->count && !r; n++) {
		name_device(device, sizeof(device), shape->share, n);
		r = stce_config_set(config, "device", device, why);
	}
	if (!r)
		r = stce_machine_new(config, &machine, why);
	bench_need(!r, why);
	stce_config_free(config);
	return machine;
}

static long region(struct world *w, unsigned int n, unsigned long request)
{
	struct vfio_iommu_spapr_register_memory p = {
		.argsz = sizeof(p), .vaddr = (uintptr_t)w->ram, .size = RAM_SIZE,
	};

	return stce_ioctl(w->pe[n].container, request, &p);
}

static void open_group(struct world *w, unsigned int n)
{
	struct vfio_iommu_spapr_tce_remove gone = { .argsz = sizeof(gone) };
	struct vfio_iommu_spapr_tce_create p = {
		.argsz = sizeof(p), .page_shift = w->shape.page_shift, .window_size = w->shape.size,
		.levels = w->shape.levels,
	};
	char path[32];
	long r;

	snprintf(path, sizeof(path), "/dev/vfio/%u", n + 1);
	w->pe[n].container = stce_open(w->machine, "/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	w->pe[n].group = stce_open(w->machine, path, O_RDWR | O_CLOEXEC);
	r = stce_ioctl(w->pe[n].group, VFIO_GROUP_SET_CONTAINER, &w->pe[n].container);
	if (!r)
		r = stce_ioctl(w->pe[n].container, VFIO_SET_IOMMU, (void *)(long)VFIO_SPAPR_TCE_v2_IOMMU);
	if (!r)
		r = region(w, n, VFIO_IOMMU_SPAPR_REGISTER_MEMORY);
	if (!r)
		r = stce_ioctl(w->pe[n].container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &gone);
	if (!r)
		r = stce_ioctl(w->pe[n].container, VFIO_IOMMU_SPAPR_TCE_CREATE, &p);
	bench_need(!r, stce_last_reason());
}

void world_start_as(struct world *w, const struct world_shape *shape)
{
	*w = (struct world){ .shape = *shape, .device = -1, .machine = world_machine(shape) };
	w->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bench_need(w->ram != MAP_FAILED, "no memory");
	for (unsigned int n = 0; n < shape->count; n++)
		open_group(w, n);
	bench_need(!stce_vm_new(w->machine, &w->vm), "no VM");
	bench_need(!stce_vm_set_memory(w->vm, 0, GPA, RAM_SIZE, w->ram), "no slot");
	stce_vm_enable_hcall(w->vm, STCE_H_STUFF_TCE, true);
	stce_vm_enable_hcall(w->vm, STCE_H_PUT_TCE_INDIRECT, true);
	stce_vm_enter_thread();
}

void world_start(struct world *w, uint64_t size, unsigned int levels)
{
	world_start_as(w, &(struct world_shape){
		.platform = "power9", .host_page = "4K", .share = "on",
		.count = 2, .page_shift = 12, .levels = levels, .size = size,
	});
}

void world_stop(struct world *w)
{
	if (w->device >= 0)
		stce_close(w->device);
	stce_vm_free(w->vm);
	for (unsigned int n = 0; n < w->shape.count; n++) {
		stce_close(w->pe[n].group);
		stce_close(w->pe[n].container);
	}
	stce_machine_free(w->machine);
	munmap(w->ram, RAM_SIZE);
}

static long set_attr(int device, uint64_t attr, void *value)
{
	struct kvm_device_attr a = {
		.group = KVM_DEV_VFIO_GROUP, .attr = attr, .addr = (uintptr_t)value,
	};

	return stce_ioctl(device, KVM_SET_DEVICE_ATTR, &a);
}

static void make_device(struct world *w)
{
	w->device = stce_vm_create_device(w->vm, KVM_DEV_TYPE_VFIO);
	for (unsigned int n = 0; n < w->shape.count; n++) {
		int32_t file = w->pe[n].group;

		bench_need(!set_attr(w->device, KVM_DEV_VFIO_GROUP_ADD, &file), "no group");
	}
}

void world_link(struct world *w, int table, int group)
{
	struct kvm_vfio_spapr_tce pair = { w->pe[group - 1].group, table };

	if (w->device < 0)
		make_device(w);
	bench_need(!set_attr(w->device, KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, &pair), stce_last_reason());
}

int world_table(struct world *w, uint64_t liobn, uint64_t size, int group)
{
	int fd = stce_vm_create_table(w->vm, &(struct stce_table){ liobn, w->shape.page_shift, 0, size });

	bench_need(fd >= 0, stce_last_reason());
	if (group)
		world_link(w, fd, group);
	return fd;
}

struct host_pe *world_pe(struct world *w, unsigned int n)
{
	struct machine_pe *pe = w->machine->parts->pes;

	while (n--)
		pe = pe->next;
	return &pe->pe;
}

struct host_window *world_window(struct world *w, unsigned int n)
{
	return world_pe(w, n)->slot[0];
}

uint64_t world_list(struct world *w, unsigned int count)
{
	uint64_t *list = (uint64_t *)w->ram;

	for (unsigned int i = 0; i < count; i++)
		list[i] = htobe64((GPA + (1 + (i * 1021 + 7) % 8192) * PAGE) | 3);
	return GPA;
}

long world_map(struct world *w, unsigned int n, uint64_t iova, const void *address, uint64_t size)
{
	struct vfio_iommu_type1_dma_map p = {
		.argsz = sizeof(p), .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)address, .iova = iova, .size = size,
	};

	return stce_ioctl(w->pe[n].container, VFIO_IOMMU_MAP_DMA, &p);
}

long world_unmap(struct world *w, unsigned int n, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_unmap p = { .argsz = sizeof(p), .iova = iova, .size = size };

	return stce_ioctl(w->pe[n].container, VFIO_IOMMU_UNMAP_DMA, &p);
}
