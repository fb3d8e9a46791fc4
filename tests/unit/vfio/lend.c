/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process that drives a group makes the calls of a child that has its descriptors. The child talks
 * to it by the library, or by messages of its own, as a hostile program would.
 */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "client.h"
#include "entries.h"
#include "file/record.h"
#include "file/shape.h"
#include "util/os.h"
#include "util/os_socket.h"

#define CONFIG ((off_t)VFIO_PCI_CONFIG_REGION_INDEX << 40)

static struct client c;
static int device;
static unsigned int threads_before;

static int start(void **state)
{
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	device = (int)get_device(c.group, FIRST);
	assert_true(device >= 0);
	threads_before = count_entries("/proc/self/task");
	stce_lend(c.machine, -1);
	return 0;
}

static int stop(void **state)
{
	if (device >= 0)
		stce_close(device);
	client_stop(&c);
	return 0;
}

static uint16_t read_command(int fd)
{
	uint16_t command = 0xffff;

	return stce_pread(fd, &command, 2, CONFIG + PCI_COMMAND) == 2 ? command : 0xfff0;
}

static int wrong_calls(void)
{
	struct vfio_region_info region = { .argsz = sizeof(region), .index = VFIO_PCI_NUM_REGIONS };
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	int fd = (int)get_device(c.group, FIRST), wrong = fd < 0;

	wrong += stce_pwrite(fd, &command, 2, CONFIG + PCI_COMMAND) != 2;
	wrong += read_command(device) != command;
	wrong += stce_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &region) != -EINVAL;
	wrong += strcmp(stce_last_reason(), "there is no region 9") != 0;
	wrong += stce_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, NULL) != -EFAULT;
	wrong += stce_pread(fd, NULL, 4, CONFIG) != -EFAULT;
	wrong += stce_pwrite(fd, NULL, 4, CONFIG) != -EFAULT;
	wrong += stce_ioctl(fd, VFIO_GET_API_VERSION, NULL) != -ENOTTY;
	wrong += stce_ioctl(c.group, VFIO_GROUP_UNSET_CONTAINER, NULL) != -EBUSY;
	return wrong;
}

static void a_child_drives_its_parents_device(void **state)
{
	run_in_a_child(wrong_calls);
	assert_int_equal(read_command(device), PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void one_thread_lends_and_only_when_it_is_asked_for(void **state)
{
	assert_int_equal(count_entries("/proc/self/task"), threads_before + 1);
	stce_lend(c.machine, -1);
	assert_int_equal(count_entries("/proc/self/task"), threads_before + 1);
}

/* Connects to the parent as anybody can who has the group's descriptor. */
static int connect_to_parent(void)
{
	struct os_socket_name name;
	struct file_record *record;

	if (file_record_map(c.group, &record))
		return -1;
	for (int i = 0; i < 2; i++)
		name.part[i] = atomic_load(&record->lender[i]);
	return os_socket_connect(name);
}

static int send_raw(int fd, struct file_call *call, void *bytes, size_t size, int shown)
{
	struct os_message message = {
		.iov = { { call, sizeof(*call) }, { bytes, size } }, .fds = { shown }, .fd_count = shown >= 0,
	};

	return (int)os_message_send(fd, &message);
}

/* Returns the answer's result, or -EPIPE if the connection has ended. */
static long ask_raw(int fd, struct file_call call, size_t size, int shown)
{
	static uint64_t bytes[FILE_CALL_SIZE / 8];
	struct file_answer answer;
	struct os_message message = { .iov = { { &answer, sizeof(answer) }, { bytes, sizeof(bytes) } } };
	ssize_t r = -EAGAIN;

	memset(bytes, 0, size);
	if (send_raw(fd, &call, bytes, size, shown) < 0)
		return -EPIPE;
	while (r == -EAGAIN || r == -EINTR)
		r = os_message_receive(fd, &message);
	return r > 0 ? answer.result : -EPIPE;
}

static long begin_raw(int fd, int shown)
{
	return ask_raw(fd, (struct file_call){ .kind = FILE_CALL_BEGIN }, 0, shown);
}

/* (Z1) */
static int wrong_without_a_descriptor(void)
{
	struct file_call unset = { .kind = FILE_CALL_IOCTL, .request = VFIO_GROUP_UNSET_CONTAINER };
	struct file_call read = { .kind = FILE_CALL_READ, .size = 4 };
	int fd = connect_to_parent(), wrong = fd < 0;

	stce_close(device);
	wrong += ask_raw(fd, unset, 0, -1) != -EBADF;
	wrong += ask_raw(fd, read, 0, -1) != -EBADF;
	wrong += begin_raw(fd, -1) != -EBADF;
	wrong += begin_raw(fd, open("/dev/null", O_RDWR)) != -EBADF;
	wrong += ask_raw(fd, unset, 0, c.group) != -EBADF;
	wrong += begin_raw(fd, c.group) != 0;
	wrong += begin_raw(fd, c.container) != -EBADF;
	wrong += ask_raw(fd, read, 0, -1) != -EINVAL;
	wrong += ask_raw(fd, unset, 0, -1) != -EBUSY;
	return wrong;
}

static void nothing_is_done_without_a_descriptor(void **state)
{
	run_in_a_child(wrong_without_a_descriptor);
	assert_int_equal(group_flags(c.group), VFIO_GROUP_FLAGS_VIABLE | VFIO_GROUP_FLAGS_CONTAINER_SET);
}

/* (Z2) All but those that shapes.c lists. */
static int wrong_with_addresses(void)
{
	static const unsigned int container_calls[] = {
		VFIO_IOMMU_MAP_DMA, VFIO_IOMMU_UNMAP_DMA, VFIO_IOMMU_ENABLE, VFIO_IOMMU_DISABLE,
		VFIO_IOMMU_SPAPR_REGISTER_MEMORY, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, VFIO_IOMMU_SPAPR_TCE_CREATE,
		VFIO_IOMMU_SPAPR_TCE_REMOVE,
	};
	static const unsigned int group_calls[] = {
		VFIO_GROUP_SET_CONTAINER, VFIO_GROUP_GET_STATUS, VFIO_GROUP_GET_DEVICE_FD,
	};
	int container = connect_to_parent(), group = connect_to_parent(), wrong = 0;

	wrong += begin_raw(container, c.container) != 0;
	wrong += begin_raw(group, c.group) != 0;
	for (size_t i = 0; i < ARRAY_COUNT(container_calls); i++)
		for (size_t size = 0; size <= 64; size += 8)
			wrong += ask_raw(container, (struct file_call){
				.kind = FILE_CALL_IOCTL, .request = container_calls[i] }, size, -1) != -ENOTTY;
	for (size_t i = 0; i < ARRAY_COUNT(group_calls); i++)
		wrong += ask_raw(group, (struct file_call){
			.kind = FILE_CALL_IOCTL, .request = group_calls[i] }, 64, -1) != -ENOTTY;
	return wrong;
}

static void no_call_that_names_memory_is_made(void **state)
{
	run_in_a_child(wrong_with_addresses);
	assert_int_equal(map_dma(c.container, NULL, 0, PAGE, RW), -EPERM);   /* nothing has bound the container */
}

/* (Z3) Asks for answers and takes none, until the connection ends. */
static int wrong_with_a_full_socket(void)
{
	struct file_call read = { .kind = FILE_CALL_READ, .offset = CONFIG, .size = PCI_CFG_SPACE_EXP_SIZE };
	int fd = connect_to_parent(), r = (int)begin_raw(fd, device);

	while (r >= 0 || r == -EAGAIN)
		r = send_raw(fd, &read, NULL, 0, -1);
	return (r != -EPIPE && r != -ECONNRESET) || wrong_calls();
}

static void a_child_that_takes_no_answers_is_left(void **state)
{
	run_in_a_child(wrong_with_a_full_socket);
}

/* Connections that say nothing take descriptors of the process that lends. */
static int wrong_with_many_connections(void)
{
	char folder[32];
	unsigned int before;
	int wrong = 0;

	snprintf(folder, sizeof(folder), "/proc/%d/fd", getppid());
	before = count_entries(folder);
	for (unsigned int i = 0; i < 300; i++) {
		int fd = connect_to_parent();

		for (; fd == -EAGAIN; fd = connect_to_parent())
			os_sleep_us(1000);
		wrong += fd < 0;
	}
	wrong += wrong_calls();
	return wrong || count_entries(folder) > before + 70;
}

static void who_only_connects_keeps_nobody_away(void **state)
{
	run_in_a_child(wrong_with_many_connections);
}

static int wrong_with_garbage(void)
{
	static const uint32_t kinds[] = {
		FILE_CALL_BEGIN, FILE_CALL_IOCTL, FILE_CALL_READ, FILE_CALL_WRITE, FILE_CALL_END, 77,
	};
	static uint8_t bytes[FILE_CALL_SIZE];
	int wrong = 0;

	for (unsigned int i = 0; i < 3000; i++) {
		struct file_call call = { .kind = kinds[i % ARRAY_COUNT(kinds)], .request = VFIO_DEVICE_SET_IRQS - i % 8 };
		size_t size = i * 7 % 90;
		int fd = connect_to_parent();

		os_random(bytes, 90);
		if (i % 2)
			memset(bytes, i % 5, 12);
		call.offset = i % 3 ? (uint64_t)CONFIG + i : UINT64_MAX - i;
		call.size = i % 4 ? i : UINT64_MAX;
		wrong += fd < 0 || (i % 16 && begin_raw(fd, i % 8 ? device : c.group) != 0);
		if (i % 11)
			send_raw(fd, &call, bytes, size, i % 5 ? c.group : -1);
		else
			os_send(fd, bytes, size % sizeof(call));
		os_close(fd);
	}
	return wrong || wrong_calls();
}

static void garbage_harms_nothing(void **state)
{
	unsigned int before = count_entries("/proc/self/fd");

	run_in_a_child(wrong_with_garbage);
	run_in_a_child(wrong_calls);
	for (unsigned int i = 0; i < 500 && count_entries("/proc/self/fd") != before; i++)
		os_sleep_us(10000);
	assert_int_equal(count_entries("/proc/self/fd"), before);
}

static int die(void)
{
	if (get_device(c.group, FIRST) < 0)
		return 1;
	return kill(getpid(), SIGKILL);
}

/*
 * The device of a process that was killed no longer keeps the group in its container. The thread may
 * be slow to notice, so this is tried many times.
 */
static void the_device_of_a_killed_child_is_closed(void **state)
{
	stce_close(device);
	device = -1;
	for (unsigned int i = 0; i < 60; i++) {
		pid_t child = fork();

		if (!child)
			_exit(die());
		waitpid(child, NULL, 0);
		assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
		assert_int_equal(set_container(c.group, c.container), 0);
		assert_int_equal(set_iommu(c.container, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_child_drives_its_parents_device, start, stop),
		cmocka_unit_test_setup_teardown(one_thread_lends_and_only_when_it_is_asked_for, start, stop),
		cmocka_unit_test_setup_teardown(nothing_is_done_without_a_descriptor, start, stop),
		cmocka_unit_test_setup_teardown(no_call_that_names_memory_is_made, start, stop),
		cmocka_unit_test_setup_teardown(a_child_that_takes_no_answers_is_left, start, stop),
		cmocka_unit_test_setup_teardown(garbage_harms_nothing, start, stop),
		cmocka_unit_test_setup_teardown(who_only_connects_keeps_nobody_away, start, stop),
		cmocka_unit_test_setup_teardown(the_device_of_a_killed_child_is_closed, start, stop),
	};

	return cmocka_run_group_tests_name("lend", tests, NULL, NULL);
}
