/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attaches group 1, enables EEH and obeys letters on its input: `l` loads the first register, `s` asks for
 * the state, `c` reads the class from config space, `r` resets the PE. Each prints one line.
 */
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int container, device;

static int eeh(uint32_t op)
{
	struct vfio_eeh_pe_op o = { .argsz = sizeof(o), .op = op };

	return ioctl(container, VFIO_EEH_PE_OP, &o);
}

static void read_at(uint64_t region, unsigned int offset)
{
	uint32_t value = 0;

	if (pread(device, &value, sizeof(value), (off_t)(region << 40 | offset)) != sizeof(value))
		puts("error");
	else
		printf("%x\n", value);
}

int main(void)
{
	int group = open("/dev/vfio/1", O_RDWR), letter;

	container = open("/dev/vfio/vfio", O_RDWR);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU))
		return 1;
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:01:00.0");
	if (device < 0 || eeh(VFIO_EEH_PE_ENABLE))
		return 1;
	puts("ready");
	while ((letter = getchar()) != EOF) {
		if (letter == 'l')
			read_at(VFIO_PCI_BAR0_REGION_INDEX, 0);
		else if (letter == 'c')
			read_at(VFIO_PCI_CONFIG_REGION_INDEX, PCI_CLASS_REVISION);
		else if (letter == 's')
			printf("%d\n", eeh(VFIO_EEH_PE_GET_STATE));
		else if (letter == 'r')
			printf("%d\n", eeh(VFIO_EEH_PE_RESET_HOT) || eeh(VFIO_EEH_PE_RESET_DEACTIVATE));
	}
	return 0;
}
