/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one door to the operating system. A call makes a raw system call, so it cannot meet the names
 * that the preload interposes, and returns the result or -errno; errno itself does not change. What
 * a call is for is its caller's. Above it only shim/ calls the kernel itself; in util/ only rcu.c
 * does, for membarrier(2). The calls are in os_fd.c, os_file.c, os_lock.c, os_memory.c, os_path.c
 * and os_process.c.
 */
#ifndef STCE_UTIL_OS_H
#define STCE_UTIL_OS_H

#include <signal.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "util/types.h"

int os_open(const char *path, int flags, unsigned int mode);
/* Opens the file behind a descriptor anew. The new description shares no lock and no position with the old one. */
int os_reopen(int fd, int flags);
int os_open_at(int directory, const char *name, int flags, unsigned int mode);
int os_close(int fd);
int os_close_range(unsigned int first, unsigned int last, int flags);
int os_dup3(int fd, int copy, int flags);
int os_memfd_create(const char *name, unsigned int flags);
int os_ftruncate(int fd, uint64_t size);
/*
 * Seals the size for everybody (F_SEAL_SHRINK, F_SEAL_GROW), and the seals themselves
 * (F_SEAL_SEAL).
 */
int os_seal_size(int fd);
/* Grows a file to `size` bytes and reserves them, so no later store can fail. -ENOSPC. */
int os_allocate(int fd, uint64_t size);
int os_fallocate(int fd, int mode, uint64_t offset, uint64_t length);
int os_fdatasync(int fd);
/* Returns the position of an open file, or -errno. */
int64_t os_tell(int fd);
/*
 * Finds the next part of a file from offset on that is not a hole: *start to *end. -ENXIO: there is
 * none.
 */
int os_find_data(int fd, uint64_t offset, uint64_t *start, uint64_t *end);
long os_ioctl(int fd, unsigned long request, void *argument);
/* Reads device, inode, size and mode of an open file. Each pointer may be NULL. */
int os_fstat(int fd, uint64_t *dev, uint64_t *ino, uint64_t *size, unsigned int *mode);
int os_fchmod(int fd, unsigned int mode);
/* A uid or gid of all ones leaves that one as it is. */
int os_fchown(int fd, uint32_t uid, uint32_t gid);
int os_fstat_owner(int fd, unsigned int *uid, unsigned int *mode);
/*
 * Returns whether the path leads to the open file. A path that is a symbolic link is not followed.
 */
bool os_is_same_file(int fd, const char *path);
/* -EISDIR: the name is a directory and is_directory is false. */
int os_unlink_at(int directory, const char *name, bool is_directory);
int os_unlink(const char *path);
int os_rmdir(const char *path);
/* Reads the next entries of an open folder, struct dirent64 by struct dirent64. Returns their bytes; 0 at the end. */
ssize_t os_read_folder(int fd, void *entries, size_t size);
int os_rename_at(int directory, const char *from, const char *to);
/* Returns the effective user ID. */
unsigned int os_user(void);
/* Reads the mode of the file that a path leads to; symbolic links are followed. */
int os_path_mode(const char *path, unsigned int *mode);
/*
 * Returns whether the calling thread's effective user may execute a file. (Before Linux 5.8: its
 * real user.)
 */
bool os_may_execute(const char *path);

/* The users and groups of the calling thread. */
struct os_identity {
	uint32_t uid, euid, gid, egid;
	bool gains_by_exec;        /* no_new_privs is off */
};

/* The attributes of a file by which a thread that executes it gains privileges. */
struct os_file_user {
	uint32_t uid, gid, mode;
	bool has_capabilities;
	bool is_heeded;            /* its file system is not mounted nosuid */
};

struct os_identity os_identity(void);
int os_file_user(int fd, struct os_file_user *user);

int os_mkdir(const char *path, unsigned int mode);
int os_mkdir_at(int directory, const char *name, unsigned int mode);
int os_symlink(const char *target, const char *path);
ssize_t os_readlink(const char *path, char *buffer, size_t size);

ssize_t os_read(int fd, void *buffer, size_t size);
/* Returns -EAGAIN instead of waiting, whatever the descriptor's flags say. */
ssize_t os_read_nowait(int fd, void *buffer, size_t size);
ssize_t os_write(int fd, const void *buffer, size_t size);
ssize_t os_pread(int fd, void *buffer, size_t size, uint64_t offset);
ssize_t os_pwrite(int fd, const void *buffer, size_t size, uint64_t offset);
ssize_t os_preadv(int fd, const struct iovec *iov, int count, uint64_t offset);
ssize_t os_pwritev(int fd, const struct iovec *iov, int count, uint64_t offset);

/*
 * Waits at most so many milliseconds until one of at most 8 descriptors can be read. Returns its index,
 * -ETIMEDOUT, or -errno, which may be -EINTR.
 */
int os_wait_readable(const int *fds, unsigned int count, unsigned int milliseconds);
/* Returns a new eventfd, close-on-exec and non-blocking. */
int os_eventfd(void);
/* Makes two connected sockets, close-on-exec. */
int os_socket_pair(int ends[2]);
/*
 * Neither call waits or raises SIGPIPE. A descriptor that is not a socket is left alone: -ENOTSOCK.
 */
ssize_t os_send(int fd, const void *buffer, size_t size);
ssize_t os_receive(int fd, void *buffer, size_t size);

/* Returns whether the descriptor is open, and was not opened by O_PATH. */
bool os_fd_is_open(int fd);
/*
 * Returns a duplicate, close-on-exec, with a number well above those that a program expects, if
 * RLIMIT_NOFILE allows that.
 */
int os_dup_high(int fd);
/*
 * Replaces fd by such a duplicate and closes fd in any case. A negative fd is an error that is
 * passed on.
 */
int os_move_high(int fd);
/*
 * Open-file-description locks on one byte. A lock lives as long as the last copy of the descriptor,
 * in whichever process. -EAGAIN: another description holds one.
 */
int os_lock_byte(int fd, uint64_t byte, bool exclusive);
int os_unlock_byte(int fd, uint64_t byte);
/*
 * Locks of the process (F_SETLK): a child does not inherit them, and a close() of any descriptor of
 * the file drops them.
 */
int os_lock_byte_of_process(int fd, uint64_t byte);
int os_unlock_byte_of_process(int fd, uint64_t byte);
/*
 * Returns 1 if another description or process holds a lock on the byte, 0 if none does, or -errno.
 */
int os_byte_is_locked(int fd, uint64_t byte);

/* Returns an address, or -errno cast to a pointer: test it with os_is_error(). */
void *os_mmap(void *address, size_t size, int prot, int flags, int fd, uint64_t offset);
int os_munmap(void *address, size_t size);
int os_madvise(void *address, size_t size, int advice);
int os_mprotect(void *address, size_t size, int prot);
/*
 * `to` is for MREMAP_FIXED. Returns where the memory is now, or -errno cast to a pointer.
 */
void *os_mremap(void *address, size_t size, size_t new_size, int flags, void *to);

#define OS_NODE_WORDS 16               /* bits for all 1024 NUMA nodes that Linux can have */

/*
 * Sets a bit for each node that has memory which this thread may use. -ENOSYS: the kernel has no
 * NUMA.
 */
int os_memory_nodes(uint64_t mask[OS_NODE_WORDS]);
/*
 * Pages that have not been touched yet come from the node while it has a free page. The address
 * must start a page.
 */
int os_prefer_node(void *address, size_t size, unsigned int node);

static inline bool os_is_error(const void *p)
{
	return (uintptr_t)p >= (uintptr_t)-4095;
}

static inline int os_error(const void *p)
{
	return (int)(intptr_t)p;
}

/*
 * As process_vm_readv() and process_vm_writev() on the calling process. The system may refuse them
 * (util/os_copy.h).
 */
ssize_t os_vm_read(const struct iovec *local, size_t n_local, const struct iovec *program, size_t n_program);
ssize_t os_vm_write(const struct iovec *local, size_t n_local, const struct iovec *program, size_t n_program);

uint64_t os_memory_total(void);        /* bytes of this machine's memory and swap; UINT64_MAX if that is unknown */
uint64_t os_memlock_limit(void);       /* RLIMIT_MEMLOCK in bytes */
bool os_may_lock_any(void);            /* CAP_IPC_LOCK is in effect */
unsigned int os_page_shift(void);
/* Returns whether the kernel says that it is of this version or a later one. */
bool os_kernel_is(unsigned int major, unsigned int minor);
pid_t os_getpid(void);
pid_t os_gettid(void);
uint64_t os_now_ns(void);              /* monotonic */
void os_sleep_us(unsigned int us);
void os_yield(void);
int os_random(void *buffer, size_t size);

#endif
