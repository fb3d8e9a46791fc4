/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the readers' records. They lie in blocks that are added and never freed, so a thread can
 * walk them without a lock; a record is claimed by compare and swap. A reader stores the phase in
 * which it enters. rcu_synchronize() turns the phase over and waits for the readers of the other
 * phase only, so newer readers cannot keep it waiting for ever.
 *
 * A reader needs a fence between entering and its first load. If the kernel has membarrier(2),
 * rcu_synchronize() makes it run that fence in all threads, and readers need none. A thread that is
 * the only one with a record makes no system call.
 */
#include "util/rcu.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/fork.h"
#include "util/os.h"
#include "util/thread_key.h"

#define FIRST_COUNT 32
#define BLOCK_SIZE  (64 * KIB)
#define SPIN_COUNT  1000
#define YIELD_COUNT 100
#define SLEEP_US    50u

struct block {
	struct block *next;
	size_t count;
	struct rcu_reader reader[];
};

static struct rcu_reader first[FIRST_COUNT];
static _Atomic(struct block *) blocks;

const struct rcu_reader rcu_nobody_ = { .ctr = 1 };
__thread struct rcu_reader *rcu_reader_ = (struct rcu_reader *)&rcu_nobody_;
_Atomic(unsigned long) rcu_entry_ = 1;
atomic_bool rcu_has_membarrier_;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;   /* one thread waits for readers at a time */
static pthread_key_t key;
static bool has_key;

static long membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0);
}

static bool has_other(struct rcu_reader *reader, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (&reader[i] != rcu_reader_ && atomic_load(&reader[i].is_claimed))
			return true;
	return false;
}

/*
 * Returns whether no other thread has a record. One that claims a record later finds what was
 * published before, because both threads have added to rcu_entry_.
 */
static bool is_alone(void)
{
	bool alone = !has_other(first, FIRST_COUNT);

	for (struct block *block = atomic_load(&blocks); block && alone; block = block->next)
		alone = !has_other(block->reader, block->count);
	return alone;
}

/*
 * Orders what each thread has done before this call before what it does after it. The addition is
 * this thread's fence; membarrier(2) runs one in the others, unless there are none or readers have
 * fences of their own.
 */
static void fence_everywhere(void)
{
	atomic_fetch_add(&rcu_entry_, 0);
	if (!atomic_load_explicit(&rcu_has_membarrier_, memory_order_relaxed) || is_alone() ||
	    !membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED))
		return;
	/*
	 * The program has forbidden itself the call (seccomp) since it began. From here on readers
	 * run a fence of their own. A reader that has entered without one has made its store visible
	 * long before the sleep ends.
	 */
	atomic_store(&rcu_has_membarrier_, false);
	os_sleep_us(10000);
}

static void wait_a_moment(unsigned int *turn)
{
	if (++*turn < SPIN_COUNT)
		__asm__ volatile("" ::: "memory");
	else if (*turn < SPIN_COUNT + YIELD_COUNT)
		os_yield();
	else
		os_sleep_us(SLEEP_US);
}

static void wait_for(struct rcu_reader *reader, size_t count, unsigned long phase)
{
	for (size_t i = 0; i < count; i++) {
		unsigned int turn = 0;
		unsigned long ctr;

		/* It waits while the reader is inside and has entered in the other phase. */
		while (((ctr = atomic_load(&reader[i].ctr)) & RCU_DEPTH) && (ctr & RCU_PHASE) != phase)
			wait_a_moment(&turn);
	}
}

static void wait_for_other_phase(void)
{
	unsigned long phase = atomic_load(&rcu_entry_) & RCU_PHASE;

	wait_for(first, FIRST_COUNT, phase);
	for (struct block *block = atomic_load(&blocks); block; block = block->next)
		wait_for(block->reader, block->count, phase);
}

void rcu_synchronize(void)
{
	int saved = errno;

	pthread_mutex_lock(&lock);
	fence_everywhere();
	/*
	 * A reader may store only now the phase that it loaded before an earlier call turned it
	 * over. So one wait is not enough.
	 */
	wait_for_other_phase();
	atomic_fetch_xor(&rcu_entry_, RCU_PHASE);
	wait_for_other_phase();
	fence_everywhere();
	pthread_mutex_unlock(&lock);
	errno = saved;
}

static struct rcu_reader *claim_in(struct rcu_reader *reader, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool is_free = false;

		if (!atomic_load_explicit(&reader[i].is_claimed, memory_order_relaxed) &&
		    atomic_compare_exchange_strong(&reader[i].is_claimed, &is_free, true))
			return &reader[i];
	}
	return NULL;
}

static struct rcu_reader *claim_record(void)
{
	struct rcu_reader *reader = claim_in(first, FIRST_COUNT);

	for (struct block *block = atomic_load(&blocks); block && !reader; block = block->next)
		reader = claim_in(block->reader, block->count);
	return reader;
}

static bool add_block(void)
{
	struct block *block = os_mmap(NULL, BLOCK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (os_is_error(block))
		return false;
	block->count = (BLOCK_SIZE - sizeof(*block)) / sizeof(block->reader[0]);
	block->next = atomic_load(&blocks);
	while (!atomic_compare_exchange_weak(&blocks, &block->next, block))
		;
	return true;
}

/*
 * If there is no memory for a record, this waits until there is, or until another thread ends. That should not be long,
 * because there was memory for this thread's stack a moment ago.
 */
static struct rcu_reader *claim_record_or_wait(void)
{
	struct rcu_reader *reader;

	while (!(reader = claim_record()))
		if (!add_block())
			os_sleep_us(1000);
	return reader;
}

static void register_thread(void)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	/* A handler may have come first. */
	if (rcu_reader_ == &rcu_nobody_)
		rcu_reader_ = claim_record_or_wait();
	/* is_alone() of another thread finds the record, or this thread what the other has published. */
	atomic_fetch_add(&rcu_entry_, 0);
	if (has_key)
		thread_key_set(key, rcu_reader_);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void rcu_enter_slowly_(void)
{
	if (rcu_reader_ == &rcu_nobody_)
		register_thread();
	if (!rcu_try_read_lock())
		own_word_add(&rcu_reader_->ctr, 1);
}

/*
 * Frees the record of a thread that ends. A thread may be cancelled inside a read section: clearing
 * ctr makes it leave, so nothing waits for it.
 */
static void give_back(void *value)
{
	struct rcu_reader *reader = value;

	rcu_reader_ = (struct rcu_reader *)&rcu_nobody_;
	atomic_store(&reader->ctr, 0);
	atomic_store(&reader->is_claimed, false);
}

static void forget(struct rcu_reader *reader, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (&reader[i] == rcu_reader_)
			continue;
		atomic_store(&reader[i].ctr, 0);
		atomic_store(&reader[i].is_claimed, false);
	}
}

static void ask_for_membarrier(void)
{
	atomic_store(&rcu_has_membarrier_, !membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED));
}

/*
 * The forking thread is the only one in the child. So the lock is made anew, because the thread that
 * held it may not exist.
 */
static void after_fork_in_child(void)
{
	forget(first, FIRST_COUNT);
	for (struct block *block = atomic_load(&blocks); block; block = block->next)
		forget(block->reader, block->count);
	pthread_mutex_init(&lock, NULL);
	ask_for_membarrier();
}

/* This runs early so that the key is one of the first, for whose values libc needs no memory. */
__attribute__((constructor(101))) static void begin(void)
{
	int saved = errno;

	fork_set_rcu(after_fork_in_child);
	ask_for_membarrier();
	has_key = !pthread_key_create(&key, give_back);
	errno = saved;
}

/* After the library has been unloaded, a thread that ends must not call give_back(). */
__attribute__((destructor)) static void end(void)
{
	if (has_key)
		pthread_key_delete(key);
	has_key = false;
}
