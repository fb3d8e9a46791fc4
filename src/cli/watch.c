/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits for the program and handles signals. The program shares our terminal and process group, so
 * it receives SIGINT and SIGQUIT from the terminal itself, and we ignore them to outlive it.
 * SIGTERM and SIGHUP are passed on, because they may have been sent to us alone.
 */
#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_NS 100000000

static int make_timer(void)
{
	const struct itimerspec often = {
		.it_interval.tv_nsec = LOOK_NS,
		.it_value.tv_nsec = LOOK_NS,
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (fd >= 0)
		timerfd_settime(fd, 0, &often, NULL);
	return fd;
}

int watch_init(struct watch *watch)
{
	static const int numbers[] = { SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, &watch->before);
	watch->signals = signalfd(-1, &set, SFD_CLOEXEC);
	watch->timer = make_timer();
	if (watch->signals >= 0 && watch->timer >= 0)
		return 0;
	watch_fini(watch);
	return -errno;
}

void watch_fini(struct watch *watch)
{
	int saved = errno;

	close(watch->signals);
	close(watch->timer);
	sigprocmask(SIG_SETMASK, &watch->before, NULL);
	errno = saved;
}

static void pass_signal_on(struct watch *watch, pid_t child)
{
	struct signalfd_siginfo info;

	if (read(watch->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGHUP)
		kill(child, (int)info.ssi_signo);
}

/* Asks waitpid() in every round, because several SIGCHLD may become one. */
static bool has_ended(pid_t child, int *status)
{
	pid_t r = waitpid(child, status, WNOHANG);

	return r == child || (r < 0 && errno != EINTR);
}

int watch_child(struct watch *watch, pid_t child, void (*look)(void *context), void *context)
{
	struct pollfd files[] = {
		{ .fd = watch->signals, .events = POLLIN },
		{ .fd = watch->timer, .events = POLLIN },
	};
	uint64_t ticks;
	int status = 0;

	while (!has_ended(child, &status)) {
		if (poll(files, 2, -1) < 0)
			continue;
		if (files[0].revents)
			pass_signal_on(watch, child);
		if (files[1].revents && read(watch->timer, &ticks, sizeof(ticks)) > 0)
			look(context);
	}
	look(context);
	return status;
}
