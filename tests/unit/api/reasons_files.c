/* SPDX-License-Identifier: BSD-2-Clause */
/* Refusals by the calls on files. */
#include "reasons.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#define UNREADABLE ((void *)8)
#define CONFIG_SPACE ((off_t)VFIO_PCI_CONFIG_REGION_INDEX << 40)

static struct client *const c = &world.v.c;

static long open_twice(void) { return open_group(c, 1); }
static long open_poorly(void) { return WITHOUT_MEMORY(open_container(c)); }
static long close_nothing(void) { return stce_close(-1); }
static long close_backwards(void) { return stce_close_range(5, 3, 0); }
static long replace_nothing(void) { return stce_replace(-1, 900, 0); }

static long replace_internal(void)
{
	int fd = 0;

	while (fd < 1 << 20 && !stce_is_internal(fd))
		fd++;
	return stce_replace(fd, 900, 0);
}

static long ioctl_nothing(void) { return stce_ioctl(-1, VFIO_GET_API_VERSION, NULL); }
/* A plain number, because _IO() sets another bit on POWER and the reason names the number. */
static long ioctl_unknown(void) { return stce_ioctl(c->container, 0x3bfa, NULL); }
static long ioctl_group(void) { return stce_ioctl(c->group, VFIO_GROUP_GET_STATUS, UNREADABLE); }
static long ioctl_unregistered(void) { return map_dma(c->container, (void *)PAGE_64K, 0, PAGE, RW); }
static long ioctl_twice(void) { return set_container(c->group, c->container); }
static long ioctl_table(void);

static long ioctl_window(void)
{
	return create_window(c->container, 13, GIB, 1, NULL);
}

/* Opens the device of group 1 for one call. */
static long on_device(long (*act)(int device))
{
	int device = (int)get_device(c->group, FIRST);
	long r;

	assert_true(device >= 0);
	plant_reason();
	r = act(device);
	stce_close(device);
	return r;
}

static long read_config(int device) { char b[16]; return stce_pread(device, b, 16, CONFIG_SPACE + 4090); }
static long read_to_nowhere(int device) { return stce_pread(device, UNREADABLE, 4, CONFIG_SPACE); }
static long write_from_nowhere(int device) { return stce_pwrite(device, UNREADABLE, 4, CONFIG_SPACE); }

static long read_no_memory(int device)
{
	const uint16_t command = 0;
	uint32_t x;

	assert_int_equal(stce_pwrite(device, &command, sizeof(command), CONFIG_SPACE + 4), sizeof(command));
	return stce_pread(device, &x, 4, 0);
}

static long set_irqs(int device)
{
	struct vfio_irq_set set = { .argsz = sizeof(set), .flags = VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_NONE,
				    .index = VFIO_PCI_MSIX_IRQ_INDEX, .start = 99, .count = 1 };

	return stce_ioctl(device, VFIO_DEVICE_SET_IRQS, &set);
}

static long pread_config(void) { return on_device(read_config); }
static long pread_to_nowhere(void) { return on_device(read_to_nowhere); }
static long pread_bar(void) { return on_device(read_no_memory); }
static long pwrite_from_nowhere(void) { return on_device(write_from_nowhere); }
static long ioctl_device(void) { return on_device(set_irqs); }

static long pread_nothing(void) { char x; return stce_pread(-1, &x, 1, 0); }
static long pread_before(void) { char x; return stce_pread(c->container, &x, 1, -1); }
static long pread_container(void) { char x; return stce_pread(c->container, &x, 1, 0); }
static long pwrite_nothing(void) { return stce_pwrite(-1, "x", 1, 0); }
static long read_container(void) { char x; return stce_read(c->container, &x, 1); }
static long write_container(void) { return stce_write(c->container, "x", 1); }

/* Makes a guest table for one call. */
static long on_table(long (*act)(int table))
{
	int table = make_table(&world.v, 5, 12, 0, 16);
	long r;

	assert_true(table >= 0);
	plant_reason();
	r = act(table);
	stce_close(table);
	return r;
}

static long pread_at(int table) { char x; return stce_pread(table, &x, 1, 0); }
static long ioctl_at(int table) { return stce_ioctl(table, VFIO_GET_API_VERSION, NULL); }
static long pread_table(void) { return on_table(pread_at); }
static long ioctl_table(void) { return on_table(ioctl_at); }

static long map(int fd, size_t size)
{
	void *p;

	return stce_mmap(fd, NULL, size, PROT_READ, MAP_SHARED, 0, &p);
}

static long mmap_nothing(void) { return map(-1, PAGE); }
static long mmap_container(void) { return map(c->container, PAGE); }
static long map_0_bytes(int table) { return map(table, 0); }
static long mmap_0_bytes(void) { return on_table(map_0_bytes); }

/* Makes a call on registers that are mapped. */
static long on_registers(long (*act)(void *registers))
{
	int device = (int)get_device(c->group, FIRST);
	struct iovec range = { NULL, OWN_PAGE };
	unsigned int number;
	long r;

	assert_true(device >= 0);
	assert_int_equal(stce_mmap(device, NULL, OWN_PAGE, PROT_READ, MAP_SHARED, 0, &range.iov_base), 0);
	plant_reason();
	r = act(range.iov_base);
	number = stce_machine_unmap_begin(c->machine, &range, 1);
	munmap(range.iov_base, OWN_PAGE);
	stce_machine_unmap_end(c->machine, number);
	stce_close(device);
	return r;
}

static long grow(void *p) { return stce_mremap(c->machine, p, OWN_PAGE, 2 * OWN_PAGE, MREMAP_MAYMOVE, NULL, &p); }
static long leave(void *p) { return stce_mremap(c->machine, p, OWN_PAGE, OWN_PAGE, MREMAP_DONTUNMAP, NULL, &p); }

static long protect_poorly(void *p)
{
	long r;

	alloc_fail_after(0);
	r = stce_mprotect(p, OWN_PAGE, PROT_READ);
	alloc_fail_after(-1);
	return r;
}

static long mremap_grow(void) { return on_registers(grow); }
static long mremap_leave(void) { return on_registers(leave); }
static long mprotect_poorly(void) { return on_registers(protect_poorly); }

static long map_of_device(size_t size, int flags, uint64_t offset)
{
	int device = (int)get_device(c->group, FIRST);
	void *p;
	long r;

	assert_true(device >= 0);
	plant_reason();
	r = stce_mmap(device, NULL, size, PROT_READ, flags, (off_t)offset, &p);
	stce_close(device);
	return r;
}

static long mmap_private(void) { return map_of_device(OWN_PAGE, MAP_PRIVATE, 0); }
static long mmap_part(void) { return map_of_device(OWN_PAGE, MAP_SHARED, 8); }
static long mmap_config(void) { return map_of_device(OWN_PAGE, MAP_SHARED, (uint64_t)VFIO_PCI_CONFIG_REGION_INDEX << 40); }
static long mmap_end(void) { return map_of_device(2 * OWN_PAGE, MAP_SHARED, 0); }
static long mmap_all(void) { return map_of_device(SIZE_MAX, MAP_SHARED, 0); }

const struct reason_row reasons_files[] = {
	REFUSED("stce_open", "a group that is open", open_twice, -EBUSY, "group 1 is open already"),
	REFUSED("stce_open", "no memory", open_poorly, -ENOMEM, "Cannot allocate memory"),
	REFUSED("stce_close", "no descriptor", close_nothing, -EBADF, "Bad file descriptor"),
	REFUSED("stce_close_range", "from 5 to 3", close_backwards, -EINVAL, "Invalid argument"),
	REFUSED("stce_replace", "no descriptor", replace_nothing, -EBADF, "Bad file descriptor"),
	REFUSED("stce_replace", "a descriptor of the library's", replace_internal, -EBADF, "is held by the library"),
	REFUSED("stce_ioctl", "no descriptor", ioctl_nothing, -EBADF, "Bad file descriptor"),
	REFUSED("stce_ioctl", "a call of no file", ioctl_unknown, -ENOTTY, "this file has no call 0x3bfa"),
	REFUSED("stce_ioctl", "an argument that is nowhere", ioctl_group, -EFAULT, "0x8 cannot be read"),
	REFUSED("stce_ioctl", "memory that is not registered", ioctl_unregistered, -EINVAL,
		"page 0x10000 is not registered"),
	REFUSED("stce_ioctl", "a container more", ioctl_twice, -EINVAL, "the group has a container already"),
	REFUSED("stce_ioctl", "pages of no bridge", ioctl_window, -EINVAL, "2^13"),
	REFUSED("stce_ioctl", "a vector of none", ioctl_device, -EINVAL, "vectors [99, +1) are not in index 2"),
	REFUSED("stce_ioctl", "a call on a table", ioctl_table, -ENOTTY, "a table has no call"),
	REFUSED("stce_pread", "no descriptor", pread_nothing, -EBADF, "descriptor -1 is no file of a machine"),
	REFUSED("stce_pread", "before the beginning", pread_before, -EINVAL, "offset -1 is negative"),
	REFUSED("stce_pread", "a container", pread_container, -EINVAL, "kind container has nothing to read"),
	REFUSED("stce_pread", "a table", pread_table, -ESPIPE, "kind kvm-spapr-tce has no offsets"),
	REFUSED("stce_pread", "over the end", pread_config, -EFAULT, "passes the end of config space"),
	REFUSED("stce_pread", "to nowhere", pread_to_nowhere, -EFAULT, "0x8 cannot be written"),
	REFUSED("stce_pread", "without memory decoding", pread_bar, -EIO, "memory"),
	REFUSED("stce_pwrite", "no descriptor", pwrite_nothing, -EBADF, "descriptor -1 is no file of a machine"),
	REFUSED("stce_pwrite", "from nowhere", pwrite_from_nowhere, -EFAULT, "0x8 cannot be read"),
	REFUSED("stce_read", "a container", read_container, -EINVAL, "kind container has nothing to read"),
	REFUSED("stce_write", "a container", write_container, -EINVAL, "kind container has nothing to read"),
	REFUSED("stce_mmap", "no descriptor", mmap_nothing, -EBADF, "descriptor -1 is no file of a machine"),
	REFUSED("stce_mmap", "a container", mmap_container, -ENODEV, "of this file can be mapped"),
	REFUSED("stce_mmap", "0 bytes", mmap_0_bytes, -EINVAL, "Invalid argument"),
	REFUSED("stce_mmap", "registers as a copy", mmap_private, -EINVAL, "as a private copy"),
	REFUSED("stce_mmap", "a part of a page", mmap_part, -EINVAL, "a mapping has whole pages"),
	REFUSED("stce_mmap", "config space", mmap_config, -EINVAL, "region 7 cannot be mapped"),
	REFUSED("stce_mmap", "over the end of a BAR", mmap_end, -EINVAL, "passes the end of region 0"),
	REFUSED("stce_mmap", "more than there is", mmap_all, -ENOMEM, "have no room"),
	REFUSED("stce_mremap", "registers that grow", mremap_grow, -EFAULT, "cannot grow"),
	REFUSED("stce_mremap", "registers that stay behind", mremap_leave, -EINVAL, "leave their old place"),
	REFUSED("stce_mprotect", "no memory", mprotect_poorly, -ENOMEM, "Cannot allocate memory"),
	{ .call = NULL },
};
