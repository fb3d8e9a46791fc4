/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that has mapped registers keeps its own handlers of SIGSEGV and SIGBUS, its masks and its
 * alternate stacks: it sees what it has set, and its own faults do what they do on Linux.
 */
#include "registers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <ucontext.h>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

static char *bar;
static char *nothing;      /* a page without access */

/* The compiler must not move this store. */
static void touch(void)
{
	*(volatile char *)nothing = 1;
}

static bool answers(void)
{
	return load32(bar) == STCE_DMATEST_MAGIC_VALUE;
}

static void nothing_to_do(int number)
{
}

static void own_handlers(void)
{
	struct sigaction action = { .sa_sigaction = jump_out, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART }, seen;

	sigaddset(&action.sa_mask, SIGUSR1);
	sigaddset(&action.sa_mask, SIGBUS);
	ok(sigaction(SIGSEGV, &action, NULL) == 0 && answers() && sigaction(SIGSEGV, NULL, &seen) == 0 &&
		   seen.sa_sigaction == jump_out && seen.sa_flags == action.sa_flags && sigismember(&seen.sa_mask, SIGUSR1) &&
		   sigismember(&seen.sa_mask, SIGBUS) && !sigismember(&seen.sa_mask, SIGUSR2),
	   "a program sees its handler, its flags and its mask");
	ok(signal(SIGSEGV, SIG_IGN) == (sighandler_t)(void *)jump_out && signal(SIGSEGV, nothing_to_do) == SIG_IGN &&
		   signal(SIGSEGV, SIG_DFL) == nothing_to_do && signal(SIGSEGV, SIG_ERR) == SIG_ERR && answers(),
	   "signal() answers what was there");
	ok(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR1, NULL, &seen) == 0 &&
		   sigismember(&seen.sa_mask, SIGBUS) && signal(SIGUSR1, SIG_DFL) != SIG_ERR,
	   "and the mask of another signal's handler");
}

static void jumps(void)
{
	unsigned int caught_count = 0;

	catch_faults(0);
	for (int i = 0; i < 100; i++)
		caught_count += signal_at(nothing) == SIGSEGV && caught.address == nothing && answers();
	ok(caught_count == 100, "a handler of the program's own faults may be left by siglongjmp(), often");
}

static volatile sig_atomic_t handled;
static volatile uint32_t value_in_handler;
/* A load needs room for a second frame of the kernel on the handler's stack. */
static bool loads_in_handler = true;
static const char *volatile stack_in_handler;

static void open_page(int number, siginfo_t *info, void *context)
{
	char here;

	stack_in_handler = &here;
	value_in_handler = loads_in_handler ? load32(bar) : STCE_DMATEST_MAGIC_VALUE;
	handled++;
	mprotect(nothing, PAGE, PROT_READ | PROT_WRITE);
}

static void handle_by_opening(int flags)
{
	struct sigaction action = { .sa_sigaction = open_page, .sa_flags = SA_SIGINFO | flags };

	sigaction(SIGSEGV, &action, NULL);
	mprotect(nothing, PAGE, PROT_NONE);
	handled = 0;
	value_in_handler = 0;
}

static void handlers_that_return(void)
{
	handle_by_opening(0);
	touch();
	ok(handled == 1 && nothing[0] == 1 && value_in_handler == STCE_DMATEST_MAGIC_VALUE,
	   "a handler may make the fault good, and load a register");
	mprotect(nothing, PAGE, PROT_NONE);
	catch_faults(0);
}

/* Returns what the kernel needs for a handler. */
static size_t frame_size(void)
{
	size_t told = getauxval(AT_MINSIGSTKSZ), usual = (size_t)MINSIGSTKSZ;

	return told > usual ? told : usual;
}

/* Returns memory that begins behind a page without access. */
static char *guarded(size_t size)
{
	char *memory = mmap(NULL, PAGE + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(memory, PAGE, PROT_NONE);
	return memory + PAGE;
}

/* A command takes some KiB of stack. Nothing is mapped for the device. */
static bool commands_fault(void)
{
	store64(bar + STCE_DMATEST_LENGTH, 8);
	store32(bar + STCE_DMATEST_COMMAND, STCE_DMATEST_FILL);
	return load32(bar + STCE_DMATEST_STATUS) == STCE_DMATEST_FAULTED;
}

static bool works_on(size_t size)
{
	char *memory = guarded(size);
	stack_t ours = { .ss_sp = memory, .ss_size = size }, none = { .ss_flags = SS_DISABLE };
	bool works;

	if (sigaltstack(&ours, NULL))
		return false;
	loads_in_handler = size > 2 * frame_size() + 4096;
	handle_by_opening(SA_ONSTACK);
	works = answers() && commands_fault() && !handled;
	touch();
	works = works && handled == 1 && value_in_handler == STCE_DMATEST_MAGIC_VALUE && stack_in_handler >= memory &&
		stack_in_handler < memory + size;
	handle_by_opening(0);
	touch();
	works = works && handled == 1 && !(stack_in_handler >= memory && stack_in_handler < memory + size);
	catch_faults(SA_ONSTACK);
	mprotect(nothing, PAGE, PROT_NONE);
	for (int i = 0; i < 10; i++)
		works = works && signal_at(nothing) == SIGSEGV && answers();
	works = works && signal_at(nothing) == SIGSEGV;
	sigaltstack(&none, NULL);
	catch_faults(0);
	munmap(memory - PAGE, PAGE + size);
	return works;
}

/* The kernel needs more for its own frame on processors with long vectors, and a handler needs some too. */
static size_t smallest_stack(size_t size)
{
	size_t needed = frame_size() + 1024;

	return size > needed ? size : needed;
}

static void alternate_stacks(void)
{
	ok(works_on(smallest_stack(2048)), "an alternate stack of 2 KiB, or what the kernel needs");
	ok(works_on(smallest_stack(4096)), "of 4 KiB");
	ok(works_on(65536), "of 64 KiB");
}

/* The access uses a stack of its own, while the alternate stack is off. */
static void stacks_come_back(void)
{
	char *memory = guarded(65536);
	stack_t ours = { .ss_sp = memory, .ss_size = 65536 }, none = { .ss_flags = SS_DISABLE }, now;

	sigaltstack(&ours, NULL);
	catch_faults(SA_ONSTACK);
	ok(set_command(0) && signal_at(bar) == SIGBUS && sigaltstack(NULL, &now) == 0 && now.ss_sp == memory &&
		   now.ss_flags == 0 && set_command(6) && answers(),
	   "when a register does not answer, the handler finds the alternate stack, and leaves it there");
	sigaltstack(&none, NULL);
	catch_faults(0);
}

#define THREADS 1000

static long mapped_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (!file || fscanf(file, "%ld", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages;
}

static void *load_once(void *argument)
{
	return (void *)(uintptr_t)answers();
}

static bool thread_loads(void)
{
	pthread_t thread;
	void *result = NULL;

	return pthread_create(&thread, NULL, load_once, NULL) == 0 && pthread_join(thread, &result) == 0 && result;
}

static void threads_end(void)
{
	bool loaded = thread_loads();
	long before = mapped_pages();

	for (int i = 0; i < THREADS; i++)
		loaded = loaded && thread_loads();
	ok(loaded && mapped_pages() - before < (long)(16384 * THREADS / PAGE),
	   "1000 threads load a register, and leave no memory behind");
}

static sigset_t one(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	return set;
}

static bool is_blocked(int number)
{
	sigset_t now;

	return pthread_sigmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, number) == 1;
}

static void *in_new_thread(void *argument)
{
	return (void *)(uintptr_t)(is_blocked(SIGSEGV) && is_blocked(SIGBUS) && is_blocked(SIGUSR1) && answers());
}

static void masks(void)
{
	sigset_t all, before, segv = one(SIGSEGV);
	pthread_t thread;
	void *result;

	sigfillset(&all);
	ok(sigprocmask(SIG_BLOCK, &segv, &before) == 0 && !sigismember(&before, SIGSEGV) && is_blocked(SIGSEGV) &&
		   !is_blocked(SIGBUS) && !is_blocked(SIGSTKFLT) && answers(),
	   "a thread that blocks SIGSEGV loads registers, and sees it blocked");
	ok(sigprocmask(SIG_UNBLOCK, &segv, &before) == 0 && sigismember(&before, SIGSEGV) && !is_blocked(SIGSEGV),
	   "it can unblock it");
	ok(pthread_sigmask(SIG_SETMASK, &all, &before) == 0 && answers() && is_blocked(SIGBUS) && is_blocked(SIGSTKFLT) &&
		   is_blocked(SIGTERM) && !is_blocked(SIGKILL) && !is_blocked(33),
	   "it can block all signals");
	pthread_create(&thread, NULL, in_new_thread, NULL);
	pthread_join(thread, &result);
	ok(result, "a new thread has its maker's mask, and loads registers");
	ok(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0 && !is_blocked(SIGBUS) && !is_blocked(SIGSTKFLT),
	   "the mask of before is set again");
	ok(pthread_sigmask(77, &all, NULL) == EINVAL && fails(sigprocmask(77, &all, NULL), EINVAL), "others are refused");
}

static volatile sig_atomic_t usr1;

static void load_in_handler(int number)
{
	usr1 = answers() && is_blocked(SIGUSR2);
}

static void other_handlers(void)
{
	struct sigaction action = { .sa_handler = load_in_handler };

	sigfillset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
	ok(raise(SIGUSR1) == 0 && usr1 == 1, "a handler whose mask has all signals loads registers");
}

static volatile sig_atomic_t sent;

static void on_sent(int number, siginfo_t *info, void *context)
{
	sent = info->si_code == SI_QUEUE ? info->si_value.sival_int : -1;
}

static volatile sig_atomic_t runs, running, deepest;

static void send_again(int number)
{
	running++;
	deepest = running > deepest ? running : deepest;
	if (++runs == 1)
		raise(number);
	running--;
}

static void sent_signals(void)
{
	struct sigaction action = { .sa_sigaction = on_sent, .sa_flags = SA_SIGINFO };
	sigset_t segv = one(SIGSEGV);

	sigaction(SIGSEGV, &action, NULL);
	ok(sigqueue(getpid(), SIGSEGV, (union sigval){ .sival_int = 7 }) == 0 && sent == 7, "SIGSEGV can be sent");
	sent = 0;
	sigprocmask(SIG_BLOCK, &segv, NULL);
	ok(sigqueue(getpid(), SIGSEGV, (union sigval){ .sival_int = 8 }) == 0 && !sent && answers() &&
		   sigprocmask(SIG_UNBLOCK, &segv, NULL) == 0 && sent == 8,
	   "while it is blocked it waits");
	signal(SIGSEGV, send_again);
	ok(raise(SIGSEGV) == 0 && runs == 2 && deepest == 1, "while its handler runs it waits, too");
	signal(SIGSEGV, SIG_IGN);
	ok(raise(SIGSEGV) == 0 && answers(), "if it is ignored nothing happens");
	catch_faults(0);
}

/* Returns the status of a child that does this. */
static int status_of(void (*act)(void))
{
	struct rlimit none = { 0, 0 };
	pid_t child = fork();

	if (!child) {
		setrlimit(RLIMIT_CORE, &none);
		act();
		_exit(0);
	}
	return status_of_child(child);
}

static void fault_by_default(void)
{
	signal(SIGSEGV, SIG_DFL);
	load32(nothing);
}

static void fault_ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	load32(nothing);
}

static void exit_3(int number)
{
	_exit(3);
}

static void fault_blocked(void)
{
	sigset_t segv = one(SIGSEGV);

	signal(SIGSEGV, exit_3);
	sigprocmask(SIG_BLOCK, &segv, NULL);
	load32(nothing);
}

static void fault_again(int number)
{
	static volatile sig_atomic_t depth;

	if (depth++)
		_exit(4);
	load32(nothing);
}

static void fault_in_handler(void)
{
	signal(SIGSEGV, fault_again);
	load32(nothing);
}

static void fault_in_handler_that_may(void)
{
	struct sigaction action = { .sa_handler = fault_again, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	load32(nothing);
}

static void fault_twice_with_reset(void)
{
	struct sigaction action = { .sa_sigaction = jump_out, .sa_flags = (int)(SA_SIGINFO | SA_RESETHAND) };

	sigaction(SIGSEGV, &action, NULL);
	if (signal_at(nothing) != SIGSEGV)
		_exit(5);
	load32(nothing);
}

/* The registers of the parent do not answer in a child. */
static void register_by_default(void)
{
	signal(SIGBUS, SIG_DFL);
	load32(bar);
}

static void register_handled(void)
{
	signal(SIGBUS, exit_3);
	load32(bar);
}

static void send_by_default(void)
{
	signal(SIGBUS, SIG_DFL);
	raise(SIGBUS);
}

static void ends(void)
{
	ok(status_of(fault_by_default) == 128 + SIGSEGV, "a fault of its own ends a program without a handler");
	ok(status_of(fault_ignored) == 128 + SIGSEGV, "and one that ignores it");
	ok(status_of(fault_blocked) == 128 + SIGSEGV, "and one that blocks it, whatever its handler");
	ok(status_of(fault_in_handler) == 128 + SIGSEGV, "and one whose handler faults");
	ok(status_of(fault_in_handler_that_may) == 4, "but not if that handler has SA_NODEFER");
	ok(status_of(fault_twice_with_reset) == 128 + SIGSEGV, "SA_RESETHAND resets the handler");
	ok(status_of(register_by_default) == 128 + SIGBUS, "a register that does not answer ends a program by SIGBUS");
	ok(status_of(register_handled) == 3, "or runs its handler");
	ok(status_of(send_by_default) == 128 + SIGBUS, "a signal that is sent ends it too");
}

static void change_context(int number, siginfo_t *info, void *context)
{
	ucontext_t *to = context;

	handled += sigismember(&to->uc_sigmask, SIGBUS) && sigismember(&to->uc_sigmask, SIGUSR2) &&
		   !sigismember(&to->uc_sigmask, SIGSEGV) && !sigismember(&to->uc_sigmask, SIGSTKFLT) &&
		   is_blocked(SIGSEGV) && is_blocked(SIGBUS) && is_blocked(SIGHUP);
	sigdelset(&to->uc_sigmask, SIGBUS);
	sigdelset(&to->uc_sigmask, SIGUSR2);
	sigaddset(&to->uc_sigmask, SIGSEGV);
	mprotect(nothing, PAGE, PROT_READ | PROT_WRITE);
}

static void contexts(void)
{
	struct sigaction action = { .sa_sigaction = change_context, .sa_flags = SA_SIGINFO };
	sigset_t some = one(SIGUSR2), segv = one(SIGSEGV);

	sigaddset(&some, SIGBUS);
	sigaddset(&action.sa_mask, SIGHUP);
	sigaction(SIGSEGV, &action, NULL);
	sigprocmask(SIG_BLOCK, &some, NULL);
	mprotect(nothing, PAGE, PROT_NONE);
	handled = 0;
	touch();
	ok(handled == 1 && !is_blocked(SIGUSR2) && !is_blocked(SIGBUS) && is_blocked(SIGSEGV) && answers(),
	   "a handler sees the mask to which it returns, and changes it");
	sigprocmask(SIG_UNBLOCK, &segv, NULL);
	mprotect(nothing, PAGE, PROT_NONE);
	catch_faults(0);
}

#define SIGNALS 2000

static atomic_uint alarms, alarms_bad;

static void on_alarm(int number)
{
	int saved = errno;

	atomic_fetch_add(&alarms, 1);
	if (!answers())
		atomic_fetch_add(&alarms_bad, 1);
	errno = saved;
}

static void *send_often(void *target)
{
	while (atomic_load(&alarms) < SIGNALS) {
		pthread_kill(*(pthread_t *)target, SIGUSR1);
		usleep(20);
	}
	return NULL;
}

/* The signal comes in the middle of an access, too; the handler is on an alternate stack, as the access may be. */
static void signals_meanwhile(void)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_ONSTACK | SA_RESTART };
	size_t size = 65536;
	stack_t ours = { .ss_sp = malloc(size), .ss_size = size };
	pthread_t self = pthread_self(), sender;
	unsigned int bad = 0;

	sigaltstack(&ours, NULL);
	catch_faults(SA_ONSTACK);
	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&sender, NULL, send_often, &self);
	for (uint32_t i = 0; atomic_load(&alarms) < SIGNALS; i++) {
		store32(bar + TABLE, i);
		bad += load32(bar + TABLE) != i;
	}
	pthread_join(sender, NULL);
	ok(!bad && !atomic_load(&alarms_bad), "2000 signals come between accesses, and load registers themselves");
	signal(SIGUSR1, SIG_IGN);
}

int main(void)
{
	struct sigaction before, early = { .sa_handler = load_in_handler };
	sigset_t segv = one(SIGSEGV);

	sigfillset(&early.sa_mask);
	sigaction(SIGUSR2, &early, NULL);
	nothing = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	signal(SIGSEGV, nothing_to_do);
	sigprocmask(SIG_BLOCK, &segv, NULL);
	ok(open_device() && (bar = map_device()) != MAP_FAILED && answers(), "registers are mapped, with SIGSEGV blocked");
	ok(is_blocked(SIGSEGV) && sigaction(SIGSEGV, NULL, &before) == 0 && before.sa_handler == nothing_to_do,
	   "what was set before the first mapping is there after it");
	sigprocmask(SIG_UNBLOCK, &segv, NULL);
	ok(raise(SIGUSR2) == 0 && usr1 == 1 && sigaction(SIGUSR2, NULL, &before) == 0 &&
		   sigismember(&before.sa_mask, SIGSEGV) && sigismember(&before.sa_mask, SIGBUS),
	   "a handler that was set before it, with all signals in its mask, loads registers");
	own_handlers();
	jumps();
	handlers_that_return();
	alternate_stacks();
	stacks_come_back();
	threads_end();
	masks();
	other_handlers();
	sent_signals();
	ends();
	contexts();
	signals_meanwhile();
	return ok_end();
}
