/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements record.h. A claim is made by compare and swap; the claim of a process that has died
 * can be replaced.
 */
#include "file/record.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "util/mm.h"
#include "util/os.h"
#include "util/reason.h"

#define RECORD_SIZE 4096
/* A process that has lost the compare and swap so often is refused. */
#define TRIES       1000

int file_record_map(int fd, struct file_record **record)
{
	int r = os_allocate(fd, RECORD_SIZE), again;
	void *p;

	if (r)
		return REASON(r, "no space for the page that processes share");
	/*
	 * A mapping of the program's own open would keep its lock in a forked child that has closed it. But another
	 * user's process that has received the descriptor may not open the file anew.
	 */
	again = os_reopen(fd, O_RDWR | O_CLOEXEC);
	p = os_mmap(NULL, RECORD_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, again < 0 ? fd : again, 0);
	if (again >= 0)
		os_close(again);
	if (os_is_error(p))
		return os_error(p);
	*record = p;
	return 0;
}

void file_record_unmap(struct file_record *record)
{
	if (record)
		os_munmap(record, RECORD_SIZE);
}

int file_record_claim(struct file_record *record, const struct life *life)
{
	uint64_t seen = atomic_load(&record->driver);
	uint64_t me = mm_current();

	for (unsigned int i = 0; i < TRIES; i++) {
		if (seen == me)
			return 0;
		if (life_is(life, seen))
			return -EBUSY;
		if (atomic_compare_exchange_weak(&record->driver, &seen, me))
			return 0;
	}
	return -EBUSY;
}

void file_record_take(struct file_record *record)
{
	atomic_store(&record->driver, mm_current());
}

bool file_record_is_mine(const struct file_record *record)
{
	return atomic_load(&record->driver) == mm_current();
}

void file_record_set_lender(struct file_record *record, struct os_socket_name name)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(name.part); i++)
		atomic_store(&record->lender[i], name.part[i]);
}

bool file_record_lender(const struct file_record *record, const struct life *life, uint64_t *mm,
			struct os_socket_name *name)
{
	*mm = atomic_load(&record->driver);
	for (unsigned int i = 0; i < ARRAY_COUNT(name->part); i++)
		name->part[i] = atomic_load(&record->lender[i]);
	return *mm != mm_current() && life_is(life, *mm) && (name->part[0] || name->part[1]);
}

void file_record_yield(struct file_record *record)
{
	uint64_t me = mm_current();

	atomic_compare_exchange_strong(&record->driver, &me, 0);
}

int file_record_bury(struct file_record *record, const struct life *life)
{
	uint64_t driver = atomic_load(&record->driver);

	if (life_is(life, driver))
		return -EBUSY;
	/* If another process has claimed it meanwhile, that claim stays. */
	return atomic_compare_exchange_strong(&record->driver, &driver, 0) ? 0 : -EBUSY;
}

bool file_record_is_claimed(struct file_record *record, const struct life *life)
{
	return life_is(life, atomic_load(&record->driver));
}

bool file_record_is_others(const struct file_record *record)
{
	uint64_t driver = atomic_load(&record->driver);

	return driver && driver != mm_current();
}

bool file_record_is_foreign(struct file_record *record, const struct life *life)
{
	uint64_t driver = atomic_load(&record->driver);

	return driver != mm_current() && life_is(life, driver);
}
