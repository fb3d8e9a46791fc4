/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the program as execvp(3) would, refuses what a preloaded library
 * cannot serve before anything is started, and starts the rest.
 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "elf.h"

#define PRELOAD_NAME "libspapr-tce-preload.so"
/* As many scripts as the kernel follows, each interpreted by the next. */
#define SCRIPT_DEPTH 5

static const char *const refusals[] = {
	[PROGRAM_SCRIPT] = "is a script for a script for a script, more than the system follows",
	[PROGRAM_STATIC] = "is linked statically: nothing can be preloaded into it, so it cannot be served",
	[PROGRAM_FOREIGN] = "is of another architecture: our library cannot be loaded into it",
	[PROGRAM_PRIVILEGED] = "is setuid, setgid or has capabilities: the system loads no library of ours into it",
	[PROGRAM_UNREADABLE] = "cannot be read, so it cannot be checked",
	[PROGRAM_UNKNOWN] = "is no program that this machine can run",
};

static bool is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

/* The folders of PATH in turn. Return: 0, or errno as execvp(3) sets it. */
static int find_in_path(const char *name, char *path)
{
	const char *folder = getenv("PATH");
	bool was_denied = false;

	if (!folder)
		folder = "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		int length = (int)strcspn(folder, ":");

		snprintf(path, LAUNCH_PATH_SIZE, "%.*s%s%s", length, folder, length ? "/" : "./", name);
		if (is_program(path))
			return 0;
		was_denied |= !access(path, F_OK);
		if (!folder[length])
			return was_denied ? EACCES : ENOENT;
		folder += length + 1;
	}
}

static int find_program(const char *name, char *path)
{
	struct stat st;

	if (!strchr(name, '/'))
		return name[0] ? find_in_path(name, path) : ENOENT;
	snprintf(path, LAUNCH_PATH_SIZE, "%s", name);
	if (stat(path, &st))
		return errno;
	return is_program(path) ? 0 : EACCES;
}

static int status_of(int error)
{
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_INVOKE;
}

static int refuse(const char *path, const char *file, enum program_kind kind)
{
	if (strcmp(file, path))
		complain("%s: its interpreter %s %s", path, file, refusals[kind]);
	else
		complain("%s %s", path, refusals[kind]);
	return EXIT_CANNOT_INVOKE;
}

static int judge(const char *path)
{
	char next[INTERPRETER_SIZE], this[LAUNCH_PATH_SIZE];

	snprintf(this, sizeof(this), "%s", path);
	for (int depth = 0; depth < SCRIPT_DEPTH; depth++) {
		enum program_kind kind = program_judge(this, next);

		if (kind == PROGRAM_SERVED)
			return 0;
		if (kind != PROGRAM_SCRIPT)
			return refuse(path, this, kind);
		snprintf(this, sizeof(this), "%s", next);
	}
	return refuse(path, path, PROGRAM_SCRIPT);
}

static int find_preload(char *path)
{
	companion_find(path, PRELOAD_NAME, STCE_PRELOAD_DIR);
	if (access(path, R_OK)) {
		complain("%s is missing, and not beside the program either", path);
		return EXIT_OURS;
	}
	if (strpbrk(path, " :")) {
		complain("%s: the loader takes no path with a space or a colon in it", path);
		return EXIT_OURS;
	}
	return 0;
}

int launch_prepare(struct launch *launch, char **program)
{
	int error = find_program(program[0], launch->path);
	int status = find_preload(launch->preload);

	if (status)
		return status;
	launch->program = program;
	if (error) {
		complain("%s: %s", program[0], strerror(error));
		return status_of(error);
	}
	return judge(launch->path);
}

static int set_environment(const struct launch *launch, const struct stce_run *run)
{
	const char *others = getenv("LD_PRELOAD");
	char *list;

	if (asprintf(&list, "%s%s%s", launch->preload, others && others[0] ? ":" : "", others ? others : "") < 0)
		return -1;
	return setenv("LD_PRELOAD", list, 1) || setenv(STCE_RUN_VARIABLE, stce_run_directory(run), 1) ||
	       setenv("SPAPR_TCE_SYSFS", stce_run_sysfs(run), 1) ||
	       setenv("SYSFS_PCI_DEVICES", stce_run_pci_devices(run), 1);
}

/* In the child. Only returns when it fails. */
static int become(const struct launch *launch, const struct stce_run *run, const sigset_t *mask)
{
	if (set_environment(launch, run))
		return ENOMEM;
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(launch->path, launch->program);
	return errno;
}

pid_t launch_start(const struct launch *launch, const struct stce_run *run, const sigset_t *mask, int *status)
{
	int pipes[2], error = 0;
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC)) {
		complain("no pipe to the program: %s", strerror(errno));
		*status = EXIT_OURS;
		return 0;
	}
	child = fork();
	if (!child) {
		error = become(launch, run, mask);
		(void)!write(pipes[1], &error, sizeof(error));
		_exit(EXIT_OURS);
	}
	if (child < 0)
		error = errno;
	close(pipes[1]);
	/* the pipe closes by itself when the program has begun */
	if (child > 0 && read(pipes[0], &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(pipes[0]);
	if (!error)
		return child;
	complain("%s: %s", launch->path, strerror(error));
	*status = child < 0 ? EXIT_OURS : status_of(error);
	return 0;
}
