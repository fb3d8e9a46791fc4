/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors that one process opens and another receives through a socket: what the receiver may do
 * in each state, and what is left when the one that opened them has gone.
 */
#include "conformance.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define REGION(index) ((off_t)(index) << 40)
#define COMMAND       (REGION(VFIO_PCI_CONFIG_REGION_INDEX) + 4)
#define AQA           (REGION(VFIO_PCI_BAR0_REGION_INDEX) + 0x24)   /* an NVMe register that is read and written */

enum { COUNT = 3 };

static int device = -1, line = -1;
static int *const sent[COUNT] = { &container, &group, &device };

static void send_one(int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte = fd >= 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		CMSG_FIRSTHDR(&message)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&message)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&message)->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof(fd));
	}
	must(sendmsg(line, &message, 0), "sendmsg");
}

static int receive_one(void)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd = -1;

	must(recvmsg(line, &message, 0) == 1 ? 0 : -1, "recvmsg");
	if (CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void send_all(void)
{
	for (int i = 0; i < COUNT; i++)
		send_one(*sent[i]);
}

static void receive_all(void)
{
	for (int i = 0; i < COUNT; i++)
		*sent[i] = receive_one();
}

/* Lets the other process go on, and waits until it does the same. */
static void your_turn(void)
{
	char byte = 0;

	fflush(stdout);
	must(write(line, &byte, 1), "write");
	must(read(line, &byte, 1) == 1 ? 0 : -1, "the other process lives");
}

/* Forks before anything is open. Returns the child, or 0 in the child. */
static pid_t begin(void)
{
	int ends[2];
	pid_t child;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
	fflush(stdout);
	child = fork();
	line = ends[!child];
	close(ends[!!child]);
	if (!child)
		become_child();
	return child;
}

/* The child receives what the parent has prepared, and uses it to its end. */
static void in_receiver(void (*prepare)(void), void (*use)(void))
{
	pid_t child = begin();

	if (!child) {
		receive_all();
		use();
		exit(0);
	}
	prepare();
	fflush(stdout);
	send_all();
	waitpid(child, NULL, 0);
}

/* The parent receives what a child has prepared, which then exits or is killed. */
static void from_the_dead(void (*prepare)(void), bool is_killed)
{
	pid_t child = begin();

	if (!child) {
		prepare();
		send_all();
		fflush(stdout);
		if (is_killed)
			kill(getpid(), SIGKILL);
		exit(0);
	}
	receive_all();
	waitpid(child, NULL, 0);
	note("the sender has gone");
}

static void v2_mapped(void)
{
	v2_registered();
	map(0, 0, 4);
}

static void v2_with_device(void)
{
	v2_mapped();
	device = device_fd(device_name);
}

static void v1_with_device(void)
{
	v1_enabled();
	device = device_fd(device_name);
}

static void device_info(void)
{
	struct vfio_device_info arg = { .argsz = sizeof(arg) };
	long r = answer(ioctl(device, VFIO_DEVICE_GET_INFO, &arg));

	told(r, "DEVICE_GET_INFO -> flags %#x regions %u irqs %u", arg.flags, arg.num_regions, arg.num_irqs);
}

static void region_info(uint32_t index)
{
	struct vfio_region_info arg = { .argsz = sizeof(arg), .index = index };
	long r = answer(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &arg));

	told(r, "GET_REGION_INFO(index %u) -> can be read and written: %d, offset %#llx", index, (arg.flags & 3) == 3,
	     (unsigned long long)arg.offset);
}

static void irq_info(uint32_t index)
{
	struct vfio_irq_info arg = { .argsz = sizeof(arg), .index = index };
	long r = answer(ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &arg));

	told(r, "GET_IRQ_INFO(index %u) -> flags %#x, some: %d", index, arg.flags, arg.count > 0);
}

static void write_command(uint16_t value)
{
	told(answer(pwrite(device, &value, 2, COMMAND)), "write %#x to the command register", value);
}

static void read_command(void)
{
	uint16_t value = 0;
	long r = answer(pread(device, &value, 2, COMMAND));

	told(r, "read the command register -> memory %d, bus master %d", value >> 1 & 1, value >> 2 & 1);
}

static void write_register(uint32_t value)
{
	told(answer(pwrite(device, &value, 4, AQA)), "write %#x to AQA", value);
}

static void read_register(void)
{
	uint32_t value = 0;
	long r = answer(pread(device, &value, 4, AQA));

	told(r, "read AQA -> %#x", value);
}

static void registers(uint32_t value)
{
	write_command(6);
	read_command();
	write_register(value);
	read_register();
}

static void irqs(const char *name, uint32_t flags, uint32_t count, int32_t fd)
{
	struct {
		struct vfio_irq_set set;
		int32_t fd;
	} arg = { { .argsz = sizeof(arg), .flags = flags | VFIO_IRQ_SET_ACTION_TRIGGER, .index = VFIO_PCI_MSIX_IRQ_INDEX,
		    .count = count }, fd };

	told(answer(ioctl(device, VFIO_DEVICE_SET_IRQS, &arg)), "SET_IRQS(MSI-X, %s)", name);
}

static void read_event(int fd)
{
	uint64_t count = 0;
	long r = answer(read(fd, &count, 8));

	told(r, "read the eventfd -> %llu", (unsigned long long)count);
}

static void reset(void)
{
	told(answer(ioctl(device, VFIO_DEVICE_RESET)), "DEVICE_RESET");
}

static void hot_reset(void)
{
	struct {
		struct vfio_pci_hot_reset head;
		int32_t fd;
	} arg = { { .argsz = sizeof(arg), .count = 1 }, group };

	told(answer(ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, &arg)), "PCI_HOT_RESET(the group)");
}

static void open_group_anew(void)
{
	int fd = told_fd(open(group_path, O_RDWR | O_CLOEXEC), "open the group");

	if (fd >= 0)
		close(fd);
}

static void use_group(void)
{
	status(8);
	device = device_fd(device_name);
	device_fd("0000:00:00.9");
	told(answer(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, NULL)), "GET_DEVICE_FD(NULL)");
	device_info();
	region_info(VFIO_PCI_BAR0_REGION_INDEX);
	region_info(VFIO_PCI_NUM_REGIONS);
	irq_info(VFIO_PCI_MSIX_IRQ_INDEX);
	registers(0x70007);
	unset_container();
	set_container();
	close(device);
}

CASE("Y01", "the receiver of a group gets the device's file and uses it")
{
	in_receiver(v2_mapped, use_group);
	unmap(0, 4);
	unset_container();
}

CASE("Y01a", "the receiver of a v1 group gets the device's file and uses it")
{
	in_receiver(v1_enabled, use_group);
	unset_container();
}

static void use_device(void)
{
	read_register();
	registers(0x110011);
	device_info();
	reset();
}

static void v2_with_register(void)
{
	v2_with_device();
	registers(0x50005);
}

CASE("Y02", "the receiver of a device drives the same registers")
{
	in_receiver(v2_with_register, use_device);
	read_command();
	registers(0x30003);
}

static void write_and_wait(void)
{
	registers(0x220022);
	your_turn();
	read_register();
	your_turn();
	read_register();
	unset_container();
}

CASE("Y03", "a device that two processes have is driven by both, and goes with the last")
{
	pid_t child = begin();

	if (!child) {
		receive_all();
		write_and_wait();
		exit(0);
	}
	v2_with_device();
	fflush(stdout);
	send_all();
	must(read(line, &(char){ 0 }, 1) == 1 ? 0 : -1, "the child lives");
	read_register();
	write_register(0x330033);
	your_turn();
	close(device);
	note("the device is closed");
	unset_container();
	fflush(stdout);
	must(write(line, "", 1), "write");
	waitpid(child, NULL, 0);
	unset_container();
}

static void open_and_wait(void)
{
	device = device_fd(device_name);
	registers(0x440044);
	your_turn();
	read_register();
}

CASE("Y04", "a device that the receiver has opened keeps the group in its container")
{
	pid_t child = begin();

	if (!child) {
		receive_all();
		open_and_wait();
		exit(0);
	}
	v2_mapped();
	fflush(stdout);
	send_all();
	must(read(line, &(char){ 0 }, 1) == 1 ? 0 : -1, "the child lives");
	unset_container();
	device = device_fd(device_name);
	read_register();
	close(device);
	fflush(stdout);
	must(write(line, "", 1), "write");
	waitpid(child, NULL, 0);
	unset_container();
}

static void interrupts(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	irqs("an eventfd", VFIO_IRQ_SET_DATA_EVENTFD, 1, fd);
	irqs("trigger", VFIO_IRQ_SET_DATA_NONE, 1, -1);
	read_event(fd);
	irqs("no descriptor", VFIO_IRQ_SET_DATA_EVENTFD, 1, 9999);
	irqs("a file that is no eventfd", VFIO_IRQ_SET_DATA_EVENTFD, 1, 1);
	irqs("none", VFIO_IRQ_SET_DATA_NONE, 0, -1);
	irqs("trigger", VFIO_IRQ_SET_DATA_NONE, 1, -1);
}

CASE("Y05", "the receiver of a device sets up its own eventfds")
{
	in_receiver(v2_with_device, interrupts);
	interrupts();
}

static void resets(void)
{
	reset();
	hot_reset();
	registers(0x10001);
}

CASE("Y06", "the receiver of group and device resets them")
{
	in_receiver(v2_with_device, resets);
	read_command();
}

static void opened(void)
{
	container = open_container();
	group = open_group();
}

static void set_up_and_wait(void)
{
	your_turn();
	status(8);
	device = device_fd(device_name);
	registers(0x60006);
	info(32);
	close(device);
	unset_container();
	status(8);
	info(32);
}

CASE("Y07", "a group that is sent before its sender attaches it")
{
	pid_t child = begin();

	if (!child) {
		receive_all();
		set_up_and_wait();
		exit(0);
	}
	opened();
	send_all();
	must(read(line, &(char){ 0 }, 1) == 1 ? 0 : -1, "the child lives");
	set_container();
	set_iommu(7);
	reg(0, 4);
	fflush(stdout);
	must(write(line, "", 1), "write");
	waitpid(child, NULL, 0);
	unset_container();
}

static void set_up_received(void)
{
	set_container();
	set_iommu(7);
	reg(0, 4);
	map(0, 0, 1);
	your_turn();
	map(0, 0, 1);
}

CASE("Y08", "the receiver attaches the group, and the sender gets the device's file")
{
	pid_t child = begin();

	if (!child) {
		receive_all();
		set_up_received();
		exit(0);
	}
	opened();
	send_all();
	must(read(line, &(char){ 0 }, 1) == 1 ? 0 : -1, "the child lives");
	status(8);
	info(32);
	reg(0, 4);
	device = device_fd(device_name);
	registers(0x70007);
	unset_container();
	fflush(stdout);
	must(write(line, "", 1), "write");
	waitpid(child, NULL, 0);
	status(8);
	device_info();
	read_register();
	info(32);
	reg(0, 4);
}

static void attached(void)
{
	opened();
	set_container();
}

static void set_iommu_received(void)
{
	device_fd(device_name);
	set_iommu(99);
	set_iommu(7);
	set_iommu(7);
	info(32);
	device = device_fd(device_name);
	registers(0x80008);
}

CASE("Y09", "the receiver sets the IOMMU of a container whose group the sender has attached")
{
	in_receiver(attached, set_iommu_received);
	info(32);
	reg(0, 4);
}

static void detach(void)
{
	unset_container();
	status(8);
	unset_container();
	info(32);
	set_container();
	set_iommu(2);
	enable();
	map(0, 0, 1);
}

CASE("Y10", "the receiver detaches the group and attaches it again, with its own memory")
{
	in_receiver(v2_mapped, detach);
	map(0, 0, 1);
	status(8);
	unset_container();
	status(8);
}

static void info_both_sizes(void)
{
	info(32);
	info(20);
	info(19);
	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, NULL)), "GET_INFO(NULL)");
	map(0, 0, 1);
	unmap(0, 1);
	eeh(VFIO_EEH_PE_GET_STATE);
	unknown();
}

CASE("Y11", "a container that nobody's memory is bound to yet, in the receiver")
{
	in_receiver(v2, info_both_sizes);
	reg(0, 1);
}

CASE("Y11a", "a v1 container that nobody's memory is bound to yet, in the receiver")
{
	in_receiver(v1, info_both_sizes);
	enable();
}

CASE("Y12", "a container that is bound, in the receiver")
{
	in_receiver(v2_mapped, info_both_sizes);
	map(0, 0, 1);
}

static void create_received(void)
{
	create(12, 1 << 24, 1);
	reg(0, 4);
	map(0, SECOND, 4);
	device = device_fd(device_name);
}

CASE("Y13", "a container is bound to its receiver, who called CREATE first")
{
	in_receiver(v2, create_received);
	info(32);
	reg(0, 1);
	remove_window(SECOND);
	device_fd(device_name);
}

static void after_the_sender(void)
{
	open_group_anew();
	status(8);
	device_fd(device_name);
	info(32);
	map(0, 0, 1);
	reg(0, 1);
	unset_container();
	set_container();
	set_iommu(7);
	reg(0, 1);
	device_fd(device_name);
}

CASE("Y14", "group and container of a process that has exited")
{
	from_the_dead(v2_mapped, false);
	after_the_sender();
}

CASE("Y14a", "group and container of a process that was killed")
{
	from_the_dead(v2_mapped, true);
	after_the_sender();
}

static void device_after_the_sender(void)
{
	open_group_anew();
	device_info();
	registers(0x90009);
	unset_container();
	reset();
	close(device);
	unset_container();
}

CASE("Y15", "the device of a process that has exited")
{
	from_the_dead(v2_with_device, false);
	device_after_the_sender();
}

CASE("Y15a", "the device of a process that was killed")
{
	from_the_dead(v1_with_device, true);
	device_after_the_sender();
}

static void keep_only_device(void)
{
	close(container);
	close(group);
	open_group_anew();
	registers(0xa000a);
	your_turn();
	registers(0xb000b);
	close(device);
	open_group_anew();
}

CASE("Y16", "the receiver keeps the device when its sender has closed all of it")
{
	pid_t child = begin();

	if (!child) {
		receive_all();
		keep_only_device();
		exit(0);
	}
	v2_with_device();
	fflush(stdout);
	send_all();
	must(read(line, &(char){ 0 }, 1) == 1 ? 0 : -1, "the child lives");
	close(device);
	close(group);
	close(container);
	note("all is closed");
	open_group_anew();
	fflush(stdout);
	must(write(line, "", 1), "write");
	waitpid(child, NULL, 0);
	open_group_anew();
}

CASE("Y17", "a forked child gets the device's file from its parent's group")
{
	v2_mapped();
	in_child(use_group);
	map(0, 0, 1);
}

CASE("Y18", "a forked child uses its parent's device")
{
	v2_with_register();
	in_child(use_device);
	read_command();
	registers(0xc000c);
}

static char *registers_at;
static sigjmp_buf after_fault;

static void leave_fault(int number)
{
	siglongjmp(after_fault, number);
}

static void map_registers(void)
{
	/* The kernel makes whole pages of it. */
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);

	told(p == MAP_FAILED ? -errno : 0, "mmap of BAR 0");
	if (p != MAP_FAILED)
		registers_at = p;
}

static void tell_access(const char *what, int number, uint32_t value)
{
	if (number)
		note("%s AQA -> %s", what, number == SIGBUS ? "SIGBUS" : "SIGSEGV");
	else
		note("%s AQA -> %#x", what, value);
}

/* A store and a load in the last mapping. */
static void access_mapped(uint32_t value)
{
	volatile uint32_t *at = (volatile uint32_t *)(registers_at + (AQA & 0xfff));
	volatile uint32_t got = 0;
	int number;

	signal(SIGBUS, leave_fault);
	signal(SIGSEGV, leave_fault);
	number = sigsetjmp(after_fault, 1);
	if (!number)
		*at = value;
	tell_access("store to", number, value);
	number = sigsetjmp(after_fault, 1);
	if (!number)
		got = *at;
	tell_access("load", number, got);
}

static void use_mapping(void)
{
	write_command(6);
	map_registers();
	access_mapped(0x120012);
	read_register();
	write_register(0x130013);
	access_mapped(0x140014);
	write_command(0);
	access_mapped(0x150015);
	write_command(6);
	access_mapped(0x160016);
	close(device);
	access_mapped(0x170017);
	unset_container();
	munmap(registers_at, 4096);
	unset_container();
	access_mapped(0x180018);
}

CASE("Y19", "the receiver of a device maps its registers")
{
	in_receiver(v2_with_device, use_mapping);
	read_register();
}

static void v2_with_mapping(void)
{
	v2_with_device();
	write_command(6);
	map_registers();
	access_mapped(0x190019);
}

static void use_inherited_mapping(void)
{
	access_mapped(0x1a001a);
	map_registers();
	access_mapped(0x1b001b);
}

CASE("Y20", "a forked child uses its parent's mapping, and its own")
{
	v2_with_mapping();
	in_child(use_inherited_mapping);
	access_mapped(0x1c001c);
}

CASE("Y21", "the receiver's mapping when the sender was killed")
{
	pid_t child = begin();
	char byte;

	if (!child) {
		v2_with_device();
		write_command(6);
		fflush(stdout);
		send_all();
		must(read(line, &byte, 1) == 1 ? 0 : -1, "the parent lives");
		kill(getpid(), SIGKILL);
	}
	receive_all();
	map_registers();
	access_mapped(0x1d001d);
	fflush(stdout);
	must(write(line, "", 1), "write");
	waitpid(child, NULL, 0);
	access_mapped(0x1e001e);
	map_registers();
	access_mapped(0x1f001f);
}
