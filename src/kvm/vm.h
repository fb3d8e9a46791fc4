/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM as far as TCEs go: the guest's memory, its tables by LIOBN, which
 * hypercalls are on, and the devices that link tables to VFIO groups.
 *
 * Locks: vm->lock (tables come and go, devices), then the PHB's watch_lock
 * (links), then the PHB's lock. Hypercalls take none of them.
 */
#ifndef STCE_KVM_VM_H
#define STCE_KVM_VM_H

#include "file/file.h"
#include "host/pe.h"
#include "mem/guest.h"
#include "util/rcu.h"

struct kvm_table;

/* Three tables to a chain where a VM has ten thousand; 32 KiB. */
#define KVM_BUCKET_BITS  12
#define KVM_BUCKET_COUNT (1u << KVM_BUCKET_BITS)

/* The hypercalls, as bits of kvm_vm.enabled. */
enum kvm_hcall {
	KVM_HCALL_GET_TCE,
	KVM_HCALL_PUT_TCE,
	KVM_HCALL_STUFF_TCE,
	KVM_HCALL_PUT_TCE_INDIRECT,
};

/* Something that is to be released with the VM, embedded in a larger object. */
struct kvm_attachment {
	void (*release)(struct kvm_attachment *attachment);   /* frees it; no lock held */
	struct kvm_attachment *next;
};

struct kvm_vm {
	/* What hypercalls read. */
	struct kvm_table **tables;       /* KVM_BUCKET_COUNT chains by LIOBN, RCU */
	struct mem_guest guest;
	_Atomic(uint32_t) enabled;       /* bits of enum kvm_hcall */
	_Atomic(bool) strict;            /* LoPAR's rules */
	_Atomic(bool) blind;             /* the memory map is not to be trusted: every call exits, for good */
	struct mem_registry *registry;   /* borrowed, as all below */
	struct stats *stats;
	/* Under the lock, or fixed. */
	struct host_phb *phb;
	struct mem_ledger *ledger;
	pthread_mutex_t lock;
	uint64_t next_serial;            /* of a table */
	const void *logger;              /* who has dirty logs kept, NULL: nobody */
	struct kvm_table *lingering;     /* closed, but mapped or held elsewhere */
	_Atomic(unsigned int) lingering_count;
	_Atomic(bool) ownerless;         /* no vCPU and no VMM is left; tables and devices may be */
	struct kvm_attachment *attachments;   /* what closed devices left: it lasts as long as the VM */
	struct file *device_vfio;        /* the one KVM-VFIO device, borrowed */
	_Atomic(unsigned int) references;   /* the owner, papr's half, each table, each device */
};

int kvm_vm_new(struct host_phb *phb, struct mem_registry *registry, struct mem_ledger *ledger,
	       struct kvm_vm **vm);
struct kvm_vm *kvm_vm_get(struct kvm_vm *vm);
void kvm_vm_put(struct kvm_vm *vm);

/* liobn.c: borrowed under the RCU read lock. */
struct kvm_table *kvm_liobn_find(struct kvm_vm *vm, uint64_t liobn);
/* -EBUSY: taken. Lock held. */
int kvm_liobn_add(struct kvm_vm *vm, struct kvm_table *table);
/* Hypercalls that found it have gone when this returns. Lock held. */
void kvm_liobn_remove(struct kvm_vm *vm, struct kvm_table *table);

/* Calls fn for each table. Lock held. */
void kvm_liobn_for_each(struct kvm_vm *vm, void (*fn)(struct kvm_table *table, void *context),
			void *context);

#endif
