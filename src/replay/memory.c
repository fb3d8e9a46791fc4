/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the memory that the recorded calls name. It is made when a call first names it, and has the
 * recorded address if that is free here; else the list says where it is.
 */
#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct piece {
	uint64_t start, end;         /* recorded addresses */
	uint8_t *here;
};

static struct piece *pieces;         /* sorted, and apart */
static size_t piece_count;

static uint64_t page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Returns the first piece that ends behind the address. */
static size_t find(uint64_t address)
{
	size_t i = 0;

	while (i < piece_count && pieces[i].end <= address)
		i++;
	return i;
}

static int insert(size_t at, struct piece piece)
{
	struct piece *more = realloc(pieces, (piece_count + 1) * sizeof(piece));

	if (!more)
		return -ENOMEM;
	pieces = more;
	memmove(pieces + at + 1, pieces + at, (piece_count - at) * sizeof(piece));
	pieces[at] = piece;
	piece_count++;
	return 0;
}

static int make(size_t at, uint64_t start, uint64_t end)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	void *here = mmap((void *)(uintptr_t)start, end - start, PROT_READ | PROT_WRITE, flags | MAP_FIXED_NOREPLACE, -1, 0);

	if (here != MAP_FAILED && here != (void *)(uintptr_t)start) {
		munmap(here, end - start);
		here = MAP_FAILED;
	}
	if (here == MAP_FAILED)
		here = mmap(NULL, end - start, PROT_READ | PROT_WRITE, flags, -1, 0);
	return here == MAP_FAILED ? -errno : insert(at, (struct piece){ start, end, here });
}

/* Returns where the address is here, or NULL. */
static uint8_t *place_of(uint64_t address)
{
	const size_t i = find(address);

	return i < piece_count && pieces[i].start <= address ? pieces[i].here + (address - pieces[i].start) : NULL;
}

/* Tells whether pieces have all of a range, and lie one behind the other here too. */
static bool is_whole(uint64_t start, uint64_t end)
{
	const uint8_t *here = place_of(start);
	uint64_t at = start;

	for (size_t i = find(start); i < piece_count && at < end; i++) {
		if (pieces[i].start > at || pieces[i].here + (at - pieces[i].start) != here + (at - start))
			return false;
		at = pieces[i].end;
	}
	return at >= end;
}

int replay_memory_need(uint64_t address, uint64_t size)
{
	const uint64_t start = align_down(address, page_size()), end = align_up(address + size, page_size());
	uint64_t at = start;
	int r = 0;

	if (!size || end <= start)
		return 0;
	while (at < end && !r) {
		const size_t i = find(at);
		const uint64_t next = i < piece_count ? min_u64(pieces[i].start, end) : end;

		if (at < next)
			r = make(i, at, next);
		at = at < next ? next : pieces[i].end;
	}
	return r ? r : is_whole(start, end) ? 0 : -EBUSY;
}

int replay_memory_add(uint64_t address, uint64_t size, void *here)
{
	const uint64_t end = align_up(address + size, page_size());

	if (end <= address || !is_aligned(address, page_size()))
		return -EINVAL;
	replay_memory_remove(address, end - address);
	return insert(find(address), (struct piece){ address, end, here });
}

void *replay_memory_span(uint64_t address, uint64_t size)
{
	uint8_t *here = place_of(address);

	return here && address + size > address && is_whole(address, address + size) ? here : NULL;
}

/* Cuts a piece in two at an address inside it. */
static int cut(uint64_t address)
{
	const size_t i = find(address);
	struct piece rest;

	if (i == piece_count || pieces[i].start >= address)
		return 0;
	rest = (struct piece){ address, pieces[i].end, pieces[i].here + (address - pieces[i].start) };
	if (insert(i + 1, rest))
		return -ENOMEM;
	pieces[i].end = address;
	return 0;
}

void replay_memory_remove(uint64_t address, uint64_t size)
{
	const uint64_t start = align_down(address, page_size()), end = align_up(address + size, page_size());
	size_t i, last;

	if (end <= start || cut(start) || cut(end))
		return;
	i = last = find(start);
	for (; last < piece_count && pieces[last].start < end; last++)
		munmap(pieces[last].here, pieces[last].end - pieces[last].start);
	if (last > i)
		memmove(pieces + i, pieces + last, (piece_count - last) * sizeof(*pieces));
	piece_count -= last - i;
}
