/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Declares the functions that all cases use. A case runs in a process of its own, so what it leaves
 * behind ends with it. It asserts nothing: each call prints one line of transcript, which is compared
 * with another system's. Cases use only Linux's public ABI and libc.
 */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct test_case {
	const char *file, *id, *title;
	void (*run)(void);
};

/* The linker collects the cases in the order of files and lines. */
#define CASE_(id, title, number)                                                        \
	static void case_##number(void);                                                \
	static const struct test_case entry_##number = { __FILE__, id, title, case_##number }; \
	static const struct test_case *const pointer_##number                           \
		__attribute__((used, section("cases"))) = &entry_##number;              \
	static void case_##number(void)
#define CASE__(id, title, number) CASE_(id, title, number)
#define CASE(id, title) CASE__(id, title, __COUNTER__)

#define RW         (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)
#define SECOND     (1ULL << 59) /* the bus address of powernv's second window */
#define GIB2       (1ULL << 31)
#define ARENA_PAGES 64

extern const char *group_path, *second_group_path, *device_name, *second_device_name,
	*sibling_name;
extern uint64_t page;           /* bytes in a host page */
extern char *arena;             /* ARENA_PAGES of writable memory, aligned to 16 MiB; nothing else is in these 16 MiB */
extern int container, group;    /* the calls below use these */

/* Returns what a system call returned, or -errno if that is negative. */
long answer(long r);
/* Prints one line of transcript: the call, its answer, and the change of VmLck. */
long told(long r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Does the same for an answer that is a descriptor, without its number. */
int told_fd(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints a line of transcript that has no answer. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends the case as skipped, because it cannot have what it needs. */
void skip(const char *why) __attribute__((noreturn));
/* Checks a preparation; if it failed, the case fails. */
long must(long r, const char *what);

char *at(int page_number);      /* a page of the arena */
/* Removes pages in such a way that no mmap() of a library can take their place. */
void make_hole(int first, int pages);
int open_container(void);
int open_group(void);
int open_second_group(void);
int attach(int group_fd, int container_fd);   /* SET_CONTAINER */
void set_up(int type);          /* container, group, SET_IOMMU */
void v1(void);
void v1_enabled(void);
void v2(void);
void second_v2(void);           /* the second group in a second container become the current ones */
void v2_registered(void);       /* v2, with pages 0-15 registered */
/* Tells whether the bridge of the v2 container is a PHB3, the only one with pages of 256M. */
bool on_phb3(void);
uint64_t default_size(void);    /* bytes of the container's default window */
/*
 * Tells whether firmware makes the windows of the v2 container (pseries). Their tables have one
 * level, and each entry is a hypercall.
 */
bool in_partition(void);
/*
 * Skips the case on PHB3 (POWER8), because one of its calls never returns there (C85a). A case
 * calls this first.
 */
void not_on_phb3(void);
void limit_memory(uint64_t bytes); /* also drops the privilege to exceed the limit */
/* Makes the lines of the calling process, which has just been forked, begin with "child". */
void become_child(void);
/* Runs fn in a child, and waits for it. */
void in_child(void (*fn)(void));

/*
 * The calls, with arguments in pages and right sizes; the _raw ones pass their arguments as they
 * are.
 */
long reg(int first, int pages);
long unreg(int first, int pages);
long map(int first, uint64_t iova, int pages);
long unmap(uint64_t iova, int pages);
long create(uint32_t shift, uint64_t size, uint32_t levels);
long remove_window(uint64_t start);
long info(uint32_t argsz);
long status(uint32_t argsz);
long enable(void);
long disable(void);
long set_iommu(unsigned long type);
long set_container(void);
long unset_container(void);
int device_fd(const char *name);
long eeh(uint32_t op);
long unknown(void);

long memory_raw(unsigned long request, uint32_t argsz, uint32_t flags, uint64_t vaddr, uint64_t size);
long map_raw(uint32_t argsz, uint32_t flags, uint64_t vaddr, uint64_t iova, uint64_t size);
long unmap_raw(uint32_t argsz, uint32_t flags, uint64_t iova, uint64_t size);
long create_raw(uint32_t argsz, uint32_t flags, uint32_t shift, uint64_t size, uint32_t levels, uint64_t *start);
long remove_raw(uint32_t argsz, uint32_t flags, uint64_t start);

/*
 * Groups besides the first two, each with a device. A group that can no longer make windows is
 * replaced by one of them.
 */
const char *path_of(const char *group_number);
void have_spares(char **words, int count);
void replace_used_up_groups(void);

/* Make random sequences of calls. A seed gives the same sequence everywhere. */
void run_random(uint64_t seed, int steps);
void run_random_kvm(uint64_t seed, int steps);
/* Gives below() the seed. */
void begin_random(uint64_t seed);
/* Returns a random number from 0 to n - 1. */
uint32_t below(uint32_t n);

#endif
