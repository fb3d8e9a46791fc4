/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parses the values of a function's options, and writes one clear line about the first that is
 * wrong. The types decide what a value means.
 */
#include "dev/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	char letter;
	unsigned int shift;
} units[] = {
	{ 'K', 10 }, { 'M', 20 }, { 'G', 30 }, { 'T', 40 },
};

void options_refuse(struct options *options, const char *format, ...)
{
	char text[FUNCTION_WHY_SIZE - 16];
	va_list args;

	if (options->error)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	options->error = function_refuse(options->why, -EINVAL, "%.12s: %s", options->type, text);
}

static void list_names(char *list, size_t size, const struct function_option_help *help)
{
	size_t used = 0;

	snprintf(list, size, "none");
	for (; help->name && used < size; help++)
		used += (size_t)snprintf(list + used, size - used, "%s%s", used ? ", " : "",
					 help->name);
}

static bool is_known(const struct function_option_help *help, const char *name)
{
	for (; help->name; help++)
		if (!strcmp(help->name, name))
			return true;
	return false;
}

static unsigned int count_of(const struct function_init *init, const char *name)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < init->option_count; i++)
		n += !strcmp(init->options[i].name, name);
	return n;
}

struct options options_begin(const struct function_type *type,
			     const struct function_init *init, char *why)
{
	struct options options = { .type = type->name, .init = init, .why = why };
	char known[128];

	list_names(known, sizeof(known), type->options);
	for (unsigned int i = 0; i < init->option_count; i++) {
		const char *name = init->options[i].name;

		if (!is_known(type->options, name))
			options_refuse(&options, "unknown property \"%s\" (its own: %s)", name,
				       known);
		else if (count_of(init, name) > 1)
			options_refuse(&options, "property \"%s\" is given twice", name);
	}
	return options;
}

bool options_has(const struct options *options, const char *name)
{
	return count_of(options->init, name);
}

/* Returns NULL if the option is not given or an error has been found before. */
static const char *value_of(struct options *options, const char *name)
{
	const struct function_init *init = options->init;

	for (unsigned int i = 0; i < init->option_count && !options->error; i++) {
		if (strcmp(init->options[i].name, name))
			continue;
		if (init->options[i].value[0])
			return init->options[i].value;
		options_refuse(options, "%s= is empty", name);
	}
	return NULL;
}

const char *options_text(struct options *options, const char *name, const char *otherwise)
{
	const char *value = value_of(options, name);

	return value ? value : otherwise;
}

/* Accepts decimal digits only; strtoull() would accept signs, spaces and other bases. */
static const char *parse_digits(const char *text, uint64_t *number)
{
	*number = 0;
	if (!isdigit((unsigned char)*text))
		return NULL;
	for (; isdigit((unsigned char)*text); text++)
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, (uint64_t)(*text - '0'), number))
			return NULL;
	return text;
}

static bool parse_size(const char *text, uint64_t *size)
{
	text = parse_digits(text, size);
	if (!text || !*text)
		return text;
	for (size_t i = 0; i < ARRAY_COUNT(units); i++)
		if (toupper((unsigned char)*text) == units[i].letter)
			return !text[1] &&
			       !__builtin_mul_overflow(*size, bit64(units[i].shift), size);
	return false;
}

uint64_t options_size(struct options *options, const char *name, uint64_t otherwise)
{
	const char *value = value_of(options, name);
	uint64_t size;

	if (!value)
		return otherwise;
	if (!parse_size(value, &size)) {
		options_refuse(options, "%s=%s is not a size (such as 512, 64M or 1G)", name,
			       value);
		return otherwise;
	}
	return size;
}

unsigned int options_number(struct options *options, const char *name, unsigned int otherwise,
			    unsigned int least, unsigned int most)
{
	const char *value = value_of(options, name);
	const char *end;
	uint64_t number;

	if (!value)
		return otherwise;
	end = parse_digits(value, &number);
	if (!end || *end || number < least || number > most) {
		options_refuse(options, "%s=%s is not a number from %u to %u", name, value, least,
			       most);
		return otherwise;
	}
	return (unsigned int)number;
}

bool options_switch(struct options *options, const char *name, bool otherwise)
{
	const char *value = value_of(options, name);

	if (!value)
		return otherwise;
	if (!strcmp(value, "on"))
		return true;
	if (strcmp(value, "off"))
		options_refuse(options, "%s=%s is neither on nor off", name, value);
	return false;
}
