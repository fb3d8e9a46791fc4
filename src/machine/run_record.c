/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements run_record.h. A replay makes the same host, but not with the user's files: a disk has
 * its size, and is in memory. What the recorded host took from its own machine is written out.
 */
#include "machine/run_record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/run_shared.h"
#include "recording/file.h"
#include "util/os.h"

bool run_record_is_wanted(const struct stce_config *config)
{
	for (unsigned int i = 0; i < config->line_count; i++)
		if (!strcmp(config->line[i].option, "record"))
			return true;
	return false;
}

static bool is_the_hosts(const char *option)
{
	static const char *const names[] = { "pin", "share", "strict", "eeh" };

	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		if (!strcmp(option, names[i]))
			return true;
	return false;
}

/* The limit is written out, because the user who replays may have another one. */
static void put_memlock(const struct stce_config *config, FILE *to)
{
	const uint64_t limit = config->memlock ? config->memlock : os_may_lock_any() ? UINT64_MAX : os_memlock_limit();

	if (limit == UINT64_MAX)
		fputs("memlock 16777215T\n", to);   /* the largest that is a size */
	else
		fprintf(to, "memlock %llu\n", (unsigned long long)limit);
}

static void put_options(const struct stce_config *config, FILE *to)
{
	unsigned int function = 0;

	fprintf(to, "platform %s\n", config->platform->name);
	fprintf(to, "page-size %s\n", config->page_shift == log2_of(4 * KIB) ? "4K" : "64K");
	put_memlock(config, to);
	for (unsigned int i = 0; i < config->line_count; i++) {
		if (is_the_hosts(config->line[i].option)) {
			fprintf(to, "%s %s\n", config->line[i].option, config->line[i].value);
		} else if (!strcmp(config->line[i].option, "device") && function < config->function_count) {
			fputs("device ", to);
			config_function_record(&config->function[function++], to);
			putc('\n', to);
		}
	}
}

int run_record_create(const struct stce_config *config, char *why)
{
	char *options = NULL;
	size_t size = 0;
	FILE *to;
	int r;

	if (!run_record_is_wanted(config))
		return 0;
	to = open_memstream(&options, &size);
	if (!to)
		return config_why(why, -ENOMEM, "out of memory");
	put_options(config, to);
	r = fclose(to) ? -ENOMEM : recording_file_create(options);
	free(options);
	return r ? config_why(why, r, "record %s: %s", recording_file_path(),
			      r == -EINVAL ? "it is not a plain file" : strerrordesc_np(-r)) : 0;
}

#define LOOK(state, to, field) \
	run_shared_look(state, to, sizeof(*(to)), offsetof(struct run_shared, recorded.field))

/*
 * A program looks at has_ended between the last record of a block and the write. So the number that is read here
 * counts the records of each block that is still written, even behind the end.
 */
void run_record_finish(int state)
{
	struct recording_block end = { .kind = RECORDING_END };
	const bool now = true;
	uint8_t had_ended;   /* a program may have written any value */
	int r = 0;

	LOOK(state, &had_ended, has_ended);
	os_pwrite(state, &now, sizeof(now), offsetof(struct run_shared, recorded.has_ended));
	atomic_thread_fence(memory_order_seq_cst);
	LOOK(state, &end.first, number);
	if (!had_ended)
		r = recording_file_put(&end);
	if (r)
		recording_file_tell_end(r);
	recording_file_close();
}
