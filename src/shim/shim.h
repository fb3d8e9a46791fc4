/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions behind the rows of names.c. Each has the interface of the libc function of its
 * name, errno included, and passes everything that is not ours to that function.
 */
#ifndef STCE_SHIM_SHIM_H
#define STCE_SHIM_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* folder.c: returns whether a path begins as ours do. */
bool shim_may_be_ours(const char *path);
/*
 * The next two complete a relative path in a buffer of PATH_MAX bytes. This returns the host's path
 * of an attribute to which the path may lead from a folder in the run's directory, else NULL.
 * Scripts change into a function's folder and write there.
 */
const char *shim_attribute_path(int dirfd, const char *path, int flags, char *buffer);
/* Returns whether a path that O_PATH opens may lead from a folder that is not ours into one of ours. */
bool shim_step_path(int dirfd, const char *path, int flags, char *buffer);

/* look.c: these correct the kernel's answer about a file of ours to that of Linux on POWER. */
void shim_show(int fd, struct stat *st);
void shim_show_path(const char *path, struct stat *st);
void shim_showx(int fd, struct statx *st);
void shim_showx_path(const char *path, struct statx *st);
int shim_fstat(int fd, struct stat *st);

/* proc.c: returns a descriptor, or STCE_NOT_OURS if the kernel's own file is right. */
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
ssize_t shim_sendmsg(int fd, const struct msghdr *message, int flags);
int shim_sendmmsg(int fd, struct mmsghdr *list, unsigned int count, int flags);
ssize_t shim_recvmsg(int fd, struct msghdr *message, int flags);
int shim_recvmmsg(int fd, struct mmsghdr *list, unsigned int count, int flags, struct timespec *timeout);
int shim_pidfd_getfd(int pidfd, int fd, unsigned int flags);

/* Tells whether the library holds this number for itself. To the program it is not open. */
bool shim_is_hidden(int fd);
/* Forgets what the core knows of a number that the kernel has just handed out. Returns fd. */
int shim_fresh(int fd);
/* Adopts a descriptor that came over a socket or an exec, if it is ours. */
void shim_arrived(int fd);
/* Notes that a descriptor of ours has this number. */
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

/* The arguments of mmap(). */
struct shim_mapping {
	void *address;
	size_t length;
	int prot, flags, fd;
	off_t offset;
};

/* Maps a file of ours, or what else there is to map. Memory is not taken from devices. */
void *shim_map(const struct shim_mapping *mapping);

/* unmap.c */
void *shim_mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset);
int shim_munmap(void *address, size_t length);
void *shim_mremap(void *address, size_t size, size_t new_size, int flags, void *new_address);
/* The key of pkey_mprotect(); -1: none. */
int shim_mprotect(void *address, size_t length, int prot, int key);
void *shim_shmat(int id, const void *address, int flags);
int shim_shmdt(const void *address);
int shim_brk(void *end);
void *shim_sbrk(intptr_t increment);

/* proc.c: returns how many bytes the file that is mapped at an address has there, or 0. */
size_t shim_mapped_size(const void *address);

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

/* leave.c */

/*
 * Lets the core write what it keeps of this process's calls. execve(2), _exit(2) and quick_exit(3) end a
 * process without its destructors.
 */
void shim_before_end(void);
void shim_exit_now(int status) __attribute__((noreturn));
/* Notes at the start that quick_exit(3) comes here last, behind the program's own handlers. */
void shim_leave_at_quick_exit(void);

/* environment.c */

/* Reads memory that may not be there. Returns the bytes read, or -1 if a seccomp filter forbids the call. */
ssize_t shim_peek(void *to, size_t size, const struct iovec *from, unsigned long count);

#define SHIM_PRELOAD "LD_PRELOAD="
#define SHIM_RUN     STCE_RUN_VARIABLE "="

/* All arguments of a call that starts a program, but for the environment. */
struct shim_start {
	const char *path;
	char *const *arguments;
	int dirfd, flags;
	pid_t *child;
	const posix_spawn_file_actions_t *actions;
	const posix_spawnattr_t *attributes;
};

typedef int (*shim_start_fn)(const struct shim_start *start, char *const environment[]);

/* The absolute path by which the loader has loaded us, or "" if it was another. */
extern char shim_own_path[PATH_MAX];
void shim_learn_own_path(void);
/*
 * Returns the number of entries of a list. If `to` is not NULL, at most `size` of them and a final
 * NULL are copied there. Returns -1 if a part of the list is not in memory.
 */
ssize_t shim_read_environment(char *const from[], char **to, size_t size);
/* Returns the value of a variable, or NULL. The name ends with '='. */
const char *shim_variable(char *const environment[], const char *name);
/*
 * Calls go() with an environment that names the run, and that preloads our library if and only if
 * the new program is served. If the environment names a run already, it keeps that name. If that
 * name is empty, by which a program leaves the run, the environment is not changed at all.
 */
int shim_start_in_run(const struct shim_start *start, char *const environment[], bool is_served, shim_start_fn go);

/* process.c */

/* Returns the run's directory, or NULL if the program is not below a run. */
const char *shim_directory(void);
/*
 * Tells whether this process runs in its parent's memory. Between vfork() and exec a child may
 * change its own descriptors, but our knowledge of descriptors is in memory and stays the parent's.
 */
bool shim_is_vfork_child(void);
/* Notes at the start that the memory belongs to this process. */
void shim_learn_memory_owner(void);
/*
 * A child of fork() calls this. Its page may still name the parent, because qemu-user answers 0 to
 * MADV_WIPEONFORK and empties nothing.
 */
void shim_take_memory(void);

/* tell.c */

/*
 * Tells the user of the run a line. If the run's directory is out of reach, the line goes to
 * stderr.
 */
void shim_tell(const char *line);
/* Prints on stderr why the program gets no machine. */
void shim_complain(const char *why);

/* attach.c */

/* Returns the machine, to which the first call attaches, or NULL if there is none. */
struct stce_machine *shim_machine(void);
/*
 * Returns -errno if this thread's last shim_machine() failed but a later one may succeed, else 0.
 */
int shim_machine_error(void);
/* Returns the machine if the program is attached to it already. */
struct stce_machine *shim_machine_known(void);
/* Makes fork() wait for a thread that attaches. */
void shim_attach_at_fork(void);

/* The bit of a signal in the kernel's masks. */
#define SHIM_BIT(number) (UINT64_C(1) << ((number) - 1))
#define SHIM_FAULTS      (SHIM_BIT(SIGILL) | SHIM_BIT(SIGTRAP) | SHIM_BIT(SIGBUS) | SHIM_BIT(SIGFPE) | \
			  SHIM_BIT(SIGSEGV) | SHIM_BIT(SIGSYS))
/* Those of accesses to registers, which no thread blocks any longer once the program has mapped some. */
#define SHIM_WATCHED     (SHIM_BIT(SIGSEGV) | SHIM_BIT(SIGBUS))

/* A set of signals as the kernel has it, which knows 64. */
static inline uint64_t shim_bits_of(const sigset_t *set)
{
	uint64_t bits;

	memcpy(&bits, set, sizeof(bits));
	return bits;
}

static inline void shim_set_bits(sigset_t *set, uint64_t bits)
{
	memcpy(set, &bits, sizeof(bits));
}

/* handler.c */
typedef void (*shim_handler_fn)(int number, siginfo_t *info, void *context);

void shim_run_handler(shim_handler_fn handler, int number, siginfo_t *info, void *context);
/* The argument of stce_in_handler(). */
bool shim_in_handler(void);

/* fault.c: SIGSEGV and SIGBUS. */
bool shim_faults_are_taken(void);
/*
 * As sigaction(), for one of the two, once they are taken. Before that, it makes the kernel call us
 * for the signal in place of the program's handler.
 */
int shim_fault_action(int number, const struct sigaction *action, struct sigaction *before);
/* Notes that both are taken, and unblocks them in this thread. */
void shim_fault_begin(void);
/* As pthread_sigmask(). */
int shim_sigmask(int how, const sigset_t *set, sigset_t *before);

/* signal.c */
/* The argument of stce_on_mapping(): takes SIGSEGV and SIGBUS over. -errno. */
int shim_take_faults(void);
int shim_sigaction(int number, const struct sigaction *action, struct sigaction *before);
sighandler_t shim_signal(int number, sighandler_t handler);
sighandler_t shim_sysv_signal(int number, sighandler_t handler);
int shim_siginterrupt(int number, int interrupts);

/*
 * postpone.c: makes the thread return to the core with this signal pending and all but faults
 * blocked.
 */
void shim_postpone(int number, siginfo_t *info, void *context);
/*
 * The number of nested calls by which this thread is inside the core. Signals wait until it is 0.
 */
extern __thread volatile unsigned int shim_depth;
extern __thread volatile bool shim_has_waiting;
/* Unblocks the signals that wait for this thread. */
void shim_let_in(void);
/* The argument of stce_on_wait(). */
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

/*
 * Makes a call into the core and restores errno, which a libc call that succeeds does not change.
 */
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

/* qemu.c: if the program is QEMU, tells it which memory devices write. */
void shim_qemu_watch(struct stce_machine *machine);

/* Turns a result of the core into the return value and errno of libc. */
static inline long shim_answer(long result)
{
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}

#endif
