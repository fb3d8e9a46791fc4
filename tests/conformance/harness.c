/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the cases as KTAP, or the random sequences of some seeds. */
#include "conformance.h"

#include <stdarg.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <linux/capability.h>
#include <sys/syscall.h>

#define SKIPPED 4

const char *group_path, *second_group_path, *device_name, *second_device_name, *sibling_name;
uint64_t page;
char *arena;
int container = -1, group = -1;

static const char *case_id, *who = "";
static long locked_before;

extern const struct test_case *const __start_cases[], *const __stop_cases[];

static const char *error_name(long error)
{
	static const struct { int number; const char *name; } names[] = {
#define NAME(e) { e, #e }
		NAME(EPERM), NAME(ENOENT), NAME(EINTR), NAME(EIO), NAME(ENXIO), NAME(E2BIG), NAME(EBADF),
		NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES), NAME(EFAULT), NAME(EBUSY), NAME(EEXIST),
		NAME(ENODEV), NAME(EINVAL), NAME(ENFILE), NAME(EMFILE), NAME(ENOTTY), NAME(ENOSPC),
		NAME(ESPIPE), NAME(ERANGE), NAME(ENOSYS), NAME(EBADFD), NAME(EOPNOTSUPP),
#undef NAME
	};
	static char number[24];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].number == error)
			return names[i].name;
	snprintf(number, sizeof(number), "errno %ld", error);
	return number;
}

/* Returns kB, from the kernel's own file, so that no library call changes it in between. */
static long locked_now(void)
{
	char text[4096];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	char *line;

	if (fd >= 0)
		close(fd);
	if (size <= 0)
		return 0;
	text[size] = '\0';
	line = strstr(text, "VmLck:");
	return line ? strtol(line + 6, NULL, 10) : 0;
}

long answer(long r)
{
	return r < 0 ? -errno : r;
}

static void tell(const char *result, const char *format, va_list list)
{
	long locked = locked_now();

	printf("# %s | %s", case_id, who);
	vprintf(format, list);
	if (result)
		printf(" = %s", result);
	if (locked != locked_before)
		printf(", VmLck %+ld kB", locked - locked_before);
	putchar('\n');
	locked_before = locked;
}

long told(long r, const char *format, ...)
{
	char result[32];
	va_list list;

	if (r < 0)
		snprintf(result, sizeof(result), "%s", error_name(-r));
	else
		snprintf(result, sizeof(result), r > 4096 ? "%#lx" : "%ld", r);
	va_start(list, format);
	tell(result, format, list);
	va_end(list);
	return r;
}

int told_fd(int fd, const char *format, ...)
{
	int error = errno;
	va_list list;

	va_start(list, format);
	tell(fd < 0 ? error_name(error) : "a descriptor", format, list);
	va_end(list);
	return fd;
}

void note(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	tell(NULL, format, list);
	va_end(list);
}

void skip(const char *why)
{
	printf("# skip: %s\n", why);
	exit(SKIPPED);
}

long must(long r, const char *what)
{
	if (r < 0) {
		printf("# set-up failed: %s: %s\n", what, error_name(errno));
		exit(1);
	}
	return r;
}

void become_child(void)
{
	who = "child: ";
	locked_before = locked_now();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void in_child(void (*fn)(void))
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		become_child();
		fn();
		exit(0);
	}
	waitpid(child, NULL, 0);
}

void limit_memory(uint64_t bytes)
{
	struct rlimit limit = { bytes, bytes };
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	must(setrlimit(RLIMIT_MEMLOCK, &limit), "setrlimit");
	must(syscall(SYS_capget, &header, data), "capget");
	data[0].effective &= ~(1U << CAP_IPC_LOCK);
	must(syscall(SYS_capset, &header, data), "capset");
}

/*
 * The arena is aligned to 16 MiB and to nothing larger, because answers depend on whether an
 * address suits a window's huge pages. Nothing else is in its 16 MiB.
 */
static void make_arena(void)
{
	uint64_t alignment = 16 << 20, largest_page = 1 << 30, size = ARENA_PAGES * page;
	char *room = mmap(NULL, 2 * largest_page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	must(room == MAP_FAILED ? -1 : 0, "mmap");
	room += (-(uintptr_t)room & (largest_page - 1)) + alignment;
	arena = mmap(room, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	must(arena == MAP_FAILED ? -1 : 0, "mmap");
	madvise(arena, size, MADV_NOHUGEPAGE);
	memset(arena, 0x5a, size);
}

/* Returns the exit status, or 128 plus the signal. */
static int run_child(void (*run)(const void *), const void *argument)
{
	int result = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		alarm(60);
		make_arena();
		locked_before = locked_now();
		run(argument);
		exit(0);
	}
	waitpid(child, &result, 0);
	return WIFEXITED(result) ? WEXITSTATUS(result) : 128 + WTERMSIG(result);
}

static void run_case(const void *argument)
{
	const struct test_case *test = argument;

	test->run();
}

/* A part is the cases of one file, and has its name without ".c". */
static bool is_chosen(const struct test_case *test, const char *part, const char *only)
{
	size_t size = strlen(test->file) - 2;

	return (!part || (!strncmp(test->file, part, size) && !part[size])) && (!only || !strcmp(only, test->id));
}

/* The random parts, and the prefix of their seeds' names. */
static const struct random_part {
	const char *name;
	char letter;
	void (*run)(uint64_t seed, int steps);
} random_parts[] = {
	{ "random", 'S', run_random },
	{ "random-kvm", 'R', run_random_kvm },
};

static void print_parts(void)
{
	const char *last = "";

	for (size_t i = 0; i < sizeof(random_parts) / sizeof(*random_parts); i++)
		puts(random_parts[i].name);
	for (const struct test_case *const *test = __start_cases; test < __stop_cases; test++) {
		if (strcmp(last, (*test)->file))
			printf("%.*s\n", (int)strlen((*test)->file) - 2, (*test)->file);
		last = (*test)->file;
	}
}

/* A line of a transcript is found by the name of its case, so names must be unique. */
static void check_names(void)
{
	for (const struct test_case *const *a = __start_cases; a < __stop_cases; a++)
		for (const struct test_case *const *b = a + 1; b < __stop_cases; b++)
			if (!strcmp((*a)->id, (*b)->id)) {
				fprintf(stderr, "conformance: two cases are named %s\n", (*a)->id);
				exit(2);
			}
}

static int run_cases(const char *part, const char *only)
{
	int count = 0, failed = 0, number = 0;

	for (const struct test_case *const *test = __start_cases; test < __stop_cases; test++)
		count += is_chosen(*test, part, only);
	if (!count) {
		printf("1..0 # SKIP no case has that name\n");
		return SKIPPED;
	}
	printf("KTAP version 1\n1..%d\n", count);
	for (const struct test_case *const *entry = __start_cases; entry < __stop_cases; entry++) {
		const struct test_case *test = *entry;
		int result;

		if (!is_chosen(test, part, only))
			continue;
		replace_used_up_groups();
		case_id = test->id;
		result = run_child(run_case, test);
		failed += result && result != SKIPPED;
		printf("%sok %d %s %s%s", result && result != SKIPPED ? "not " : "", ++number, test->id, test->title,
		       result == SKIPPED ? " # SKIP" : "");
		if (result && result != SKIPPED)
			printf(" # status %d", result);
		putchar('\n');
	}
	return failed ? 1 : 0;
}

struct sequence {
	const struct random_part *part;
	uint64_t seed;
	int steps;
};

static void run_sequence(const void *argument)
{
	const struct sequence *sequence = argument;

	sequence->part->run(sequence->seed, sequence->steps);
}

static int run_seeds(const char *part, uint64_t first, uint64_t last, int steps)
{
	struct sequence sequence = { .part = random_parts, .steps = steps };
	int failed = 0;

	for (size_t i = 0; part && i < sizeof(random_parts) / sizeof(*random_parts); i++)
		if (!strcmp(random_parts[i].name, part))
			sequence.part = &random_parts[i];
	printf("KTAP version 1\n1..%d\n", (int)(last - first + 1));
	for (uint64_t seed = first; seed <= last; seed++) {
		char id[32];
		int result;

		snprintf(id, sizeof(id), "%c%03u", sequence.part->letter, (unsigned int)seed);
		case_id = id;
		sequence.seed = seed;
		result = run_child(run_sequence, &sequence);
		failed += result != 0;
		printf("%sok %d %s %d random calls", result ? "not " : "", (int)(seed - first + 1), id, steps);
		printf(result ? " # status %d\n" : "\n", result);
	}
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *size = getenv("CONFORMANCE_PAGE_SIZE"), *only = getenv("CONFORMANCE_ONLY");
	const char *seeds = getenv("CONFORMANCE_SEEDS"), *steps = getenv("CONFORMANCE_STEPS");
	const char *part = getenv("CONFORMANCE_PART");
	char *end;

	check_names();
	if (argc == 2 && !strcmp(argv[1], "--parts")) {
		print_parts();
		return 0;
	}
	if (argc < 2) {
		printf("1..0 # SKIP no group was named\n");
		return SKIPPED;
	}
	page = size && *size ? strtoull(size, NULL, 0) : (uint64_t)sysconf(_SC_PAGESIZE);
	group_path = path_of(argv[1]);
	device_name = argc > 2 ? argv[2] : NULL;
	second_group_path = argc > 3 ? path_of(argv[3]) : NULL;
	second_device_name = argc > 4 ? argv[4] : NULL;
	sibling_name = argc > 5 ? argv[5] : NULL;
	if (argc > 7)
		have_spares(argv + 6, argc - 6);
	if (access(group_path, F_OK) || access("/dev/vfio/vfio", F_OK)) {
		printf("1..0 # SKIP there is no %s\n", group_path);
		return SKIPPED;
	}
	if (seeds && *seeds) {
		uint64_t first = strtoull(seeds, &end, 0);

		return run_seeds(part, first, *end == '-' ? strtoull(end + 1, NULL, 0) : first,
				 steps && *steps ? atoi(steps) : 300);
	}
	return run_cases(part && *part ? part : NULL, only && *only ? only : NULL);
}
