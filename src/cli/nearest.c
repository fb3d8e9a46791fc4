/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements nearest.h by the edit distance: letters inserted, dropped, changed, or swapped with their
 * neighbour. A name is near if a third of the word's letters, at most 3, must change.
 */
#include "nearest.h"

#include <stdio.h>
#include <string.h>

#define LENGTH_MAX 63u
#define CHANGES_MAX 3u

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[LENGTH_MAX + 1][LENGTH_MAX + 1];
	unsigned int m = (unsigned int)strlen(a), n = (unsigned int)strlen(b);

	if (m > LENGTH_MAX || n > LENGTH_MAX)
		return LENGTH_MAX;
	for (unsigned int i = 0; i <= m; i++)
		for (unsigned int j = 0; j <= n; j++) {
			if (!i || !j) {
				row[i][j] = i + j;
				continue;
			}
			row[i][j] = least(row[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
					  least(row[i - 1][j], row[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[i][j] = least(row[i][j], row[i - 2][j - 2] + 1);
		}
	return row[m][n];
}

void nearest_init(struct nearest *nearest, const char *word)
{
	*nearest = (struct nearest){ .word = word, .distance = least((unsigned int)(strlen(word) + 2) / 3, CHANGES_MAX) + 1 };
}

void nearest_consider(struct nearest *nearest, const char *name)
{
	unsigned int changes = distance(nearest->word, name);

	if (changes >= nearest->distance)
		return;
	nearest->distance = changes;
	nearest->best = name;
}

const char *nearest_hint(const struct nearest *nearest)
{
	static char hint[128];

	hint[0] = 0;
	if (nearest->best)
		snprintf(hint, sizeof(hint), "; did you mean '%s'", nearest->best);
	return hint;
}
