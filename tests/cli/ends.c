/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps a page, and ends in the way that its argument names. A program that it executes is itself without a way, which
 * ends at once.
 */
#include "../shim/program.h"

#include <sys/mman.h>
#include <sys/syscall.h>

static char *self[] = { "/proc/self/exe", NULL };

static int map_a_page(void)
{
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof(map), .flags = VFIO_DMA_MAP_FLAG_READ, .size = 4096 };
	int container = open("/dev/vfio/vfio", O_RDWR), group = open("/dev/vfio/1", O_RDWR);
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	map.vaddr = (uintptr_t)page;
	return page == MAP_FAILED || ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	       ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_IOMMU) || ioctl(container, VFIO_IOMMU_ENABLE) ||
	       ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

static int wait_for(pid_t child)
{
	int status = 0;

	return child < 0 || waitpid(child, &status, 0) != child || status;
}

static int in_child(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	return wait_for(child);
}

/* The child runs in its parent's memory, and has closed all descriptors. */
static int in_child_of_vfork(void)
{
	pid_t child = vfork();

	if (!child) {
		syscall(SYS_close_range, 3u, ~0u, 0u);
		_exit(0);
	}
	return wait_for(child);
}

static int end_by(const char *way)
{
	if (!strcmp(way, "_exit"))
		_exit(0);
	if (!strcmp(way, "_Exit"))
		_Exit(0);
	if (!strcmp(way, "quick_exit"))
		quick_exit(0);
	if (!strcmp(way, "execve"))
		return execve(self[0], self, environ);
	if (!strcmp(way, "execvp"))
		return execvp(self[0], self);
	if (!strcmp(way, "fexecve"))
		return fexecve(open(self[0], O_RDONLY | O_CLOEXEC), self, environ);
	if (!strcmp(way, "execveat"))
		return execveat(AT_FDCWD, self[0], self, environ, 0);
	if (!strcmp(way, "fork"))
		return in_child();
	return !strcmp(way, "vfork") ? in_child_of_vfork() : 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 0;
	return map_a_page() ? 1 : end_by(argv[1]);
}
