/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A forked process inherits the files but has its own memory, which the container refuses. exec
 * keeps descriptors. A child of vfork() changes only its own.
 */
#include "program.h"

#include <spawn.h>

extern char **environ;

static int container, group;

static bool info_fails(int fd, int error)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };

	return error ? fails(ioctl(fd, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), error)
		     : ioctl(fd, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info) == 0;
}

/* CREATE binds the container to the memory of this process. */
static bool create_window(void)
{
	struct vfio_iommu_spapr_tce_create create = {
		.argsz = sizeof(create), .page_shift = 12, .window_size = 1 << 20, .levels = 1,
	};

	return ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create) == 0;
}

static bool group_is_held(void)
{
	return fails(open("/dev/vfio/1", O_RDWR), EBUSY);
}

static void forked(void)
{
	pid_t child = fork();

	if (!child)
		_exit(!(ioctl(container, VFIO_GET_API_VERSION) == 0 &&
			ioctl(container, VFIO_CHECK_EXTENSION, VFIO_SPAPR_TCE_v2_IOMMU) == 1));
	ok(status_of_child(child) == 0, "a forked child may ask a container what it can");
	child = fork();
	if (!child)
		_exit(!info_fails(container, EPERM));
	ok(status_of_child(child) == 0, "but is refused what concerns memory: EPERM");
	child = fork();
	if (!child) {
		close(container);
		close(group);
		_exit(0);
	}
	ok(status_of_child(child) == 0 && info_fails(container, 0) && group_is_held(),
	   "what a child closes stays open here");
	child = fork();
	if (!child)
		_exit(!group_is_held());
	ok(status_of_child(child) == 0, "the group is held for a child as for others");
}

static void vforked(void)
{
	pid_t child = vfork();

	if (!child) {
		close(container);
		dup2(0, group);
		_exit(0);
	}
	ok(status_of_child(child) == 0 && info_fails(container, 0) && group_is_held(),
	   "what a child of vfork closes stays open here");
	child = vfork();
	if (!child) {
		close(container);
		_exit(open("/dev/vfio/vfio", O_RDWR) == -1 && errno == EPERM ? 0 : 1);
	}
	ok(status_of_child(child) == 0 && info_fails(container, 0), "it opens none, which would be in the way of ours");
}

/* Runs this program again, with the container as descriptor 50. */
static void inherited(const char *self)
{
	char *const words[] = { (char *)self, "inherited", NULL };
	posix_spawn_file_actions_t actions;
	pid_t child = fork();

	if (!child) {
		dup2(container, 50);
		execv(self, words);
		_exit(99);
	}
	ok(status_of_child(child) == 0, "a container inherited over exec is one");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, container, 50);
	ok(posix_spawn(&child, self, &actions, NULL, words, environ) == 0 && status_of_child(child) == 0,
	   "and so is one that posix_spawn passes on");
	ok(info_fails(container, 0), "neither takes it from us");
}

/* Symptom: the child's group was put into the parent's container, and SET_IOMMU found no group. */
static void child_sets_up(void)
{
	pid_t child;

	container = open("/dev/vfio/vfio", O_RDWR);
	child = fork();
	if (!child)
		_exit(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ? 1 :
		      ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU) ? 2 : !create_window());
	ok(status_of_child(child) == 0, "a child sets up a container and a group that its parent has opened only");
	close(container);
}

/* Symptom: a child found a group busy until it ended, although it and its parent had closed their copies. */
static void closed_by_both(void)
{
	int ready[2];
	pid_t child;
	char byte;

	child = pipe(ready) ? -1 : fork();
	if (!child) {
		close(ready[1]);
		close(group);
		_exit(read(ready[0], &byte, 1) != 0 || open("/dev/vfio/1", O_RDWR) < 0);
	}
	close(group);
	close(ready[0]);
	close(ready[1]);
	ok(status_of_child(child) == 0, "a group that parent and child have closed is free for the child");
	group = open("/dev/vfio/1", O_RDWR);
}

/* Symptom: a program set up a group and then executed another, which could never use it. */
static void after_exec(const char *self)
{
	char *const words[] = { (char *)self, "after-exec", NULL };
	pid_t child;

	close(group);
	child = fork();
	if (!child) {
		if (!set_up(&container, &group))
			_exit(98);
		dup2(container, 50);
		dup2(group, 51);
		execv(self, words);
		_exit(99);
	}
	ok(status_of_child(child) == 0, "a group that was set up before an exec can be set up anew");
}

static int set_up_anew(void)
{
	container = 50;
	return ioctl(51, VFIO_GROUP_UNSET_CONTAINER) ? 1 : ioctl(51, VFIO_GROUP_SET_CONTAINER, &container) ? 2 :
	       ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU) ? 3 : 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "after-exec"))
		return set_up_anew();
	if (argc > 1)
		return is_container(50) && info_fails(50, EPERM) ? 0 : 1;
	ok(set_up(&container, &group) && create_window(), "a container with a group and a window");
	forked();
	vforked();
	inherited(argv[0]);
	close(container);
	close(group);
	ok((group = open("/dev/vfio/1", O_RDWR)) >= 0, "in the end the group is free");
	child_sets_up();
	closed_by_both();
	after_exec(argv[0]);
	return ok_end();
}
