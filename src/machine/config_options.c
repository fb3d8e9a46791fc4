/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of a machine, one row each. An option is checked when it is set. If it is refused or
 * cannot be kept, the configuration stays as it was. config_load.c checks all options together.
 */
#include "machine/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "recording/file.h"
#include "recording/record.h"
#include "util/alloc.h"
#include "util/history.h"
#include "util/os.h"
#include "util/reason.h"
#include "util/trace.h"
#include "util/trace_file.h"
#include "util/trace_filter.h"
#include "util/trace_format.h"

static int set_platform(struct stce_config *config, const char *value, char *why)
{
	const struct host_platform *platform = host_platform_find(value);

	if (!platform)
		return config_why(why, -EINVAL,
				  "platform \"%s\" is not known (power8, power9, power10, ioda1, p5ioc2, pseries)",
				  value);
	config->platform = platform;
	return 0;
}

static int set_page_size(struct stce_config *config, const char *value, char *why)
{
	uint64_t size;

	if (config_parse_size(value, &size) || (size != 4 * KIB && size != 64 * KIB))
		return config_why(why, -EINVAL, "page-size \"%s\": it must be 4K or 64K", value);
	config->page_shift = log2_of(size);
	return 0;
}

static int set_memlock(struct stce_config *config, const char *value, char *why)
{
	uint64_t size;

	if (config_parse_size(value, &size) || !size)
		return config_why(why, -EINVAL, "memlock \"%s\" is not a size: a number of bytes, or one with K, M, G or T, "
				  "such as 8G", value);
	config->memlock = size;
	return 0;
}

static int set_pin(struct stce_config *config, const char *value, char *why)
{
	if (!strcmp(value, "populate"))
		config->pin_mode = MEM_PIN_POPULATE;
	else if (!strcmp(value, "lazy"))
		config->pin_mode = MEM_PIN_LAZY;
	else
		return config_why(why, -EINVAL, "pin \"%s\": it must be populate or lazy", value);
	return 0;
}

static int set_strict(struct stce_config *config, const char *value, char *why)
{
	if (strcmp(value, "papr"))
		return config_why(why, -EINVAL, "strict \"%s\": it must be papr", value);
	config->strict_papr = true;
	return 0;
}

static int set_history(struct stce_config *config, const char *value, char *why)
{
	if (strcmp(value, "on") && strcmp(value, "off"))
		return config_why(why, -EINVAL, "history \"%s\": it must be on or off", value);
	history_turn(!strcmp(value, "on"));
	return 0;
}

static int set_trace(struct stce_config *config, const char *value, char *why)
{
	const char *bad;

	if (trace_enable(value, &bad))
		return config_why(why, -EINVAL, "no trace event matches \"%.*s\"",
				  (int)strcspn(bad, ","), bad);
	return 0;
}

static int set_trace_group(struct stce_config *config, const char *value, char *why)
{
	return trace_filter_groups(value) ?
		       config_why(why, -EINVAL, "trace-group \"%s\": it must be numbers of groups, such as 1,2", value) : 0;
}

static int set_trace_result(struct stce_config *config, const char *value, char *why)
{
	return trace_filter_result(value) ?
		       config_why(why, -EINVAL, "trace-result \"%s\": it must be ok or error", value) : 0;
}

static int set_trace_range(struct stce_config *config, const char *value, char *why)
{
	return trace_filter_range(value) ?
		       config_why(why, -EINVAL, "trace-range \"%s\": it must be the first and the last bus address, "
				  "such as 0x80000000-0x8000ffff", value) : 0;
}

static int set_trace_format(struct stce_config *config, const char *value, char *why)
{
	return trace_format_set(value) ?
		       config_why(why, -EINVAL, "trace-format \"%s\": it must be text, json or perfetto", value) : 0;
}

static int set_trace_file(struct stce_config *config, const char *value, char *why)
{
	int r = *value ? trace_file_set(value) : -EINVAL;

	return r ? config_why(why, r, "trace-file \"%s\": %s", value, strerrordesc_np(-r)) : 0;
}

/* The programs of a run may be in other directories. */
static char *trace_file_text(const struct stce_config *config)
{
	return alloc_text(trace_file_path());
}

static int set_record(struct stce_config *config, const char *value, char *why)
{
	int r = *value ? recording_file_set(value) : -EINVAL;

	return r ? config_why(why, r, "record \"%s\": %s", value, strerrordesc_np(-r)) : 0;
}

static char *record_text(const struct stce_config *config)
{
	return alloc_text(recording_file_path());
}

static int set_record_data(struct stce_config *config, const char *value, char *why)
{
	if (strcmp(value, "on") && strcmp(value, "off"))
		return config_why(why, -EINVAL, "record-data \"%s\": it must be on or off", value);
	recording_keep_data(!strcmp(value, "on"));
	return 0;
}

static const struct {
	struct stce_option help;
	int (*set)(struct stce_config *config, const char *value, char *why);
	char *(*text)(const struct stce_config *config);   /* the value to keep; NULL: as it was written */
} options[] = {
	{ { "platform", "NAME", "the host: power8, power9 (default), power10, ioda1, p5ioc2 or pseries" },
	  set_platform, NULL },
	{ { "page-size", "4K|64K", "page size of the host, for checks and charges (default: this machine's)" },
	  set_page_size, NULL },
	{ { "memlock", "SIZE", "limit of locked memory (default: RLIMIT_MEMLOCK)" }, set_memlock, NULL },
	{ { "pin", "populate|lazy", "how registered memory is pinned (default: populate)" }, set_pin, NULL },
	{ { "share", "off|on|node", "one hardware table for windows that follow one guest table (default: on)" },
	  config_set_share, NULL },
	{ { "strict", "papr", "hypercalls follow LoPAR where Linux is lenient" }, set_strict, NULL },
	{ { "device", "TYPE,PROP=VALUE,...", "adds a PCI function; \"help\" lists the types" },
	  config_add_function, config_function_text },
	{ { "eeh", "freeze:group=N,...", "freezes a group after so many accesses, e.g. freeze:group=1,after=1000dma" },
	  config_add_rule, NULL },
	{ { "node-owner", "USER[:GROUP]", "owner of /dev/vfio/N (default: the user that starts the run)" },
	  config_set_node_owner, config_node_owner_text },
	{ { "node-mode", "MODE", "mode of /dev/vfio/N, in octal (default: 0600)" }, config_set_node_mode, NULL },
	{ { "history", "on|off", "records MAP, UNMAP and hypercalls for spapr-tce why (default: off)" }, set_history, NULL },
	{ { "record", "FILE", "keeps all calls, hypercalls, register accesses and DMA for spapr-tce replay" },
	  set_record, record_text },
	{ { "record-data", "on|off", "and what devices read in memory, so that a replay repeats it (default: off)" },
	  set_record_data, NULL },
	{ { "trace", "EVENTS", "prints trace events, e.g. vfio_*,-vfio_spapr_map; \"help\" lists them" }, set_trace, NULL },
	{ { "trace-group", "N,...", "of these groups only" }, set_trace_group, NULL },
	{ { "trace-result", "ok|error", "only what succeeded or failed" }, set_trace_result, NULL },
	{ { "trace-range", "FIRST-LAST", "only what concerns these bus addresses" }, set_trace_range, NULL },
	{ { "trace-file", "FILE", "into a file (default: standard error)" }, set_trace_file, trace_file_text },
	{ { "trace-format", "text|json|perfetto", "lines for people, JSON lines, or the viewer Perfetto" },
	  set_trace_format, NULL },
};

const struct stce_option *stce_config_option(unsigned int n)
{
	return n < ARRAY_COUNT(options) ? &options[n].help : NULL;
}

int stce_config_new(struct stce_config **out)
{
	struct stce_config *config = ALLOC(struct stce_config);

	if (!config)
		return REASON(-ENOMEM, "no memory for a config");
	config->platform = host_platform_find("power9");
	config->page_shift = os_page_shift();
	config->share.is_on = true;
	config->node = (struct config_node){ CONFIG_NODE_LAUNCHER, CONFIG_NODE_LAUNCHER, 0600 };
	*out = config;
	return 0;
}

void stce_config_free(struct stce_config *config)
{
	if (!config)
		return;
	for (unsigned int i = 0; i < config->function_count; i++)
		config_function_fini(&config->function[i]);
	for (unsigned int i = 0; i < config->line_count; i++) {
		free(config->line[i].option);
		free(config->line[i].value);
	}
	free(config->function);
	free(config->line);
	free(config);
}

/*
 * Keeps an option as a line, from which the same machine can be built again. It takes value over.
 */
static int add_line(struct stce_config *config, const char *option, char *value)
{
	struct config_line line = { alloc_text(option), value };
	struct config_line *lines =
		alloc_resize(config->line, (config->line_count + 1) * sizeof(line));

	if (lines)
		config->line = lines;
	if (!lines || !line.option || !line.value) {
		free(line.option);
		free(line.value);
		return -ENOMEM;
	}
	config->line[config->line_count++] = line;
	return 0;
}

/* Undoes an option that was set but could not be kept. The arrays may have moved since. */
static void go_back(struct stce_config *config, const struct stce_config *before)
{
	struct config_function *function = config->function;
	struct config_line *line = config->line;

	while (config->function_count > before->function_count)
		config_function_fini(&function[--config->function_count]);
	*config = *before;
	config->function = function;
	config->line = line;
}

int stce_config_set(struct stce_config *config, const char *option, const char *value, char *why)
{
	struct stce_config before = *config;

	if (strchr(value, '\n'))
		return config_why(why, -EINVAL, "the value of \"%s\" has a line break", option);
	for (unsigned int i = 0; i < ARRAY_COUNT(options); i++) {
		int r;

		if (strcmp(options[i].help.name, option))
			continue;
		r = options[i].set(config, value, why);
		if (r)
			return r == -ENOMEM ? config_why(why, r, "out of memory") : r;
		r = add_line(config, option,
			     options[i].text ? options[i].text(config) : alloc_text(value));
		if (r) {
			go_back(config, &before);
			config_why(why, r, "out of memory");
		}
		return r;
	}
	return config_why(why, -ENOENT, "unknown option \"%s\"", option);
}
