/* SPDX-License-Identifier: BSD-2-Clause */
/* A gate stands in a list, which is another matter: tce/gate.c uses none. */
#define STCE_UTIL_RCU_LIST_H

struct rcu_node {
	struct rcu_node *next;
};
