/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worker moves frames in batches, without the function's lock, and tells of them with the lock
 * held. When there is nothing to do it looks around for a short time, because a driver that is
 * busy has more soon, and then it sleeps until the bell rings or a held-back interrupt is due.
 */
#include "igb/worker.h"

#include <signal.h>

#include "igb/bell.h"
#include "igb/interrupt.h"
#include "igb/ring.h"
#include "igb/rx.h"
#include "igb/tx.h"
#include "util/os.h"
#include "util/stats.h"

/* The worker looks for frames this many times before it asks the port to ring, because ringing costs the far end. */
#define IDLE_BATCHES 8
/*
 * While a frame waits in the port for a descriptor, the port has already told of it and does not tell of anything
 * else. The worker therefore wakes up from time to time and looks: often if it lacks room to send, too, and seldom
 * if only the link can change. It must not look all the time, because the guest that is to give descriptors needs
 * the processor. It needs no timer for the descriptors themselves, since the tail that the guest writes rings the bell.
 */
#define PATIENCE_ROOM_NS UINT64_C(1000000)
#define PATIENCE_LINK_NS UINT64_C(20000000)

void igb_worker_init(struct igb *igb)
{
	struct igb_worker *w = &igb->worker;

	igb_bell_init(w);
	pthread_cond_init(&w->idle, NULL);
	pthread_cond_init(&w->resume, NULL);
}

static void port_is_ready(void *context)
{
	igb_ring_bell(context);
}

const struct net_port_handler igb_port_handler = { .ready = port_is_ready };

static void look_for_link(struct igb *igb)
{
	bool link = net_port_link(igb->port), had = igb_has_link(igb);

	igb->link = link;
	if (had != igb_has_link(igb))
		igb->worker.causes |= IGB_ICR_LSC;
}

/* What a batch has found. */
struct found {
	bool moved;                    /* there may be more */
	bool must_look;                /* the port has something that it will not ring for */
	bool is_held, is_blocked;      /* as the card's, which belong to the worker only while it is busy */
	uint64_t wake_ns;              /* when an interrupt is due; 0: none is held back */
};

/* Runs without the lock. `is_last` tells that the worker is about to sleep. */
static void run_batch(struct igb *igb, bool is_last, struct found *found)
{
	look_for_link(igb);
	found->moved = igb_tx_serve(igb);
	found->moved |= igb_rx_serve(igb);
	found->is_held = igb->is_held;
	found->is_blocked = igb->worker.is_blocked;
	if (!found->moved && (is_last || igb->is_held))
		found->must_look = net_port_poll(igb->port);
}

static void tell_locked(struct igb *igb)
{
	struct igb_worker *w = &igb->worker;
	uint32_t causes = w->causes, tx = w->tx_done, rx = w->rx_done;

	w->causes = w->tx_done = w->rx_done = 0;
	if (causes)
		igb_cause(igb, causes);
	if (causes & IGB_ICR_LSC && igb->host)
		igb->host->link(igb);
	if (tx | rx)
		igb_cause_queues(igb, tx, rx);
	igb_interrupt_update(igb);
}

static struct found serve(struct igb *igb, bool is_last)
{
	struct igb_worker *w = &igb->worker;
	struct found found = { .wake_ns = 0 };

	pthread_mutex_lock(&igb->fn.lock);
	while (w->quiescers)
		pthread_cond_wait(&w->resume, &igb->fn.lock);
	if (igb->is_started) {
		igb_rings_take(igb);
		w->is_blocked = false;
		w->busy = true;
		pthread_mutex_unlock(&igb->fn.lock);
		run_batch(igb, is_last, &found);
		pthread_mutex_lock(&igb->fn.lock);
		w->busy = false;
	}
	tell_locked(igb);
	found.wake_ns = igb->interrupts.wake_ns;
	if (w->quiescers)
		pthread_cond_broadcast(&w->idle);
	pthread_mutex_unlock(&igb->fn.lock);
	return found;
}

/* Waits until there may be something to do. */
static void rest(struct igb *igb, const struct found *found)
{
	struct igb_worker *w = &igb->worker;
	uint64_t until = found->wake_ns, soon;

	if (found->must_look) {
		if (!found->is_held && !found->is_blocked)
			return;
		soon = os_now_ns() + (found->is_blocked ? PATIENCE_ROOM_NS : PATIENCE_LINK_NS);
		until = until && until < soon ? until : soon;
	}
	igb_bell_wait(w, until);
}

/*
 * A device's access to memory that is gone raises these two, and util/guard.h handles them. The
 * thread itself says so, because in a preload the mask that it has inherited may leave it open.
 */
static void let_faults_in(void)
{
	sigset_t faults;

	sigemptyset(&faults);
	sigaddset(&faults, SIGSEGV);
	sigaddset(&faults, SIGBUS);
	pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
}

static void *work(void *context)
{
	struct igb *igb = context;
	struct igb_worker *w = &igb->worker;
	unsigned int idle = 0;

	let_faults_in();
	while (!atomic_load(&w->stop)) {
		struct found found;

		atomic_store(&w->rung, false);
		found = serve(igb, idle == IDLE_BATCHES);
		if (found.moved)
			idle = 0;
		else if (found.is_held || idle++ == IDLE_BATCHES) {
			idle = 0;
			rest(igb, &found);
		}
	}
	return NULL;
}

/* Signals are blocked in the thread, because they are for the program's own threads. */
static bool start_thread(struct igb *igb)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&igb->worker.thread, NULL, work, igb);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r == 0;
}

void igb_worker_start(struct igb *igb)
{
	if (!igb->is_started && !net_port_start(igb->port)) {
		igb->is_started = true;
		igb->link = net_port_link(igb->port);
	}
	if (!igb->worker.exists)
		igb->worker.exists = start_thread(igb);
}

void igb_hold(struct igb *igb)
{
	struct igb_worker *w = &igb->worker;

	w->quiescers++;
	while (w->busy)
		pthread_cond_wait(&w->idle, &igb->fn.lock);
}

void igb_release(struct igb *igb)
{
	struct igb_worker *w = &igb->worker;

	w->quiescers--;
	if (!w->quiescers)
		pthread_cond_signal(&w->resume);
}

void igb_quiesce(struct function *fn)
{
	igb_hold(igb_of(fn));
	igb_release(igb_of(fn));
}

void igb_worker_fini(struct igb *igb)
{
	struct igb_worker *w = &igb->worker;

	atomic_store(&w->stop, true);
	igb_ring_bell(igb);
	if (w->exists)
		pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->idle);
	pthread_cond_destroy(&w->resume);
	igb_bell_fini(w);
}
