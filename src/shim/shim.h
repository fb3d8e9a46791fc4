/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the rows of names.c call. Each function answers as the libc function
 * of its name does, errno included, and leaves what is not ours to that one.
 */
#ifndef STCE_SHIM_SHIM_H
#define STCE_SHIM_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>

#include <spapr-tce/files.h>
#include <spapr-tce/run.h>

#include "real.h"

#define SHIM_EXPORT __attribute__((visibility("default")))

/* path.c */
int shim_openat(int dirfd, const char *path, int flags, mode_t mode);
FILE *shim_fopen(const char *path, const char *mode);
DIR *shim_opendir(const char *path);
int shim_scandir(const char *path, struct dirent ***list, shim_filter_fn filter, shim_order_fn order);
int shim_chdir(const char *path);
int shim_glob(const char *pattern, int flags, shim_glob_error_fn error, glob_t *result);
int shim_fstatat(int dirfd, const char *path, struct stat *st, int flags);
int shim_statx(int dirfd, const char *path, int flags, unsigned int mask, struct statx *st);
int shim_faccessat(int dirfd, const char *path, int mode, int flags);
int shim_euidaccess(const char *path, int mode);
ssize_t shim_getxattr(const char *path, const char *name, void *value, size_t size);
ssize_t shim_lgetxattr(const char *path, const char *name, void *value, size_t size);
ssize_t shim_readlinkat(int dirfd, const char *path, char *buffer, size_t size);
char *shim_realpath(const char *path, char *resolved);

/* look.c: what the kernel has said of a file becomes what it would say on Linux. */
void shim_show(int fd, struct stat *st);
void shim_show_path(const char *path, struct stat *st);
void shim_showx(int fd, struct statx *st);
void shim_showx_path(const char *path, struct statx *st);
int shim_fstat(int fd, struct stat *st);

/* proc.c: a descriptor, or STCE_NOT_OURS where the kernel's file says all. */
int shim_open_status(const char *path, int flags);

/* fd.c */
int shim_close(int fd);
FILE *shim_fdopen(int fd, const char *mode);
int shim_fclose(FILE *stream);
int shim_close_range(unsigned int first, unsigned int last, int flags);
void shim_closefrom(int first);
int shim_dup(int fd);
int shim_dup2(int fd, int copy);
int shim_dup3(int fd, int copy, int flags);
int shim_fcntl(int fd, int command, void *argument);
ssize_t shim_recvmsg(int fd, struct msghdr *message, int flags);
int shim_recvmmsg(int fd, struct mmsghdr *list, unsigned int count, int flags, struct timespec *timeout);

int shim_pidfd_getfd(int pidfd, int fd, unsigned int flags);

/* A number that the library holds for itself, which to the program is not open. */
bool shim_is_hidden(int fd);
/* A descriptor that libc has just handed out: what was known of its number is stale. */
int shim_fresh(int fd);
/* A descriptor that came over a socket or an exec: adopted when it is ours. */
void shim_arrived(int fd);
/* A descriptor of ours exists under this number. */
void shim_note(int fd);

/* io.c */
int shim_ioctl(int fd, unsigned long request, void *argument);
ssize_t shim_read(int fd, void *buffer, size_t size);
ssize_t shim_write(int fd, const void *buffer, size_t size);
int shim_ftruncate(int fd, off_t size);
int shim_fallocate(int fd, int mode, off_t offset, off_t size);
int shim_posix_fallocate(int fd, off_t offset, off_t size);
off_t shim_lseek(int fd, off_t offset, int whence);
ssize_t shim_pread(int fd, void *buffer, size_t size, off_t offset);
ssize_t shim_pwrite(int fd, const void *buffer, size_t size, off_t offset);
ssize_t shim_readv(int fd, const struct iovec *iov, int count);
ssize_t shim_writev(int fd, const struct iovec *iov, int count);
ssize_t shim_preadv(int fd, const struct iovec *iov, int count, off_t offset);
ssize_t shim_pwritev(int fd, const struct iovec *iov, int count, off_t offset);
void *shim_mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset);

/* exec.c */
int shim_execve(const char *path, char *const arguments[], char *const environment[]);
int shim_execvpe(const char *name, char *const arguments[], char *const environment[]);
int shim_fexecve(int fd, char *const arguments[], char *const environment[]);
int shim_execveat(int dirfd, const char *path, char *const arguments[], char *const environment[], int flags);
int shim_execl(const char *path, const char *first, va_list list, bool has_environment,
	       int (*exec)(const char *path, char *const arguments[], char *const environment[]));
int shim_spawn(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
	       const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]);
int shim_spawnp(pid_t *child, const char *name, const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]);
int shim_system(const char *command);
FILE *shim_popen(const char *command, const char *mode);

/* To the user of the run; where its directory is out of reach, to whoever reads this program's errors. */
void shim_tell(const char *line);

/* environment.c */

#define SHIM_PRELOAD "LD_PRELOAD="
#define SHIM_RUN     STCE_RUN_VARIABLE "="

/* What starts a program: what is handed to libc, but for the environment. */
struct shim_start {
	const char *path;
	char *const *arguments;
	int dirfd, flags;
	pid_t *child;
	const posix_spawn_file_actions_t *actions;
	const posix_spawnattr_t *attributes;
};

typedef int (*shim_start_fn)(const struct shim_start *start, char *const environment[]);

/* The path by which the loader has loaded us; "": not by a whole one. */
extern char shim_own_path[PATH_MAX];
void shim_learn_own_path(void);
/*
 * How many entries a list has, and a copy of at most so many to a list with
 * room for one more, if there is one to copy to. -1: not all of it is in
 * memory.
 */
ssize_t shim_read_environment(char *const from[], char **to, size_t size);
/* The value of a variable, whose name ends with '='. */
const char *shim_variable(char *const environment[], const char *name);
/*
 * Calls go with the environment, in which our library is or, where it must not
 * be, is not. A run of the program's own choice stays, and so does an empty
 * name, by which a program leaves the run.
 */
int shim_start_in_run(const struct shim_start *start, char *const environment[], bool is_served, shim_start_fn go);

/* attach.c */

/* The run's directory, NULL where the program is not below a run. */
const char *shim_directory(void);
/* The machine, attached at the first call; NULL where there is none. */
struct stce_machine *shim_machine(void);
/* Why there is none this time, as -errno, where another time may do; else 0. */
int shim_machine_error(void);
/* The machine if the program has used it already. */
struct stce_machine *shim_machine_known(void);
/*
 * Whether the caller runs in memory that belongs to its parent: between
 * vfork() and exec a child may change its own descriptors, but what is known
 * of them is the parent's.
 */
bool shim_is_vfork_child(void);

/* signal.c */
int shim_sigaction(int number, const struct sigaction *action, struct sigaction *before);
sighandler_t shim_signal(int number, sighandler_t handler);
sighandler_t shim_sysv_signal(int number, sighandler_t handler);
int shim_siginterrupt(int number, int interrupts);

/* How deep the calling thread is inside calls of the program into the core: signals wait until it is out. */
extern __thread volatile unsigned int shim_depth;
extern __thread volatile bool shim_has_waiting;
void shim_let_in(void);
/* For stce_on_wait(). */
void shim_wait(bool waits);

static inline void shim_enter(void)
{
	shim_depth = shim_depth + 1;
	atomic_signal_fence(memory_order_seq_cst);
}

static inline void shim_leave(void)
{
	atomic_signal_fence(memory_order_seq_cst);
	shim_depth = shim_depth - 1;
	if (__builtin_expect(shim_has_waiting, false) && !shim_depth)
		shim_let_in();
}

/* A call into the core: it may change errno, which a call that succeeds leaves alone. */
#define IN_CORE(call)                                 \
	({                                            \
		int saved_ = errno;                   \
		__typeof__(call) result_;             \
                                                      \
		shim_enter();                         \
		result_ = (call);                     \
		shim_leave();                         \
		errno = saved_;                       \
		result_;                              \
	})

/* qemu.c: where the program is QEMU, tells it of what devices write. */
void shim_qemu_watch(struct stce_machine *machine);

/* A result of the core as libc gives it. */
static inline long shim_answer(long result)
{
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}

#endif
