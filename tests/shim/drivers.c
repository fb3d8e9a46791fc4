/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions change their driver by sysfs, from C and from shells. tests/conformance/viability.c
 * compares the answers with Linux's. ADDRESS belongs to vfio-pci; SIBLING, of the same group, and
 * LONER belong to the host.
 */
#include "program.h"

#include <sys/stat.h>

#define SIBLING "0000:01:00.1"
#define LONER   "0000:05:00.0"
#define DRIVERS "/sys/bus/pci/drivers"

static int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	ssize_t r = fd < 0 ? -1 : write(fd, text, strlen(text));
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return r < 0 ? -1 : 0;
}

static int read_from(const char *path)
{
	int fd = open(path, O_WRONLY);
	char byte;
	ssize_t r = read(fd, &byte, 1);
	int saved = errno;

	close(fd);
	errno = saved;
	return r < 0 ? -1 : 0;
}

/* Makes a call on the file, and returns its errno. */
static int on_file(const char *path, long (*call)(int fd))
{
	int fd = open(path, O_WRONLY);
	long r = call(fd);
	int saved = errno;

	close(fd);
	errno = saved;
	return r < 0 ? -1 : 0;
}

static long ask_version(int fd) { return ioctl(fd, VFIO_GET_API_VERSION); }
/* The compiler must not see that nothing is mapped there. */
static void *volatile nowhere = (void *)8;
static long write_from_nowhere(int fd) { return write(fd, nowhere, 12); }
static int call_on(const char *path) { return on_file(path, ask_version); }
static int write_nothing_to(const char *path) { return on_file(path, write_from_nowhere); }

static bool has_driver(const char *address)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", address);
	return access(path, F_OK) == 0;
}

static bool is_viable(int group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	return ioctl(group, VFIO_GROUP_GET_STATUS, &status) == 0 && status.flags & VFIO_GROUP_FLAGS_VIABLE;
}

static void by_name(void)
{
	int group = open("/dev/vfio/1", O_RDWR);

	ok(!is_viable(group), "a group of which a driver of the host has a function is not viable");
	ok(fails(write_to(DRIVERS "/nvme/unbind", LONER), ENODEV), "a driver does not lose what is another's");
	ok(fails(write_to(DRIVERS "/nvme/unbind", ADDRESS), ENODEV), "nor what is vfio-pci's");
	ok(fails(write_to(DRIVERS "/nvme/bind", LONER), ENODEV), "nor gets it");
	ok(fails(write_to(DRIVERS "/nvme/bind", SIBLING), EBUSY), "nor gets what it has");
	ok(write_to(DRIVERS "/nvme/unbind", SIBLING) == 0 && !has_driver(SIBLING), "but it loses what it has");
	ok(is_viable(group), "and the group is viable");
	ok(fails(read_from(DRIVERS "/nvme/unbind"), EBADF), "what is open for writing cannot be read");
	ok(fails(call_on(DRIVERS "/nvme/unbind"), ENOTTY), "it has no ioctl");
	ok(fails(write_nothing_to(DRIVERS "/nvme/unbind"), EFAULT), "and takes no address from nowhere");
	ok(has_driver(LONER), "a group elsewhere stays as it was");
	ok(fails(write_to("/sys/bus/pci/devices/" SIBLING "/driver/unbind", SIBLING), ENOENT), "it has no driver now");
	ok(write_to(DRIVERS "/nvme/bind", SIBLING "\n") == 0 && has_driver(SIBLING), "a line gives it back");
	ok(!is_viable(group), "and the group is not viable again");
	close(group);
}

/* Another process has the group in a container. */
static void in_use_elsewhere(void)
{
	int ready[2], leave[2], container, group;
	char byte = 0;
	pid_t child;

	ok(write_to(DRIVERS "/nvme/unbind", SIBLING) == 0, "the function is unbound");
	if (pipe(ready) || pipe(leave))
		return;
	child = fork();
	if (!child) {
		byte = set_up(&container, &group);
		if (write(ready[1], &byte, 1) != 1 || read(leave[0], &byte, 1) != 1)
			_exit(1);
		_exit(0);
	}
	ok(read(ready[0], &byte, 1) == 1 && byte, "a child takes the group");
	ok(fails(write_to(DRIVERS "/nvme/bind", SIBLING), EBUSY), "the driver does not get a function of it");
	ok(!has_driver(SIBLING), "and sysfs does not say so");
	ok(write(leave[1], "", 1) == 1 && status_of_child(child) == 0, "the child ends");
	ok(write_to(DRIVERS "/nvme/bind", SIBLING) == 0, "then the driver gets it");
}

/* No container can take the group. The program's standard input is its own. */
static void alone_in_its_group(void)
{
	FILE *input = tmpfile();
	int saved = dup(0);
	struct stat look;

	ok(write_to(DRIVERS "/e1000e/unbind", LONER) == 0 && !has_driver(LONER),
	   "a function whose group has no file loses its driver");
	ok(input && dup2(fileno(input), 0) == 0, "the standard input is an empty file");
	ok(write_to(DRIVERS "/e1000e/bind", LONER) == 0 && has_driver(LONER), "the function gets the driver back");
	ok(fstat(0, &look) == 0 && look.st_size == 0, "and the standard input is still empty");
	ok(dup2(saved, 0) == 0, "it is put back");
	fclose(input);
	close(saved);
}

static void from_bash(void)
{
	ok(system("bash -c 'echo " SIBLING " >" DRIVERS "/nvme/unbind'") == 0 && !has_driver(SIBLING), "bash unbinds");
	ok(system("bash -c 'echo " SIBLING " >>" DRIVERS "/nvme/bind'") == 0 && has_driver(SIBLING), "bash binds");
	ok(system("bash -c '{ echo " LONER "; echo " SIBLING "; } >" DRIVERS "/nvme/unbind'") == 0 && !has_driver(SIBLING),
	   "one line that is refused does not keep the next from being judged");
	ok(system("bash -c 'echo " SIBLING " >" DRIVERS "/nvme/bind'") == 0 && has_driver(SIBLING), "bash binds again");
}

static void from_sh(void)
{
	if (system("test -e " DRIVERS "/nvme/bind")) {
		ok_skip("sh, tee and dd unbind and bind", "sh is a static program here, as busybox's is");
		return;
	}
	ok(system("echo " SIBLING " >/sys/bus/pci/devices/" SIBLING "/driver/unbind") == 0 && !has_driver(SIBLING),
	   "sh unbinds");
	ok(system("printf " SIBLING " | tee " DRIVERS "/nvme/bind >/dev/null") == 0 && has_driver(SIBLING), "tee binds");
	ok(system("/bin/echo " SIBLING " >" DRIVERS "/nvme/unbind") == 0 && !has_driver(SIBLING),
	   "a program that inherits the file unbinds");
	ok(system("dd of=" DRIVERS "/nvme/bind status=none <<end\n" SIBLING "\nend\n") == 0 && has_driver(SIBLING), "dd binds");
}

static void streams(void)
{
	FILE *file = fopen(DRIVERS "/nvme/unbind", "w");

	ok(file && fputs(SIBLING "\n", file) >= 0 && has_driver(SIBLING), "a stream keeps what is written");
	ok(file && fclose(file) == 0 && !has_driver(SIBLING), "and hands it on when it is closed");
	file = fopen(DRIVERS "/nvme/bind", "a");
	ok(file && fputs(SIBLING, file) >= 0 && fclose(file) == 0 && has_driver(SIBLING), "appending is no different");
	ok(!fopen(DRIVERS "/nvme/bind", "r") && errno == EACCES, "it cannot be read");
}

int main(void)
{
	by_name();
	in_use_elsewhere();
	alone_in_its_group();
	from_bash();
	from_sh();
	streams();
	return ok_end();
}
