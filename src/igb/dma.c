/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A card makes several accesses to memory for a frame, and a system call for each would take about a
 * microsecond. So if this library handles the faults of its own accesses (util/guard.h), as it does below the
 * preload and when a program has mapped registers, the card copies the bytes itself. Otherwise it calls
 * dev/function_dma.h.
 */
#include "igb/dma.h"

#include <stdatomic.h>

#include "dma/expect.h"
#include "util/guard.h"

/* A buffer of 64 KiB that starts inside a page of 4 KiB touches this many pages. */
#define PIECES 17
/* The size of the smallest pages of a window. */
#define WORDS_PAGE 4096

/* Copies until a piece cannot be accessed, and returns the bytes that were moved. */
static uint64_t copy(const struct dma_hold *hold, char *buffer)
{
	uint64_t moved = 0;

	for (unsigned int i = 0; i < hold->iov_count; i++) {
		void *there = hold->iov[i].iov_base;
		size_t size = hold->iov[i].iov_len;

		if (hold->permission & TCE_WRITE ? !guard_copy(there, buffer + moved, size) :
						   !guard_copy(buffer + moved, there, size))
			break;
		moved += size;
	}
	return moved;
}

static int move(struct function *fn, struct ioba ioba, void *buffer, size_t length, uint64_t permission)
{
	const struct dma_range range = { ioba, length };
	struct iovec pieces[PIECES];
	struct dma_hold hold;
	const struct dma_request request = {
		.ranges = &range,
		.count = 1,
		.permission = permission,
		.pieces = pieces,
		.piece_max = PIECES,
		.may_wait = true,
	};
	int r = function_dma_hold(fn, &request, &hold);
	uint64_t moved;

	if (r)
		return r;
	moved = copy(&hold, buffer);
	dma_release(&hold, moved);
	return moved == length ? 0 : dma_memory_gone(fn->pe, ioba, length);
}

int igb_dma_read(struct function *fn, struct ioba ioba, void *buffer, size_t length)
{
	return guard_is_taken() ? move(fn, ioba, buffer, length, TCE_READ) :
				  function_dma_read(fn, ioba, buffer, length);
}

int igb_dma_write(struct function *fn, struct ioba ioba, const void *buffer, size_t length)
{
	return guard_is_taken() ? move(fn, ioba, (void *)buffer, length, TCE_WRITE) :
				  function_dma_write(fn, ioba, buffer, length);
}

void igb_dma_expect(struct function *fn, struct ioba ioba, size_t length, uint64_t permission)
{
	if (guard_is_taken())
		dma_expect(fn->pe, ioba, length, permission);
}

/* Counts the offsets at the front that ascend in one page, and so in one piece of a hold. */
static unsigned int count_in_page(struct ioba base, const uint32_t *offset, unsigned int count)
{
	unsigned int n = 1;

	while (n < count && offset[n] > offset[n - 1] &&
	       (base.value + offset[n]) / WORDS_PAGE == (base.value + offset[0]) / WORDS_PAGE)
		n++;
	return n;
}

/* Writes the word at some places of one page. */
static int write_in_page(struct function *fn, struct ioba base, const uint32_t *offset, unsigned int count,
			 struct le32 word)
{
	const struct dma_range range = {
		to_ioba(base.value + offset[0]), offset[count - 1] - offset[0] + sizeof(word),
	};
	struct iovec piece;
	struct dma_hold hold;
	const struct dma_request request = {
		.ranges = &range, .count = 1, .permission = TCE_WRITE, .pieces = &piece, .piece_max = 1, .may_wait = true,
	};
	unsigned int n = 0;
	int r = function_dma_hold(fn, &request, &hold);

	if (r)
		return r;
	while (n < count && guard_copy((char *)piece.iov_base + offset[n] - offset[0], &word, sizeof(word))) {
		atomic_thread_fence(memory_order_release);
		n++;
	}
	dma_release(&hold, n * sizeof(word));
	return n == count ? 0 : dma_memory_gone(fn->pe, to_ioba(base.value + offset[n]), sizeof(word));
}

int igb_dma_write_words(struct function *fn, struct ioba base, const uint32_t *offset, unsigned int count,
			struct le32 word)
{
	int r = 0;

	while (count && !r) {
		unsigned int n = guard_is_taken() ? count_in_page(base, offset, count) : 1;

		r = guard_is_taken() ? write_in_page(fn, base, offset, n, word) :
				       function_dma_write(fn, to_ioba(base.value + *offset), &word, sizeof(word));
		offset += n;
		count -= n;
	}
	return r;
}
