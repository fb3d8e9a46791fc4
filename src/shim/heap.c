/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The allocator that the core uses inside the preload. A signal handler may interrupt the program's
 * malloc(), which holds the lock of its arena, and call us; therefore the core must not use that
 * malloc(). The names are hidden, so only this library uses them. Block sizes are powers of two,
 * and free blocks are kept in lists; a large block is a mapping of its own.
 *
 * Signals wait while a thread is inside the core (postpone.c), so a handler never finds the lock held
 * by its own thread. A mark before each block identifies it, and memory without the mark, as
 * getline() returns, goes back to libc.
 */
#include "shim.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HIDDEN     __attribute__((visibility("hidden")))
#define MARK       UINT64_C(0x73706170722d7463)
#define CLASS_MIN  5u
#define CLASS_MAX  15u
#define CHUNK_SIZE (UINT64_C(1) << 18)
#define MAPPED     0u

/* The header lies right before the memory that the caller gets. */
struct header {
	uint64_t mark;       /* MARK ^ the caller's address */
	uint32_t class;      /* log2 of the block's size, or MAPPED */
	uint32_t offset;     /* from the block's start to the caller's address */
};

/* The start of a block. */
struct block {
	union {
		struct block *next;  /* while a block of a class is free */
		size_t size;         /* of the mapping, in a mapped block */
	};
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *free_blocks[CLASS_MAX + 1];
static char *chunk, *chunk_end;

static void *map(size_t size)
{
	long p = syscall(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == -1 ? NULL : (void *)p;
}

static unsigned int class_of(size_t size)
{
	unsigned int class = CLASS_MIN;

	while (class <= CLASS_MAX && (size_t)1 << class < size)
		class++;
	return class <= CLASS_MAX ? class : MAPPED;
}

/*
 * The rest of a chunk that is too small for a block is lost; it is smaller than the largest class.
 */
static void *cut_locked(size_t size)
{
	void *block;

	if ((size_t)(chunk_end - chunk) < size) {
		char *made = map(CHUNK_SIZE);

		if (!made)
			return NULL;
		chunk = made;
		chunk_end = made + CHUNK_SIZE;
	}
	block = chunk;
	chunk += size;
	return block;
}

static struct block *pop_block(unsigned int class)
{
	struct block *block;

	pthread_mutex_lock(&lock);
	block = free_blocks[class];
	if (block)
		free_blocks[class] = block->next;
	else
		block = cut_locked((size_t)1 << class);
	pthread_mutex_unlock(&lock);
	return block;
}

static struct block *map_block(size_t size)
{
	struct block *block = map(size);

	if (block)
		block->size = size;
	return block;
}

static struct header *header_of(const void *memory)
{
	struct header *header = (struct header *)memory - 1;

	return header->mark == (MARK ^ (uintptr_t)memory) ? header : NULL;
}

static void *allocate(size_t alignment, size_t size)
{
	size_t room = sizeof(struct block) + sizeof(struct header) + alignment, total = size + room;
	unsigned int class = class_of(total);
	struct block *block;
	uintptr_t at;

	if (total < size)
		goto none;
	block = class == MAPPED ? map_block(total) : pop_block(class);
	if (!block)
		goto none;
	at = ((uintptr_t)block + room) & ~(alignment - 1);
	((struct header *)at)[-1] = (struct header){ MARK ^ at, class, (uint32_t)(at - (uintptr_t)block) };
	return (void *)at;
none:
	errno = ENOMEM;
	return NULL;
}

HIDDEN void *malloc(size_t size)
{
	return allocate(sizeof(struct header), size);
}

HIDDEN void *aligned_alloc(size_t alignment, size_t size)
{
	return allocate(alignment < sizeof(struct header) ? sizeof(struct header) : alignment, size);
}

HIDDEN void *calloc(size_t count, size_t size)
{
	size_t total;
	void *memory;

	if (__builtin_mul_overflow(count, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	memory = allocate(sizeof(struct header), total);
	/* A new mapping is zero already. */
	return memory && header_of(memory)->class != MAPPED ? memset(memory, 0, total) : memory;
}

HIDDEN void free(void *memory)
{
	struct header *header = memory ? header_of(memory) : NULL;
	struct block *block;

	if (!header) {
		real()->free(memory);
		return;
	}
	header->mark = 0;
	block = (struct block *)((char *)memory - header->offset);
	if (header->class == MAPPED) {
		syscall(SYS_munmap, block, block->size);
		return;
	}
	pthread_mutex_lock(&lock);
	block->next = free_blocks[header->class];
	free_blocks[header->class] = block;
	pthread_mutex_unlock(&lock);
}

static size_t size_of(const void *memory, const struct header *header)
{
	const struct block *block = (const struct block *)((const char *)memory - header->offset);

	return (header->class == MAPPED ? block->size : (size_t)1 << header->class) - header->offset;
}

HIDDEN void *realloc(void *memory, size_t size)
{
	struct header *header = memory ? header_of(memory) : NULL;
	size_t has;
	void *moved;

	if (memory && !header)
		return real()->realloc(memory, size);
	has = header ? size_of(memory, header) : 0;
	if (header && size <= has)
		return memory;
	moved = malloc(size);
	if (moved && header) {
		memcpy(moved, memory, has);
		free(memory);
	}
	return moved;
}

HIDDEN char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

/*
 * fork() calls handlers in reverse order of registration, and this lock is the innermost: so it is
 * registered before the core's.
 */
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wprio-ctor-dtor"
#endif
__attribute__((constructor(100))) static void begin(void)
{
	pthread_atfork(before_fork, after_fork, after_fork);
}
