/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few words that every layer shares: sizes in powers of two, and numbers
 * that must not be mixed. Nothing here has state.
 */
#ifndef STCE_UTIL_TYPES_H
#define STCE_UTIL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CACHE_LINE_SIZE 64

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

static inline bool is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

/*
 * A number that crosses a border between layers, and that another number must not be taken for,
 * is a structure of one member: the compiler refuses the other, and the calling conventions pass
 * either in a register. Inside a file, where the arithmetic is, plain numbers do.
 */

/* A bus address, which a device uses. */
struct ioba {
	uint64_t value;
};

static inline struct ioba to_ioba(uint64_t value)
{
	return (struct ioba){ value };
}

/* A guest's physical address. */
struct gpa {
	uint64_t value;
};

static inline struct gpa to_gpa(uint64_t value)
{
	return (struct gpa){ value };
}

/* The program's own (virtual) address, as a number: what it points to may go at any time. */
struct vaddr {
	uint64_t value;
};

static inline struct vaddr to_vaddr(uint64_t value)
{
	return (struct vaddr){ value };
}

/* Which entry of a guest's table, from 0: its pages may be larger than those of a window that follows. */
struct kvm_index {
	uint64_t value;
};

static inline struct kvm_index to_kvm_index(uint64_t value)
{
	return (struct kvm_index){ value };
}

/* Which entry of a hardware table, from 0. */
struct tce_index {
	uint64_t value;
};

static inline struct tce_index to_index(uint64_t value)
{
	return (struct tce_index){ value };
}

/* The log2 of a power of two. */
static inline unsigned int log2_of(uint64_t n)
{
	return 63u - (unsigned int)__builtin_clzll(n);
}

#define bit64(n) (UINT64_C(1) << (n))

static inline uint64_t align_down(uint64_t n, uint64_t to)
{
	return n & ~(to - 1);
}

/* Wraps to 0 where the result would not fit: callers check the range first. */
static inline uint64_t align_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) & ~(to - 1);
}

static inline bool is_aligned(uint64_t n, uint64_t to)
{
	return !(n & (to - 1));
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif
