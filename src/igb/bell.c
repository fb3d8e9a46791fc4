/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bell is rung by a driver that writes a tail, by the port, and by a change of what the worker
 * waits for. Ringing takes no lock unless the worker sleeps, and then only bell_lock, inside which
 * nothing else is called. A bell that rings while the worker falls asleep wakes it, because each side
 * writes its own flag before it reads the other's.
 */
#include "igb/bell.h"

#include <errno.h>
#include <time.h>

/*
 * Before it sleeps the worker listens for about 20 us, because waking up from sleep takes longer. That only pays if the
 * bell mostly rings within this time: each time that it rings raises the credit by one, and each time that it does not
 * lowers it. Without credit the worker sleeps at once, except that it listens every DEAF_MAX-th time to find out
 * whether listening would pay again.
 */
#define LOOKS      500
#define CREDIT_MAX 8
#define DEAF_MAX   16

void igb_bell_init(struct igb_worker *w)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&w->bell, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&w->bell_lock, NULL);
	w->credit = CREDIT_MAX;
}

void igb_bell_fini(struct igb_worker *w)
{
	pthread_cond_destroy(&w->bell);
	pthread_mutex_destroy(&w->bell_lock);
}

void igb_ring_bell(struct igb *igb)
{
	struct igb_worker *w = &igb->worker;

	if (atomic_exchange(&w->rung, true) || !atomic_load(&w->sleeps))
		return;
	pthread_mutex_lock(&w->bell_lock);
	pthread_cond_signal(&w->bell);
	pthread_mutex_unlock(&w->bell_lock);
}

/* Sleeps until the bell rings, or until the given time if that is not 0. */
static void sleep_until(struct igb_worker *w, uint64_t ns)
{
	const struct timespec when = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
	int r = 0;

	pthread_mutex_lock(&w->bell_lock);
	atomic_store(&w->sleeps, true);
	while (!atomic_load(&w->rung) && r != ETIMEDOUT)
		r = ns ? pthread_cond_timedwait(&w->bell, &w->bell_lock, &when) :
			 pthread_cond_wait(&w->bell, &w->bell_lock);
	atomic_store(&w->sleeps, false);
	pthread_mutex_unlock(&w->bell_lock);
}

/* Looks whether the bell rings, for a while, and returns whether it did. */
static bool listen(struct igb_worker *w)
{
	for (unsigned int i = 0; i < LOOKS; i++) {
		if (atomic_load_explicit(&w->rung, memory_order_relaxed))
			return true;
#if defined(__x86_64__)
		__builtin_ia32_pause();
#endif
	}
	return false;
}

/* Listens if that is worth it. */
static bool try_to_listen(struct igb_worker *w)
{
	bool hears;

	if (!w->credit && ++w->deaf % DEAF_MAX)
		return false;
	hears = listen(w);
	if (hears && w->credit < CREDIT_MAX)
		w->credit++;
	else if (!hears && w->credit)
		w->credit--;
	return hears;
}

void igb_bell_wait(struct igb_worker *w, uint64_t ns)
{
	if (!try_to_listen(w))
		sleep_until(w, ns);
}
