/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes and destroys guest tables, and finds out when a closed one is no longer used. The memory
 * file is sealed against shrinking, so that a store into our mapping of it cannot fault. The
 * descriptor that the program gets carries a read lock, which the kernel drops with the last copy
 * or mapping of that open file, in whatever process; we map the file, and look for the lock,
 * through an open file description of our own, the keeper.
 */
#include "kvm/table.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>

#include "file/fd_table.h"
#include "kvm/link.h"
#include "kvm/log.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/reason.h"
#include "util/stats.h"
#include "util/trace.h"

/* [linux kvmppc_spapr_tce_table] One allocation holds the header and a pointer to each page. */
#define HEADER_SIZE 120
#define HEADER_MAX  (16 * MIB)

static uint64_t pages(const struct kvm_vm *vm, uint64_t bytes)
{
	uint64_t page = bit64(vm->phb->host_page_shift);

	return bytes / page + (bytes % page != 0);
}

static int check(const struct kvm_table_args *args)
{
	uint64_t end, last = args->page_shift < 64 ? UINT64_MAX >> args->page_shift : 0;

	if (!args->size || args->page_shift < KVM_PAGE_SHIFT_MIN || args->page_shift > KVM_PAGE_SHIFT_MAX)
		return REASON(-EINVAL, "a table cannot have %llu pages of 2^%u bytes", (unsigned long long)args->size,
			      args->page_shift);
	/* [DIFF-16] We refuse a sum that Linux takes modulo 2^64. */
	if (__builtin_add_overflow(args->offset, args->size, &end) || end > last)
		return REASON(-EINVAL, "the table passes the end of the bus");
	return 0;
}

/* Linux charges the table's pages, and those of the header with a pointer to each. */
int kvm_table_cost(const struct kvm_vm *vm, uint64_t size, uint64_t *bytes)
{
	uint64_t table_pages, header;

	if (size > UINT64_MAX / 16)
		return REASON(-ENOMEM, "%#llx entries are too many for a table", (unsigned long long)size);
	table_pages = pages(vm, size * 8);
	header = HEADER_SIZE + 8 * table_pages;
	if (header > HEADER_MAX)
		return REASON(-ENOMEM, "%#llx entries are more than one header can point at",
			      (unsigned long long)size);
	*bytes = (table_pages + pages(vm, header)) << vm->phb->host_page_shift;
	return 0;
}

static int charge(struct kvm_vm *vm, const struct kvm_table_args *args, uint64_t *bytes)
{
	int r = kvm_table_cost(vm, args->size, bytes);

	return r ? r : mem_ledger_charge(vm->ledger, *bytes);
}

/*
 * Makes the memory file of a table; returns a descriptor or -errno. [DIFF-36] Linux's is an
 * anonymous inode.
 */
static int make_file(uint64_t bytes)
{
	int fd = os_memfd_create("spapr-tce.kvm-table", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = fd < 0 ? fd : os_ftruncate(fd, bytes);

	if (!r)
		r = os_seal_size(fd);
	if (!r)
		r = os_lock_byte(fd, 0, false);
	if (r && fd >= 0)
		os_close(fd);
	return r ? r : fd;
}

static int map_file(int fd, void *context)
{
	struct kvm_table *table = context;
	void *p = os_mmap(NULL, table->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);

	if (os_is_error(p))
		return os_error(p);
	table->entry = p;
	return 0;
}

/*
 * Opens a second description of the file behind fd, which does not share its lock, and maps it. A mapping through the
 * program's descriptor would keep that lock, and we could never see that the program has let the table go. The keeper
 * is no descriptor of the program's, so ten thousand tables cost it ten thousand.
 */
static int open_keeper(struct kvm_table *table, int fd)
{
	int r = apart_fd_reopen(fd, O_RDWR | O_CLOEXEC, map_file, table, &table->keeper);

	return r ? REASON(r, "the table cannot be mapped") : 0;
}

static void table_free(struct kvm_table *table)
{
	if (table->file.ops)
		file_fini(&table->file);
	if (table->entry)
		os_munmap((void *)table->entry, table->bytes);
	apart_fd_free(table->keeper);
	mem_ledger_return(table->vm->ledger, table->charge);
	if (table->has_vm_reference)
		kvm_vm_put(table->vm);
	free((void *)table->present);
	free(table);
}

/*
 * Makes a table that is checked, charged and mapped, but not yet found by its LIOBN. *fd is the
 * memory file's descriptor.
 */
static int table_new(struct kvm_vm *vm, const struct kvm_table_args *args,
		     struct kvm_table **out, int *fd)
{
	uint64_t page = bit64(os_page_shift()), bytes_charged = 0;
	uint64_t host_page = bit64(vm->phb->host_page_shift);
	struct kvm_table *table;
	int r = check(args);

	if (!r)
		r = charge(vm, args, &bytes_charged);
	if (r)
		return r;
	table = ALLOC(struct kvm_table);
	if (!table) {
		mem_ledger_return(vm->ledger, bytes_charged);
		return -ENOMEM;
	}
	table->liobn = args->liobn;
	table->page_shift = args->page_shift;
	table->page_mask = bit64(args->page_shift) - 1;
	table->offset = args->offset;
	table->size = args->size;
	table->vm = kvm_vm_get(vm);
	table->has_vm_reference = true;
	table->charge = bytes_charged;
	/*
	 * [linux] The program maps whole pages of the emulated host, which may be larger than ours.
	 */
	table->bytes = align_up(args->size * 8, max_u64(page, host_page));
	table->present_shift = os_page_shift() - log2_of(sizeof(uint64_t));
	table->present = alloc_zero(table->bytes / page / 64 + 1, sizeof(*table->present));
	*fd = table->present ? make_file(table->bytes) : -ENOMEM;
	r = *fd < 0 ? *fd : open_keeper(table, *fd);
	if (r) {
		if (*fd >= 0)
			os_close(*fd);
		table_free(table);
		return r;
	}
	*out = table;
	return 0;
}

static int enter(struct kvm_table *table)
{
	int r;

	kvm_table_sweep(table->vm);
	pthread_mutex_lock(&table->vm->lock);
	r = kvm_liobn_add(table->vm, table);
	table->serial = ++table->vm->next_serial;
	pthread_mutex_unlock(&table->vm->lock);
	if (!r)
		STATS_ADD(table->vm->stats, guest_tables, 1);
	return r;
}

/* Ends tables that no call finds any longer. It waits once for the calls that have found them. */
static void end_all(struct kvm_table *gone)
{
	if (gone)
		rcu_synchronize();
	while (gone) {
		struct kvm_table *table = gone;

		gone = table->next;
		kvm_log_fini(table);
		kvm_link_remove_all(table);
		table_free(table);
	}
}

void kvm_table_destroy(struct kvm_table *table)
{
	pthread_mutex_lock(&table->vm->lock);
	kvm_liobn_remove(table->vm, table);
	pthread_mutex_unlock(&table->vm->lock);
	table->next = NULL;
	end_all(table);
}

static int is_locked(int fd, void *context)
{
	return os_byte_is_locked(fd, 0);
}

/*
 * Returns true while a copy of the program's descriptor, or a mapping through it, is left in some
 * process. If the keeper is lost, nothing can tell, and the table stays.
 */
static bool is_held(const struct kvm_table *table)
{
	int r = apart_fd_call(table->keeper, is_locked, NULL);

	return r > 0 || r == -EBADF;
}

struct range_of_data {
	uint64_t from;
	uint64_t *start, *end;
};

static int find_data(int fd, void *context)
{
	const struct range_of_data *range = context;

	return os_find_data(fd, range->from, range->start, range->end);
}

int kvm_table_find_file_data(const struct kvm_table *table, uint64_t from, uint64_t *start, uint64_t *end)
{
	struct range_of_data range = { from, start, end };
	int r = apart_fd_call(table->keeper, find_data, &range);

	if (r != -EBADF)
		return r;
	*start = from;
	*end = table->bytes;
	return from < table->bytes ? 0 : -ENXIO;
}

/*
 * Without its owner the VM gets no more calls that would look for the end of the table, so it ends
 * now.
 */
static bool is_gone(const struct kvm_table *table)
{
	return atomic_load(&table->vm->ownerless) || !is_held(table);
}

/*
 * The last descriptor of this process is closed. [DIFF-37] No event tells when the last mapping or
 * a copy in another process goes: the VM's next calls look for that.
 */
static void table_retire(struct file *file)
{
	struct kvm_table *table = kvm_table_of(file);
	struct kvm_vm *vm = table->vm;

	if (is_gone(table)) {
		kvm_table_destroy(table);
		return;
	}
	pthread_mutex_lock(&vm->lock);
	table->next = vm->lingering;
	vm->lingering = table;
	atomic_fetch_or(&vm->calls, KVM_CALLS_LINGERING);
	pthread_mutex_unlock(&vm->lock);
}

/* Destroys the lingering tables that are gone: those of one LIOBN, or of all if liobn is NULL. */
static void sweep(struct kvm_vm *vm, const uint64_t *liobn)
{
	struct kvm_table *gone = NULL;

	if (!kvm_vm_has(vm, KVM_CALLS_LINGERING))
		return;
	pthread_mutex_lock(&vm->lock);
	for (struct kvm_table **link = &vm->lingering; *link;) {
		struct kvm_table *table = *link;

		if ((liobn && table->liobn != *liobn) || !is_gone(table)) {
			link = &table->next;
			continue;
		}
		*link = table->next;
		kvm_liobn_remove(vm, table);
		table->next = gone;
		gone = table;
	}
	if (!vm->lingering)
		atomic_fetch_and(&vm->calls, ~KVM_CALLS_LINGERING);
	pthread_mutex_unlock(&vm->lock);
	end_all(gone);
}

void kvm_table_sweep(struct kvm_vm *vm)
{
	sweep(vm, NULL);
}

void kvm_table_sweep_liobn(struct kvm_vm *vm, uint64_t liobn)
{
	sweep(vm, &liobn);
}

static long table_ioctl(struct file *file, unsigned long request, void *argument)
{
	return REASON(-ENOTTY, "a table has no call %#x", (unsigned int)request);
}

static const struct file_ops table_ops = {
	.kind = "kvm-spapr-tce",
	.ioctl = table_ioctl,
	.maps_itself = true,
	.has_no_position = true,
	.retire = table_retire,
};

struct kvm_table *kvm_table_of(struct file *file)
{
	return file->ops == &table_ops ? container_of(file, struct kvm_table, file) : NULL;
}

int kvm_table_create_internal(struct kvm_vm *vm, const struct kvm_table_args *args,
			      struct kvm_table **out)
{
	struct kvm_table *table = NULL;
	int fd, r = table_new(vm, args, &table, &fd);

	if (r)
		return r;
	os_close(fd);
	r = enter(table);
	if (r) {
		table_free(table);
		return r;
	}
	table->has_vm_reference = false;
	kvm_vm_put(vm);
	*out = table;
	return 0;
}

int kvm_table_create(struct kvm_vm *vm, const struct kvm_table_args *args)
{
	struct kvm_table *table = NULL;
	int fd, r = table_new(vm, args, &table, &fd);

	if (r)
		return r;
	r = enter(table);
	if (r) {
		os_close(fd);
		table_free(table);
		return r;
	}
	file_init(&table->file, &table_ops);
	r = fd_table_set(fd, &table->file);
	if (r) {
		os_close(fd);
		kvm_table_destroy(table);
		return r;
	}
	TRACE(spapr_iommu_new_table, args->liobn, args->page_shift, args->offset, args->size, fd);
	return fd;
}
