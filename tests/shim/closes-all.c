/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Symptom: a program closed every descriptor, opened files of its own, got the numbers of the
 * library's descriptors for them, and the blocks of its disk were written to them.
 *
 * Each way to close is tried in a process of its own. It drives the disk, closes descriptors, opens
 * a file under every free number, writes to the disk and reads back. Its own files must not change.
 */
#include "nvme.h"

#include <linux/close_range.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define LIMIT_SECONDS 120
#define LAST          900      /* above all numbers of the library's, with some free for it to move to */
#define TEXT          "this file is the program's own"

extern char **environ;

static struct nvme nvme;
static char own_path[64];
static bool dirty;             /* one of the program's files has changed */

/* Tells whether the program needs this descriptor. */
static bool is_kept(int fd)
{
	return fd <= STDERR_FILENO || fd == nvme.container || fd == nvme.group || fd == nvme.device ||
	       fd == nvme.event;
}

static void by_close(void)
{
	for (int fd = 3; fd < LAST; fd++)
		if (!is_kept(fd))
			close(fd);
}

/* Closes all above the highest that it needs, as programs that start a service do. */
static int above(void)
{
	int fd = LAST;

	while (!is_kept(fd - 1))
		fd--;
	return fd;
}

static void by_close_range(void)
{
	close_range((unsigned int)above(), ~0U, 0);
}

static void by_close_range_unshared(void)
{
	close_range((unsigned int)above(), ~0U, CLOSE_RANGE_UNSHARE);
}

static void by_closefrom(void)
{
	closefrom(above());
}

/* Replaces the file of every number, then closes it. */
static void by_dup2(void)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 3; fd < LAST; fd++)
		if (fd != null && !is_kept(fd) && dup2(null, fd) != fd)
			_exit(10);
	by_close();
}

static void by_dup3(void)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 3; fd < LAST; fd++)
		if (fd != null && !is_kept(fd) && dup3(null, fd, O_CLOEXEC) != fd)
			_exit(10);
	by_close();
}

static void by_streams(void)
{
	for (int fd = 3; fd < LAST; fd++) {
		FILE *stream = is_kept(fd) ? NULL : fdopen(fd, "r");

		if (stream)
			fclose(stream);
	}
	fcloseall();
}

static void by_spawn(void)
{
	char *const argv[] = { "true", NULL };
	posix_spawn_file_actions_t actions;
	pid_t child;

	posix_spawn_file_actions_init(&actions);
	for (int fd = 3; fd < LAST; fd++)
		posix_spawn_file_actions_adddup2(&actions, 1, fd);
	for (int fd = 3; fd < LAST; fd++)
		posix_spawn_file_actions_addclose(&actions, fd);
#if __GLIBC_PREREQ(2, 34)
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
#endif
	if (posix_spawn(&child, "/bin/true", &actions, NULL, argv, environ) || status_of_child(child))
		_exit(11);
	posix_spawn_file_actions_destroy(&actions);
}

/* Does the same as a daemon that starts its helpers. */
static void by_fork_and_exec(void)
{
	pid_t child = fork();

	if (!child) {
		for (int fd = 3; fd < LAST; fd++)
			close(fd);
		execl("/bin/true", "true", NULL);
		_exit(12);
	}
	if (status_of_child(child))
		_exit(12);
}

static void by_vfork_and_exec(void)
{
	pid_t child = vfork();

	if (!child) {
		for (int fd = 3; fd < LAST; fd++)
			close(fd);
		/* Twice, because a child closes descriptors for itself only. */
		for (int fd = 3; fd < LAST; fd++)
			close(fd);
		execl("/bin/true", "true", NULL);
		_exit(13);
	}
	if (status_of_child(child))
		_exit(13);
}

/* The child has numbers of its own, but shares the library's memory with its parent. */
static void by_vfork_and_dup2(void)
{
	pid_t child = vfork();

	if (!child) {
		for (int fd = 3; fd < LAST; fd++)
			if (dup2(STDERR_FILENO, fd) != fd)
				_exit(14);
		execl("/bin/true", "true", NULL);
		_exit(14);
	}
	if (status_of_child(child))
		_exit(14);
}

static void by_lower_limit(void)
{
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 20, 4096 });
	by_close();
}

static void by_raw_close(void)
{
	for (int fd = 3; fd < LAST; fd++)
		if (!is_kept(fd))
			syscall(SYS_close, fd);
}

static void by_raw_close_range(void)
{
	syscall(SYS_close_range, above(), ~0U, 0);
}

/* Opens a file of the program under each free number. */
static unsigned int open_own_files(void)
{
	unsigned int count = 0;

	while (count < LAST && open(own_path, O_RDWR) >= 0)
		count++;
	return count;
}

static void check_own_files(void)
{
	char text[64] = "";
	FILE *stream;
	struct stat st;

	dirty = stat(own_path, &st) || st.st_size != (off_t)strlen(TEXT);
	stream = fopen(own_path, "r");
	/* If no number is left to read the file, its size must do. */
	if (stream)
		dirty |= !fgets(text, sizeof(text), stream) || strcmp(text, TEXT);
}

static bool heard(void)
{
	uint64_t count;

	return read(nvme.event, &count, sizeof(count)) == sizeof(count);
}

/* Returns 0 if all is right, else the number of the fault. */
static int write_and_read_back(void)
{
	for (unsigned int i = 0; i < 8; i++)
		memset(nvme_data(&nvme, i), 'a' + (int)i, NVME_BLOCK);
	heard();
	if (nvme_move(&nvme, NVME_WRITE, 8, 8))
		return 20;
	if (!heard())
		return 21;
	memset(nvme_data(&nvme, 0), 0, 8 * NVME_BLOCK);
	if (nvme_move(&nvme, NVME_READ, 8, 8))
		return 22;
	for (unsigned int i = 0; i < 8; i++)
		for (unsigned int at = 0; at < NVME_BLOCK; at++)
			if (nvme_data(&nvme, i)[at] != 'a' + (int)i)
				return 23;
	return 0;
}

static int survives(void (*way)(void))
{
	int r;

	way();
	open_own_files();
	r = write_and_read_back();
	check_own_files();
	return r ? r : dirty ? 30 : 0;
}

/*
 * Calls that are not caught do close the library's files. The library must notice before it writes.
 */
static int is_found_out(void (*way)(void))
{
	int written, read;

	way();
	open_own_files();
	memset(nvme_data(&nvme, 0), 'x', 8 * NVME_BLOCK);
	written = nvme_move(&nvme, NVME_WRITE, 8, 8);
	read = nvme_move(&nvme, NVME_READ, 8, 8);
	/* The library must not close the program's files either. */
	close(nvme.device);
	close(nvme.group);
	close(nvme.container);
	check_own_files();
	if (written != 0x280 || read != 0x281)
		return 24;
	for (int fd = 520; fd < 530; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return 25;
	return dirty ? 30 : 0;
}

/*
 * A number of the library's that has become the program's by a call that is not caught is usable
 * for the program, and the program can close it.
 */
static int is_its_own(void (*way)(void))
{
	int fd;

	way();
	do
		fd = (int)syscall(SYS_openat, AT_FDCWD, own_path, O_RDWR);
	while (fd >= 0 && fd < LAST);
	for (fd = above(); fd < LAST; fd++)
		if (fcntl(fd, F_GETFD) < 0 || close(fd))
			return 43;
	return 0;
}

static void try(void (*way)(void), int (*judge)(void (*way)(void)), const char *name)
{
	pid_t child = fork();
	int status;

	if (!child) {
		alarm(LIMIT_SECONDS);
		if (!nvme_start(&nvme))
			_exit(1);
		/* Makes the disk's thread and its ring first. */
		if (nvme_move(&nvme, NVME_WRITE, 0, 8))
			_exit(2);
		_exit(judge(way));
	}
	status = status_of_child(child);
	if (status)
		printf("# status %d\n", status);
	ok(status == 0, name);
}

static int lowest_number_stays(void (*way)(void))
{
	int first = open("/dev/null", O_RDONLY), second = open("/dev/null", O_RDONLY);

	way();
	return second == first + 1 && first == nvme.event + 1 ? 0 : 40;
}

static void by_nothing(void)
{
}

/* ps and lsof would show these descriptors, but the program must see them as not open. */
static int looks_closed(void (*way)(void))
{
	struct stat st;
	int found = 0;

	way();
	for (int fd = above(); fd < LAST; fd++) {
		char path[32];

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (lstat(path, &st))
			continue;
		found++;
		if (!fails(fcntl(fd, F_GETFD), EBADF) || !fails(dup(fd), EBADF) || !fails(fstat(fd, &st), EBADF) ||
		    !fails(close(fd), EBADF) || !fails(dup2(fd, 3), EBADF) || !fails(dup3(fd, 3, 0), EBADF))
			return 41;
	}
	return found ? write_and_read_back() : 42;
}

static void make_own_file(void)
{
	int fd;

	snprintf(own_path, sizeof(own_path), "/tmp/closes-all.XXXXXX");
	fd = mkstemp(own_path);
	ok(fd >= 0 && write(fd, TEXT, strlen(TEXT)) == (ssize_t)strlen(TEXT) && close(fd) == 0, "a file of its own");
}

int main(void)
{
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 1024, 4096 });
	/* A shell may have left some open. */
	closefrom(3);
	make_own_file();
	try(by_nothing, lowest_number_stays, "the program's numbers are the lowest ones");
	try(by_nothing, looks_closed, "the library's are not open to it");
	try(by_close, survives, "the disk outlives a loop of close");
	try(by_close_range, survives, "close_range");
	try(by_close_range_unshared, survives, "close_range of a table of its own");
	try(by_closefrom, survives, "closefrom");
	try(by_dup2, survives, "dup2 onto every number");
	try(by_dup3, survives, "dup3 onto every number");
	try(by_streams, survives, "streams over every number, and fcloseall");
	try(by_spawn, survives, "posix_spawn with file actions");
	try(by_fork_and_exec, survives, "fork, a loop of close, exec");
	try(by_vfork_and_exec, survives, "vfork, a loop of close, exec");
	try(by_vfork_and_dup2, survives, "vfork, dup2 onto every number, exec");
	try(by_lower_limit, survives, "a limit that is lowered");
	try(by_raw_close, is_found_out, "raw close is found out before anything is written");
	try(by_raw_close_range, is_found_out, "raw close_range too");
	try(by_raw_close, is_its_own, "what has the numbers then is the program's");
	unlink(own_path);
	return ok_end();
}
