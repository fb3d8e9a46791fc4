/* SPDX-License-Identifier: BSD-2-Clause */
/* Where memory lies: asked of the kernel, or of a machine that a test makes up. */
#ifndef STCE_TESTS_KVM_NODES_H
#define STCE_TESTS_KVM_NODES_H

/* The NUMA node of the page at an address; negative: of none. */
int node_of(const void *address);

#endif
