/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * More functions for the KVM cases. There is one current VM at a time, whose guest has the arena's
 * first RAM_PAGES at 0. Its vCPU is made for the first hypercall. Pages of the guest are printed as
 * pages of the arena.
 */
#ifndef CONFORMANCE_KVM_H
#define CONFORMANCE_KVM_H

#include "conformance.h"

/* x86's <linux/kvm.h> declares only some of POWER's part. */
#ifndef __powerpc64__
struct kvm_create_spapr_tce {
	uint64_t liobn;
	uint32_t window_size;
};
struct kvm_create_spapr_tce_64 {
	uint64_t liobn;
	uint32_t page_shift, flags;
	uint64_t offset, size;
};
#endif

#define RAM_PAGES  48
#define CODE_PAGE  (RAM_PAGES - 1) /* the vCPU's code after ram(); cases leave this page alone */
#define LIST_PAGE  40              /* write_list() puts H_PUT_TCE_INDIRECT's list here */

#define H_GET_TCE          0x1c
#define H_PUT_TCE          0x20
#define H_STUFF_TCE        0x138
#define H_PUT_TCE_INDIRECT 0x13c

#define VM_COUNT 2
extern int vm;                  /* the current VM */

/* Skips the case on a machine whose KVM has no guest tables. */
void new_vm(void);              /* makes a VM, which becomes the current one */
void use_vm(int number);        /* makes this VM the current one; 0: the first */
void close_vm(void);            /* closes the current VM and its vCPU */
void ram(void);                 /* adds memory, and enables the two hypercalls that are off by default */
/*
 * Makes a VM with memory and a table of 4K pages at 0 under this LIOBN. Prints and returns the
 * table's descriptor.
 */
int vm_with_table(uint64_t liobn, uint64_t size);

long slot(uint32_t id, int gpa_page, int first, int pages);
/*
 * Sets the page of the vCPU's code in a VM with other memory. POWER8 runs code only in slot 0,
 * which a guest in real mode has there.
 */
void code_at(int page_number);
long enable_hcall(uint64_t nr, uint64_t on);

int table_raw(uint64_t liobn, uint32_t shift, uint32_t flags, uint64_t offset, uint64_t size);
int table(uint64_t liobn, uint64_t size); /* makes a table of 4K pages at 0 */
int table_32(uint64_t liobn, uint32_t bytes);
void close_fd(int fd, const char *what);
void unmap_view(volatile uint64_t *map, uint64_t pages);
/* Maps this many host pages of a table; the mapping must succeed. */
volatile uint64_t *view(int fd, uint64_t pages);
/* Prints this many entries in one line. */
void entries(volatile uint64_t *entry, unsigned int first, unsigned int count);
/* Makes one access, which may end in SIGBUS. */
void look(volatile uint64_t *entry, const char *what);
void poke(volatile uint64_t *entry, uint64_t value, const char *what);

/* Returns the address of a page of the guest, for TCEs. */
uint64_t gpa(int page_number);
/* Hypercalls. They return whether the kernel answered H_SUCCESS. */
bool put(uint64_t liobn, uint64_t ioba, uint64_t tce);
bool get(uint64_t liobn, uint64_t ioba);
bool indirect(uint64_t liobn, uint64_t ioba, uint64_t list, uint64_t count);
bool stuff(uint64_t liobn, uint64_t ioba, uint64_t value, uint64_t count);
/*
 * Fills the list page with entries for 4K pages of memory from this page on, for reading and
 * writing.
 */
void write_list(int first, unsigned int count);
void write_entry(unsigned int index, uint64_t tce);

/* The KVM-VFIO device of the current VM. */
extern int device;
void new_device(void);
long group_attribute(uint64_t number, const void *address, const char *verb, const char *what);
long add(int fd, const char *what);
long del(int fd, const char *what);
long link_table(int group_fd, int table_fd, const char *what);

/* Each machine has its own way to run the vCPU. Returns false if the call left the kernel. */
struct vcpu;
struct vcpu *vcpu_new(int vm_fd, int code_page);
void vcpu_free(struct vcpu *vcpu);
bool vcpu_call(struct vcpu *vcpu, uint64_t nr, const uint64_t args[4], uint64_t answer[2]);

#endif
