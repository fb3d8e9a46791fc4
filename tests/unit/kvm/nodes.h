/* SPDX-License-Identifier: BSD-2-Clause */
/* The node of memory, from the kernel or from an invented machine. */
#ifndef STCE_TESTS_KVM_NODES_H
#define STCE_TESTS_KVM_NODES_H

/* Returns the NUMA node of the page at an address; negative: it has none. */
int node_of(const void *address);

#endif
