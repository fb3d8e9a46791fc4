/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the options of a function. The first mistake sets `error` and the line in `why`; after that
 * every call returns its default. So a type reads all its options in a row and checks `error` once.
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

/* Refuses unknown and repeated names. */
struct options options_begin(const struct function_type *type,
			     const struct function_init *init, char *why);

bool options_has(const struct options *options, const char *name);
/* The text belongs to struct function_init. This call and those below refuse an empty value. */
const char *options_text(struct options *options, const char *name, const char *otherwise);
/* Returns bytes; the value may end in K, M, G or T. */
uint64_t options_size(struct options *options, const char *name, uint64_t otherwise);
unsigned int options_number(struct options *options, const char *name, unsigned int otherwise,
			    unsigned int least, unsigned int most);
bool options_switch(struct options *options, const char *name, bool otherwise);
/* Sets the error and the line "TYPE: ..." unless an earlier mistake has. */
void options_refuse(struct options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
