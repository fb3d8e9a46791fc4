/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list that is read under RCU. Its elements are embedded in what is listed, so nothing is allocated and
 * neither coming nor going can fail. The newest is first. One thread at a time changes the list.
 */
#ifndef STCE_UTIL_RCU_LIST_H
#define STCE_UTIL_RCU_LIST_H

#include "util/rcu.h"

struct rcu_node {
	struct rcu_node *next;       /* RCU */
};

struct rcu_list {
	struct rcu_node *first;      /* RCU; NULL: empty */
};

static inline void rcu_list_add(struct rcu_list *list, struct rcu_node *node)
{
	node->next = list->first;
	rcu_assign_pointer(list->first, node);
}

/* The node is in the list. Readers may still be at it, and go on from it, until rcu_synchronize() has been called. */
static inline void rcu_list_remove(struct rcu_list *list, struct rcu_node *node)
{
	struct rcu_node **link = &list->first;

	while (*link != node)
		link = &(*link)->next;
	rcu_assign_pointer(*link, node->next);
}

#define rcu_list_for_each(node, list) \
	for (struct rcu_node *node = rcu_dereference((list)->first); node; node = rcu_dereference(node->next))

#endif
