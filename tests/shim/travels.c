/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Group and device travel to other programs, which use them as their own, whatever happens to either
 * side. Each case forks the other process before anything is open.
 */
#include "line.h"
#include "../entries.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/uio.h>
#include <time.h>

#include <spapr-tce/dmatest.h>

#define CONFIG ((off_t)VFIO_PCI_CONFIG_REGION_INDEX << 40)
#define NOBODY 65534

static void *volatile nowhere;

static int container = -1, group = -1, device = -1;

static bool open_device(void)
{
	const uint16_t command = 6;

	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS);
	return device >= 0 && pwrite(device, &command, 2, CONFIG + 4) == 2;
}

static bool have(void)
{
	return set_up(&container, &group);
}

static void drop(void)
{
	close(device);
	close(group);
	close(container);
	close(line);
	device = group = container = line = -1;
}

static bool magic(void)
{
	uint32_t value = 0;

	return pread(device, &value, 4, STCE_DMATEST_MAGIC) == 4 && value == STCE_DMATEST_MAGIC_VALUE;
}

static bool command(uint64_t target, uint64_t length, uint32_t pattern)
{
	const uint32_t fill = STCE_DMATEST_FILL;
	uint32_t status = 0;

	return pwrite(device, &target, 8, STCE_DMATEST_TARGET) == 8 && pwrite(device, &length, 8, STCE_DMATEST_LENGTH) == 8 &&
	       pwrite(device, &pattern, 4, STCE_DMATEST_PATTERN) == 4 && pwrite(device, &fill, 4, STCE_DMATEST_COMMAND) == 4 &&
	       pread(device, &status, 4, STCE_DMATEST_STATUS) == 4 && status == STCE_DMATEST_DONE;
}

static int fill_by_group(void)
{
	char whole[4096];

	group = receive_fd();
	return !open_device() ? 1 : !magic() ? 2 : !command(0, 4096, 0x77) ? 3 :
	       pread(device, whole, sizeof(whole), CONFIG) != sizeof(whole) || whole[0] != 0x34 ? 4 :
	       !fails(pread(device, whole, sizeof(whole), CONFIG + 1), EFAULT) ? 5 :
	       !fails(pread(device, nowhere, 4, CONFIG), EFAULT) ? 6 : 0;
}

/* The device's accesses reach the memory of the process that has mapped it. */
static void dma(void)
{
	pid_t child = begin(fill_by_group);
	char *page = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vfio_iommu_spapr_register_memory reg = { .argsz = sizeof(reg), .vaddr = (uintptr_t)page, .size = 65536 };
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE, .vaddr = (uintptr_t)page,
		.size = 65536,
	};
	unsigned int threads;

	ok(have() && ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg) == 0 &&
	   ioctl(container, VFIO_IOMMU_MAP_DMA, &map) == 0, "a container with memory");
	threads = count_entries("/proc/self/task");
	send_fd(group);
	ok(count_entries("/proc/self/task") == threads + 1, "the first descriptor that is sent starts a thread");
	ok(status_of_child(child) == 0, "the receiver of a group opens its device and has it write");
	ok(page[0] == 0x77 && page[4095] == 0x77 && page[4096] == 0, "to the memory of the sender");
	munmap(page, 65536);
	drop();
}

static int wait_for_event(void)
{
	int32_t fd = eventfd(0, 0);
	struct vfio_irq_set set = {
		.argsz = sizeof(set) + sizeof(fd),
		.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_MSIX_IRQ_INDEX,
		.start = 2,
		.count = 1,
	};
	_Alignas(struct vfio_irq_set) char argument[sizeof(set) + sizeof(fd)];
	uint64_t count = 0;

	memcpy(argument, &set, sizeof(set));
	memcpy(argument + sizeof(set), &fd, sizeof(fd));
	device = receive_fd();
	if (ioctl(device, VFIO_DEVICE_SET_IRQS, argument))
		return 1;
	say();
	return read(fd, &count, 8) == 8 && count == 1 ? 0 : 2;
}

static void interrupt(void)
{
	const uint32_t vector = 2, raise_it = STCE_DMATEST_RAISE;
	pid_t child = begin(wait_for_event);

	ok(have() && open_device(), "a device");
	send_fd(device);
	ok(hear() && pwrite(device, &vector, 4, STCE_DMATEST_VECTOR) == 4 &&
	   pwrite(device, &raise_it, 4, STCE_DMATEST_COMMAND) == 4, "the sender raises an interrupt");
	ok(status_of_child(child) == 0, "and the receiver gets it by its own eventfd");
	drop();
}

/* The sender is this process's child, so it can be killed, and waited for. */
static int send_and_wait(void)
{
	if (!have() || !open_device())
		return 1;
	send_fd(group);
	send_fd(device);
	return hear();
}

static void killed_sender(void)
{
	pid_t child = begin(send_and_wait);
	struct vfio_device_info info = { .argsz = sizeof(info) };
	int second;

	group = receive_fd();
	device = receive_fd();
	second = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS);
	ok(magic() && second >= 0, "a device of a process that lives");
	kill(child, SIGKILL);
	ok(status_of_child(child) == 128 + SIGKILL, "which is killed");
	ok(fails(ioctl(device, VFIO_DEVICE_GET_INFO, &info), EPERM) && fails(pread(device, &info, 4, 0), EPERM) &&
	   fails(ioctl(second, VFIO_DEVICE_RESET), EPERM), "its device answers EPERM");
	ok(fails(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS), EPERM), "and so does its group");
	close(second);
	close(device);
	ok(ioctl(group, VFIO_GROUP_UNSET_CONTAINER) == 0, "until it is detached");
	container = open_container();
	ok(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) == 0 &&
	   ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU) == 0 && open_device() && magic(),
	   "then it is set up anew");
	drop();
}

/* A call waits for a process that is stopped, and ends when that is killed. */
static void stopped_sender(void)
{
	struct timespec start, end;
	pid_t child = begin(send_and_wait), killer;

	group = receive_fd();
	device = receive_fd();
	ok(magic(), "a device of a process that lives");
	kill(child, SIGSTOP);
	waitpid(child, NULL, WUNTRACED);
	killer = fork();
	if (!killer) {
		usleep(300000);
		_exit(kill(child, SIGKILL));
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	ok(!magic() && errno == EPERM, "a call to a process that is stopped ends with that process");
	clock_gettime(CLOCK_MONOTONIC, &end);
	ok((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 > 100, "and waits until then");
	waitpid(killer, NULL, 0);
	waitpid(child, NULL, 0);
	drop();
}

static int use_and_be_killed(void)
{
	group = receive_fd();
	if (!open_device() || !magic())
		return 1;
	say();
	for (;;)
		if (!magic())
			return 2;
}

static void killed_receiver(void)
{
	pid_t child = begin(use_and_be_killed);

	ok(have(), "a group");
	send_fd(group);
	ok(hear() && fails(ioctl(group, VFIO_GROUP_UNSET_CONTAINER), EBUSY), "a device in the receiver keeps the container");
	usleep(20000);
	kill(child, SIGKILL);
	ok(status_of_child(child) == 128 + SIGKILL, "the receiver is killed amid its calls");
	ok(ioctl(group, VFIO_GROUP_UNSET_CONTAINER) == 0, "then nothing keeps the container");
	drop();
}

static int pass_on(void)
{
	char *words[] = { "travels", "use-device", NULL };
	pid_t child;

	device = receive_fd();
	child = fork();
	if (!child)
		_exit(!magic());
	if (status_of_child(child))
		return 1;
	child = fork();
	if (!child) {
		dup2(device, 50);
		execv("/proc/self/exe", words);
		_exit(99);
	}
	return status_of_child(child) ? 2 : !magic() ? 3 : 0;
}

static void further(void)
{
	pid_t child = begin(pass_on);

	ok(have() && open_device(), "a device");
	send_fd(device);
	ok(status_of_child(child) == 0, "a child of the receiver uses it, and a program that it executes");
	ok(magic(), "and so does the sender");
	drop();
}

static int use_as_nobody(void)
{
	if (setgid(NOBODY) || setuid(NOBODY))
		return 1;
	group = receive_fd();
	return fails(open("/dev/vfio/1", O_RDWR), EACCES) ? open_device() && magic() ? 0 : 3 : 2;
}

static void other_user(void)
{
	const char *name = "a process of a user who may not open the group uses it";
	pid_t child;

	if (getuid()) {
		ok_skip(name, "only root becomes another user");
		return;
	}
	child = begin(use_as_nobody);
	if (have())
		send_fd(group);
	ok(status_of_child(child) == 0, name);
	drop();
}

static int lend_as_nobody(void)
{
	if (!have() || setgid(NOBODY) || setuid(NOBODY))
		return 1;
	send_fd(group);
	return hear() ? 0 : 2;
}

/* In a run that is open to all, anybody can write into the records of files. */
static void lent_by_other_user(void)
{
	const char *name = "a process of a user other than root does not answer root";
	pid_t child;

	if (getuid()) {
		ok_skip(name, "only root becomes another user");
		return;
	}
	child = begin(lend_as_nobody);
	group = receive_fd();
	ok(fails(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS), EPERM), name);
	say();
	ok(status_of_child(child) == 0, "and goes on");
	drop();
}

static void messages_from_nowhere(void)
{
	struct msghdr *volatile bad = (struct msghdr *)8, message = { .msg_control = (void *)8, .msg_controllen = 64 };
	int ends[2] = { -1, -1 };
	const char *name = "messages that are not in memory are EFAULT";
	struct mmsghdr list = { .msg_hdr = message };
	struct iovec own = { ends, sizeof(ends) };
	int copy[2];

	if (process_vm_readv(getpid(), &(struct iovec){ copy, sizeof(copy) }, 1, &own, 1, 0) != sizeof(copy)) {
		ok_skip(name, "process_vm_readv() does not tell what is in memory");
		return;
	}
	ok(have() && !socketpair(AF_UNIX, SOCK_STREAM, 0, ends) && fails(sendmsg(ends[0], bad, 0), EFAULT) &&
	   fails(sendmsg(ends[0], &message, 0), EFAULT) &&
	   fails(sendmmsg(ends[0], (struct mmsghdr *)bad, 1, 0), EFAULT) &&
	   fails(sendmmsg(ends[0], &list, 1, 0), EFAULT), name);
	close(ends[0]);
	close(ends[1]);
	drop();
}

static int take_by_pidfd(void)
{
	int fd;

	if (!hear())
		return 1;
	fd = pidfd_getfd(pidfd_open(getppid(), 0), 40, 0);
	if (fd < 0)
		return 77;
	device = fd;
	return fails(pread(device, &fd, 4, CONFIG), EPERM) ? 0 : 2;
}

static void not_lent(void)
{
	pid_t child = begin(take_by_pidfd);
	int status;

	ok(have() && open_device() && dup2(device, 40) == 40, "a device");
	say();
	status = status_of_child(child);
	if (status == 77)
		ok_skip("a device that another process just takes answers EPERM", "pidfd_getfd is refused");
	else
		ok(status == 0, "a device that another process just takes answers EPERM");
	close(40);
	drop();
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "use-device")) {
		device = 50;
		return !magic();
	}
	dma();
	interrupt();
	killed_sender();
	stopped_sender();
	killed_receiver();
	further();
	other_user();
	lent_by_other_user();
	messages_from_nowhere();
	not_lent();
	return ok_end();
}
