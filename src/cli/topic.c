/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The topics of `spapr-tce help`: the manual pages as plain text, which the build has formatted. A topic is a page's
 * name, with or without "spapr-tce-" before it and its section behind it.
 */
#include "topic.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "companion.h"

#define TEXT_FOLDER "man/text"

/* Does a file such as "spapr-tce-run.1.txt" have this topic's text? */
static bool is_of_topic(const char *file, const char *topic)
{
	static const char prefix[] = "spapr-tce-";
	const char *section = strchr(file, '.');
	size_t length = strlen(topic);

	for (;; file += sizeof(prefix) - 1) {
		if (!strncmp(file, topic, length) && (file + length == section || !strcmp(file + length, ".txt")))
			return true;
		if (strncmp(file, prefix, sizeof(prefix) - 1))
			return false;
	}
}

static int print_file(const char *folder, const char *name)
{
	char path[COMPANION_PATH_SIZE + 300], piece[4096];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	if (!file) {
		complain("cannot read %s", path);
		return EXIT_OURS;
	}
	while ((length = fread(piece, 1, sizeof(piece), file)) > 0)
		fwrite(piece, 1, length, stdout);
	fclose(file);
	return fflush(stdout) ? EXIT_OURS : 0;
}

/* Lists the pages of all sections but 3, which has a page for each function of the library. */
static int is_listed(const struct dirent *entry)
{
	const char *section = strchr(entry->d_name, '.');

	return section && section != entry->d_name && section[1] != '3';
}

static void print_topics(const char *folder)
{
	struct dirent **names;
	int count = scandir(folder, &names, is_listed, alphasort);

	for (int i = 0; i < count; i++) {
		printf("%.*s\n", (int)(strrchr(names[i]->d_name, '.') - names[i]->d_name), names[i]->d_name);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

static int list_topics(const char *folder)
{
	print_topics(folder);
	printf("Each function of the library is a topic, too, such as stce_open.\n");
	return 0;
}

void topic_complete(void)
{
	char folder[COMPANION_PATH_SIZE];

	companion_find(folder, TEXT_FOLDER, STCE_DATA_DIR);
	puts("topics");
	print_topics(folder);
}

bool topic_show(const char *topic, int *status)
{
	char folder[COMPANION_PATH_SIZE], name[256] = "";
	struct dirent *entry;
	DIR *pages;

	companion_find(folder, TEXT_FOLDER, STCE_DATA_DIR);
	pages = opendir(folder);
	if (!pages) {
		complain("there are no topics: %s is missing, because mandoc was not there when spapr-tce was built", folder);
		*status = EXIT_OURS;
		return true;
	}
	while (!name[0] && (entry = readdir(pages)))
		if (is_of_topic(entry->d_name, topic))
			snprintf(name, sizeof(name), "%s", entry->d_name);
	closedir(pages);
	if (name[0])
		*status = print_file(folder, name);
	else if (!strcmp(topic, "topics"))
		*status = list_topics(folder);
	else
		return false;
	return true;
}
