/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shows that this process lives by an open-file-description lock, which the kernel drops with the
 * last reference to the description. Our last reference is a page of memory, mapped without access:
 * it goes with the memory of the process, no close() reaches it, and MADV_DONTFORK keeps it out of
 * children, whichever way they are forked. If /proc is missing or does not let us open the file
 * again, as after a chroot(2), a lock of the process is used instead, which a close() of the file
 * would drop.
 */
#include "util/life.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "util/mm.h"
#include "util/os.h"
#include "util/reason.h"

int life_init(struct life *life, int fd)
{
	*life = (struct life){ .file = NULL };
	return own_fd_new(fd, &life->file);
}

/* Maps a page of the file, which children do not inherit. */
static void *map(int fd)
{
	size_t size = bit64(os_page_shift());
	void *page = os_mmap(NULL, size, PROT_NONE, MAP_PRIVATE, fd, 0);
	int r = os_is_error(page) ? 0 : os_madvise(page, size, MADV_DONTFORK);

	if (!r)
		return page;
	os_munmap(page, size);
	return (void *)(intptr_t)r;
}

/*
 * Locks the byte and moves the reference from the descriptor, which is closed in any case, to a
 * page. The description is our own: no other descriptor refers to it.
 */
static int hold(struct life *life, int fd, uint64_t mm)
{
	void *page = NULL;
	int r = os_lock_byte(fd, mm, false);

	if (!r)
		page = map(fd);
	if (!r && os_is_error(page))
		r = os_error(page);
	os_close(fd);
	life->page = r ? NULL : page;
	return r;
}

/*
 * Opens the file behind the number anew, which gives a description of our own, and locks the byte
 * in it.
 */
static int show(struct life *life, int number, uint64_t mm)
{
	int fd = os_reopen(number, O_RDWR | O_CLOEXEC);

	life->page = NULL;
	return fd < 0 ? os_lock_byte_of_process(number, mm) : hold(life, fd, mm);
}

int life_show(struct life *life)
{
	uint64_t mm = mm_current();
	int number, r;

	if (atomic_load(&life->shown) == mm)
		return 0;
	number = own_fd_enter(life->file);
	r = number < 0 ? number : show(life, number, mm);
	if (number >= 0)
		own_fd_leave(life->file);
	if (r)
		return REASON(r == -EAGAIN ? -EBUSY : r, "cannot lock the byte that shows that this process lives");
	atomic_store(&life->shown, mm);
	return 0;
}

static void hide(struct life *life)
{
	int number = life->page ? -1 : own_fd_enter(life->file);

	if (life->page)
		os_munmap(life->page, bit64(os_page_shift()));
	if (number < 0)
		return;
	os_unlock_byte_of_process(number, mm_current());
	own_fd_leave(life->file);
}

void life_fini(struct life *life)
{
	/* A child has inherited this from its parent, which still needs the lock. */
	if (life->file && atomic_load(&life->shown) == mm_current())
		hide(life);
	own_fd_free(life->file);
	*life = (struct life){ .file = NULL };
}

bool life_is(const struct life *life, uint64_t mm)
{
	int number, is_locked;

	if (mm == mm_current())
		return true;
	if (!life->file || !mm_is_possible(mm))
		return false;
	number = own_fd_enter(life->file);
	if (number < 0)
		return true;
	is_locked = os_byte_is_locked(number, mm);
	own_fd_leave(life->file);
	return is_locked > 0;
}
