/* SPDX-License-Identifier: BSD-2-Clause */
/* Several processes, and their ends. */
#include "conformance.h"

#include <signal.h>

static void everything(void)
{
	map(0, 0, 1);
	unmap(0, 1);
	reg(0, 1);
	unreg(0, 1);
	create(12, GIB2, 1);
	remove_window(0);
	info(32);
	eeh(4);
	unknown();
	enable();
}

CASE("C26", "a child cannot use its parent's container")
{
	v2_registered();
	in_child(everything);
	map(0, 0, 1);
}

CASE("C26a", "a child cannot use its parent's v1 container")
{
	v1_enabled();
	in_child(everything);
	map(0, 0, 1);
}

static void harmless(void)
{
	told(answer(ioctl(container, VFIO_GET_API_VERSION)), "GET_API_VERSION");
	told(answer(ioctl(container, VFIO_CHECK_EXTENSION, 7)), "CHECK_EXTENSION(7)");
	told(answer(ioctl(container, VFIO_CHECK_EXTENSION, 1)), "CHECK_EXTENSION(1)");
	status(8);
	set_iommu(7);
}

CASE("C27", "a child may ask about the container and the group")
{
	v2_registered();
	in_child(harmless);
}

static void remove_second(void)
{
	remove_window(SECOND);
}

CASE("C28", "a child that calls REMOVE first")
{
	v2();
	in_child(remove_second);
	reg(0, 1);
}

static void get_info(void)
{
	info(32);
}

CASE("C29", "a child that calls GET_INFO first")
{
	v2();
	in_child(get_info);
	reg(0, 1);
}

static void begin_anew(void)
{
	unset_container();
	set_container();
	set_iommu(7);
	reg(0, 1);
}

CASE("C30", "a child that detaches the group and sets all up anew")
{
	v2_registered();
	in_child(begin_anew);
	reg(20, 1);
}

CASE("C31", "UNREGISTER before anything is EPERM")
{
	v2();
	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, NULL)), "UNREGISTER(NULL)");
	memory_raw(VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, 3, 3, 3, 3);
	remove_window(0);
	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, NULL)), "UNREGISTER(NULL)");
}

CASE("C31a", "a REGISTER that fails binds the container all the same")
{
	v2();
	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, NULL)), "REGISTER(NULL)");
	unreg(0, 1);
	map(0, 0, 1);
}

static void own_container(void)
{
	int c = container, g = group;

	group = open_second_group();
	container = open_container();
	set_container();
	set_iommu(7);
	reg(0, 16);
	map(0, 0, 4);
	unmap(0, 4);
	unreg(0, 16);
	unset_container();
	container = c;
	group = g;
}

CASE("C64d", "a child registers the same addresses in a container of its own")
{
	v2_registered();
	map(0, 0, 4);
	in_child(own_container);
	unmap(0, 4);
	unreg(0, 16);
}

static void all_of_it(void)
{
	v2_registered();
	map(0, 0, 4);
	create(16, GIB2, 2);
	device_fd(device_name);
}

static void and_afterwards(void)
{
	v2_registered();
	status(8);
	map(0, 0, 4);
}

CASE("P01", "what a program leaves behind when it exits is gone")
{
	in_child(all_of_it);
	and_afterwards();
}

static void killed(void)
{
	all_of_it();
	fflush(stdout);
	kill(getpid(), SIGKILL);
}

CASE("P02", "what a killed program leaves behind is gone")
{
	in_child(killed);
	and_afterwards();
}

static void open_it(void)
{
	told_fd(open(group_path, O_RDWR), "open the group");
}

CASE("P03", "a group is opened once among all processes")
{
	group = open_group();
	in_child(open_it);
	close(group);
	in_child(open_it);
	told_fd(open(group_path, O_RDWR), "open the group");
}

static void set_up_for_parent(void)
{
	set_container();
	set_iommu(7);
}

CASE("P04", "a child holds the group open after its parent has closed it")
{
	int gate[2];
	pid_t child;
	char byte;

	must(pipe(gate), "pipe");
	group = open_group();
	fflush(stdout);
	child = fork();
	if (!child) {
		close(gate[1]);
		(void)!read(gate[0], &byte, 1);
		_exit(0);
	}
	close(gate[0]);
	close(group);
	open_it();
	close(gate[1]);
	waitpid(child, NULL, 0);
	open_it();
}

static void close_group(void)
{
	close(group);
	note("the child closes its copy");
}

CASE("P05", "a child that closes its copies takes nothing away")
{
	v2_registered();
	in_child(close_group);
	map(0, 0, 1);
	status(8);
}

CASE("P06", "a child sets up what its parent has opened, and goes")
{
	container = open_container();
	group = open_group();
	in_child(set_up_for_parent);
	status(8);
}
