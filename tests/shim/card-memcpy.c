/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uses an igb in group 1 as a machine that copies memory, as Linux's VFIO selftest does: the card sends each frame to
 * itself. The registers and their order are those of
 * tools/testing/selftests/vfio/lib/drivers/igb/igb.c, and the cases those of vfio_pci_driver_test.c, which themselves
 * know no sPAPR container.
 */
#include "registers.h"

#include <sys/eventfd.h>

#define RING      4096u
#define FRAME     1024u
#define MEMORY    (2u << 20)
#define SOURCE    (1u << 20)
#define TARGET    (SOURCE + (512u << 10))
#define UNMAPPED  (64u << 20)      /* inside the window */

enum {
	CTRL = 0x0, EECD = 0x10, CTRL_EXT = 0x18, MDIC = 0x20, RCTL = 0x100, TCTL = 0x400, GPIE = 0x1514, IMC = 0x150c,
	EICS = 0x1520, EIMS = 0x1524, EIMC = 0x1528, EIAC = 0x152c, EIAM = 0x1530, EICR = 0x1580, IVAR0 = 0x1700,
	RDBAL = 0x2800, RDBAH = 0x2804, RDLEN = 0x2808, SRRCTL = 0x280c, RDH = 0x2810, RDT = 0x2818, RXDCTL = 0x2828,
	TDBAL = 0x3800, TDBAH = 0x3804, TDLEN = 0x3808, TDH = 0x3810, TDT = 0x3818, TXDCTL = 0x3828, GCR = 0x5b00,
};

#define CTRL_RESET          (1u << 26)
#define CTRL_FORCED_LINK    0x1a41u     /* 1000 Mb/s, full duplex, link up */
#define CTRL_SPEED          0x300u
#define CTRL_EXT_DRIVER     (1u << 28)
#define CTRL_EXT_LINK_MODE  0xc00000u
#define EECD_AUTO_READ_DONE 0x200u
#define MDIC_WRITE          0x4000000u
#define MDIC_PHY            (1u << 21)
#define MDIC_READY          (1u << 28)
#define MDIC_ERROR          (1u << 30)
#define PHY_NEGOTIATE       0x1200u
#define PHY_LOOPBACK        0x4140u     /* at 1000 Mb/s, full duplex */
#define GCR_RESEND          (1u << 16)
#define QUEUE_ENABLE        (1u << 25)
#define ONE_BUFFER          0x2000000u  /* the advanced descriptors */
#define RCTL_ALL            0x4008018u  /* all addresses, no CRC */
#define RCTL_LOOPBACK       0x40u       /* of the MAC; the PHY's alone is enough for the card */
#define ENABLE              0x2u
#define TCTL_PAD            0x8u
#define GPIE_MODE           0x40000010u
#define VECTOR              0x1u
#define IVAR_VALID          0x80u
#define TX_FRAME            0x23300000u /* an advanced data descriptor, the last of its frame, with a CRC */

struct rings {
	struct {
		uint64_t address;
		uint32_t command, status;
	} tx[RING];
	struct {
		uint64_t address;
		uint32_t status, rest;
	} rx[RING];
};

static char *bar, *memory;
static struct rings *rings;
static uint64_t ioba;
static uint32_t tx_tail, rx_tail, loopback = RCTL_LOOPBACK;
static int event;

static void set(uint32_t at, uint32_t value)
{
	store32(bar + at, value);
}

static uint32_t get(uint32_t at)
{
	return load32(bar + at);
}

static bool write_phy(uint32_t number, uint32_t value)
{
	set(MDIC, value | number << 16 | MDIC_PHY | MDIC_WRITE);
	while (!(get(MDIC) & MDIC_READY))
		usleep(50);
	return !(get(MDIC) & MDIC_ERROR);
}

static void reset_registers(void)
{
	set(CTRL, get(CTRL) | CTRL_RESET);
	do
		usleep(1000);
	while (!(get(EECD) & EECD_AUTO_READ_DONE));
	set(IMC, UINT32_MAX);
}

static bool link_to_itself(void)
{
	bool is_written = write_phy(0, PHY_NEGOTIATE) && write_phy(0, PHY_LOOPBACK);

	set(CTRL, (get(CTRL) & ~CTRL_SPEED) | CTRL_FORCED_LINK);
	return is_written;
}

static void set_ring(uint32_t low, uint64_t address, uint32_t size)
{
	set(low, (uint32_t)address);
	set(low + RDBAH - RDBAL, (uint32_t)(address >> 32));
	set(low + RDLEN - RDBAL, size);
	set(low + RDH - RDBAL, 0);
	set(low + RDT - RDBAL, 0);
}

static bool set_up_card(void)
{
	bool is_linked;

	set(CTRL_EXT, (get(CTRL_EXT) | CTRL_EXT_DRIVER) & ~CTRL_EXT_LINK_MODE);
	set_command(6);
	is_linked = link_to_itself();
	set(GCR, get(GCR) & ~GCR_RESEND);
	set_ring(TDBAL, ioba, sizeof(rings->tx));
	set(TXDCTL, QUEUE_ENABLE);
	set_ring(RDBAL, ioba + sizeof(rings->tx), sizeof(rings->rx));
	set(SRRCTL, ONE_BUFFER);
	set(RXDCTL, QUEUE_ENABLE);
	set(RCTL, RCTL_ALL | loopback | ENABLE);
	set(TCTL, TCTL_PAD | ENABLE);
	while (!(get(TXDCTL) & get(RXDCTL) & QUEUE_ENABLE))
		usleep(10);
	set(GPIE, GPIE_MODE);
	set(EIAC, VECTOR);
	set(EIAM, VECTOR);
	set(IVAR0, IVAR_VALID);
	set(EIMS, VECTOR);
	tx_tail = rx_tail = 0;
	return is_linked;
}

static bool set_vector(bool is_on)
{
	return set_eventfd(device, VFIO_PCI_MSIX_IRQ_INDEX, is_on ? &event : NULL) == 0;
}

static bool begin(void)
{
	reset_registers();
	return set_vector(true) && set_up_card();
}

static bool end(void)
{
	set(RCTL, 0);
	set(TCTL, 0);
	reset_registers();
	return set_vector(false);
}

static void start(uint64_t from, uint64_t to, unsigned int count)
{
	set(EIMC, VECTOR);
	for (unsigned int i = 0; i < count; i++) {
		memset(&rings->rx[rx_tail], 0, sizeof(rings->rx[0]));
		rings->rx[rx_tail].address = to;
		rings->tx[tx_tail].address = from;
		rings->tx[tx_tail].command = FRAME | TX_FRAME;
		rings->tx[tx_tail].status = FRAME << 14;
		tx_tail = (tx_tail + 1) % RING;
		rx_tail = (rx_tail + 1) % RING;
	}
	set(RDT, rx_tail);
	set(TDT, tx_tail);
}

/* Returns whether the last frame has come. A frame that cannot come is waited for as long as the selftest does. */
static bool wait_for_last(unsigned int milliseconds)
{
	const volatile uint32_t *status = &rings->rx[(rx_tail + RING - 1) % RING].status;

	while (!(*status & 1) && milliseconds--)
		usleep(1000);
	set(EICR, UINT32_MAX);
	/* The selftest unmasks it here, and sees an interrupt if the card raises it only now, after the descriptor. */
	return *status & 1;
}

#define FOREVER (60u * 1000)

static bool copies(unsigned int count)
{
	memset(memory + SOURCE, 'x', FRAME);
	memset(memory + TARGET, 'y', FRAME);
	start(ioba + SOURCE, ioba + TARGET, count);
	return wait_for_last(FOREVER) && !memcmp(memory + SOURCE, memory + TARGET, FRAME);
}

static bool reset_function(void)
{
	return ioctl(device, VFIO_DEVICE_RESET) == 0 && set_vector(true) && set_up_card();
}

/* A frame from a place that is not mapped does not come. */
static bool cannot_copy_from(uint64_t from)
{
	start(from, ioba + TARGET, 1);
	return !wait_for_last(200) && reset_function();
}

/* The descriptor of a frame that is received where nothing is mapped is done, because writes are posted. */
static bool copies_nowhere(void)
{
	memset(memory + TARGET, 'y', FRAME);
	start(ioba + SOURCE, ioba + UNMAPPED, 1);
	return wait_for_last(FOREVER) && memory[TARGET] == 'y' && reset_function();
}

static bool is_silent(void)
{
	uint64_t count;

	return read(event, &count, sizeof(count)) == -1 && errno == EAGAIN;
}

static bool raises(void)
{
	uint64_t count = 0;

	set(EIMS, VECTOR);
	set(EICS, VECTOR);
	return read(event, &count, sizeof(count)) == sizeof(count) && count == 1;
}

static bool map_memory(void)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };
	struct vfio_iommu_spapr_register_memory part = { .argsz = sizeof(part), .size = MEMORY };
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof(map), .size = MEMORY,
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE };

	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info))
		return false;
	rings = (struct rings *)memory;
	map.iova = ioba = info.dma32_window_start;
	part.vaddr = map.vaddr = (uintptr_t)memory;
	return ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &part) == 0 && ioctl(container, VFIO_IOMMU_MAP_DMA, &map) == 0;
}

int main(void)
{
	bool is_right = true;

	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ok(open_device() && map_memory(), "memory is mapped for the card");
	bar = map(device, 128 << 10, PROT_READ | PROT_WRITE);
	ok(bar != MAP_FAILED && begin(), "the card begins");
	for (unsigned int i = 0; i < 10 && is_right; i++)
		is_right = end() && begin();
	ok(is_right, "it ends and begins again");
	ok(copies(1) && is_silent(), "a frame arrives, and no interrupt that is masked");
	ok(cannot_copy_from(ioba + UNMAPPED) && is_silent(), "nothing comes from where nothing is mapped");
	ok(cannot_copy_from(UINT64_C(8) << 30) && is_silent(), "nor from outside of the window");
	ok(copies_nowhere() && is_silent(), "what goes to where nothing is mapped is lost");
	is_right = true;
	ok(raises(), "a write to EICS is one interrupt");
	for (unsigned int i = 0; i < 3 && is_right; i++)
		is_right = copies(1) && cannot_copy_from(ioba + UNMAPPED) && raises();
	ok(is_right, "all of it goes on after each reset");
	ok(copies(RING - 1) && is_silent(), "a ring full of frames arrives");
	ok(end(), "the card ends");
	loopback = 0;
	ok(begin() && copies(1) && is_silent(), "a frame arrives by the loopback of the PHY alone");
	ok(end(), "the card ends again");
	return ok_end();
}
