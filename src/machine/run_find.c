/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements run_find.h. A run lives while a process has byte 0 of its state file locked
 * (run_directory.c). A process below a run names the directory in its environment.
 */
#include "machine/run_find.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "machine/config.h"
#include "machine/run_about.h"
#include "machine/run_directory.h"
#include "spapr-tce/run.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/reason.h"

#define ENVIRONMENT_MAX (UINT64_C(4) << 20)
#define NAMES_SIZE      256

/* Sets the state of a run of this user, or of root that may look. */
static int look_inside(int folder, struct run_found *found)
{
	int fd = os_open_at(folder, "state", O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
	struct run_about about;

	if (fd < 0)
		return fd;
	found->entry.state = run_directory_is_held(fd) ? STCE_RUN_LIVE : STCE_RUN_DEAD;
	os_close(fd);
	about = run_about_read(folder);
	found->entry.pid = about.pid;
	found->entry.started = about.started;
	return 0;
}

int run_look(const char *directory, struct run_found *found)
{
	const char *slash = strrchr(directory, '/');
	const char *name = slash ? slash + 1 : directory;
	unsigned int uid = 0, mode = 0;
	int folder, r;

	*found = (struct run_found){ .name = "" };
	if (!run_directory_is_name(name) || strlen(directory) >= sizeof(found->directory))
		return -ENOENT;
	folder = os_open(directory, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
	if (folder < 0)
		return folder;
	r = os_fstat_owner(folder, &uid, &mode);
	snprintf(found->directory, sizeof(found->directory), "%s", directory);
	snprintf(found->name, sizeof(found->name), "%s", name + strlen(RUN_DIRECTORY_PREFIX));
	found->entry.uid = uid;
	found->entry.state = STCE_RUN_FOREIGN;
	if (!r && (uid == os_user() || !os_user()))
		r = look_inside(folder, found);
	os_close(folder);
	return r;
}

/* Points the entry's texts at those of its copy. */
static const struct stce_run_entry *entry_of(struct run_found *found)
{
	found->entry.name = found->name;
	found->entry.directory = found->directory;
	return &found->entry;
}

static int search_in(const char *parent, int (*fn)(void *context, const struct stce_run_entry *entry), void *context)
{
	DIR *directory = opendir(parent);
	struct dirent *entry;
	int r = 0;

	while (!r && directory && (entry = readdir(directory))) {
		char path[FILE_PATH_SIZE + 64];
		struct run_found found;

		if (!run_directory_is_name(entry->d_name))
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name) >= sizeof(path))
			continue;
		if (!run_look(path, &found))
			r = fn(context, entry_of(&found));
	}
	if (directory)
		closedir(directory);
	return r;
}

int stce_runs(int (*fn)(void *context, const struct stce_run_entry *entry), void *context)
{
	char parent[RUN_DIRECTORY_PARENT_SIZE];
	int r = 0;

	for (unsigned int n = 0; !r && run_directory_parent(n, parent); n++)
		if (parent[0])
			r = search_in(parent, fn, context);
	return r;
}

/* What a search by name or number wants, and what it has found. */
struct search {
	const char *name;            /* NULL: any run of this user that lives */
	long pid;                    /* of the process that made it; 0: none */
	struct run_found *found;
	unsigned int count;
	char names[NAMES_SIZE];      /* of the runs that were counted */
};

static bool is_wanted(const struct search *search, const struct stce_run_entry *entry)
{
	if (!search->name)
		return entry->state == STCE_RUN_LIVE && entry->uid == os_user();
	return !strcmp(entry->name, search->name) || (search->pid && entry->pid == search->pid);
}

static int consider(void *context, const struct stce_run_entry *entry)
{
	struct search *search = context;
	size_t length = strlen(search->names);

	if (!is_wanted(search, entry))
		return 0;
	run_look(entry->directory, search->found);
	snprintf(search->names + length, sizeof(search->names) - length, "%s%s", length ? ", " : "", entry->name);
	return ++search->count && search->name;
}

/* Reads a file of /proc whole, with a 0 at its end. The caller frees it. */
static char *read_whole(const char *path, size_t *size)
{
	size_t room = 65536;
	char *text = alloc_zero(1, room);
	int fd = os_open(path, O_RDONLY | O_CLOEXEC, 0);
	ssize_t r = fd < 0 || !text ? -1 : 1;

	for (*size = 0; r > 0 && room < ENVIRONMENT_MAX;) {
		r = os_read(fd, text + *size, room - *size - 1);
		*size += r > 0 ? (size_t)r : 0;
		if (room - *size > 1)
			continue;
		text = alloc_resize(text, room * 2);
		room *= 2;
		if (!text)
			r = -1;
	}
	if (fd >= 0)
		os_close(fd);
	if (text)
		text[*size] = 0;
	return text;
}

/* Looks at the run that the environment of a process names. */
static int find_below(long pid, struct run_found *found)
{
	char path[64], *text, *at;
	size_t size;
	int r = -ENOENT;

	snprintf(path, sizeof(path), "/proc/%ld/environ", pid);
	text = read_whole(path, &size);
	for (at = text; at && at < text + size && r; at += strlen(at) + 1)
		if (!strncmp(at, STCE_RUN_VARIABLE "=", strlen(STCE_RUN_VARIABLE "=")))
			r = run_look(strchr(at, '=') + 1, found);
	free(text);
	return r;
}

static int cannot_find(const char *run, const struct search *search, char *why)
{
	if (!run && search->count)
		return config_why(why, -ENOTUNIQ, "several runs are live: %s; name one", search->names);
	if (!run)
		return config_why(why, -ENOENT, "no run of this user is live");
	return config_why(why, -ENOENT, "there is no run \"%.64s\"; it has ended, or never was (spapr-tce ps lists the runs)",
			  run);
}

static int check_state(const struct run_found *found, char *why)
{
	if (found->entry.state == STCE_RUN_FOREIGN)
		return config_why(why, -EPERM, "run %s belongs to another user (uid %u)", found->name, found->entry.uid);
	if (found->entry.state == STCE_RUN_DEAD)
		return config_why(why, -ENOENT, "run %s was killed, and no program of it is left", found->name);
	return 0;
}

int run_find(const char *run, struct run_found *found, char *why)
{
	struct search search = { .name = run, .found = found };
	int r;

	if (run && strchr(run, '/')) {
		r = run_look(run, found) ? cannot_find(run, &search, why) : check_state(found, why);
	} else {
		if (run && run[0] && strspn(run, "0123456789") == strlen(run))
			search.pid = strtol(run, NULL, 10);
		stce_runs(consider, &search);
		if (!search.count && search.pid && !find_below(search.pid, found))
			search.count = 1;
		r = search.count == 1 ? check_state(found, why) : cannot_find(run, &search, why);
	}
	entry_of(found);
	return r;
}
