/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * (H2) A program unmaps memory that its device may use, by each way of libc, and uses the address
 * for something else. The device reaches none of it, but still all memory that is left.
 */
#include "program.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include <spapr-tce/dmatest.h>

/* Less than the address space, and more than is left beside a program, which begins above 4 GiB at least on POWER. */
#define NO_PLACE (((size_t)1 << 47) - ((size_t)1 << 32))
#define PAGES 8
#define PROT (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

static int container, group, device;
static off_t bar;
static size_t page;

static off_t region_offset(unsigned int index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	return ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info) ? -1 : (off_t)info.offset;
}

static bool open_device(void)
{
	uint16_t command = 6;   /* memory space and bus master */
	off_t config;

	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS);
	bar = region_offset(VFIO_PCI_BAR0_REGION_INDEX);
	config = region_offset(VFIO_PCI_CONFIG_REGION_INDEX);
	return device >= 0 && bar >= 0 && config >= 0 && pwrite(device, &command, 2, config + 4) == 2;
}

static void set_register(unsigned int offset, uint64_t value, size_t size)
{
	if (pwrite(device, &value, size, bar + offset) != (ssize_t)size)
		perror("# register");
}

/* Lets the device fill a page by its bus address. Returns whether it could. */
static bool device_fills(size_t n, unsigned char byte)
{
	uint32_t status = 0;

	set_register(STCE_DMATEST_TARGET, n * page, 8);
	set_register(STCE_DMATEST_LENGTH, page, 8);
	set_register(STCE_DMATEST_PATTERN, byte, 4);
	set_register(STCE_DMATEST_COMMAND, STCE_DMATEST_FILL, 4);
	return pread(device, &status, 4, bar + STCE_DMATEST_STATUS) == 4 && status == STCE_DMATEST_DONE;
}

static int call_register(unsigned long request, void *p, size_t pages)
{
	struct vfio_iommu_spapr_register_memory reg = { sizeof(reg), 0, (uintptr_t)p, pages * page };

	return ioctl(container, request, &reg) ? -errno : 0;
}

static int enroll(void *p, size_t pages)
{
	return call_register(VFIO_IOMMU_SPAPR_REGISTER_MEMORY, p, pages);
}

static int unenroll(void *p, size_t pages)
{
	return call_register(VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, p, pages);
}

static int map(void *p, size_t at, size_t pages)
{
	struct vfio_iommu_type1_dma_map dma = { sizeof(dma), RW, (uintptr_t)p, at * page, pages * page };

	return ioctl(container, VFIO_IOMMU_MAP_DMA, &dma) ? -errno : 0;
}

static int unmap(size_t at, size_t pages)
{
	struct vfio_iommu_type1_dma_unmap dma = { .argsz = sizeof(dma), .iova = at * page, .size = pages * page };

	return ioctl(container, VFIO_IOMMU_UNMAP_DMA, &dma) ? -errno : 0;
}

static long locked_kb(void)
{
	FILE *stream = fopen("/proc/self/status", "r");
	char line[256];
	long kb = -1;

	while (stream && fgets(line, sizeof(line), stream))
		if (!strncmp(line, "VmLck:", 6))
			kb = strtol(line + 6, NULL, 10);
	if (stream)
		fclose(stream);
	return kb;
}

static char *fresh(size_t pages)
{
	return mmap(NULL, pages * page, PROT, ANON, -1, 0);
}

/* Maps memory for the device at bus address 0. */
static bool lend(void *p, size_t pages)
{
	return !enroll(p, pages) && !map(p, 0, pages) && device_fills(0, 1) && *(char *)p == 1;
}

static bool take_back(void *p, size_t pages)
{
	return !unmap(0, pages) && !unenroll(p, pages);
}

/* Maps new memory at an address that must be free, by a call that the preload does not see. */
static bool own_again(void *p, size_t pages)
{
	return (void *)syscall(SYS_mmap, p, pages * page, PROT, ANON | MAP_FIXED_NOREPLACE, -1, 0) == p;
}

/*
 * Tells whether the device cannot reach the pages [from, to) of p, and still reaches the others of
 * PAGES.
 */
static bool reaches_only(const char *p, size_t from, size_t to)
{
	bool right = true;

	for (size_t i = 0; i < PAGES; i++) {
		bool is_gone = i >= from && i < to, could = device_fills(i, 7);

		right &= could == !is_gone && (is_gone || p[i * page] == 7);
	}
	return right;
}

static bool is_clean(const char *p, size_t pages)
{
	for (size_t i = 0; i < pages * page; i++)
		if (p[i])
			return false;
	return true;
}

static void munmap_and_register_again(void)
{
	char *p = fresh(PAGES);
	long before;

	ok(lend(p, PAGES), "memory is registered and mapped");
	before = locked_kb();
	ok(!munmap(p, PAGES * page) && own_again(p, PAGES), "it is unmapped, and others have the address");
	ok(reaches_only(p, 0, PAGES) && is_clean(p, PAGES), "the device does not write to them");
	ok(locked_kb() == before, "the registration stays charged");
	ok(map(p, 0, 1) == -EINVAL, "and what was registered cannot be mapped");
	ok(!enroll(p, PAGES) && locked_kb() == before, "the new memory can be registered, and is charged once");
	ok(!device_fills(0, 3) && is_clean(p, PAGES), "the device does not reach it by old TCEs");
	ok(!map(p, 0, PAGES) && reaches_only(p, 0, 0), "when it is mapped it does");
	ok(enroll(p, PAGES) == -EBUSY, "the range is registered once");
	ok(take_back(p, PAGES) && unenroll(p, PAGES) == -ENOENT, "and unregistered once");
	munmap(p, PAGES * page);
}

static void munmap_of_a_part(void)
{
	char *p = fresh(PAGES);

	ok(lend(p, PAGES) && !munmap(p + 2 * page, 2 * page) && reaches_only(p, 2, 4), "a part is unmapped");
	ok(own_again(p + 2 * page, 2) && reaches_only(p, 2, 4) && is_clean(p + 2 * page, 2), "and used by others");
	ok(!munmap(p + 4 * page, page) && own_again(p + 4 * page, 1) && !munmap(p, page) && own_again(p, 1) &&
	   !device_fills(0, 1) && !device_fills(4, 1) && device_fills(1, 1) && device_fills(5, 1), "further parts are");
	ok(enroll(p + 2 * page, 1) == -EINVAL, "what is in a registered range is not registered by itself");
	ok(map(p + page, 1, 2) == -EINVAL && device_fills(1, 1), "a range with a hole is not mapped");
	ok(!map(p + page, 1, 1) && !map(p + 5 * page, 5, 3), "what lies around holes is");
	ok(!enroll(p, PAGES) && !map(p, 0, PAGES) && reaches_only(p, 0, 0), "the whole is registered and mapped again");
	ok(take_back(p, PAGES), "and given back");
	ok(lend(p, PAGES) && !munmap(p, 3 * page) && take_back(p, PAGES), "a range with a hole is given back as it was taken");
	munmap(p, PAGES * page);
}

static void map_over(void)
{
	char *p = fresh(PAGES);

	ok(lend(p, PAGES) && mmap(p + page, 2 * page, PROT, ANON | MAP_FIXED, -1, 0) == p + page, "memory is mapped over");
	ok(reaches_only(p, 1, 3) && is_clean(p + page, 2), "the device does not reach the new memory");
	ok(mmap(p + 5 * page, page, PROT, MAP_PRIVATE | MAP_FIXED, -1, 0) == MAP_FAILED && errno == EBADF &&
	   munmap(p + 1, page) && errno == EINVAL && munmap(p + 5 * page, 0) && errno == EINVAL,
	   "calls that unmap nothing are refused");
	ok(reaches_only(p, 1, 3), "and take nothing from the device");
	ok(mmap(p + 6 * page, page, PROT, ANON | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED && reaches_only(p, 1, 3),
	   "nor does one that replaces nothing");
	ok(mmap(p + 6 * page, page, PROT, MAP_SHARED | MAP_FIXED, container, 0) == MAP_FAILED && errno == ENODEV &&
	   reaches_only(p, 1, 3), "nor one of a file of ours that cannot be mapped");
	take_back(p, PAGES);
	munmap(p, PAGES * page);
}

static void move(void)
{
	char *p = fresh(PAGES), *q = fresh(PAGES), *there;

	ok(lend(p, PAGES) && mremap(p, 2 * page, 2 * page, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q &&
	   own_again(p, 2) && reaches_only(p, 0, 2) && is_clean(p, 2), "what moves away is not reached where it was");
	ok(mremap(q, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, p + 4 * page) == p + 4 * page &&
	   !device_fills(4, 9) && p[4 * page] != 9, "nor is what moves in");
	take_back(p, PAGES);
	munmap(q, PAGES * page);
	munmap(p, PAGES * page);
	p = fresh(PAGES);
	ok(lend(p, PAGES) && mremap(p, PAGES * page, 5 * page, 0) == p && own_again(p + 5 * page, 3) &&
	   reaches_only(p, 5, PAGES) && is_clean(p + 5 * page, 3), "nor what is cut off");
	there = mremap(p, 5 * page, 64 * page, MREMAP_MAYMOVE);
	ok(there != MAP_FAILED && there != p && own_again(p, 5) && reaches_only(p, 0, PAGES) && is_clean(p, 5),
	   "nor what moves because it grows");
	take_back(p, PAGES);
	munmap(there, 64 * page);
	munmap(p, PAGES * page);
	p = fresh(2 * PAGES);
	munmap(p + PAGES * page, PAGES * page);
	ok(lend(p, PAGES) && mremap(p, PAGES * page, 2 * PAGES * page, MREMAP_MAYMOVE) == p && reaches_only(p, 0, 0),
	   "what grows where it is stays in reach");
	/* Linux answers EINVAL or ENOMEM to what is larger than any address. */
	ok(mremap(p, 2 * PAGES * page, (size_t)-1 / 4, MREMAP_MAYMOVE) == MAP_FAILED && reaches_only(p, 0, 0) &&
		   fails(mremap(p, 2 * PAGES * page, NO_PLACE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0, ENOMEM) &&
		   reaches_only(p, 0, 0), "and so does what cannot grow");
	take_back(p, PAGES);
	munmap(p, 2 * PAGES * page);
}

static void shared_memory(void)
{
	int id = shmget(IPC_PRIVATE, 2 * page, 0600);
	char *p = fresh(PAGES), *s;

	if (id < 0) {
		ok_skip("shared memory segments", "there are none");
		return;
	}
	/* SHMLBA is a page, except on machines that we do not know. */
	ok(lend(p, PAGES) && shmat(id, p + page, SHM_REMAP) == p + page && reaches_only(p, 1, 3) && is_clean(p + page, 2),
	   "a segment that is attached over memory is not reached");
	take_back(p, PAGES);
	munmap(p, PAGES * page);
	shmdt(p + page);
	s = shmat(id, NULL, 0);
	ok(!enroll(s, 2) && !map(s, 0, 2) && device_fills(1, 5) && s[page] == 5, "a segment is in reach");
	/* Then the kernel has two mappings of it. */
	mprotect(s + page, page, PROT_READ);
	ok(!shmdt(s) && own_again(s, 2) && !device_fills(0, 5) && !device_fills(1, 5) && is_clean(s, 2),
	   "until it is detached");
	take_back(s, 2);
	munmap(s, 2 * page);
	shmctl(id, IPC_RMID, NULL);
}

static void heap_end(void)
{
	char *start = sbrk(0), *p;

	start += (page - (uintptr_t)start % page) % page;
	p = start;
	ok(!brk(p + 2 * page) && sbrk((intptr_t)(2 * page)) == p + 2 * page && !enroll(p, 4) && !map(p, 0, 4) &&
	   device_fills(3, 5) && p[3 * page] == 5, "the end of the heap is in reach");
	ok(sbrk(-(intptr_t)page) == p + 4 * page && sbrk((intptr_t)page) == p + 3 * page && !device_fills(3, 6) &&
	   is_clean(p + 3 * page, 1) && device_fills(2, 6), "but for what sbrk() has given back");
	ok(!brk(p + 2 * page) && !brk(p + 4 * page) && !device_fills(2, 6) && is_clean(p + 2 * page, 2) &&
	   device_fills(1, 6), "and brk()");
	take_back(p, 4);
}

/* The kernel chooses the same address again, which was freed by a call that no library sees. */
static void raw_call(void)
{
	char *p = fresh(PAGES), *q;

	ok(lend(p, PAGES) && !syscall(SYS_munmap, p, PAGES * page), "a raw system call unmaps memory");
	q = mmap(p, PAGES * page, PROT, ANON, -1, 0);
	ok(q == p && is_clean(p, PAGES) && !device_fills(0, 8) && is_clean(p, PAGES), "whoever maps it next has it alone");
	take_back(p, PAGES);
	munmap(p, PAGES * page);
}

static char *handed;

static void unmap_it(int number)
{
	munmap(handed, page);
}

static void odd_places(void)
{
	struct sigaction action = { .sa_handler = unmap_it };
	char *p = handed = fresh(PAGES);
	pid_t child;

	sigaction(SIGUSR1, &action, NULL);
	ok(lend(p, PAGES) && !raise(SIGUSR1) && own_again(p, 1) && reaches_only(p, 0, 1) && is_clean(p, 1),
	   "a signal handler unmaps memory");
	child = fork();
	if (!child) {
		bool right = !munmap(p, PAGES * page);

		_exit(right && own_again(p, PAGES) ? 0 : 1);
	}
	ok(status_of_child(child) == 0 && reaches_only(p, 0, 1), "what a forked child unmaps stays in its parent's reach");
	child = vfork();
	if (!child) {
		munmap(p + page, page);
		_exit(0);
	}
	ok(status_of_child(child) == 0 && own_again(p + page, 1) && reaches_only(p, 0, 2) && is_clean(p + page, 1),
	   "a child of vfork() does");
	take_back(p, PAGES);
	munmap(p, PAGES * page);
}

static volatile bool is_over;
static unsigned int filled, missed;

static void *write_all_the_time(void *none)
{
	while (!is_over)
		*(device_fills(0, 0xdd) ? &filled : &missed) += 1;
	return NULL;
}

static bool moves(char *p, char *q)
{
	return mremap(p, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q && own_again(p, 1);
}

static int segment = -1;

/* The memory is unmapped in one of five ways, and the program uses the address again. */
static bool goes(unsigned int way, char *p, char *q)
{
	switch (way) {
	case 0:
		return !munmap(p, page) && own_again(p, 1);
	case 1:
		return mmap(p, page, PROT, ANON | MAP_FIXED, -1, 0) == p;
	case 2:
		return moves(p, q);
	case 3:
		return segment < 0 || shmat(segment, p, SHM_REMAP) == p;
	case 4:
		return !syscall(SYS_munmap, p, page) && mmap(p, page, PROT, ANON, -1, 0) == p;
	}
	return false;
}

/* Makes one round. A page that is not replaced, because segments are lacking, may be written. */
static bool round_of(unsigned int n)
{
	char *p = fresh(2), *q = fresh(1);
	bool right;

	if (!p || enroll(p, 1) || map(p, 0, 1))
		return false;
	for (unsigned int i = 0; i < 50 && *(volatile char *)p != (char)0xdd; i++)
		sched_yield();
	right = goes(n % 5, p, q);
	for (unsigned int i = 0; i < 10 && right && (n % 5 != 3 || segment >= 0); i++) {
		right = is_clean(p, 1);
		sched_yield();
	}
	unmap(0, 1);
	right &= !unenroll(p, 1);
	munmap(p, 2 * page);
	munmap(q, page);
	if (!right)
		printf("# way %u\n", n % 5);
	return right;
}

static void all_at_once(void)
{
	time_t end = time(NULL) + 3;
	unsigned int rounds = 0;
	bool right = true;
	pthread_t thread;

	segment = shmget(IPC_PRIVATE, page, 0600);
	pthread_create(&thread, NULL, write_all_the_time, NULL);
	while (right && (rounds < 30 || time(NULL) < end))
		right = round_of(rounds++);
	is_over = true;
	pthread_join(thread, NULL);
	shmctl(segment, IPC_RMID, NULL);
	printf("# %u rounds, the device wrote %u times and could not %u times\n", rounds, filled, missed);
	ok(right && filled && missed, "a device that writes all the time never writes to others");
}

static sigjmp_buf out;
static volatile bool may_jump;
static volatile unsigned int jumps;

static void jump(int number)
{
	if (!may_jump)
		return;
	may_jump = false;
	siglongjmp(out, 1);
}

/* A handler that never returns must not leave a range that counts as being unmapped. */
static void handlers_jump_out(void)
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { 0 };
	time_t end = time(NULL) + 2;
	void *p = fresh(1);

	signal(SIGALRM, jump);
	setitimer(ITIMER_REAL, &often, NULL);
	if (sigsetjmp(out, 1))
		jumps++;
	while (time(NULL) < end) {
		may_jump = true;
		p = mmap(p, page, PROT, ANON | MAP_FIXED, -1, 0);
		may_jump = false;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	printf("# %u jumps\n", jumps);
	ok(jumps && p != MAP_FAILED && !munmap(p, page), "handlers jump out of calls that map");
}

int main(void)
{
	page = (size_t)sysconf(_SC_PAGESIZE);
	ok(set_up(&container, &group) && open_device(), "a device");
	munmap_and_register_again();
	munmap_of_a_part();
	map_over();
	move();
	shared_memory();
	heap_end();
	raw_call();
	odd_places();
	all_at_once();
	handlers_jump_out();
	return ok_end();
}
