/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: state that travels
 *
 * Saves a guest's DMA state - tables, windows, links, registered ranges, devices -
 * as a stream of bytes, and restores it in another process, on a machine of either
 * byte order and with other addresses. spapr-tce-state(5) describes the stream.
 *
 * Both sides give the same numbers to the same things: containers, groups, devices,
 * and the memory in which ranges are registered or mapped. The restoring VMM makes
 * these first, together with its VM, memory slots, bridges and KVM-VFIO devices, as
 * at the start of a guest; the stream brings the rest.
 *
 * A pass writes changed entries while vCPUs run. It does not notice stores through a
 * program's own mapping of a table, so a VMM that makes such stores saves without
 * passes.
 *
 * Thread rule: one thread at a time may use a state, and vCPUs may run in others
 * during a pass. The functions that write and read the stream are called with locks
 * of the library held, and must not call it.
 *
 * @id: a number that names the same thing on the restoring side.
 * @context: passed to the function that reads or writes.
 */
#ifndef SPAPR_TCE_STATE_H
#define SPAPR_TCE_STATE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <spapr-tce/vm.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct stce_state;

/** stce_state_write_fn - writes @size bytes, all of them. Return: 0; or -errno, which ends the save. */
typedef int (*stce_state_write_fn)(void *context, const void *bytes, size_t size);
/** stce_state_read_fn - reads up to @size bytes. Return: how many; 0 at the end; or -errno. */
typedef ssize_t (*stce_state_read_fn)(void *context, void *bytes, size_t size);

/**
 * stce_state_write_fd() - writes @size @bytes to a descriptor; @context is an int that holds it.
 * Return: 0; -errno as write(2) fails.
 */
int stce_state_write_fd(void *context, const void *bytes, size_t size);
/**
 * stce_state_read_fd() - reads up to @size @bytes from a descriptor; @context is an int that holds it.
 * Return: how many, 0 at the end; -errno as read(2) fails.
 */
ssize_t stce_state_read_fd(void *context, void *bytes, size_t size);

/**
 * stce_state_new() - makes a state without names.
 * @vm: the VM with the tables and bridges; NULL for a program that has only containers.
 *
 * Return: 0; -ENOMEM. The caller owns *state, and frees it with stce_state_free() before the machine.
 */
int stce_state_new(struct stce_vm *vm, struct stce_state **state);
/**
 * stce_state_free() - frees a state. It ends a save that has not ended, and closes the tables that
 * stce_state_table() has not returned. NULL is fine.
 */
void stce_state_free(struct stce_state *state);

/**
 * stce_state_add_memory() - gives number @id to @size bytes of the program's memory at @address.
 *
 * Return: 0; -EINVAL the memory is empty, wraps, or overlaps another; -EEXIST the number is taken; -ENOMEM.
 */
int stce_state_add_memory(struct stce_state *state, uint32_t id, void *address, uint64_t size);
/**
 * stce_state_add_file() - gives number @id to a container, group or device. Each kind has its own
 * numbers. The state keeps the file open until it is freed.
 * @fd: its descriptor.
 *
 * Return: 0; -EBADF it is not open; -EINVAL it is not a container, group or device of a machine;
 * -EEXIST the number is taken, or the file has one; -ENOMEM.
 */
int stce_state_add_file(struct stce_state *state, uint32_t id, int fd);

/**
 * stce_state_save_begin() - begins a save, and writes the stream's header.
 * @write: writes the stream, until stce_state_save_end() returns.
 *
 * Return: 0; -EBUSY the state or the VM is being saved; -ENOMEM; -errno of @write.
 */
int stce_state_save_begin(struct stce_state *state, stce_state_write_fn write, void *context);
/**
 * stce_state_save_pass() - writes the entries that have changed since the last pass; the first pass
 * writes all. vCPUs may run.
 *
 * Return: bytes written, by which the caller judges whether another pass is worth it; -EINVAL no save has
 * begun; -ENOMEM; -errno of the function that writes. After an error the save can only be
 * ended by stce_state_free().
 */
long stce_state_save_pass(struct stce_state *state);
/**
 * stce_state_save_end() - writes the rest of the stream, and ends the save even if it fails. No vCPU
 * may run, and no thread may use a device.
 *
 * Return: 0; -EINVAL no save has begun, or a container has no IOMMU; -ENOENT a range, a mapping
 * or a linked group has no number; -EOPNOTSUPP a device cannot be saved; -ENOMEM; -errno of
 * the function that writes.
 */
int stce_state_save_end(struct stce_state *state);

/**
 * stce_state_limit() - limits the memory that stce_state_restore() uses for a stream from elsewhere.
 * Without this call both limits are 0.
 * @stream_bytes: the longest stream. 0: 1 GiB.
 * @made_bytes: the bytes of TCEs that a stream may ask for: 8 for each entry that it names, as often as
 *	it names it, and half a byte for each entry of a table; spapr-tce-state(5) has the whole
 *	rule. 0: 64 MiB, plus 128 for each byte of the stream, plus a 64th of the memory of the VM
 *	or of stce_state_add_memory(), whichever is larger. That is enough for eight full tables
 *	of 4K pages.
 */
void stce_state_limit(struct stce_state *state, uint64_t stream_bytes, uint64_t made_bytes);

/**
 * stce_state_restore() - reads a stream to its end, and restores all of it or nothing.
 *
 * A table whose LIOBN the VM does not have is made, see stce_state_table(); an empty table of the
 * same shape is filled. The windows of a container that is on no bridge replace its default
 * window. A range that the container has registered already stays as it is.
 * @read: reads the stream.
 *
 * Return: 0; -EBADMSG the stream is damaged, or its parts are out of order; -ENODATA it ends
 * too early; -EPROTONOSUPPORT it is newer than this library; -E2BIG it is longer, or asks for
 * more, than stce_state_limit() allows; -EPROTO it describes an impossible state; -ENOENT an
 * object in it has no number here; -EINVAL an object, or the guest's memory, is different here;
 * -EOPNOTSUPP a device here has no state; -EEXIST an object here is in use already; -EFAULT a
 * range cannot be registered; -EBUSY the state is being saved; -ENOMEM; -errno of @read.
 * stce_last_reason() says more. A failed restore leaves a bridge without windows if there is no
 * memory for its default window; reset that bridge.
 */
int stce_state_restore(struct stce_state *state, stce_state_read_fn read, void *context);

/**
 * stce_state_table() - gives the descriptor of a table that stce_state_restore() has made, like
 * stce_vm_create_table(). It can be called once for each table.
 * @liobn: the table's LIOBN.
 *
 * Return: a descriptor, which the caller closes with stce_close(); -ENOENT the restore has made no
 * such table, or its descriptor was given already.
 */
int stce_state_table(struct stce_state *state, uint64_t liobn);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
