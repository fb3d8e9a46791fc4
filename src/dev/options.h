/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the options of a function. The first thing wrong makes the line of
 * text and the error; after that every call answers its default, so that a
 * type reads all its options in a row and looks at `error` once.
 */
#ifndef STCE_DEV_OPTIONS_H
#define STCE_DEV_OPTIONS_H

#include "dev/function.h"

struct options {
	const char *type;
	const struct function_init *init;
	char *why;
	int error;      /* 0, or -EINVAL */
};

/* Refuses unknown and repeated names at once. */
struct options options_begin(const struct function_type *type,
			     const struct function_init *init, char *why);

bool options_has(const struct options *options, const char *name);
/* Borrowed from the init. Empty values are refused, here and below. */
const char *options_text(struct options *options, const char *name, const char *otherwise);
/* Bytes, with K, M, G or T behind them. */
uint64_t options_size(struct options *options, const char *name, uint64_t otherwise);
unsigned int options_number(struct options *options, const char *name, unsigned int otherwise,
			    unsigned int least, unsigned int most);
bool options_switch(struct options *options, const char *name, bool otherwise);
/* Makes the line "TYPE: ..." unless there is one. */
void options_refuse(struct options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
