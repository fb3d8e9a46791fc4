/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `spapr-tce device` plugs functions into the run of a program that runs already, and out of it. The
 * program has group 1 open all the time. SPAPR_TCE names the command.
 */
#include "program.h"

#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#define SIBLING "0000:01:00.1"
#define LONER   "0000:07:00.0"
#define DMATEST 0x7ce01234u
#define NVME    0x7ce11234u
#define PCI     "/sys/bus/pci/"

/* The command runs outside the preload, as in another terminal. Its lines become comments. */
static pid_t start(const char *action, const char *function)
{
	pid_t child = fork();

	if (!child) {
		execl("/bin/sh", "sh", "-c", "unset LD_PRELOAD; r=$(\"$SPAPR_TCE\" device \"$0\" \"$SPAPR_TCE_RUN\" \"$1\" 2>&1); "
		      "s=$?; [ -z \"$r\" ] || echo \"$r\" | sed 's/^/# /'; exit $s", action, function, NULL);
		_exit(127);
	}
	return child;
}

static int run(const char *action, const char *function) { return status_of_child(start(action, function)); }

/* Returns the functions that a reset of the bus would reset. */
static uint32_t on_bus(int device)
{
	struct vfio_pci_hot_reset_info info = { .argsz = sizeof(info) };

	ioctl(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &info);
	return info.count;
}

static void in_an_open_group(int group)
{
	int device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS), sibling, uevent;

	ok(device >= 0 && on_bus(device) == 1, "the bus has one function");
	ok(fails(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, SIBLING), ENODEV), "and no other");
	ok(run("add", "dmatest,addr=" SIBLING ",group=1") == 0, "another is plugged in");
	sibling = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, SIBLING);
	ok(sibling >= 0 && identity(sibling) == DMATEST && on_bus(device) == 2, "the open group has it at once");
	uevent = open(PCI "devices/" SIBLING "/uevent", O_WRONLY | O_CLOEXEC);
	ok(uevent >= 0 && write(uevent, "add", 3) == 3, "so does sysfs");
	close(sibling);
	ok(run("del", SIBLING) == 0 && on_bus(device) == 1 && !is_there(PCI "devices/" SIBLING), "it is unplugged");
	ok(fails(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, SIBLING), ENODEV) && is_there("/dev/vfio/1"), "the group stays");
	ok(fails(write(uevent, "add", 3), ENODEV), "an open file of it in sysfs is dead");
	ok(run("add", "dmatest,addr=" SIBLING ",group=1") == 0 && fails(write(uevent, "add", 3), ENODEV) && run("del", SIBLING) == 0,
	   "and stays so when another function has its address");
	close(uevent);
	close(device);
}

/* Opens group 7, puts it into the container and opens the function. */
static int use(int container, int *group)
{
	*group = open("/dev/vfio/7", O_RDWR | O_CLOEXEC);
	if (*group < 0 || ioctl(*group, VFIO_GROUP_SET_CONTAINER, &container))
		return -1;
	return ioctl(*group, VFIO_GROUP_GET_DEVICE_FD, LONER);
}

static void a_new_group(int container)
{
	struct pollfd event = { .fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN };
	int group, device;
	struct stat st;
	pid_t child;

	ok(fails(open("/dev/vfio/7", O_RDWR), ENOENT), "there is no group 7");
	ok(run("add", "dmatest,addr=" LONER ",group=7") == 0, "a function with a new group is plugged in");
	ok(stat("/dev/vfio/7", &st) == 0 && S_ISCHR(st.st_mode) && is_there("/sys/kernel/iommu_groups/7/devices/" LONER),
	   "its group has a node");
	device = use(container, &group);
	ok(device >= 0 && identity(device) == DMATEST, "it joins a container that is in use");
	ok(set_eventfd(device, VFIO_PCI_REQ_IRQ_INDEX, &event.fd) == 0, "the program wants to be asked for it");
	child = start("del", LONER);
	ok(poll(&event, 1, 5000) == 1, "it is asked when the function is unplugged");
	usleep(100000);
	ok(waitpid(child, NULL, WNOHANG) == 0 && identity(device) == DMATEST, "which waits");
	close(device);
	close(group);
	ok(status_of_child(child) == 0, "until the function is given back");
	ok(!is_there("/dev/vfio/7") && !is_there(PCI "devices/" LONER) && !is_there("/sys/kernel/iommu_groups/7") &&
	   fails(open("/dev/vfio/7", O_RDWR), ENOENT), "the group has gone with it");
	close(event.fd);
}

static int rescan(void)
{
	int fd = open(PCI "rescan", O_WRONLY | O_CLOEXEC), r = fd < 0 || write(fd, "1", 1) != 1;

	close(fd);
	return r;
}

static void another_in_its_place(int container)
{
	int group, device;

	ok(rescan() == 0 && !is_there(PCI "devices/" LONER), "a rescan does not find what was unplugged");
	ok(run("add", "nvme,size=1M,addr=" LONER ",group=7") == 0, "another function gets its address");
	device = use(container, &group);
	ok(device >= 0 && identity(device) == NVME, "it is that one that the program finds");
	close(device);
	close(group);
}

/* A forked child has a machine of its own. */
static void for_a_child(void)
{
	int go[2], group;
	pid_t child;
	char byte;

	if (pipe(go))
		return;
	child = fork();
	if (!child) {
		int container = open_container();

		_exit(is_container(container) && read(go[0], &byte, 1) == 1 && use(container, &group) == -1 &&
		      group >= 0 && ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU) == 0 ?
		      identity(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, LONER)) != DMATEST : 1);
	}
	ok(run("del", LONER) == 0 && run("add", "dmatest,addr=" LONER ",group=7") == 0 && write(go[1], "", 1) == 1,
	   "it is replaced while another program runs");
	ok(status_of_child(child) == 0, "which finds the new one");
}

static void refusals(void)
{
	ok(run("add", "dmatest,addr=" LONER ",group=8") == 1, "an address that is taken is refused");
	ok(run("add", "dmatest,addr=0000:09:00.0,group=7") == 1, "so is a group that is on another bus");
	ok(run("add", "nvme,file=/nonexistent/disk,addr=" SIBLING ",group=1") == 1 && !is_there(PCI "devices/" SIBLING),
	   "a function that cannot be built leaves no trace");
	ok(run("del", SIBLING) == 1, "what is not there cannot be unplugged");
	ok(run("add", "dmatest,addr=" SIBLING ",group=1") == 0 && run("del", SIBLING) == 0, "all others can");
}

int main(void)
{
	int container, group;

	alarm(100);
	ok(set_up(&container, &group), "a program uses group 1");
	in_an_open_group(group);
	a_new_group(container);
	another_in_its_place(container);
	for_a_child();
	refusals();
	return ok_end();
}
