/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of a network card (network.h), its resets and its interrupts [82576 8]. */
#include "network.h"

#include <poll.h>
#include <sys/eventfd.h>

enum {
	CTRL = 0x0000, STATUS = 0x0008, EERD = 0x0014, MDIC = 0x0020, RCTL = 0x0100, ICR = 0x1500, ICS = 0x1504, IMS = 0x1508, GPIE = 0x1514, EICS = 0x1520,
	EIMS = 0x1524, EIMC = 0x1528, EIAC = 0x152c, EICR = 0x1580, IVAR = 0x1700, MTA = 0x5200, RAL = 0x5400, RAH = 0x5404,
	RDBAL = 0xc000, RDLEN = 0xc008, RDH = 0xc010, RDT = 0xc018, TDBAL = 0xe000, TDLEN = 0xe008, TDH = 0xe010,
	TDT = 0xe018,
};

#define CTRL_RST 0x04000000
#define DONE     0x10000000 /* of MDIC */

static void tell(const char *name, uint32_t offset)
{
	note("%s -> %#x", name, register_get(offset));
}

/* Waits until the bit of a register is on or off, for at most 20 seconds. Nothing but the register tells. */
static bool wait_until(uint32_t offset, uint32_t bit, bool on)
{
	for (int i = 0; i < 20000; i++) {
		if (!(register_get(offset) & bit) != on)
			return true;
		usleep(1000);
	}
	return false;
}

CASE("J01", "a card's address is where its driver looks")
{
	with_card();
	set_decoding(true, false);
	tell("RAL", RAL);
	tell("RAH", RAH);
	for (uint32_t word = 0; word < 3; word++) {
		register_set(EERD, word << 2 | 1);
		note("word %u of the EEPROM: done %d, value %#x", word, wait_until(EERD, 2, true), register_get(EERD) >> 16);
	}
}

CASE("J02", "a card's PHY answers")
{
	with_card();
	set_decoding(true, false);
	for (uint32_t r = 2; r <= 3; r++) {
		register_set(MDIC, 0x08200000 | r << 16);
		note("register %u: done %d", r, wait_until(MDIC, DONE, true));
		note("register %u -> %#x", r, register_get(MDIC) & 0xffff);
	}
}

CASE("J03", "a card's registers keep what is written, and CTRL.RST clears it")
{
	with_card();
	set_decoding(true, false);
	register_set(MTA, 0x12345678);
	register_set(RCTL, 0x00000002);
	register_set(RDBAL, 0x12345680);
	register_set(RDLEN, 0x1000);
	register_set(TDBAL, 0x87654380);
	tell("MTA", MTA);
	tell("RCTL", RCTL);
	tell("RDBAL", RDBAL);
	tell("RDLEN", RDLEN);
	tell("TDBAL", TDBAL);
	register_set(CTRL, register_get(CTRL) | CTRL_RST);
	note("the reset is over: %d", wait_until(CTRL, CTRL_RST, false));
	tell("after: RCTL", RCTL);
	tell("after: RDH", RDH);
	tell("after: RDT", RDT);
	tell("after: TDH", TDH);
	tell("after: TDT", TDT);
	tell("after: EIMS", EIMS);
}

CASE("J04", "DEVICE_RESET resets a card's registers")
{
	with_card();
	set_decoding(true, true);
	register_set(RCTL, 0x00000002);
	register_set(RDLEN, 0x1000);
	register_set(EIMS, 0x3);
	tell("before: EIMS", EIMS);
	told(answer(ioctl(card, VFIO_DEVICE_RESET)), "DEVICE_RESET");
	set_decoding(true, false);
	tell("RCTL", RCTL);
	tell("RDLEN", RDLEN);
	tell("EIMS", EIMS);
	tell("RAL", RAL);
	tell("RAH", RAH);
}

CASE("J05", "masks of a card's interrupts")
{
	with_card();
	set_decoding(true, false);
	register_set(GPIE, 0x10);
	register_set(EIMS, 0x5);
	tell("EIMS", EIMS);
	register_set(EIMC, 0x4);
	tell("EIMS, one less", EIMS);
	register_set(EICS, 0x2);
	tell("EICR", EICR);
}

/* How many interrupts there are now, behind what the card has done for the stores before. One that is late is found later. */
static uint64_t count_of(int fd)
{
	uint64_t count = 0;

	register_get(STATUS);
	if (read(fd, &count, 8) != 8)
		count = 0;
	return count;
}

/* Waits for an interrupt. QEMU's card does not raise each one that ours does, so the wait ends after ten seconds. */
static uint64_t wait_and_count(int fd)
{
	struct pollfd pollfd = { fd, POLLIN, 0 };

	poll(&pollfd, 1, 10000);
	return count_of(fd);
}

CASE("J06", "a card raises an MSI-X interrupt that software asks for")
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	with_card();
	set_decoding(true, true);
	told(set_vector(VFIO_PCI_MSIX_IRQ_INDEX, fd), "SET_IRQS");
	register_set(GPIE, 0x80000010); /* multiple vectors, and no interrupt through the pin */
	register_set(EIAC, 1);
	register_set(EICS, 1);
	note("masked -> %llu", (unsigned long long)count_of(fd));
	register_set(EICR, 0xffffffff);
	register_set(EIMS, 1);
	register_set(EICS, 1);
	note("unmasked -> %llu", (unsigned long long)wait_and_count(fd));
}

CASE("J06a", "a card raises MSI while it uses one vector for all causes")
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	with_card();
	set_decoding(true, true);
	told(set_vector(VFIO_PCI_MSI_IRQ_INDEX, fd), "SET_IRQS");
	register_set(ICS, 4);
	note("masked -> %llu", (unsigned long long)count_of(fd));
	note("ICR -> %#x", register_get(ICR));
	register_set(IMS, 4);
	register_set(ICS, 4);
	note("unmasked -> %llu", (unsigned long long)wait_and_count(fd));
	note("asserted: ICR -> %#x", register_get(ICR));
	register_set(ICS, 4);
	note("once more -> %llu", (unsigned long long)wait_and_count(fd));
}

CASE("J07", "accesses to a card's registers by size and place")
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = VFIO_PCI_BAR0_REGION_INDEX };
	uint8_t bytes[16];

	with_card();
	set_decoding(true, false);
	must(ioctl(card, VFIO_DEVICE_GET_REGION_INFO, &info), "GET_REGION_INFO");
	for (unsigned int size = 1; size <= 16; size *= 2)
		told(answer(pread(card, bytes, size, (off_t)(info.offset + STATUS))), "read %u bytes", size);
	told(answer(pread(card, bytes, 4, (off_t)(info.offset + STATUS + 1))), "read 4 bytes at an odd place");
	told(answer(pread(card, bytes, 8, (off_t)(info.offset + info.size - 4))), "read 8 bytes 4 before the end");
	told(answer(pread(card, bytes, 4, (off_t)(info.offset + info.size))), "read behind the end");
	set_decoding(false, false);
	told(answer(pread(card, bytes, 4, (off_t)(info.offset + STATUS))), "read without memory decoding");
	told(answer(pwrite(card, bytes, 4, (off_t)(info.offset + STATUS))), "write without memory decoding");
}
