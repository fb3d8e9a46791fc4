/* SPDX-License-Identifier: BSD-2-Clause */
/* The regions, interrupts and config space of a network card (network.h), and its files in sysfs. */
#include "network.h"

#include <linux/pci_regs.h>
#include <sys/eventfd.h>

CASE("I01", "a card's regions")
{
	with_card();
	for (uint32_t index = 0; index < VFIO_PCI_NUM_REGIONS; index++) {
		struct vfio_region_info info = { .argsz = sizeof(info), .index = index };
		long r = answer(ioctl(card, VFIO_DEVICE_GET_REGION_INFO, &info));

		told(r, "region %u -> flags %#x, size %#llx", index, info.flags, (unsigned long long)info.size);
	}
}

CASE("I02", "a card's interrupts")
{
	with_card();
	for (uint32_t index = 0; index < VFIO_PCI_NUM_IRQS; index++) {
		struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };
		long r = answer(ioctl(card, VFIO_DEVICE_GET_IRQ_INFO, &info));

		told(r, "interrupts %u -> flags %#x, count %u", index, info.flags, info.count);
	}
}

CASE("I03", "a card's header")
{
	with_card();
	note("vendor %#x, device %#x", config_get(PCI_VENDOR_ID, 2), config_get(PCI_DEVICE_ID, 2));
	note("command -> %#x", config_get(PCI_COMMAND, 2));
	note("status -> %#x", config_get(PCI_STATUS, 2));
	note("class and revision -> %#x", config_get(PCI_CLASS_REVISION, 4));
	note("header type %#x, BIST %#x", config_get(PCI_HEADER_TYPE, 1), config_get(PCI_BIST, 1));
	note("subsystem -> %#x %#x", config_get(PCI_SUBSYSTEM_VENDOR_ID, 2), config_get(PCI_SUBSYSTEM_ID, 2));
	note("interrupt pin %#x, minimum grant %u, maximum latency %u", config_get(PCI_INTERRUPT_PIN, 1),
	     config_get(PCI_MIN_GNT, 1), config_get(PCI_MAX_LAT, 1));
}

CASE("I04", "what can be written in a card's header")
{
	with_card();
	note("command -> %#x", config_ones(PCI_COMMAND, 2));
	note("vendor %#x, device %#x", config_ones(PCI_VENDOR_ID, 2), config_ones(PCI_DEVICE_ID, 2));
	note("class %#x", config_ones(PCI_CLASS_DEVICE, 2));
	note("cache line size %#x, latency %#x", config_ones(PCI_CACHE_LINE_SIZE, 1), config_ones(PCI_LATENCY_TIMER, 1));
	note("interrupt line %#x, pin %#x", config_ones(PCI_INTERRUPT_LINE, 1), config_ones(PCI_INTERRUPT_PIN, 1));
	note("header type %#x", config_ones(PCI_HEADER_TYPE, 1));
}

CASE("I05", "sizes of a card's BARs")
{
	with_card();
	for (unsigned int bar = 0; bar < 6; bar++)
		note("BAR %u -> %#x", bar, config_ones(PCI_BASE_ADDRESS_0 + 4 * bar, 4));
	note("ROM -> %#x", config_ones(PCI_ROM_ADDRESS, 4));
}

CASE("I06", "which capabilities a card has")
{
	static const unsigned int ids[] = { PCI_CAP_ID_PM, PCI_CAP_ID_VPD, PCI_CAP_ID_MSI, PCI_CAP_ID_EXP,
					    PCI_CAP_ID_MSIX };
	static const unsigned int extended[] = { PCI_EXT_CAP_ID_ERR, PCI_EXT_CAP_ID_DSN, PCI_EXT_CAP_ID_ARI,
						 PCI_EXT_CAP_ID_SRIOV };

	with_card();
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		note("capability %#x -> %d", ids[i], capability(ids[i]) != 0);
	for (size_t i = 0; i < sizeof(extended) / sizeof(*extended); i++)
		note("extended capability %#x -> %d", extended[i], extended_capability(extended[i]) != 0);
}

CASE("I07", "a card's MSI-X capability")
{
	unsigned int at;

	with_card();
	at = capability(PCI_CAP_ID_MSIX);
	note("control %#x, table %#x, pending bits %#x", config_get(at + PCI_MSIX_FLAGS, 2),
	     config_get(at + PCI_MSIX_TABLE, 4), config_get(at + PCI_MSIX_PBA, 4));
	note("all ones: control %#x, table %#x, pending bits %#x", config_ones(at + PCI_MSIX_FLAGS, 2),
	     config_ones(at + PCI_MSIX_TABLE, 4), config_ones(at + PCI_MSIX_PBA, 4));
}

CASE("I08", "a card's MSI capability")
{
	unsigned int at;

	with_card();
	at = capability(PCI_CAP_ID_MSI);
	note("control -> %#x", at ? config_get(at + PCI_MSI_FLAGS, 2) : 0);
	note("all ones: control -> %#x", at ? config_ones(at + PCI_MSI_FLAGS, 2) : 0);
	note("all ones: address -> %#x", at ? config_ones(at + PCI_MSI_ADDRESS_LO, 4) : 0);
	note("all ones: data -> %#x", at ? config_ones(at + PCI_MSI_DATA_64, 2) : 0);
}

CASE("I08a", "MSI's enable bit follows what was set up")
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	unsigned int at;

	with_card();
	at = capability(PCI_CAP_ID_MSI);
	if (!at)
		skip("the card has no MSI");
	config_set(at + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE);
	note("written before -> %#x", config_get(at + PCI_MSI_FLAGS, 2));
	told(set_vector(VFIO_PCI_MSI_IRQ_INDEX, fd), "SET_IRQS(MSI, 1)");
	note("set up -> %#x", config_get(at + PCI_MSI_FLAGS, 2));
	config_set(at + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE | 0x70);
	note("written then -> %#x", config_get(at + PCI_MSI_FLAGS, 2));
	config_set(at + PCI_MSI_FLAGS, 2, 0);
	note("cleared -> %#x", config_get(at + PCI_MSI_FLAGS, 2));
	config_set(at + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE);
	told(set_vector(VFIO_PCI_MSI_IRQ_INDEX, -1), "SET_IRQS(MSI, 0)");
	note("turned off -> %#x", config_get(at + PCI_MSI_FLAGS, 2));
	note("mask -> %#x", config_ones(at + PCI_MSI_MASK_64, 4));
	note("pending -> %#x", config_ones(at + PCI_MSI_PENDING_64, 4));
	told(answer(ioctl(card, VFIO_DEVICE_RESET)), "DEVICE_RESET");
	note("after a reset -> %#x", config_get(at + PCI_MSI_FLAGS, 2));
}

CASE("I08b", "MSI's address and data outlive a reset")
{
	unsigned int at;

	with_card();
	at = capability(PCI_CAP_ID_MSI);
	if (!at)
		skip("the card has no MSI");
	config_set(at + PCI_MSI_ADDRESS_LO, 4, 0x12345678);
	config_set(at + PCI_MSI_ADDRESS_HI, 4, 0x9abcdef0);
	config_set(at + PCI_MSI_DATA_64, 2, 0x4321);
	note("address %#x %#x, data %#x", config_get(at + PCI_MSI_ADDRESS_LO, 4), config_get(at + PCI_MSI_ADDRESS_HI, 4),
	     config_get(at + PCI_MSI_DATA_64, 2));
	told(answer(ioctl(card, VFIO_DEVICE_RESET)), "DEVICE_RESET");
	note("after: address %#x %#x, data %#x", config_get(at + PCI_MSI_ADDRESS_LO, 4),
	     config_get(at + PCI_MSI_ADDRESS_HI, 4), config_get(at + PCI_MSI_DATA_64, 2));
}

CASE("I09", "a card's power states")
{
	unsigned int at;

	with_card();
	at = capability(PCI_CAP_ID_PM);
	note("capabilities -> %#x", config_get(at + PCI_PM_PMC, 2));
	note("control -> %#x", config_get(at + PCI_PM_CTRL, 2));
	config_set(at + PCI_PM_CTRL, 2, 3);
	note("D3 -> %u", config_get(at + PCI_PM_CTRL, 2) & PCI_PM_CTRL_STATE_MASK);
	config_set(at + PCI_PM_CTRL, 2, 0);
	note("D0 -> %u", config_get(at + PCI_PM_CTRL, 2) & PCI_PM_CTRL_STATE_MASK);
}

CASE("I10", "a card's PCI Express capability")
{
	unsigned int at;

	with_card();
	at = capability(PCI_CAP_ID_EXP);
	note("flags -> %#x", config_get(at + PCI_EXP_FLAGS, 2));
	note("function-level reset %d, payload %u",
	     (config_get(at + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_FLR) != 0,
	     config_get(at + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_PAYLOAD);
	note("device control -> %#x", config_get(at + PCI_EXP_DEVCTL, 2));
	note("device capabilities 2 -> %#x", config_get(at + PCI_EXP_DEVCAP2, 4));
}

CASE("I11", "a card's SR-IOV capability")
{
	unsigned int at;

	with_card();
	at = extended_capability(PCI_EXT_CAP_ID_SRIOV);
	if (!at)
		skip("the card has no virtual functions");
	note("capabilities -> %#x", config_get(at + PCI_SRIOV_CAP, 4));
	note("control -> %#x", config_get(at + PCI_SRIOV_CTRL, 2));
	note("initial %u, total %u, number %u", config_get(at + PCI_SRIOV_INITIAL_VF, 2),
	     config_get(at + PCI_SRIOV_TOTAL_VF, 2), config_get(at + PCI_SRIOV_NUM_VF, 2));
	note("offset, stride -> %u %u", config_get(at + PCI_SRIOV_VF_OFFSET, 2), config_get(at + PCI_SRIOV_VF_STRIDE, 2));
	note("device %#x", config_get(at + PCI_SRIOV_VF_DID, 2));
	note("page sizes %#x", config_get(at + PCI_SRIOV_SUP_PGSIZE, 4));
	note("system's page size -> %#x", config_get(at + PCI_SRIOV_SYS_PGSIZE, 4));
	for (unsigned int bar = 0; bar < 6; bar++)
		note("kind of BAR %u -> %#x", bar, config_get(at + PCI_SRIOV_BAR + 4 * bar, 4) & 0xf);
	note("a program writes: control -> %#x", config_ones(at + PCI_SRIOV_CTRL, 2));
	note("a program writes: number -> %u", config_ones(at + PCI_SRIOV_NUM_VF, 2));
}

CASE("I12", "accesses at the ends of a card's config space")
{
	uint8_t bytes[8];
	struct vfio_region_info info = { .argsz = sizeof(info), .index = VFIO_PCI_CONFIG_REGION_INDEX };

	with_card();
	must(ioctl(card, VFIO_DEVICE_GET_REGION_INFO, &info), "GET_REGION_INFO");
	for (unsigned int size = 1; size <= 8; size++)
		told(answer(pread(card, bytes, size, (off_t)info.offset)), "read %u bytes at 0", size);
	told(answer(pread(card, bytes, 4, (off_t)info.offset + 2)), "read 4 bytes at 2");
	told(answer(pread(card, bytes, 4, (off_t)info.offset + 3)), "read 4 bytes at 3");
	told(answer(pread(card, bytes, 4, (off_t)(info.offset + info.size) - 4)), "read the last 4 bytes");
	told(answer(pread(card, bytes, 8, (off_t)(info.offset + info.size) - 4)), "read 8 bytes 4 before the end");
	told(answer(pread(card, bytes, 4, (off_t)(info.offset + info.size))), "read behind the end");
	told(answer(pwrite(card, bytes, 4, (off_t)(info.offset + info.size))), "write behind the end");
}

/* Prints what a file of the card in sysfs says. */
static void tell_file(const char *file)
{
	char path[128], text[64] = "";
	long r;
	int fd;

	card_path(path, sizeof(path), file);
	fd = open(path, O_RDONLY);
	r = answer(fd < 0 ? fd : read(fd, text, sizeof(text) - 1));
	text[strcspn(text, "\n")] = '\0';
	told(r, "%s -> %s", file, text);
	if (fd >= 0)
		close(fd);
}

static void write_file(const char *file, const char *text)
{
	char path[128];
	int fd;

	card_path(path, sizeof(path), file);
	fd = open(path, O_WRONLY);
	told(answer(fd < 0 ? fd : write(fd, text, strlen(text))), "%s is written to %s", text, file);
	if (fd >= 0)
		close(fd);
}

CASE("I13", "a card's files about virtual functions")
{
	with_card();
	tell_file("sriov_totalvfs");
	tell_file("sriov_numvfs");
	tell_file("sriov_offset");
	tell_file("sriov_stride");
	tell_file("sriov_vf_device");
	tell_file("sriov_drivers_autoprobe");
}

CASE("I14", "vfio-pci makes no virtual functions, unless its parameter says so")
{
	with_card();
	write_file("sriov_numvfs", "8");
	write_file("sriov_numvfs", "nonsense");
	write_file("sriov_numvfs", "-1");
	write_file("sriov_numvfs", "0");
	write_file("sriov_numvfs", "2");
	tell_file("sriov_numvfs");
}
