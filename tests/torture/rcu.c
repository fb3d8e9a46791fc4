/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantees of util/rcu.h. */
#include "torture.h"

#include <stdlib.h>

#include "util/os.h"
#include "util/rcu.h"

#define NODE_SIZE 64

struct node {
	uint64_t generation;
	unsigned char content[NODE_SIZE];
};

struct arena {
	struct node *node;                         /* the node that readers see */
	pthread_mutex_t lock;                      /* of the threads that replace it */
	_Atomic(uint64_t) generation;              /* of the newest node that a completed wait has covered */
	_Atomic(uint64_t) replaced, read, came_and_went;
};

static struct node *new_node(uint64_t generation)
{
	struct node *node = calloc(1, sizeof(*node));

	node->generation = generation;
	torture_stamp(node->content, sizeof(node->content));
	return node;
}

static void replace(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		struct node *old;

		pthread_mutex_lock(&a->lock);
		old = a->node;
		rcu_assign_pointer(a->node, new_node(old->generation + 1));
		pthread_mutex_unlock(&a->lock);
		rcu_synchronize();
		atomic_store(&a->generation, old->generation + 1);
		/* (R1) No reader has this any more. */
		for (unsigned int i = 0; i < sizeof(old->content); i++)
			old->content[i] = 0;
		free(old);
		atomic_fetch_add(&a->replaced, 1);
	}
}

static void read_once(struct torture_thread *self)
{
	struct arena *a = self->context;
	uint64_t least = atomic_load(&a->generation);
	struct node *node;

	rcu_read_lock();
	node = rcu_dereference(a->node);
	/* (R2) At least the node published before the newest completed wait. */
	TORTURE_CHECK(node->generation >= least);
	if (torture_chance(self, 64))
		os_yield();
	/* (R3) An inner section does not end this one. */
	rcu_read_lock();
	rcu_read_unlock();
	/* (R1) The node is intact until we leave. */
	TORTURE_CHECK(torture_is_stamped(node->content, sizeof(node->content)));
	rcu_read_unlock();
	atomic_fetch_add(&a->read, 1);
}

static void read_on(struct torture_thread *self)
{
	while (torture_goes_on())
		read_once(self);
}

static void *read_shortly(void *self)
{
	read_once(self);
	return NULL;
}

/* (R5) Threads start and end, and take and return places. */
static void come_and_go(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		pthread_t thread;

		if (!TORTURE_CHECK(!pthread_create(&thread, NULL, read_shortly, self)))
			break;
		pthread_join(thread, NULL);
		atomic_fetch_add(&a->came_and_went, 1);
	}
}

static void run(void)
{
	static struct arena a;

	a = (struct arena){ .node = new_node(0), .lock = PTHREAD_MUTEX_INITIALIZER };
	TORTURE_WANTS(a.replaced);
	TORTURE_WANTS(a.read);
	TORTURE_WANTS(a.came_and_went);
	torture_run(&a, replace, 2u, read_on, 3u, come_and_go, 1u, NULL);
	free(a.node);
}

static void r1_what_a_reader_found_stays_whole_until_it_leaves(void **state)
{
	run();
}

/* As on a kernel without membarrier, readers use fences of their own. */
static void r1_holds_without_membarrier_too(void **state)
{
	bool has = atomic_exchange(&rcu_has_membarrier_, false);

	run();
	atomic_store(&rcu_has_membarrier_, has);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r1_what_a_reader_found_stays_whole_until_it_leaves),
		cmocka_unit_test(r1_holds_without_membarrier_too),
	};

	return cmocka_run_group_tests_name("rcu", tests, NULL, NULL);
}
