/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts references of open files, and keeps the lists in which their spaces find them again. */
#include "file/file.h"

#include "util/mm.h"
#include "util/rcu.h"
#include "util/trace.h"

void file_init(struct file *file, const struct file_ops *ops)
{
	file->ops = ops;
	file->mm = mm_current();
	file->record = NULL;
	atomic_init(&file->is_elsewhere, false);
	file->borrow = (struct file_borrow){ .socket = NULL };
	pthread_mutex_init(&file->borrow.lock, NULL);
	atomic_init(&file->references, 1);
}

void file_fini(struct file *file)
{
	if (file->borrow.end)
		file->borrow.end(&file->borrow);
	pthread_mutex_destroy(&file->borrow.lock);
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

static void remove_from_list(struct file *file)
{
	struct file_list *list = file->list;

	pthread_mutex_lock(&list->lock);
	*file->link = file->next;
	if (file->next)
		file->next->link = file->link;
	pthread_mutex_unlock(&list->lock);
}

void file_put(struct file *file)
{
	if (atomic_fetch_sub(&file->references, 1) != 1)
		return;
	TRACE(file_release, file->ops->kind);
	if (file->list)
		remove_from_list(file);
	if (file->ops->retire) {
		file->ops->retire(file);
		return;
	}
	rcu_synchronize();
	file_fini(file);
	file->ops->release(file);
}

void file_list_init(struct file_list *list)
{
	pthread_mutex_init(&list->lock, NULL);
	list->first = NULL;
}

void file_list_fini(struct file_list *list)
{
	pthread_mutex_destroy(&list->lock);
}

void file_list_add(struct file_list *list, struct file *file)
{
	pthread_mutex_lock(&list->lock);
	file->list = list;
	file->next = list->first;
	file->link = &list->first;
	if (file->next)
		file->next->link = &file->next;
	list->first = file;
	pthread_mutex_unlock(&list->lock);
}

struct file *file_list_find(struct file_list *list, uint64_t dev, uint64_t ino)
{
	struct file *file;

	pthread_mutex_lock(&list->lock);
	for (file = list->first; file; file = file->next)
		if (file->dev == dev && file->ino == ino && file->mm == mm_current() && file_try_get(file))
			break;
	pthread_mutex_unlock(&list->lock);
	return file;
}
