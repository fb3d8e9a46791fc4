/* SPDX-License-Identifier: BSD-2-Clause */
/* A device file as a user-space driver uses it: regions, interrupts, resets, EEH. */
#include "testing.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"
#include "spapr-tce/dmatest.h"
#include "spapr-tce/eeh.h"
#include "stats_of.h"

#define CONFIG ((off_t)VFIO_PCI_CONFIG_REGION_INDEX << 40)

static struct client c;
static int device;
static char *p;      /* 4 pages, mapped at 0 */

static void enable_device(void)
{
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

	assert_int_equal(stce_pwrite(device, &command, 2, CONFIG + PCI_COMMAND), 2);
}

static int start(void **state)
{
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	p = client_memory(&c, 4);
	assert_int_equal(map_dma(c.container, p, 0, 4 * PAGE, RW), 0);
	device = (int)get_device(c.group, FIRST);
	assert_true(device >= 0);
	enable_device();
	return 0;
}

static int stop(void **state)
{
	if (device >= 0)
		stce_close(device);
	client_stop(&c);
	drop_pages(p, 4);
	return 0;
}

static uint32_t reg32(unsigned int offset)
{
	uint32_t value;

	assert_int_equal(stce_pread(device, &value, 4, offset), 4);
	return value;
}

static void set_reg(unsigned int offset, uint64_t value, size_t size)
{
	assert_int_equal(stce_pwrite(device, &value, size, offset), (ssize_t)size);
}

static void copy(uint64_t to, uint64_t from, uint64_t length)
{
	set_reg(STCE_DMATEST_SOURCE, from, 8);
	set_reg(STCE_DMATEST_TARGET, to, 8);
	set_reg(STCE_DMATEST_LENGTH, length, 8);
	set_reg(STCE_DMATEST_COMMAND, STCE_DMATEST_COPY, 4);
}

static long set_irqs(uint32_t index, uint32_t flags, uint32_t first, uint32_t count, const void *data,
		     size_t size)
{
	union {
		struct vfio_irq_set set;
		char room[256];
	} u = { .set = { (uint32_t)(sizeof(u.set) + size), flags, index, first, count } };

	if (size)
		memcpy(u.set.data, data, size);
	return stce_ioctl(device, VFIO_DEVICE_SET_IRQS, &u);
}

static uint64_t heard(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

static void it_is_a_pci_device_that_can_be_reset(void **state)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct vfio_device_info small = { .argsz = 8 };

	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_INFO, &info), 0);
	assert_int_equal(info.flags, VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI);
	assert_int_equal(info.num_regions, 9);
	assert_int_equal(info.num_irqs, 5);
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_INFO, &small), -EINVAL);
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_INFO, NULL), -EFAULT);
	assert_int_equal(stce_ioctl(device, 0x3bff, NULL), -ENOTTY);
}

/* Symptom: the padding of 6.12 stayed as the program had left it. The numbers are that kernel's. */
static void the_answer_of_get_info_is_as_long_as_argsz_up_to_24_bytes(void **state)
{
	static const struct {
		uint32_t argsz;
		size_t written;
	} cases[] = { { 16, 16 }, { 20, 20 }, { 24, 24 }, { 28, 24 } };

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		unsigned char bytes[32], before[32];

		memset(before, 0xee, sizeof(before));
		memcpy(bytes, before, sizeof(bytes));
		memcpy(bytes, &cases[i].argsz, sizeof(cases[i].argsz));
		assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_INFO, bytes), 0);
		assert_int_equal(bytes[cases[i].written - 1], 0);
		assert_memory_equal(bytes + cases[i].written, before, sizeof(bytes) - cases[i].written);
	}
}

static void regions_have_their_sizes(void **state)
{
	struct vfio_region_info info = { .argsz = sizeof(info) };

	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info), 0);
	assert_int_equal(info.size, STCE_DMATEST_BAR_SIZE);
	assert_int_equal(info.flags & 3, VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE);
	info.index = VFIO_PCI_CONFIG_REGION_INDEX;
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info), 0);
	assert_int_equal(info.offset, CONFIG);
	info.index = VFIO_PCI_ROM_REGION_INDEX;
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info), 0);
	assert_int_equal(info.size, 0);
	info.index = 99;
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info), -EINVAL);
	info = (struct vfio_region_info){ .argsz = 16 };
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info), -EINVAL);
}

static void registers_take_every_width_and_reads_stop_at_the_end(void **state)
{
	char all[STCE_DMATEST_BAR_SIZE + 8];
	uint32_t vendor = 0;

	assert_int_equal(reg32(STCE_DMATEST_MAGIC), STCE_DMATEST_MAGIC_VALUE);
	assert_int_equal(stce_pread(device, &vendor, 4, CONFIG), 4);
	assert_int_equal(vendor, STCE_DMATEST_DEVICE << 16 | STCE_DMATEST_VENDOR);
	assert_int_equal(stce_pread(device, all, sizeof(all), 0), STCE_DMATEST_BAR_SIZE);
	assert_int_equal(stce_pread(device, all, 4, STCE_DMATEST_BAR_SIZE), -EINVAL);
	assert_int_equal(stce_pread(device, all, 4, (uint64_t)VFIO_PCI_ROM_REGION_INDEX << 40), -EINVAL);
	assert_int_equal(stce_pread(device, all, 4, (uint64_t)VFIO_PCI_NUM_REGIONS << 40), -EINVAL);
	assert_int_equal(stce_pread(device, all, 0, (uint64_t)VFIO_PCI_NUM_REGIONS << 40), 0);
	assert_int_equal(stce_pread(device, NULL, 4, 0), -EFAULT);
	assert_int_equal(stce_pwrite(device, (void *)8, 4, CONFIG), -EFAULT);
	assert_int_equal(stce_pread(device, all, 4, -1), -EINVAL);
}

/* A real POWER kernel answers so: BARs stop at their end, config space refuses. */
static void an_access_past_the_end_of_config_space_is_refused_whole(void **state)
{
	char all[PCI_CFG_SPACE_EXP_SIZE + 1];

	assert_int_equal(stce_pread(device, all, PCI_CFG_SPACE_EXP_SIZE, CONFIG), PCI_CFG_SPACE_EXP_SIZE);
	assert_int_equal(stce_pread(device, all, sizeof(all), CONFIG), -EFAULT);
	assert_int_equal(stce_pread(device, all, 4, CONFIG + PCI_CFG_SPACE_EXP_SIZE), -EFAULT);
	assert_int_equal(stce_pwrite(device, all, 4, CONFIG + PCI_CFG_SPACE_EXP_SIZE - 2), -EFAULT);
	assert_int_equal(stce_pread(device, all, 0, CONFIG + PCI_CFG_SPACE_EXP_SIZE), 0);
}

static void a_bar_is_sized_by_writing_ones(void **state)
{
	uint32_t ones = UINT32_MAX, low;

	assert_int_equal(stce_pwrite(device, &ones, 4, CONFIG + PCI_BASE_ADDRESS_0), 4);
	assert_int_equal(stce_pread(device, &low, 4, CONFIG + PCI_BASE_ADDRESS_0), 4);
	assert_int_equal(~(low & ~0xfu) + 1, STCE_DMATEST_BAR_SIZE);
}

static void it_copies_through_the_tables(void **state)
{
	strcpy(p + 10, "through the tables");
	copy(2 * PAGE + 5, 10, 19);
	assert_int_equal(reg32(STCE_DMATEST_STATUS), STCE_DMATEST_DONE);
	assert_string_equal(p + 2 * PAGE + 5, "through the tables");
	copy(64 * PAGE, 10, 19);
	assert_int_equal(reg32(STCE_DMATEST_STATUS), STCE_DMATEST_FAULTED);
}

static void without_bus_mastering_it_reaches_nothing(void **state)
{
	uint16_t command = PCI_COMMAND_MEMORY;

	assert_int_equal(stce_pwrite(device, &command, 2, CONFIG + PCI_COMMAND), 2);
	copy(PAGE, 0, 8);
	assert_int_equal(reg32(STCE_DMATEST_STATUS), STCE_DMATEST_FAULTED);
	assert_int_equal(stats_of(c.machine).fault_bus_master_off, 1);
}

static void msix_vectors_signal_their_eventfd(void **state)
{
	int fds[2] = { eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK) };
	const uint32_t by_fd = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	const uint32_t off = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER;

	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, by_fd, 0, 2, fds, sizeof(fds)), 0);
	set_reg(STCE_DMATEST_CONTROL, STCE_DMATEST_NOTIFY, 4);
	set_reg(STCE_DMATEST_VECTOR, 1, 4);
	copy(PAGE, 0, 8);
	assert_int_equal(heard(fds[0]), 0);
	assert_int_equal(heard(fds[1]), 1);
	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, by_fd, 2, 1, fds, 4), -EINVAL);
	/* The device has its own reference to the eventfd. */
	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, off, 0, 1, NULL, 0), 0);
	assert_int_equal(heard(fds[0]), 1);
	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, off, 0, 0, NULL, 0), 0);
	copy(PAGE, 0, 8);
	assert_int_equal(heard(fds[1]), 0);
	close(fds[0]);
	close(fds[1]);
}

static void intx_is_masked_until_it_is_unmasked(void **state)
{
	int fd = eventfd(0, EFD_NONBLOCK);
	const uint32_t by_fd = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	const uint32_t unmask = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK;

	assert_int_equal(set_irqs(VFIO_PCI_INTX_IRQ_INDEX, by_fd, 0, 1, &fd, sizeof(fd)), 0);
	set_reg(STCE_DMATEST_COMMAND, STCE_DMATEST_RAISE, 4);
	assert_int_equal(heard(fd), 1);
	assert_int_equal(set_irqs(VFIO_PCI_INTX_IRQ_INDEX, unmask, 0, 1, NULL, 0), 0);
	assert_int_equal(heard(fd), 1);
	set_reg(STCE_DMATEST_INTERRUPT, 1, 4);
	assert_int_equal(set_irqs(VFIO_PCI_INTX_IRQ_INDEX, unmask, 0, 1, NULL, 0), 0);
	assert_int_equal(heard(fd), 0);
	close(fd);
}

/* The answers are those of a real POWER kernel. */
static void odd_interrupt_requests_answer_as_linux_does(void **state)
{
	const uint32_t none = VFIO_IRQ_SET_DATA_NONE, byte = VFIO_IRQ_SET_DATA_BOOL;
	const uint32_t by_fd = VFIO_IRQ_SET_DATA_EVENTFD, trigger = VFIO_IRQ_SET_ACTION_TRIGGER;
	const uint32_t mask = VFIO_IRQ_SET_ACTION_MASK, unmask = VFIO_IRQ_SET_ACTION_UNMASK;
	int fd = eventfd(0, EFD_NONBLOCK), nobody = -1;
	uint8_t no = 0, yes = 1;

	/* INTx, while it is off. */
	assert_int_equal(set_irqs(0, byte | mask, 0, 1, &no, 1), -EINVAL);
	assert_int_equal(set_irqs(0, by_fd | mask, 0, 1, &fd, 4), -EINVAL);
	assert_int_equal(set_irqs(0, by_fd | unmask, 0, 1, &fd, 4), -EINVAL);
	assert_int_equal(set_irqs(0, none | mask, 0, 0, NULL, 0), -EINVAL);
	/* INTx, while it is on. */
	assert_int_equal(set_irqs(0, by_fd | trigger, 0, 1, &fd, 4), 0);
	assert_int_equal(set_irqs(0, byte | mask, 0, 1, &no, 1), 0);
	assert_int_equal(set_irqs(0, by_fd | mask, 0, 1, &fd, 4), -ENOTTY);
	assert_int_equal(set_irqs(0, none | mask, 0, 0, NULL, 0), -EINVAL);
	assert_int_equal(set_irqs(0, none | unmask, 0, 0, NULL, 0), -EINVAL);
	assert_int_equal(set_irqs(0, by_fd | unmask, 0, 1, &nobody, 4), 0);
	assert_int_equal(set_irqs(0, by_fd | unmask, 0, 0, &fd, 4), -EINVAL);
	assert_int_equal(set_irqs(0, by_fd | unmask, 0, 1, &device, 4), -EINVAL);
	assert_int_equal(set_irqs(0, by_fd | unmask, 0, 1, &fd, 4), 0);
	assert_int_equal(set_irqs(0, by_fd | unmask, 0, 1, &fd, 4), -EBUSY);
	assert_int_equal(set_irqs(0, by_fd | unmask, 0, 1, &nobody, 4), 0);
	assert_int_equal(set_irqs(0, by_fd | unmask, 0, 1, &fd, 4), 0);
	assert_int_equal(set_irqs(0, byte | trigger, 0, 0, NULL, 0), -EINVAL);
	assert_int_equal(set_irqs(0, by_fd | trigger, 0, 0, NULL, 0), -EINVAL);
	assert_int_equal(set_irqs(0, none | trigger, 0, 0, NULL, 0), 0);
	/* MSI-X without vectors. */
	assert_int_equal(set_irqs(2, by_fd | trigger, 0, 0, NULL, 0), -ERANGE);
	assert_int_equal(set_irqs(2, by_fd | trigger, 0, 1, &fd, 4), 0);
	assert_int_equal(set_irqs(2, by_fd | trigger, 0, 0, NULL, 0), 0);
	/* A request interrupt without an eventfd. */
	assert_int_equal(set_irqs(VFIO_PCI_REQ_IRQ_INDEX, none | trigger, 0, 1, NULL, 0), -EINVAL);
	assert_int_equal(set_irqs(VFIO_PCI_REQ_IRQ_INDEX, byte | trigger, 0, 1, &yes, 1), 0);
	assert_int_equal(set_irqs(VFIO_PCI_REQ_IRQ_INDEX, byte | trigger, 0, 0, NULL, 0), -EINVAL);
	close(fd);
}

static void bad_interrupt_requests_change_nothing(void **state)
{
	int fd = eventfd(0, EFD_NONBLOCK), none = -1;
	const uint32_t by_fd = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	const uint32_t mask = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK;
	const uint32_t off = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER;
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = 5 };
	struct vfio_irq_set small = { .argsz = 8 };
	int bad = 1000000;

	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info), -EINVAL);
	for (info.index = 0; info.index < 5; info.index++) {
		assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info), 0);
		assert_int_equal(info.flags, info.index ? 9 : 7);
	}
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_SET_IRQS, &small), -EINVAL);
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_SET_IRQS, NULL), -EFAULT);
	assert_int_equal(set_irqs(7, by_fd, 0, 1, &fd, 4), -EINVAL);
	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, by_fd, 0, 99, &fd, 4), -EINVAL);
	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, by_fd, 0, 2, &fd, 4), -EINVAL);
	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, by_fd, 0, 1, &bad, 4), -EBADF);
	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, mask, 0, 1, NULL, 0), -ENOTTY);
	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, 0x1000, 0, 1, NULL, 0), -EINVAL);
	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, by_fd & ~VFIO_IRQ_SET_DATA_EVENTFD, 0, 0, NULL, 0),
			 -EINVAL);
	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, off, 0, 0, NULL, 0), -EINVAL);
	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, off, 0, 1, NULL, 0), -EINVAL);
	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, by_fd, 0, 1, &none, 4), 0);
	close(fd);
}

static void a_reset_forgets_the_registers(void **state)
{
	set_reg(STCE_DMATEST_SOURCE, 0x1234, 8);
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_RESET, NULL), 0);
	enable_device();
	assert_int_equal(reg32(STCE_DMATEST_SOURCE), 0);
}

static void hot_reset_info_names_the_one_device(void **state)
{
	struct vfio_pci_hot_reset_info *info = (void *)(uint32_t[16]){ sizeof(*info) };

	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info), -ENOSPC);
	assert_int_equal(info->count, 1);
	info->argsz = 64;
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info), 0);
	assert_int_equal(info->devices[0].group_id, 1);
	assert_int_equal(info->devices[0].bus, 1);
}

static void a_hot_reset_wants_the_group(void **state)
{
	struct vfio_pci_hot_reset *hot = (void *)(uint32_t[16]){ 64, 0, 1 };

	set_reg(STCE_DMATEST_SOURCE, 0x1234, 8);
	hot->group_fds[0] = -1;
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, hot), -EBADF);
	hot->group_fds[0] = device;
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, hot), -EINVAL);
	assert_int_equal(reg32(STCE_DMATEST_SOURCE), 0x1234);
	hot->group_fds[0] = c.group;
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, hot), 0);
	enable_device();
	assert_int_equal(reg32(STCE_DMATEST_SOURCE), 0);
}

static void the_last_close_resets_and_silences(void **state)
{
	int fd = eventfd(0, EFD_NONBLOCK);
	const uint32_t by_fd = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;

	assert_int_equal(set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, by_fd, 0, 1, &fd, 4), 0);
	stce_close(device);
	device = (int)get_device(c.group, FIRST);
	set_reg(STCE_DMATEST_COMMAND, STCE_DMATEST_RAISE, 4);
	assert_int_equal(heard(fd), 0);
	close(fd);
}

static long eeh(uint32_t op)
{
	struct vfio_eeh_pe_op o = { .argsz = sizeof(o), .op = op };

	return stce_ioctl(c.container, VFIO_EEH_PE_OP, &o);
}

static void eeh_judges_its_argument(void **state)
{
	struct vfio_eeh_pe_op o = { .argsz = 11 };

	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, &o), -EINVAL);
	o = (struct vfio_eeh_pe_op){ .argsz = 12, .flags = 1 };
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, &o), -EINVAL);
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, NULL), -EFAULT);
	assert_int_equal(eeh(10), -EINVAL);
	o = (struct vfio_eeh_pe_op){ .argsz = 12, .op = VFIO_EEH_PE_INJECT_ERR };
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, &o), -EINVAL);
	o = (struct vfio_eeh_pe_op){ .argsz = 40, .op = VFIO_EEH_PE_INJECT_ERR, .err.func = 20 };
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, &o), -EINVAL);
	o = (struct vfio_eeh_pe_op){ .argsz = 40, .op = VFIO_EEH_PE_INJECT_ERR, .err.type = 9 };
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, &o), -ERANGE);
	assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_NORMAL);
	o = (struct vfio_eeh_pe_op){ .argsz = 40, .op = VFIO_EEH_PE_INJECT_ERR, .err.type = 2 };
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, &o), -ERANGE);
	assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_NORMAL);
	/* The last valid value of each. */
	o = (struct vfio_eeh_pe_op){ .argsz = 40, .op = VFIO_EEH_PE_INJECT_ERR, .err.func = 19, .err.type = 1 };
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, &o), 0);
	assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_NORMAL);
	o = (struct vfio_eeh_pe_op){ .argsz = 40, .op = VFIO_EEH_PE_INJECT_ERR, .err.func = 8 };
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, &o), -EIO);
	assert_int_equal(eeh(VFIO_EEH_PE_RESET_DEACTIVATE), 0);
	assert_int_equal(eeh(VFIO_EEH_PE_ENABLE), 0);
	assert_int_equal(eeh(VFIO_EEH_PE_ENABLE), 0);
	assert_int_equal(eeh(VFIO_EEH_PE_DISABLE), 0);
}

static void eeh_looks_at_argsz_before_it_reads_on(void **state)
{
	char *pages = get_pages(2 * OWN_PAGES);
	struct vfio_eeh_pe_op *o = (void *)(pages + OWN_PAGE - 12);

	drop_pages(pages + OWN_PAGE, OWN_PAGES);
	memcpy(o, (uint32_t[]){ 12, 0, VFIO_EEH_PE_INJECT_ERR }, 12);
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, o), -EINVAL);
	memcpy(o, (uint32_t[]){ 40, 0, VFIO_EEH_PE_INJECT_ERR }, 12);
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, o), -EFAULT);
	memcpy(o, (uint32_t[]){ 12, 0, VFIO_EEH_PE_GET_STATE }, 12);
	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, o), 0);
	drop_pages(pages, OWN_PAGES);
}

static void a_fault_freezes_only_after_eeh_was_enabled(void **state)
{
	copy(64 * PAGE, 0, 8);
	assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_NORMAL);
	assert_int_equal(eeh(VFIO_EEH_PE_ENABLE), 0);
	copy(64 * PAGE, 0, 8);
	assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_STOPPED);
	assert_int_equal(reg32(STCE_DMATEST_MAGIC), UINT32_MAX);
	assert_int_equal(eeh(VFIO_EEH_PE_UNFREEZE_IO), 0);
	assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_STOPPED_DMA);
	assert_int_equal(reg32(STCE_DMATEST_MAGIC), STCE_DMATEST_MAGIC_VALUE);
	copy(PAGE, 0, 8);
	/* What a PE refuses whose DMA is frozen does not freeze its registers again. */
	assert_int_equal(reg32(STCE_DMATEST_STATUS), STCE_DMATEST_FAULTED);
	assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_STOPPED_DMA);
	assert_int_equal(eeh(VFIO_EEH_PE_RESET_HOT), 0);
	assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_RESET);
	assert_int_equal(eeh(VFIO_EEH_PE_RESET_DEACTIVATE), 0);
	assert_int_equal(eeh(VFIO_EEH_PE_CONFIGURE), 0);
	assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_NORMAL);
	assert_int_equal(stats_of(c.machine).fault_frozen, 1);
}

/* A client that comes after one that left the PE frozen, or in reset, finds it in order. */
static void a_new_owner_thaws(void **state)
{
	const int ends[] = { VFIO_EEH_PE_ENABLE, -1 };

	for (unsigned int i = 0; i < ARRAY_COUNT(ends); i++) {
		for (unsigned int reset = 0; reset < 2; reset++) {
			assert_int_equal(stce_eeh_freeze(c.machine, 1), 0);
			assert_int_equal(reset ? eeh(VFIO_EEH_PE_RESET_HOT) : 0, 0);
			assert_int_not_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_NORMAL);
			if (ends[i] < 0) {
				stce_close(device);
				assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_NORMAL);
				assert_int_equal(stce_eeh_freeze(c.machine, 1), 0);
				device = (int)get_device(c.group, FIRST);
			} else {
				assert_int_equal(eeh((uint32_t)ends[i]), 0);
			}
			assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_NORMAL);
		}
	}
}

static void an_unavailable_pe_answers_eio_to_what_would_wake_it(void **state)
{
	static const struct { uint32_t op; long answer; } rows[] = {
		{ VFIO_EEH_PE_GET_STATE, VFIO_EEH_PE_STATE_UNAVAIL },
		{ VFIO_EEH_PE_DISABLE, 0 }, { VFIO_EEH_PE_ENABLE, -EIO }, { VFIO_EEH_PE_UNFREEZE_IO, -EIO },
		{ VFIO_EEH_PE_UNFREEZE_DMA, -EIO }, { VFIO_EEH_PE_RESET_DEACTIVATE, -EIO },
		{ VFIO_EEH_PE_RESET_HOT, -EIO }, { VFIO_EEH_PE_RESET_FUNDAMENTAL, -EIO }, { VFIO_EEH_PE_CONFIGURE, 0 },
	};

	assert_int_equal(stce_eeh_unavailable(c.machine, 1, 0), 0);
	for (unsigned int i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(eeh(rows[i].op), rows[i].answer);
	assert_int_equal(reg32(STCE_DMATEST_MAGIC), UINT32_MAX);
	assert_int_equal(stce_eeh_thaw(c.machine, 1), 0);
	assert_int_equal(reg32(STCE_DMATEST_MAGIC), STCE_DMATEST_MAGIC_VALUE);
}

static uint32_t config32(unsigned int offset)
{
	uint32_t value;

	assert_int_equal(stce_pread(device, &value, 4, CONFIG + offset), 4);
	return value;
}

static void inject(uint32_t function, uint64_t address, uint64_t mask)
{
	struct vfio_eeh_pe_op o = {
		.argsz = sizeof(o), .op = VFIO_EEH_PE_INJECT_ERR,
		.err = { .func = function, .addr = address, .mask = mask },
	};

	assert_int_equal(stce_ioctl(c.container, VFIO_EEH_PE_OP, &o), 0);
	assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_NORMAL);
}

/* Expects that the PE has just been frozen, and recovers it. */
static void assert_frozen_by(uint32_t access, uint64_t address)
{
	struct stce_eeh eeh_now;

	assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_STOPPED);
	assert_int_equal(stce_eeh_get(c.machine, 1, &eeh_now, sizeof(eeh_now)), 0);
	assert_int_equal(eeh_now.reason, STCE_EEH_INJECTED);
	assert_int_equal(eeh_now.access, access);
	assert_int_equal(eeh_now.address, address);
	assert_int_equal(eeh(VFIO_EEH_PE_ENABLE), 0);
}

/* An injected error meets the first access with its address: at the BAR's address, in config space, by DMA. */
static void an_injected_error_meets_one_access(void **state)
{
	const uint64_t bdf = UINT64_C(0x100) << 44, bar = 0x80000000;
	uint32_t low = (uint32_t)bar;
	uint16_t before, none = 0;

	assert_int_equal(stce_pwrite(device, &low, 4, CONFIG + PCI_BASE_ADDRESS_0), 4);
	inject(0, bar + STCE_DMATEST_VERSION, ~UINT64_C(3));
	assert_int_equal(reg32(STCE_DMATEST_MAGIC), STCE_DMATEST_MAGIC_VALUE);
	set_reg(STCE_DMATEST_VERSION, 1, 4);
	assert_int_equal(reg32(STCE_DMATEST_VERSION), UINT32_MAX);
	assert_frozen_by(STCE_EEH_LOAD, bar + STCE_DMATEST_VERSION);
	assert_int_equal(reg32(STCE_DMATEST_VERSION), 1);

	inject(7, bar + STCE_DMATEST_PATTERN, UINT64_MAX);
	set_reg(STCE_DMATEST_SOURCE, 5, 8);
	set_reg(STCE_DMATEST_PATTERN, 0x77, 4);
	assert_frozen_by(STCE_EEH_STORE, bar + STCE_DMATEST_PATTERN);
	assert_int_equal(reg32(STCE_DMATEST_PATTERN), 0);

	inject(4, bdf + PCI_COMMAND, ~UINT64_C(0));
	assert_int_not_equal(config32(PCI_VENDOR_ID), UINT32_MAX);
	assert_int_equal(config32(PCI_COMMAND), UINT32_MAX & ~(uint32_t)PCI_COMMAND_INTX_DISABLE);
	assert_frozen_by(STCE_EEH_CONFIG_READ, bdf + PCI_COMMAND);

	before = (uint16_t)config32(PCI_COMMAND);
	inject(11, bdf, UINT64_C(0xffff) << 44);
	assert_int_equal(stce_pwrite(device, &none, 2, CONFIG + PCI_COMMAND), 2);
	assert_frozen_by(STCE_EEH_CONFIG_WRITE, bdf + PCI_COMMAND);
	assert_int_equal(config32(PCI_COMMAND) & 0xffff, before);

	inject(13, PAGE, ~UINT64_C(0xfff));
	copy(0, 2 * PAGE, 8);
	assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_NORMAL);
	copy(0, PAGE, 8);
	assert_frozen_by(STCE_EEH_DMA_READ, PAGE);
}

/* A function's own reset reaches it, and thaws nothing. */
static void a_function_reset_thaws_nothing(void **state)
{
	assert_int_equal(stce_eeh_freeze(c.machine, 1), 0);
	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_RESET, NULL), 0);
	assert_int_equal(eeh(VFIO_EEH_PE_GET_STATE), VFIO_EEH_PE_STATE_STOPPED);
	assert_int_equal(stce_eeh_thaw(c.machine, 1), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_a_pci_device_that_can_be_reset),
		TEST(the_answer_of_get_info_is_as_long_as_argsz_up_to_24_bytes),
		TEST(regions_have_their_sizes),
		TEST(registers_take_every_width_and_reads_stop_at_the_end),
		TEST(an_access_past_the_end_of_config_space_is_refused_whole),
		TEST(a_bar_is_sized_by_writing_ones),
		TEST(it_copies_through_the_tables),
		TEST(without_bus_mastering_it_reaches_nothing),
		TEST(msix_vectors_signal_their_eventfd),
		TEST(intx_is_masked_until_it_is_unmasked),
		TEST(odd_interrupt_requests_answer_as_linux_does),
		TEST(bad_interrupt_requests_change_nothing),
		TEST(a_reset_forgets_the_registers),
		TEST(hot_reset_info_names_the_one_device),
		TEST(a_hot_reset_wants_the_group),
		TEST(the_last_close_resets_and_silences),
		TEST(eeh_judges_its_argument),
		TEST(eeh_looks_at_argsz_before_it_reads_on),
		TEST(a_fault_freezes_only_after_eeh_was_enabled),
		TEST(a_new_owner_thaws),
		TEST(an_unavailable_pe_answers_eio_to_what_would_wake_it),
		TEST(a_function_reset_thaws_nothing),
		TEST(an_injected_error_meets_one_access),
	};

	return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
