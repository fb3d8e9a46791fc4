/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only program of the initramfs that boot-kernel makes. It loads the modules in the initramfs,
 * and binds every NVMe function to vfio-pci, except the second function of a device, which the nvme
 * driver gets. Over the first two it runs the parts of the suite that CONFORMANCE_PARTS names, with
 * commas between; their output goes to the console. Then it switches the machine off.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define PCI "/sys/bus/pci"
#define NVME_CLASS "0x010802"

static void leave(void) __attribute__((noreturn));

static void leave(void)
{
	fflush(stdout);
	sleep(1);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void give_up(const char *what)
{
	printf("boot-kernel: %s: %s\n", what, strerror(errno));
	leave();
}

/* Reads the first line of a file of sysfs. Returns whether there is one. */
static int read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "r");
	int ok = file && fgets(line, (int)size, file);

	if (file)
		fclose(file);
	if (ok)
		line[strcspn(line, "\n")] = '\0';
	return ok;
}

static int write_line(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY);
	int ok = fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* /modules/order lists the modules, each after those that it needs. */
static void load_modules(void)
{
	FILE *order = fopen("/modules/order", "r");
	char name[128], path[160];

	while (order && fgets(name, sizeof(name), order)) {
		int fd;

		name[strcspn(name, "\n")] = '\0';
		snprintf(path, sizeof(path), "/modules/%s", name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST))
			give_up(path);
		close(fd);
	}
	if (order)
		fclose(order);
}

/* Binds the function to vfio-pci. */
static void bind(const char *address)
{
	char path[320];

	snprintf(path, sizeof(path), PCI "/devices/%s/driver/unbind", address);
	write_line(path, address);
	snprintf(path, sizeof(path), PCI "/devices/%s/driver_override", address);
	if (!write_line(path, "vfio-pci") || !write_line(PCI "/drivers_probe", address))
		give_up("binding a function to vfio-pci");
}

static void find_group(const char *address, char *group, size_t size)
{
	char path[320], link[256];
	ssize_t length;

	snprintf(path, sizeof(path), PCI "/devices/%s/iommu_group", address);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		give_up("a function's IOMMU group");
	link[length] = '\0';
	snprintf(group, size, "%s", strrchr(link, '/') + 1);
}

/*
 * Binds the function to the nvme driver, which may have it already. Returns whether the driver has
 * it.
 */
static int bind_to_nvme(const char *address)
{
	char path[320];

	write_line(PCI "/drivers/nvme/bind", address);
	snprintf(path, sizeof(path), PCI "/devices/%s/driver", address);
	return !access(path, F_OK);
}

static int is_nvme(const struct dirent *entry)
{
	char path[300], class[16];

	snprintf(path, sizeof(path), PCI "/devices/%s/class", entry->d_name);
	return read_line(path, class, sizeof(class)) && !strcmp(class, NVME_CLASS);
}

static void run(const char *part, char **arguments)
{
	pid_t child = fork();

	if (!child) {
		setenv("CONFORMANCE_PART", part, 1);
		execv(arguments[0], arguments);
		give_up(arguments[0]);
	}
	waitpid(child, NULL, 0);
}

int main(void)
{
	char *parts = getenv("CONFORMANCE_PARTS");
	char *arguments[7] = { "/conformance" };
	struct utsname name;
	struct dirent **found;
	int count, used = 0;

	mkdir("/proc", 0755), mkdir("/sys", 0755), mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	load_modules();
	count = scandir(PCI "/devices", &found, is_nvme, alphasort);
	if (count < 1)
		give_up("no NVMe function");
	if (!parts)
		give_up("CONFORMANCE_PARTS");
	for (int i = 0; i < count; i++) {
		static char groups[2][16];
		char *address = found[i]->d_name;

		if (address[strlen(address) - 1] != '0') {
			if (used == 2 && bind_to_nvme(address))
				arguments[5] = address;
			continue;
		}
		bind(address);
		if (used == 2)
			continue;
		find_group(address, groups[used], sizeof(groups[used]));
		arguments[1 + 2 * used] = groups[used];
		arguments[2 + 2 * used++] = address;
	}
	uname(&name);
	printf("# %s %s\n# pages of %ld bytes\n", name.release, name.version, sysconf(_SC_PAGESIZE));
	fflush(stdout);
	for (char *part = strtok(parts, ","); part; part = strtok(NULL, ","))
		run(part, arguments);
	printf("boot-kernel: done\n");
	leave();
}
