/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A group with a function that a driver of the host has. The cases take the function from the
 * driver and give it back by sysfs, as an administrator does.
 */
#include "conformance.h"

static char driver[64];

/* Returns the last part of the target of one of the function's links. */
static bool follow(const char *link, char *name, size_t size)
{
	char path[128], target[256];
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", sibling_name, link);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	snprintf(name, size, "%s", strrchr(target, '/') + 1);
	return true;
}

/* Makes a container and opens the sibling's group. A case calls this first. */
static void with_sibling(void)
{
	static char path[64];
	char number[16];

	if (!sibling_name)
		skip("no function of a host's driver was named");
	must(follow("iommu_group", number, sizeof(number)) && follow("driver", driver, sizeof(driver)) ? 0 : -1,
	     "the function's group and driver");
	snprintf(path, sizeof(path), "/dev/vfio/%s", number);
	group_path = path;
	container = open_container();
	group = open_group();
}

static long write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	long r = answer(fd < 0 ? fd : write(fd, text, strlen(text)));

	if (fd >= 0)
		close(fd);
	return r;
}

/* Writes "bind" or "unbind" of the driver. */
static void change(const char *file, const char *name, const char *what)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/%s", driver, file);
	told(write_to(path, name), "%s of %s", file, what);
}

static void unbind(void)
{
	change("unbind", sibling_name, "the function");
}

static void bind(void)
{
	change("bind", sibling_name, "the function");
}

static void leave(void)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver/unbind", sibling_name);
	told(write_to(path, sibling_name), "unbind by the function's link");
}

CASE("C22", "a group is not viable while a host's driver has one of its functions")
{
	with_sibling();
	status(8);
	set_container();
	status(8);
	device_fd(sibling_name);
	unset_container();
}

CASE("C23", "it is viable when the driver has been unbound")
{
	with_sibling();
	leave();
	status(8);
	set_container();
	status(8);
	set_iommu(7);
	info(32);
	device_fd(sibling_name);
	unset_container();
	status(8);
	bind();
	status(8);
	set_container();
}

CASE("C23a", "a driver does not get a function of a group that is in use")
{
	with_sibling();
	unbind();
	bind();
	unbind();
	set_container();
	bind();
	status(8);
	set_iommu(7);
	bind();
	unset_container();
	bind();
	status(8);
}

CASE("C23b", "a group that is closed is in nobody's use")
{
	with_sibling();
	unbind();
	set_container();
	set_iommu(7);
	close(container);
	bind();
	close(group);
	bind();
	group = open_group();
	status(8);
}

CASE("C23c", "bind and unbind look for a function of their own")
{
	char line[64];

	with_sibling();
	change("unbind", "nonsense", "nonsense");
	change("bind", "nonsense", "nonsense");
	change("unbind", "", "nothing");
	bind();
	snprintf(line, sizeof(line), "%s\n", sibling_name);
	change("unbind", line, "a line");
	unbind();
	leave();
	snprintf(line, sizeof(line), "%s x", sibling_name);
	change("bind", line, "a function and more");
	snprintf(line, sizeof(line), "%s\n", sibling_name);
	change("bind", line, "a line");
	status(8);
}

CASE("C23d", "bind and unbind can be written only")
{
	char path[128];

	with_sibling();
	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/bind", driver);
	told_fd(open(path, O_RDONLY), "open O_RDONLY");
	told_fd(open(path, O_RDWR), "open O_RDWR");
	told(answer(access(path, W_OK)), "access W_OK");
}
