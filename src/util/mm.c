/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the mm of this process (mm.h). It is drawn at its first use, and again in each forked child and
 * after each exec. It lies in a page that the kernel wipes in a forked child, because a program can
 * also fork without libc's handlers.
 */
#include "util/mm.h"

#include <pthread.h>
#include <sys/mman.h>

#include "util/os.h"

/*
 * An mm is also the number of a byte in a file (util/life.h), so it is below 2^63. Low bytes have
 * other uses.
 */
#define MM_LOW  bit64(40)
#define MM_HIGH bit64(62)

static _Atomic(uint64_t) fallback;          /* before the first use, and for kernels without MADV_WIPEONFORK */
_Atomic(_Atomic(uint64_t) *) mm_place_ = &fallback;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint64_t make_mm(void)
{
	uint64_t random = 0;

	/*
	 * No kernel that we know lacks random numbers. Without them the time and the process ID
	 * must do.
	 */
	if (os_random(&random, sizeof(random)))
		random = os_now_ns() ^ (uint64_t)os_getpid() << 41;
	return MM_LOW + random % (MM_HIGH - MM_LOW);
}

void mm_after_fork_in_child(void)
{
	atomic_store(atomic_load(&mm_place_), 0);
}

static _Atomic(uint64_t) *make_page(void)
{
	size_t size = (size_t)1 << os_page_shift();
	void *page = os_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (os_is_error(page))
		return &fallback;
	if (os_madvise(page, size, MADV_WIPEONFORK)) {
		os_munmap(page, size);
		return &fallback;
	}
	return page;
}

static void init_page(void)
{
	atomic_store(&mm_place_, make_page());
}

/* If several threads draw at once, all get the mm that was stored first. */
uint64_t mm_draw_(void)
{
	uint64_t mm = make_mm(), now = 0;

	pthread_once(&once, init_page);
	return atomic_compare_exchange_strong(atomic_load(&mm_place_), &now, mm) ? mm : now;
}

bool mm_is_possible(uint64_t mm)
{
	return mm >= MM_LOW && mm < MM_HIGH;
}
