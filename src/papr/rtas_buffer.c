/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies between our memory and a guest's for RTAS calls. A buffer may lie in several slots that adjoin;
 * a copy that fails may have moved a part.
 */
#include "papr/rtas.h"

#include <errno.h>

#include "util/os_copy.h"
#include "util/range.h"
#include "util/reason.h"

typedef ssize_t (*copy_fn)(const struct iovec *local, size_t n_local,
			   const struct iovec *program, size_t n_program);

static int copy(struct papr_vm *vm, uint64_t gpa, char *local, size_t length, copy_fn fn)
{
	int r = 0;

	rcu_read_lock();
	while (length && !r) {
		struct vaddr address;
		uint64_t room;
		struct iovec here = { local, length }, there;

		if (!mem_guest_find(&vm->kvm->guest, to_gpa(gpa), &address, &room)) {
			r = REASON(-EFAULT, "the RTAS buffer is outside memory");
			break;
		}
		here.iov_len = min_u64(length, room);
		there = (struct iovec){ (void *)(uintptr_t)address.value, here.iov_len };
		if (fn(&here, 1, &there, 1) != (ssize_t)here.iov_len)
			r = REASON(-EFAULT, "the RTAS buffer is not accessible");
		local += here.iov_len;
		gpa += here.iov_len;
		length -= here.iov_len;
	}
	rcu_read_unlock();
	return r;
}

int papr_rtas_read(struct papr_vm *vm, uint64_t gpa, void *local, size_t length)
{
	return copy(vm, gpa, local, length, os_copy_from);
}

int papr_rtas_write(struct papr_vm *vm, uint64_t gpa, const void *local, size_t length)
{
	return copy(vm, gpa, (char *)(uintptr_t)local, length, os_copy_to);
}
