/* SPDX-License-Identifier: BSD-2-Clause */
/* The accesses of network.h, through the device file. */
#include "network.h"

#include <dirent.h>
#include <linux/pci_regs.h>

#define CARD_ID "0x8086 0x10c9"

int card;
const char *card_name;

void card_path(char *path, size_t size, const char *file)
{
	snprintf(path, size, "/sys/bus/pci/devices/%s/%s", card_name, file);
}

/* Reads the first word of a file of the card. */
static void read_word(const char *file, char word[16])
{
	char path[128];
	FILE *stream;

	card_path(path, sizeof(path), file);
	stream = fopen(path, "r");
	word[0] = '\0';
	if (stream) {
		if (fscanf(stream, "%15s", word) != 1)
			word[0] = '\0';
		fclose(stream);
	}
}

static bool is_card(void)
{
	char vendor[16], device[16], both[40];

	read_word("vendor", vendor);
	read_word("device", device);
	snprintf(both, sizeof(both), "%s %s", vendor, device);
	return !strcmp(both, CARD_ID);
}

static void find_card(void)
{
	DIR *functions = opendir("/sys/bus/pci/devices");
	struct dirent *entry;

	while (functions && (entry = readdir(functions))) {
		card_name = entry->d_name;
		if (is_card()) {
			card_name = strdup(entry->d_name);
			break;
		}
		card_name = NULL;
	}
	if (functions)
		closedir(functions);
	if (!card_name)
		skip("there is no 82576");
}

void with_card(void)
{
	char link[128], target[256];
	ssize_t length;

	find_card();
	card_path(link, sizeof(link), "iommu_group");
	length = readlink(link, target, sizeof(target) - 1);
	must(length < 0 ? -1 : 0, "the card's group");
	target[length] = '\0';
	group_path = path_of(strrchr(target, '/') + 1);
	v2();
	card = device_fd(card_name);
	must(card, "the card");
}

static uint64_t region(uint32_t index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	must(ioctl(card, VFIO_DEVICE_GET_REGION_INFO, &info), "GET_REGION_INFO");
	return info.offset;
}

uint32_t config_get(unsigned int offset, unsigned int size)
{
	uint8_t bytes[4] = { 0 };

	must(pread(card, bytes, size, (off_t)(region(VFIO_PCI_CONFIG_REGION_INDEX) + offset)) == (ssize_t)size ? 0 : -1,
	     "read config space");
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

void config_set(unsigned int offset, unsigned int size, uint32_t value)
{
	uint8_t bytes[4] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24) };

	must(pwrite(card, bytes, size, (off_t)(region(VFIO_PCI_CONFIG_REGION_INDEX) + offset)) == (ssize_t)size ? 0 : -1,
	     "write config space");
}

uint32_t config_ones(unsigned int offset, unsigned int size)
{
	uint32_t old = config_get(offset, size), value;

	config_set(offset, size, 0xffffffff);
	value = config_get(offset, size);
	config_set(offset, size, old);
	return value;
}

unsigned int capability(unsigned int id)
{
	unsigned int at = config_get(PCI_CAPABILITY_LIST, 1);

	while (at && config_get(at + PCI_CAP_LIST_ID, 1) != id)
		at = config_get(at + PCI_CAP_LIST_NEXT, 1);
	return at;
}

unsigned int extended_capability(unsigned int id)
{
	unsigned int at = PCI_CFG_SPACE_SIZE;

	while (at && PCI_EXT_CAP_ID(config_get(at, 4)) != id)
		at = PCI_EXT_CAP_NEXT(config_get(at, 4));
	return at;
}

uint32_t register_get(uint32_t offset)
{
	uint32_t value;

	must(pread(card, &value, 4, (off_t)(region(VFIO_PCI_BAR0_REGION_INDEX) + offset)) == 4 ? 0 : -1,
	     "read a register");
	return value;
}

void register_set(uint32_t offset, uint32_t value)
{
	must(pwrite(card, &value, 4, (off_t)(region(VFIO_PCI_BAR0_REGION_INDEX) + offset)) == 4 ? 0 : -1,
	     "write a register");
}

long set_vector(uint32_t index, int32_t fd)
{
	struct {
		struct vfio_irq_set set;
		int32_t fd;
	} arg = { { .argsz = sizeof(arg), .flags = VFIO_IRQ_SET_ACTION_TRIGGER, .index = index, .count = fd >= 0 }, fd };

	arg.set.flags |= fd < 0 ? VFIO_IRQ_SET_DATA_NONE : VFIO_IRQ_SET_DATA_EVENTFD;
	return answer(ioctl(card, VFIO_DEVICE_SET_IRQS, &arg));
}

void set_decoding(bool memory, bool bus_master)
{
	config_set(PCI_COMMAND, 2, (config_get(PCI_COMMAND, 2) & ~(uint32_t)(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)) |
				   (memory ? PCI_COMMAND_MEMORY : 0) | (bus_master ? PCI_COMMAND_MASTER : 0));
}
