/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest tables: creation, the descriptor, the mapping, charges, lifetime. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/kvm_ppc.h"
#include "entries.h"
#include "util/alloc.h"
#include "vmm_test.h"

static uint64_t *map_table(int fd, size_t pages)
{
	void *p;

	assert_int_equal(stce_mmap(fd, NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0, &p), 0);
	return p;
}

static void page_shifts_from_12_to_34_are_taken(void **state)
{
	for (uint32_t shift = 10; shift < 38; shift++) {
		int fd = make_table(&v, 7, shift, 0, 16);

		if (shift < 12 || shift > 34) {
			assert_int_equal(fd, -EINVAL);
		} else {
			assert_true(fd >= 0);
			stce_close(fd);
		}
	}
	assert_int_equal(make_table(&v, 7, 12, 0, 0), -EINVAL);
}

static void the_end_of_the_bus_is_the_end(void **state)
{
	int fd = make_table(&v, 7, 12, 0xfffffffffffefull, 0x10);

	assert_true(fd >= 0);
	stce_close(fd);
	assert_int_equal(make_table(&v, 7, 12, 0xffffffffffff0ull, 0x10), -EINVAL);
	/* [DIFF-16] */
	assert_int_equal(make_table(&v, 7, 12, UINT64_MAX, 1), -EINVAL);
	assert_int_equal(make_table(&v, 7, 12, UINT64_MAX, 2), -EINVAL);
	assert_int_equal(make_table(&v, 7, 34, 0x3ffffff0, 0x10), -EINVAL);
}

static void a_liobn_is_taken_once_with_all_its_bits(void **state)
{
	uint64_t before = locked_kb(&v.c);
	int high;

	assert_int_equal(make_table(&v, LIOBN, 16, 0, 1), -EBUSY);
	assert_int_equal(locked_kb(&v.c), before);
	high = make_table(&v, LIOBN | UINT64_C(1) << 32, 12, 0, 1);
	assert_true(high >= 0);
	stce_close(high);
	stce_close(v.table);
	v.table = make_table(&v, LIOBN, 12, 0, 0x400);
	assert_true(v.table >= 0);
}

/* In kB, on a kernel with 4K pages. */
static void the_charge_is_linux_s_to_the_kilobyte(void **state)
{
	static const struct { uint64_t entries, kb; } rows[] = {
		{ 1, 8 }, { 0x201, 12 }, { 0x2000, 68 }, { 0x10000, 516 }, { 0x40000, 2056 },
		{ 0x80000, 4108 }, { bit64(28), 2101252 }, { bit64(29), 4202500 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		uint64_t before = locked_kb(&v.c);
		int fd = make_table(&v, 9, 12, 0, rows[i].entries);

		assert_true(fd >= 0);
		assert_int_equal(locked_kb(&v.c) - before, rows[i].kb);
		stce_close(fd);
		assert_int_equal(locked_kb(&v.c), before);
	}
	assert_int_equal(make_table(&v, 9, 12, 0, bit64(30)), -ENOMEM);
}

static void both_sides_see_each_write_at_once(void **state)
{
	uint64_t *entry = map_table(v.table, 2);

	entry[3] = 0xabc000;
	assert_int_equal(h_get(&v, LIOBN, 0x3000), 0xabc000);
	assert_int_equal(h_put(&v, LIOBN, 0x5000, 0xfffffffffffffffcull), STCE_H_SUCCESS);
	assert_int_equal(entry[5], 0xfffffffffffffffcull);
	munmap(entry, 2 * PAGE);
}

static sigjmp_buf after_fault;

static void on_bus_error(int number)
{
	siglongjmp(after_fault, 1);
}

static void touching_behind_the_end_is_a_bus_error(void **state)
{
	void (*before)(int) = signal(SIGBUS, on_bus_error);
	size_t end = align_up(2 * PAGE, OWN_PAGE), size = end + OWN_PAGE;
	volatile uint64_t *entry = map_table(v.table, size / PAGE);
	volatile bool faulted = true;

	entry[end / 8 - 1] = 1;
	if (!sigsetjmp(after_fault, 1)) {
		entry[end / 8] = 1;
		faulted = false;
	}
	assert_true(faulted);
	signal(SIGBUS, before);
	munmap((void *)entry, size);
}

static void the_descriptor_is_good_for_mapping_only(void **state)
{
	char byte;

	assert_true(fcntl(v.table, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(stce_read(v.table, &byte, 1), -EINVAL);
	assert_int_equal(stce_write(v.table, &byte, 1), -EINVAL);
	assert_int_equal(stce_pread(v.table, &byte, 1, 0), -ESPIPE);
	assert_int_equal(stce_pwrite(v.table, &byte, 1, 0), -ESPIPE);
	assert_int_equal(stce_pread(v.table, &byte, 1, -1), -EINVAL);
	assert_int_equal(stce_ioctl(v.table, 0xae00, NULL), -ENOTTY);
}

static void a_mapping_keeps_a_closed_table_alive(void **state)
{
	uint64_t *entry = map_table(v.table, 2);

	stce_close(v.table);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_SUCCESS);
	assert_int_equal(make_table(&v, LIOBN, 12, 0, 1), -EBUSY);
	munmap(entry, 2 * PAGE);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_TOO_HARD);
	v.table = make_table(&v, LIOBN, 12, 0, 0x400);
	assert_true(v.table >= 0);
}

/* In either order; vmm_stop() asserts that no charge is left. */
static void a_mapping_does_not_keep_a_table_without_its_vm(void **state)
{
	uint64_t *entry = map_table(v.table, 2);
	struct stce_vm *other;
	void *mapping;
	int fd;

	assert_int_equal(stce_vm_new(v.c.machine, &other), 0);
	fd = stce_vm_create_table(other, &(struct stce_table){ 1, 12, 0, 512 });
	assert_int_equal(stce_mmap(fd, NULL, OWN_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0, &mapping), 0);
	stce_vm_free(other);
	stce_close(fd);
	stce_close(v.table);
	stce_vm_free(v.vm);
	entry[0] = *(uint64_t *)mapping;
	munmap(mapping, OWN_PAGE);
	munmap(entry, 2 * PAGE);
	assert_int_equal(locked_kb(&v.c), 0);
	assert_int_equal(stce_vm_new(v.c.machine, &v.vm), 0);
	v.table = -1;
}

static void a_child_s_copy_keeps_a_closed_table_alive(void **state)
{
	int pipes[2];
	pid_t child;
	char byte;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (!child) {
		close(pipes[1]);
		_exit(read(pipes[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(pipes[0]);
	stce_close(v.table);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_SUCCESS);
	close(pipes[1]);
	waitpid(child, NULL, 0);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_TOO_HARD);
	v.table = make_table(&v, LIOBN, 12, 0, 0x400);
}

/* Symptom: the library held a second one for each, so 10000 tables needed 20000. */
static void a_table_costs_one_descriptor(void **state)
{
	unsigned int before = count_entries("/proc/self/fd");
	int fd[20];

	for (unsigned int i = 0; i < ARRAY_COUNT(fd); i++) {
		fd[i] = make_table(&v, 100 + i, 12, 0, 0x400);
		assert_true(fd[i] >= 0);
	}
	assert_int_equal(count_entries("/proc/self/fd"), before + ARRAY_COUNT(fd));
	for (unsigned int i = 0; i < ARRAY_COUNT(fd); i++)
		stce_close(fd[i]);
	assert_int_equal(count_entries("/proc/self/fd"), before);
}

/* The library is told of dup2() when the kernel has closed the number already. */
static void a_mapping_keeps_a_table_alive_that_dup2_closed(void **state)
{
	uint64_t *entry = map_table(v.table, 2);
	int fd = v.table;

	assert_int_equal(dup2(STDIN_FILENO, fd), fd);
	stce_forget(fd);
	close(fd);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_SUCCESS);
	assert_int_equal(make_table(&v, LIOBN, 12, 0, 1), -EBUSY);
	munmap(entry, 2 * PAGE);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_TOO_HARD);
	v.table = make_table(&v, LIOBN, 12, 0, 0x400);
	assert_true(v.table >= 0);
}

static void a_copy_on_its_way_through_a_socket_keeps_a_table_alive(void **state)
{
	union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = { { 0 } };
	struct iovec iov = { (char []){ 'x' }, 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);
	int pair[2];

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(part), &v.table, sizeof(int));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(sendmsg(pair[0], &message, 0), 1);
	stce_close(v.table);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_SUCCESS);
	close(pair[0]);
	close(pair[1]);
	/* The kernel drops what no one can receive any longer, and may do so a little later. */
	while (h_put(&v, LIOBN, 0, 0) == STCE_H_SUCCESS)
		sched_yield();
	v.table = make_table(&v, LIOBN, 12, 0, 0x400);
	assert_true(v.table >= 0);
}

/* The other program reads its standard input until that ends. */
static void a_copy_in_another_program_keeps_a_table_alive(void **state)
{
	int pipes[2];
	pid_t child;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	child = fork();
	if (!child) {
		fcntl(v.table, F_SETFD, 0);
		dup2(pipes[0], STDIN_FILENO);
		execlp("cat", "cat", NULL);
		_exit(1);
	}
	stce_close(v.table);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_SUCCESS);
	close(pipes[0]);
	close(pipes[1]);
	waitpid(child, NULL, 0);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_TOO_HARD);
	v.table = make_table(&v, LIOBN, 12, 0, 0x400);
	assert_true(v.table >= 0);
}

/* Whether a table is gone is found out without a free number. */
static void a_table_ends_in_a_program_that_has_no_descriptor_left(void **state)
{
	struct rlimit before;
	uint64_t *entry = map_table(v.table, 2);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 0, before.rlim_max }), 0);
	stce_close(v.table);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_SUCCESS);
	munmap(entry, 2 * PAGE);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_TOO_HARD);
	assert_int_equal(make_table(&v, LIOBN, 12, 0, 0x400), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	v.table = make_table(&v, LIOBN, 12, 0, 0x400);
	assert_true(v.table >= 0);
}

/* Symptom: a child's first mapping was refused with EBADF. */
static void a_child_maps_the_table_that_it_inherited(void **state)
{
	int status;
	pid_t child;
	void *p;

	assert_int_equal(h_put(&v, LIOBN, 0x1000, 0xfffffffffffffffcull), STCE_H_SUCCESS);
	child = fork();
	if (!child) {
		uint64_t entry = 0;

		if (!stce_mmap(v.table, NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0, &p))
			entry = ((uint64_t *)p)[1];
		_exit(entry == 0xfffffffffffffffcull ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void a_reset_and_a_restore_go_through_the_mapping(void **state)
{
	uint64_t saved[0x400], *entry = map_table(v.table, 2);

	for (uint64_t i = 0; i < 0x400; i++)
		assert_int_equal(h_put(&v, LIOBN, i << 12, i << 12), STCE_H_SUCCESS);
	for (int i = 0; i < 0x400; i++)
		saved[i] = entry[i];
	for (int i = 0; i < 0x400; i++)
		entry[i] = 0;
	assert_int_equal(h_get(&v, LIOBN, 0x7000), 0);
	for (int i = 0; i < 0x400; i++)
		entry[i] = saved[i];
	for (uint64_t i = 0; i < 0x400; i++)
		assert_int_equal(h_get(&v, LIOBN, i << 12), i << 12);
	munmap(entry, 2 * PAGE);
}

/* Returns the bytes of memory behind a table. */
static uint64_t bytes_used(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

/* Symptom: a guest that cleared a large, empty table made all of its pages present. */
static void zeros_make_no_pages_where_nothing_was_written(void **state)
{
	int fd = make_table(&v, 5, 12, 0, bit64(22));
	uint64_t *entry;
	void *p;

	assert_int_equal(h_stuff(&v, 5, 0, 0, bit64(22)), STCE_H_SUCCESS);
	assert_int_equal(h_put(&v, 5, 0x1000, 0), STCE_H_SUCCESS);
	assert_int_equal(bytes_used(fd), 0);
	/* Entries that the program has written through its mapping are cleared, and no others. */
	assert_int_equal(stce_mmap(fd, NULL, bit64(25), PROT_READ | PROT_WRITE, MAP_SHARED, 0, &p), 0);
	entry = p;
	entry[0x300000] = entry[0x300001] = entry[0x300002] = 0xabc000;
	entry[0x3fffff] = 0xdef000;
	assert_int_equal(h_stuff(&v, 5, 0, 0, 0x300002), STCE_H_SUCCESS);
	assert_int_equal(entry[0x300001], 0);
	assert_int_equal(entry[0x300002], 0xabc000);
	assert_int_equal(h_stuff(&v, 5, 0x300002000, 0, 0xffffe), STCE_H_SUCCESS);
	assert_int_equal(entry[0x300002], 0);
	assert_int_equal(entry[0x3fffff], 0);
	assert_true(bytes_used(fd) <= 2 * OWN_PAGE);
	munmap(p, bit64(25));
	stce_close(fd);
}

static void the_old_ioctl_counts_bytes(void **state)
{
	struct kvm_create_spapr_tce p = { .liobn = 77, .window_size = 0xfff };
	long fd;

	assert_int_equal(stce_vm_ioctl(v.vm, KVM_CREATE_SPAPR_TCE, &p), -EINVAL);
	assert_int_equal(stce_vm_ioctl(v.vm, KVM_CREATE_SPAPR_TCE, NULL), -EFAULT);
	p.window_size = 0x1001;
	fd = stce_vm_ioctl(v.vm, KVM_CREATE_SPAPR_TCE, &p);
	assert_true(fd >= 0);
	assert_int_equal(h_put(&v, 77, 0, 0), STCE_H_SUCCESS);
	assert_int_equal(h_put(&v, 77, 0x1000, 0), STCE_H_PARAMETER);
	stce_close((int)fd);
}

/* In kB, on a kernel with 64K pages, where the header has room for more. */
static void the_charge_of_a_64k_host_is_linux_s_too(void **state)
{
	static const struct { uint64_t entries, kb; } rows[] = {
		{ 1, 128 }, { 0x201, 128 }, { 0x2000, 128 }, { 0x10000, 576 }, { 0x40000, 2112 },
		{ 0x80000, 4160 }, { bit64(28), 2097472 }, { bit64(29), 4194880 }, { bit64(30), 8389696 },
	};
	struct client c;
	struct stce_vm *vm;

	client_start(&c, "page-size", "64K", NULL);
	assert_int_equal(stce_vm_new(c.machine, &vm), 0);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		int fd = stce_vm_create_table(vm, &(struct stce_table){ 9, 12, 0, rows[i].entries });

		assert_true(fd >= 0);
		assert_int_equal(locked_kb(&c), rows[i].kb);
		stce_close(fd);
		assert_int_equal(locked_kb(&c), 0);
	}
	stce_vm_free(vm);
	client_stop(&c);
}

/* Symptom: with 4K pages of our own, the second 4K of a 64K page was a bus error. */
static void a_table_of_a_64k_host_ends_with_a_page_of_64k(void **state)
{
	struct client c;
	struct stce_vm *vm;
	uint64_t *entry;
	int fd;

	client_start(&c, "page-size", "64K", NULL);
	assert_int_equal(stce_vm_new(c.machine, &vm), 0);
	fd = stce_vm_create_table(vm, &(struct stce_table){ 9, 12, 0, 3 });
	assert_true(fd >= 0);
	entry = map_table(fd, 16);
	entry[8191] = 5;
	assert_int_equal(entry[8191], 5);
	munmap(entry, 16 * PAGE);
	stce_close(fd);
	stce_vm_free(vm);
	client_stop(&c);
}

static void the_limit_of_locked_memory_counts(void **state)
{
	struct client c;
	struct stce_vm *vm;

	client_start(&c, "memlock", "64K", NULL);
	assert_int_equal(stce_vm_new(c.machine, &vm), 0);
	assert_int_equal(stce_vm_create_table(vm, &(struct stce_table){ 1, 12, 0, 0x2000 }), -ENOMEM);
	assert_int_equal(locked_kb(&c), 0);
	stce_vm_free(vm);
	client_stop(&c);
}

/*
 * 64 MiB at 2^59 in pages of 64 KiB: the guest sees the same as with a table that was made in
 * pages.
 */
static void a_table_may_be_made_in_bytes(void **state)
{
	const uint64_t size = 64 * MIB, last = HIGH + size - PAGE_64K;
	uint64_t before = locked_kb(&v.c), charge;
	int fd = make_table(&v, 7, 16, HIGH >> 16, size >> 16);

	charge = locked_kb(&v.c) - before;
	assert_true(fd >= 0);
	stce_close(fd);
	fd = stce_vm_create_table_bytes(v.vm, &(struct stce_table_bytes){
		.liobn = 7, .window_size = size, .bus_offset = HIGH, .page_shift = 16,
	});
	assert_true(fd >= 0);
	assert_int_equal(locked_kb(&v.c) - before, charge);
	assert_int_equal(h_put(&v, 7, last, 0xabc0000), STCE_H_SUCCESS);
	assert_int_equal(h_get(&v, 7, last), 0xabc0000);
	assert_int_equal(h_put(&v, 7, last + PAGE_64K, 0), STCE_H_PARAMETER);
	assert_int_equal(h_put(&v, 7, HIGH - PAGE_64K, 0), STCE_H_PARAMETER);
	assert_int_equal(h_put(&v, 7, 0, 0), STCE_H_PARAMETER);
	assert_int_equal(stce_vm_create_table_bytes(v.vm, &(struct stce_table_bytes){ 7, size, 0, 12, 0 }), -EBUSY);
	stce_close(fd);
}

static void every_allocation_of_a_table_may_fail(void **state)
{
	struct client c;
	struct stce_vm *vm;
	int fd = -ENOMEM, failed;

	client_start(&c, NULL);
	assert_int_equal(stce_vm_new(c.machine, &vm), 0);
	for (failed = 0; fd == -ENOMEM; failed++) {
		alloc_fail_after(failed);
		fd = stce_vm_create_table(vm, &(struct stce_table){ 1, 12, 0, 0x2000 });
		alloc_fail_after(-1);
		if (fd == -ENOMEM)
			assert_int_equal(locked_kb(&c), 0);
	}
	assert_true(fd >= 0);
	assert_true(failed > 2);
	stce_close(fd);
	assert_int_equal(locked_kb(&c), 0);
	stce_vm_free(vm);
	client_stop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(page_shifts_from_12_to_34_are_taken),
		TEST(the_end_of_the_bus_is_the_end),
		TEST(a_liobn_is_taken_once_with_all_its_bits),
		TEST(a_table_may_be_made_in_bytes),
		TEST(the_charge_is_linux_s_to_the_kilobyte),
		TEST(both_sides_see_each_write_at_once),
		TEST(touching_behind_the_end_is_a_bus_error),
		TEST(the_descriptor_is_good_for_mapping_only),
		TEST(a_mapping_keeps_a_closed_table_alive),
		TEST(a_mapping_does_not_keep_a_table_without_its_vm),
		TEST(a_child_s_copy_keeps_a_closed_table_alive),
		TEST(a_table_costs_one_descriptor),
		TEST(a_mapping_keeps_a_table_alive_that_dup2_closed),
		TEST(a_copy_on_its_way_through_a_socket_keeps_a_table_alive),
		TEST(a_copy_in_another_program_keeps_a_table_alive),
		TEST(a_table_ends_in_a_program_that_has_no_descriptor_left),
		TEST(a_child_maps_the_table_that_it_inherited),
		TEST(a_reset_and_a_restore_go_through_the_mapping),
		TEST(zeros_make_no_pages_where_nothing_was_written),
		TEST(the_old_ioctl_counts_bytes),
		TEST(the_charge_of_a_64k_host_is_linux_s_too),
		TEST(a_table_of_a_64k_host_ends_with_a_page_of_64k),
		TEST(the_limit_of_locked_memory_counts),
		TEST(every_allocation_of_a_table_may_fail),
	};

	return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
