/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bridge and its windows. A window takes the lowest place that is free
 * [DIFF-49], as the slots of the hardware do, so that both agree where it starts.
 */
#include "papr/phb.h"

#include <errno.h>

#include "kvm/link.h"
#include "util/alloc.h"
#include "util/range.h"
#include "util/reason.h"

static const uint64_t *starts(const struct papr_phb *phb)
{
	return phb->is_limited ? phb->config.limited_start : phb->config.start;
}

bool papr_phb_has_limited(const struct papr_phb *phb)
{
	return phb->config.limited_start[0] != STCE_PHB_NOWHERE ||
	       phb->config.limited_start[1] != STCE_PHB_NOWHERE;
}

/* The place is empty, and a window may start there: with PEs on the bus where their bridge says. */
static bool is_free(const struct papr_phb *phb, unsigned int n)
{
	uint64_t start = starts(phb)[n];

	return !phb->window[n].table && start != STCE_PHB_NOWHERE &&
	       (!phb->members || start == papr_hardware_start(n));
}

unsigned int papr_phb_available(const struct papr_phb *phb)
{
	unsigned int active = 0, left = 0;

	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++) {
		active += phb->window[n].table != NULL;
		left += is_free(phb, n);
	}
	if (active >= phb->config.window_count)
		return 0;
	return left < phb->config.window_count - active ? left : phb->config.window_count - active;
}

static int link_members(struct papr_phb *phb, struct kvm_table *table)
{
	int r = 0;

	for (struct papr_member *m = phb->members; m && !r; m = m->next)
		r = kvm_link_add(table, m->pe);
	return r;
}

/* (W1) Hardware first: the guest can write the table as soon as it is there. */
int papr_phb_open_window(struct papr_phb *phb, unsigned int n, const struct kvm_table_args *args)
{
	struct papr_window *window = &phb->window[n];
	struct kvm_table *table;
	uint64_t start = args->offset << args->page_shift;
	int r = papr_hardware_create(phb, start, args->page_shift, args->size << args->page_shift);

	if (r)
		return r;
	r = kvm_table_create_internal(phb->vm, args, &table);
	if (r)
		goto remove_hardware;
	r = link_members(phb, table);
	if (r)
		goto destroy_table;
	*window = (struct papr_window){ .table = table, .start = start };
	return 0;

destroy_table:
	kvm_table_destroy(table);
remove_hardware:
	papr_hardware_remove(phb, start);
	return r;
}

void papr_phb_close_window(struct papr_phb *phb, struct papr_window *window)
{
	kvm_table_destroy(window->table);
	papr_hardware_remove(phb, window->start);
	*window = (struct papr_window){ 0 };
}

static void close_all(struct papr_phb *phb)
{
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		if (phb->window[n].table)
			papr_phb_close_window(phb, &phb->window[n]);
}

static int open_default(struct papr_phb *phb)
{
	struct kvm_table_args args = {
		.liobn = phb->config.liobn[0],
		.page_shift = PAPR_DEFAULT_PAGE_SHIFT,
		.offset = phb->config.start[0] >> PAPR_DEFAULT_PAGE_SHIFT,
		.size = phb->config.default_size >> PAPR_DEFAULT_PAGE_SHIFT,
	};
	int r = papr_phb_open_window(phb, 0, &args);

	phb->window[0].is_default = !r;
	return r;
}

int papr_phb_create(struct papr_phb *phb, unsigned int page_shift, uint64_t size,
		    struct papr_window **window)
{
	struct kvm_table_args args = { .page_shift = page_shift, .size = size >> page_shift };
	unsigned int n = 0;
	int r;

	if (!papr_phb_available(phb))
		return REASON(-ENOSPC, "no window is left");
	while (!is_free(phb, n))
		n++;
	args.liobn = phb->config.liobn[n];
	args.offset = starts(phb)[n] >> page_shift;
	if (!is_aligned(starts(phb)[n], bit64(page_shift)))
		return REASON(-EINVAL, "a window cannot start inside a page of 2^%u", page_shift);
	r = papr_phb_open_window(phb, n, &args);
	*window = &phb->window[n];
	return r;
}

int papr_phb_remove(struct papr_phb *phb, struct papr_window *window)
{
	bool was_default = window->is_default;

	papr_phb_close_window(phb, window);
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		if (phb->window[n].table)
			return 0;
	/* (W2) [LoPAR] [DIFF-48] */
	return was_default ? 0 : open_default(phb);
}

int papr_phb_reset(struct papr_phb *phb, bool limited)
{
	close_all(phb);
	phb->is_limited = limited;
	return open_default(phb);
}

static void empty_table(struct kvm_table *table, void *context)
{
	kvm_table_empty(table);
}

int papr_phb_reset_all(struct kvm_vm *vm)
{
	int r = 0;

	pthread_mutex_lock(&vm->rtas_lock);
	for (struct papr_phb *phb = vm->phbs; phb; phb = phb->next) {
		int error = papr_phb_reset(phb, false);

		r = r ? r : error;
	}
	pthread_mutex_lock(&vm->lock);
	kvm_liobn_for_each(vm, empty_table, NULL);
	pthread_mutex_unlock(&vm->lock);
	pthread_mutex_unlock(&vm->rtas_lock);
	return r;
}

struct papr_phb *papr_phb_find(struct kvm_vm *vm, uint64_t buid)
{
	struct papr_phb *phb = vm->phbs;

	while (phb && phb->config.buid != buid)
		phb = phb->next;
	return phb;
}

struct papr_window *papr_phb_find_liobn(struct kvm_vm *vm, uint32_t liobn, struct papr_phb **out)
{
	for (struct papr_phb *phb = vm->phbs; phb; phb = phb->next)
		for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++) {
			if (!phb->window[n].table || phb->config.liobn[n] != liobn)
				continue;
			*out = phb;
			return &phb->window[n];
		}
	return NULL;
}

static int check(const struct stce_phb_config *c)
{
	const uint64_t page = bit64(PAPR_DEFAULT_PAGE_SHIFT);

	if (!c->window_count || c->window_count > STCE_PHB_WINDOWS)
		return REASON(-EINVAL, "a bridge has 1 or 2 windows");
	if (c->liobn[0] == c->liobn[1])
		return REASON(-EINVAL, "both windows have LIOBN %#x", c->liobn[0]);
	if (!is_power_of_two(c->default_size) || c->default_size < page ||
	    c->start[0] == STCE_PHB_NOWHERE || !is_aligned(c->start[0], page) ||
	    range_has(c->start[0], c->default_size, c->start[1]) ||
	    range_has(c->start[0], c->default_size, c->limited_start[1]))
		return REASON(-EINVAL, "a default window of %#llx bytes cannot be at %#llx",
			      (unsigned long long)c->default_size, (unsigned long long)c->start[0]);
	return 0;
}

int papr_phb_new(struct kvm_vm *vm, const struct stce_phb_config *config,
		 const struct papr_hardware *hardware, struct papr_phb **out)
{
	struct papr_phb *phb;
	int r = check(config);

	if (r)
		return r;
	phb = ALLOC(struct papr_phb);
	if (!phb)
		return -ENOMEM;
	phb->config = *config;
	phb->hardware = hardware;
	phb->vm = kvm_vm_get(vm);
	pthread_mutex_lock(&vm->rtas_lock);
	if (papr_phb_find(vm, config->buid))
		r = REASON(-EEXIST, "BUID %#llx is taken", (unsigned long long)config->buid);
	else
		r = open_default(phb);
	if (!r) {
		phb->next = vm->phbs;
		vm->phbs = phb;
	}
	pthread_mutex_unlock(&vm->rtas_lock);
	if (r) {
		kvm_vm_put(vm);
		free(phb);
		return r;
	}
	*out = phb;
	return 0;
}

void papr_phb_free(struct papr_phb *phb)
{
	struct kvm_vm *vm = phb->vm;
	struct papr_phb **link = &vm->phbs;

	pthread_mutex_lock(&vm->rtas_lock);
	while (*link != phb)
		link = &(*link)->next;
	*link = phb->next;
	close_all(phb);
	papr_phb_remove_groups(phb);
	pthread_mutex_unlock(&vm->rtas_lock);
	free(phb);
	kvm_vm_put(vm);
}
