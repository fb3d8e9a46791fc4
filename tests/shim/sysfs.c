/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of sysfs obey what is written to them, with the answers of Linux 6.12 on a PowerNV
 * host, and keep everything as it was when they refuse. ADDRESS has vfio-pci, SIBLING and LONER
 * drivers of the host; all have the same vendor and device.
 */
#include "program.h"

#include <stdint.h>
#include <sys/stat.h>

#define SIBLING "0000:01:00.1"
#define LONER   "0000:05:00.0"
#define PCI     "/sys/bus/pci/"
#define VFIO    PCI "drivers/vfio-pci/"
#define E1000E  PCI "drivers/e1000e/"
#define ALONE   PCI "devices/" LONER "/"

static const char *get(const char *path)
{
	static char text[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = 0;
	if (fd >= 0)
		close(fd);
	return text;
}

static bool reads(const char *path, const char *text) { return !strcmp(get(path), text); }

static bool has_driver(const char *address, const char *driver)
{
	char path[128], target[256];
	ssize_t n;

	snprintf(path, sizeof(path), PCI "devices/%s/driver", address);
	n = readlink(path, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = 0;
	return n < 0 ? !driver : driver && !strcmp(strrchr(target, '/') + 1, driver);
}

static const struct {
	const char *path, *text;
	int error;
} refusals[] = {
	{ VFIO "bind", "zz", ENODEV },
	{ VFIO "bind", "", 0 },
	{ VFIO "bind", ADDRESS, EBUSY },
	{ VFIO "bind", LONER, ENODEV },
	{ VFIO "bind", ADDRESS "\n\n", ENODEV },
	{ VFIO "unbind", "zz", ENODEV },
	{ VFIO "unbind", LONER, ENODEV },
	{ E1000E "unbind", ADDRESS, ENODEV },
	{ E1000E "bind", SIBLING, ENODEV },
	{ VFIO "new_id", "1", EINVAL },
	{ VFIO "new_id", "zz zz", EINVAL },
	{ VFIO "new_id", "8086 1234 ffffffff ffffffff 0 0 5", EINVAL },
	{ VFIO "remove_id", "1", EINVAL },
	{ VFIO "remove_id", "8086 9999", ENODEV },
	{ VFIO "uevent", "zz", EINVAL },
	{ PCI "drivers_probe", "zz", ENODEV },
	{ PCI "rescan", "zz", EINVAL },
	{ PCI "rescan", "-1", EINVAL },
	{ ALONE "rescan", "zz", EINVAL },
	{ ALONE "remove", "zz", EINVAL },
	{ ALONE "remove", "0", 0 },
	{ ALONE "reset", "zz", EINVAL },
	{ ALONE "reset", "2", EINVAL },
	{ ALONE "enable", "zz", EINVAL },
	{ ALONE "enable", "1", EBUSY },
	{ ALONE "enable", "0", EBUSY },
	{ ALONE "uevent", "zz", EINVAL },
	{ ALONE "driver/unbind", ADDRESS, ENODEV },
	{ ALONE "driver/../vfio-pci/bind", "zz", ENODEV },
};

static void bad_input(void)
{
	char name[160];

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		int r = put(refusals[i].path, refusals[i].text);

		snprintf(name, sizeof(name), "%s answers \"%.20s\" with error %d", refusals[i].path + 9,
			 strchr(refusals[i].text, '\n') ? "two lines" : refusals[i].text, refusals[i].error);
		errno = r;
		ok(r == refusals[i].error, name);
	}
	ok(has_driver(ADDRESS, "vfio-pci") && has_driver(SIBLING, "nvme") && has_driver(LONER, "e1000e"),
	   "after that all have their drivers");
	ok(reads(ALONE "driver_override", "(null)\n") && reads(ALONE "enable", "1\n"), "and their values");
	ok(fails(open(VFIO "bind", O_RDONLY), EACCES) && fails(open(ALONE "reset", O_RDONLY), EACCES),
	   "what can only be written cannot be read");
}

/* As the kernel's document on VFIO says. */
static void by_new_id(void)
{
	struct stat st;

	ok(put(E1000E "unbind", LONER) == 0 && has_driver(LONER, NULL), "a function leaves its driver");
	ok(reads(ALONE "enable", "0\n") && !strstr(get(ALONE "uevent"), "DRIVER="), "and sysfs says so");
	ok(put(ALONE "enable", "0") == EIO, "what is not enabled cannot be disabled");
	ok(put(ALONE "enable", "1") == 0 && put(ALONE "enable", "1") == 0 &&
	   reads(ALONE "enable", "2\n") && put(ALONE "enable", "0") == 0 && put(ALONE "enable", "0") == 0,
	   "without a driver it can be enabled, which is counted");
	ok(put(VFIO "bind", LONER) == ENODEV, "vfio-pci does not take it yet");
	ok(stat("/dev/vfio/5", &st) != 0, "sysfs and /dev agree");
	ok(fails(open("/dev/vfio/5", O_RDWR), ENOENT), "its group has no file");
	ok(put(VFIO "new_id", "1234 7ce0") == 0 && has_driver(LONER, "vfio-pci"), "a new id gives it to vfio-pci");
	ok(strstr(get(ALONE "uevent"), "DRIVER=vfio-pci\n") != NULL, "and sysfs says so");
	ok(has_driver(SIBLING, "nvme"), "a function with a driver keeps it");
	ok(put(VFIO "new_id", "1234 7ce0") == EEXIST, "the same id again is refused");
	ok(put(VFIO "new_id", "1234 7ce0 ffffffff ffffffff 0 0 5") == EINVAL, "no id with data");
	ok(stat("/dev/vfio/5", &st) == 0 && S_ISCHR(st.st_mode), "its group has a file now");
}

static void in_use(void)
{
	int container = open_container(), group = open("/dev/vfio/5", O_RDWR), device;

	ok(group >= 0 && ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) == 0 &&
	   ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU) == 0, "the group can be used");
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, LONER);
	ok(device >= 0, "and the function");
	ok(put(ALONE "reset", "1") == 0, "its program may reset it");
	ok(put(ALONE "reset", "2") == EINVAL, "by 1 only");
	close(device);
	close(group);
	close(container);
	ok(put(VFIO "remove_id", "1234 7ce0") == 0 && put(VFIO "remove_id", "1234 7ce0") == ENODEV, "an id is removed once");
	ok(put(VFIO "unbind", LONER "\n") == 0 && has_driver(LONER, NULL), "and then the function leaves vfio-pci");
	ok(fails(open("/dev/vfio/5", O_RDWR), ENOENT), "with its group's file");
	ok(put(PCI "drivers_probe", LONER) == 0 && has_driver(LONER, "e1000e"), "probing gives it to the host's driver");
}

static void by_override(void)
{
	ok(put(ALONE "driver_override", "vfio-pci\n") == 0 && reads(ALONE "driver_override", "vfio-pci\n"), "an override is kept");
	ok(has_driver(LONER, "e1000e"), "the driver stays until then");
	ok(put(ALONE "driver/unbind", LONER) == 0 && put(PCI "drivers_probe", LONER) == 0 && has_driver(LONER, "vfio-pci"),
	   "and obeyed when the function is probed");
	ok(put(ALONE "driver/unbind", LONER) == 0 && put(E1000E "bind", LONER) == ENODEV, "no other driver takes it");
	ok(put(ALONE "driver_override", "nosuch") == 0 && put(VFIO "bind", LONER) == ENODEV &&
	   put(PCI "drivers_probe", LONER) == 0 && has_driver(LONER, NULL), "a driver that is not there takes nothing");
	ok(put(ALONE "driver_override", "\n") == 0 && reads(ALONE "driver_override", "(null)\n"), "a line end clears it");
	ok(put(E1000E "bind", LONER) == 0 && has_driver(LONER, "e1000e"), "then the host's driver takes it");
}

static void removal(void)
{
	ok(put(ALONE "driver_override", "nosuch") == 0 && put(ALONE "remove", "1") == 0, "a function is removed");
	ok(access(PCI "devices/" LONER, F_OK) && access("/sys/devices/pci0000:05/" LONER, F_OK) &&
	   access("/sys/kernel/iommu_groups/5", F_OK) && access(E1000E LONER, F_OK), "and nothing of it is left");
	ok(put(E1000E "bind", LONER) == ENODEV && put(PCI "drivers_probe", LONER) == ENODEV, "no driver finds it");
	ok(put(PCI "rescan", "0") == 0 && access(PCI "devices/" LONER, F_OK), "a rescan by 0 does nothing");
	ok(put(PCI "rescan", "1\n") == 0 && access("/sys/kernel/iommu_groups/5/devices/" LONER "/vendor", F_OK) == 0,
	   "a rescan finds it");
	ok(reads(ALONE "driver_override", "(null)\n") && has_driver(LONER, "e1000e"), "without an override, for its driver");
}

/* Symptom: a script that had changed into the folder wrote to a plain file. */
static void by_relative_path(void)
{
	int folder = open(ALONE, O_PATH | O_DIRECTORY), fd = -1;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		char path[128], name[160], *slash;

		strcpy(path, refusals[i].path);
		slash = strrchr(path, '/');
		*slash = 0;
		snprintf(name, sizeof(name), "%s is the same file from its folder", slash + 1);
		ok(chdir(path) == 0 && put(slash + 1, refusals[i].text) == refusals[i].error, name);
	}
	ok(chdir(ALONE) == 0 && put("reset", "2") == EINVAL, "a path relative to the folder is the same file");
	ok(fails(open("resource0", O_RDWR), EOPNOTSUPP) && fails(open("resource0", O_RDONLY), EOPNOTSUPP),
	   "the registers cannot be opened from there either");
	ok(put("driver_override", "nosuch") == 0 && reads("driver_override", "nosuch\n") && put("driver_override", "\n") == 0 &&
	   reads(ALONE "driver_override", "(null)\n"), "an override is set from there");
	fd = open("config", O_RDWR);
	ok(fd >= 0 && pwrite(fd, "\0\0", 2, 0) == 2 && !strncmp(get("vendor"), "0x1234", 6) &&
	   !memcmp(get("config"), "\x34\x12", 2), "config space keeps from there what is read-only");
	close(fd);
	ok(put("../" LONER "/driver/unbind", "zz") == ENODEV, "through parents and links too");
	ok(chdir("/") == 0 && (fd = openat(folder, "reset", O_WRONLY)) >= 0 && fails(write(fd, "2", 1), EINVAL),
	   "and relative to a descriptor of the folder");
	close(fd);
	close(folder);
}

/* Symptom: the parent took a descriptor for a file of ours that only its child had. */
static void from_vfork(void)
{
	volatile int error = 0;
	pid_t child = vfork();

	if (!child) {
		error = open(ALONE "enable", O_WRONLY) < 0 ? errno : 0;
		_exit(0);
	}
	ok(child > 0 && status_of_child(child) == 0 && error == EPERM, "a child of vfork cannot open it");
}

static void config_space(void)
{
	int fd = open(ALONE "config", O_RDWR);
	uint16_t command = 0xffff, id = 0;

	ok(pwrite(fd, &command, 2, 4) == 2 && pread(fd, &command, 2, 4) == 2 && command == 0x546, "only bits that can be written change");
	ok(pwrite(fd, "\0\0", 2, 0) == 2 && pread(fd, &id, 2, 0) == 2 && id == 0x1234, "the vendor cannot be written");
	ok(pwrite(fd, "x", 1, 4096) == 0 && pread(fd, &id, 1, 4096) == 0, "behind its end there is nothing");
	close(fd);
}

static void many_ids(void)
{
	unsigned int count = 0;
	char text[32];
	int r = 0;

	for (; count < 4096 && !r; count++) {
		snprintf(text, sizeof(text), "8086 %x", count);
		r = put(E1000E "new_id", text);
	}
	ok(count > 100, "there is room for a hundred ids");
	ok(r == ENOMEM, "and not for any number");
	for (unsigned int i = 0; i < count - 1; i++) {
		snprintf(text, sizeof(text), "8086 %x", i);
		r = put(E1000E "remove_id", text);
		if (r)
			break;
	}
	ok(r == 0 && put(E1000E "remove_id", "8086 0") == ENODEV, "all can be removed");
}

/* Symptom: a program mapped plain memory for the registers. */
static void registers(void)
{
	int fd = open(ALONE "resource0", O_PATH);
	struct stat st;

	ok(stat(ALONE "resource0", &st) == 0 && st.st_size == 4096 && S_ISREG(st.st_mode), "the file of a BAR has its size");
	ok(fails(open(ALONE "resource0", O_RDWR | O_SYNC), EOPNOTSUPP) && fails(open(ALONE "resource0", O_RDONLY), EOPNOTSUPP) &&
	   fails(open(ALONE "resource0", O_WRONLY), EOPNOTSUPP), "and cannot be opened");
	ok(!fopen(ALONE "resource0", "r") && errno == EOPNOTSUPP, "as a stream either");
	ok(fd >= 0 && fstat(fd, &st) == 0 && st.st_size == 4096, "but for its name only");
	ok(fails(open(ALONE "resource1", O_RDWR), ENOENT), "there is no file without a BAR");
	close(fd);
	fd = open(ALONE "reset", O_PATH);
	ok(fd >= 0, "a file that can only be written is opened for its name only");
	close(fd);
}

/* Only root can become another user. */
static void another_user(void)
{
	int status;

	if (geteuid()) {
		ok_skip("another user may not write", "only root can become another user");
		return;
	}
	if (!fork())
		_exit(setuid(65534) == 0 && fails(open(ALONE "resource0", O_RDONLY), EACCES) ?
		      put(ALONE "driver_override", "nosuch") : 0);
	status = wait(&status) > 0 ? WEXITSTATUS(status) : 0;
	ok(reads(ALONE "driver_override", "(null)\n"), "a user who is not the owner changes nothing");
	ok(status == EACCES, "another user may not write, nor open the registers");
}

int main(void)
{
	bad_input();
	many_ids();
	another_user();
	by_new_id();
	in_use();
	by_override();
	removal();
	by_relative_path();
	from_vfork();
	config_space();
	registers();
	return ok_end();
}
