/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Raw system calls that return -errno. os.h says what each does. Above it only shim/ calls the
 * kernel itself; in util/ only rcu.c does, for membarrier(2).
 */
#include "util/os.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mempolicy.h>
#include <linux/stat.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>

#include "util/os_call.h"

/* Our own descriptors start here, away from the small numbers of a program. */
#define HIGH_FD 512
/* No file system allocates smaller blocks. */
#define OS_BLOCK_SIZE 512

int os_open(const char *path, int flags, unsigned int mode)
{
	return (int)CALL(SYS_openat, AT_FDCWD, path, flags, mode);
}

int os_open_at(int directory, const char *name, int flags, unsigned int mode)
{
	return (int)CALL(SYS_openat, directory, name, flags, mode);
}

int os_close(int fd)
{
	return (int)CALL(SYS_close, fd);
}

int os_close_range(unsigned int first, unsigned int last, int flags)
{
	return (int)CALL(SYS_close_range, first, last, flags);
}

int os_dup3(int fd, int copy, int flags)
{
	return (int)CALL(SYS_dup3, fd, copy, flags);
}

int os_memfd_create(const char *name, unsigned int flags)
{
	return (int)CALL(SYS_memfd_create, name, flags);
}

int os_ftruncate(int fd, uint64_t size)
{
	return (int)CALL(SYS_ftruncate, fd, size);
}

int os_seal_size(int fd)
{
	return (int)CALL(SYS_fcntl, fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

int os_fallocate(int fd, int mode, uint64_t offset, uint64_t length)
{
	return (int)CALL(SYS_fallocate, fd, mode, offset, length);
}

/*
 * If the file system cannot reserve space, rewrites a byte in each block, which allocates the
 * block.
 */
static int write_blocks(int fd, uint64_t size)
{
	for (uint64_t at = 0; at < size; at += OS_BLOCK_SIZE) {
		char byte = 0;
		long r = CALL(SYS_pread64, fd, &byte, 1UL, at);

		r = r < 0 ? r : CALL(SYS_pwrite64, fd, &byte, 1UL, at);
		if (r != 1)
			return r < 0 ? (int)r : -ENOSPC;
	}
	return os_ftruncate(fd, size);
}

int os_allocate(int fd, uint64_t size)
{
	int r = os_fallocate(fd, 0, 0, size);

	return r == -EOPNOTSUPP || r == -ENOSYS ? write_blocks(fd, size) : r;
}

int os_fdatasync(int fd)
{
	return (int)CALL(SYS_fdatasync, fd);
}

int os_find_data(int fd, uint64_t offset, uint64_t *start, uint64_t *end)
{
	long r = CALL(SYS_lseek, fd, offset, SEEK_DATA);

	if (r < 0)
		return (int)r;
	*start = (uint64_t)r;
	r = CALL(SYS_lseek, fd, *start, SEEK_HOLE);
	*end = (uint64_t)r;
	return r < 0 ? (int)r : 0;
}

long os_ioctl(int fd, unsigned long request, void *argument)
{
	return CALL(SYS_ioctl, fd, request, argument);
}

int os_fstat(int fd, uint64_t *dev, uint64_t *ino, uint64_t *size, unsigned int *mode)
{
	struct statx st;
	int r = (int)CALL(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st);

	if (r)
		return r;
	if (dev)
		*dev = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor;
	if (ino)
		*ino = st.stx_ino;
	if (size)
		*size = st.stx_size;
	if (mode)
		*mode = st.stx_mode;
	return 0;
}

int os_fstat_owner(int fd, unsigned int *uid, unsigned int *mode)
{
	struct statx st;
	int r = (int)CALL(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st);

	if (r)
		return r;
	*uid = st.stx_uid;
	*mode = st.stx_mode;
	return 0;
}

bool os_is_same_file(int fd, const char *path)
{
	struct statx a, b;

	return !CALL(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &a) &&
	       !CALL(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &b) &&
	       a.stx_ino == b.stx_ino && a.stx_dev_major == b.stx_dev_major && a.stx_dev_minor == b.stx_dev_minor;
}

int os_unlink_at(int directory, const char *name, bool is_directory)
{
	return (int)CALL(SYS_unlinkat, directory, name, is_directory ? AT_REMOVEDIR : 0);
}

int os_unlink(const char *path)
{
	return (int)CALL(SYS_unlinkat, AT_FDCWD, path, 0);
}

int os_rmdir(const char *path)
{
	return (int)CALL(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

int os_rename_at(int directory, const char *from, const char *to)
{
	return (int)CALL(SYS_renameat2, directory, from, directory, to, 0U);
}

unsigned int os_user(void)
{
	return (unsigned int)CALL(SYS_geteuid);
}

int os_fchmod(int fd, unsigned int mode)
{
	return (int)CALL(SYS_fchmod, fd, mode);
}

int os_fchown(int fd, uint32_t uid, uint32_t gid)
{
	return (int)CALL(SYS_fchown, fd, uid, gid);
}

int os_path_mode(const char *path, unsigned int *mode)
{
	struct statx st;
	int r = (int)CALL(SYS_statx, AT_FDCWD, path, 0, STATX_BASIC_STATS, &st);

	if (!r)
		*mode = st.stx_mode;
	return r;
}

bool os_may_execute(const char *path)
{
	long r = CALL(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS);

	/* Before Linux 5.8 only the real user can be asked about. */
	return (r == -ENOSYS ? CALL(SYS_faccessat, AT_FDCWD, path, X_OK) : r) == 0;
}

struct os_identity os_identity(void)
{
	return (struct os_identity){
		.uid = (uint32_t)CALL(SYS_getuid),
		.euid = (uint32_t)CALL(SYS_geteuid),
		.gid = (uint32_t)CALL(SYS_getgid),
		.egid = (uint32_t)CALL(SYS_getegid),
		.gains_by_exec = CALL(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0,
	};
}

int os_file_user(int fd, struct os_file_user *user)
{
	struct statfs mount = { 0 };
	struct statx st;
	int r = (int)CALL(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st);

	if (r)
		return r;
	*user = (struct os_file_user){
		.uid = st.stx_uid,
		.gid = st.stx_gid,
		.mode = st.stx_mode,
		.has_capabilities = CALL(SYS_fgetxattr, fd, "security.capability", NULL, 0) > 0,
		.is_heeded = CALL(SYS_fstatfs, fd, &mount) || !(mount.f_flags & ST_NOSUID),
	};
	return 0;
}

int os_mkdir(const char *path, unsigned int mode)
{
	return (int)CALL(SYS_mkdirat, AT_FDCWD, path, mode);
}

int os_mkdir_at(int directory, const char *name, unsigned int mode)
{
	return (int)CALL(SYS_mkdirat, directory, name, mode);
}

int os_symlink(const char *target, const char *path)
{
	return (int)CALL(SYS_symlinkat, target, AT_FDCWD, path);
}

ssize_t os_readlink(const char *path, char *buffer, size_t size)
{
	return CALL(SYS_readlinkat, AT_FDCWD, path, buffer, size);
}

ssize_t os_read(int fd, void *buffer, size_t size)
{
	return CALL(SYS_read, fd, buffer, size);
}

ssize_t os_read_nowait(int fd, void *buffer, size_t size)
{
	struct iovec iov = { buffer, size };

	/* Position -1 reads at the file's own position, as read(2) does. */
	return CALL(SYS_preadv2, fd, &iov, 1L, -1L, -1L, RWF_NOWAIT);
}

ssize_t os_write(int fd, const void *buffer, size_t size)
{
	return CALL(SYS_write, fd, buffer, size);
}

ssize_t os_pread(int fd, void *buffer, size_t size, uint64_t offset)
{
	return CALL(SYS_pread64, fd, buffer, size, offset);
}

ssize_t os_pwrite(int fd, const void *buffer, size_t size, uint64_t offset)
{
	return CALL(SYS_pwrite64, fd, buffer, size, offset);
}

ssize_t os_preadv(int fd, const struct iovec *iov, int count, uint64_t offset)
{
	return CALL(SYS_preadv, fd, iov, (long)count, offset, 0L);
}

ssize_t os_pwritev(int fd, const struct iovec *iov, int count, uint64_t offset)
{
	return CALL(SYS_pwritev, fd, iov, (long)count, offset, 0L);
}

int os_wait_readable(const int *fds, unsigned int count, unsigned int seconds)
{
	struct timespec wait = { .tv_sec = seconds };
	struct pollfd all[8];
	int r;

	for (unsigned int i = 0; i < count; i++)
		all[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	r = (int)CALL(SYS_ppoll, all, (unsigned long)count, &wait, NULL, 0UL);
	for (unsigned int i = 0; r > 0 && i < count; i++)
		if (all[i].revents)
			return (int)i;
	return r ? r : -ETIMEDOUT;
}

int os_eventfd(void)
{
	return (int)CALL(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int os_socket_pair(int ends[2])
{
	return (int)CALL(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

ssize_t os_send(int fd, const void *buffer, size_t size)
{
	return CALL(SYS_sendto, fd, buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0UL);
}

ssize_t os_receive(int fd, void *buffer, size_t size)
{
	return CALL(SYS_recvfrom, fd, buffer, size, MSG_DONTWAIT, NULL, NULL);
}

bool os_fd_is_open(int fd)
{
	long flags = CALL(SYS_fcntl, fd, F_GETFL);

	return flags >= 0 && !(flags & O_PATH);
}

/* With a low limit our descriptors start at its last quarter. */
static int first_high(void)
{
	struct rlimit limit;

	if (CALL(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit))
		return HIGH_FD;
	return (int)min_u64(limit.rlim_cur - limit.rlim_cur / 4, HIGH_FD);
}

int os_dup_high(int fd)
{
	int r = (int)CALL(SYS_fcntl, fd, F_DUPFD_CLOEXEC, first_high());

	/*
	 * No number is free there, or the limit is 0. Take any number above the three standard
	 * streams.
	 */
	if (r == -EINVAL || r == -EMFILE)
		r = (int)CALL(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3);
	return r == -EINVAL ? -EMFILE : r;
}

int os_move_high(int fd)
{
	int high = fd < 0 ? fd : os_dup_high(fd);

	if (fd >= 0)
		os_close(fd);
	return high;
}

static struct flock one_byte(short type, uint64_t byte)
{
	return (struct flock){
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = (off_t)byte,
		.l_len = 1,
	};
}

int os_lock_byte(int fd, uint64_t byte, bool exclusive)
{
	struct flock lock = one_byte(exclusive ? F_WRLCK : F_RDLCK, byte);
	int r = (int)CALL(SYS_fcntl, fd, F_OFD_SETLK, &lock);

	return r == -EACCES ? -EAGAIN : r;
}

int os_unlock_byte(int fd, uint64_t byte)
{
	struct flock lock = one_byte(F_UNLCK, byte);

	return (int)CALL(SYS_fcntl, fd, F_OFD_SETLK, &lock);
}

/*
 * The kernel's F_SETLK. With 64-bit offsets libc on ppc64 has another number under that name, which
 * its own fcntl() translates.
 */
#define KERNEL_F_SETLK 6

int os_lock_byte_of_process(int fd, uint64_t byte)
{
	struct flock lock = one_byte(F_WRLCK, byte);
	int r = (int)CALL(SYS_fcntl, fd, KERNEL_F_SETLK, &lock);

	return r == -EACCES ? -EAGAIN : r;
}

int os_unlock_byte_of_process(int fd, uint64_t byte)
{
	struct flock lock = one_byte(F_UNLCK, byte);

	return (int)CALL(SYS_fcntl, fd, KERNEL_F_SETLK, &lock);
}

int os_byte_is_locked(int fd, uint64_t byte)
{
	struct flock lock = one_byte(F_WRLCK, byte);
	int r = (int)CALL(SYS_fcntl, fd, F_OFD_GETLK, &lock);

	return r ? r : lock.l_type != F_UNLCK;
}

/*
 * The kernel orders the end of a mapping before another one that gets its pages. TSAN does not see
 * raw system calls, and has to be told.
 */
#ifdef __SANITIZE_THREAD__
#define HAS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_TSAN 1
#endif
#endif
#ifdef HAS_TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);

static void tell_tsan(void (*what)(void *address), char *start, size_t size)
{
	for (size_t at = 0; at < size; at += (size_t)1 << os_page_shift())
		what(start + at);
}
#else
#define tell_tsan(what, start, size) ((void)0)
#endif

void *os_mmap(void *address, size_t size, int prot, int flags, int fd, uint64_t offset)
{
	void *p = (void *)CALL(SYS_mmap, address, size, prot, flags, fd, offset);

	if (!os_is_error(p))
		tell_tsan(__tsan_acquire, p, size);
	return p;
}

int os_munmap(void *address, size_t size)
{
	tell_tsan(__tsan_release, address, size);
	return (int)CALL(SYS_munmap, address, size);
}

int os_madvise(void *address, size_t size, int advice)
{
	return (int)CALL(SYS_madvise, address, size, advice);
}

int os_mprotect(void *address, size_t size, int prot)
{
	return (int)CALL(SYS_mprotect, address, size, prot);
}

void *os_mremap(void *address, size_t size, size_t new_size, int flags, void *to)
{
	return (void *)CALL(SYS_mremap, address, size, new_size, flags, to);
}

_Static_assert(sizeof(unsigned long) == sizeof(uint64_t), "the kernel's masks are longs");

/* Both calls look at one bit less than this. */
#define NODE_MASK_BITS (OS_NODE_WORDS * 64 + 1)

int os_memory_nodes(uint64_t mask[OS_NODE_WORDS])
{
	memset(mask, 0, OS_NODE_WORDS * sizeof(mask[0]));
	return (int)CALL(SYS_get_mempolicy, NULL, mask, NODE_MASK_BITS, NULL, MPOL_F_MEMS_ALLOWED);
}

int os_prefer_node(void *address, size_t size, unsigned int node)
{
	uint64_t mask[OS_NODE_WORDS] = { 0 };

	mask[node / 64] = bit64(node % 64);
	return (int)CALL(SYS_mbind, address, size, MPOL_PREFERRED, mask, NODE_MASK_BITS, 0);
}

ssize_t os_vm_read(const struct iovec *local, size_t n_local, const struct iovec *program, size_t n_program)
{
	return CALL(SYS_process_vm_readv, os_getpid(), local, n_local, program, n_program, 0UL);
}

ssize_t os_vm_write(const struct iovec *local, size_t n_local, const struct iovec *program, size_t n_program)
{
	return CALL(SYS_process_vm_writev, os_getpid(), local, n_local, program, n_program, 0UL);
}

uint64_t os_memory_total(void)
{
	struct sysinfo info;

	if (CALL(SYS_sysinfo, &info))
		return UINT64_MAX;
	return ((uint64_t)info.totalram + info.totalswap) * info.mem_unit;
}

uint64_t os_memlock_limit(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	if (CALL(SYS_prlimit64, 0, RLIMIT_MEMLOCK, NULL, &limit))
		return 0;
	return limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
}

bool os_may_lock_any(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (CALL(SYS_capget, &header, data))
		return false;
	return data[0].effective & (1u << CAP_IPC_LOCK);
}

bool os_kernel_is(unsigned int major, unsigned int minor)
{
	struct utsname name = { 0 };
	unsigned int a = 0, b = 0;

	if (CALL(SYS_uname, &name) || sscanf(name.release, "%u.%u", &a, &b) != 2)
		return false;
	return a > major || (a == major && b >= minor);
}

unsigned int os_page_shift(void)
{
	static _Atomic(unsigned int) known;
	unsigned int shift = atomic_load_explicit(&known, memory_order_relaxed);

	if (likely(shift))
		return shift;
	shift = log2_of((uint64_t)sysconf(_SC_PAGESIZE));
	atomic_store_explicit(&known, shift, memory_order_relaxed);
	return shift;
}

pid_t os_gettid(void)
{
	return (pid_t)CALL(SYS_gettid);
}

int64_t os_tell(int fd)
{
	return CALL(SYS_lseek, fd, 0L, SEEK_CUR);
}

pid_t os_getpid(void)
{
	return (pid_t)CALL(SYS_getpid);
}

uint64_t os_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void os_sleep_us(unsigned int us)
{
	struct timespec t = { us / 1000000, (long)(us % 1000000) * 1000 };

	CALL(SYS_nanosleep, &t, NULL);
}

void os_yield(void)
{
	CALL(SYS_sched_yield);
}

int os_random(void *buffer, size_t size)
{
	ssize_t r = CALL(SYS_getrandom, buffer, size, 0);

	return r == (ssize_t)size ? 0 : -EIO;
}
