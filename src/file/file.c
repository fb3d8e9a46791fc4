/* SPDX-License-Identifier: BSD-2-Clause */
/* References of open files. */
#include "file/file.h"

#include "file/space.h"
#include "util/mm.h"
#include "util/rcu.h"
#include "util/trace.h"

void file_init(struct file *file, const struct file_ops *ops)
{
	file->ops = ops;
	file->mm = mm_current();
	atomic_init(&file->references, 1);
}

bool file_try_get(struct file *file)
{
	unsigned int seen = atomic_load(&file->references);

	do {
		if (!seen)
			return false;
	} while (!atomic_compare_exchange_weak(&file->references, &seen, seen + 1));
	return true;
}

struct file *file_get(struct file *file)
{
	atomic_fetch_add(&file->references, 1);
	return file;
}

void file_put(struct file *file)
{
	if (atomic_fetch_sub(&file->references, 1) != 1)
		return;
	TRACE(file_release, file->ops->kind);
	if (file->space)
		file_space_remove(file->space, file);
	rcu_synchronize();
	file->ops->release(file);
}
