/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs below `spapr-tce run --device nvme,addr=0000:01:00.0,group=1`, and measures a load and a store of a register
 * of the disk, whose BAR the program has mapped: each is a fault, and the preload's handler emulates it. Beside them
 * stands what pread(2) of the same register takes.
 *
 * The limit is the kernel's fault alone: the same instruction on a page that nobody may access, and a handler that
 * steps over it. It takes the place of the preload's handler in the kernel, with the flags and the mask of that one.
 * The limit leaves out to decode the instruction, to find the register, to carry the access out, and to keep errno.
 */
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "bench.h"

#define ADDRESS   "0000:01:00.0"
#define ROUNDS    101
#define WANTED_NS 1900
#define VS        0x08           /* NVMe's version, which never changes */
#define AQA       0x24           /* keeps what is stored while the controller is disabled */
#define SIZES     0x001f000f     /* a value for AQA */

/* A load and a store of 32 bits, of a fixed length in bytes. */
#if defined(__x86_64__)
#define LOAD   "movl (%1), %0"
#define STORE  "movl %0, (%1)"
#define VALUE  "a"
#define AT     "D"
#define LENGTH 2
#define PC     uc_mcontext.gregs[REG_RIP]
#elif defined(__aarch64__)
#define LOAD   "ldr %w0, [%1]"
#define STORE  "str %w0, [%1]"
#define VALUE  "r"
#define AT     "r"
#define LENGTH 4
#define PC     uc_mcontext.pc
#else /* ppc64le */
#define LOAD   "lwz %0, 0(%1)"
#define STORE  "stw %0, 0(%1)"
#define VALUE  "r"
#define AT     "b"
#define LENGTH 4
#define PC     uc_mcontext.gp_regs[32]
#endif

/* What rt_sigaction(2) takes; the rest, in the order of each processor, is flags and the mask. */
struct kernel_action {
	void (*handler)(int number, siginfo_t *info, void *context);
	unsigned long rest[15];
};

static struct kernel_action emulating, stepping;
static int device;
static off_t bar_offset;
static char *bar, *forbidden;
static char *page;               /* the one of both that is accessed now */

static uint32_t load(const char *at)
{
	uint32_t value;

	__asm__ volatile(LOAD : "=" VALUE(value) : AT(at) : "memory");
	return value;
}

static void store(char *at, uint32_t value)
{
	__asm__ volatile(STORE : : VALUE(value), AT(at) : "memory");
}

static void step_over(int number, siginfo_t *info, void *context)
{
	((ucontext_t *)context)->PC += LENGTH;
}

/* The preload watches what libc's sigaction() sets, but no system call. */
static void act(const struct kernel_action *set, struct kernel_action *get)
{
	bench_need(!syscall(SYS_rt_sigaction, SIGSEGV, set, get, 8), "rt_sigaction");
}

static void use_bar(void *context, uint64_t n)
{
	page = bar;
	act(&emulating, NULL);
}

static void use_forbidden(void *context, uint64_t n)
{
	page = forbidden;
	act(&stepping, NULL);
}

static void loads(void *context, uint64_t n)
{
	while (n--)
		bench_use(load(page + VS));
}

static void stores(void *context, uint64_t n)
{
	while (n--)
		store(page + AQA, SIZES);
}

static uint32_t read_register(off_t at)
{
	uint32_t value = 0;

	bench_need(pread(device, &value, sizeof(value), bar_offset + at) == sizeof(value), "pread");
	return value;
}

static void reads(void *context, uint64_t n)
{
	while (n--)
		bench_use(read_register(VS));
}

static off_t region(uint32_t index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	bench_need(!ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info), "VFIO_DEVICE_GET_REGION_INFO");
	return (off_t)info.offset;
}

/* The container and the group stay open as long as the program runs. */
static void open_device(void)
{
	int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC), group = open("/dev/vfio/1", O_RDWR | O_CLOEXEC);
	uint16_t command = PCI_COMMAND_MEMORY;

	bench_need(container >= 0 && group >= 0, "run this below spapr-tce run --device nvme,addr=" ADDRESS ",group=1");
	bench_need(!ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) &&
		   !ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU), "set the container up");
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS);
	bench_need(device >= 0, "group 1 has no " ADDRESS);
	bar_offset = region(VFIO_PCI_BAR0_REGION_INDEX);
	bench_need(pwrite(device, &command, sizeof(command), region(VFIO_PCI_CONFIG_REGION_INDEX) + PCI_COMMAND) ==
		   sizeof(command), "the command register");
}

static void map_pages(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);

	bar = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, device, bar_offset);
	forbidden = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bench_need(bar != MAP_FAILED && forbidden != MAP_FAILED, "mmap");
	act(NULL, &emulating);
	stepping = emulating;
	stepping.handler = step_over;
}

/* What is measured is an access of the device, by both ways. */
static void check(void)
{
	bench_need(load(bar + VS) == read_register(VS), "a load finds another version than pread");
	store(bar + AQA, SIZES);
	bench_need(read_register(AQA) == SIZES, "a store has not reached AQA");
}

int main(void)
{
	bench_set(ROUNDS, false);
	bench_print_machine();
	open_device();
	map_pages();
	check();
	bench_begin(NULL, "fault");
	bench_section("registers of an NVMe disk");
	bench_run(&(struct bench_row){
		.name = "load where the BAR is mapped", .unit = "access", .ours = loads, .least = loads,
		.before_ours = use_bar, .before_least = use_forbidden, .most_ns = WANTED_NS,
	});
	bench_run(&(struct bench_row){
		.name = "store where the BAR is mapped", .unit = "access", .ours = stores, .least = stores,
		.before_ours = use_bar, .before_least = use_forbidden, .most_ns = WANTED_NS,
	});
	bench_run(&(struct bench_row){ .name = "pread(2) of the same register", .unit = "call", .ours = reads });
	return 0;
}
