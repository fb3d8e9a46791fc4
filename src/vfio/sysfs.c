/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements sysfs.h. The lock is on the mirror's "drivers_probe", because every run has that file. */
#include "vfio/sysfs.h"

#include <fcntl.h>
#include <stdio.h>

#include "util/os.h"

#define LOCK_TRIES 10000

int vfio_sysfs_open(const struct vfio_host *host, const char *path, int flags)
{
	char full[FILE_PATH_SIZE + 192];

	snprintf(full, sizeof(full), "%s%s", host->space->directory, path);
	return os_open(full, flags | O_CLOEXEC, 0);
}

static int lock_byte(int fd)
{
	int r;

	for (int i = 0; (r = os_lock_byte(fd, 0, true)) == -EAGAIN && i < LOCK_TRIES; i++)
		os_sleep_us(1000);
	return r;
}

/* The descriptor is opened anew each time, so that threads of one process exclude each other, too. */
int vfio_sysfs_lock(struct vfio_host *host)
{
	int fd = vfio_sysfs_open(host, "/sys/bus/pci/drivers_probe", O_WRONLY);
	int r = fd < 0 ? fd : lock_byte(fd);

	if (r && fd >= 0) {
		os_close(fd);
		return REASON(-EBUSY, "another program keeps sysfs locked");
	}
	if (!r)
		host->sysfs_fd = fd;
	return r;
}

void vfio_sysfs_unlock(struct vfio_host *host)
{
	os_close(host->sysfs_fd);
}

int vfio_sysfs_pause(struct vfio_host *host)
{
	int fd = host->sysfs_fd;

	os_unlock_byte(fd, 0);
	return fd;
}

void vfio_sysfs_resume(struct vfio_host *host, int fd)
{
	while (lock_byte(fd) == -EAGAIN)
		;
	host->sysfs_fd = fd;
}
