/* SPDX-License-Identifier: BSD-2-Clause */
/* Containers and groups: which calls are possible in which state. */
#include "conformance.h"

#define C(call, ...) told(answer(ioctl(container, call, ##__VA_ARGS__)), "%s", #call)

static void extension(unsigned long type)
{
	told(answer(ioctl(container, VFIO_CHECK_EXTENSION, type)), "CHECK_EXTENSION(%#lx)", type);
}

static void extensions(void)
{
	static const unsigned long types[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xffffffff };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		extension(types[i]);
}

static void empty(void)
{
	container = open_container();
	group = open_group();
}

static void attached(void)
{
	empty();
	must(attach(group, container), "SET_CONTAINER");
}

CASE("C01", "a fresh container says that the API version is 0")
{
	container = open_container();
	C(VFIO_GET_API_VERSION);
}

CASE("C02", "a fresh container knows both sPAPR types and EEH")
{
	container = open_container();
	extensions();
}

CASE("C02a", "a container with a v2 driver knows the same extensions")
{
	v2();
	extensions();
}

CASE("C02b", "a container with a v1 driver knows the same extensions")
{
	v1();
	extensions();
}

CASE("C03", "SET_IOMMU wants a group")
{
	container = open_container();
	set_iommu(7);
	set_iommu(2);
	set_iommu(0);
	set_iommu(99);
}

/* Makes every call that a container's driver would answer. */
static void ask_everything(void)
{
	map(0, 0, 1);
	unmap(0, 1);
	info(32);
	enable();
	disable();
	reg(0, 1);
	unreg(0, 1);
	create(12, GIB2, 1);
	remove_window(0);
	eeh(0);
	unknown();
}

CASE("C04", "without a driver a container answers every other call with EINVAL")
{
	container = open_container();
	ask_everything();
}

CASE("C04a", "a container with a group but no driver does the same")
{
	attached();
	ask_everything();
}

CASE("C05", "SET_IOMMU of a type that nobody serves is ENODEV")
{
	attached();
	set_iommu(0);
	set_iommu(1);
	set_iommu(8);
	set_iommu(3);
	set_iommu(0xffffffff);
	set_iommu(7);
}

CASE("C06", "SET_IOMMU of EEH alone is refused, and a real type is possible afterwards")
{
	attached();
	set_iommu(5);
	info(32);
	set_iommu(7);
	info(32);
}

CASE("C07", "a container's type is set once")
{
	v2();
	set_iommu(7);
	set_iommu(2);
	set_iommu(0);
	set_iommu(5);
}

CASE("C07a", "a v1 container's type is set once")
{
	v1();
	set_iommu(2);
	set_iommu(7);
}

CASE("C08", "an unknown ioctl of a container with a driver is ENOTTY")
{
	v2();
	unknown();
	C(VFIO_GROUP_GET_STATUS);
	C(_IO('x', 1));
}

CASE("C08a", "a group answers unknown ioctls and a container's with ENOTTY")
{
	v2();
	told(answer(ioctl(group, VFIO_GET_API_VERSION)), "VFIO_GET_API_VERSION of the group");
	told(answer(ioctl(group, VFIO_IOMMU_MAP_DMA, NULL)), "VFIO_IOMMU_MAP_DMA of the group");
	told(answer(ioctl(group, _IO(VFIO_TYPE, VFIO_BASE + 60))), "an unknown ioctl of the group");
}

CASE("C09", "a group is opened once, in whatever mode")
{
	group = open_group();
	told_fd(open(group_path, O_RDWR), "open O_RDWR");
	told_fd(open(group_path, O_RDONLY), "open O_RDONLY");
	told_fd(open(group_path, O_WRONLY), "open O_WRONLY");
	close(group);
	told_fd(group = open(group_path, O_RDONLY), "open O_RDONLY after close");
	container = open_container();
	status(8);
	set_container();
}

CASE("C10", "GET_STATUS wants 8 bytes and leaves argsz alone")
{
	group = open_group();
	status(7);
	status(0);
	status(8);
	status(4096);
	status(0xffffffff);
	told(answer(ioctl(group, VFIO_GROUP_GET_STATUS, NULL)), "GET_STATUS(NULL)");
}

CASE("C11", "GET_STATUS tells whether a container is set")
{
	empty();
	status(8);
	set_container();
	status(8);
	unset_container();
	status(8);
}

static void set_to(int fd, const char *name)
{
	told(answer(ioctl(group, VFIO_GROUP_SET_CONTAINER, &fd)), "SET_CONTAINER(%s)", name);
}

CASE("C12", "SET_CONTAINER looks at the descriptor before it looks whether one is set")
{
	attached();
	set_to(-1, "-1");
	set_to(9999, "9999");
	set_to(open("/dev/zero", O_RDWR), "/dev/zero");
	told(answer(ioctl(group, VFIO_GROUP_SET_CONTAINER, NULL)), "SET_CONTAINER(NULL)");
}

CASE("C13", "SET_CONTAINER of something else is EBADFD")
{
	group = open_group();
	set_to(open("/dev/zero", O_RDWR), "/dev/zero");
	set_to(group, "the group itself");
	set_to(1, "standard output");
	set_to(-1, "-1");
	told(answer(ioctl(group, VFIO_GROUP_SET_CONTAINER, NULL)), "SET_CONTAINER(NULL)");
	status(8);
}

CASE("C14", "SET_CONTAINER a second time is EINVAL")
{
	attached();
	set_container();
	set_iommu(7);
	set_container();
}

CASE("C15", "GET_DEVICE_FD looks at the name before the container")
{
	empty();
	device_fd("0000:ff:1f.7");
	device_fd("");
	told_fd(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, NULL), "GET_DEVICE_FD(NULL)");
	set_container();
	device_fd("nonsense");
	set_iommu(7);
	device_fd("nonsense");
	told_fd(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, NULL), "GET_DEVICE_FD(NULL)");
}

CASE("C16", "GET_DEVICE_FD wants a container with a driver")
{
	empty();
	device_fd(device_name);
	set_container();
	device_fd(device_name);
	set_iommu(7);
	device_fd(device_name);
}

CASE("C16a", "GET_DEVICE_FD serves a v1 container before ENABLE")
{
	v1();
	device_fd(device_name);
}

CASE("C16b", "the first 255 bytes of a long name are looked at")
{
	char name[600];

	v2();
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	device_fd(name);
}

CASE("C17", "GET_DEVICE_FD twice gives two descriptors, both CLOEXEC")
{
	int one, two;

	v2();
	one = device_fd(device_name);
	two = device_fd(device_name);
	note("they differ: %d", one != two);
	note("FD_CLOEXEC %d %d", fcntl(one, F_GETFD), fcntl(two, F_GETFD));
	note("O_RDWR %d", (fcntl(one, F_GETFL) & O_ACCMODE) == O_RDWR);
}

CASE("C18", "UNSET_CONTAINER wants a container and no open device")
{
	int device;

	empty();
	unset_container();
	set_container();
	unset_container();
	unset_container();
	set_container();
	set_iommu(7);
	device = device_fd(device_name);
	unset_container();
	close(device);
	unset_container();
	unset_container();
}

CASE("C19", "when the last group leaves, the container's type can be chosen anew")
{
	v2();
	unset_container();
	info(32);
	unknown();
	set_iommu(2);
	set_container();
	set_iommu(2);
	info(32);
	unset_container();
	set_container();
	set_iommu(7);
	info(32);
}

CASE("C20", "a closed container lives on with its group")
{
	v2();
	close(container);
	status(8);
	device_fd(device_name);
	unset_container();
	status(8);
}

CASE("C20a", "a closed container lives on without a device")
{
	v2_registered();
	map(0, 0, 4);
	close(container);
	note("closed");
	status(8);
	unset_container();
	status(8);
}

CASE("C20b", "closing the group takes the container's driver away")
{
	v2_registered();
	map(0, 0, 4);
	close(group);
	note("closed");
	info(32);
	map(0, 0, 1);
	group = open_group();
	status(8);
	set_container();
	info(32);
	set_iommu(7);
	info(32);
}

CASE("C21", "an open device keeps its group open")
{
	int device;

	v2();
	device = device_fd(device_name);
	close(group);
	told_fd(open(group_path, O_RDWR), "open the group");
	info(32);
	close(device);
	told_fd(group = open(group_path, O_RDWR), "open the group");
	status(8);
	info(32);
}

CASE("C21a", "container, group and device may be closed in this order")
{
	int device;

	v2_registered();
	map(0, 0, 1);
	device = device_fd(device_name);
	close(container);
	note("container closed");
	close(group);
	note("group closed");
	told_fd(open(group_path, O_RDWR), "open the group");
	close(device);
	note("device closed");
	told_fd(open(group_path, O_RDWR), "open the group");
}

CASE("C21b", "group, device and container may be closed in this order")
{
	int device;

	v2_registered();
	map(0, 0, 1);
	device = device_fd(device_name);
	close(group);
	note("group closed");
	close(device);
	note("device closed");
	info(32);
	close(container);
	told_fd(open(group_path, O_RDWR), "open the group");
}

CASE("C21c", "a duplicate keeps a group open")
{
	int copy;

	v2();
	copy = dup(group);
	close(group);
	told_fd(open(group_path, O_RDWR), "open the group");
	info(32);
	close(copy);
	told_fd(open(group_path, O_RDWR), "open the group");
	info(32);
}

CASE("C21d", "a duplicate of a container is the same container")
{
	int copy;

	v2_registered();
	copy = dup(container);
	close(container);
	container = copy;
	map(0, 0, 1);
	info(32);
}

CASE("C24", "a v1 container takes one group")
{
	int first, second;

	empty();
	first = group;
	second = open_second_group();
	set_container();
	group = second;
	set_container();
	set_iommu(2);
	info(32);
	status(8);
	group = first;
	status(8);
	unset_container();
	set_iommu(2);
	set_container();
	status(8);
	group = second;
	set_iommu(2);
}

CASE("C24a", "a second group cannot join a v1 container")
{
	v1();
	group = open_second_group();
	set_container();
	status(8);
	note("and is free for another");
	container = open_container();
	set_container();
	set_iommu(7);
}

CASE("C25", "a group in one container cannot join another")
{
	attached();
	container = open_container();
	set_container();
	set_iommu(7);
	unset_container();
	set_container();
	set_iommu(7);
}

CASE("C25a", "containers and groups cannot be read, written or mapped")
{
	char byte = 0;

	v2();
	told(answer(read(container, &byte, 1)), "read the container");
	told(answer(write(container, &byte, 1)), "write the container");
	told(answer(read(group, &byte, 1)), "read the group");
	told(answer(write(group, &byte, 1)), "write the group");
	told(mmap(NULL, page, PROT_READ, MAP_SHARED, container, 0) == MAP_FAILED ? -errno : 0, "mmap the container");
	told(mmap(NULL, page, PROT_READ, MAP_SHARED, group, 0) == MAP_FAILED ? -errno : 0, "mmap the group");
}

CASE("C25b", "paths that are no group do not open")
{
	told_fd(open("/dev/vfio/4711", O_RDWR), "open /dev/vfio/4711");
	told_fd(open("/dev/vfio", O_RDWR), "open /dev/vfio");
	told_fd(open("/dev/vfio/vfio/x", O_RDWR), "open /dev/vfio/vfio/x");
}
