/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells QEMU what our devices write. QEMU without KVM keeps translations of
 * the guest's code and drops them when its own devices overwrite it; of a
 * device behind VFIO it expects that on iron nothing had to be told. Its
 * executable exports what its devices use, so the same is done here after
 * every device write.
 *
 * Facts relied on [qemu softmmu/physmem.c, system/physmem.c, 7.2 to 10.0]:
 *  - memory_region_from_host() finds the region of an address in guest
 *    memory, and its offset there, under an RCU lock of its own; NULL for
 *    other addresses. The region may go as soon as that lock is given back,
 *    unless the caller holds one around it until it has a reference.
 *  - qemu_ram_foreach_block() calls a function for each block of memory inside
 *    one RCU section, until the function returns something else than 0. QEMU's
 *    own lock is inline, so this is how code from outside gets into a section.
 *  - address_space_unmap() with is_write does so again for the first byte,
 *    drops translations and marks pages dirty for the whole length, which must
 *    lie in one region, and gives back one reference to it.
 *  - neither needs the big lock: QEMU's I/O threads call them without it.
 *    Taking it here could deadlock with a QEMU thread that waits for a device.
 *  - RCU protects registered threads only. QEMU registers its own; ours are
 *    registered at their first write and unregistered when they end.
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

/* A thread inside a call of the program is the program's own, so registered. */
static void register_thread(void)
{
	static __thread bool done;

	if (done || shim_depth)
		return;
	done = true;
	qemu.rcu_register_thread();
	pthread_setspecific(registered, &qemu);
}

/* The bytes from here that lie in one page, for memory that is not the guest's. */
static size_t rest_of_page(const void *address)
{
	return PAGE_SIZE - (uintptr_t)address % PAGE_SIZE;
}

/* An address of the program, and the region that it is in. */
struct lookup {
	char *address;
	void *region;                /* with a reference; NULL: none */
	uint64_t left;               /* bytes from there to the region's end */
};

/* For the first block, whichever that is: inside the RCU section the region that was found cannot go. */
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

/* Tells of the piece that lies in one region. Return: its length. */
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
