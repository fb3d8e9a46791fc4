/* SPDX-License-Identifier: BSD-2-Clause */
/* A plain VMM on a test machine: a VM with 32 pages of memory at guest address 1 MiB. */
#ifndef STCE_TESTS_KVM_VMM_H
#define STCE_TESTS_KVM_VMM_H

#include "unit/vfio/client.h"

#define LIOBN    0x80000001ul
#define GPA      0x100000ul
#define RAM_PAGES 32
#define LIST     (GPA + 16 * PAGE)   /* for lists; nothing else is in its 64K page */

struct vmm {
	struct client c;        /* a v2 container with group 1 and its IOMMU */
	struct stce_vm *vm;
	char *ram;              /* the memory at GPA */
	int table;              /* 0x400 entries of 4K pages from bus address 0, under LIOBN */
	int device;             /* the KVM-VFIO device; -1: none */
};

void vmm_start(struct vmm *v);
/* Starts it on the machine of v->c, which client_start() has made. */
void vmm_start_on(struct vmm *v);
void vmm_stop(struct vmm *v);
/* Registers the RAM, makes the default window, and links group 1's window to the table. */
void vmm_link(struct vmm *v);
/*
 * Opens group n in a container of its own, the VMM's for group 1, with the RAM registered and
 * without the default window. The caller closes both, but for group 1.
 */
void vmm_open_group(struct vmm *v, int n, int *container, int *group);

int make_table(struct vmm *v, uint64_t liobn, uint32_t shift, uint64_t offset, uint64_t size);
long vfio_attr(int device, uint64_t attr, const void *value);
long set_spapr_tce(struct vmm *v, int group, int table);

long h_put(struct vmm *v, uint64_t liobn, uint64_t ioba, uint64_t tce);
long h_stuff(struct vmm *v, uint64_t liobn, uint64_t ioba, uint64_t value, uint64_t count);
long h_indirect(struct vmm *v, uint64_t liobn, uint64_t ioba, uint64_t list, uint64_t count);
/* Returns the entry, and asserts H_SUCCESS. */
uint64_t h_get(struct vmm *v, uint64_t liobn, uint64_t ioba);
/* Returns the memory at LIST. */
char *list_memory(struct vmm *v);
/* Writes big-endian entries to the guest's page at gpa. */
void set_list(struct vmm *v, uint64_t gpa, const uint64_t *tce, unsigned int count);

#endif
