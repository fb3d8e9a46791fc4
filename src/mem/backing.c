/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the size of the pages behind memory. mremap(2) to the same size changes nothing, but since
 * Linux 5.16 it refuses an address inside a huge page (hugetlbfs) that is not the start of one. So
 * it tells at once of memory that begins with ordinary pages, which nearly all memory does; the
 * mappings are looked at for other memory.
 */
#include "mem/vma.h"

#include <errno.h>
#include <stdatomic.h>

#include "util/os.h"

/* Returns whether mremap(2) tells where huge pages are. */
static bool mremap_tells(void)
{
	static _Atomic(int) known;     /* 0: not known yet */
	int is = atomic_load_explicit(&known, memory_order_relaxed);

	if (unlikely(!is)) {
		is = os_kernel_is(5, 16) ? 1 : -1;
		atomic_store_explicit(&known, is, memory_order_relaxed);
	}
	return is > 0;
}

/* Returns false if the page at an address is known to be an ordinary one. */
static bool may_be_huge(struct vaddr address)
{
	uint64_t page = bit64(os_page_shift());
	/* In the same huge page, if it is one, and not the start of it. */
	void *inside = (void *)(uintptr_t)(align_down(address.value, page) | page), *r;

	if (!mremap_tells())
		return true;
	r = os_mremap(inside, page, page, 0, NULL);
	return r != inside && (!os_is_error(r) || os_error(r) != -EFAULT);
}

unsigned int mem_vma_page_shift(struct vaddr start, uint64_t length)
{
	struct mem_vma_view view;

	if (!may_be_huge(start))
		return os_page_shift();
	if (mem_vma_query(start, length, &view) && mem_vma_look(start, length, &view))
		return os_page_shift();
	return view.page_shift;
}
