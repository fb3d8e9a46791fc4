/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start of spapr-tce-replay, which `spapr-tce replay` runs. Without --here it starts spapr-tce run with itself
 * below; with --here it makes the calls where it is, which may be a real kernel.
 */
#include "replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct wish {
	bool is_here, is_list, is_all, may_be_partial;
	char **options;              /* for spapr-tce run */
	unsigned int option_count;
	const char *file;
};

void replay_complain(const char *format, ...)
{
	va_list arguments;

	fputs("spapr-tce: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	putc('\n', stderr);
}

static void print_help(void)
{
	printf("usage: spapr-tce replay [OPTION]... FILE\n\n"
	       "Makes the calls of a recording again, which spapr-tce run --record FILE has made, on\n"
	       "the host that was recorded, and tells where the first answer differs. The exit\n"
	       "status is 0 if all are equal, 1 if one differs, 125 if the file cannot be replayed.\n\n"
	       "Options:\n"
	       "  --list                 print the records, and make no call\n"
	       "  --all                  tell all answers that differ, not only the first\n"
	       "  --partial              accept a file without its end, of a run that was killed\n"
	       "  --here                 make the calls on this machine's /dev/vfio, not below a run\n"
	       "  --help                 show this\n"
	       "All other options are those of spapr-tce run, and change the host: --platform NAME\n"
	       "replays on another one, and --trace reason tells why calls are refused.\n");
}

/* Returns false if the words are not understood. The last one is the file. */
static bool parse(struct wish *wish, int argc, char **argv)
{
	int i = 1;

	for (; i < argc && !strncmp(argv[i], "--", 2); i++) {
		if (!strcmp(argv[i], "--here"))
			wish->is_here = true;
		else if (!strcmp(argv[i], "--list"))
			wish->is_list = true;
		else if (!strcmp(argv[i], "--all"))
			wish->is_all = true;
		else if (!strcmp(argv[i], "--partial"))
			wish->may_be_partial = true;
		else
			break;
	}
	wish->options = argv + i;
	wish->option_count = i < argc ? (unsigned int)(argc - 1 - i) : 0;
	wish->file = i < argc ? argv[argc - 1] : NULL;
	return wish->file && (!wish->option_count || (!wish->is_here && !wish->is_list));
}

/* Maps the file. -errno. */
static int load(const char *path, const void **bytes, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st)) {
		r = -errno;
	} else if (!S_ISREG(st.st_mode)) {
		r = -EINVAL;
	} else if (st.st_size) {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		r = map == MAP_FAILED ? -errno : 0;
		*bytes = map;
		*size = r ? 0 : (size_t)st.st_size;
	}
	if (fd >= 0)
		close(fd);
	return r;
}

static void print_sum(const struct replay *replay, const struct recording *recording)
{
	const struct replay_shared *shared = replay->shared;

	printf("%llu records, %llu calls made: ", (unsigned long long)recording->count,
	       (unsigned long long)atomic_load(&shared->calls));
	if (atomic_load(&shared->differing))
		printf("answers that differ: %llu\n", (unsigned long long)atomic_load(&shared->differing));
	else
		printf("all answers are equal\n");
	printf("register accesses made: %llu; reads of other values: %llu; DMA recorded: %llu\n",
	       (unsigned long long)atomic_load(&shared->accesses), (unsigned long long)atomic_load(&shared->values),
	       (unsigned long long)atomic_load(&shared->dma));
	if (atomic_load(&shared->skipped))
		printf("calls skipped, because their file, memory or data are not known here: %llu\n",
		       (unsigned long long)atomic_load(&shared->skipped));
	if (recording->torn)
		printf("bytes skipped, of blocks that killed programs had begun to write: %llu\n",
		       (unsigned long long)recording->torn);
	if (recording->missing)
		printf("records missing, because their programs ended before they wrote them: %llu\n", (unsigned long long)recording->missing);
}

static int play_here(struct replay *replay)
{
	int status;

	if (getpagesize() != (int)replay->recording.header.page_size)
		replay_complain("the recording is of a machine with pages of %u bytes, and those here have %d",
				replay->recording.header.page_size, getpagesize());
	status = replay_all(replay);
	if (!status)
		print_sum(replay, &replay->recording);
	return !status && atomic_load(&replay->shared->differing) ? EXIT_DIFFERS : status;
}

static int replay_file(struct replay *replay, const struct wish *wish, const char *program, const char *self)
{
	char why[RECORDING_WHY_SIZE];
	const void *bytes = NULL;
	size_t size = 0;
	int r = load(wish->file, &bytes, &size);

	if (r) {
		replay_complain("%s: %s", wish->file, r == -EINVAL ? "it is not a plain file" : strerror(-r));
		return EXIT_REPLAY;
	}
	if (recording_parse(&replay->recording, bytes ? bytes : "", size, wish->may_be_partial, why)) {
		replay_complain("%s: %s", wish->file, why);
		return EXIT_REPLAY;
	}
	replay->goes_on = wish->is_all;
	if (wish->is_list)
		return replay_list(&replay->recording);
	return wish->is_here ? play_here(replay) : replay_launch(replay, program, self, wish->options,
								 wish->option_count, wish->file);
}

int main(int argc, char **argv)
{
	static struct replay replay;
	const char *program = getenv("SPAPR_TCE_PROGRAM");
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct wish wish = { 0 };
	int status;

	self[length > 0 ? length : 0] = '\0';
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		print_help();
		return EXIT_EQUAL;
	}
	if (!parse(&wish, argc, argv)) {
		replay_complain("usage: spapr-tce replay [OPTION]... FILE");
		return EXIT_REPLAY;
	}
	status = replay_file(&replay, &wish, program ? program : "spapr-tce", self);
	recording_fini(&replay.recording);
	return status;
}
