/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements fd_table.h by blocks of pointers. A block is made when a number in it is first used,
 * and is never freed. A reader takes its reference, or uses the file without one, inside the RCU
 * read lock; file_put() waits for such readers before it frees.
 */
#include "file/fd_table.h"

#include <errno.h>

#include "util/alloc.h"
#include "util/mm.h"
#include "util/os.h"
#include "util/rcu.h"
#include "util/reason.h"

#define BLOCK_BITS  10
#define BLOCK_SIZE  (1 << BLOCK_BITS)
#define BLOCK_COUNT 1024          /* for a million descriptors */

typedef _Atomic(struct file *) file_pointer;

static _Atomic(file_pointer *) blocks[BLOCK_COUNT];

static file_pointer *find_pointer(int fd)
{
	file_pointer *block;

	/* A number below 0 is too large, too. */
	if ((unsigned int)fd >= BLOCK_COUNT * BLOCK_SIZE)
		return NULL;
	block = atomic_load_explicit(&blocks[(unsigned int)fd >> BLOCK_BITS], memory_order_acquire);
	return block ? &block[fd & (BLOCK_SIZE - 1)] : NULL;
}

static int make_block(int fd)
{
	file_pointer *made = alloc_zero(BLOCK_SIZE, sizeof(file_pointer));
	file_pointer *none = NULL;

	if (!made)
		return -ENOMEM;
	if (!atomic_compare_exchange_strong(&blocks[fd >> BLOCK_BITS], &none, made))
		free(made);
	return 0;
}

int fd_table_set(int fd, struct file *file)
{
	struct file *old;

	if (fd < 0 || fd >= BLOCK_COUNT * BLOCK_SIZE)
		return REASON(-EMFILE, "descriptor %d is too large for a file of a machine", fd);
	if (!find_pointer(fd)) {
		int r = make_block(fd);

		if (r)
			return r;
	}
	old = atomic_exchange(find_pointer(fd), file);
	/* A file that came through a fork is the parent's, which releases it. */
	if (old && old->mm == mm_current())
		file_put(old);
	return 0;
}

struct file *fd_table_peek(int fd)
{
	file_pointer *p = find_pointer(fd);

	return p ? atomic_load_explicit(p, memory_order_acquire) : NULL;
}

struct file *fd_table_get(int fd)
{
	struct file *file;

	if (!fd_table_has(fd))
		return NULL;
	rcu_read_lock();
	file = fd_table_peek(fd);
	if (file && !file_try_get(file))
		file = NULL;
	rcu_read_unlock();
	return file;
}

struct file *fd_table_clear(int fd)
{
	file_pointer *p = find_pointer(fd);

	return p ? atomic_exchange(p, NULL) : NULL;
}

int fd_table_number(const struct file *file)
{
	for (int i = 0; i < BLOCK_COUNT; i++) {
		file_pointer *block = atomic_load_explicit(&blocks[i], memory_order_acquire);

		for (int n = 0; block && n < BLOCK_SIZE; n++)
			if (atomic_load_explicit(&block[n], memory_order_relaxed) == file)
				return i * BLOCK_SIZE + n;
	}
	return REASON(-EBADF, "the file has no descriptor any longer");
}

int fd_table_close(int fd)
{
	struct file *file = fd_table_clear(fd);
	int r = os_close(fd);

	if (file && file->mm == mm_current())
		file_put(file);
	return r;
}

bool fd_table_has(int fd)
{
	file_pointer *p = find_pointer(fd);

	return p && atomic_load_explicit(p, memory_order_relaxed);
}
