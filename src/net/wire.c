/* SPDX-License-Identifier: BSD-2-Clause */
/* The file has a head, with both ends, and the two rings. The ring of number n is filled by end n. */
#include "net/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "util/os.h"
#include "util/os_futex.h"
#include "util/reason.h"

/* A multiple of every page size. */
#define HEAD_SIZE  (64 * KIB)
#define FILE_SIZE  (HEAD_SIZE + 2 * NET_RING_SIZE)
/* Each ring is mapped twice, side by side. */
#define MAP_SIZE   (HEAD_SIZE + 4 * NET_RING_SIZE)
#define PATH_SIZE  4096

static int make_path(char *path, const char *directory, int group, int far_group)
{
	int low = group < far_group ? group : far_group;
	int high = group < far_group ? far_group : group;
	int length = snprintf(path, PATH_SIZE, "%s/wire-%d-%d", directory, low, high);

	return length < PATH_SIZE ? 0 : -ENAMETOOLONG;
}

static int open_file(const char *path)
{
	return os_open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
}

/* Maps one part of the file at an address inside the reservation. */
static int map_part(char *to, int fd, uint64_t offset, uint64_t size)
{
	void *p = os_mmap(to, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, offset);

	return os_is_error(p) ? os_error(p) : 0;
}

/* Children inherit no part of the mapping, and so no lock. */
static int map(struct wire *wire, int fd)
{
	char *base = os_mmap(NULL, MAP_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int r = os_is_error(base) ? os_error(base) : map_part(base, fd, 0, HEAD_SIZE);

	if (os_is_error(base))
		return r;
	for (unsigned int i = 0; i < 4 && !r; i++)
		r = map_part(base + HEAD_SIZE + i * NET_RING_SIZE, fd, HEAD_SIZE + i / 2 * NET_RING_SIZE, NET_RING_SIZE);
	if (!r)
		r = os_madvise(base, MAP_SIZE, MADV_DONTFORK);
	if (r) {
		os_munmap(base, MAP_SIZE);
		return r;
	}
	wire->map = base;
	return 0;
}

static void place(struct wire *wire)
{
	struct wire_end *ends = wire->map;
	unsigned char *rings = (unsigned char *)wire->map + HEAD_SIZE;
	unsigned int far_side = !wire->side;

	_Static_assert(2 * sizeof(struct wire_end) <= HEAD_SIZE, "the ends lie in the head");
	wire->mine = &ends[wire->side];
	wire->far = &ends[far_side];
	wire->out = (struct net_ring){
		.mine = &wire->mine->sent, .other = &wire->far->taken, .data = rings + wire->side * 2 * NET_RING_SIZE,
	};
	wire->in = (struct net_ring){
		.mine = &wire->mine->taken, .other = &wire->far->sent, .data = rings + far_side * 2 * NET_RING_SIZE,
	};
}

/*
 * Locks the end, maps the file and closes the descriptor, so that the mapping alone keeps the
 * lock. The pages are reserved first, because a store to a page that a full file system lacks would
 * be a fault.
 */
static int take(struct wire *wire, int fd)
{
	int r = os_lock_byte(fd, wire->side, true);

	if (!r)
		r = os_allocate(fd, FILE_SIZE);
	if (!r)
		r = map(wire, fd);
	os_close(fd);
	return r;
}

/* The order of the stores keeps the far end from taking an empty ring for a broken one. */
static void begin_session(struct wire *wire)
{
	uint64_t number;

	if (os_random(&number, sizeof(number)))
		number = os_now_ns();
	number |= 1;
	atomic_store(&wire->session, number);
	atomic_store(&wire->met, 0);
	wire->has_carried = false;
	atomic_store(&wire->mine->session, 0);
	atomic_store(&wire->mine->met, 0);
	net_ring_reset(&wire->out);
	net_ring_reset(&wire->in);
	atomic_store(&wire->mine->session, number);
}

int wire_open(struct wire *wire, const char *directory, int group, int far_group)
{
	char path[PATH_SIZE];
	int r = make_path(path, directory, group, far_group);
	int fd = r ? r : open_file(path);

	*wire = (struct wire){ .side = group > far_group };
	if (fd < 0)
		return REASON(fd, "cannot open the wire between groups %d and %d", group, far_group);
	r = take(wire, fd);
	if (r == -EAGAIN)
		return r;
	if (!r)
		r = own_fd_new(open_file(path), &wire->probe);
	if (r) {
		if (wire->map)
			os_munmap(wire->map, MAP_SIZE);
		wire->map = NULL;
		return REASON(r, "cannot make the wire between groups %d and %d", group, far_group);
	}
	place(wire);
	atomic_store(&wire->mine->waits, 0);
	begin_session(wire);
	return 0;
}

static void ring_bell(struct wire_end *end)
{
	atomic_fetch_add(&end->bell, 1);
	os_futex_wake(&end->bell);
}

void wire_close(struct wire *wire)
{
	if (!wire->map)
		return;
	atomic_store(&wire->mine->session, 0);
	ring_bell(wire->far);
	own_fd_free(wire->probe);
	os_munmap(wire->map, MAP_SIZE);
	wire->map = NULL;
}

void wire_restart(struct wire *wire)
{
	begin_session(wire);
	ring_bell(wire->far);
}

bool wire_is_intact(const struct wire *wire)
{
	return atomic_load(&wire->mine->session) == atomic_load(&wire->session) &&
	       atomic_load(&wire->mine->met) == atomic_load(&wire->met);
}

bool wire_has_frames(const struct wire *wire)
{
	return atomic_load(&wire->far->sent) != atomic_load(&wire->mine->taken);
}

static void meet(struct wire *wire, uint64_t session)
{
	atomic_store(&wire->met, session);
	wire->has_carried = false;
	net_ring_reset(&wire->out);
	net_ring_reset(&wire->in);
	atomic_store(&wire->mine->met, session);
	ring_bell(wire->far);
}

bool wire_meet(struct wire *wire)
{
	uint64_t session = atomic_load_explicit(&wire->far->session, memory_order_acquire);
	uint64_t mine = atomic_load_explicit(&wire->session, memory_order_relaxed);

	if (session && session != atomic_load_explicit(&wire->met, memory_order_relaxed))
		meet(wire, session);
	if (!session || atomic_load_explicit(&wire->far->met, memory_order_acquire) != mine)
		return false;
	wire->has_carried = true;
	return true;
}

bool wire_is_same_session(const struct wire *wire)
{
	return atomic_load(&wire->far->session) == wire->met;
}

uint64_t wire_dead_session(struct wire *wire)
{
	uint64_t session = atomic_load(&wire->far->session);
	int number = session ? own_fd_enter(wire->probe) : -EBADF;
	int is_locked;

	if (number < 0)
		return 0;
	is_locked = os_byte_is_locked(number, !wire->side);
	own_fd_leave(wire->probe);
	return is_locked == 0 ? session : 0;
}

void wire_wait_for(struct wire *wire, unsigned int what)
{
	atomic_fetch_or(&wire->mine->waits, what);
}

/*
 * The change of `waits` here and that of the end which waits are ordered: either this one finds the
 * bit, or the other end sees what was published before this.
 */
void wire_tell(struct wire *wire, unsigned int what)
{
	if (atomic_fetch_and(&wire->far->waits, ~what) & what)
		ring_bell(wire->far);
}
