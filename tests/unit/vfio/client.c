/* SPDX-License-Identifier: BSD-2-Clause */
#include "testing.h"

#include "client.h"
#include "stats_of.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tce/share.h"

static int configure(struct stce_config *config, const char *first, const char *second)
{
	int r = stce_config_set(config, "page-size", "4K", NULL);

	r = r ? r : stce_config_set(config, "memlock", "1T", NULL);
	r = r ? r : stce_config_set(config, "device", first, NULL);
	return r ? r : stce_config_set(config, "device", second, NULL);
}

int client_configure(struct stce_config *config, const char *second_kind)
{
	char second[128];

	snprintf(second, sizeof(second), "%s,addr=" SECOND ",group=2", second_kind);
	return configure(config, "dmatest,addr=" FIRST ",group=1", second);
}

int client_node(const char *share, int group)
{
	int node[TCE_COPY_MAX], count;

	if (!strncmp(share, "node:", 5))
		return (group - 1) % atoi(share + 5);
	count = !strcmp(share, "node") ? numa_nodes(node, TCE_COPY_MAX) : 0;
	if (count > TCE_COPY_MAX)
		count = TCE_COPY_MAX;
	return count > 0 ? node[(group - 1) % count] : NUMA_ANYWHERE;
}

/* Each group has a PHB of its own, on the node from which it reads. */
static int configure_on_nodes(struct stce_config *config, const char *share)
{
	char first[128], second[128];

	snprintf(first, sizeof(first), "dmatest,addr=" FIRST ",group=1,node=%d", client_node(share, 1));
	snprintf(second, sizeof(second), "dmatest,addr=0001:02:00.0,group=2,node=%d", client_node(share, 2));
	return configure(config, first, second);
}

void client_start(struct client *c, ...)
{
	struct stce_config *config;
	char why[STCE_WHY_SIZE];
	const char *option, *share = "";
	va_list args;

	*c = (struct client){ .container = -1, .group = -1, .second = -1 };
	assert_int_equal(stce_config_new(&config), 0);
	va_start(args, c);
	while ((option = va_arg(args, const char *))) {
		const char *value = va_arg(args, const char *);

		share = strcmp(option, "share") ? share : value;
	}
	va_end(args);
	if (client_node(share, 1) == NUMA_ANYWHERE)
		assert_int_equal(client_configure(config, "dmatest"), 0);
	else
		assert_int_equal(configure_on_nodes(config, share), 0);
	va_start(args, c);
	while ((option = va_arg(args, const char *)))
		assert_int_equal(stce_config_set(config, option, va_arg(args, const char *), why), 0);
	va_end(args);
	assert_int_equal(stce_machine_new(config, &c->machine, why), 0);
	stce_config_free(config);
}

void client_close(struct client *c)
{
	struct stce_stats stats;

	if (c->group >= 0)
		stce_close(c->group);
	if (c->second >= 0)
		stce_close(c->second);
	if (c->container >= 0)
		stce_close(c->container);
	stats = stats_of(c->machine);
	assert_int_equal(stats.locked_bytes, 0);
	assert_int_equal(stats.registered_bytes, 0);
	assert_int_equal(stats.pages_mapped, 0);
}

void client_stop(struct client *c)
{
	client_close(c);
	stce_machine_free(c->machine);
}

int open_container(struct client *c)
{
	return stce_open(c->machine, "/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
}

int open_group(struct client *c, int number)
{
	return stce_open(c->machine, number == 1 ? "/dev/vfio/1" : "/dev/vfio/2", O_RDWR | O_CLOEXEC);
}

long set_container(int group, int container)
{
	return stce_ioctl(group, VFIO_GROUP_SET_CONTAINER, &container);
}

long set_iommu(int container, long type)
{
	return stce_ioctl(container, VFIO_SET_IOMMU, (void *)type);
}

void client_open(struct client *c, int type)
{
	c->container = open_container(c);
	c->group = open_group(c, 1);
	assert_true(c->container >= 0 && c->group >= 0);
	assert_int_equal(set_container(c->group, c->container), 0);
	if (type)
		assert_int_equal(set_iommu(c->container, type), 0);
}

char *client_memory(struct client *c, size_t n)
{
	char *p = get_pages(n);

	assert_int_equal(register_memory(c->container, p, n * PAGE), 0);
	return p;
}

long map_dma(int container, void *va, uint64_t iova, uint64_t size, uint32_t flags)
{
	struct vfio_iommu_type1_dma_map p = {
		.argsz = sizeof(p), .flags = flags, .vaddr = (uintptr_t)va, .iova = iova, .size = size,
	};

	return stce_ioctl(container, VFIO_IOMMU_MAP_DMA, &p);
}

long unmap_dma(int container, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_unmap p = { .argsz = sizeof(p), .iova = iova, .size = size };
	long r = stce_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &p);

	assert_int_equal(p.size, size);
	return r;
}

static long memory(int container, unsigned int request, void *va, uint64_t size)
{
	struct vfio_iommu_spapr_register_memory p = {
		.argsz = sizeof(p), .vaddr = (uintptr_t)va, .size = size,
	};

	return stce_ioctl(container, request, &p);
}

long register_memory(int container, void *va, uint64_t size)
{
	return memory(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, va, size);
}

long unregister_memory(int container, void *va, uint64_t size)
{
	return memory(container, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, va, size);
}

long create_window(int container, uint32_t page_shift, uint64_t size, uint32_t levels, uint64_t *start)
{
	struct vfio_iommu_spapr_tce_create p = {
		.argsz = sizeof(p), .page_shift = page_shift, .window_size = size, .levels = levels,
		.start_addr = 0x1234,
	};
	long r = stce_ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &p);

	if (r)
		assert_int_equal(p.start_addr, 0x1234);
	if (start)
		*start = p.start_addr;
	return r;
}

long remove_window(int container, uint64_t start)
{
	struct vfio_iommu_spapr_tce_remove p = { .argsz = sizeof(p), .start_addr = start };

	return stce_ioctl(container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &p);
}

long get_device(int group, const char *name)
{
	return stce_ioctl(group, VFIO_GROUP_GET_DEVICE_FD, (void *)name);
}

uint32_t group_flags(int group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	assert_int_equal(stce_ioctl(group, VFIO_GROUP_GET_STATUS, &status), 0);
	return status.flags;
}

uint64_t locked_kb(const struct client *c)
{
	return stats_of(c->machine).locked_bytes / 1024;
}

void *get_pages(size_t n)
{
	void *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

void drop_pages(void *p, size_t n)
{
	munmap(p, n * PAGE);
}

long device_read(struct client *c, uint64_t ioba, void *buffer, size_t size)
{
	return stce_dma_read(c->machine, 1, ioba, buffer, size);
}

long device_write(struct client *c, uint64_t ioba, const void *buffer, size_t size)
{
	return stce_dma_write(c->machine, 1, ioba, buffer, size);
}

void run_in_a_child(int (*fn)(void))
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(fn());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}
