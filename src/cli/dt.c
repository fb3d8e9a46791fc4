/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce dt prints, node by node, what a device tree says about DMA windows.
 * <spapr-tce/devtree.h> does the checks.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spapr-tce/devtree.h>

#include "complete.h"

#define TREE_MAX (64u << 20)
#define EXIT_DEFECT 1

static const char *const words[] = {
	[STCE_TREE_FACT] = "tree ",
	[STCE_TREE_GUEST] = "Linux",
	[STCE_TREE_DEFECT] = "WRONG",
};

struct printer {
	char node[256];     /* node of the last line */
};

static void print_line(void *context, enum stce_tree_kind kind, const char *node, const char *text)
{
	struct printer *printer = context;

	if (strcmp(printer->node, node))
		printf("%s\n", node);
	snprintf(printer->node, sizeof(printer->node), "%s", node);
	printf("  %s  %s\n", words[kind], text);
}

/* Returns the whole file, which the caller frees, or NULL after complaining. */
static void *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *bytes = file ? malloc(TREE_MAX) : NULL;
	int error = errno;

	*size = bytes ? fread(bytes, 1, TREE_MAX, file) : 0;
	if (bytes && ferror(file)) {
		error = errno;
		free(bytes);
		bytes = NULL;
	}
	if (file)
		fclose(file);
	if (!bytes)
		complain("%s: %s", path, strerror(error));
	return bytes;
}

static int dt(int argc, char **argv)
{
	struct printer printer = { "" };
	void *tree;
	size_t size;
	int defects;

	if (argc != 2) {
		complain("dt takes one file");
		return EXIT_OURS;
	}
	tree = read_file(argv[1], &size);
	if (!tree)
		return EXIT_OURS;
	defects = stce_tree_check(tree, size, print_line, &printer);
	free(tree);
	if (defects < 0) {
		complain("%s: %s", argv[1], stce_last_reason());
		return EXIT_OURS;
	}
	return defects ? EXIT_DEFECT : 0;
}

static void dt_help(void)
{
	printf("usage: spapr-tce dt FILE.dtb\n\n"
	       "Prints the DMA windows of each bridge of a device tree, what a Linux guest will do\n"
	       "with them, and what is wrong. The exit status is 1 if anything is wrong.\n\n"
	       "QEMU writes the tree of a machine: -machine pseries,dumpdtb=FILE.dtb\n");
}

const struct command command_dt = {
	.name = "dt",
	.arguments = "FILE.dtb",
	.text = "check the DMA windows of a device tree",
	.run = dt,
	.help = dt_help,
	.complete = complete_one_file,
};
