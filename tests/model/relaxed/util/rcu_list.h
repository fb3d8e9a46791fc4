/* SPDX-License-Identifier: BSD-2-Clause */
/* The list that a gate is in. tce/gate.c does not use it, so the model has none. */
#define STCE_UTIL_RCU_LIST_H

struct rcu_node {
	struct rcu_node *next;
};
