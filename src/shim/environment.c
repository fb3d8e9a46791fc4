/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What carries a run to the next program: two variables of its environment. A
 * program that cleans its environment does not lose its devices on Linux, so
 * both are put back where they are missing. Nothing here allocates: lists are
 * made on the stack of whoever starts a program, and live until it has begun.
 */
#include "shim.h"

#include <alloca.h>
#include <dlfcn.h>
#include <string.h>

#include <spapr-tce/program.h>

const char *shim_variable(char *const environment[], const char *name)
{
	for (; environment && *environment; environment++)
		if (!strncmp(*environment, name, strlen(name)))
			return *environment + strlen(name);
	return NULL;
}

char shim_own_path[PATH_MAX];

void shim_learn_own_path(void)
{
	Dl_info info;

	if (dladdr((void *)shim_learn_own_path, &info) && info.dli_fname[0] == '/')
		snprintf(shim_own_path, sizeof(shim_own_path), "%s", info.dli_fname);
}

/* Whether a word of LD_PRELOAD is our library, wherever it lies: another run brings its own. */
static bool is_ours(const char *word, size_t length)
{
	const size_t own = sizeof(STCE_PROGRAM_PRELOAD) - 1;

	return length >= own && !memcmp(word + length - own, STCE_PROGRAM_PRELOAD, own) &&
	       (length == own || word[length - own - 1] == '/');
}

/* Copies a list without our library, to a buffer that the list fits into; whether our library was in it. */
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

/* Every variable but one, then the one where it has a value. There is room for one more, and the end. */
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

/* Our library is put into the list, or taken out for a program that its loader would not start with it. */
static int start_with_list(const struct shim_start *start, char *const environment[], bool is_served, shim_start_fn go)
{
	const char *list = shim_variable(environment, SHIM_PRELOAD);
	size_t length = list ? strlen(list) : 0;
	char *others = alloca(length + 1), *variable;
	bool is_there = copy_others(others, list ? list : "");
	char **changed;

	if (is_there == is_served || !*shim_own_path)
		return go(start, environment);
	changed = alloca((count(environment) + 2) * sizeof(*changed));
	variable = alloca(sizeof(SHIM_PRELOAD) + strlen(shim_own_path) + 1 + length + 1);
	sprintf(variable, SHIM_PRELOAD "%s%s%s", is_served ? shim_own_path : "", is_served && *others ? ":" : "", others);
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
