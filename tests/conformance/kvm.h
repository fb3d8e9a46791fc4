/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the KVM cases use besides: one VM at a time (the current one), whose guest
 * sees the arena's first RAM_PAGES at 0, and a vCPU that is made for its first
 * hypercall. Pages of the guest are told as the pages of the arena that they are.
 */
#ifndef CONFORMANCE_KVM_H
#define CONFORMANCE_KVM_H

#include "conformance.h"

/* x86's <linux/kvm.h> declares some of what is POWER's only */
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
#define CODE_PAGE  (RAM_PAGES - 1) /* of the vCPU, where ram() is its memory: left alone */
#define LIST_PAGE  40              /* H_PUT_TCE_INDIRECT's list, for write_list() */

#define H_GET_TCE          0x1c
#define H_PUT_TCE          0x20
#define H_STUFF_TCE        0x138
#define H_PUT_TCE_INDIRECT 0x13c

#define VM_COUNT 2
extern int vm;                  /* of the current VM */

/* A machine whose KVM has no guest tables skips the case. */
void new_vm(void);              /* becomes the current one */
void use_vm(int number);        /* 0: the first that was made */
void close_vm(void);            /* the current one, with its vCPU */
void ram(void);                 /* memory, and the two hypercalls that are not enabled by default */
/* A VM with memory and a table of 4K pages at 0 by this LIOBN: its descriptor, which is told. */
int vm_with_table(uint64_t liobn, uint64_t size);

long slot(uint32_t id, int gpa_page, int first, int pages);
/*
 * Of a VM with other memory: where the vCPU's code lies. POWER8 runs it in slot
 * 0 only, which is what a guest in real mode has there.
 */
void code_at(int page_number);
long enable_hcall(uint64_t nr, uint64_t on);

int table_raw(uint64_t liobn, uint32_t shift, uint32_t flags, uint64_t offset, uint64_t size);
int table(uint64_t liobn, uint64_t size); /* 4K pages at 0 */
int table_32(uint64_t liobn, uint32_t bytes);
void close_fd(int fd, const char *what);
void unmap_view(volatile uint64_t *map, uint64_t pages);
/* A mapping that must work, of so many host pages of a table. */
volatile uint64_t *view(int fd, uint64_t pages);
/* What stands in so many entries from there on, in one line. */
void entries(volatile uint64_t *entry, unsigned int first, unsigned int count);
/* One access, which may end in SIGBUS. */
void look(volatile uint64_t *entry, const char *what);
void poke(volatile uint64_t *entry, uint64_t value, const char *what);

/* A page of the guest, as TCEs name it. */
uint64_t gpa(int page_number);
/* Hypercalls. Return: whether the kernel answered H_SUCCESS. */
bool put(uint64_t liobn, uint64_t ioba, uint64_t tce);
bool get(uint64_t liobn, uint64_t ioba);
bool indirect(uint64_t liobn, uint64_t ioba, uint64_t list, uint64_t count);
bool stuff(uint64_t liobn, uint64_t ioba, uint64_t value, uint64_t count);
/* Entries of the list page: 4K pages of memory from this page on, read and write. */
void write_list(int first, unsigned int count);
void write_entry(unsigned int index, uint64_t tce);

/* The KVM-VFIO device of the current VM. */
extern int device;
void new_device(void);
long group_attribute(uint64_t number, const void *address, const char *verb, const char *what);
long add(int fd, const char *what);
long del(int fd, const char *what);
long link_table(int group_fd, int table_fd, const char *what);

/* How the vCPU is run is the machine's business. Return: false: the call left the kernel. */
struct vcpu;
struct vcpu *vcpu_new(int vm_fd, int code_page);
void vcpu_free(struct vcpu *vcpu);
bool vcpu_call(struct vcpu *vcpu, uint64_t nr, const uint64_t args[4], uint64_t answer[2]);

#endif
