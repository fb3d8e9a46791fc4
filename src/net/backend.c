/* SPDX-License-Identifier: BSD-2-Clause */
/* What several backends need. */
#include "net/backend.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/reason.h"

int net_refuse(char *why, int error, const char *format, ...)
{
	va_list args;

	if (why) {
		va_start(args, format);
		vsnprintf(why, NET_WHY_SIZE, format, args);
		va_end(args);
	}
	return error;
}

int net_thread_start(pthread_t *thread, void *(*fn)(void *context), void *context)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(thread, NULL, fn, context);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r ? REASON(-EAGAIN, "the system makes no thread for a network port") : 0;
}
