/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls by which a program starts another. The file of the new program is judged first, because
 * a program that cannot be served does not run our code and so cannot report it. Nothing here
 * allocates, because it may run in a child after vfork(), or between fork() and exec.
 */
#include "shim.h"

#include <alloca.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#include <spapr-tce/program.h>

/* system(3) and popen(3) start this shell. */
#define SHELL "/bin/sh"

static bool is_worth_telling(enum stce_program_kind kind)
{
	/* A program of any other kind is served, cannot be run, or is known to the kernel only. */
	return kind == STCE_PROGRAM_STATIC || kind == STCE_PROGRAM_FOREIGN || kind == STCE_PROGRAM_OTHER_LIBC ||
	       kind == STCE_PROGRAM_PRIVILEGED || kind == STCE_PROGRAM_SPLIT;
}

/*
 * Checks that the new program can read our library: its root or user may differ from those of the
 * run.
 */
static bool can_load_us(const char *path)
{
	char line[STCE_WHY_SIZE];

	if (!*shim_own_path || !real()->faccessat(AT_FDCWD, shim_own_path, R_OK, AT_EACCESS))
		return true;
	snprintf(line, sizeof(line), "%s cannot be served: our library %s %s", path, shim_own_path, errno == EACCES ?
		 "cannot be read by its user; it must lie in folders that are open to all" :
		 "does not exist for it; in another root or mount namespace it must be bound to the same path");
	shim_tell(line);
	return false;
}

/*
 * Tells whether LD_PRELOAD may contain our library, and reports a program that cannot be served by
 * its name.
 */
static bool judge(const char *path, const char *name)
{
	char interpreter[STCE_INTERPRETER_SIZE], line[STCE_WHY_SIZE];
	enum stce_program_kind kind = stce_program_judge(path, interpreter);

	if (kind == STCE_PROGRAM_SERVED)
		return can_load_us(name);
	if (is_worth_telling(kind))
		shim_tell(stce_program_sentence(line, sizeof(line), kind, name, interpreter));
	/*
	 * The library stays for the children of other programs; but musl's loader ends a program if
	 * it cannot load us.
	 */
	return kind != STCE_PROGRAM_OTHER_LIBC;
}

/*
 * Starts a program in its proper environment. `path` locates its file and `name` is for messages; a
 * NULL path means that libc will find no file.
 */
static int start_program(const struct shim_start *start, const char *path, const char *name, char *const environment[],
			 shim_start_fn go)
{
	ssize_t count = shim_directory() ? shim_read_environment(environment, NULL, 0) : -1;
	char **own;
	const char *run;
	bool is_served;
	int saved = errno;

	/* If the list cannot be read, the kernel reports the error. */
	if (count < 0)
		return go(start, environment);
	/*
	 * The copy cannot change, whereas another thread may change the program's own list at any
	 * time.
	 */
	own = alloca(((size_t)count + 1) * sizeof(*own));
	if (shim_read_environment(environment, own, (size_t)count) < 0)
		return go(start, environment);
	run = shim_variable(own, SHIM_RUN);
	if (run && !*run)
		return go(start, own);
	is_served = !path || judge(path, name);
	errno = saved;
	return shim_start_in_run(start, own, is_served, go);
}

/*
 * A program that takes the place of this one never returns to the frames here. In a child of vfork() they lie on the
 * parent's stack, where ASAN would keep the marks that it made for them, and later take them for those of the parent.
 */
static void before_exec(void)
{
	shim_before_end();
#ifdef __SANITIZE_ADDRESS__
	__asan_handle_no_return();
#endif
}

static int go_execve(const struct shim_start *start, char *const environment[])
{
	before_exec();
	return real()->execve(start->path, start->arguments, environment);
}

static int go_execvpe(const struct shim_start *start, char *const environment[])
{
	before_exec();
	return real()->execvpe(start->path, start->arguments, environment);
}

static int go_execveat(const struct shim_start *start, char *const environment[])
{
	before_exec();
	return real()->execveat(start->dirfd, start->path, start->arguments, environment, start->flags);
}

static int go_fexecve(const struct shim_start *start, char *const environment[])
{
	before_exec();
	return real()->fexecve(start->dirfd, start->arguments, environment);
}

static int go_spawn(const struct shim_start *start, char *const environment[])
{
	return real()->posix_spawn(start->child, start->path, start->actions, start->attributes, start->arguments,
				   environment);
}

static int go_spawnp(const struct shim_start *start, char *const environment[])
{
	return real()->posix_spawnp(start->child, start->path, start->actions, start->attributes, start->arguments,
				    environment);
}

/* Starts a program by a name that is searched for as execvp(3) does. */
static int start_found(const struct shim_start *start, char *const environment[], shim_start_fn go)
{
	char path[STCE_PROGRAM_PATH_SIZE];
	bool is_found = shim_directory() && !stce_program_find(start->path, getenv("PATH"), path);

	return start_program(start, is_found ? path : NULL, path, environment, go);
}

/*
 * Starts a program by a descriptor: judge() opens it through /proc, and messages use the name of
 * its file.
 */
static int start_opened(const struct shim_start *start, char *const environment[], shim_start_fn go)
{
	char path[64], name[STCE_WHY_SIZE];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", start->dirfd);
	length = real()->readlinkat(AT_FDCWD, path, name, sizeof(name) - 1);
	name[length > 0 ? length : 0] = '\0';
	return start_program(start, path, length > 0 ? name : path, environment, go);
}

int shim_execve(const char *path, char *const arguments[], char *const environment[])
{
	const struct shim_start start = { .path = path, .arguments = arguments };

	return start_program(&start, path, path, environment, go_execve);
}

int shim_execvpe(const char *name, char *const arguments[], char *const environment[])
{
	const struct shim_start start = { .path = name, .arguments = arguments };

	return start_found(&start, environment, go_execvpe);
}

int shim_fexecve(int fd, char *const arguments[], char *const environment[])
{
	const struct shim_start start = { .dirfd = fd, .arguments = arguments };

	return start_opened(&start, environment, go_fexecve);
}

int shim_execveat(int dirfd, const char *path, char *const arguments[], char *const environment[], int flags)
{
	const struct shim_start start = { .path = path, .arguments = arguments, .dirfd = dirfd, .flags = flags };
	char whole[PATH_MAX];

	if (path && !*path && flags & AT_EMPTY_PATH)
		return start_opened(&start, environment, go_execveat);
	if (!path || *path == '/' || dirfd == AT_FDCWD)
		return start_program(&start, path, path, environment, go_execveat);
	snprintf(whole, sizeof(whole), "/proc/self/fd/%d/%s", dirfd, path);
	return start_program(&start, whole, path, environment, go_execveat);
}

/*
 * Turns the arguments of the execl() family into an array; the environment of execle() follows the
 * final NULL.
 */
int shim_execl(const char *path, const char *first, va_list list, bool has_environment,
	       int (*exec)(const char *path, char *const arguments[], char *const environment[]))
{
	size_t n = first ? 1 : 0;
	char **arguments;
	va_list ahead;

	va_copy(ahead, list);
	while (first && va_arg(ahead, char *))
		n++;
	va_end(ahead);
	arguments = alloca((n + 1) * sizeof(*arguments));
	arguments[0] = (char *)first;
	for (size_t i = 1; i <= n; i++)
		arguments[i] = va_arg(list, char *);
	return exec(path, arguments, has_environment ? va_arg(list, char *const *) : environ);
}

int shim_spawn(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
	       const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])
{
	const struct shim_start start = {
		.path = path, .arguments = arguments, .child = child, .actions = actions, .attributes = attributes,
	};

	return start_program(&start, path, path, environment, go_spawn);
}

int shim_spawnp(pid_t *child, const char *name, const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])
{
	const struct shim_start start = {
		.path = name, .arguments = arguments, .child = child, .actions = actions, .attributes = attributes,
	};

	return start_found(&start, environment, go_spawnp);
}

static void put_back_one(const char *name, const char *value)
{
	const char *known = getenv(name);

	if (value && (!known || strcmp(known, value)))
		setenv(name, value, 1);
	else if (!value && known)
		unsetenv(name);
}

/*
 * Corrects the program's own environment, which libc passes to the shell of system() and popen().
 */
static int put_back(const struct shim_start *start, char *const environment[])
{
	put_back_one(STCE_RUN_VARIABLE, shim_variable(environment, SHIM_RUN));
	put_back_one("LD_PRELOAD", shim_variable(environment, SHIM_PRELOAD));
	return 0;
}

static void prepare_shell(void)
{
	const struct shim_start start = { .path = SHELL };
	int saved = errno;

	start_program(&start, SHELL, SHELL, environ, put_back);
	errno = saved;
}

int shim_system(const char *command)
{
	if (command)
		prepare_shell();
	return real()->system(command);
}

FILE *shim_popen(const char *command, const char *mode)
{
	prepare_shell();
	return real()->popen(command, mode);
}
