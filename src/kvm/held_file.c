/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements held files by a reference and a duplicate of the descriptor: the duplicate keeps the
 * lock on the backing file, by which other processes see that the group is busy.
 */
#include "kvm/held_file.h"

#include <errno.h>

#include "file/space.h"
#include "util/os.h"
#include "util/own_fd.h"
#include "util/reason.h"

int kvm_file_of(int fd, struct file **file)
{
	*file = file_of(fd);
	if (!*file && !os_fd_is_open(fd))
		return REASON(-EBADF, "descriptor %d is not open", fd);
	return 0;
}

int kvm_hold_file(int fd, struct kvm_held_file *held)
{
	int r = kvm_file_of(fd, &held->file);

	if (r)
		return r;
	if (!held->file || !held->file->ops->group) {
		if (held->file)
			file_put(held->file);
		return REASON(-EINVAL, "descriptor %d is not a VFIO group or device", fd);
	}
	r = own_fd_dup(fd, &held->fd);
	if (r)
		file_put(held->file);
	return r;
}

void kvm_release_file(struct kvm_held_file *held)
{
	own_fd_free(held->fd);
	file_put(held->file);
}
