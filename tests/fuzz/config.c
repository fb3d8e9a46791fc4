/* SPDX-License-Identifier: BSD-2-Clause */
/* Options as text, one by one and as a file. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "spapr-tce.h"

#define TEXT_MAX 4096

/* Sets "option value" lines. A refusal must store a reason of one line that is terminated. */
static void set_lines(struct stce_config *config, char *text)
{
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n"))) {
		char why[STCE_WHY_SIZE], *value = strchr(line, ' ');
		int r;

		memset(why, 'x', sizeof(why));
		if (value)
			*value++ = 0;
		/* Trace events are global, and would print. */
		if (!strcmp(line, "trace"))
			continue;
		r = stce_config_set(config, line, value ? value : "", why);
		fuzz_calls++;
		FUZZ_CHECK(r <= 0);
		FUZZ_CHECK(!r || memchr(why, 0, sizeof(why)));
	}
}

static void load(struct stce_config *config, const char *text, size_t size)
{
	char path[64], why[STCE_WHY_SIZE];
	int fd = memfd_create("config", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && write(fd, text, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FUZZ_CHECK(stce_config_load(config, path, why) <= 0);
	fuzz_calls++;
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stce_config *config;
	char text[TEXT_MAX + 1];
	bool is_file;

	if (!size || size > TEXT_MAX)
		return 0;
	is_file = data[0] & 1;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = 0;
	FUZZ_CHECK(stce_config_new(&config) == 0);
	if (!is_file)
		set_lines(config, text);
	else if (!strstr(text, "trace"))
		load(config, text, size - 1);
	/* Files that the input names are not opened. */
	if (!strstr((const char *)text, "file"))
		stce_config_check(config, NULL);
	stce_config_free(config);
	return 0;
}
