/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worker is a thread that serves the queues, so that the thread that rings a doorbell need not
 * wait for the disk. It pays if that wait is much longer than it takes to wake a thread; mode auto
 * compares recent averages of the two. The worker is started when it is first wanted, and runs
 * until the function is freed. It begins to serve only while no thread quiesces the function.
 */
#include "nvme/worker.h"

#include <signal.h>

#include "nvme/serve.h"
#include "util/os.h"
#include "util/stats.h"

/* The average wake-up time begins with this. */
#define WAKE_NS      (70 * UINT64_C(1000))
/*
 * A hand-off delays a command by wake_ns, so it must be a small part of the time to serve a
 * doorbell.
 */
#define AUTO_FACTOR  4
/* A new value has a weight of one eighth in an average. */
#define AVERAGE_SHIFT 3

void nvme_worker_init(struct nvme *nvme)
{
	nvme->worker = (struct nvme_worker){ .mode = nvme->settings.iothread, .wake_ns = WAKE_NS };
	pthread_cond_init(&nvme->worker.wake, NULL);
	pthread_cond_init(&nvme->worker.idle, NULL);
}

void nvme_worker_fini(struct nvme *nvme)
{
	struct nvme_worker *w = &nvme->worker;

	pthread_mutex_lock(&nvme->fn.lock);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&nvme->fn.lock);
	if (w->exists)
		pthread_join(w->thread, NULL);
	backing_ring_free(w->ring);
	pthread_cond_destroy(&w->wake);
	pthread_cond_destroy(&w->idle);
}

static void average(uint64_t *of, uint64_t value)
{
	*of = *of - (*of >> AVERAGE_SHIFT) + (value >> AVERAGE_SHIFT);
}

void nvme_worker_learn(struct nvme *nvme, uint64_t ns)
{
	average(&nvme->worker.serve_ns, ns);
}

static void serve(struct nvme *nvme)
{
	struct nvme_worker *w = &nvme->worker;
	uint64_t start = os_now_ns();

	if (w->rung_ns)
		average(&w->wake_ns, start - w->rung_ns);
	w->rung_ns = 0;
	w->pending = false;
	w->busy = true;
	nvme_serve(nvme);
	w->busy = false;
	pthread_cond_broadcast(&w->idle);
	nvme_worker_learn(nvme, os_now_ns() - start);
}

static void *work(void *context)
{
	struct nvme *nvme = context;
	struct nvme_worker *w = &nvme->worker;

	pthread_mutex_lock(&nvme->fn.lock);
	while (!w->stop) {
		if (w->pending && !w->quiescers)
			serve(nvme);
		else
			pthread_cond_wait(&w->wake, &nvme->fn.lock);
	}
	pthread_mutex_unlock(&nvme->fn.lock);
	return NULL;
}

/*
 * Starts the worker if it does not exist, and returns whether it does. Signals are blocked in it,
 * because they are for the program's own threads.
 */
static bool start(struct nvme *nvme)
{
	struct nvme_worker *w = &nvme->worker;
	sigset_t all, before;

	if (w->exists)
		return true;
	sigfillset(&all);
	/*
	 * A device's access to memory that is gone raises these two, and util/guard.h handles them.
	 */
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	w->exists = pthread_create(&w->thread, NULL, work, nvme) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return w->exists;
}

static bool is_wanted(const struct nvme_worker *w)
{
	return w->mode == NVME_IOTHREAD_ON ||
	       (w->mode == NVME_IOTHREAD_AUTO && w->serve_ns > AUTO_FACTOR * w->wake_ns);
}

bool nvme_worker_takes(struct nvme *nvme)
{
	struct nvme_worker *w = &nvme->worker;

	if (w->busy) {
		w->pending = true;
		return true;
	}
	if (!is_wanted(w) || !start(nvme))
		return false;
	if (!w->pending) {
		w->pending = true;
		w->rung_ns = os_now_ns();
		pthread_cond_signal(&w->wake);
	}
	STATS_ADD(nvme->fn.pe->phb->stats, doorbells_handed, 1);
	return true;
}

void nvme_quiesce(struct function *fn)
{
	struct nvme_worker *w = &nvme_of(fn)->worker;

	w->quiescers++;
	while (w->busy)
		pthread_cond_wait(&w->idle, &fn->lock);
	w->quiescers--;
	if (w->pending && !w->quiescers)
		pthread_cond_signal(&w->wake);
}

void nvme_worker_finish(struct nvme *nvme)
{
	struct nvme_worker *w = &nvme->worker;

	while (w->busy || w->pending)
		pthread_cond_wait(&w->idle, &nvme->fn.lock);
}
