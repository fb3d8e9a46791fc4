/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements vma_mapping.h. A view ends at the first gap, and at memory that cannot be written. */
#include "mem/vma_mapping.h"

#include <string.h>

#include "util/os.h"

bool mem_mapping_is_plain(const char *name)
{
	return !name[0] || !strncmp(name, "[heap]", 6) || !strncmp(name, "[stack]", 7) ||
	       !strncmp(name, "[anon:", 6);
}

void mem_view_begin(struct mem_vma_view *view)
{
	*view = (struct mem_vma_view){ .page_shift = 63, .is_plain = true };
}

bool mem_mapping_add(const struct mem_mapping *m, uint64_t start, uint64_t length,
		     struct mem_vma_view *view)
{
	uint64_t want = start + view->writable;
	unsigned int shift;

	if (m->end <= want)
		return true;
	if (m->start > want || !m->writable)
		return false;
	view->writable = min_u64(m->end - start, length);
	view->is_plain &= m->is_plain;
	shift = m->page_size ? log2_of(m->page_size) : os_page_shift();
	if (shift < view->page_shift)
		view->page_shift = shift;
	return view->writable < length;
}

void mem_view_end(struct mem_vma_view *view)
{
	if (!view->writable)
		view->page_shift = os_page_shift();
}
