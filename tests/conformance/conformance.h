/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every case uses. A case runs in a process of its own, so that what it
 * leaves behind goes with it. It asserts nothing: each call prints one line of
 * transcript, which is compared with another system's. Only Linux's public ABI
 * and libc are used.
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

/* The linker gathers the cases in the order of files and lines. */
#define CASE_(id, title, number)                                                        \
	static void case_##number(void);                                                \
	static const struct test_case entry_##number = { __FILE__, id, title, case_##number }; \
	static const struct test_case *const pointer_##number                           \
		__attribute__((used, section("cases"))) = &entry_##number;              \
	static void case_##number(void)
#define CASE__(id, title, number) CASE_(id, title, number)
#define CASE(id, title) CASE__(id, title, __COUNTER__)

#define RW         (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)
#define SECOND     (1ULL << 59) /* where powernv puts the second window */
#define GIB2       (1ULL << 31)
#define ARENA_PAGES 64

extern const char *group_path, *second_group_path, *device_name, *second_device_name,
	*sibling_name;
extern uint64_t page;           /* bytes in a host page */
extern char *arena;             /* ARENA_PAGES of writable memory, aligned to 16 MiB and alone in them */
extern int container, group;    /* what the calls below use */

/* An answer as -errno. */
long answer(long r);
/* One line of transcript: what was called, what it answered, how VmLck changed. */
long told(long r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for an answer that is a descriptor: its number is not told. */
int told_fd(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What a case needs and cannot have ends it as skipped. */
void skip(const char *why) __attribute__((noreturn));
/* Set-up that must work: its failure is a failed case. */
long must(long r, const char *what);

char *at(int page_number);      /* in the arena */
/* Takes pages away, in a way that no library's mmap() can fill. */
void make_hole(int first, int pages);
int open_container(void);
int open_group(void);
int open_second_group(void);
int attach(int group_fd, int container_fd);
void set_up(int type);          /* container, group, SET_IOMMU */
void v1(void);
void v1_enabled(void);
void v2(void);
void second_v2(void);           /* the second group in a container of its own: group and container from now on */
void v2_registered(void);       /* v2 with pages 0-15 registered */
/* Whether the bridge of the v2 container is a PHB3: it alone has pages of 256M. */
bool on_phb3(void);
uint64_t default_size(void);    /* of the container's default window, bytes */
/* Whether the windows of the v2 container are firmware's (pseries), whose tables have one level: an entry, a hypercall. */
bool in_partition(void);
/* Skips the case on PHB3 (POWER8), where a call of it never returns (C85a). Comes first in a case. */
void not_on_phb3(void);
void limit_memory(uint64_t bytes); /* and no right to pass the limit */
/* Lines of the calling process, which has just been forked, begin with "child" from now on. */
void become_child(void);
/* Runs fn in a child; waits for it. */
void in_child(void (*fn)(void));

/* The calls, in pages and with right sizes; the _raw ones take what they are given. */
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

/* Groups beside the first two, each with a device: replaces what makes no windows any more by one of them. */
const char *path_of(const char *group_number);
void have_spares(char **words, int count);
void replace_used_up_groups(void);

/* Random sequences of calls: a seed means the same one everywhere. */
void run_random(uint64_t seed, int steps);
void run_random_kvm(uint64_t seed, int steps);
void begin_random(uint64_t seed);
uint32_t below(uint32_t n);

#endif
