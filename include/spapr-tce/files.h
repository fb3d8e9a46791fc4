/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: device files
 *
 * The files of a machine as a program uses them: /dev/vfio/vfio, /dev/vfio/N,
 * and what their ioctls return. Each is a real descriptor of the kernel, so
 * dup, fork, exec, poll and SCM_RIGHTS work on it; what it means is known
 * here. Calls answer as the system calls do, with -errno instead of errno.
 *
 * Thread rule: any thread. A call on a descriptor that another thread closes
 * meanwhile finishes on the file that it started on.
 *
 * @fd: a descriptor, ours or not.
 * @path: as the program says it, such as "/dev/vfio/1".
 * @size: bytes.
 */
#ifndef SPAPR_TCE_FILES_H
#define SPAPR_TCE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <spapr-tce/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/** STCE_NOT_OURS - the path is not the machine's; ask the real system. */
#define STCE_NOT_OURS (-0x10000)

/**
 * stce_open() - opens a device file by the path that it has on Linux.
 * @flags: as open(2); O_CLOEXEC is honoured, the access mode is not judged.
 *
 * Return: a descriptor, which the caller closes with stce_close(); -errno as
 * Linux answers, -EBUSY for a group that is held; or STCE_NOT_OURS.
 */
int stce_open(struct stce_machine *machine, const char *path, int flags);

/** stce_is_ours() - whether the descriptor is a file of some machine. Cheap. Return: whether it is. */
bool stce_is_ours(int fd);

/** stce_close() - closes the descriptor, in the kernel too. Return: 0, -EBADF it is not ours. */
int stce_close(int fd);

/**
 * stce_forget() - tells that the kernel has closed, or is about to reuse, a descriptor
 * of ours without stce_close(): dup2(2) onto it, close_range(2). No effect on others.
 */
void stce_forget(int fd);

/**
 * stce_is_internal() - whether the descriptor is one that the library holds for
 * itself: the file of a disk, a duplicate of an eventfd. Such numbers lie above
 * those that a program expects. A caller that closes or replaces descriptors which
 * it did not open asks first: an internal one must count as not open (EBADF).
 * Without that the library finds out that it has lost a file, by device and
 * inode, before it uses what has the number then: transfers fail with a write
 * fault or an unrecovered read, interrupts are lost. Cheap. Return: whether it is.
 */
bool stce_is_internal(int fd);

/**
 * stce_is_lost() - looks whether an internal descriptor has been closed or
 * replaced behind the library's back: it is no longer internal then.
 * Return: whether it has been.
 */
bool stce_is_lost(int fd);

/**
 * stce_close_range() - is close_range(2), and passes over internal descriptors.
 * @first: the first descriptor.
 * @last: the last one.
 * @flags: those of close_range(2).
 *
 * Return: 0; -errno as close_range(2) fails.
 */
int stce_close_range(unsigned int first, unsigned int last, int flags);

/**
 * stce_replace() - is dup3(2), and moves an internal descriptor away from @copy first.
 * @flags: 0 makes it dup2(2); or O_CLOEXEC.
 *
 * Return: @copy; -errno as dup3(2) fails; -EMFILE there is no other number for the internal
 * one; -EBUSY it has been in use for seconds.
 */
int stce_replace(int fd, int copy, int flags);

/** stce_duplicated() - tells that the kernel has made @copy a duplicate of @fd, which is ours. */
void stce_duplicated(int fd, int copy);

/**
 * stce_adopt() - looks at a descriptor that came from elsewhere (recvmsg, exec):
 * if it is a file of this machine, or of another process under the same
 * `spapr-tce run`, it is ours from now on. The kernel's name of such a file
 * (in /proc/self/fd) contains "spapr-tce". Return: whether it is.
 */
bool stce_adopt(struct stce_machine *machine, int fd);

/**
 * stce_ioctl() - is ioctl(2) on a file of ours; a descriptor that is not ours
 * is asked of the kernel.
 * @request: such as VFIO_IOMMU_MAP_DMA.
 * @argument: what the request takes, a pointer in most cases.
 *
 * Return: the result as Linux gives it; -errno.
 */
long stce_ioctl(int fd, unsigned long request, void *argument);
/**
 * stce_on_wait() - sets what is called in a thread that is about to wait for as long
 * as the kernel likes, in KVM_RUN, with true, and with false when that has
 * ended. The thread holds no lock there: a caller that keeps signals away from
 * calls lets them in.
 * @fn: one for the process, set before files are opened; NULL: none.
 */
void stce_on_wait(void (*fn)(bool waits));
/**
 * stce_in_handler() - sets what tells whether the calling thread runs a signal handler.
 * The first call of a thread asks the C library where the stack of that thread lies,
 * which takes locks that the interrupted code may hold. In a handler the kernel copies
 * the arguments of calls instead, until the thread has made a call outside of one.
 * @fn: one for the process, set before files are opened; it may only read variables of
 * its thread. NULL: no thread calls from a handler.
 */
void stce_in_handler(bool (*fn)(void));
/**
 * stce_read(), stce_write(), stce_pread(), stce_pwrite() - move @size bytes between
 * @buffer and a device file's regions. Without an offset they begin at 0.
 * @offset: as VFIO_DEVICE_GET_REGION_INFO gives them.
 *
 * Return: bytes moved; -EINVAL other files, or outside; -EFAULT @buffer cannot be used;
 * -EIO memory decoding is off; -ESPIPE with an offset, KVM's own files but /dev/kvm;
 * -EBADF not ours.
 */
ssize_t stce_read(int fd, void *buffer, size_t size);
ssize_t stce_write(int fd, const void *buffer, size_t size);
ssize_t stce_pread(int fd, void *buffer, size_t size, off_t offset);
ssize_t stce_pwrite(int fd, const void *buffer, size_t size, off_t offset);

/**
 * stce_mmap() - is mmap(2): guest tables and what is KVM's can be mapped.
 * @address, @length, @prot, @flags, @offset: those of mmap(2).
 * @mapping: where it is; the caller undoes it with munmap(2).
 *
 * Return: 0; -EINVAL, -ENODEV this kind of file cannot be mapped; -EBADF not ours;
 * -errno as mmap(2) fails.
 */
int stce_mmap(int fd, void *address, size_t length, int prot, int flags,
	      off_t offset, void **mapping);

/**
 * struct stce_look - what stat(2) shows of a file on Linux where it differs
 * from what the kernel says of the descriptor or of the path behind it.
 * @mode: st_mode.
 * @rdev: st_rdev. Size and blocks are 0.
 */
struct stce_look {
	mode_t mode;
	dev_t rdev;
};

/** stce_look() - tells what stat(2) shows of a descriptor. Return: whether that differs, and @look is filled. */
bool stce_look(int fd, struct stce_look *look);
/**
 * stce_look_at() - tells what stat(2) shows of the path of a device file, as stce_open() takes it.
 * Return: whether that differs, and @look is filled.
 */
bool stce_look_at(struct stce_machine *machine, const char *path, struct stce_look *look);

/**
 * stce_path() - tells where a path of the emulated host really lies: the sysfs
 * mirror and the directory of device nodes.
 * @buffer: room for the answer, @size bytes.
 *
 * Return: @path itself where it is not the machine's, else @buffer.
 */
const char *stce_path(struct stce_machine *machine, const char *path,
		      char *buffer, size_t size);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
