/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A function that a program has open is taken away: the program is asked by the request interrupt,
 * and the removal waits until the program gives the function back, as Linux does. ADDRESS and SIBLING
 * are in group 1, LONER is alone in group 5; vfio-pci has all.
 */
#include "program.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>

#define SIBLING "0000:01:00.1"
#define LONER   "0000:05:00.0"
#define PCI     "/sys/bus/pci/"
#define VFIO    PCI "drivers/vfio-pci/"
#define DMATEST 0x7ce01234     /* device and vendor, as config space has them */
#define ALONE   PCI "devices/" LONER "/"

/* What a program has of a group. */
struct user {
	int container, group, device, event;
};

/* Returns whether the child has not ended after a while. */
static bool waits(pid_t child)
{
	usleep(200000);
	return waitpid(child, NULL, WNOHANG) == 0;
}

static bool begin(struct user *user, const char *group, const char *address)
{
	user->container = open_container();
	user->group = open(group, O_RDWR | O_CLOEXEC);
	user->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (user->group < 0 || ioctl(user->group, VFIO_GROUP_SET_CONTAINER, &user->container) ||
	    ioctl(user->container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU))
		return false;
	user->device = ioctl(user->group, VFIO_GROUP_GET_DEVICE_FD, address);
	return user->device >= 0 && set_eventfd(user->device, VFIO_PCI_REQ_IRQ_INDEX, &user->event) == 0;
}

static void end(const struct user *user)
{
	close(user->device);
	close(user->group);
	close(user->container);
	close(user->event);
}

/* Returns how often the program was asked within the time. */
static uint64_t asked(const struct user *user, int ms)
{
	struct pollfd event = { .fd = user->event, .events = POLLIN };
	uint64_t count = 0;

	if (poll(&event, 1, ms) != 1 || read(user->event, &count, sizeof(count)) != sizeof(count))
		return 0;
	return count;
}

static void removal(void)
{
	struct user user;
	pid_t child;

	ok(begin(&user, "/dev/vfio/5", LONER), "a program uses a function");
	child = put_in_child(ALONE "remove", "1");
	ok(asked(&user, 5000) == 1, "it is asked to give the function back");
	ok(waits(child), "the removal waits for it");
	ok(identity(user.device) == DMATEST, "it has the function meanwhile");
	ok(fails(ioctl(user.group, VFIO_GROUP_GET_DEVICE_FD, LONER), ENODEV), "but cannot open it again");
	ok(put(VFIO "bind", LONER) == EBUSY, "no driver gets it");
	ok(put(VFIO "bind", "zz") == ENODEV, "sysfs answers others");
	close(user.device);
	ok(waits(child), "the group's file keeps the last function of the group");
	close(user.group);
	ok(status_of_child(child) == 0, "the removal ends when that is closed");
	close(user.container);
	close(user.event);
	ok(!is_there(PCI "devices/" LONER) && !is_there("/dev/vfio/5") && fails(open("/dev/vfio/5", O_RDWR), ENOENT),
	   "the function and its group have gone");
}

static void return_of_it(void)
{
	struct user user;

	ok(put(PCI "rescan", "1") == 0 && is_there(PCI "devices/" LONER) && !is_there("/dev/vfio/5"),
	   "a rescan finds the function, and no driver takes it");
	ok(put(ALONE "driver_override", "vfio-pci") == 0 && put(PCI "drivers_probe", LONER) == 0 && is_there("/dev/vfio/5"),
	   "vfio-pci takes it when it is told so");
	ok(begin(&user, "/dev/vfio/5", LONER) && identity(user.device) == DMATEST, "it can be used again");
	end(&user);
}

/* The group's other function stays in use. */
static void one_of_two(void)
{
	struct user user;
	int sibling;
	pid_t child;

	ok(begin(&user, "/dev/vfio/1", ADDRESS), "a program uses two functions of a group");
	sibling = ioctl(user.group, VFIO_GROUP_GET_DEVICE_FD, SIBLING);
	ok(sibling >= 0, "which have a file each");
	child = put_in_child(VFIO "unbind", SIBLING);
	ok(waits(child) && asked(&user, 0) == 0, "unbinding one waits for it, and the other is not asked");
	close(sibling);
	ok(status_of_child(child) == 0, "until its file is closed");
	ok(identity(user.device) == DMATEST && is_there("/dev/vfio/1"), "the other stays");
	ok(put(VFIO "bind", SIBLING) == 0, "the function is bound again");
	end(&user);
}

static void no_request_interrupt(void)
{
	struct user user;
	pid_t child;

	ok(begin(&user, "/dev/vfio/5", LONER) && set_eventfd(user.device, VFIO_PCI_REQ_IRQ_INDEX, NULL) == 0, "a program turns the interrupt off");
	child = put_in_child(VFIO "unbind", LONER);
	ok(waits(child) && asked(&user, 0) == 0, "it is not asked, and unbinding waits all the same");
	ok(set_eventfd(user.device, VFIO_PCI_REQ_IRQ_INDEX, &user.event) == 0 && asked(&user, 15000) == 1,
	   "once it has the interrupt it is asked, within ten seconds");
	ok(asked(&user, 15000) == 1, "and ten seconds later again");
	end(&user);
	ok(status_of_child(child) == 0 && put(VFIO "bind", LONER) == 0, "then it gives the function back");
}

static void killed(void)
{
	int ready[2];
	struct user user;
	pid_t holder, child;
	char byte;

	if (pipe(ready))
		return;
	holder = fork();
	if (!holder) {
		if (begin(&user, "/dev/vfio/5", LONER) && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	ok(read(ready[0], &byte, 1) == 1, "another program uses the function");
	child = put_in_child(VFIO "unbind", LONER);
	ok(waits(child), "unbinding waits for it");
	kill(holder, SIGKILL);
	ok(status_of_child(holder) == 128 + SIGKILL && status_of_child(child) == 0, "but not when it is dead");
	ok(put(VFIO "bind", LONER) == 0 && is_there("/dev/vfio/5"), "the function is bound again");
}

static void *unbind(void *result)
{
	*(int *)result = put(VFIO "unbind", LONER);
	return NULL;
}

static void own_function(void)
{
	pthread_t thread = pthread_self();
	struct user user;
	int result = -1;

	ok(begin(&user, "/dev/vfio/5", LONER) && pthread_create(&thread, NULL, unbind, &result) == 0,
	   "a thread takes its own program's function away");
	ok(asked(&user, 5000) == 1 && result == -1, "which is asked, too");
	end(&user);
	ok(pthread_join(thread, NULL) == 0 && result == 0 && put(VFIO "bind", LONER) == 0, "and gives it back");
}

int main(void)
{
	alarm(100);
	removal();
	return_of_it();
	one_of_two();
	no_request_interrupt();
	killed();
	own_function();
	return ok_end();
}
