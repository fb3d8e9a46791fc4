/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings, the nodes and the limits of memory, and copies between us and the program.
 * os.h says what each call does.
 */
#include "util/os.h"

#include <linux/capability.h>
#include <linux/mempolicy.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#include "util/os_call.h"

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
