/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of all libc names that the preload catches: a name is caught if and only if it has a row
 * here. A row names the function that replaces the call, and a twin is another name for the same
 * function. All of Linux's 64-bit ABIs pass variable arguments like named ones, so a row declares
 * the most arguments that the function takes; only the execl() family has "...". Names with _chk
 * know the size of the caller's buffer, and end the program if it is too small.
 *
 * Only the assembler sees the caught names, because libc's headers declare them with other types.
 */
#include "shim.h"

#include <unistd.h>

_Static_assert(sizeof(long) == 8 && sizeof(off_t) == 8, "twins are the same function on 64-bit machines only");

#define ROW(type, name, parameters, call)                                \
	SHIM_EXPORT type row_##name parameters __asm__(#name);           \
	SHIM_EXPORT type row_##name parameters { return call; }

#define TWIN(name, twin)                                                 \
	extern __typeof__(row_##name) twin_##twin __asm__(#twin)         \
		__attribute__((alias(#name), visibility("default")));

/* glibc calls this when a fortified caller's buffer is too small. */
extern void __chk_fail(void) __attribute__((noreturn));

static inline size_t fits(size_t size, size_t room)
{
	if (size > room)
		__chk_fail();
	return size;
}

/* Evaluates the call with the arguments after the last named one in "list". */
#define WITH_LIST(last, call)                         \
	({                                            \
		va_list list;                         \
		__typeof__(call) result_;             \
                                                      \
		va_start(list, last);                 \
		result_ = (call);                     \
		va_end(list);                         \
		result_;                              \
	})

/*
 * Calls that open by path: the machine opens ours, and libc opens the rest at the path's real
 * place.
 */
ROW(int, open, (const char *path, int flags, mode_t mode), shim_openat(AT_FDCWD, path, flags, mode))
TWIN(open, open64) TWIN(open, __open_2) TWIN(open, __open64_2)
ROW(int, openat, (int dirfd, const char *path, int flags, mode_t mode), shim_openat(dirfd, path, flags, mode))
TWIN(openat, openat64) TWIN(openat, __openat_2) TWIN(openat, __openat64_2)
ROW(int, creat, (const char *path, mode_t mode), shim_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode))
TWIN(creat, creat64)

/* Other calls with paths. */
ROW(FILE *, fopen, (const char *path, const char *mode), shim_fopen(path, mode))
TWIN(fopen, fopen64)
ROW(DIR *, opendir, (const char *path), shim_opendir(path))
ROW(int, glob, (const char *pattern, int flags, shim_glob_error_fn error, glob_t *result),
    shim_glob(pattern, flags, error, result))
TWIN(glob, glob64)
ROW(int, scandir, (const char *path, struct dirent ***list, shim_filter_fn filter, shim_order_fn order),
    shim_scandir(path, list, filter, order))
TWIN(scandir, scandir64)
ROW(int, chdir, (const char *path), shim_chdir(path))
ROW(int, stat, (const char *path, struct stat *st), shim_fstatat(AT_FDCWD, path, st, 0))
TWIN(stat, stat64)
ROW(int, lstat, (const char *path, struct stat *st), shim_fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW))
TWIN(lstat, lstat64)
ROW(int, fstatat, (int dirfd, const char *path, struct stat *st, int flags), shim_fstatat(dirfd, path, st, flags))
TWIN(fstatat, fstatat64)
ROW(int, fstat, (int fd, struct stat *st), shim_fstat(fd, st))
TWIN(fstat, fstat64)
ROW(int, __fxstat, (int version, int fd, struct stat *st), shim_fstat(fd, st))
TWIN(__fxstat, __fxstat64)
ROW(int, __xstat, (int version, const char *path, struct stat *st), shim_fstatat(AT_FDCWD, path, st, 0))
TWIN(__xstat, __xstat64)
ROW(int, __lxstat, (int version, const char *path, struct stat *st),
    shim_fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW))
TWIN(__lxstat, __lxstat64)
ROW(int, __fxstatat, (int version, int dirfd, const char *path, struct stat *st, int flags),
    shim_fstatat(dirfd, path, st, flags))
TWIN(__fxstatat, __fxstatat64)
ROW(int, statx, (int dirfd, const char *path, int flags, unsigned int mask, struct statx *st),
    shim_statx(dirfd, path, flags, mask, st))
ROW(int, access, (const char *path, int mode), shim_faccessat(AT_FDCWD, path, mode, 0))
ROW(int, faccessat, (int dirfd, const char *path, int mode, int flags), shim_faccessat(dirfd, path, mode, flags))
ROW(int, euidaccess, (const char *path, int mode), shim_euidaccess(path, mode))
TWIN(euidaccess, eaccess)
ROW(ssize_t, getxattr, (const char *path, const char *name, void *value, size_t size),
    shim_getxattr(path, name, value, size))
ROW(ssize_t, lgetxattr, (const char *path, const char *name, void *value, size_t size),
    shim_lgetxattr(path, name, value, size))
ROW(ssize_t, readlink, (const char *path, char *buffer, size_t size), shim_readlinkat(AT_FDCWD, path, buffer, size))
ROW(ssize_t, __readlink_chk, (const char *path, char *buffer, size_t size, size_t room),
    shim_readlinkat(AT_FDCWD, path, buffer, fits(size, room)))
ROW(ssize_t, readlinkat, (int dirfd, const char *path, char *buffer, size_t size),
    shim_readlinkat(dirfd, path, buffer, size))
ROW(ssize_t, __readlinkat_chk, (int dirfd, const char *path, char *buffer, size_t size, size_t room),
    shim_readlinkat(dirfd, path, buffer, fits(size, room)))
ROW(char *, realpath, (const char *path, char *resolved), shim_realpath(path, resolved))
ROW(char *, __realpath_chk, (const char *path, char *resolved, size_t room),
    fits(PATH_MAX, room) ? shim_realpath(path, resolved) : NULL)
ROW(char *, canonicalize_file_name, (const char *path), shim_realpath(path, NULL))

/* Calls that close, duplicate, send or receive descriptors. */
ROW(int, close, (int fd), shim_close(fd))
ROW(FILE *, fdopen, (int fd, const char *mode), shim_fdopen(fd, mode))
ROW(int, fclose, (FILE *stream), shim_fclose(stream))
ROW(int, close_range, (unsigned int first, unsigned int last, int flags), shim_close_range(first, last, flags))
ROW(void, closefrom, (int first), shim_closefrom(first))
ROW(int, dup, (int fd), shim_dup(fd))
ROW(int, dup2, (int fd, int copy), shim_dup2(fd, copy))
ROW(int, dup3, (int fd, int copy, int flags), shim_dup3(fd, copy, flags))
ROW(int, fcntl, (int fd, int command, void *argument), shim_fcntl(fd, command, argument))
TWIN(fcntl, fcntl64)
ROW(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), shim_sendmsg(fd, message, flags))
ROW(int, sendmmsg, (int fd, struct mmsghdr *list, unsigned int count, int flags), shim_sendmmsg(fd, list, count, flags))
ROW(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), shim_recvmsg(fd, message, flags))
ROW(int, recvmmsg, (int fd, struct mmsghdr *list, unsigned int count, int flags, struct timespec *timeout),
    shim_recvmmsg(fd, list, count, flags, timeout))
ROW(int, pidfd_getfd, (int pidfd, int fd, unsigned int flags), shim_pidfd_getfd(pidfd, fd, flags))

/* Calls that use a descriptor. */
ROW(int, ioctl, (int fd, unsigned long request, void *argument), shim_ioctl(fd, request, argument))
ROW(ssize_t, read, (int fd, void *buffer, size_t size), shim_read(fd, buffer, size))
ROW(ssize_t, __read_chk, (int fd, void *buffer, size_t size, size_t room), shim_read(fd, buffer, fits(size, room)))
ROW(ssize_t, write, (int fd, const void *buffer, size_t size), shim_write(fd, buffer, size))
ROW(int, ftruncate, (int fd, off_t size), shim_ftruncate(fd, size))
TWIN(ftruncate, ftruncate64)
ROW(int, fallocate, (int fd, int mode, off_t offset, off_t size), shim_fallocate(fd, mode, offset, size))
TWIN(fallocate, fallocate64)
ROW(int, posix_fallocate, (int fd, off_t offset, off_t size), shim_posix_fallocate(fd, offset, size))
TWIN(posix_fallocate, posix_fallocate64)
ROW(off_t, lseek, (int fd, off_t offset, int whence), shim_lseek(fd, offset, whence))
TWIN(lseek, lseek64)
ROW(ssize_t, pread, (int fd, void *buffer, size_t size, off_t offset), shim_pread(fd, buffer, size, offset))
TWIN(pread, pread64)
ROW(ssize_t, __pread_chk, (int fd, void *buffer, size_t size, off_t offset, size_t room),
    shim_pread(fd, buffer, fits(size, room), offset))
TWIN(__pread_chk, __pread64_chk)
ROW(ssize_t, pwrite, (int fd, const void *buffer, size_t size, off_t offset), shim_pwrite(fd, buffer, size, offset))
TWIN(pwrite, pwrite64)
ROW(ssize_t, readv, (int fd, const struct iovec *iov, int count), shim_readv(fd, iov, count))
ROW(ssize_t, writev, (int fd, const struct iovec *iov, int count), shim_writev(fd, iov, count))
ROW(ssize_t, preadv, (int fd, const struct iovec *iov, int count, off_t offset), shim_preadv(fd, iov, count, offset))
TWIN(preadv, preadv64)
ROW(ssize_t, pwritev, (int fd, const struct iovec *iov, int count, off_t offset), shim_pwritev(fd, iov, count, offset))
TWIN(pwritev, pwritev64)
ROW(void *, mmap, (void *address, size_t length, int prot, int flags, int fd, off_t offset),
    shim_mmap(address, length, prot, flags, fd, offset))
TWIN(mmap, mmap64)

/* Other calls that map and unmap memory. */
ROW(int, munmap, (void *address, size_t length), shim_munmap(address, length))
ROW(void *, mremap, (void *address, size_t size, size_t new_size, int flags, void *new_address),
    shim_mremap(address, size, new_size, flags, new_address))
ROW(int, mprotect, (void *address, size_t length, int prot), shim_mprotect(address, length, prot, -1))
ROW(int, pkey_mprotect, (void *address, size_t length, int prot, int key), shim_mprotect(address, length, prot, key))
ROW(void *, shmat, (int id, const void *address, int flags), shim_shmat(id, address, flags))
ROW(int, shmdt, (const void *address), shim_shmdt(address))
ROW(int, brk, (void *end), shim_brk(end))
ROW(void *, sbrk, (intptr_t increment), shim_sbrk(increment))

/* Calls that set signal handlers and masks. */
ROW(int, sigaction, (int number, const struct sigaction *action, struct sigaction *before),
    shim_sigaction(number, action, before))
TWIN(sigaction, __sigaction)
ROW(sighandler_t, signal, (int number, sighandler_t handler), shim_signal(number, handler))
TWIN(signal, bsd_signal) TWIN(signal, ssignal)
ROW(sighandler_t, sysv_signal, (int number, sighandler_t handler), shim_sysv_signal(number, handler))
TWIN(sysv_signal, __sysv_signal)
ROW(int, pthread_sigmask, (int how, const sigset_t *set, sigset_t *before), shim_sigmask(how, set, before))
ROW(int, sigprocmask, (int how, const sigset_t *set, sigset_t *before), (int)shim_answer(-shim_sigmask(how, set, before)))
ROW(int, siginterrupt, (int number, int interrupts), shim_siginterrupt(number, interrupts))

/* Calls that start programs. */
ROW(int, execve, (const char *path, char *const arguments[], char *const environment[]),
    shim_execve(path, arguments, environment))
ROW(int, execv, (const char *path, char *const arguments[]), shim_execve(path, arguments, environ))
ROW(int, execvp, (const char *name, char *const arguments[]), shim_execvpe(name, arguments, environ))
ROW(int, execvpe, (const char *name, char *const arguments[], char *const environment[]),
    shim_execvpe(name, arguments, environment))
ROW(int, execl, (const char *path, const char *first, ...),
    WITH_LIST(first, shim_execl(path, first, list, false, shim_execve)))
ROW(int, execlp, (const char *name, const char *first, ...),
    WITH_LIST(first, shim_execl(name, first, list, false, shim_execvpe)))
ROW(int, execle, (const char *path, const char *first, ...),
    WITH_LIST(first, shim_execl(path, first, list, true, shim_execve)))
ROW(int, fexecve, (int fd, char *const arguments[], char *const environment[]),
    shim_fexecve(fd, arguments, environment))
ROW(int, execveat, (int dirfd, const char *path, char *const arguments[], char *const environment[], int flags),
    shim_execveat(dirfd, path, arguments, environment, flags))
ROW(int, posix_spawn, (pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]),
    shim_spawn(child, path, actions, attributes, arguments, environment))
ROW(int, posix_spawnp, (pid_t *child, const char *name, const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]),
    shim_spawnp(child, name, actions, attributes, arguments, environment))
ROW(int, system, (const char *command), shim_system(command))
ROW(FILE *, popen, (const char *command, const char *mode), shim_popen(command, mode))

/* Calls that end the process at once. */
ROW(void, _exit, (int status), shim_exit_now(status))
TWIN(_exit, _Exit)
