/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attaches group 1, switches its igb on without descriptors or flow control, and waits until the card has missed as many
 * frames as the argument says.
 */
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Registers of the 82576 and their bits. */
#define IGB_CTRL 0x0000
#define IGB_RCTL 0x0100
#define IGB_MPC  0x4010
#define CTRL_SLU (1u << 6)
#define RCTL_EN  (1u << 1)
#define RCTL_BAM (1u << 15)

static int device;

static uint32_t get(uint32_t offset)
{
	uint32_t value = 0;

	if (pread(device, &value, sizeof(value), (off_t)offset) != sizeof(value))
		exit(1);
	return value;
}

static void set(uint32_t offset, uint32_t value)
{
	if (pwrite(device, &value, sizeof(value), (off_t)offset) != sizeof(value))
		exit(1);
}

int main(int argc, char **argv)
{
	int group = open("/dev/vfio/1", O_RDWR), container = open("/dev/vfio/vfio", O_RDWR);
	unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, missed = 0;

	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU))
		return 1;
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:01:00.0");
	if (device < 0)
		return 1;
	set(IGB_RCTL, RCTL_EN | RCTL_BAM);
	set(IGB_CTRL, get(IGB_CTRL) | CTRL_SLU);
	while (missed < wanted) {
		missed += get(IGB_MPC);
		usleep(1000);
	}
	return 0;
}
