/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * starts-oddly FOLDER starts files that are no programs, with bad arguments and environments, and
 * prints each result: the exit status if the program started, the errno if not, and changes in this
 * process (errno after success, descriptors). The output must not depend on who runs it. FOLDER is
 * empty and writable.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../entries.h"

#define LIMIT_SECONDS 600
#define ENTRY_SIZE    (128 * 1024)     /* the longest that Linux takes, with its NUL [linux MAX_ARG_STRLEN] */
#define KEPT_ERRNO    77

extern char **environ;

struct start {
	const char *path;
	char *const *arguments;
	char *const *environment;
};

typedef int (*way_fn)(const struct start *start);

static char *const true_words[] = { (char *)"true", NULL };

/* Returns a page that is followed by an unmapped one. */
static char *last_page(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + size, size, PROT_NONE))
		exit(2);
	return pages;
}

/* Returns the status of a child, which prints a line if the program did not start. */
static int status_of(pid_t child)
{
	int status = 0;

	if (waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int in_child(const struct start *start, int (*exec)(const char *path, char *const *words, char *const *env))
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		unsigned int before = count_entries("/proc/self/fd");

		errno = KEPT_ERRNO;
		exec(start->path, start->arguments, start->environment);
		printf("errno %d, ", errno);
		if (count_entries("/proc/self/fd") != before)
			printf("another number of descriptors, ");
		fflush(stdout);
		_exit(200);
	}
	return status_of(child);
}

static int by_execve(const struct start *start)
{
	return in_child(start, execve);
}

static int by_execvpe(const struct start *start)
{
	return in_child(start, execvpe);
}

static int exec_at(const char *path, char *const *words, char *const *environment)
{
	return execveat(AT_FDCWD, path, words, environment, 0);
}

static int by_execveat(const struct start *start)
{
	return in_child(start, exec_at);
}

static int exec_opened(const char *path, char *const *words, char *const *environment)
{
	int fd = open(path, O_PATH);

	return fd < 0 ? -1 : execveat(fd, "", words, environment, AT_EMPTY_PATH);
}

static int by_descriptor(const struct start *start)
{
	return access(start->path, F_OK) ? 0 : in_child(start, exec_opened);
}

static int by_vfork(const struct start *start)
{
	volatile int error = 0;
	pid_t child = vfork();

	if (!child) {
		execve(start->path, start->arguments, start->environment);
		error = errno;
		_exit(200);
	}
	if (error)
		printf("errno %d, ", error);
	return status_of(child);
}

static int spawned(int r, pid_t child)
{
	if (errno != KEPT_ERRNO)
		printf("errno has become %d, ", errno);
	if (r)
		printf("error %d, ", r);
	return r ? 200 : status_of(child);
}

static int by_spawn(const struct start *start)
{
	pid_t child = 0;
	int r;

	errno = KEPT_ERRNO;
	r = posix_spawn(&child, start->path, NULL, NULL, start->arguments, start->environment);
	return spawned(r, child);
}

static int by_spawnp(const struct start *start)
{
	pid_t child = 0;
	int r;

	errno = KEPT_ERRNO;
	r = posix_spawnp(&child, start->path, NULL, NULL, start->arguments, start->environment);
	return spawned(r, child);
}

static const struct {
	const char *name;
	way_fn way;
} ways[] = {
	{ "execve", by_execve }, { "execvpe", by_execvpe }, { "execveat", by_execveat },
	{ "descriptor", by_descriptor }, { "vfork", by_vfork }, { "spawn", by_spawn }, { "spawnp", by_spawnp },
};

static void try(const char *name, const struct start *start)
{
	for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		unsigned int before = count_entries("/proc/self/fd");
		int status;

		printf("%s by %s: ", name, ways[i].name);
		status = ways[i].way(start);
		printf("%d%s\n", status, count_entries("/proc/self/fd") == before ? "" : ", another number of descriptors");
	}
}

static void try_file(const char *name)
{
	try(name, &(struct start){ name, true_words, environ });
}

static void try_environment(const char *name, char *const *environment)
{
	try(name, &(struct start){ "/bin/true", true_words, environment });
}

static void make(const char *name, const void *bytes, size_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || fchmod(fd, 0755) || close(fd))
		exit(2);
}

static void try_text(const char *name, const char *text)
{
	make(name, text, strlen(text));
	try_file(name);
}

static void scripts(void)
{
	char line[PATH_MAX], folder[PATH_MAX], name[32];

	if (!getcwd(folder, sizeof(folder)))
		exit(2);
	make("script-0", "#!/bin/sh\nexit 7\n", 17);
	for (int i = 1; i < 8; i++) {
		snprintf(name, sizeof(name), "script-%d", i);
		snprintf(line, sizeof(line), "#!%.4000s/script-%d\n", folder, i - 1);
		try_text(name, line);
	}
	snprintf(line, sizeof(line), "#!%.4000s/itself\n", folder);
	try_text("itself", line);
	memset(line, 'x', 400);
	memcpy(line, "#!/", 3);
	strcpy(line + 400, "\n");
	try_text("long", line);
	memset(line + 2, ' ', 398);
	strcpy(line + 400, "/bin/true\n");
	try_text("spaces", line);
	memset(line + 2, '/', 246);
	strcpy(line + 248, "bin/true with words\n");
	try_text("just-so-long", line);
	try_text("nothing", "");
	try_text("mark", "#!");
	try_text("no-interpreter", "#!\n");
	try_text("only-spaces", "#! \t \n");
	try_text("return", "#!/bin/true\r\n");
	try_text("no-end", "#!/bin/true");
	try_text("word", "#! /bin/true \t word\n");
	try_text("relative", "#!script-0\n");
	try_text("not-there", "#!/nowhere/at/all\n");
	try_text("folder-as-interpreter", "#!/bin\n");
	try_text("no-mark", "exit 9\n");
}

static void damaged_programs(void)
{
	static unsigned char bytes[4096];
	Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;
	int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);

	if (read(fd, bytes, sizeof(bytes)) != sizeof(bytes) || close(fd))
		exit(2);
	make("only-magic", bytes, 4);
	try_file("only-magic");
	make("half-a-header", bytes, 40);
	try_file("half-a-header");
	make("only-header", bytes, sizeof(*header));
	try_file("only-header");
	header->e_phnum = 0xffff;
	make("many-parts", bytes, sizeof(bytes));
	try_file("many-parts");
	header->e_phnum = 8;
	header->e_phoff = UINT64_MAX - 8;
	make("parts-nowhere", bytes, sizeof(bytes));
	try_file("parts-nowhere");
	header->e_phoff = sizeof(*header);
	for (unsigned int i = 0; i < 8; i++) {
		Elf64_Phdr *part = (Elf64_Phdr *)(bytes + sizeof(*header)) + i;

		part->p_type = PT_INTERP;
		part->p_filesz = i % 2 ? UINT64_MAX : 0;
		part->p_offset = UINT64_MAX - i;
	}
	make("interpreter-nowhere", bytes, sizeof(bytes));
	try_file("interpreter-nowhere");
}

/*
 * [inotify(7)] Opening the FIFO makes an event. Linux finds out without opening it that it is no
 * program.
 */
static void special_files(void)
{
	char event[sizeof(struct inotify_event) + NAME_MAX + 1];
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (mkfifo("fifo", 0777) || chmod("fifo", 0777) || inotify_add_watch(watch, "fifo", IN_OPEN) < 0)
		exit(2);
	for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (ways[i].way != by_descriptor)
			printf("fifo by %s: %d\n", ways[i].name, ways[i].way(&(struct start){ "./fifo", true_words, environ }));
	printf("fifo was %s\n", read(watch, event, sizeof(event)) < 0 ? "not opened" : "opened");
	close(watch);
	try_file("/dev/null");
	try_file("/bin");
	try_file("/bin/true/");
	try_file("");
	make("locked", "#!/bin/true\n", 12);
	chmod("locked", 0);
	try_file("locked");
}

static char *repeat(const char *start, const char *part, size_t size)
{
	char *whole = malloc(size), *at = stpcpy(whole, start);

	while (at + strlen(part) < whole + size)
		at = stpcpy(at, part);
	return whole;
}

static void environments(void)
{
	char *odd[] = { (char *)"", (char *)"=", (char *)"=x", (char *)"LD_PRELOAD", (char *)"SPAPR_TCE_RUN",
			(char *)"LD_PRELOAD=", (char *)"LD_PRELOAD=", (char *)"LD_PRELOAD= :: ", NULL };
	char *one[2] = { NULL, NULL };

	try_environment("no environment", NULL);
	try_environment("an empty one", one);
	try_environment("odd ones", odd);
	one[0] = repeat("X=", "x", ENTRY_SIZE);
	try_environment("one as long as can be", one);
	one[0] = repeat("X=", "x", ENTRY_SIZE + 1);
	try_environment("one too long", one);
	one[0] = repeat("LD_PRELOAD=", ":", ENTRY_SIZE);
	try_environment("separators to preload", one);
	one[0] = repeat("LD_PRELOAD=", "libm.so.6:", ENTRY_SIZE);
	try_environment("much to preload", one);
	/* glibc's posix_spawn() crashes on this. */
	printf("no words: %d\n", by_execve(&(struct start){ "/bin/true", NULL, environ }));
	printf("no words by vfork: %d\n", by_vfork(&(struct start){ "/bin/true", NULL, environ }));
	try("no word", &(struct start){ "/bin/true", true_words + 1, environ });
}

/* The kernel detects these, and answers EFAULT. */
static void broken_environments(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	char *page = last_page(), **list = (char **)page, *bad[] = { (char *)"A=1", (char *)16, NULL };

	try_environment("a list at 16", (char *const *)16);
	try_environment("an entry at 16", bad);
	for (size_t i = 0; i < size / sizeof(*list); i++)
		list[i] = (char *)"A=1";
	try_environment("a list without an end", list);
	list[size / sizeof(*list) - 1] = NULL;
	try_environment("a list at the end of memory", list);
	try_environment("a short one there", list + size / sizeof(*list) - 2);
	page = last_page() + size - 4;
	bad[1] = strcpy(page, "L=1");
	try_environment("an entry at the end of memory", bad);
}

static void searches(void)
{
	char *name = repeat("", "n", 300), *path = repeat("", "/n", 5000), *long_path = repeat("/bin:", "/x", 5000);
	const char *lists[] = { "", ":", "/bin", "/nowhere:/bin/", "/bin/true:/bin", long_path };

	try_file(name);
	try_file(path);
	for (unsigned int i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		setenv("PATH", lists[i], 1);
		try_file("true");
		try_file("script-1");
		try_file("nobody-has-this");
	}
	unsetenv("PATH");
	try_file("true");
	try_file("script-1");
}

static void *spawn_true(void *context)
{
	char *const none[] = { NULL };

	try("small stack", &(struct start){ "true", true_words, none });
	return NULL;
}

static void small_stack(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 2 * PTHREAD_STACK_MIN);
	if (pthread_create(&thread, &attributes, spawn_true, NULL) || pthread_join(thread, NULL))
		exit(2);
}

int main(int argc, char **argv)
{
	alarm(LIMIT_SECONDS);
	if (argc != 2 || chdir(argv[1]))
		return 2;
	small_stack();
	scripts();
	damaged_programs();
	special_files();
	environments();
	broken_environments();
	searches();
	puts("end");
	return 0;
}
