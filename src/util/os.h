/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one door to the operating system. Every call goes to the kernel as a
 * raw system call, so that none of them can meet the names that the preload
 * interposes, and answers a result or -errno; errno itself stays untouched.
 */
#ifndef STCE_UTIL_OS_H
#define STCE_UTIL_OS_H

#include <signal.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "util/types.h"

int os_open(const char *path, int flags, unsigned int mode);
int os_open_at(int directory, const char *name, int flags, unsigned int mode);
int os_close(int fd);
int os_close_range(unsigned int first, unsigned int last, int flags);
int os_dup3(int fd, int copy, int flags);
int os_memfd_create(const char *name, unsigned int flags);
int os_ftruncate(int fd, uint64_t size);
/* No longer resizable, by anybody (F_SEAL_SHRINK, F_SEAL_GROW). */
int os_seal_size(int fd);
/* Grows a file to so many bytes, which are there for sure afterwards: no later store can fail. -ENOSPC. */
int os_allocate(int fd, uint64_t size);
int os_fallocate(int fd, int mode, uint64_t offset, uint64_t length);
int os_fdatasync(int fd);
/* The next part of a file from offset on that is no hole: *start to *end. -ENXIO: there is none. */
int os_find_data(int fd, uint64_t offset, uint64_t *start, uint64_t *end);
long os_ioctl(int fd, unsigned long request, void *argument);
/* Device and inode of an open file, its size and mode; any may be NULL. */
int os_fstat(int fd, uint64_t *dev, uint64_t *ino, uint64_t *size, unsigned int *mode);
int os_fchmod(int fd, unsigned int mode);
/* All ones: stays as it is. */
int os_fchown(int fd, uint32_t uid, uint32_t gid);
int os_fstat_owner(int fd, unsigned int *uid, unsigned int *mode);
/* Whether a path, which is not followed where it is a link, leads to the open file. */
bool os_is_same_file(int fd, const char *path);
/* -EISDIR: it is a directory, and is_directory is false. */
int os_unlink_at(int directory, const char *name, bool is_directory);
int os_unlink(const char *path);
int os_rmdir(const char *path);
int os_rename_at(int directory, const char *from, const char *to);
/* The effective user. */
unsigned int os_user(void);
/* What a path leads to; links are followed. */
int os_path_mode(const char *path, unsigned int *mode);
/* Whether the calling thread may execute a file, by its effective user. */
bool os_may_execute(const char *path);

/* Whom the calling thread acts for. */
struct os_identity {
	uint32_t uid, euid, gid, egid;
	bool gains_by_exec;        /* no_new_privs is off */
};

/* What the kernel looks at when a thread gains privileges by executing a file. */
struct os_file_user {
	uint32_t uid, gid, mode;
	bool has_capabilities;
	bool is_heeded;            /* its file system is not mounted nosuid */
};

struct os_identity os_identity(void);
int os_file_user(int fd, struct os_file_user *user);

int os_mkdir(const char *path, unsigned int mode);
int os_symlink(const char *target, const char *path);
ssize_t os_readlink(const char *path, char *buffer, size_t size);

ssize_t os_read(int fd, void *buffer, size_t size);
/* -EAGAIN where it would wait, whatever the descriptor's flags. */
ssize_t os_read_nowait(int fd, void *buffer, size_t size);
ssize_t os_write(int fd, const void *buffer, size_t size);
ssize_t os_pread(int fd, void *buffer, size_t size, uint64_t offset);
ssize_t os_pwrite(int fd, const void *buffer, size_t size, uint64_t offset);
ssize_t os_preadv(int fd, const struct iovec *iov, int count, uint64_t offset);
ssize_t os_pwritev(int fd, const struct iovec *iov, int count, uint64_t offset);

/* Waits until one of at most 8 descriptors can be read, or so long. Return: its index; -ETIMEDOUT; -errno, -EINTR among them. */
int os_wait_readable(const int *fds, unsigned int count, unsigned int seconds);
/* A fresh one, close-on-exec. */
int os_eventfd(void);
/* Two sockets that are connected to each other, close-on-exec. */
int os_socket_pair(int ends[2]);
/* Neither waits, or raises SIGPIPE. What is not a socket is left alone: -ENOTSOCK. */
ssize_t os_send(int fd, const void *buffer, size_t size);
ssize_t os_receive(int fd, void *buffer, size_t size);

/* Whether calls take this number: it is open, and not by O_PATH. */
bool os_fd_is_open(int fd);
/* A duplicate, close-on-exec, numbered well above what a program expects, if RLIMIT_NOFILE allows. */
int os_dup_high(int fd);
/* Such a duplicate instead of fd, which is closed in any case. A negative fd is an error that is passed on. */
int os_move_high(int fd);
/*
 * Open-file-description locks on one byte: they live as long as the last
 * copy of the descriptor, in whatever process. -EAGAIN: somebody else's.
 */
int os_lock_byte(int fd, uint64_t byte, bool exclusive);
int os_unlock_byte(int fd, uint64_t byte);
/*
 * The old kind, which is the process's: a child does not inherit it, and a
 * close() of any descriptor of the file drops it.
 */
int os_lock_byte_of_process(int fd, uint64_t byte);
int os_unlock_byte_of_process(int fd, uint64_t byte);
/* 1 when another description or a process holds a lock on the byte, 0 when none does. */
int os_byte_is_locked(int fd, uint64_t byte);

/* Address or -errno cast to a pointer: test with os_is_error(). */
void *os_mmap(void *address, size_t size, int prot, int flags, int fd, uint64_t offset);
int os_munmap(void *address, size_t size);
int os_madvise(void *address, size_t size, int advice);

#define OS_NODE_WORDS 16               /* for as many NUMA nodes as Linux can have, 1024 */

/* The nodes that have memory which this thread may take, as bits. -ENOSYS: the kernel has no NUMA. */
int os_memory_nodes(uint64_t mask[OS_NODE_WORDS]);
/* What has not been touched yet comes from the node while that has a free page. The address is a page's. */
int os_prefer_node(void *address, size_t size, unsigned int node);

static inline bool os_is_error(const void *p)
{
	return (uintptr_t)p >= (uintptr_t)-4095;
}

static inline int os_error(const void *p)
{
	return (int)(intptr_t)p;
}

/* process_vm_readv() and process_vm_writev() on the calling process. They may be refused: util/os_copy.h. */
ssize_t os_vm_read(const struct iovec *local, size_t n_local, const struct iovec *program, size_t n_program);
ssize_t os_vm_write(const struct iovec *local, size_t n_local, const struct iovec *program, size_t n_program);

uint64_t os_memlock_limit(void);       /* RLIMIT_MEMLOCK in bytes */
bool os_may_lock_any(void);            /* CAP_IPC_LOCK is in effect */
unsigned int os_page_shift(void);
pid_t os_getpid(void);
uint64_t os_now_ns(void);              /* monotonic */
void os_sleep_us(unsigned int us);
void os_yield(void);
int os_random(void *buffer, size_t size);

#endif
