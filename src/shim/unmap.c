/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that unmap or replace memory, or map it at an address that was in use before. On Linux a
 * device keeps the pages of registered memory; here it uses the program's addresses, so memory is
 * taken from devices before another mapping can have its address.
 *
 * A mapping at an address that the kernel chose cannot be in the reach of devices, unless the
 * program has unmapped what was there by a call that we do not see. Then it is taken from them
 * before the program learns of it.
 *
 * The program may be inside its malloc(), in a signal handler or in a child of vfork(), which has
 * its parent's memory. From begin() to end() the thread counts as inside the core, so no handler can
 * leave by longjmp() in between.
 */
#include "shim.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

struct leaving {
	struct stce_machine *machine;
	unsigned int number;
};

static struct leaving begin(struct stce_machine *machine, const struct iovec *ranges, unsigned int count)
{
	struct leaving leaving = { .machine = machine };
	int saved = errno;

	shim_enter();
	leaving.number = stce_machine_unmap_begin(machine, ranges, count);
	errno = saved;
	return leaving;
}

static void end(struct leaving leaving)
{
	int saved = errno;

	stce_machine_unmap_end(leaving.machine, leaving.number);
	shim_leave();
	errno = saved;
}

static bool is_reached(struct stce_machine *machine, const void *address, size_t length)
{
	return IN_CORE(stce_machine_has_memory(machine, address, length));
}

/* Takes from devices what the kernel has just mapped. */
static void take(struct stce_machine *machine, void *address, size_t length)
{
	struct iovec range = { address, length };

	if (length && is_reached(machine, address, length))
		end(begin(machine, &range, 1));
}

static uintptr_t page_up(uintptr_t n)
{
	uintptr_t page = (uintptr_t)getpagesize();

	return (n + page - 1) & ~(page - 1);
}

/* Returns whether the kernel would look at the range at all. Sets *range to its pages. */
static bool is_range(void *address, size_t length, struct iovec *range)
{
	uintptr_t start = (uintptr_t)address;

	*range = (struct iovec){ address, page_up(length) };
	return start == page_up(start) && length && range->iov_len >= length && start + range->iov_len > start;
}

int shim_munmap(void *address, size_t length)
{
	struct stce_machine *machine = shim_machine_known();
	struct leaving leaving;
	struct iovec range;
	int r;

	if (!machine || !is_range(address, length, &range))
		return real()->munmap(address, length);
	leaving = begin(machine, &range, 1);
	r = real()->munmap(address, length);
	end(leaving);
	return r;
}

/* Tries elsewhere whether a mapping can be made, so that a refused call takes nothing. */
static bool can_map(const struct shim_mapping *m)
{
	struct shim_mapping elsewhere = *m;
	void *p;

	/* There may be huge pages for one mapping only. */
	if (m->flags & MAP_HUGETLB)
		return true;
	elsewhere.address = NULL;
	elsewhere.flags &= ~(MAP_FIXED | MAP_POPULATE | MAP_LOCKED);
	p = shim_map(&elsewhere);
	return p != MAP_FAILED && !shim_munmap(p, m->length);
}

static void *map_over(struct stce_machine *machine, const struct shim_mapping *m)
{
	struct leaving leaving;
	struct iovec range;
	void *p;

	if (!is_range(m->address, m->length, &range))
		return shim_map(m);
	if (is_reached(machine, range.iov_base, range.iov_len) && !can_map(m))
		return MAP_FAILED;
	leaving = begin(machine, &range, 1);
	p = shim_map(m);
	end(leaving);
	return p;
}

void *shim_mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset)
{
	struct stce_machine *machine = shim_machine_known();
	struct shim_mapping m = { address, length, prot, flags, fd, offset };
	void *p;

	if (!machine)
		return shim_map(&m);
	if ((flags & MAP_FIXED) && !(flags & MAP_FIXED_NOREPLACE))
		return map_over(machine, &m);
	p = shim_map(&m);
	if (p == MAP_FAILED || !is_reached(machine, p, length))
		return p;
	/* A device may have written there already, so the program gets a fresh mapping. */
	m.address = p;
	m.flags = (flags & ~MAP_FIXED_NOREPLACE) | MAP_FIXED;
	return map_over(machine, &m);
}

/* The arguments of mremap(). */
struct remapping {
	void *address;
	size_t size, new_size;
	int flags;
	void *new_address;
};

static void *remap(const struct remapping *m)
{
	return real()->mremap(m->address, m->size, m->new_size, m->flags, m->new_address);
}

/* Moves a mapping, and takes its old and its new place from devices. */
static void *move(struct stce_machine *machine, const struct remapping *m, bool is_fixed)
{
	bool leaves = m->size && !(m->flags & MREMAP_DONTUNMAP);
	struct iovec range[2];
	struct leaving leaving;
	unsigned int count = 0;
	void *p;

	if (leaves && is_range(m->address, m->size, &range[count]))
		count++;
	if (is_fixed && is_range(m->new_address, m->new_size, &range[count]))
		count++;
	if (!count)
		return remap(m);
	leaving = begin(machine, range, count);
	p = remap(m);
	end(leaving);
	return p;
}

/* Tries whether a mapping of that size finds a place, so that a refused call takes nothing. */
static bool has_place(size_t size)
{
	struct shim_mapping anywhere = { NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0 };
	void *p = shim_map(&anywhere);

	return p != MAP_FAILED && !real()->munmap(p, size);
}

/*
 * A mapping that has no room to grow where it is moves, if it may. Only then does it leave its
 * place.
 */
static void *grow(struct stce_machine *machine, const struct remapping *m)
{
	struct remapping in_place = *m;
	void *p;

	in_place.flags &= ~MREMAP_MAYMOVE;
	p = remap(&in_place);
	if (p == MAP_FAILED && errno == ENOMEM && m->flags & MREMAP_MAYMOVE && has_place(m->new_size))
		p = move(machine, m, false);
	if (p == m->address)
		take(machine, (char *)p + page_up(m->size), page_up(m->new_size) - page_up(m->size));
	else if (p != MAP_FAILED)
		take(machine, p, page_up(m->new_size));
	return p;
}

static void *shrink(struct stce_machine *machine, const struct remapping *m)
{
	struct leaving leaving;
	struct iovec range;
	void *p;

	if (!is_range((char *)m->address + page_up(m->new_size), page_up(m->size) - page_up(m->new_size), &range))
		return remap(m);
	leaving = begin(machine, &range, 1);
	p = remap(m);
	end(leaving);
	return p;
}

/* Returns whether a register was mapped there. Then *moved is the result of the call. */
static bool moves_registers(struct stce_machine *machine, const struct remapping *m, void **moved)
{
	int r = IN_CORE(stce_mremap(machine, m->address, m->size, m->new_size, m->flags, m->new_address, moved));

	if (r && r != STCE_NOT_OURS) {
		errno = -r;
		*moved = MAP_FAILED;
	}
	return r != STCE_NOT_OURS;
}

void *shim_mremap(void *address, size_t size, size_t new_size, int flags, void *new_address)
{
	struct stce_machine *machine = shim_machine_known();
	struct remapping m = { address, size, new_size, flags, new_address };
	void *moved;

	if (machine && moves_registers(machine, &m, &moved))
		return moved;
	if (!machine || !new_size || page_up(size) < size || page_up(new_size) < new_size)
		return remap(&m);
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return move(machine, &m, flags & MREMAP_FIXED);
	return page_up(new_size) < page_up(size) ? shrink(machine, &m) : grow(machine, &m);
}

/* A register's pages stay without access, whatever the program asks for. */
int shim_mprotect(void *address, size_t length, int prot, int key)
{
	int r = shim_machine_known() ? IN_CORE(stce_mprotect(address, length, prot)) : STCE_NOT_OURS;

	if (r != STCE_NOT_OURS)
		return (int)shim_answer(r);
	return key == -1 ? real()->mprotect(address, length, prot) : real()->pkey_mprotect(address, length, prot, key);
}

static size_t segment_size(int id)
{
	struct shmid_ds segment;

	return shmctl(id, IPC_STAT, &segment) ? 0 : page_up(segment.shm_segsz);
}

void *shim_shmat(int id, const void *address, int flags)
{
	struct stce_machine *machine = shim_machine_known();
	struct leaving leaving;
	struct iovec range;
	void *p;

	if (machine && address && flags & SHM_REMAP) {
		uintptr_t unit = flags & SHM_RND ? (uintptr_t)SHMLBA : 1;

		if (is_range((void *)((uintptr_t)address & ~(unit - 1)), segment_size(id), &range)) {
			leaving = begin(machine, &range, 1);
			p = real()->shmat(id, address, flags);
			end(leaving);
			return p;
		}
	}
	p = real()->shmat(id, address, flags);
	if (machine && p != MAP_FAILED)
		take(machine, p, segment_size(id));
	return p;
}

int shim_shmdt(const void *address)
{
	struct stce_machine *machine = shim_machine_known();
	/* Only the kernel knows where the segment ends, and to ask it takes long. */
	bool may_be_reached = machine && is_reached(machine, address, SIZE_MAX / 2 - (uintptr_t)address);
	struct leaving leaving;
	struct iovec range;
	int r;

	if (!may_be_reached || !is_range((void *)address, shim_mapped_size(address), &range))
		return real()->shmdt(address);
	leaving = begin(machine, &range, 1);
	r = real()->shmdt(address);
	end(leaving);
	return r;
}

/* Moves the end of the heap from one address to another by a call. */
static int move_break(struct stce_machine *machine, uintptr_t from, uintptr_t to)
{
	uintptr_t low = page_up(to < from ? to : from), high = page_up(to < from ? from : to);
	struct iovec range = { (void *)low, high - low };
	struct leaving leaving;
	int r;

	if (low == high)
		return real()->brk((void *)to);
	leaving = begin(machine, &range, 1);
	r = real()->brk((void *)to);
	end(leaving);
	return r;
}

int shim_brk(void *to)
{
	struct stce_machine *machine = shim_machine_known();

	return machine ? move_break(machine, (uintptr_t)real()->sbrk(0), (uintptr_t)to) : real()->brk(to);
}

void *shim_sbrk(intptr_t increment)
{
	struct stce_machine *machine = shim_machine_known();
	void *from;

	if (!machine || !increment)
		return real()->sbrk(increment);
	from = real()->sbrk(0);
	return move_break(machine, (uintptr_t)from, (uintptr_t)from + (uintptr_t)increment) ? (void *)-1 : from;
}
