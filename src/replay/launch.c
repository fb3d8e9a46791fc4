/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts spapr-tce run with the recorded options, then those of the user, and this program below
 * it. A recording may come from anywhere, so its options may make a host, but name no file.
 */
#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct words {
	char **word;
	size_t count;
	bool has_failed;
};

static void add(struct words *words, const char *text)
{
	char **more = reallocarray(words->word, words->count + 2, sizeof(*more)), *copy = strdup(text);

	if (more)
		words->word = more;
	if (!more || !copy) {
		words->has_failed = true;
		free(copy);
		return;
	}
	more[words->count++] = copy;
	more[words->count] = NULL;
}

static void words_fini(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->word[i]);
	free(words->word);
}

/* QEMU cannot map registers unless it is told to, and the player is not QEMU. */
static bool maps_no_registers(struct recording *recording)
{
	const struct recording_record *record;
	bool watches = false;
	uint32_t process;

	while (!watches && (record = recording_next(recording, &process)))
		watches = record->kind == RECORDING_WATCHES;
	recording_rewind(recording);
	return watches;
}

static bool has_word(const char *const *words, const char *text, size_t length)
{
	for (; *words; words++)
		if (strlen(*words) == length && !strncmp(*words, text, length))
			return true;
	return false;
}

/* Returns whether a line is what run --record writes. */
static bool may_have(const char *line)
{
	static const char *const names[] = {
		"platform", "page-size", "memlock", "pin", "share", "strict", "eeh", "device", NULL,
	};
	static const char *const files[] = { "file", "net", "pcap", NULL };
	const size_t name = strcspn(line, " ");

	if (!has_word(names, line, name))
		return false;
	for (const char *word = strchr(line, ','); word; word = strchr(word, ',')) {
		word++;
		if (has_word(files, word, strcspn(word, "=")))
			return false;
	}
	return true;
}

static void add_option(struct words *words, const char *line, bool has_maps)
{
	const size_t name = strcspn(line, " ");
	const char *value = line[name] ? line + name + 1 : "";
	const bool is_device = name == strlen("device") && !strncmp(line, "device", name);
	char *option = NULL;

	if (asprintf(&option, "--%.*s=%s%s", (int)name, line, value,
		     is_device && !has_maps && !strstr(value, ",mmap=") ? ",mmap=off" : "") < 0) {
		words->has_failed = true;
		return;
	}
	add(words, option);
	free(option);
}

/* Returns a line that is refused, or NULL. */
static const char *add_options(struct words *words, char *text, bool has_maps)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (*line && !may_have(line))
			return line;
		if (*line)
			add_option(words, line, has_maps);
	}
	return NULL;
}

int replay_launch(struct replay *replay, const char *program, const char *self, char *const *options,
		  unsigned int option_count, const char *file)
{
	struct recording *recording = &replay->recording;
	struct words words = { 0 };
	const char *refused;

	add(&words, program);
	add(&words, "run");
	add(&words, "--quiet");
	refused = add_options(&words, recording->options, !maps_no_registers(recording));
	if (refused) {
		replay_complain("%s: its option \"%s\" is none that a recording has", file, refused);
		words_fini(&words);
		return EXIT_REPLAY;
	}
	for (unsigned int i = 0; i < option_count; i++)
		add(&words, options[i]);
	add(&words, "--");
	add(&words, self);
	if (recording->is_partial)
		add(&words, "--partial");
	if (replay->is_all)
		add(&words, "--all");
	add(&words, "--here");
	add(&words, file);
	if (!words.has_failed)
		execvp(program, words.word);
	replay_complain("%s: %s", program, strerror(words.has_failed ? ENOMEM : errno));
	words_fini(&words);
	return EXIT_REPLAY;
}
