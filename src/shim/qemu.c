/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells QEMU which memory our devices write. QEMU without KVM keeps translations of the guest's
 * code, and drops them when its own devices overwrite the code. It does not learn of writes by a
 * device behind VFIO, because real hardware cannot report them. QEMU's executable exports the
 * functions that its own devices use, so we call them after every device write.
 *
 * We rely on these facts [qemu softmmu/physmem.c, system/physmem.c, 7.2 to 10.0]:
 *  - memory_region_from_host() finds the region of an address in guest memory and the offset in it, or
 *    NULL, inside an RCU section of its own. After that section the region may go, unless the caller is in
 *    a section too until it has taken a reference.
 *  - qemu_ram_foreach_block() calls a function for each block of memory inside one RCU section, until the
 *    function returns a value other than 0. QEMU's own read lock is inline, so this is the way for code
 *    from outside into a section.
 *  - address_space_unmap() with is_write finds the region of the first byte again, drops translations and
 *    marks pages dirty for the whole length, which must lie in one region, and drops one reference to it.
 *  - None of them needs the big lock: QEMU's I/O threads call the first and the last without it, and the
 *    second takes only the RCU lock. Taking the big lock here could deadlock with a QEMU thread that waits
 *    for a device.
 *  - RCU protects registered threads only. QEMU registers its own; we register ours at their first write,
 *    and unregister them when they end.
 */
#include "shim.h"

#include <dlfcn.h>
#include <pthread.h>

#define PAGE_SIZE 4096u

static struct {
	void *address_space_memory;
	void *(*memory_region_from_host)(void *address, uint64_t *offset);
	uint64_t (*memory_region_size)(void *region);
	void (*memory_region_ref)(void *region);
	int (*qemu_ram_foreach_block)(int (*fn)(void *block, void *opaque), void *opaque);
	void (*address_space_unmap)(void *space, void *address, uint64_t length, bool is_write, uint64_t written);
	void (*rcu_register_thread)(void);
	void (*rcu_unregister_thread)(void);
} qemu;

#define SYMBOL(name) { #name, (void **)&qemu.name }
static const struct {
	const char *name;
	void **pointer;
} symbols[] = {
	SYMBOL(address_space_memory),
	SYMBOL(memory_region_from_host),
	SYMBOL(memory_region_size),
	SYMBOL(memory_region_ref),
	SYMBOL(qemu_ram_foreach_block),
	SYMBOL(address_space_unmap),
	SYMBOL(rcu_register_thread),
	SYMBOL(rcu_unregister_thread),
};
#undef SYMBOL

static pthread_key_t registered;

static void unregister(void *value)
{
	qemu.rcu_unregister_thread();
}

/* A thread inside a call of the program belongs to the program, so QEMU has registered it. */
static void register_thread(void)
{
	static __thread bool done;

	if (done || shim_depth)
		return;
	done = true;
	qemu.rcu_register_thread();
	pthread_setspecific(registered, &qemu);
}

/*
 * Returns the bytes up to the end of the page; memory that is not the guest's is skipped by pages.
 */
static size_t rest_of_page(const void *address)
{
	return PAGE_SIZE - (uintptr_t)address % PAGE_SIZE;
}

/* An address of the program, and the region that contains it. */
struct lookup {
	char *address;
	void *region;                /* we hold a reference; NULL if there is no region */
	uint64_t left;               /* bytes from the address to the region's end */
};

/*
 * Finds the region and takes a reference. It ignores its block and stops at the first one, because
 * it only needs the RCU section, inside which the region cannot go.
 */
static int find_region(void *block, void *opaque)
{
	struct lookup *lookup = opaque;
	uint64_t offset = 0, size;
	void *region = qemu.memory_region_from_host(lookup->address, &offset);

	if (!region)
		return 1;
	size = qemu.memory_region_size(region);
	if (size <= offset)
		return 1;
	qemu.memory_region_ref(region);
	lookup->region = region;
	lookup->left = size - offset;
	return 1;
}

/* Reports the first bytes that lie in one region, and returns their number. */
static size_t tell_piece(char *address, size_t length)
{
	struct lookup lookup = { .address = address, .left = rest_of_page(address) };
	size_t piece;

	qemu.qemu_ram_foreach_block(find_region, &lookup);
	piece = lookup.left < length ? lookup.left : length;
	if (lookup.region)
		qemu.address_space_unmap(qemu.address_space_memory, address, piece, true, piece);
	return piece;
}

static void device_wrote(void *context, void *address, size_t length)
{
	char *next = address;

	register_thread();
	while (length) {
		size_t piece = tell_piece(next, length);

		next += piece;
		length -= piece;
	}
}

void shim_qemu_watch(struct stce_machine *machine)
{
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		*symbols[i].pointer = dlsym(RTLD_DEFAULT, symbols[i].name);
		if (!*symbols[i].pointer)
			return;
	}
	if (!pthread_key_create(&registered, unregister))
		stce_machine_on_device_write(machine, device_wrote, NULL);
}
