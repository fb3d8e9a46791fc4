/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device trees, whole or damaged. Reading one ends, stays inside it, and counts the defects that it
 * tells.
 */
#include "fuzz.h"

#include <errno.h>

#include "spapr-tce.h"

struct told {
	int lines, defects;
};

static void on_line(void *context, enum stce_tree_kind kind, const char *node, const char *text)
{
	struct told *told = context;

	FUZZ_CHECK(kind <= STCE_TREE_DEFECT);
	FUZZ_CHECK(node[0] != '\n' && text[0]);
	told->lines++;
	told->defects += kind == STCE_TREE_DEFECT;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told told = { 0 };
	/* A copy of exactly this size, so that a read beyond it is noticed. */
	uint8_t *tree = malloc(size ? size : 1);
	int r;

	FUZZ_CHECK(tree);
	fuzz_calls++;
	memcpy(tree, data, size);
	r = stce_tree_check(tree, size, on_line, &told);
	FUZZ_CHECK(r == -EINVAL ? !told.lines : r == told.defects && told.lines);
	free(tree);
	return 0;
}
