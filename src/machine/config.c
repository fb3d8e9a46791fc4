/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions that several files of the configuration use: refusals, sizes, and the number of PEs. */
#include "machine/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/reason.h"

int config_why(char *why, int error, const char *format, ...)
{
	char text[STCE_WHY_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (why)
		memcpy(why, text, strlen(text) + 1);
	return error ? REASON(error, "%s", text) : 0;
}

int config_parse_size(const char *text, uint64_t *size)
{
	static const char units[] = "KMGT";
	char *end;
	const char *unit;
	unsigned long long n;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno)
		return -EINVAL;
	unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (*end && (!unit || end[1]))
		return -EINVAL;
	for (long i = unit ? unit - units + 1 : 0; i > 0; i--)
		if (__builtin_mul_overflow(n, 1024ULL, &n))
			return -EINVAL;
	*size = n;
	return 0;
}

unsigned int config_count_pes(const struct stce_config *config)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < config->function_count; i++) {
		unsigned int before = 0;

		while (before < i && config->function[before].group != config->function[i].group)
			before++;
		count += before == i;
	}
	return count;
}
