/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guarantees of kvm/link.h and papr/bridge.h, with a window that bridges get and leave while vCPUs
 * write its table and devices use it.
 */
#include "torture.h"

#include <sched.h>

#include "unit/papr/bridges.h"

#define PAGES  4                       /* of each vCPU, behind the page of the RTAS buffer */
#define FIXED  16u                     /* a page that stays mapped */
#define FIXED_AT (HIGH + 0x1000 * PAGE)

struct arena {
	struct bridges b;
	uint32_t liobn;
	_Atomic(uint64_t) rounds, written, associated, left;
};

static uint64_t place(unsigned int page)
{
	/* In pieces of the table that are filled one after the other. */
	return HIGH + page * 600 * PAGE;
}

static void start(struct arena *a, const char *policy)
{
	*a = (struct arena){ .rounds = 0 };
	if (policy)
		bridges_start_with(&a->b, "share", policy);
	else
		bridges_start(&a->b);
	a->liobn = a->b.config[0].liobn[1];
	assert_int_equal(create_on(&a->b, 0, 12, 30), STCE_RTAS_SUCCESS);
	map_page(&a->b, a->liobn, FIXED_AT, FIXED);
	assert_int_equal(stce_vm_enable_hcall(a->b.f.v.vm, STCE_H_STUFF_TCE, true), 0);
	TORTURE_WANTS(a->rounds);
	TORTURE_WANTS(a->written);
	TORTURE_WANTS(a->associated);
	TORTURE_WANTS(a->left);
}

/* Each device reads the stamp, or nothing; that of the first bridge reads it if it is mapped. */
static bool reads(struct arena *a, uint64_t ioba, bool is_mapped)
{
	for (unsigned int n = 0; n < a->b.count; n++) {
		unsigned char x = 0;
		bool is_read = !stce_dma_read(a->b.f.v.c.machine, (int)n + 1, ioba, &x, 1);

		if (is_read ? !is_mapped || x != TORTURE_STAMP : is_mapped && !n)
			return false;
	}
	return true;
}

/* Maps and unmaps its own entries and pages. */
static void vcpu(struct torture_thread *self)
{
	struct arena *a = self->context;
	struct vmm *v = &a->b.f.v;

	while (torture_goes_on()) {
		unsigned int n = 1 + self->number * PAGES + torture_below(self, PAGES);
		unsigned char *page = (unsigned char *)v->ram + n * PAGE;

		torture_stamp(page, PAGE);
		TORTURE_CHECK(h_put(v, a->liobn, place(n), (GPA + n * PAGE) | 1) == STCE_H_SUCCESS);
		TORTURE_CHECK(reads(a, place(n), true));
		TORTURE_CHECK(h_put(v, a->liobn, place(n), (GPA + n * PAGE) | 3) == STCE_H_SUCCESS);
		sched_yield();
		if (torture_chance(self, 2))
			TORTURE_CHECK(h_stuff(v, a->liobn, place(n), 0, 1) == STCE_H_SUCCESS);
		else
			TORTURE_CHECK(h_put(v, a->liobn, place(n), 0) == STCE_H_SUCCESS);
		/* (L1) No window brings an entry back that the guest has cleared. */
		torture_stamp(page, PAGE);
		TORTURE_CHECK(reads(a, place(n), false));
		/* (L2) No device that was in a window which goes meanwhile writes the page any longer. */
		TORTURE_CHECK(torture_is_stamped(page, PAGE));
		atomic_fetch_add(&a->rounds, 1);
	}
}

static void device(struct torture_thread *self)
{
	struct arena *a = self->context;
	static const char bytes[PAGE / 2];

	while (torture_goes_on()) {
		uint64_t ioba = place(1 + torture_below(self, 2 * PAGES)) + torture_below(self, 8) * 64;
		int group = 1 + (int)torture_below(self, a->b.count);

		atomic_fetch_add(&a->written, !stce_dma_write(a->b.f.v.c.machine, group, ioba, bytes, sizeof(bytes)));
	}
}

/* Lets the bridges but the first get the window, and leave it. */
static void firmware(struct torture_thread *self)
{
	struct arena *a = self->context;
	bool has[BRIDGES] = { true };

	while (torture_goes_on()) {
		unsigned int n = 1 + torture_below(self, a->b.count - 1);

		if (!has[n]) {
			TORTURE_CHECK(associate(&a->b, n, a->liobn) == STCE_RTAS_SUCCESS);
			TORTURE_CHECK(sees(&a->b, n, FIXED_AT, FIXED));
			atomic_fetch_add(&a->associated, 1);
		} else {
			TORTURE_CHECK((torture_chance(self, 2) ? dissociate(&a->b, n, a->liobn) : reset_of(&a->b, n)) ==
				      STCE_RTAS_SUCCESS);
			TORTURE_CHECK(is_blind(&a->b, n, FIXED_AT));
			atomic_fetch_add(&a->left, 1);
		}
		has[n] = !has[n];
		/* (W3) */
		TORTURE_CHECK(sees(&a->b, 0, FIXED_AT, FIXED));
	}
}

static void run(const char *policy)
{
	static struct arena a;

	start(&a, policy);
	torture_run(&a, vcpu, 2u, device, 2u, firmware, 1u, NULL);
	bridges_stop(&a.b);
}

static void bridges_get_and_leave_a_window(void **state)
{
	run(NULL);
}

static void bridges_with_tables_of_their_own(void **state)
{
	run("off");
}

static void bridges_with_copies_on_two_nodes(void **state)
{
	run("node:2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bridges_get_and_leave_a_window),
		cmocka_unit_test(bridges_with_tables_of_their_own),
		cmocka_unit_test(bridges_with_copies_on_two_nodes),
	};

	return cmocka_run_group_tests_name("torture of associated windows", tests, NULL, NULL);
}
