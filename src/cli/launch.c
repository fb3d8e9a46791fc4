/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the program as execvp(3) would, and starts it with our library preloaded. A program that a
 * preloaded library cannot serve is refused before anything is started. watch.c waits for it.
 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

static int status_of(int error)
{
	return error == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_INVOKE;
}

static int judge(const char *path)
{
	char interpreter[STCE_INTERPRETER_SIZE], line[STCE_PROGRAM_PATH_SIZE + STCE_WHY_SIZE];
	enum stce_program_kind kind = stce_program_judge(path, interpreter);

	if (kind == STCE_PROGRAM_SERVED)
		return 0;
	complain("%s", stce_program_sentence(line, sizeof(line), kind, path, interpreter));
	return EXIT_CANNOT_INVOKE;
}

static int find_preload(char *path)
{
	companion_find(path, STCE_PROGRAM_PRELOAD, STCE_PRELOAD_DIR);
	if (access(path, R_OK)) {
		complain("%s is missing, and there is none beside spapr-tce either", path);
		return EXIT_OURS;
	}
	if (strpbrk(path, " :")) {
		complain("%s: the loader cannot preload from a path with a space or a colon", path);
		return EXIT_OURS;
	}
	return 0;
}

int launch_prepare(struct launch *launch, char **program)
{
	int error = stce_program_find(program[0], getenv("PATH"), launch->path);
	int status = find_preload(launch->preload);

	if (status)
		return status;
	launch->program = program;
	if (error) {
		complain("%s: %s", program[0], strerror(-error));
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
	       setenv("SYSFS_PCI_DEVICES", stce_run_pci_devices(run), 1) ||
	       /* udevadm takes no device from a folder that is not in a sysfs of the kernel's. */
	       setenv("SYSTEMD_DEVICE_VERIFY_SYSFS", "0", 1);
}

/* Turns the child into the program. It returns an errno, and only if it fails. */
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
		complain("cannot make a pipe to the program: %s", strerror(errno));
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
	/* A successful exec closes the pipe, so that read() returns 0. */
	if (child > 0 && read(pipes[0], &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(pipes[0]);
	if (!error)
		return child;
	complain("%s: %s", launch->path, strerror(error));
	*status = child < 0 ? EXIT_OURS : status_of(-error);
	return 0;
}
