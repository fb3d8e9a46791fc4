/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of the functions behind the interposed names. Names that differ only in their checks or
 * in the width of an offset share an entry, and so do names that are a special case of another:
 * open is openat at AT_FDCWD, and stat is fstatat.
 */
#ifndef STCE_SHIM_REAL_H
#define STCE_SHIM_REAL_H

#include <dirent.h>
#include <glob.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

typedef int (*shim_filter_fn)(const struct dirent *entry);
typedef int (*shim_glob_error_fn)(const char *path, int error);
typedef int (*shim_order_fn)(const struct dirent **a, const struct dirent **b);

#define SHIM_REAL(X)                                                                   \
	X(int, openat, (int dirfd, const char *path, int flags, ...))                  \
	X(FILE *, fopen, (const char *path, const char *mode))                         \
	X(FILE *, fdopen, (int fd, const char *mode))                                  \
	X(int, fclose, (FILE *stream))                                                 \
	X(DIR *, opendir, (const char *path))                                          \
	X(int, glob, (const char *pattern, int flags, shim_glob_error_fn error, glob_t *result)) \
	X(int, scandir, (const char *path, struct dirent ***list, shim_filter_fn filter, \
			 shim_order_fn order))                                         \
	X(int, chdir, (const char *path))                                              \
	X(int, fstatat, (int dirfd, const char *path, struct stat *st, int flags))     \
	X(int, fstat, (int fd, struct stat *st))                                       \
	X(int, statx, (int dirfd, const char *path, int flags, unsigned int mask,      \
		       struct statx *st))                                              \
	X(int, faccessat, (int dirfd, const char *path, int mode, int flags))          \
	X(int, euidaccess, (const char *path, int mode))                               \
	X(ssize_t, getxattr, (const char *path, const char *name, void *value, size_t size)) \
	X(ssize_t, lgetxattr, (const char *path, const char *name, void *value, size_t size)) \
	X(ssize_t, readlinkat, (int dirfd, const char *path, char *buffer, size_t size)) \
	X(char *, realpath, (const char *path, char *resolved))                        \
	X(int, close, (int fd))                                                        \
	X(int, close_range, (unsigned int first, unsigned int last, int flags))        \
	X(void, closefrom, (int first))                                                \
	X(int, dup, (int fd))                                                          \
	X(int, dup2, (int fd, int copy))                                               \
	X(int, dup3, (int fd, int copy, int flags))                                    \
	X(int, fcntl, (int fd, int command, ...))                                      \
	X(int, ioctl, (int fd, unsigned long request, ...))                            \
	X(ssize_t, read, (int fd, void *buffer, size_t size))                          \
	X(ssize_t, write, (int fd, const void *buffer, size_t size))                   \
	X(int, ftruncate, (int fd, off_t size))                                        \
	X(int, fallocate, (int fd, int mode, off_t offset, off_t size))                \
	X(int, posix_fallocate, (int fd, off_t offset, off_t size))                    \
	X(off_t, lseek, (int fd, off_t offset, int whence))                            \
	X(ssize_t, pread, (int fd, void *buffer, size_t size, off_t offset))           \
	X(ssize_t, pwrite, (int fd, const void *buffer, size_t size, off_t offset))    \
	X(ssize_t, readv, (int fd, const struct iovec *iov, int count))                \
	X(ssize_t, writev, (int fd, const struct iovec *iov, int count))               \
	X(ssize_t, preadv, (int fd, const struct iovec *iov, int count, off_t offset)) \
	X(ssize_t, pwritev, (int fd, const struct iovec *iov, int count, off_t offset)) \
	X(void *, mmap, (void *address, size_t length, int prot, int flags, int fd,    \
			 off_t offset))                                                \
	X(int, munmap, (void *address, size_t length))                                 \
	X(void *, mremap, (void *address, size_t size, size_t new_size, int flags, ...)) \
	X(void *, shmat, (int id, const void *address, int flags))                     \
	X(int, shmdt, (const void *address))                                           \
	X(int, brk, (void *end))                                                       \
	X(void *, sbrk, (intptr_t increment))                                          \
	X(void, free, (void *memory))                                                  \
	X(void *, realloc, (void *memory, size_t size))                                \
	X(int, sigaction, (int number, const struct sigaction *action, struct sigaction *before)) \
	X(int, pthread_sigmask, (int how, const sigset_t *set, sigset_t *before))      \
	X(int, mprotect, (void *address, size_t length, int prot))                     \
	X(int, pkey_mprotect, (void *address, size_t length, int prot, int key))       \
	X(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags))         \
	X(int, sendmmsg, (int fd, struct mmsghdr *list, unsigned int count, int flags)) \
	X(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags))               \
	X(int, pidfd_getfd, (int pidfd, int fd, unsigned int flags))                   \
	X(void, _exit, (int status))                                                   \
	X(int, execve, (const char *path, char *const arguments[], char *const environment[])) \
	X(int, execvpe, (const char *name, char *const arguments[], char *const environment[])) \
	X(int, fexecve, (int fd, char *const arguments[], char *const environment[]))  \
	X(int, execveat, (int dirfd, const char *path, char *const arguments[],        \
			  char *const environment[], int flags))                       \
	X(int, posix_spawn, (pid_t *child, const char *path, const posix_spawn_file_actions_t *actions, \
			     const posix_spawnattr_t *attributes, char *const arguments[], \
			     char *const environment[]))                               \
	X(int, posix_spawnp, (pid_t *child, const char *name, const posix_spawn_file_actions_t *actions, \
			      const posix_spawnattr_t *attributes, char *const arguments[], \
			      char *const environment[]))                              \
	X(int, system, (const char *command))                                          \
	X(FILE *, popen, (const char *command, const char *mode))                      \
	X(int, recvmmsg, (int fd, struct mmsghdr *list, unsigned int count, int flags, \
			  struct timespec *timeout))

struct shim_real {
#define SHIM_REAL_FIELD(type, name, parameters) type (*name) parameters;
	SHIM_REAL(SHIM_REAL_FIELD)
#undef SHIM_REAL_FIELD
};

extern struct shim_real shim_real_table;
extern atomic_bool shim_real_known;

/* Fills the table. Another call stores the same values. */
void shim_real_find(void);

/* Returns the table, also before any constructor has run, in a signal handler and after fork. */
static inline const struct shim_real *real(void)
{
	if (!atomic_load_explicit(&shim_real_known, memory_order_acquire))
		shim_real_find();
	return &shim_real_table;
}

#endif
