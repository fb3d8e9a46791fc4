/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements translate.h. Pages that lie side by side in memory become one piece. Only the first page of a range and
 * its last can be used in part, so the loop of the others knows their length.
 */
#include "dma/translate.h"

#include <errno.h>

#include "util/range.h"

static enum stce_fault entry_fault(uint64_t tce, uint64_t permission)
{
	uint64_t missing = permission & ~tce;

	if (!tce_is_valid(tce))
		return STCE_FAULT_UNMAPPED;
	return missing & TCE_WRITE ? STCE_FAULT_NO_WRITE : STCE_FAULT_NO_READ;
}

/* The pieces of a hold while they are written. */
struct pieces {
	struct iovec *next, *end;
	uint64_t adjacent;             /* the address at which a range would extend the last piece; 1 if there is none */
};

/* Continues with the pieces that the device accesses in the same way. */
static struct pieces pieces_of(const struct dma_hold *hold, unsigned int iov_size)
{
	struct pieces p = { hold->iov + hold->iov_count, hold->iov + iov_size, 1 };

	if (hold->iov_count > hold->written_from)
		p.adjacent = (uint64_t)(uintptr_t)p.next[-1].iov_base + p.next[-1].iov_len;
	return p;
}

/* Appends a piece for which there is room, or extends the last one. */
static inline void append_piece(struct pieces *p, uint64_t address, uint64_t length)
{
	if (address == p->adjacent)
		p->next[-1].iov_len += length;
	else
		*p->next++ = (struct iovec){ (void *)(uintptr_t)address, length };
	p->adjacent = address + length;
}

/* Does so if there is room. false: the array is full. */
static inline bool add_piece(struct pieces *p, uint64_t address, uint64_t length)
{
	if (unlikely(p->next == p->end && address != p->adjacent))
		return false;
	append_piece(p, address, length);
	return true;
}

/* Appends a part of one page. Returns 0, -E2BIG, or a fault > 0. */
static inline int add_page(struct pieces *pieces, const tce_entry *entry, uint64_t permission, uint64_t offset,
			   uint64_t length)
{
	uint64_t tce = atomic_load_explicit(entry, memory_order_acquire);

	if (unlikely(permission & ~tce))
		return (int)entry_fault(tce, permission);
	return likely(add_piece(pieces, tce_address(tce).value + offset, length)) ? 0 : -E2BIG;
}

/* What is left of a range. */
struct rest {
	uint64_t length;
	uint64_t offset;               /* of its first byte in its page */
};

/* Does so with the part of one page that the range begins with. */
static inline int translate_part(struct pieces *pieces, const tce_entry *entry, uint64_t permission, uint64_t page,
				 struct rest *rest)
{
	uint64_t length = min_u64(rest->length, page - rest->offset);
	int r = add_page(pieces, entry, permission, rest->offset, length);

	if (likely(!r)) {
		rest->length -= length;
		rest->offset = 0;
	}
	return r;
}

/* Translates by entries that lie side by side, none of which is beyond the range. */
static inline int translate_entries(struct pieces *pieces, const tce_entry *entry, uint64_t count, uint64_t permission,
				    unsigned int page_shift, struct rest *rest)
{
	const tce_entry *end = entry + count, *first, *whole;
	uint64_t page = bit64(page_shift);
	int r = 0;

	if (rest->offset)
		r = translate_part(pieces, entry++, permission, page, rest);
	first = entry;
	whole = entry + min_u64((uint64_t)(end - entry), rest->length >> page_shift);
	while (entry < whole && !r) {
		r = add_page(pieces, entry, permission, 0, page);
		entry += !r;
	}
	rest->length -= (uint64_t)(entry - first) << page_shift;
	if (entry < end && !r)
		r = translate_part(pieces, entry, permission, page, rest);
	return r;
}

int dma_translate(struct dma_hold *hold, struct host_window *window, const struct dma_range *range,
		  unsigned int iov_size)
{
	const struct tce_table *table = host_window_table(window, hold->pe->copy);
	uint64_t page = host_window_page_size(window), index = host_window_index(window, range->ioba).value;
	struct rest rest = { range->length, (range->ioba.value - window->start.value) & (page - 1) };
	struct pieces pieces = pieces_of(hold, iov_size);
	int r = 0;

	while (rest.length && !r) {
		uint64_t pages = (rest.offset + rest.length + page - 1) >> window->geometry.page_shift, count;
		tce_entry *entry = tce_table_span(table, to_index(index), pages, &count);

		index += count;
		r = entry ? translate_entries(&pieces, entry, count, hold->permission, window->geometry.page_shift, &rest) :
			    STCE_FAULT_UNMAPPED;
	}
	hold->iov_count = (unsigned int)(pieces.next - hold->iov);
	hold->translated = range->length - rest.length;
	return r;
}

/* So many pages are mostly translated together. */
#define BLOCK 8

/* Appends whole pages, for which there is room, if each is a piece of its own. false: nothing has been appended. */
static inline bool add_block(struct pieces *p, const tce_entry *entry, uint64_t permission, uint64_t page)
{
	uint64_t adjacent = p->adjacent, all = permission;

#pragma GCC unroll 8
	for (unsigned int i = 0; i < BLOCK; i++) {
		uint64_t tce = atomic_load_explicit(&entry[i], memory_order_acquire), address;

		all &= tce;
		/* gcc would do that at the end of the loop, and keep a copy of each entry until then. */
		__asm__("" : "+r"(all));
		address = tce_address(tce).value;
		if (address == adjacent)
			return false;
		p->next[i] = (struct iovec){ (void *)(uintptr_t)address, page };
		adjacent = address + page;
	}
	if (unlikely(all != permission))
		return false;
	p->next += BLOCK;
	p->adjacent = adjacent;
	return true;
}

/* Does so with pages of any kind. */
static inline bool add_pages(struct pieces *p, const tce_entry *entry, uint64_t count, uint64_t permission, uint64_t page)
{
	for (uint64_t i = 0; i < count; i++) {
		uint64_t tce = atomic_load_explicit(&entry[i], memory_order_acquire);

		if (unlikely(permission & ~tce))
			return false;
		append_piece(p, tce_address(tce).value, page);
	}
	return true;
}

bool dma_translate_run(struct dma_hold *hold, const struct dma_request *request, const tce_entry *entry, uint64_t count,
		       uint64_t page_mask, uint64_t at)
{
	struct pieces p = { .next = request->pieces, .adjacent = 1 };
	/* The range leaves this out of its first page and of its last one. */
	uint64_t before = at & page_mask, behind = -(at + request->ranges->length) & page_mask;
	uint64_t permission = request->permission, page = page_mask + 1;

	hold->iov = p.next;
	for (; count >= BLOCK; count -= BLOCK, entry += BLOCK)
		if (unlikely(!add_block(&p, entry, permission, page) && !add_pages(&p, entry, BLOCK, permission, page)))
			return false;
	if (unlikely(!add_pages(&p, entry, count, permission, page)))
		return false;
	hold->iov->iov_base = (char *)hold->iov->iov_base + before;
	hold->iov->iov_len -= before;
	p.next[-1].iov_len -= behind;
	hold->iov_count = (unsigned int)(p.next - hold->iov);
	return true;
}

int dma_pass(struct dma_hold *hold, const struct dma_range *range, unsigned int iov_size)
{
	struct pieces pieces = pieces_of(hold, iov_size);

	if (!add_piece(&pieces, range->ioba.value - HOST_HIGH_START, range->length))
		return -E2BIG;
	hold->iov_count = (unsigned int)(pieces.next - hold->iov);
	return 0;
}
