/* SPDX-License-Identifier: BSD-2-Clause */
/* Owns the block of this process and its lock, and gives records their numbers. */
#include "recording/record.h"

#include <errno.h>
#include <pthread.h>

#include "recording/codec.h"
#include "recording/file.h"
#include "util/alloc.h"
#include "util/fork.h"
#include "util/mm.h"
#include "util/os.h"

_Atomic(bool) recording_is_on_;
_Atomic(bool) recording_keeps_data_;

struct recorder {
	struct recording_shared *shared;
	struct codec codec;
	struct recording_block block;
	uint8_t records[RECORDING_BLOCK_MAX];   /* directly behind the block, as recording_file_put() wants them */
};

_Static_assert(offsetof(struct recorder, records) == offsetof(struct recorder, block) + sizeof(struct recording_block),
	       "no padding");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct recorder *recorder;
static pid_t process;
static _Atomic(uint64_t) mm;       /* of that process */
static uint64_t fork_number;       /* of the record of the child that is being forked */
static __thread pid_t thread;      /* 0 until the thread has been asked for: that is a system call */

/* Ends the recording of the run. Of all its programs, the first that cannot go on says why. */
static void give_up(struct recording_shared *shared, int r)
{
	if (!atomic_exchange(&shared->has_ended, true))
		recording_file_tell_end(r);
}

/* Returns whether there are records to write. A child has a copy of its parent's; nothing is written behind the end. */
static bool has_records_locked(void)
{
	return recorder->block.count && mm == mm_current() && !atomic_load(&recorder->shared->has_ended);
}

static void flush_locked(void)
{
	int r;

	if (!recorder)
		return;
	r = has_records_locked() ? recording_file_put(&recorder->block) : 0;
	if (r)
		give_up(recorder->shared, r);
	recorder->block.count = recorder->block.size = 0;
}

static void begin_block(uint64_t number)
{
	recorder->block = (struct recording_block){
		.kind = RECORDING_BLOCK, .first = number, .process = (uint32_t)process,
	};
	codec_begin(&recorder->codec, number);
}

static uint64_t next_number(void)
{
	return atomic_fetch_add(&recorder->shared->number, 1) + 1;
}

/* Adds a record that has its number. */
static void add_locked(struct recording_record *record)
{
	if (unlikely(!thread))
		thread = os_gettid();
	record->field[RECORDING_THREAD] = (uint64_t)thread;
	if (recorder->block.size > RECORDING_BLOCK_MAX - RECORDING_RECORD_MAX)
		flush_locked();
	if (!recorder->block.count)
		begin_block(record->number);
	recorder->block.size += (uint32_t)codec_encode(&recorder->codec, record, recorder->records + recorder->block.size);
	recorder->block.count++;
}

static void add_process_locked(pid_t parent, uint64_t number)
{
	struct recording_record record = { .kind = RECORDING_PROCESS, .number = number };

	record.field[RECORDING_PARENT] = (uint64_t)parent;
	add_locked(&record);
	flush_locked();
}

/* Begins to record in a child. */
static void begin_child_locked(uint64_t number)
{
	const pid_t parent = process;

	flush_locked();
	process = os_getpid();
	mm = mm_current();
	thread = 0;
	add_process_locked(parent, number);
}

void recording_add(struct recording_record *record, bool is_frequent)
{
	pthread_mutex_lock(&lock);
	if (recorder && !atomic_load_explicit(&recorder->shared->has_ended, memory_order_relaxed)) {
		/* A program may fork without libc's handlers. */
		if (unlikely(mm != mm_current()))
			begin_child_locked(next_number());
		record->number = next_number();
		add_locked(record);
		if (!is_frequent)
			flush_locked();
	}
	pthread_mutex_unlock(&lock);
}

/* The number is drawn here, so that what the parent does after the fork comes after it. */
static void before_fork(void)
{
	pthread_mutex_lock(&lock);
	flush_locked();
	if (recorder)
		fork_number = next_number();
}

static void after_fork_in_parent(void)
{
	pthread_mutex_unlock(&lock);
}

static void after_fork_in_child(void)
{
	pthread_mutex_init(&lock, NULL);
	if (recorder)
		begin_child_locked(fork_number);
}

void recording_begin(struct recording_shared *shared)
{
	struct recorder *made;
	int r;

	if (atomic_load(&shared->has_ended))
		return;
	r = recording_file_open();
	made = r ? NULL : ALLOC(struct recorder);
	if (!made) {
		give_up(shared, r ? r : -ENOMEM);
		return;
	}
	made->shared = shared;
	process = os_getpid();
	mm = mm_current();
	fork_set_last(&(struct fork_handlers){ before_fork, after_fork_in_parent, after_fork_in_child });
	pthread_mutex_lock(&lock);
	recorder = made;
	add_process_locked(0, next_number());
	pthread_mutex_unlock(&lock);
	atomic_store(&recording_is_on_, true);
}

void recording_flush(void)
{
	if (!recording_is_on() || mm != mm_current())
		return;
	pthread_mutex_lock(&lock);
	flush_locked();
	pthread_mutex_unlock(&lock);
}

void recording_stop(const struct recording_shared *shared)
{
	pthread_mutex_lock(&lock);
	if (recorder && recorder->shared == shared) {
		atomic_store(&recording_is_on_, false);
		flush_locked();
		free(recorder);
		recorder = NULL;
	}
	pthread_mutex_unlock(&lock);
}

/* A program that ends by exit(3) or by returning from main() writes what it has left. */
__attribute__((destructor)) static void at_exit(void)
{
	struct recording_record record = { .kind = RECORDING_EXIT };

	if (recording_is_on() && process == os_getpid())
		recording_add(&record, false);
}
