/* SPDX-License-Identifier: BSD-2-Clause */
/* Orders in which files may be closed, and the state after a program is killed. */
#include "conformance.h"

#include <signal.h>

static int device = -1;

static const struct {
	char letter;
	const char *name;
	int *fd;
} parts[] = { { 'c', "the container", &container }, { 'g', "the group", &group }, { 'd', "the device", &device } };

/* Prints whether the group can be opened, and its state. */
static void look(void)
{
	int kept = group;

	group = told_fd(open(group_path, O_RDWR | O_CLOEXEC), "open the group");
	if (group >= 0) {
		status(8);
		close(group);
	}
	group = kept;
}

/* Closes files in the order of the letters, and prints the state after each. */
static void close_in_order(const char *order)
{
	for (; *order; order++) {
		for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
			if (parts[i].letter != *order)
				continue;
			close(*parts[i].fd);
			*parts[i].fd = -1;
			note("%s is closed", parts[i].name);
		}
		if (container >= 0)
			info(32);
		if (group >= 0) {
			status(8);
			unset_container();
			set_container();
		}
		look();
	}
}

static void v2_with_everything(void)
{
	v2_registered();
	map(0, 0, 4);
	create(12, 1 << 24, 1);
	map(4, SECOND, 4);
	device = device_fd(device_name);
}

static void v1_with_everything(void)
{
	v1_enabled();
	map(0, 0, 4);
	device = device_fd(device_name);
}

#define CLOSED(id, order)                                                      \
	CASE("L1" id, "v2 closed in the order " order)                         \
	{                                                                      \
		v2_with_everything();                                          \
		close_in_order(order);                                         \
	}                                                                      \
	CASE("L2" id, "v1 closed in the order " order)                         \
	{                                                                      \
		v1_with_everything();                                          \
		close_in_order(order);                                         \
	}

CLOSED("a", "cgd")
CLOSED("b", "cdg")
CLOSED("c", "gcd")
CLOSED("d", "gdc")
CLOSED("e", "dcg")
CLOSED("f", "dgc")

/* The states in which a program is killed. */
static void opened(void)
{
	container = open_container();
	group = open_group();
}

static void attached(void)
{
	opened();
	set_container();
}

static void mapped(void)
{
	v2_registered();
	map(0, 0, 8);
}

static void removed(void)
{
	v2_registered();
	remove_window(0);
}

static void two_windows(void)
{
	mapped();
	create(16, GIB2, 2);
}

static void orphaned_container(void)
{
	mapped();
	close(container);
}

static void two_groups(void)
{
	mapped();
	group = open_second_group();
	set_container();
}

static void two_containers(void)
{
	mapped();
	container = open_container();
	group = open_second_group();
	set_container();
	set_iommu(7);
	reg(0, 16);
	map(0, 0, 2);
}

static void device_with_interrupts(void)
{
	struct vfio_irq_set set = { .argsz = sizeof(set), .flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER };

	v2_with_everything();
	told(answer(ioctl(device, VFIO_DEVICE_SET_IRQS, &set)), "SET_IRQS(INTx, none)");
}

static void eeh_enabled(void)
{
	mapped();
	eeh(VFIO_EEH_PE_ENABLE);
}

static void v1_disabled(void)
{
	v1_with_everything();
	disable();
}

static void use_it_anew(int type)
{
	set_up(type);
	status(8);
	if (type == VFIO_SPAPR_TCE_IOMMU)
		enable();
	else
		reg(0, 16);
	map(0, 0, 8);
	create(12, GIB2, 1);
	device_fd(device_name);
}

/* Kills a child in this state, and uses the group again. */
static void kill_in(void (*state)(void))
{
	pid_t child;
	int ready[2], done;
	char byte;

	must(pipe(ready), "pipe");
	fflush(stdout);
	child = fork();
	if (!child) {
		become_child();
		state();
		fflush(stdout);
		must(write(ready[1], "", 1), "write");
		for (;;)
			pause();
	}
	close(ready[1]);
	must(read(ready[0], &byte, 1) == 1 ? 0 : -1, "the child came into its state");
	look();
	kill(child, SIGKILL);
	waitpid(child, &done, 0);
	note("killed by signal %d", WIFSIGNALED(done) ? WTERMSIG(done) : 0);
	look();
	use_it_anew(VFIO_SPAPR_TCE_v2_IOMMU);
}

#define KILLED(id, state) \
	CASE(id, "killed in the state: " #state) { kill_in(state); }

KILLED("L31", opened)
KILLED("L32", attached)
KILLED("L33", v2)
KILLED("L34", v2_registered)
KILLED("L35", mapped)
KILLED("L36", removed)
KILLED("L37", two_windows)
KILLED("L38", v2_with_everything)
KILLED("L39", orphaned_container)
KILLED("L40", two_groups)
KILLED("L41", two_containers)
KILLED("L42", device_with_interrupts)
KILLED("L43", eeh_enabled)
KILLED("L44", v1)
KILLED("L45", v1_enabled)
KILLED("L46", v1_with_everything)
KILLED("L47", v1_disabled)

/* Two programs run at the same time, each with a group of its own. */
static void other_program(void)
{
	container = open_container();
	group = open_second_group();
	set_container();
	set_iommu(7);
	reg(0, 16);
	map(0, 0, 16);
	create(12, GIB2, 1);
	unreg(20, 1);
	unmap(0, 16);
	unreg(0, 16);
	remove_window(0);
	told_fd(open(group_path, O_RDWR), "open the first group");
}

CASE("L51", "two programs with a group each do not see one another")
{
	v2_registered();
	map(0, 0, 16);
	in_child(other_program);
	info(32);
	map(0, 0, 16);
	unmap(0, 16);
	unreg(0, 16);
}

static void take_the_first(void)
{
	group = open_group();
	container = open_container();
	set_container();
	set_iommu(2);
	enable();
	map(0, 0, 4);
}

CASE("L52", "a group goes from one program to the next, and back")
{
	v2_registered();
	map(0, 0, 4);
	close(group);
	close(container);
	in_child(take_the_first);
	use_it_anew(VFIO_SPAPR_TCE_v2_IOMMU);
}

CASE("L53", "a program takes a group many times")
{
	for (int i = 0; i < 12; i++) {
		use_it_anew(i % 2 ? VFIO_SPAPR_TCE_IOMMU : VFIO_SPAPR_TCE_v2_IOMMU);
		if (i % 3)
			close(container);
		for (int fd = 3; fd < 64; fd++)
			close(fd);
		note("all is closed");
	}
}

CASE("L54", "containers without a group may be many")
{
	int fds[16];

	for (int i = 0; i < 16; i++)
		fds[i] = open_container();
	for (int i = 15; i >= 0; i--) {
		told(answer(ioctl(fds[i], VFIO_GET_API_VERSION)), "GET_API_VERSION");
		close(fds[i]);
	}
}

CASE("L55", "both groups in three containers one after the other")
{
	int groups[2] = { open_group(), open_second_group() };

	for (int i = 0; i < 3; i++) {
		container = open_container();
		for (int n = 0; n < 2; n++) {
			group = groups[n];
			set_container();
		}
		set_iommu(7);
		reg(0, 16);
		create(12, GIB2, 1);
		map(0, SECOND, 16);
		for (int n = 0; n < 2; n++) {
			group = groups[(i + n) % 2];
			unset_container();
		}
		info(32);
	}
}

CASE("L56", "a region held by two containers ends with the last, whichever")
{
	int containers[2], groups[2];

	v2_registered();
	containers[0] = container;
	groups[0] = group;
	container = containers[1] = open_container();
	group = groups[1] = open_second_group();
	set_container();
	set_iommu(7);
	reg(0, 16);
	map(0, 0, 16);
	container = containers[0];
	map(0, 0, 16);
	group = groups[0];
	unset_container();
	container = containers[1];
	unmap(0, 16);
	unreg(0, 16);
}
