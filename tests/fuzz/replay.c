/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces libFuzzer's main(): runs each file of the given folders, and prints one line of TAP at the
 * end. It prints the name of each file first, so if an input ends the program, the last name is its.
 */
#include <dirent.h>

#include "fuzz.h"

#define INPUT_MAX (1 << 20)

static unsigned int done, failed;

static void replay(const char *directory, const char *name)
{
	static uint8_t bytes[INPUT_MAX];
	char path[1024];
	uint8_t *exact;
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	if (!file) {
		printf("# %s cannot be read\n", name);
		failed++;
		return;
	}
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	printf("# %s\n", name);
	fflush(stdout);
	/* The copy has exactly this size, so a sanitizer notices a read behind it. */
	exact = malloc(size + !size);
	FUZZ_CHECK(exact);
	memcpy(exact, bytes, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	done++;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		DIR *directory = opendir(argv[i]);
		struct dirent *entry;

		while (directory && (entry = readdir(directory)))
			if (entry->d_name[0] != '.')
				replay(argv[i], entry->d_name);
		if (directory)
			closedir(directory);
	}
	printf("1..1\n%sok 1 - %u inputs of the corpus are survived\n", failed || !done ? "not " : "", done);
	return failed || !done;
}
