/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements pin.h. MADV_POPULATE_WRITE breaks copy-on-write and faults pages in, as a writable
 * long-term pin does. It refuses what cannot be pinned: gaps, mappings that are not writable, and
 * memory of devices. If it fails, bisection finds the first bad page. Only where the kernel does
 * not know it the mappings decide.
 */
#include "mem/pin.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "mem/vma.h"
#include "util/os.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/*
 * Returns whether MADV_POPULATE_WRITE does what it says. Kernels before 5.14 do not know it, and
 * qemu-user answers 0 to it. Nothing is mapped at address 0, so the advice must fail there.
 */
static bool populate_works(void)
{
	static _Atomic(int) known;     /* 0: not known yet */
	int is = atomic_load_explicit(&known, memory_order_relaxed);

	if (unlikely(!is)) {
		is = os_madvise(NULL, bit64(os_page_shift()), MADV_POPULATE_WRITE) == -ENOMEM ? 1 : -1;
		atomic_store_explicit(&known, is, memory_order_relaxed);
	}
	return is > 0;
}

static bool is_mapped_writable(uint64_t start, uint64_t length)
{
	struct mem_vma_view view;

	return mem_vma_look(to_vaddr(start), length, &view) == 0 && view.writable == length;
}

bool mem_pin_now(struct vaddr start, uint64_t length)
{
	uint64_t page = bit64(os_page_shift());
	uint64_t from = align_down(start.value, page);
	uint64_t size = align_up(start.value + length, page) - from;
	int r = os_madvise((void *)(uintptr_t)from, size, MADV_POPULATE_WRITE);

	/* EINVAL means a mapping that is not writable, or that the kernel does not know the advice. */
	return r == 0 || (r == -EINVAL && !populate_works() && is_mapped_writable(from, size));
}

static uint64_t pinnable_prefix(uint64_t start, uint64_t length)
{
	uint64_t page = bit64(os_page_shift());
	uint64_t good = 0;

	if (mem_pin_now(to_vaddr(start), length))
		return length;
	while (length - good > page) {
		uint64_t half = align_up((length - good) / 2, page);

		if (mem_pin_now(to_vaddr(start + good), half))
			good += half;
		else
			length = good + half;
	}
	return good;
}

int mem_pin(struct vaddr start, uint64_t length, enum mem_pin_mode mode,
	    uint64_t *pinned, unsigned int *page_shift)
{
	struct mem_vma_view view;
	int r;

	if (mode == MEM_PIN_POPULATE && populate_works()) {
		*pinned = pinnable_prefix(start.value, length);
		if (page_shift)
			*page_shift = mem_vma_page_shift(start, *pinned);
		return 0;
	}
	r = mem_vma_look(start, length, &view);
	if (r)
		return r;
	if (page_shift)
		*page_shift = view.page_shift;
	*pinned = view.writable;
	if (mode == MEM_PIN_POPULATE && view.writable)
		*pinned = pinnable_prefix(start.value, view.writable);
	return 0;
}
