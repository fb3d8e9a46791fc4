/* SPDX-License-Identifier: BSD-2-Clause */
/* Every call that takes a path sees the emulated host in its paths, and the real one elsewhere. */
#include "program.h"

#include <dirent.h>
#include <glob.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Programs compiled for an older libc call these. */
extern int __xstat(int version, const char *path, struct stat *st);
extern int __lxstat(int version, const char *path, struct stat *st);
extern int __fxstat(int version, int fd, struct stat *st);
extern int __fxstatat(int version, int dirfd, const char *path, struct stat *st, int flags);

static void status_calls(void)
{
	struct stat st;
	struct statx stx;

	ok(stat(DEVICE, &st) == 0 && S_ISDIR(st.st_mode), "stat sees the function's directory");
	ok(lstat(DEVICE "/iommu_group", &st) == 0 && S_ISLNK(st.st_mode), "lstat sees that iommu_group is a link");
	ok(stat(DEVICE "/iommu_group", &st) == 0 && S_ISDIR(st.st_mode), "stat follows iommu_group to the group");
	ok(fstatat(AT_FDCWD, DEVICE, &st, 0) == 0 && S_ISDIR(st.st_mode), "fstatat sees it");
	ok(statx(AT_FDCWD, DEVICE, 0, STATX_TYPE, &stx) == 0 && S_ISDIR(stx.stx_mode), "statx sees it");
	ok(stat("/dev/vfio/vfio", &st) == 0, "stat sees /dev/vfio/vfio");
	ok(stat("/dev/vfio/1", &st) == 0, "stat sees the group's node");
	ok(fails(stat("/dev/vfio/77", &st), ENOENT), "there is no node of a group that does not exist");
	ok(fails(stat("/sys/bus/pci/devices/ffff:01:00.0", &st), ENOENT), "there is no other function");
	ok(stat("/etc/passwd", &st) == 0 && S_ISREG(st.st_mode), "other files are the real ones");
	ok(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode) && major(st.st_rdev) == 1, "other devices too");
}

static bool is_device(const struct stat *st, mode_t mode, unsigned int device_major, unsigned int device_minor)
{
	return st->st_mode == (S_IFCHR | mode) && minor(st->st_rdev) == device_minor && st->st_size == 0 &&
	       (!device_major || major(st->st_rdev) == device_major);
}

/* Symptom: the files that programs opened under /dev were regular files. */
static void kinds_of_files(void)
{
	int container = open("/dev/vfio/vfio", O_RDWR), group = open("/dev/vfio/1", O_RDWR), device;
	struct statx stx;
	struct stat st;

	ok(stat("/dev/vfio/vfio", &st) == 0 && is_device(&st, 0666, 10, 196), "the container's node is misc device 196");
	ok(fstat(container, &st) == 0 && is_device(&st, 0666, 10, 196), "and so is the container");
	ok(lstat("/dev/vfio/1", &st) == 0 && is_device(&st, 0600, 0, 1), "the group's node is a character device");
	ok(fstat(group, &st) == 0 && is_device(&st, 0600, 0, 1), "and so is the group");
	ok(fstatat(group, "", &st, AT_EMPTY_PATH) == 0 && is_device(&st, 0600, 0, 1), "for fstatat of nothing too");
	ok(statx(group, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx) == 0 && S_ISCHR(stx.stx_mode) &&
	   stx.stx_rdev_minor == 1 && !stx.stx_size, "and for statx");
	ok(statx(AT_FDCWD, "/dev/vfio/vfio", 0, STATX_BASIC_STATS, &stx) == 0 && stx.stx_rdev_major == 10,
	   "statx of the node agrees");
	device = ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) == 0 &&
		 ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU) == 0 ?
		 ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS) : -1;
	ok(device >= 0 && fstat(device, &st) == 0 && st.st_mode == 0600, "a device's file has no type, as on Linux");
	close(device);
	close(group);
	close(container);
	ok(fstat(0, &st) == 0 && !is_device(&st, 0666, 10, 196), "other descriptors are what they are");
}

static void odd_spellings(void)
{
	int fd = open("/dev//vfio/./vfio", O_RDWR);
	struct stat st;
	char text[64];

	ok(is_container(fd), "double slashes and dots in a path mean nothing");
	close(fd);
	ok(stat("//dev/./vfio///1", &st) == 0 && S_ISCHR(st.st_mode), "for stat too");
	ok(access("/sys/./bus/pci//devices/" ADDRESS, F_OK) == 0, "and below /sys");
	ok(readlink("/./sys/bus/pci/devices/" ADDRESS "/driver", text, sizeof(text)) > 0, "in front as well");
	ok(fails(open("/dev/.vfio/vfio", O_RDWR), ENOENT), "a dot that begins a name stays");
}

static void patterns(void)
{
	glob_t found;

	ok(glob("/dev/vfio/[0-9]*", 0, NULL, &found) == 0 && found.gl_pathc == 1 &&
	   !strcmp(found.gl_pathv[0], "/dev/vfio/1"), "glob finds the groups");
	globfree(&found);
	ok(glob(DEVICE "/iommu_group/devices/*", 0, NULL, &found) == 0 && found.gl_pathc == 1 &&
	   strstr(found.gl_pathv[0], ADDRESS), "and the functions of one, over a link");
	globfree(&found);
	ok(glob("/dev/vfio/vfio", GLOB_MARK, NULL, &found) == 0 && !strcmp(found.gl_pathv[0], "/dev/vfio/vfio"),
	   "a name is a pattern too");
	globfree(&found);
	ok(glob("/dev/vfio/7*", 0, NULL, &found) == GLOB_NOMATCH, "what does not match is not there");
	ok(glob("/etc/pass*", 0, NULL, &found) == 0 && found.gl_pathc > 0, "elsewhere it is the real one");
	globfree(&found);
}

static void old_status_calls(void)
{
	struct stat st;

	ok(__xstat(1, DEVICE, &st) == 0 && S_ISDIR(st.st_mode), "__xstat sees the function's directory");
	ok(__lxstat(1, DEVICE "/iommu_group", &st) == 0 && S_ISLNK(st.st_mode), "__lxstat sees the link");
	ok(__fxstat(1, 0, &st) == 0, "__fxstat works");
	ok(__fxstatat(1, AT_FDCWD, DEVICE, &st, 0) == 0 && S_ISDIR(st.st_mode), "__fxstatat sees it");
}

static void access_calls(void)
{
	ok(access("/dev/vfio/1", R_OK | W_OK) == 0, "access allows the group's node");
	ok(faccessat(AT_FDCWD, "/dev/vfio/vfio", F_OK, 0) == 0, "faccessat sees /dev/vfio/vfio");
	ok(euidaccess(DEVICE "/vendor", R_OK) == 0, "euidaccess sees the vendor");
	ok(eaccess(DEVICE "/vendor", R_OK) == 0, "eaccess sees the vendor");
	ok(fails(access("/dev/vfio/77", F_OK), ENOENT), "access sees no group that does not exist");
}

static void link_calls(void)
{
	char target[PATH_MAX], resolved[PATH_MAX], *answer;
	ssize_t length = readlink(DEVICE "/iommu_group", target, sizeof(target) - 1);

	target[length > 0 ? length : 0] = '\0';
	ok(length > 0 && !strcmp(strrchr(target, '/'), "/1"), "readlink ends with the group's number");
	ok(readlinkat(AT_FDCWD, DEVICE "/iommu_group", resolved, sizeof(resolved)) == length, "readlinkat agrees");
	answer = realpath(DEVICE "/iommu_group", resolved);
	ok(answer == resolved && !strcmp(resolved, "/sys/kernel/iommu_groups/1"), "realpath answers in the host's names");
	answer = realpath(DEVICE, NULL);
	ok(answer && !strcmp(answer, "/sys/devices/pci0000:01/" ADDRESS), "realpath allocates when asked to");
	free(answer);
	answer = canonicalize_file_name("/dev/vfio/vfio");
	ok(answer && !strcmp(answer, "/dev/vfio/vfio"), "canonicalize_file_name keeps a device's name");
	free(answer);
	ok(!realpath("/dev/vfio/77", resolved) && errno == ENOENT, "realpath of nothing is ENOENT");
}

static bool lists(DIR *directory, const char *name)
{
	struct dirent *entry;
	bool found = false;

	while (directory && (entry = readdir(directory)))
		found |= !strcmp(entry->d_name, name);
	if (directory)
		closedir(directory);
	return found;
}

static void directory_calls(void)
{
	struct dirent **list = NULL;
	int count;

	ok(lists(opendir("/dev/vfio"), "vfio"), "/dev/vfio lists vfio");
	ok(lists(opendir("/dev/vfio"), "1"), "/dev/vfio lists the group");
	ok(lists(opendir("/sys/bus/pci/devices"), ADDRESS), "/sys/bus/pci/devices lists the function");
	ok(lists(opendir("/sys/kernel/iommu_groups/1/devices"), ADDRESS), "the group lists its function");
	ok(lists(fdopendir(open("/sys/kernel/iommu_groups", O_RDONLY | O_DIRECTORY)), "1"), "an opened directory lists");
	count = scandir("/sys/kernel/iommu_groups", &list, NULL, alphasort);
	ok(count >= 3 && !strcmp(list[count - 1]->d_name, "1"), "scandir lists the group");
	ok(chdir("/sys/bus/pci/devices") == 0 && access(ADDRESS "/vendor", R_OK) == 0, "chdir leads there");
}

static int lowest_free(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

static void opened_in_no_mode(void)
{
	int before = lowest_free();

	ok(!fopen("/dev/vfio/1", "?") && errno == EINVAL && lowest_free() == before,
	   "fopen in a mode that is none leaves nothing open");
}

static void open_calls(void)
{
	char text[16] = "";
	FILE *file = fopen(DEVICE "/vendor", "r");
	int directory = open("/sys/bus/pci/devices", O_PATH | O_DIRECTORY), fd;

	ok(file && fgets(text, sizeof(text), file) && !strcmp(text, "0x1234\n"), "fopen reads the vendor");
	if (file)
		fclose(file);
	fd = openat(directory, ADDRESS "/class", O_RDONLY);
	ok(fd >= 0 && read(fd, text, sizeof(text)) > 0 && !strncmp(text, "0x", 2), "openat below a directory works");
	close(fd);
	fd = openat(directory, "/dev/vfio/vfio", O_RDWR);
	ok(is_container(fd), "openat of an absolute path ignores the directory");
	close(fd);
	fd = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	ok(fcntl(fd, F_GETFD) == FD_CLOEXEC, "open honours O_CLOEXEC");
	close(fd);
	fd = open("/dev/vfio/vfio", O_RDWR);
	ok(fcntl(fd, F_GETFD) == 0, "without O_CLOEXEC it stays open over exec");
	close(fd);
	ok(fails(open("/dev/vfio/77", O_RDWR), ENOENT), "open of a group that does not exist is ENOENT");
	close(directory);
}

/* Symptom: udevadm, which walks in this way, did not know the function. */
static void steps(void)
{
	static const char *const names[] = { "bus", "pci", "devices", ADDRESS };
	int folder = open("/sys", O_PATH | O_DIRECTORY), next;

	if (access("/sys/bus", F_OK)) {
		ok_skip("openat by O_PATH goes step by step", "the machine itself has no sysfs");
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		next = openat(folder, names[i], O_PATH | O_NOFOLLOW);
		close(folder);
		folder = next;
	}
	ok(folder >= 0, "openat by O_PATH goes step by step from /sys to the function");
	close(folder);
	folder = open("/proc", O_PATH);
	next = openat(folder, "self", O_PATH | O_NOFOLLOW);
	ok(next >= 0 && fails(openat(folder, "pci", O_PATH), ENOENT), "other folders have what they had");
	close(next);
	close(folder);
}

int main(void)
{
	status_calls();
	old_status_calls();
	kinds_of_files();
	odd_spellings();
	patterns();
	access_calls();
	link_calls();
	open_calls();
	steps();
	opened_in_no_mode();
	directory_calls();
	return ok_end();
}
