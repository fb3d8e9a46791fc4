/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program drives a group. Its child, in a PID namespace of its own, sees neither the program's
 * process nor any other outside.
 */
#include "program.h"

#include <sched.h>
#include <signal.h>

static int container, group;
static int to_child[2], from_child[2];

enum { NO_NAMESPACE = 'n', LEFT_ALONE = 'l', TAKEN_OVER = 'o', WRONG = 'w' };

static bool is_left_alone(void)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };

	return fails(open("/dev/vfio/1", O_RDWR), EBUSY) &&
	       fails(ioctl(group, VFIO_GROUP_UNSET_CONTAINER), EPERM) &&
	       fails(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), EINVAL) &&
	       fails(ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), EPERM);
}

static bool take_over(void)
{
	return ioctl(group, VFIO_GROUP_UNSET_CONTAINER) == 0 &&
	       ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) == 0 &&
	       ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU) == 0;
}

static void tell(char word)
{
	(void)!write(from_child[1], &word, 1);
}

static void be_the_child(void)
{
	char go;

	tell(is_left_alone() ? LEFT_ALONE : WRONG);
	if (read(to_child[0], &go, 1) == 1)
		tell(take_over() ? TAKEN_OVER : WRONG);
	_exit(0);
}

/* Sets up the group, starts the child in the new namespace, and stays. */
static void drive(void)
{
	if (!set_up(&container, &group)) {
		tell(WRONG);
		_exit(1);
	}
	if (unshare(CLONE_NEWPID | (geteuid() ? CLONE_NEWUSER : 0))) {
		tell(NO_NAMESPACE);
		_exit(1);
	}
	if (!fork())
		be_the_child();
	for (;;)
		pause();
}

static char heard(void)
{
	char word = 0;

	(void)!read(from_child[0], &word, 1);
	return word;
}

int main(void)
{
	pid_t driver;
	char word;

	alarm(120);
	if (pipe(to_child) || pipe(from_child))
		return 1;
	driver = fork();
	if (!driver)
		drive();
	close(from_child[1]);
	close(to_child[0]);
	word = heard();
	if (word == NO_NAMESPACE) {
		ok_skip("a child in another PID namespace", "the system makes none for us");
		return ok_end();
	}
	ok(word == LEFT_ALONE, "a child in another PID namespace cannot take what its living parent drives");
	kill(driver, SIGKILL);
	waitpid(driver, NULL, 0);
	ok(write(to_child[1], "g", 1) == 1 && heard() == TAKEN_OVER, "when the parent has been killed, it can");
	ok(heard() == 0, "the child ends");
	group = open("/dev/vfio/1", O_RDWR);
	ok(group >= 0, "and then the group is free");
	return ok_end();
}
