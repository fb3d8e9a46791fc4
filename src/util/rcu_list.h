/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list that is read under RCU. Its nodes are embedded in the listed objects, so nothing is
 * allocated, and neither adding nor removing can fail. The newest node is first. Only one thread
 * may change the list at a time; the caller sees to that.
 */
#ifndef STCE_UTIL_RCU_LIST_H
#define STCE_UTIL_RCU_LIST_H

#include "util/rcu.h"

struct rcu_node {
	struct rcu_node *next;       /* RCU */
};

struct rcu_list {
	struct rcu_node *first;      /* RCU; NULL if empty */
};

static inline void rcu_list_add(struct rcu_list *list, struct rcu_node *node)
{
	node->next = list->first;
	rcu_assign_pointer(list->first, node);
}

/*
 * The node must be in the list. Until rcu_synchronize() has been called, readers may still be at
 * the node and go on from it, so its memory must stay.
 */
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
