/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TAP lines and the first steps of every user of VFIO, for programs that run below `spapr-tce run`
 * and know nothing of it. They are compiled like any other program, with the system's headers only.
 */
#ifndef STCE_TESTS_SHIM_PROGRAM_H
#define STCE_TESTS_SHIM_PROGRAM_H

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADDRESS "0000:01:00.0"
#define DEVICE  "/sys/bus/pci/devices/" ADDRESS

static unsigned int ok_count, ok_failures;

/* Prints one test point; its name says the claim. */
#define ok(condition, name)                                                       \
	do {                                                                      \
		bool ok_ = (condition);                                           \
                                                                                  \
		ok_failures += !ok_;                                              \
		if (!ok_)                                                         \
			printf("# %s:%d: %s: errno %d\n", __FILE__, __LINE__, #condition, errno); \
		printf("%sok %u - %s\n", ok_ ? "" : "not ", ++ok_count, name);     \
		fflush(stdout);                                                   \
	} while (0)

/* Prints a test point that cannot be tried here. */
static inline void ok_skip(const char *name, const char *why)
{
	printf("ok %u - %s # SKIP %s\n", ++ok_count, name, why);
}

static inline int ok_end(void)
{
	printf("1..%u\n", ok_count);
	return ok_failures ? 1 : 0;
}

/* A call that must fail with this error. */
#define fails(call, error) (errno = 0, (call) == -1 && errno == (error))

/* Tells whether the descriptor is a working container. */
static inline bool is_container(int fd)
{
	return ioctl(fd, VFIO_GET_API_VERSION) == 0 && ioctl(fd, VFIO_CHECK_EXTENSION, VFIO_SPAPR_TCE_v2_IOMMU) == 1;
}

static inline int open_container(void)
{
	return open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
}

/* Makes a container with group 1 and the v2 IOMMU. Returns whether that succeeded. */
static inline bool set_up(int *container, int *group)
{
	*container = open_container();
	*group = open("/dev/vfio/1", O_RDWR | O_CLOEXEC);
	return *container >= 0 && *group >= 0 && ioctl(*group, VFIO_GROUP_SET_CONTAINER, container) == 0 &&
	       ioctl(*container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU) == 0;
}

static inline bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Writes a text into a file, as echo does. Returns 0 or the error. */
static inline int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), r = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		r = errno;
	close(fd);
	return r;
}

/* Does the same in a child: in a shell, because a child that only forks would have our descriptors. */
static inline pid_t put_in_child(const char *path, const char *text)
{
	pid_t child = fork();

	if (!child) {
		execl("/bin/bash", "bash", "-c", "echo \"$1\" >\"$0\"", path, text, NULL);
		_exit(127);
	}
	return child;
}

/* Returns vendor and device, as a device file shows them, or 0. */
static inline uint32_t identity(int device)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	uint32_t ids = 0;

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info) || pread(device, &ids, sizeof(ids), (off_t)info.offset) < 0)
		return 0;
	return ids;
}

/* Sets the eventfd of an interrupt's first vector, or takes it away if it is NULL. */
static inline int set_eventfd(int device, uint32_t index, const int *event)
{
	union {
		struct vfio_irq_set set;
		char bytes[sizeof(struct vfio_irq_set) + sizeof(int)];
	} argument = {
		.set = {
			.argsz = sizeof(argument.bytes), .index = index, .count = event ? 1 : 0,
			.flags = VFIO_IRQ_SET_ACTION_TRIGGER | (event ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE),
		},
	};

	if (event)
		memcpy(argument.set.data, event, sizeof(*event));
	return ioctl(device, VFIO_DEVICE_SET_IRQS, &argument);
}

/* Returns the exit status of a child, or 128 plus its signal. */
static inline int status_of_child(pid_t child)
{
	int status = 0;

	if (waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
