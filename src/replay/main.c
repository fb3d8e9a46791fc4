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

struct options {
	bool is_here, is_list, is_all, may_be_partial, is_help;
	char **of_run;
	unsigned int of_run_count;
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

/* Returns whether the word is an option of this program. */
static bool take(struct options *options, const char *word)
{
	const struct {
		const char *name;
		bool *is_given;
	} own[] = {
		{ "--here", &options->is_here }, { "--list", &options->is_list }, { "--all", &options->is_all },
		{ "--partial", &options->may_be_partial }, { "--help", &options->is_help },
	};

	for (size_t i = 0; i < ARRAY_COUNT(own); i++) {
		if (!strcmp(word, own[i].name)) {
			*own[i].is_given = true;
			return true;
		}
	}
	return false;
}

/* Takes our own options from among the words. Of what is left, the last one is the file, and the others are run's. */
static void parse(struct options *options, int argc, char **argv)
{
	int left = 1;

	for (int i = 1; i < argc; i++)
		if (!take(options, argv[i]))
			argv[left++] = argv[i];
	if (left == 1)
		return;
	options->file = argv[left - 1];
	options->of_run = argv + 1;
	options->of_run_count = (unsigned int)left - 2;
}

/* Complains unless the options can be followed. */
static bool are_good(const struct options *options)
{
	if (!options->file)
		replay_complain("usage: spapr-tce replay [OPTION]... FILE");
	else if (options->of_run_count && (options->is_here || options->is_list))
		replay_complain("\"%s\": %s takes no options of spapr-tce run, because it starts none", options->of_run[0],
				options->is_list ? "--list" : "--here");
	else
		return true;
	return false;
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

static void print_calls(const struct replay *replay, const struct recording *recording)
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
}

static void print_sum(const struct replay *replay, const struct recording *recording)
{
	if (recording->count)
		print_calls(replay, recording);
	else
		printf("0 records: no program of the run made a call, or none could write to the file\n");
	if (recording->torn)
		printf("bytes skipped, of blocks that killed programs had begun to write: %llu\n",
		       (unsigned long long)recording->torn);
	if (recording->missing)
		printf("records missing, because their programs ended before they wrote them: %llu\n",
		       (unsigned long long)recording->missing);
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

static int replay_file(struct replay *replay, const struct options *options, const char *program, const char *self)
{
	char why[RECORDING_WHY_SIZE];
	const void *bytes = NULL;
	size_t size = 0;
	int r = load(options->file, &bytes, &size);

	if (r) {
		replay_complain("%s: %s", options->file, r == -EINVAL ? "it is not a plain file" : strerror(-r));
		return EXIT_REPLAY;
	}
	if (recording_parse(&replay->recording, bytes ? bytes : "", size, options->may_be_partial, why)) {
		replay_complain("%s: %s", options->file, why);
		return EXIT_REPLAY;
	}
	replay->is_all = options->is_all;
	if (options->is_list)
		return replay_list(&replay->recording);
	return options->is_here ? play_here(replay) : replay_launch(replay, program, self, options->of_run,
								 options->of_run_count, options->file);
}

int main(int argc, char **argv)
{
	static struct replay replay;
	const char *program = getenv("SPAPR_TCE_PROGRAM");
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct options options = { 0 };
	int status;

	self[length > 0 ? length : 0] = '\0';
	parse(&options, argc, argv);
	if (options.is_help) {
		print_help();
		return EXIT_EQUAL;
	}
	if (!are_good(&options))
		return EXIT_REPLAY;
	status = replay_file(&replay, &options, program ? program : "spapr-tce", self);
	recording_fini(&replay.recording);
	return status;
}
