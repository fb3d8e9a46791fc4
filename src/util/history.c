/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements history.h. A writer takes a number, claims the item, fills it and publishes the number; a
 * reader takes an item whose number is the same before and after. The ring is mapped at the first change;
 * without memory nothing is noted. A forked child has its parent's ring as it was, and its own from then
 * on. An item stays claimed, and its place unused, if its writer never returns: in a child, if it was
 * another thread of the parent, and where a signal handler leaves the writer by siglongjmp().
 */
#include "util/history.h"

#include <string.h>
#include <sys/mman.h>

#include "util/mm.h"
#include "util/os.h"

#define ITEM_COUNT UINT64_C(8192)
#define CLAIMED    UINT64_MAX

struct slot {
	_Atomic(uint64_t) number;    /* of the item, from 1; 0: none yet; CLAIMED: it is being written */
	_Atomic(uint64_t) word[7];
};

enum { KIND, TIME, THREAD, WINDOW, START, LENGTH, VALUE };

atomic_bool history_is_on_;
static _Atomic(struct slot *) ring;
static _Atomic(uint64_t) written;
static __thread pid_t own_thread;
static __thread uint64_t own_mm;

static struct slot *make_ring(void)
{
	struct slot *none = NULL;
	struct slot *made = os_mmap(NULL, ITEM_COUNT * sizeof(*made), PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (os_is_error(made))
		return NULL;
	if (atomic_compare_exchange_strong(&ring, &none, made))
		return made;
	os_munmap(made, ITEM_COUNT * sizeof(*made));
	return none;
}

void history_turn(bool on)
{
	/* A hypercall in real mode must not map it. */
	if (on && !atomic_load(&ring))
		make_ring();
	atomic_store(&history_is_on_, on);
}

/* The number of the thread, which a forked child must ask for anew. */
static pid_t thread_id(void)
{
	const uint64_t mm = mm_current();

	if (unlikely(own_mm != mm)) {
		own_mm = mm;
		own_thread = os_gettid();
	}
	return own_thread;
}

/* Returns false if another writer has the item, or has written a newer one. */
static bool claim(struct slot *slot, uint64_t number)
{
	uint64_t before = atomic_load_explicit(&slot->number, memory_order_relaxed);

	return before < number && atomic_compare_exchange_strong_explicit(&slot->number, &before, CLAIMED,
									  memory_order_acquire, memory_order_relaxed);
}

void history_note_always(enum history_kind kind, const void *window, struct ioba start, uint64_t length, uint64_t value)
{
	const uint64_t word[] = { kind, os_now_ns(), (uint64_t)thread_id(), (uintptr_t)window, start.value, length, value };
	struct slot *slot = atomic_load_explicit(&ring, memory_order_acquire);
	uint64_t number;

	if (unlikely(!slot))
		slot = make_ring();
	if (!slot)
		return;
	number = atomic_fetch_add_explicit(&written, 1, memory_order_relaxed);
	slot += number % ITEM_COUNT;
	if (!claim(slot, number + 1))
		return;
	atomic_thread_fence(memory_order_release);
	for (unsigned int i = 0; i < ARRAY_COUNT(word); i++)
		atomic_store_explicit(&slot->word[i], word[i], memory_order_relaxed);
	atomic_store_explicit(&slot->number, number + 1, memory_order_release);
}

/* Returns whether what the slot has concerns an address of a window, or of any if that is NULL. */
static inline bool concerns(const struct slot *slot, struct ioba address, const void *window)
{
	uint64_t start = atomic_load_explicit(&slot->word[START], memory_order_relaxed);
	uint64_t length = atomic_load_explicit(&slot->word[LENGTH], memory_order_relaxed);

	return unlikely(address.value - start < length) &&
	       (!window || atomic_load_explicit(&slot->word[WINDOW], memory_order_relaxed) == (uintptr_t)window);
}

/*
 * Reads the item of that number if it concerns the address. That is looked at first, because nearly none does. All is
 * read between two looks at the number, so it is of one item.
 */
static bool read_slot(struct slot *slot, uint64_t number, struct ioba address, const void *window,
		      struct history_item *item)
{
	uint64_t word[7];

	if (atomic_load_explicit(&slot->number, memory_order_acquire) != number + 1 || !concerns(slot, address, window))
		return false;
	for (unsigned int i = 0; i < ARRAY_COUNT(word); i++)
		word[i] = atomic_load_explicit(&slot->word[i], memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&slot->number, memory_order_relaxed) != number + 1)
		return false;
	*item = (struct history_item){
		.kind = (enum history_kind)word[KIND], .time = word[TIME], .thread = (pid_t)word[THREAD],
		.window = word[WINDOW], .start = to_ioba(word[START]), .length = word[LENGTH], .value = word[VALUE],
	};
	return true;
}

unsigned int history_find(struct ioba address, const void *window, uint64_t until, struct history_item *item,
			  unsigned int max)
{
	struct slot *first = atomic_load_explicit(&ring, memory_order_acquire);
	uint64_t end = atomic_load(&written), number = end;
	unsigned int found = 0;

	while (first && number && end - number < ITEM_COUNT && found < max) {
		struct history_item one;

		number--;
		if (!read_slot(&first[number % ITEM_COUNT], number, address, window, &one) || one.time > until)
			continue;
		item[found++] = one;
		/* What is older concerns another window that was at the same place in memory. */
		if (window && one.kind == HISTORY_WINDOW_CREATED)
			break;
	}
	return found;
}
