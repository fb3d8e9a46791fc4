/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM as far as TCEs go: it owns the guest's memory map, the tables by LIOBN, the set of
 * hypercalls that are on, and what closed devices leave behind. It lives until its owner, the last
 * table with a descriptor, the last device and the firmware's half (papr/vm.h) have let it go.
 * Bridges and RTAS belong to papr/.
 *
 * Lock order: vm->lock (tables and devices), then the PHB's watch_lock (links), then the PHB's
 * lock. Hypercalls take none of them.
 */
#ifndef STCE_KVM_VM_H
#define STCE_KVM_VM_H

#include "file/file.h"
#include "host/pe.h"
#include "mem/guest.h"
#include "util/rcu.h"

struct kvm_table;

/* A VM of ten thousand tables has chains of three; the array takes 32 KiB. */
#define KVM_BUCKET_BITS  12
#define KVM_BUCKET_COUNT (1u << KVM_BUCKET_BITS)

/* The hypercalls, as bit numbers in kvm_vm.calls. */
enum kvm_hcall {
	KVM_HCALL_GET_TCE,
	KVM_HCALL_PUT_TCE,
	KVM_HCALL_STUFF_TCE,
	KVM_HCALL_PUT_TCE_INDIRECT,
	KVM_HCALL_COUNT,
};

/* All calls that can be on; further bits of kvm_vm.calls say what is seldom so. */
#define KVM_CALLS_ALL       ((1u << KVM_HCALL_COUNT) - 1)
#define KVM_CALLS_BLIND     (1u << 30)   /* the memory map is wrong: from now on every call exits to the VMM */
#define KVM_CALLS_LINGERING (1u << 31)   /* there are lingering tables */

/* An object that is released with the VM; it is embedded in a larger one. */
struct kvm_attachment {
	void (*release)(struct kvm_attachment *attachment);   /* frees it; no lock held */
	struct kvm_attachment *next;
};

struct kvm_vm {
	/* Hypercalls read these. */
	struct kvm_table **tables;       /* KVM_BUCKET_COUNT chains by LIOBN, RCU */
	struct mem_guest guest;
	_Atomic(uint32_t) calls;         /* those that are on, by enum kvm_hcall, and KVM_CALLS_ of the rest */
	_Atomic(bool) strict;            /* follow LoPAR's rules where Linux differs */
	struct mem_registry *registry;   /* borrowed, like the other pointers to what the machine owns */
	struct stats *stats;
	/* These are fixed, atomic, or protected by the lock. */
	struct host_phb *phb;
	struct mem_ledger *ledger;
	pthread_mutex_t lock;
	uint64_t next_serial;            /* the serial of the last table */
	const void *logger;              /* the state whose dirty logs are kept, or NULL */
	struct kvm_table *lingering;     /* tables that are closed here, but mapped or open in another process */
	_Atomic(bool) ownerless;         /* the VM's owner is gone; tables and devices may be left */
	struct kvm_attachment *attachments;   /* objects that closed devices have left; released with the VM */
	struct file *device_vfio;        /* the VM's single device, borrowed */
	_Atomic(unsigned int) references;   /* of the owner, papr/vm.h, each device, each table with a descriptor */
};

static inline bool kvm_vm_has(const struct kvm_vm *vm, uint32_t calls)
{
	return atomic_load_explicit(&vm->calls, memory_order_acquire) & calls;
}

/* Returns whether the call is on, and nothing else needs a look before it. */
static inline bool kvm_vm_is_ready(const struct kvm_vm *vm, enum kvm_hcall call)
{
	uint32_t calls = atomic_load_explicit(&vm->calls, memory_order_acquire);

	return (calls & (1u << call | ~KVM_CALLS_ALL)) == 1u << call;
}

int kvm_vm_new(struct host_phb *phb, struct mem_registry *registry, struct mem_ledger *ledger,
	       struct kvm_vm **vm);
struct kvm_vm *kvm_vm_get(struct kvm_vm *vm);
void kvm_vm_put(struct kvm_vm *vm);

/* liobn.c: returns the table, borrowed under the RCU read lock, or NULL. */
struct kvm_table *kvm_liobn_find(struct kvm_vm *vm, uint64_t liobn);
/* -EBUSY if the LIOBN is taken. The caller holds vm->lock. */
int kvm_liobn_add(struct kvm_vm *vm, struct kvm_table *table);
/*
 * Hypercalls that have found the table may go on with it. The caller holds vm->lock, and waits for them before it frees
 * the table.
 */
void kvm_liobn_remove(struct kvm_vm *vm, struct kvm_table *table);

/* Calls fn for each table. The caller holds vm->lock. */
void kvm_liobn_for_each(struct kvm_vm *vm, void (*fn)(struct kvm_table *table, void *context),
			void *context);

#endif
