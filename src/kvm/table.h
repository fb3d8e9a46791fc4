/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's TCE table holds the raw entries that the guest has put, in the host's byte order. They
 * lie in a memory file, which the program maps through the table's descriptor. The table lives
 * until the last descriptor and the last mapping are gone, in every process. liobn.c finds it,
 * put.c writes it, link.h names the windows that follow it.
 *
 *  (K1) a refused put changes neither the table nor any window or count;
 *  (K2) a put writes all linked windows before the table.
 */
#ifndef STCE_KVM_TABLE_H
#define STCE_KVM_TABLE_H

#include "host/update_list.h"
#include "kvm/vm.h"
#include "util/apart_fd.h"

#define KVM_TABLE_LIST_MAX 512

/* [linux kvm_vm_ioctl_create_spapr_tce] The IOMMU pages that a guest table can have. */
#define KVM_PAGE_SHIFT_MIN 12
#define KVM_PAGE_SHIFT_MAX 34

typedef _Atomic(uint64_t) kvm_entry;

struct kvm_link;
struct kvm_log;

struct kvm_table {
	/* Hypercalls read these. */
	uint64_t liobn;
	struct kvm_table *next_in_bucket;   /* RCU; written under the VM's lock */
	unsigned int page_shift;
	uint64_t page_mask;          /* bytes of a page, less 1 */
	uint64_t offset;             /* the bus page of the first entry */
	uint64_t size;               /* number of entries */
	kvm_entry *entry;
	_Atomic(uint64_t) *present;  /* a bit for each host page of entries, set once the page is known to be there */
	unsigned int present_shift;  /* log2 of the entries in a page */
	struct rcu_list links;       /* the windows that follow, by kvm_link.in_table; written under the watch_lock */
	/*
	 * RCU: the window, if a single one follows, its pages are the table's, and they are counted. Written
	 * after the list.
	 */
	struct host_window *only_window;
	struct kvm_log *log;         /* RCU; NULL while no state is being saved */
	/* The rest manages the table's life. */
	uint64_t serial;             /* unique among all tables that the VM has had */
	struct kvm_vm *vm;           /* a reference if has_vm_reference, which a table without a descriptor lacks */
	bool has_vm_reference;
	struct file file;            /* unused if the table has no descriptor */
	struct apart_fd *keeper;     /* our own open file description of the memory file */
	uint64_t charge;             /* bytes */
	uint64_t bytes;              /* size of the mapping */
	struct kvm_table *next;      /* in vm->lingering, or in a list of tables that end together */
};

struct kvm_table_args {
	uint64_t liobn;
	unsigned int page_shift;
	uint64_t offset;
	uint64_t size;
};

/* Returns a descriptor of a new table, or -EINVAL, -ENOMEM or -EBUSY in Linux's order. */
int kvm_table_create(struct kvm_vm *vm, const struct kvm_table_args *args);
/*
 * Makes a table without a descriptor; the caller owns *table, and must keep the VM. vm->lock is not
 * held.
 */
int kvm_table_create_internal(struct kvm_vm *vm, const struct kvm_table_args *args,
			      struct kvm_table **table);
void kvm_table_destroy(struct kvm_table *table);
/*
 * Sets *bytes to the locked memory that a table of `size` entries is charged; -ENOMEM if it is too
 * large.
 */
int kvm_table_cost(const struct kvm_vm *vm, uint64_t size, uint64_t *bytes);
/* Returns the table behind an open file, or NULL if the file is something else. */
struct kvm_table *kvm_table_of(struct file *file);
/*
 * Destroys the lingering tables that no mapping and no descriptor in another process keeps any
 * longer: all of them, or only those of one LIOBN.
 */
void kvm_table_sweep(struct kvm_vm *vm);
void kvm_table_sweep_liobn(struct kvm_vm *vm, uint64_t liobn);

/*
 * Finds the entry of a bus address; returns false if the address is misaligned or outside the
 * table.
 */
static inline bool kvm_table_index(const struct kvm_table *table, struct ioba ioba, struct kvm_index *index)
{
	/* A page before the first one gives a number that is too large. */
	*index = to_kvm_index((ioba.value >> table->page_shift) - table->offset);
	return !(ioba.value & table->page_mask) && index->value < table->size;
}

static inline uint64_t kvm_table_get(const struct kvm_table *table, struct kvm_index index)
{
	return atomic_load_explicit(&table->entry[index.value], memory_order_acquire);
}

/*
 * put.c: writes entries under the RCU read lock; the caller has checked the range. If the answer is
 * not 0, nothing has changed. SLOWER in the real-mode tier leaves the call to the next one; SLOWER
 * in the virtual-mode tier asks for host_share_wait() before another attempt. -EINVAL is the
 * guest's fault, -EOPNOTSUPP is left to the VMM.
 */
int kvm_table_put(struct kvm_table *table, struct kvm_index index, const uint64_t *tce,
		  unsigned int count, bool is_list, enum host_tier tier);
/* Does so with one entry that is in no list. */
int kvm_table_put_one(struct kvm_table *table, struct kvm_index index, uint64_t tce, enum host_tier tier);
int kvm_table_stuff(struct kvm_table *table, struct kvm_index index, uint64_t value, uint64_t count,
		    enum host_tier tier);
/*
 * Clears the whole table. Without memory the windows that follow may lose mappings behind the
 * table's end as well. Answers 0, or SLOWER as in the virtual-mode tier.
 */
int kvm_table_clear(struct kvm_table *table);
/*
 * Writes entries as the table has them into the window of one link, which hypercalls leave alone
 * meanwhile. -EINVAL, -EOPNOTSUPP: the window cannot have one of them; -ENOMEM.
 */
int kvm_table_put_link(struct kvm_table *table, const struct kvm_link *link, struct kvm_index index,
		       const uint64_t *tce, unsigned int count);
/* Returns whether the window of one link has these entries of the table. */
bool kvm_table_has_put_link(struct kvm_table *table, const struct kvm_link *link, struct kvm_index index,
			    const uint64_t *tce, unsigned int count);
/* content.c: does so and waits where that must be. The caller is outside the RCU read lock. */
void kvm_table_empty(struct kvm_table *table);

/* log.c: marks the entries that put.c has just written. */
void kvm_log_mark(struct kvm_log *log, uint64_t index, uint64_t count);

/*
 * content.c: stores an entry as it was saved, without judging it or writing any window. No other
 * thread uses the table.
 */
void kvm_table_load(struct kvm_table *table, struct kvm_index index, uint64_t value);
/*
 * Writes the table's entries into the windows that follow. -EINVAL if a window refuses one; some
 * have been written then.
 */
int kvm_table_replay(struct kvm_table *table);
/*
 * Links the table as kvm_link_add() does, and a window that begins to follow has all its entries when
 * the call returns. -EINVAL also if the window cannot have one of them.
 */
int kvm_table_link(struct kvm_table *table, struct host_pe *pe);
/*
 * Finds the next entries, from `from` up to *end, that may be other than 0; returns false if there
 * are none.
 */
bool kvm_table_find_data(const struct kvm_table *table, uint64_t from, uint64_t *start, uint64_t *end);
/* Finds the next data in the memory file, in bytes. -ENXIO if there is none from there on. */
int kvm_table_find_file_data(const struct kvm_table *table, uint64_t from, uint64_t *start, uint64_t *end);
bool kvm_table_is_empty(const struct kvm_table *table);

#endif
