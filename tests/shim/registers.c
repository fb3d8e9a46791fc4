/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapped registers answer as pread(2) and pwrite(2) do, for plain loads and stores of any thread, and
 * mmap(2), munmap(2), mremap(2), mprotect(2), fork(2) and close(2) treat the mappings as Linux does.
 */
#include "registers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

static char *bar;

static void regions(void)
{
	struct {
		struct vfio_region_info info;
		struct vfio_info_cap_header capability;
	} answer = { .info.argsz = sizeof(answer) };
	struct vfio_region_info small = { .argsz = sizeof(small), .cap_offset = 77 };

	ok(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &small) == 0 && small.flags == (VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE |
		   VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS) && small.cap_offset == 0 && small.argsz == 40,
	   "a BAR can be mapped, and argsz tells how long its capability is");
	ok(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &answer) == 0 && answer.info.argsz == 40 &&
		   answer.info.cap_offset == 32 && answer.capability.id == VFIO_REGION_INFO_CAP_MSIX_MAPPABLE &&
		   answer.capability.version == 1 && answer.capability.next == 0,
	   "the capability says that the MSI-X table can be mapped too");
	ok(find_region(device, VFIO_PCI_CONFIG_REGION_INDEX, &small) && small.flags == 3 &&
		   find_region(device, 1, &small) && small.flags == 0,
	   "config space cannot be mapped, nor a BAR that is not there");
}

static bool refuses(size_t length, int flags, off_t offset, int error)
{
	errno = 0;
	return mmap(NULL, length, PROT_READ, flags, device, offset) == MAP_FAILED && errno == error;
}

static void refused_mappings(void)
{
	ok(refuses(PAGE, MAP_PRIVATE, 0, EINVAL), "a private mapping is refused");
	ok(refuses(PAGE, MAP_SHARED, config, EINVAL), "so is config space");
	ok(refuses(PAGE, MAP_SHARED, (off_t)1 << 40, EINVAL), "a BAR that is not there");
	ok(refuses(PAGE, MAP_SHARED, (off_t)9 << 40, EINVAL), "a region that is not there");
	ok(refuses(2 * PAGE, MAP_SHARED, 0, EINVAL), "more than the BAR has");
	ok(refuses(PAGE, MAP_SHARED, (off_t)PAGE, EINVAL), "what lies behind the BAR");
	ok(refuses(PAGE, MAP_SHARED, 8, EINVAL) && refuses(0, MAP_SHARED, 0, EINVAL), "no whole page");
}

#define SAME(type)                                                                             \
	({                                                                                     \
		unsigned int differ_ = 0;                                                      \
                                                                                               \
		for (size_t at_ = 0; at_ < size; at_ += sizeof(type)) {                        \
			type by_call_ = 0;                                                     \
                                                                                               \
			if (pread(fd, &by_call_, sizeof(type), (off_t)at_) != sizeof(type) ||  \
			    *(volatile type *)(from + at_) != by_call_)                        \
				differ_++;                                                     \
		}                                                                              \
		differ_ == 0;                                                                  \
	})

static void same_by_call(int fd, const char *what)
{
	struct vfio_region_info info;
	size_t size = find_region(fd, 0, &info) ? info.size : 0;
	char *from = map(fd, size, PROT_READ), name[80], *copy = malloc(size), *read = malloc(size);

	snprintf(name, sizeof(name), "%s: each byte, 2, 4 and 8 bytes are what pread tells", what);
	ok(size && from != MAP_FAILED && SAME(uint8_t) && SAME(uint16_t) && SAME(uint32_t) && SAME(uint64_t), name);
	snprintf(name, sizeof(name), "%s: memcpy gives what one pread gives", what);
	memcpy(copy, from, size);
	ok(pread(fd, read, size, 0) == (ssize_t)size && !memcmp(copy, read, size), name);
	munmap(from, size);
	free(copy);
	free(read);
}

static bool table_is(const void *bytes, size_t size)
{
	char got[64];

	return pread(device, got, sizeof(got), TABLE) == sizeof(got) && !memcmp(got, bytes, size);
}

static void stores(void)
{
	volatile char *table = bar + TABLE;
	char wanted[64] = "", *ordinary = malloc(64);

	memset(bar + TABLE, 0, 64);
	table[3] = wanted[3] = 0x11;
	*(volatile uint16_t *)(table + 6) = 0x2233;
	memcpy(wanted + 6, &(uint16_t){ 0x2233 }, 2);
	*(volatile uint32_t *)(table + 12) = 0x44556677;
	memcpy(wanted + 12, &(uint32_t){ 0x44556677 }, 4);
	*(volatile uint64_t *)(table + 24) = 0x8899aabbccddeeff;
	memcpy(wanted + 24, &(uint64_t){ 0x8899aabbccddeeff }, 8);
	ok(table_is(wanted, 64), "stores of 1, 2, 4 and 8 bytes arrive, and change nothing else");
	((volatile struct unaligned32 *)(table + 33))->value = 0x01020304;
	memcpy(wanted + 33, &(uint32_t){ 0x01020304 }, 4);
	ok(table_is(wanted, 64) && ((volatile struct unaligned32 *)(table + 33))->value == 0x01020304, "unaligned ones too");
	for (int i = 0; i < 64; i++)
		ordinary[i] = (char)(i * 5 + 1);
	memcpy(bar + TABLE, ordinary, 64);
	ok(table_is(ordinary, 64), "so does memcpy");
	memset(bar + TABLE, 0x5a, 64);
	memset(ordinary, 0x5a, 64);
	ok(table_is(ordinary, 64), "and memset");
	store64(bar + STCE_DMATEST_SOURCE, 0x123456789abcdef0);
	ok(load32(bar + STCE_DMATEST_SOURCE) == 0x9abcdef0 && load32(bar + STCE_DMATEST_SOURCE + 4) == 0x12345678,
	   "a store of 8 bytes is two registers");
	free(ordinary);
}

#define STORES 10000

static void *raise_often(void *argument)
{
	for (int i = 0; i < STORES; i++)
		store32(bar + STCE_DMATEST_COMMAND, STCE_DMATEST_RAISE);
	return NULL;
}

static void *count_up(void *at)
{
	uintptr_t wrong = 0;

	for (uint32_t i = 0; i < STORES; i++) {
		store32(at, i);
		wrong += load32(at) != i;
	}
	return (void *)wrong;
}

/* Each command raises vector 0 once, and the eventfd counts. */
static int listen_to_vector(void)
{
	union {
		struct vfio_irq_set set;
		char room[64];
	} u = { .set = { sizeof(u.set) + 4, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			 VFIO_PCI_MSIX_IRQ_INDEX, 0, 1 } };
	int fd = eventfd(0, EFD_NONBLOCK);

	memcpy(u.set.data, &fd, sizeof(fd));
	return ioctl(device, VFIO_DEVICE_SET_IRQS, &u) ? -1 : fd;
}

static void two_threads(void)
{
	pthread_t one, two;
	void *wrong[2];
	uint64_t raised = 0;
	int fd = listen_to_vector();

	pthread_create(&one, NULL, raise_often, NULL);
	pthread_create(&two, NULL, raise_often, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	ok(read(fd, &raised, sizeof(raised)) == sizeof(raised) && raised == 2 * STORES,
	   "of 10 000 stores by each of two threads all arrive");
	pthread_create(&one, NULL, count_up, bar + TABLE);
	pthread_create(&two, NULL, count_up, bar + TABLE + 32);
	pthread_join(one, &wrong[0]);
	pthread_join(two, &wrong[1]);
	ok(!wrong[0] && !wrong[1], "each thread's loads see its last store");
	close(fd);
}

static void by_other_calls(void)
{
	char *second = map_device();
	int pipes[2], fd = memfd_create("bytes", 0);

	ok(second != MAP_FAILED && second != bar, "a BAR can be mapped twice");
	store32(bar + TABLE, 77);
	ok(load32(second + TABLE) == 77, "both mappings are the same registers");
	memcpy(second + TABLE + 16, bar + TABLE, 16);
	ok(load32(bar + TABLE + 16) == 77, "bytes are copied from one to the other");
	ok(pipe(pipes) == 0 && fails(write(pipes[1], bar, 4), EFAULT), "write() from a register is EFAULT [DIFF-70]");
	ok(write(pipes[1], "abcd", 4) == 4 && fails(read(pipes[0], bar, 4), EFAULT), "read() into one too");
	ok(fails(pwrite(fd, bar, 4, 0), EFAULT), "and pwrite() to a file");
	ok(fails(pread(device, bar, 4, 0), EFAULT) && fails(pwrite(device, bar, 4, 0), EFAULT),
	   "also where the file is the device itself");
	ok(munmap(second, PAGE) == 0 && load32(bar + TABLE) == 77, "one goes, the other stays");
	close(fd);
}

static void hundred_mappings(void)
{
	char *mappings[100];
	unsigned int bad = 0;

	for (int i = 0; i < 100; i++)
		mappings[i] = map_device();
	for (int i = 0; i < 100; i++) {
		store32(mappings[i] + TABLE, (uint32_t)i);
		bad += load32(mappings[99 - i] + TABLE) != (uint32_t)i;
	}
	ok(!bad, "a hundred mappings");
	for (int i = 0; i < 100; i++)
		bad += munmap(mappings[i * 37 % 100], PAGE) != 0;
	ok(!bad && signal_at(mappings[50]) == SIGSEGV && load32(bar + STCE_DMATEST_MAGIC) == STCE_DMATEST_MAGIC_VALUE,
	   "when they are unmapped, a load there is SIGSEGV");
}

/* The disk has a BAR of 16 KiB. */
static char *map_disk(int *fd, size_t *size)
{
	int other = open("/dev/vfio/2", O_RDWR | O_CLOEXEC);
	struct vfio_region_info info;

	if (other < 0 || ioctl(other, VFIO_GROUP_SET_CONTAINER, &container))
		return MAP_FAILED;
	*fd = ioctl(other, VFIO_GROUP_GET_DEVICE_FD, DISK);
	if (*fd < 0 || !find_region(*fd, 0, &info) || pwrite(*fd, &(uint16_t){ 6 }, 2, ((off_t)7 << 40) + 4) != 2)
		return MAP_FAILED;
	*size = (info.size + PAGE - 1) & ~(PAGE - 1);
	return map(*fd, *size, PROT_READ | PROT_WRITE);
}

static void moves(int disk, char *registers, size_t size)
{
	uint64_t capabilities = load64(registers);
	char *place = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *moved;

	ok(mremap(registers, size, 2 * size, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT, "mremap() lets none grow");
	ok(mremap(registers, size, size, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL) == MAP_FAILED && errno == EINVAL,
	   "nor leaves it behind");
	moved = mremap(registers, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, place);
	ok(moved == place && load64(moved) == capabilities && signal_of_load64(registers) == SIGSEGV, "it moves a mapping");
	place[size] = 1;
	ok(place[size] == 1, "and nothing beside it");
	if (size > PAGE) {
		ok(mremap(moved, size, PAGE, 0) == moved && load64(moved) == capabilities &&
			   signal_of_load64(moved + PAGE) == SIGSEGV,
		   "it shrinks one");
		ok(signal_of_load64(moved + PAGE - 4) == SIGSEGV, "a load across the end of a mapping is SIGSEGV");
	} else {
		ok_skip("it shrinks one", "the BAR has one page");
		ok(munmap(moved + PAGE, PAGE) == 0 && signal_of_load64(moved + PAGE - 4) == SIGSEGV,
		   "a load across the end of a mapping is SIGSEGV");
	}
	moved = mmap(moved, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	moved[0] = 5;
	ok(moved == place && moved[0] == 5, "memory can be mapped over it");
	moved = mmap(place, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, disk, 0);
	ok(moved == place && load64(moved) == capabilities, "and registers over that");
	ok(munmap(place, 2 * size) == 0 && signal_of_load64(moved) == SIGSEGV, "munmap() of a longer range takes it too");
}

/* Cuts pages out of a mapping of the disk's registers, and maps others over it. */
static void pieces(int disk, size_t size)
{
	char *registers = map(disk, size, PROT_READ | PROT_WRITE), *other = map_device(), *moved;
	size_t last = size - PAGE + 0x30;
	uint64_t value = 1;

	ok(pread(disk, &value, sizeof(value), (off_t)last) == sizeof(value) && load64(registers + last) == value,
	   "the last page of a BAR");
	if (size >= 4 * PAGE) {
		ok(munmap(registers + PAGE, PAGE) == 0 && signal_at(registers + PAGE) == SIGSEGV &&
			   load64(registers + last) == value && load64(registers) != 0,
		   "munmap() in the middle leaves both ends");
		moved = mremap(registers + 2 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other);
		ok(moved == other && pread(disk, &value, sizeof(value), (off_t)(2 * PAGE)) == sizeof(value) &&
			   load64(other) == value && signal_at(registers + 2 * PAGE) == SIGSEGV &&
			   load32(other) != STCE_DMATEST_MAGIC_VALUE,
		   "a page of it moves over registers of another device");
	} else {
		ok_skip("munmap() in the middle leaves both ends", "the BAR has one page");
		ok_skip("a page of it moves over registers of another device", "the BAR has one page");
	}
	errno = 0;
	moved = mmap(other, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, device, 0);
	ok(moved == MAP_FAILED && errno == EEXIST, "MAP_FIXED_NOREPLACE replaces none");
	if (moved != MAP_FAILED)
		munmap(moved, PAGE);
	munmap(registers, size);
	munmap(other, PAGE);
}

static void *first_access(void *argument)
{
	errno = EXDEV;
	return (void *)(uintptr_t)(load32(bar) == STCE_DMATEST_MAGIC_VALUE && errno == EXDEV);
}

static void errno_is_kept(void)
{
	pthread_t thread;
	void *kept = NULL;

	pthread_create(&thread, NULL, first_access, NULL);
	pthread_join(thread, &kept);
	ok(kept, "a load leaves errno alone, also a thread's first");
}

static void protections(void)
{
	char *area = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *middle = area + PAGE;

	ok(mmap(middle, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, device, 0) == middle, "between two pages");
	ok(mprotect(middle, PAGE, PROT_READ) == 0 && load32(middle) == STCE_DMATEST_MAGIC_VALUE &&
		   signal_of_store(middle + TABLE) == SIGSEGV && caught.address == middle + TABLE &&
		   caught.code == SEGV_ACCERR,
	   "mprotect() for reading: loads go on, and a store is SIGSEGV");
	ok(mprotect(middle, PAGE, PROT_NONE) == 0 && signal_at(middle) == SIGSEGV, "for nothing: a load is SIGSEGV");
	ok(mprotect(area, 3 * PAGE, PROT_READ | PROT_WRITE) == 0 && (area[0] = area[2 * PAGE] = 9) == 9 &&
		   load32(middle) == STCE_DMATEST_MAGIC_VALUE,
	   "for writing, with the pages around it: registers stay registers");
	store32(middle + TABLE, 123);
	ok(load32(bar + TABLE) == 123, "and are written again");
	ok(munmap(area + 2 * PAGE, PAGE) == 0 && fails(mprotect(area, 3 * PAGE, PROT_READ), ENOMEM) &&
		   signal_of_store(middle + TABLE) == SIGSEGV,
	   "a hole behind it is ENOMEM, after the rest was changed");
	munmap(area, 2 * PAGE);
	area = map(device, PAGE, PROT_READ);
	ok(load32(area) == STCE_DMATEST_MAGIC_VALUE && signal_of_store(area + TABLE) == SIGSEGV &&
		   mprotect(area, PAGE, PROT_READ | PROT_WRITE) == 0,
	   "a mapping for reading can be opened for writing");
	munmap(area, PAGE);
}

static int child_of(char *registers)
{
	if (signal_at(registers) != SIGBUS || caught.code != BUS_ADRERR || caught.address != registers)
		return 1;
	if (mprotect(registers, PAGE, PROT_READ) || signal_at(registers) != SIGBUS)
		return 2;
	if (munmap(registers, PAGE) || signal_at(registers) != SIGSEGV)
		return 3;
	registers = map_device();
	return registers != MAP_FAILED && load32(registers) == STCE_DMATEST_MAGIC_VALUE ? 0 : 4;
}

static void children(void)
{
	pid_t child = fork();

	if (!child)
		_exit(child_of(bar));
	ok(status_of_child(child) == 0, "in a forked child a load is SIGBUS, and the mapping can be removed and made anew [DIFF-30]");
	ok(load32(bar) == STCE_DMATEST_MAGIC_VALUE, "the parent's is as it was");
}

static void without_answer(void)
{
	ok(set_command(0) && signal_at(bar + 4) == SIGBUS && caught.code == BUS_ADRERR && caught.address == bar + 4 &&
		   signal_of_store(bar + TABLE) == SIGBUS,
	   "without memory decoding a load and a store are SIGBUS, at their address");
	ok(set_command(6) && load32(bar) == STCE_DMATEST_MAGIC_VALUE, "with it the registers answer again");
	store32(bar + STCE_DMATEST_PATTERN, 99);
	ok(ioctl(device, VFIO_DEVICE_RESET) == 0 && load32(bar + STCE_DMATEST_PATTERN) == 0, "a reset clears a mapped register");
}

static atomic_bool stop;
static _Atomic(char *) current;
static atomic_uint others, faults, ready;

/* Only registers and SIGSEGV may be met, whatever the main thread does with the page. */
static void *access_always(void *argument)
{
	/* What a thread needs at its first access must not take the place of the page. */
	load32(bar);
	atomic_fetch_add(&ready, 1);
	while (!atomic_load(&stop)) {
		const char *at = atomic_load(&current);
		volatile uint32_t value = 0;
		int number = signal_of_load(at, &value);

		if (number)
			atomic_fetch_add(&faults, 1);
		if ((number && number != SIGSEGV) || (!number && value != STCE_DMATEST_MAGIC_VALUE))
			atomic_fetch_add(&others, 1);
	}
	return NULL;
}

static void torn_away(void)
{
	pthread_t threads[2];

	atomic_store(&current, map_device());
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, access_always, NULL);
	while (atomic_load(&ready) < 2)
		sched_yield();
	for (int i = 0; i < 2000; i++) {
		char *old = atomic_load(&current), *made;

		munmap(old, PAGE);
		if (i % 50 == 0)
			usleep(100);
		made = map_device();
		atomic_store(&current, made);
		if (i % 3 == 0)
			mmap(made, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, device, 0);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	printf("# %u loads met no mapping\n", atomic_load(&faults));
	ok(!atomic_load(&others) && atomic_load(&faults), "threads that load while the page comes and goes meet registers and SIGSEGV only");
	munmap(atomic_load(&current), PAGE);
}

static void *load_always(void *argument)
{
	uintptr_t wrong = 0;

	while (!atomic_load(&stop))
		wrong += signal_at(argument) || 0;
	return (void *)wrong;
}

/* (X1) On Linux the new mapping takes the old one's place at one instant. */
static void replaced(void)
{
	char *place = map_device();
	pthread_t thread;
	void *faulted;

	atomic_store(&stop, false);
	pthread_create(&thread, NULL, load_always, place);
	for (int i = 0; i < 2000; i++)
		if (i % 2)
			mmap(place, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, device, 0);
		else
			mmap(place, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	atomic_store(&stop, true);
	pthread_join(thread, &faulted);
	ok(!faulted, "where memory and registers replace each other, no load faults");
	munmap(place, PAGE);
}

static void outlives(void)
{
	ok(close(device) == 0 && load32(bar) == STCE_DMATEST_MAGIC_VALUE, "a mapping works after close() of the device");
	store32(bar + TABLE, 5);
	ok(load32(bar + TABLE) == 5 && fails(ioctl(group, VFIO_GROUP_UNSET_CONTAINER), EBUSY),
	   "its registers can be written, and the group is in use");
	ok(munmap(bar, PAGE) == 0 && ioctl(group, VFIO_GROUP_UNSET_CONTAINER) == 0, "until it is unmapped");
}

int main(void)
{
	char *registers;
	size_t size = 0;
	int disk = -1;

	ok(open_device() && (bar = map_device()) != MAP_FAILED, "the registers of a device are mapped");
	catch_faults(0);
	regions();
	refused_mappings();
	registers = map_disk(&disk, &size);
	ok(registers != MAP_FAILED, "and those of a disk");
	same_by_call(device, "dmatest");
	same_by_call(disk, "nvme");
	stores();
	two_threads();
	by_other_calls();
	hundred_mappings();
	moves(disk, registers, size);
	pieces(disk, size);
	protections();
	errno_is_kept();
	children();
	without_answer();
	torn_away();
	replaced();
	outlives();
	return ok_end();
}
