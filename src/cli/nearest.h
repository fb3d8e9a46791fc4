/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the name that was probably meant by a word that is none. */
#ifndef STCE_CLI_NEAREST_H
#define STCE_CLI_NEAREST_H

struct nearest {
	const char *word;
	const char *best;        /* NULL: none is near */
	unsigned int distance;
};

void nearest_init(struct nearest *nearest, const char *word);
/* Considers a name, which must last. Of equally near ones the first is kept. */
void nearest_consider(struct nearest *nearest, const char *name);
/* Returns "; did you mean 'NAME'", or "" if no name is near. It lasts until the next call. */
const char *nearest_hint(const struct nearest *nearest);

#endif
