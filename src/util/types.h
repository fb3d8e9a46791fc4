/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types, sizes and arithmetic that every layer shares, and types for numbers that must not be
 * mixed. Nothing here has state.
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
 * A number that crosses a border between layers, and must not be taken for another kind of number,
 * is a structure of one member. The compiler refuses another kind, and the calling conventions pass
 * the structure in a register. Inside a file, where the arithmetic is, plain numbers will do.
 */

/* A bus address, as a device uses it. */
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

/*
 * A virtual address of the program. It is a number, not a pointer, because the memory may be
 * unmapped at any time.
 */
struct vaddr {
	uint64_t value;
};

static inline struct vaddr to_vaddr(uint64_t value)
{
	return (struct vaddr){ value };
}

/*
 * The index of an entry in a guest's table. Its pages may be larger than those of a window that
 * follows it.
 */
struct kvm_index {
	uint64_t value;
};

static inline struct kvm_index to_kvm_index(uint64_t value)
{
	return (struct kvm_index){ value };
}

/* The index of an entry in a hardware table. */
struct tce_index {
	uint64_t value;
};

static inline struct tce_index to_index(uint64_t value)
{
	return (struct tce_index){ value };
}

/* Returns the log2 of a power of two. */
static inline unsigned int log2_of(uint64_t n)
{
	return 63u - (unsigned int)__builtin_clzll(n);
}

#define bit64(n) (UINT64_C(1) << (n))

static inline uint64_t align_down(uint64_t n, uint64_t to)
{
	return n & ~(to - 1);
}

/* Wraps to 0 if the result does not fit, so callers must check the range first. */
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
