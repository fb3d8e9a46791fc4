/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes, finds, joins and removes the directories of runs. Every process that uses a directory
 * holds a lock on byte 0 of its state file, and every program also on byte 1. The kernel drops the
 * locks of a process that is killed, and a forked child keeps its parent's. run.c and run_join.c
 * fill and read the files.
 */
#include "machine/run_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file/tree.h"
#include "machine/config.h"
#include "util/os.h"

#define NAME_LENGTH (sizeof(RUN_DIRECTORY_PREFIX "XXXXXX") - 1)
#define HIDDEN      "spapr-tce-root"
#define PATH_SIZE   512
#define ATTEMPTS    16
/* Another program holds the lock only while it clears a few numbers. After this time we give up. */
#define PATIENCE_NS UINT64_C(20000000000)

enum { DIRECTORY_BYTE, PROGRAM_BYTE };

/*
 * Returns why a file or directory is not to be trusted, because another user may have put it there,
 * or NULL.
 */
static const char *what_is_wrong(int fd, unsigned int type, bool is_for_all)
{
	unsigned int uid = 0, mode = 0;

	if (os_fstat_owner(fd, &uid, &mode))
		return "its owner cannot be read";
	if ((mode & S_IFMT) != type)
		return type == S_IFDIR ? "it is not a directory" : "it is not a regular file";
	if (uid && uid != os_user())
		return "it belongs to another user";
	/* Root's run makes such files, in a directory that others can neither write to nor list. */
	if (is_for_all && !uid && (mode & 0777) == 0666)
		return NULL;
	return mode & (S_IWGRP | S_IWOTH) ? "other users may write to it" : NULL;
}

/* O_NONBLOCK keeps open() from waiting for the other end of a FIFO. */
static int open_file(int directory, const char *name, int flags)
{
	return os_open_at(directory, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
}

/*
 * Returns the state file of a dead run, locked so that no program can join it, or -errno. -EPERM:
 * the directory belongs to another user.
 */
static int seize(int directory)
{
	unsigned int uid = 0, mode = 0;
	int fd, r = os_fstat_owner(directory, &uid, &mode);

	if (r || uid != os_user())
		return r ? r : -EPERM;
	fd = open_file(directory, "state", O_RDWR);
	r = fd < 0 ? fd : os_lock_byte(fd, DIRECTORY_BYTE, true);
	if (r && fd >= 0)
		os_close(fd);
	return r ? r : fd;
}

static void remove_dead(const char *path)
{
	int directory = tree_open(path);
	int state = directory < 0 ? directory : seize(directory);

	if (state >= 0) {
		tree_remove(directory, path);
		os_close(state);
	}
	if (directory >= 0)
		os_close(directory);
}

bool run_directory_is_name(const char *name)
{
	return !strncmp(name, RUN_DIRECTORY_PREFIX, strlen(RUN_DIRECTORY_PREFIX)) && strlen(name) == NAME_LENGTH;
}

static void sweep(const char *parent)
{
	DIR *directory = opendir(parent);
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		char path[PATH_SIZE];

		if (!run_directory_is_name(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name);
		remove_dead(path);
	}
	if (directory)
		closedir(directory);
}

bool run_directory_is_open(void)
{
	return !os_user();
}

/*
 * Makes root's own folder in a directory that all may list. Other users can enter it but not list
 * it.
 */
static int make_hidden(const char *parent, char *hidden)
{
	unsigned int uid = 0, mode = 0;
	int fd, r;

	snprintf(hidden, PATH_SIZE, "%s/" HIDDEN, parent);
	r = os_mkdir(hidden, 0711);
	fd = r && r != -EEXIST ? r : tree_open(hidden);
	if (fd < 0)
		return fd;
	r = os_fstat_owner(fd, &uid, &mode);
	r = r ? r : uid ? -EPERM : os_fchmod(fd, 0711);
	os_close(fd);
	return r;
}

/*
 * Chooses the folder for a run below a directory. -EACCES: programs of other users could not enter
 * it.
 */
static int choose(const char *parent, char *chosen)
{
	unsigned int mode;
	int r = os_path_mode(parent, &mode);

	snprintf(chosen, PATH_SIZE, "%s", parent);
	if (r || !run_directory_is_open())
		return r;
	if (!(mode & S_IXOTH))
		return -EACCES;
	return mode & S_IROTH ? make_hidden(parent, chosen) : 0;
}

static int make_in(const char *parent, char *path, size_t size)
{
	char chosen[PATH_SIZE];
	int r;

	/* Another run that ends may remove root's folder at any time, so we try again. */
	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		r = choose(parent, chosen);
		if (r)
			return r;
		sweep(chosen);
		if ((size_t)snprintf(path, size, "%s/" RUN_DIRECTORY_PREFIX "XXXXXX", chosen) >= size)
			return -ENAMETOOLONG;
		if (mkdtemp(path))
			return tree_open(path);
		if (errno != ENOENT)
			break;
	}
	return -errno;
}

/*
 * The first two are usually in memory, which is fastest. Root's runs are in a folder below one of the
 * others if all may list that one. The first is also looked for where a login would have put it, because
 * not every shell of the user has the variable.
 */
static const char *place(unsigned int n, char *login)
{
	switch (n) {
	case 0: return getenv("XDG_RUNTIME_DIR");
	case 1: return "/dev/shm";
	case 2: return getenv("TMPDIR");
	case 3: return "/tmp";
	default:
		snprintf(login, PATH_SIZE, "/run/user/%u", os_user());
		return login;
	}
}

/* Whether the place was given already. */
static bool is_repeated(unsigned int n, const char *parent)
{
	char login[PATH_SIZE];

	for (unsigned int i = 0; i < n; i++) {
		const char *other = place(i, login);

		if (other && !strcmp(other, parent))
			return true;
	}
	return false;
}

bool run_directory_parent(unsigned int n, char parent[RUN_DIRECTORY_PARENT_SIZE])
{
	const unsigned int which = n / 2, places = 5;
	char login[PATH_SIZE];
	const char *found = which < places ? place(which, login) : NULL;

	parent[0] = 0;
	if (found && *found && !is_repeated(which, found))
		snprintf(parent, RUN_DIRECTORY_PARENT_SIZE, n % 2 ? "%s/" HIDDEN : "%s", found);
	return which < places;
}

/* Tries these directories in order; the first two are usually in memory, which is fastest. */
int run_directory_make(char *path, size_t size)
{
	const char *parents[] = { getenv("XDG_RUNTIME_DIR"), "/dev/shm", getenv("TMPDIR"), "/tmp" };
	int r = -ENOENT;

	for (unsigned int i = 0; i < ARRAY_COUNT(parents); i++) {
		if (!parents[i] || !*parents[i])
			continue;
		r = make_in(parents[i], path, size);
		if (r >= 0)
			return r;
	}
	return r;
}

void run_directory_remove(int fd, const char *path)
{
	char parent[PATH_SIZE];
	char *slash;

	tree_remove(fd, path);
	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (!slash)
		return;
	*slash = 0;
	/* rmdir() fails while other runs are in root's folder. */
	if ((slash = strrchr(parent, '/')) && !strcmp(slash + 1, HIDDEN))
		os_rmdir(parent);
}

/*
 * The state file has another name until its lock is held, so that no process takes the directory
 * for that of a dead run.
 */
int run_directory_begin(int directory, size_t state_size)
{
	int fd = os_open_at(directory, "state.new", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return fd;
	r = os_allocate(fd, state_size);
	if (!r)
		r = os_lock_byte(fd, DIRECTORY_BYTE, false);
	if (!r)
		r = os_rename_at(directory, "state.new", "state");
	if (!r)
		return os_move_high(fd);
	os_close(fd);
	return r;
}

static int refuse(char *why, int error, const char *directory, const char *file, const char *reason)
{
	return config_why(why, error, "%s is not the directory of a run: %s%s", directory, file, reason);
}

/* Opens the directory of a run and checks that it can be trusted. */
static int enter(const char *path, char *why)
{
	/* O_PATH needs no right to list the directory. */
	int fd = os_open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
	const char *wrong = fd < 0 ? NULL : what_is_wrong(fd, S_IFDIR, false);

	if (fd == -ENOTDIR || fd == -ELOOP)
		return refuse(why, -ENOTDIR, path, "", "it is not a directory, or it is a link to one");
	if (fd == -ENOENT)
		return refuse(why, fd, path, "", "No such file or directory; in another root or mount namespace it "
			      "must be bound to the same path");
	if (fd < 0)
		return refuse(why, fd, path, "", strerrordesc_np(-fd));
	if (!wrong)
		return fd;
	os_close(fd);
	return refuse(why, -EPERM, path, "", wrong);
}

/* Opens a file of the directory and checks that it can be trusted. */
static int enter_file(int directory, const char *path, const char *name, int flags, char *why)
{
	int fd = open_file(directory, name, flags);
	const char *wrong = fd < 0 ? NULL : what_is_wrong(fd, S_IFREG, flags != O_RDONLY);
	char file[32];

	snprintf(file, sizeof(file), "%s: ", name);
	if (fd < 0)
		return refuse(why, fd, path, file, fd == -ELOOP ? "it is a link" : strerrordesc_np(-fd));
	if (!wrong)
		return fd;
	os_close(fd);
	return refuse(why, -EPERM, path, file, wrong);
}

/* Checks the directory and its config, and returns a descriptor of the state file. */
static int enter_all(const char *path, char *why)
{
	int directory = enter(path, why), config, state;

	if (directory < 0)
		return directory;
	config = enter_file(directory, path, "config", O_RDONLY, why);
	state = config < 0 ? config : enter_file(directory, path, "state", O_RDWR, why);
	if (config >= 0)
		os_close(config);
	os_close(directory);
	return state;
}

int run_directory_join(const char *directory, bool *is_alone, char *why)
{
	int r, fd = enter_all(directory, why);

	if (fd < 0)
		return fd;
	r = os_lock_byte(fd, DIRECTORY_BYTE, false);
	if (r) {
		os_close(fd);
		return refuse(why, r, directory, "", "another process is removing it");
	}
	*is_alone = os_lock_byte(fd, PROGRAM_BYTE, true) == 0;
	return os_move_high(fd);
}

int run_directory_joined(int fd)
{
	uint64_t end = os_now_ns() + PATIENCE_NS;
	int r;

	/*
	 * -EAGAIN while another process holds this byte exclusively, because it has found that it
	 * is alone.
	 */
	while ((r = os_lock_byte(fd, PROGRAM_BYTE, false)) == -EAGAIN && os_now_ns() < end)
		os_sleep_us(100);
	return r;
}

bool run_directory_is_held(int fd)
{
	return os_byte_is_locked(fd, DIRECTORY_BYTE) == 1;
}

bool run_directory_has_programs(int fd)
{
	return os_byte_is_locked(fd, PROGRAM_BYTE) == 1;
}
