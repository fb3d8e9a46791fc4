/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two environment variables carry a run to the next program. A program that cleans its environment
 * does not lose its devices on Linux, so missing variables are put back. Nothing here allocates,
 * because it may run between fork() and exec: lists are made on the caller's stack, and go() uses
 * them before they end. exec.c decides which programs are served.
 */
#include "shim.h"

#include <alloca.h>
#include <dlfcn.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <spapr-tce/program.h>

#define BATCH 64

ssize_t shim_peek(void *to, size_t size, const struct iovec *from, unsigned long count)
{
	const struct iovec local = { to, size };
	int saved = errno;
	ssize_t r = process_vm_readv(getpid(), &local, 1, from, count, 0);

	if (r < 0 && errno == EFAULT)
		r = 0;
	errno = saved;
	return r;
}

/*
 * Reads at most BATCH entries of a list, and returns their number, or -1 if some are not in memory,
 * because another thread's setenv() may move the list and free its old place.
 */
static int look_at(char *const from[], char *entry[BATCH], bool *is_end)
{
	const struct iovec list = { (void *)from, BATCH * sizeof(entry[0]) };
	ssize_t size = shim_peek(entry, list.iov_len, &list, 1);
	size_t known = size < 0 ? BATCH : (size_t)size / sizeof(entry[0]);
	struct iovec first[BATCH];
	char bytes[BATCH];
	int n = 0;

	*is_end = false;
	for (; (size_t)n < known && !*is_end; n++) {
		if (size < 0)
			entry[n] = from[n];
		first[n] = (struct iovec){ entry[n], 1 };
		*is_end = !entry[n];
	}
	n -= *is_end;
	size = n ? shim_peek(bytes, (size_t)n, first, (unsigned long)n) : 0;
	return (!n && !*is_end) || (size >= 0 && size != n) ? -1 : n;
}

ssize_t shim_read_environment(char *const from[], char **to, size_t size)
{
	size_t count = 0;
	bool is_end = !from;

	while (!is_end && (!to || count < size)) {
		char *entry[BATCH];
		int n = look_at(from + count, entry, &is_end);

		if (n < 0)
			return -1;
		for (int i = 0; i < n && to && count + (size_t)i < size; i++)
			to[count + (size_t)i] = entry[i];
		count += (size_t)n;
	}
	if (to)
		to[count < size ? count : size] = NULL;
	return (ssize_t)count;
}

const char *shim_variable(char *const environment[], const char *name)
{
	for (; environment && *environment; environment++)
		if (!strncmp(*environment, name, strlen(name)))
			return *environment + strlen(name);
	return NULL;
}

/*
 * Linux accepts at most this size for one variable with its name and terminator [linux
 * MAX_ARG_STRLEN].
 */
#define VARIABLE_SIZE (32 * 4096)

char shim_own_path[PATH_MAX];

void shim_learn_own_path(void)
{
	Dl_info info;

	if (dladdr((void *)shim_learn_own_path, &info) && info.dli_fname[0] == '/')
		snprintf(shim_own_path, sizeof(shim_own_path), "%s", info.dli_fname);
}

/*
 * Tells whether a word of LD_PRELOAD is our library, in any folder, because another run may have
 * its own.
 */
static bool is_ours(const char *word, size_t length)
{
	const size_t own = sizeof(STCE_PROGRAM_PRELOAD) - 1;

	return length >= own && !memcmp(word + length - own, STCE_PROGRAM_PRELOAD, own) &&
	       (length == own || word[length - own - 1] == '/');
}

/*
 * Copies a list without our library to a buffer of at least its size. Tells whether our library was
 * in it.
 */
static bool copy_others(char *to, const char *list)
{
	bool found = false;
	char *start = to;

	while (*(list += strspn(list, " :"))) {
		size_t length = strcspn(list, " :");

		if (is_ours(list, length))
			found = true;
		else
			to += sprintf(to, "%s%.*s", to > start ? ":" : "", (int)length, list);
		list += length;
	}
	*to = '\0';
	return found;
}

/* Copies the list without the named variable, and appends `variable` if it is not NULL. */
static void set(char **to, char *const from[], const char *name, char *variable)
{
	for (; from && *from; from++)
		if (strncmp(*from, name, strlen(name)))
			*to++ = *from;
	if (variable)
		*to++ = variable;
	*to = NULL;
}

static size_t count(char *const list[])
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

/* Puts our library into LD_PRELOAD for a program that is served, and takes it out for another. */
static int start_with_list(const struct shim_start *start, char *const environment[], bool is_served, shim_start_fn go)
{
	const char *list = shim_variable(environment, SHIM_PRELOAD);
	size_t length = list ? strlen(list) : 0;
	char *others = alloca(length + 1), *variable;
	bool is_there = copy_others(others, list ? list : "");
	char **changed;

	if (is_there == is_served || !*shim_own_path)
		return go(start, environment);
	if (sizeof(SHIM_PRELOAD) + strlen(shim_own_path) + 1 + length > VARIABLE_SIZE) {
		shim_tell("a program cannot be served: its LD_PRELOAD is so long that "
			  "it has no room for our library");
		return go(start, environment);
	}
	changed = alloca((count(environment) + 2) * sizeof(*changed));
	variable = alloca(sizeof(SHIM_PRELOAD) + strlen(shim_own_path) + 1 + length + 1);
	sprintf(variable, SHIM_PRELOAD "%s%s%s", is_served ? shim_own_path : "", is_served && *others ? ":" : "",
		others);
	set(changed, environment, SHIM_PRELOAD, is_served || *others ? variable : NULL);
	return go(start, changed);
}

int shim_start_in_run(const struct shim_start *start, char *const environment[], bool is_served, shim_start_fn go)
{
	const char *run = shim_variable(environment, SHIM_RUN), *directory = shim_directory();
	char **changed, *variable;

	if (run)
		return *run ? start_with_list(start, environment, is_served, go) : go(start, environment);
	changed = alloca((count(environment) + 2) * sizeof(*changed));
	variable = alloca(sizeof(SHIM_RUN) + strlen(directory));
	sprintf(variable, SHIM_RUN "%s", directory);
	set(changed, environment, SHIM_RUN, variable);
	return start_with_list(start, changed, is_served, go);
}
