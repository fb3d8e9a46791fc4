/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signal handlers make the same calls that they interrupt, because a handler may make any system
 * call. Each pair runs in a process of its own, which must end. Symptom: the program hung after
 * some tens of signals, waiting for a lock of its own.
 */
#include "program.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/time.h>

#define SIGNALS    200
#define LIMIT_S    60
#define PAGE       ((size_t)getpagesize())
#define PAGE_COUNT 16

static int container, group, device;
static off_t config;
static char *memory;
static uint64_t window;

/* The handler and the interrupted code map at different places in the window. */
static bool map_and_unmap(unsigned int who)
{
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof(map), .flags = VFIO_DMA_MAP_FLAG_READ,
		.vaddr = (uintptr_t)memory, .iova = window + who * PAGE, .size = PAGE };
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap), .iova = map.iova, .size = PAGE };

	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map) == 0 && ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap) == 0;
}

static bool ask(unsigned int who)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };

	return ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info) == 0;
}

static bool register_memory(unsigned int who)
{
	struct vfio_iommu_spapr_register_memory memory_of = { .argsz = sizeof(memory_of),
		.vaddr = (uintptr_t)memory + (who + 1) * PAGE, .size = PAGE };

	return ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory_of) == 0 &&
	       ioctl(container, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &memory_of) == 0;
}

static bool read_device(unsigned int who)
{
	uint16_t vendor = 0;

	return pread(device, &vendor, sizeof(vendor), config) == sizeof(vendor) && vendor == 0x1234;
}

static bool open_and_close(unsigned int who)
{
	int fd = open_container();

	return fd >= 0 && ioctl(fd, VFIO_GET_API_VERSION) == 0 && close(fd) == 0;
}

static bool duplicate(unsigned int who)
{
	int fd = dup(container);

	return fd >= 0 && ioctl(fd, VFIO_GET_API_VERSION) == 0 && dup2(group, fd) == fd && close(fd) == 0;
}

/* These sizes are not in a thread's own store. */
static bool allocate(unsigned int who)
{
	static void *kept[64];
	static unsigned int turn;

	for (int i = 0; i < 64; i++, turn++) {
		free(kept[turn * 7 % 64]);
		kept[turn * 7 % 64] = malloc(1100 + turn * 977 % 20000);
		if (!kept[turn * 7 % 64])
			return false;
	}
	return true;
}

typedef bool (*call_fn)(unsigned int who);

static call_fn in_handler;
static volatile sig_atomic_t count, failed;

/* The timer always starts after the last signal, so that the code gets on before the next. */
static void set_timer(void)
{
	struct itimerval next = { .it_value = { .tv_usec = 20 + count * 37 % 200 } };

	setitimer(ITIMER_REAL, &next, NULL);
}

static void on_timer(int number)
{
	int saved = errno;

	if (!in_handler(1))
		failed = 1;
	count++;
	if (count < SIGNALS)
		set_timer();
	errno = saved;
}

static bool prepare(void)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	struct vfio_iommu_spapr_tce_create create = { .argsz = sizeof(create), .page_shift = (uint32_t)__builtin_ctzl(PAGE),
		.window_size = PAGE * PAGE_COUNT, .levels = 1 };
	struct vfio_iommu_spapr_register_memory first = { .argsz = sizeof(first), .size = PAGE };

	memory = mmap(NULL, PAGE * PAGE_COUNT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	first.vaddr = (uintptr_t)memory;
	if (!set_up(&container, &group) || ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &first) ||
	    ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create))
		return false;
	window = create.start_addr;
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS);
	if (device < 0 || ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		return false;
	config = (off_t)info.offset;
	return true;
}

static void *sleep_for_ever(void *argument)
{
	while (pause())
		;
	return NULL;
}

/*
 * malloc() takes its locks only if there are two threads. The thread begins with all signals blocked, because ASAN's
 * start of a thread holds a lock of its malloc(), and a handler that ran there would wait for it.
 */
static bool has_second_thread(void)
{
	sigset_t all, before;
	pthread_t thread;
	bool created;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	created = pthread_create(&thread, NULL, sleep_for_ever, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return created;
}

/* Runs in a process of its own. */
static int interrupt(call_fn outside, call_fn inside)
{
	if (!prepare() || !has_second_thread())
		return 2;
	in_handler = inside;
	signal(SIGALRM, on_timer);
	set_timer();
	while (count < SIGNALS)
		if (!outside(0))
			return 3;
	return failed ? 4 : 0;
}

/* Returns the status of a child, or -1 if it has not ended after this many seconds. */
static int status_in_time(pid_t child)
{
	for (int i = 0; i < LIMIT_S * 100; i++) {
		int status;

		if (waitpid(child, &status, WNOHANG) == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		usleep(10000);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return -1;
}

static bool ends_well(call_fn outside, call_fn inside)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(interrupt(outside, inside));
	status = status_in_time(child);
	if (status)
		printf("# status %d\n", status);
	return status == 0;
}

static const struct {
	const char *name;
	call_fn call;
} calls[] = {
	{ "MAP and UNMAP", map_and_unmap }, { "GET_INFO", ask }, { "REGISTER and UNREGISTER", register_memory },
	{ "pread", read_device }, { "open and close", open_and_close }, { "dup, dup2 and close", duplicate },
	{ "malloc and free", allocate },     /* the last one, because no handler may make these calls */
};

#define CALL_COUNT (sizeof(calls) / sizeof(calls[0]))

/* A signal's value must arrive, and programs see their own handlers. */

static volatile sig_atomic_t sum, value_sum;
static void *volatile address_seen;
static volatile pid_t sender;

static void on_value(int number, siginfo_t *info, void *context)
{
	sigset_t now;

	sum++;
	value_sum += info->si_code == SI_QUEUE && (!sender || info->si_pid == sender) ? info->si_value.sival_int : 1000000;
	sigprocmask(SIG_SETMASK, NULL, &now);
	address_seen = sigismember(&now, SIGUSR2) && sigismember(&now, number) && !sigismember(&now, SIGHUP) ?
			       context : NULL;
}

static int queue(pid_t to)
{
	for (int i = 0; i < SIGNALS; i++) {
		while (sigqueue(to, SIGRTMIN, (union sigval){ .sival_int = 1 }))
			usleep(100);
		usleep(50);
	}
	return 0;
}

static bool values_arrive(void)
{
	struct sigaction action = { .sa_sigaction = on_value, .sa_flags = SA_SIGINFO | SA_RESTART };
	pid_t parent = getpid(), child;
	int status;

	sigaddset(&action.sa_mask, SIGUSR2);
	sigaction(SIGRTMIN, &action, NULL);
	sender = child = fork();
	if (!child)
		_exit(queue(parent));
	while (sum < SIGNALS)
		if (!ask(0) || !register_memory(0))
			return false;
	return waitpid(child, &status, 0) == child && value_sum == SIGNALS && address_seen;
}

static void on_once(int number)
{
	sum++;
}

static void own_handlers(void)
{
	struct sigaction action = { .sa_handler = on_once, .sa_flags = (int)SA_RESETHAND }, seen;

	sum = 0;
	ok(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR1, NULL, &seen) == 0 && seen.sa_handler == on_once &&
		   seen.sa_flags & (int)SA_RESETHAND && !(seen.sa_flags & SA_SIGINFO),
	   "a program sees the handler that it has set, and its flags");
	ok(raise(SIGUSR1) == 0 && sum == 1 && sigaction(SIGUSR1, NULL, &seen) == 0 && seen.sa_handler == SIG_DFL,
	   "SA_RESETHAND resets the handler");
	ok(signal(SIGUSR1, on_once) == SIG_DFL && signal(SIGUSR1, SIG_IGN) == on_once && signal(SIGUSR1, SIG_DFL) == SIG_IGN,
	   "signal() answers what was there");
	ok(sigaction(SIGKILL, &action, NULL) == -1 && errno == EINVAL && sigaction(1000, &action, NULL) == -1 && errno == EINVAL,
	   "signals that cannot be caught are refused");
}

#define THREADS 50

static sem_t answered;

static void on_first_call(int number)
{
	int saved = errno;

	if (!read_device(0))
		failed = 1;
	sem_post(&answered);
	errno = saved;
}

static void *look_for_the_stack(void *stop)
{
	pthread_attr_t attributes;

	while (!atomic_load((atomic_bool *)stop))
		if (!pthread_getattr_np(pthread_self(), &attributes))
			pthread_attr_destroy(&attributes);
	return NULL;
}

/*
 * The handler interrupts code that has locks of the C library, so a thread's first call must not
 * take them.
 */
static bool first_call_ends(void)
{
	struct timespec limit;
	atomic_bool stop = false;
	pthread_t thread;

	if (pthread_create(&thread, NULL, look_for_the_stack, &stop))
		return false;
	usleep(200);
	pthread_kill(thread, SIGUSR2);
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += LIMIT_S;
	if (sem_timedwait(&answered, &limit))
		return false;
	atomic_store(&stop, true);
	return pthread_join(thread, NULL) == 0;
}

static void first_calls(void)
{
	struct sigaction action = { .sa_handler = on_first_call };
	int done = 0;

	sem_init(&answered, 0, 0);
	sigaction(SIGUSR2, &action, NULL);
	while (done < THREADS && first_call_ends())
		done++;
	ok(done == THREADS && !failed, "a thread's first call is in a handler that interrupts pthread_getattr_np()");
}

/* During a blocking call that is not ours the handler runs at once, and the call ends. */
static void reads_are_interrupted(void)
{
	struct sigaction action = { .sa_handler = on_once };
	struct itimerval soon = { .it_value = { .tv_usec = 20000 } };
	int pipes[2];
	char byte;

	sum = 0;
	sigaction(SIGALRM, &action, NULL);
	ok(pipe(pipes) == 0 && setitimer(ITIMER_REAL, &soon, NULL) == 0 && fails(read(pipes[0], &byte, 1), EINTR) && sum == 1,
	   "a read of a pipe that waits ends with EINTR");
}

static void check_the_rest(void)
{
	ok(prepare(), "a device");
	ok(values_arrive(), "each queued signal arrives, with its value and the handler's mask");
	own_handlers();
	reads_are_interrupted();
	first_calls();
}

/* ASAN's malloc() and free() replace the library's own, and hang if a handler interrupts them. */
#ifdef __SANITIZE_ADDRESS__
#define OUTSIDE_COUNT (CALL_COUNT - 1)
#else
#define OUTSIDE_COUNT CALL_COUNT
#endif

int main(void)
{
	for (size_t i = 0; i < OUTSIDE_COUNT; i++)
		for (size_t j = 0; j < CALL_COUNT - 1; j++) {
			char name[128];

			snprintf(name, sizeof(name), "a handler makes %s in the middle of %s", calls[j].name, calls[i].name);
			ok(ends_well(calls[i].call, calls[j].call), name);
		}
	if (OUTSIDE_COUNT < CALL_COUNT)
		ok_skip("a handler in the middle of malloc and free", "ASAN's own hang there");
	check_the_rest();
	return ok_end();
}
