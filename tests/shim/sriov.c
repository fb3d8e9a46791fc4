/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sysfs makes and removes the virtual functions of a card while programs run. ADDRESS has vfio-pci, HOSTED a
 * driver of the host; the function PLAIN can have none.
 */
#include "program.h"

#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#define PCI     "/sys/bus/pci/"
#define HOSTED  PCI "devices/0000:09:00.0/"
#define PLAIN   PCI "devices/0000:0a:00.0/"
#define OWN     PCI "devices/" ADDRESS "/"
#define NUMBER  OWN "sriov_numvfs"
#define SWITCH  "/sys/module/vfio_pci/parameters/enable_sriov"
#define FIRST   "0000:01:10.0"
#define TOKEN   " vf_token=01234567-89ab-cdef-0123-456789abcdef"
#define OTHER   " vf_token=01234567-89ab-cdef-0123-456789abcdee"

/* What a program has of a group. */
struct user {
	int container, group, device;
};

static bool reads(const char *path, const char *text)
{
	char got[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, got, sizeof(got) - 1);

	close(fd);
	if (length >= 0 && !strcmp(got, text))
		return true;
	printf("# %s has %s", path, got);
	return false;
}

static bool leads(const char *path, const char *to)
{
	char target[128] = "";

	return readlink(path, target, sizeof(target) - 1) > 0 && !strcmp(target, to);
}

static bool has_mode(const char *path, mode_t mode)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & 0777) == mode;
}

/* Returns whether the BAR of a folder has these flags of Linux. */
static bool has_flags(const char *folder, unsigned int bar, unsigned int flags)
{
	unsigned long long start, end, found = 0;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/resource", folder);
	file = fopen(path, "re");
	for (unsigned int i = 0; file && i <= bar; i++)
		if (fscanf(file, "%llx %llx %llx", &start, &end, &found) != 3)
			found = 0;
	if (file)
		fclose(file);
	return found == flags;
}

static bool has_node(unsigned int group)
{
	struct stat st;
	char path[32];

	snprintf(path, sizeof(path), "/dev/vfio/%u", group);
	return stat(path, &st) == 0 && S_ISCHR(st.st_mode);
}

static bool use(struct user *user, const char *node)
{
	user->container = open_container();
	user->group = open(node, O_RDWR | O_CLOEXEC);
	return user->group >= 0 && ioctl(user->group, VFIO_GROUP_SET_CONTAINER, &user->container) == 0 &&
	       ioctl(user->container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU) == 0;
}

static void leave(const struct user *user)
{
	close(user->group);
	close(user->container);
}

static void files(void)
{
	ok(reads(OWN "sriov_totalvfs", "8\n") && reads(NUMBER, "0\n") && reads(OWN "sriov_offset", "128\n") &&
	   reads(OWN "sriov_stride", "2\n") && reads(OWN "sriov_vf_device", "10ca\n") &&
	   reads(OWN "sriov_vf_total_msix", "0\n") && reads(OWN "sriov_drivers_autoprobe", "1\n"),
	   "the files of the card say what the capability does");
	ok(has_mode(OWN "sriov_totalvfs", 0444) && has_mode(NUMBER, 0644) && has_mode(OWN "sriov_offset", 0444) &&
	   has_mode(OWN "sriov_stride", 0444) && has_mode(OWN "sriov_vf_device", 0444) &&
	   has_mode(OWN "sriov_vf_total_msix", 0444) && has_mode(OWN "sriov_drivers_autoprobe", 0644),
	   "they have Linux's modes");
	ok(fails(open(PLAIN "sriov_numvfs", O_WRONLY), ENOENT) && !is_there(PLAIN "sriov_totalvfs"),
	   "a function that can have none has no such files");
}

static void refusals(void)
{
	ok(put(NUMBER, "x") == EINVAL && put(NUMBER, "-1") == EINVAL && put(NUMBER, "65536") == EINVAL &&
	   put(NUMBER, "2 3") == EINVAL, "what is no number is refused");
	ok(put(NUMBER, "9") == ERANGE && put(NUMBER, "65535") == ERANGE, "so is a larger one than the card has");
	ok(put(NUMBER, "2") == ENOENT && put(NUMBER, "0") == 0, "vfio-pci makes none unless it was told to");
	ok(reads(NUMBER, "0\n"), "a refusal changes nothing");
	ok(put(SWITCH, "maybe") == EINVAL && put(SWITCH, "") == 0 && reads(SWITCH, "N\n") && put(SWITCH, "on") == 0 &&
	   reads(SWITCH, "Y\n"), "which a parameter of the module does");
	ok(put(OWN "sriov_drivers_autoprobe", "2") == EINVAL && reads(OWN "sriov_drivers_autoprobe", "1\n"),
	   "a switch is on or off");
	ok(put(OWN "driver/unbind", ADDRESS) == 0 && put(NUMBER, "2") == ENOENT && put(PCI "drivers_probe", ADDRESS) == 0,
	   "without a driver there are none");
}

static void seven(void)
{
	char path[128], group[64];
	bool all = true;

	ok(put(NUMBER, "0x7\n") == 0 && reads(NUMBER, "7\n"), "seven virtual functions are made");
	for (unsigned int i = 0; i < 7; i++) {
		snprintf(path, sizeof(path), OWN "virtfn%u", i);
		snprintf(group, sizeof(group), "../0000:01:%02x.%u", 0x10 + i / 4, i % 4 * 2);
		all = all && leads(path, group) && has_node(2 + i);
		snprintf(path, sizeof(path), OWN "virtfn%u/physfn", i);
		all = all && leads(path, "../" ADDRESS);
		snprintf(path, sizeof(path), OWN "virtfn%u/iommu_group", i);
		snprintf(group, sizeof(group), "../../../kernel/iommu_groups/%u", 2 + i);
		all = all && leads(path, group);
	}
	ok(all && !is_there(OWN "virtfn7"), "each has its address, links and a group of its own");
	ok(reads(OWN "virtfn3/device", "0x10ca\n") && reads(OWN "virtfn3/driver_override", "vfio-pci\n") &&
	   leads(OWN "virtfn3/driver", "../../../bus/pci/drivers/vfio-pci"), "vfio-pci keeps them");
	ok(has_mode(OWN "virtfn3/sriov_vf_msix_count", 0200) && put(OWN "virtfn3/sriov_vf_msix_count", "2") == EOPNOTSUPP,
	   "their vectors cannot be moved");
	ok(put(OWN "virtfn3/sriov_vf_msix_count", "65536") == EOPNOTSUPP &&
	   put(OWN "virtfn3/sriov_vf_msix_count", "2147483648") == EINVAL &&
	   put(OWN "virtfn3/sriov_vf_msix_count", "-1") == EINVAL && put(OWN "virtfn3/sriov_vf_msix_count", "") == 0,
	   "their number is an int");
	ok(has_flags(OWN "virtfn3", 0, 0x14220c) && has_flags(OWN "virtfn3", 3, 0x14220c) && has_flags(OWN, 0, 0x140204),
	   "their BARs are prefetchable, and the card's are not");
	ok(put(NUMBER, "7") == 0 && put(NUMBER, "3") == EBUSY && reads(NUMBER, "7\n"), "another number must wait for 0");
	ok(put(PCI "rescan", "1") == 0 && is_there(OWN "virtfn6"), "a rescan changes nothing");
}

static int device_of(int group, const char *name)
{
	return ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name);
}

static void tokens(void)
{
	struct user physical, virtual;
	int device;

	ok(use(&virtual, "/dev/vfio/2"), "a program has the group of a virtual function");
	ok(fails(device_of(virtual.group, FIRST), EACCES), "without the card's token it does not get the function");
	ok(fails(device_of(virtual.group, FIRST TOKEN), EACCES), "nor with one that it has not given the card");
	ok(use(&physical, "/dev/vfio/1"), "it has the card's too");
	device = device_of(physical.group, ADDRESS TOKEN);
	ok(device >= 0, "and gives the card a token");
	ok(fails(device_of(virtual.group, FIRST OTHER), EACCES), "another one does not do");
	ok(fails(device_of(virtual.group, FIRST TOKEN TOKEN), EINVAL) &&
	   fails(device_of(virtual.group, FIRST TOKEN "0"), EINVAL) &&
	   fails(device_of(virtual.group, FIRST " vf_token=0123"), EINVAL) &&
	   fails(device_of(virtual.group, FIRST "0"), ENODEV), "nor does bad text");
	virtual.device = device_of(virtual.group, FIRST TOKEN " ");
	ok(virtual.device >= 0 && identity(virtual.device) == 0x10ca8086, "with the right one it gets the function");
	close(device);
	ok(fails(device_of(physical.group, ADDRESS), EACCES) && fails(device_of(physical.group, ADDRESS OTHER), EACCES),
	   "now the card wants the token too");
	device = device_of(physical.group, ADDRESS TOKEN);
	ok(device >= 0, "and has it");
	close(virtual.device);
	close(device);
	device = device_of(physical.group, ADDRESS OTHER);
	ok(device >= 0 && fails(device_of(virtual.group, FIRST TOKEN), EACCES),
	   "when no virtual function is open it can get another");
	close(device);
	leave(&virtual);
	leave(&physical);
}

static void removal(void)
{
	struct pollfd event = { .fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN };
	struct user physical, virtual;
	int device;
	pid_t child, other;

	ok(use(&physical, "/dev/vfio/1") && use(&virtual, "/dev/vfio/2"), "a program has both groups");
	device = device_of(physical.group, ADDRESS TOKEN);
	virtual.device = device_of(virtual.group, FIRST TOKEN);
	ok(set_eventfd(virtual.device, VFIO_PCI_REQ_IRQ_INDEX, &event.fd) == 0, "and wants to be asked for the virtual function");
	child = put_in_child(NUMBER, "0");
	other = put_in_child(NUMBER, "0");
	ok(poll(&event, 1, 10000) == 1, "which happens when another program removes it");
	ok(waitpid(child, NULL, WNOHANG) == 0 && identity(virtual.device) == 0x10ca8086, "it has the function meanwhile");
	ok(reads(NUMBER, "7\n") && put(NUMBER, "3") == EBUSY, "and the number stays");
	close(virtual.device);
	leave(&virtual);
	ok(status_of_child(child) == 0, "the removal ends when the function is given back");
	ok(status_of_child(other) == 0, "and so does that of another program");
	ok(reads(NUMBER, "0\n") && !is_there(OWN "virtfn0") && !is_there(PCI "devices/" FIRST) && !has_node(2) &&
	   !has_node(8) && !is_there("/sys/kernel/iommu_groups/2"), "nothing is left of all seven");
	ok(identity(device) == 0x10c98086, "the card stays open");
	close(device);
	leave(&physical);
	close(event.fd);
}

static void again(void)
{
	struct user user;

	ok(status_of_child(put_in_child(NUMBER, "2")) == 0 && has_node(2) && has_node(3) && !has_node(4),
	   "another program makes two, with the groups of before");
	ok(use(&user, "/dev/vfio/3") && fails(device_of(user.group, "0000:01:10.2"), EACCES), "this one has them at once");
	leave(&user);
	ok(put(OWN "driver/unbind", ADDRESS) == 0 && reads(NUMBER, "0\n") && !is_there(PCI "devices/" FIRST) && !has_node(2),
	   "they go with the driver of the card");
	ok(put(PCI "drivers_probe", ADDRESS) == 0, "which comes back without them");
	ok(put(OWN "sriov_drivers_autoprobe", "n") == 0 && put(NUMBER, "1") == 0 && !is_there(OWN "virtfn0/driver") &&
	   !has_node(2), "without autoprobe they have no driver");
	ok(put(PCI "drivers/vfio-pci/bind", FIRST) == 0 && has_node(2), "until one is bound");
	ok(put(OWN "remove", "1") == 0 && !is_there(PCI "devices/" FIRST) && !is_there(PCI "devices/" ADDRESS),
	   "they go with the card");
	ok(put(PCI "rescan", "1") == 0 && is_there(NUMBER) && !is_there(OWN "virtfn0") && reads(NUMBER, "0\n"),
	   "which is found again without them");
}

static void of_a_driver_of_the_host(void)
{
	struct user user;
	int device;

	ok(put(HOSTED "sriov_numvfs", "1") == 0 && leads(HOSTED "virtfn0", "../0000:09:10.0") &&
	   leads(HOSTED "virtfn0/driver", "../../../bus/pci/drivers/igbvf"), "the host's driver makes one for the host");
	ok(put(HOSTED "virtfn0/driver/unbind", "0000:09:10.0") == 0 &&
	   put(HOSTED "virtfn0/driver_override", "vfio-pci") == 0 &&
	   put(PCI "drivers_probe", "0000:09:10.0") == 0 && has_node(2), "vfio-pci takes it over");
	ok(use(&user, "/dev/vfio/2") && fails(device_of(user.group, "0000:09:10.0" TOKEN), EINVAL), "it has no token");
	device = device_of(user.group, "0000:09:10.0");
	ok(identity(device) == 0x10ca8086, "and needs none");
	close(device);
	leave(&user);
	ok(put(HOSTED "sriov_numvfs", "0") == 0 && !has_node(2), "it is removed");
}

int main(void)
{
	alarm(100);
	files();
	refusals();
	seven();
	tokens();
	removal();
	again();
	of_a_driver_of_the_host();
	return ok_end();
}
