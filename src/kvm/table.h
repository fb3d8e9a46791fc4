/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's TCE table: raw entries as the guest passed them, host-native, in
 * a memory file that the program maps through the table's descriptor. Lives
 * until the last descriptor and the last mapping are gone, in whatever process.
 *
 *  (K1) a refused put changes neither the table nor any window or count;
 *  (K2) a put writes all linked windows before the table.
 */
#ifndef STCE_KVM_TABLE_H
#define STCE_KVM_TABLE_H

#include "host/update_list.h"
#include "kvm/vm.h"
#include "util/own_fd.h"

#define KVM_TABLE_LIST_MAX 512

typedef _Atomic(uint64_t) kvm_entry;

struct kvm_log;

struct kvm_table {
	/* What hypercalls read. */
	uint64_t liobn;
	struct kvm_table *next_in_bucket;   /* RCU; written under the VM's lock */
	unsigned int page_shift;
	uint64_t offset;             /* in pages, of the first entry */
	uint64_t size;               /* entries */
	kvm_entry *entry;
	_Atomic(uint64_t) *present;  /* a bit per page of entries that is known to be there */
	unsigned int present_shift;  /* log2 of the entries in a page */
	struct rcu_list links;       /* the windows that follow, by kvm_link.in_table; under the watch_lock */
	struct kvm_log *log;         /* RCU; NULL: nobody wants to know */
	/* Its life. */
	uint64_t serial;             /* no other table of the VM has had it */
	struct kvm_vm *vm;           /* a reference, but of a table without a descriptor */
	bool has_vm_reference;
	struct file file;            /* unused where the table has no descriptor */
	struct own_fd *keeper;       /* our own description of the memory file */
	uint64_t charge;             /* bytes */
	uint64_t bytes;              /* of the mapping */
	struct kvm_table *next;      /* in vm->lingering */
};

struct kvm_table_args {
	uint64_t liobn;
	unsigned int page_shift;
	uint64_t offset;
	uint64_t size;
};

/* -EINVAL, -ENOMEM, -EBUSY in Linux's order; a descriptor otherwise. */
int kvm_table_create(struct kvm_vm *vm, const struct kvm_table_args *args);
/* The same without a descriptor; the caller owns *table, and keeps the VM. Lock not held. */
int kvm_table_create_internal(struct kvm_vm *vm, const struct kvm_table_args *args,
			      struct kvm_table **table);
void kvm_table_destroy(struct kvm_table *table);
/* What a table of so many entries is charged. -ENOMEM: there can be none. */
int kvm_table_cost(const struct kvm_vm *vm, uint64_t size, uint64_t *bytes);
/* The table behind an open file, NULL when it is something else. */
struct kvm_table *kvm_table_of(struct file *file);
/* Tables that lived on mappings or on other processes: those that do no more go. */
void kvm_table_sweep(struct kvm_vm *vm);
void kvm_table_sweep_liobn(struct kvm_vm *vm, uint64_t liobn);

/* The entry of a bus address: false where it is misaligned or outside. */
static inline bool kvm_table_index(const struct kvm_table *table, struct ioba ioba, struct kvm_index *index)
{
	uint64_t page = ioba.value >> table->page_shift;

	if (ioba.value & (bit64(table->page_shift) - 1) || page < table->offset)
		return false;
	*index = to_kvm_index(page - table->offset);
	return index->value < table->size;
}

static inline uint64_t kvm_table_get(const struct kvm_table *table, struct kvm_index index)
{
	return atomic_load_explicit(&table->entry[index.value], memory_order_acquire);
}

/*
 * put.c: under the RCU read lock, range checked. Nothing has changed where the answer is not 0: SLOWER in
 * the real-mode tier, for the next one; SLOWER in the virtual-mode tier, after host_share_wait(); -EINVAL,
 * the guest's fault; -EOPNOTSUPP, the VMM's business.
 */
int kvm_table_put(struct kvm_table *table, struct kvm_index index, const uint64_t *tce,
		  unsigned int count, bool is_list, enum host_tier tier);
int kvm_table_stuff(struct kvm_table *table, struct kvm_index index, uint64_t value, uint64_t count,
		    enum host_tier tier);
/* Clears all of it. Outside the read lock. */
void kvm_table_empty(struct kvm_table *table);

/* log.c: entries are written; for put.c. */
void kvm_log_mark(struct kvm_log *log, uint64_t index, uint64_t count);

/*
 * content.c: an entry as it was saved, not judged, and in no window. Nobody
 * else uses the table.
 */
void kvm_table_load(struct kvm_table *table, struct kvm_index index, uint64_t value);
/* The windows that follow become what the table says. -EINVAL: one cannot; some have been written. */
int kvm_table_replay(struct kvm_table *table);
/* The entries from `from` on that may be other than 0, up to *end. False: there are none. */
bool kvm_table_find_data(const struct kvm_table *table, uint64_t from, uint64_t *start, uint64_t *end);
/* In bytes: what the memory file holds. -ENXIO: nothing from there on. */
int kvm_table_find_file_data(const struct kvm_table *table, uint64_t from, uint64_t *start, uint64_t *end);
bool kvm_table_is_empty(const struct kvm_table *table);

#endif
