/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: device files
 *
 * The device files of a machine: /dev/vfio/vfio, /dev/vfio/N, and the files
 * that their ioctls return. Each is a real descriptor of the kernel, so
 * dup, fork, exec, poll and SCM_RIGHTS work on it; only the library knows its
 * meaning. Each call answers as the system call does, with -errno instead of
 * errno.
 *
 * "Ours" is a descriptor of a machine's file.
 *
 * Thread rule: any thread. If another thread closes the descriptor meanwhile, a
 * call finishes on the file on which it started.
 *
 * @fd: a descriptor, ours or not.
 * @path: the program's name of the file, such as "/dev/vfio/1".
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

/** STCE_NOT_OURS - the answer of calls that leave a request to the real system. */
#define STCE_NOT_OURS (-0x10000)

/**
 * stce_open() - opens a device file by the path that it has on Linux.
 * @flags: as open(2). O_CLOEXEC is honoured; the access mode matters only for
 *	attributes of sysfs, which can only be written (-EACCES).
 *
 * Return: a descriptor, which the caller closes with stce_close(); STCE_NOT_OURS:
 * the path is not the machine's; -errno as Linux answers, such as -EBUSY for a
 * group that is open.
 */
int stce_open(struct stce_machine *machine, const char *path, int flags);

/** stce_is_ours() - whether the descriptor is a file of some machine. Cheap. Return: whether it is. */
bool stce_is_ours(int fd);

/** stce_close() - closes the descriptor, in the kernel too. Return: 0; -EBADF not ours. */
int stce_close(int fd);

/**
 * stce_forget() - tells the library that the kernel has closed a descriptor of ours, or is
 * about to, without stce_close(): by close_range(2), or by dup2(2) onto it. It has no effect
 * on other descriptors.
 */
void stce_forget(int fd);

/**
 * stce_is_internal() - whether the library holds the descriptor for itself: the
 * file of a disk, or a duplicate of an eventfd. Its number lies above those that
 * a program expects. A caller that closes or replaces descriptors which it did
 * not open asks first, and treats an internal one as not open (EBADF). If one is
 * closed all the same, the library notices that by device and inode before it
 * uses the number again: transfers fail with a write fault or an unrecovered
 * read, and interrupts are lost. Cheap. Return: whether it is.
 */
bool stce_is_internal(int fd);

/**
 * stce_is_lost() - checks whether an internal descriptor has been closed or
 * replaced behind the library's back. If so, it is no longer internal.
 * Return: whether it has been.
 */
bool stce_is_lost(int fd);

/**
 * stce_close_range() - does what close_range(2) does, but leaves internal
 * descriptors open.
 * @first: the first descriptor.
 * @last: the last descriptor.
 * @flags: as for close_range(2).
 *
 * Return: 0; -errno as close_range(2) fails.
 */
int stce_close_range(unsigned int first, unsigned int last, int flags);

/**
 * stce_replace() - does what dup3(2) does, after it has moved an internal descriptor away
 * from @copy.
 * @flags: O_CLOEXEC; or 0, which makes it dup2(2).
 *
 * Return: @copy; -errno as dup3(2) fails; -EBADF @fd is internal; -EMFILE there is no other
 * number for the internal descriptor; -EBUSY it has been in use for seconds.
 */
int stce_replace(int fd, int copy, int flags);

/** stce_duplicated() - tells the library that the kernel has duplicated @fd, which is ours, to @copy. */
void stce_duplicated(int fd, int copy);

/**
 * stce_adopt() - makes a descriptor from elsewhere (recvmsg, exec) ours, if it
 * is a file of this machine, or of another process below the same
 * `spapr-tce run`. The kernel's name of such a file (in /proc/self/fd) contains
 * "spapr-tce". Return: whether it is ours.
 */
bool stce_adopt(struct stce_machine *machine, int fd);

/**
 * stce_lend() - tells the library that another process is about to get a descriptor of ours,
 * through a socket or by a fork. From then on the calls of that process are made by this one,
 * in a thread that the library starts, as long as this process lives: those on a group and a
 * device that this process drives, with loads and stores of registers that it has mapped, and
 * those on its container that name no memory. Without this call, and if the thread cannot be
 * started, the other process gets -EPERM.
 * @fd: the descriptor; a negative one: all, because the process is about to fork.
 */
void stce_lend(struct stce_machine *machine, int fd);

/**
 * stce_flush() - writes what the library keeps of this process's calls for the recording of its run
 * (spapr-tce-record(5)). The library does so itself when the process ends by exit(3). It cannot know of execve(2) and _exit(2), so a process calls this before them, but not
 * in a child of vfork(2), because the parent still fills that memory.
 */
void stce_flush(void);

/**
 * stce_ioctl() - does what ioctl(2) does on a file of ours. A call on any other
 * descriptor goes to the kernel. errno does not change.
 * @request: such as VFIO_IOMMU_MAP_DMA.
 * @argument: the request's argument, a pointer in most cases.
 *
 * Return: the result as Linux gives it; -errno.
 */
long stce_ioctl(int fd, unsigned long request, void *argument);
/**
 * stce_on_wait() - sets the function that a thread calls with true before it
 * waits in the kernel without a limit, in KVM_RUN, and with false afterwards. The
 * thread holds no lock there, so a caller that blocks signals during calls lets
 * them in.
 * @fn: one for the process, set before files are opened; NULL: none.
 */
void stce_on_wait(void (*fn)(bool waits));
/**
 * stce_in_handler() - sets the function that tells whether the calling thread runs a signal
 * handler. A thread's first call asks the C library for the place of the thread's stack,
 * which takes locks that the interrupted code may hold. In a handler the kernel copies the
 * arguments of calls instead, until the thread has made a call outside a handler.
 * @fn: one for the process, set before files are opened; it may read only variables of its
 * thread. NULL: no thread makes calls from a handler.
 */
void stce_in_handler(bool (*fn)(void));
/**
 * stce_read(), stce_write(), stce_pread(), stce_pwrite() - move @size bytes between
 * @buffer and the regions of a device's file. Without an offset they begin at 0.
 * @offset: a place in a region, from the start that VFIO_DEVICE_GET_REGION_INFO gives.
 *
 * Return: bytes moved; -EINVAL a file without regions, or an offset outside them; -EFAULT
 * @buffer cannot be used; -EIO memory decoding is off; -ESPIPE an offset, for a file of
 * KVM other than /dev/kvm; -EBADF not ours, or an attribute of sysfs is read.
 */
ssize_t stce_read(int fd, void *buffer, size_t size);
ssize_t stce_write(int fd, const void *buffer, size_t size);
ssize_t stce_pread(int fd, void *buffer, size_t size, off_t offset);
ssize_t stce_pwrite(int fd, const void *buffer, size_t size, off_t offset);

/**
 * stce_mmap() - does what mmap(2) does. Guest tables, files of KVM and the BARs of devices can be
 * mapped.
 * @address, @length, @prot, @flags, @offset: as for mmap(2).
 * @mapping: receives the address; the caller unmaps it with munmap(2).
 *
 * Loads and stores of the registers in a mapped BAR fault. The library's handlers of SIGSEGV and
 * SIGBUS make the accesses, and pass all other faults on to the handlers that were there. A
 * program that sets its own handlers later calls stce_handle_fault() from them. A thread that
 * uses registers must not block these signals, and every call that unmaps or replaces a mapping
 * of registers stands between stce_machine_unmap_begin() and stce_machine_unmap_end(). If another
 * process drives the device, that process makes the accesses as long as it lives; then each is SIGBUS.
 *
 * Return: 0; -EINVAL, -ENODEV this kind of file, or this part of it, cannot be mapped; -EBADF not
 * ours; -EPERM the process that drives the device has ended, or does not lend it (stce_lend()); -errno
 * as mmap(2) fails.
 */
int stce_mmap(int fd, void *address, size_t length, int prot, int flags,
	      off_t offset, void **mapping);
/**
 * stce_mremap() - does what mremap(2) does on a mapping of registers.
 * @address, @size, @new_size, @flags, @new_address: as for mremap(2).
 * @mapping: receives the new address.
 *
 * Return: 0; STCE_NOT_OURS: no register is mapped there, and nothing was done; -EFAULT the mapping
 * cannot grow; -EINVAL MREMAP_DONTUNMAP; -errno as mremap(2) fails.
 */
int stce_mremap(struct stce_machine *machine, void *address, size_t size, size_t new_size, int flags,
		void *new_address, void **mapping);
/**
 * stce_mprotect() - does what mprotect(2) does, if a register is mapped in the range. mprotect(2)
 * itself would make its pages plain memory.
 * @address, @length, @prot: as for mprotect(2).
 *
 * Return: 0; STCE_NOT_OURS: no register is mapped there, and nothing was done; -errno as
 * mprotect(2) fails.
 */
int stce_mprotect(void *address, size_t length, int prot);
/**
 * stce_on_mapping() - sets the function that the library calls before it maps a BAR, instead of
 * setting handlers of SIGSEGV and SIGBUS, and before it opens a network card, which then copies
 * without system calls. From then on the caller's handlers call
 * stce_handle_fault().
 * @fn: one for the process, set before files are opened. It returns 0, or -errno, by which
 * stce_mmap() fails. NULL: the library sets its handlers.
 */
void stce_on_mapping(int (*fn)(void));
/**
 * stce_handle_fault() - makes the access of a register that has faulted. A handler of SIGSEGV and
 * SIGBUS calls it first, with all signals blocked but those of faults.
 * @number, @info, @context: the arguments of the handler, which has SA_SIGINFO. The siginfo_t may be
 * changed.
 *
 * Return: 0: the handler must return, and the program goes on; otherwise the number of the signal
 * that the program gets, which is SIGBUS if the register did not answer. The siginfo_t is what it sees.
 */
int stce_handle_fault(int number, void *info, void *context);

/**
 * struct stce_look - the fields of stat(2) that Linux shows for a file, and the
 * kernel does not for the descriptor or the path behind it. Size and blocks are 0.
 * @mode: st_mode.
 * @rdev: st_rdev.
 */
struct stce_look {
	mode_t mode;
	dev_t rdev;
};

/**
 * stce_look() - gives the stat(2) fields that differ for a descriptor.
 * Return: whether they do; if so, @look is filled.
 */
bool stce_look(int fd, struct stce_look *look);
/**
 * stce_look_at() - gives the stat(2) fields that differ for a device file's path, as stce_open() takes it.
 * Return: whether they do; if so, @look is filled.
 */
bool stce_look_at(struct stce_machine *machine, const char *path, struct stce_look *look);

/**
 * stce_path() - translates a path of the emulated host to the real one, in the
 * sysfs mirror or in the directory of device nodes.
 * @buffer: room for the answer, @size bytes.
 *
 * Return: @buffer; or @path itself if it is not the machine's.
 */
const char *stce_path(struct stce_machine *machine, const char *path,
		      char *buffer, size_t size);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
