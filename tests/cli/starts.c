/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * starts METHOD PROGRAM starts a program with the word "open" by the given way of libc, with a
 * cleaned and with an empty environment. starts open opens a container, as any program does. It
 * exits with the status of the program.
 */
#include <fcntl.h>
#include <linux/vfio.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char *none[] = { NULL };
static char *program;
static char *words[3];

static int status_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int wait_for(pid_t child)
{
	int status = 0;

	return waitpid(child, &status, 0) == child ? status_of(status) : 99;
}

static int by_spawn(int (*spawn)(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
				 const posix_spawnattr_t *attributes, char *const arguments[],
				 char *const environment[]))
{
	pid_t child = 0;

	return spawn(&child, program, NULL, NULL, words, none) ? 98 : wait_for(child);
}

static int by_shell(int is_popen)
{
	char line[4096];

	snprintf(line, sizeof(line), "'%s' open", program);
	return status_of(is_popen ? pclose(popen(line, "r")) : system(line));
}

static int by_vfork(void)
{
	pid_t child = vfork();

	if (!child) {
		execve(program, words, none);
		_exit(97);
	}
	return wait_for(child);
}

static int start(const char *method)
{
	if (!strcmp(method, "execve"))
		execve(program, words, none);
	else if (!strcmp(method, "execv"))
		execv(program, words);
	else if (!strcmp(method, "execvp"))
		execvp(program, words);
	else if (!strcmp(method, "execvpe"))
		execvpe(program, words, none);
	else if (!strcmp(method, "execl"))
		execl(program, program, "open", NULL);
	else if (!strcmp(method, "execlp"))
		execlp(program, program, "open", NULL);
	else if (!strcmp(method, "execle"))
		execle(program, program, "open", NULL, none);
	else if (!strcmp(method, "fexecve"))
		fexecve(open(program, O_RDONLY | O_CLOEXEC), words, none);
	else if (!strcmp(method, "execveat"))
		execveat(open("/", O_PATH | O_DIRECTORY), program + 1, words, none, 0);
	else if (!strcmp(method, "execveat-empty"))
		execveat(open(program, O_PATH | O_CLOEXEC), "", words, none, AT_EMPTY_PATH);
	else if (!strcmp(method, "posix_spawn"))
		return by_spawn(posix_spawn);
	else if (!strcmp(method, "posix_spawnp"))
		return by_spawn(posix_spawnp);
	else if (!strcmp(method, "system"))
		return by_shell(0);
	else if (!strcmp(method, "popen"))
		return by_shell(1);
	else if (!strcmp(method, "vfork"))
		return by_vfork();
	return 96;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return ioctl(open("/dev/vfio/vfio", O_RDWR), VFIO_GET_API_VERSION) ? 1 : 0;
	if (argc != 3)
		return 2;
	program = argv[2];
	words[0] = program;
	words[1] = "open";
	clearenv();
	return start(argv[1]);
}
