/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bounds of a thread's stack are looked up once. A coroutine that runs on a stack of its own is
 * recognized by the frame address, and the kernel copies for it.
 */
#include "util/user.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "util/os_copy.h"

#define STRING_STEP 64

__thread struct user_stack user_stack_ = { .low = UINTPTR_MAX };

static _Atomic(bool (*)(void)) in_handler;

void user_set_in_handler(bool (*fn)(void))
{
	atomic_store(&in_handler, fn);
}

static void find_stack(void)
{
	pthread_attr_t attributes;
	void *low = NULL;
	size_t size = 0;

	user_stack_.high = 1;
	if (pthread_getattr_np(pthread_self(), &attributes))
		return;
	if (!pthread_attr_getstack(&attributes, &low, &size) && size) {
		user_stack_.low = (uintptr_t)low;
		user_stack_.high = (uintptr_t)low + size;
	}
	pthread_attr_destroy(&attributes);
}

/* A thread's first call may be one that leaves errno alone (file_ops.quick_ioctl). */
void user_find_stack_(void)
{
	bool (*is_in_handler)(void) = atomic_load(&in_handler);
	int saved = errno;

	if (is_in_handler && is_in_handler())
		return;
	find_stack();
	errno = saved;
}

int user_read_elsewhere_(void *to, const void *from, size_t size)
{
	struct iovec local = { to, size }, remote = { (void *)from, size };

	return os_copy_from(&local, 1, &remote, 1) == (ssize_t)size ? 0 : -EFAULT;
}

int user_write_elsewhere_(void *to, const void *from, size_t size)
{
	struct iovec local = { (void *)from, size }, remote = { to, size };

	return os_copy_to(&local, 1, &remote, 1) == (ssize_t)size ? 0 : -EFAULT;
}

int user_read_string(char *to, const char *from, size_t size)
{
	size_t done = 0;

	while (done < size) {
		/* This is a number, because the pointer may be NULL, or wrap. */
		uintptr_t at = (uintptr_t)from + done;
		/*
		 * A step must not cross into the next page, which may be missing behind the end of
		 * the string.
		 */
		size_t step = min_u64(size - done, STRING_STEP - at % STRING_STEP);

		if (user_read(to + done, (const void *)at, step))
			return -EFAULT;
		if (memchr(to + done, 0, step))
			return 0;
		done += step;
	}
	return -EINVAL;
}
