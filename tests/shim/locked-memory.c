/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program finds the charge for its registered memory where Linux shows it: VmLck of
 * /proc/self/status.
 */
#include "program.h"

#include <stdint.h>
#include <sys/mman.h>

#define SIZE (64UL << 10)

static char text[16384];

/* Returns kB, or -1. open() and fopen() must agree. */
static long locked(void)
{
	FILE *stream = fopen("/proc/self/status", "r");
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t size = read(fd, text, sizeof(text) - 1);
	long by_line = -1, by_read = -1;
	char line[256], *field;

	text[size > 0 ? size : 0] = '\0';
	close(fd);
	field = strstr(text, "\nVmLck:");
	if (field)
		by_read = strtol(field + 7, NULL, 10);
	while (stream && fgets(line, sizeof(line), stream))
		if (!strncmp(line, "VmLck:", 6))
			by_line = strtol(line + 6, NULL, 10);
	if (stream)
		fclose(stream);
	return by_read == by_line ? by_read : -1;
}

int main(void)
{
	void *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vfio_iommu_spapr_register_memory reg = { sizeof(reg), 0, (uintptr_t)memory, SIZE };
	int container, group;
	pid_t child;

	ok(locked() == 0, "nothing is charged to begin with");
	ok(set_up(&container, &group), "a container");
	ok(ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg) == 0, "memory is registered");
	ok(locked() == 64, "it shows in VmLck");
	ok(strstr(text, "\nVmPin:") && strstr(text, "Name:") == text && strstr(text, "\nVmHWM:"),
	   "the other lines are there too");
	child = fork();
	if (!child)
		_exit(locked() == 0 ? 0 : 1);
	ok(status_of_child(child) == 0, "a child has none of it");
	ok(ioctl(container, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &reg) == 0 && locked() == 0, "unregistering returns it");
	return ok_end();
}
