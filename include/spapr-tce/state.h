/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: state that travels
 *
 * Saves what a guest has of DMA - tables, windows, links, registered ranges,
 * devices - as a stream of bytes, and restores it in another process, on a
 * machine of either byte order and with other addresses. spapr-tce-state(5) describes the stream.
 *
 * Both sides give the same numbers to what they mean: memory that ranges are
 * registered or mapped in, containers, groups and devices. The restoring VMM
 * makes them first, and its VM, memory slots, bridges and KVM-VFIO devices,
 * as at the start of a guest; the stream brings the rest.
 *
 * Passes write what has changed while vCPUs run; what a program stores through
 * its own mapping of a table is not noticed, so such a VMM saves without passes.
 *
 * Thread rule: a state belongs to one thread at a time; vCPUs go on in others
 * during a pass. Sink and source are called with locks of the library held,
 * and must not call it.
 *
 * @id: the number, which the restoring side has to give as well.
 * @context: is handed to the function that reads or writes.
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

/** stce_state_write_fn - takes all @size bytes. Return: 0, or -errno, which ends the save. */
typedef int (*stce_state_write_fn)(void *context, const void *bytes, size_t size);
/** stce_state_read_fn - gives up to @size bytes. Return: how many, 0 at the end, or -errno. */
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
 * stce_state_new() - makes a state in which nothing is named yet.
 * @vm: whose tables and bridges are meant; NULL: none, for a program with containers only.
 *
 * Return: 0, -ENOMEM. The caller owns *state and frees it before the machine.
 */
int stce_state_new(struct stce_vm *vm, struct stce_state **state);
/** stce_state_free() - frees a state: ends a save that has not ended; closes tables that nobody fetched. NULL is fine. */
void stce_state_free(struct stce_state *state);

/**
 * stce_state_add_memory() - names the program's memory that number @id means.
 * @address: where it begins.
 * @size: bytes.
 *
 * Return: 0; -EINVAL empty, wrapping or overlapping another; -EEXIST the number is taken; -ENOMEM.
 */
int stce_state_add_memory(struct stce_state *state, uint32_t id, void *address, uint64_t size);
/**
 * stce_state_add_file() - names the container, group or device that number @id means; each kind counts
 * for itself. The file is kept until the state is freed.
 * @fd: its descriptor.
 *
 * Return: 0; -EBADF it is not ours; -EINVAL another kind of file; -EEXIST number or file are there; -ENOMEM.
 */
int stce_state_add_file(struct stce_state *state, uint32_t id, int fd);

/**
 * stce_state_save_begin() - writes the beginning of a stream.
 * @write: the sink, which gets all of the stream until stce_state_save_end().
 *
 * Return: 0; -EBUSY the state or the VM is being saved; -ENOMEM; -errno of the sink.
 */
int stce_state_save_begin(struct stce_state *state, stce_state_write_fn write, void *context);
/**
 * stce_state_save_pass() - writes entries that have changed since the last pass; the first pass
 * writes all. vCPUs may run.
 *
 * Return: bytes written, which tells whether another pass is worth it; -EINVAL no save has begun;
 * -ENOMEM; -errno of the sink. After an error only stce_state_free() helps.
 */
long stce_state_save_pass(struct stce_state *state);
/**
 * stce_state_save_end() - writes the rest and the end. No vCPU runs, and no thread uses a device.
 *
 * Return: 0; -EINVAL no save has begun, or a container without an IOMMU; -ENOENT a range, a mapping
 * or a linked group that has no number; -EOPNOTSUPP a device that cannot be saved; -ENOMEM;
 * -errno of the sink. The save is over in any case.
 */
int stce_state_save_end(struct stce_state *state);

/**
 * stce_state_limit() - limits what stce_state_restore() takes from a stream that comes from elsewhere.
 * @stream_bytes: how long it may be. 0: 1 GiB, which is what there is without this call.
 * @made_bytes: how many bytes of TCEs it may make: 8 for each entry that it names, as often as
 *	it names it, and half a byte for each entry of a table that it asks for;
 *	spapr-tce-state(5) has all of it. 0: 64 MiB, 128 for each byte of the stream, and a 64th
 *	of the memory that the VM or stce_state_add_memory() has, enough for eight full tables
 *	of 4K pages.
 */
void stce_state_limit(struct stce_state *state, uint64_t stream_bytes, uint64_t made_bytes);

/**
 * stce_state_restore() - reads a stream to its end, and brings all of it about or nothing.
 *
 * Tables of a LIOBN that the VM does not have are made; see stce_state_table(). An empty table of the
 * same shape is filled. Windows of a container that is on no bridge are made in place of its default
 * window. A range that the container has registered already is left as it is.
 * @read: the source.
 *
 * Return: 0; -EBADMSG damaged, or its parts in another order; -ENODATA it ends too early;
 * -EPROTONOSUPPORT newer than this library; -E2BIG longer, or asking for more, than
 * stce_state_limit() allows; -EPROTO no such state can be; -ENOENT something that was
 * saved has no number here; -EINVAL something is another here, or the guest's memory is; -EEXIST
 * something here is not as new; -ENOMEM; -errno of the source. stce_last_reason() says more. A
 * bridge for whose default window there is no memory on the way back is left without: reset it.
 */
int stce_state_restore(struct stce_state *state, stce_state_read_fn read, void *context);

/**
 * stce_state_table() - gives the descriptor of a table that stce_state_restore() has made, as
 * stce_vm_create_table() would have given it. Once for each.
 * @liobn: the table's name.
 *
 * Return: a descriptor, which the caller closes with stce_close(); -ENOENT none was made, or it
 * was given already.
 */
int stce_state_table(struct stce_state *state, uint64_t liobn);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
