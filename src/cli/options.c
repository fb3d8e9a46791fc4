/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the options of spapr-tce run from left to right. The program is the first word that is not
 * an option, or the word after "--". The value "help" lists the possible values of --trace and
 * --device.
 */
#include "options.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "hint.h"
#include "option_rows.h"

static int apply_config(struct options *options, const char *value)
{
	char why[STCE_WHY_SIZE] = "";

	if (!stce_config_load(options->config, value, why))
		return 0;
	complain("--config: %s%s", why, hint_for(why));
	return EXIT_OURS;
}

static int apply_report(struct options *options, const char *value)
{
	if (!strcmp(value, "-")) {
		complain("--report -: a report goes into a file, not to standard output; ./- is a file of that name");
		return EXIT_OURS;
	}
	options->report = value;
	return 0;
}

static int apply_quiet(struct options *options, const char *value)
{
	options->is_quiet = true;
	return 0;
}

static int apply_help(struct options *options, const char *value)
{
	options_help();
	options->is_answered = true;
	return 0;
}

/* The options of option_rows.c that are not the library's. */
static const struct own_option {
	const char *name;
	int (*apply)(struct options *options, const char *value);
} own_options[] = {
	{ "config", apply_config }, { "report", apply_report }, { "quiet", apply_quiet }, { "help", apply_help },
};

static void print_option(const struct stce_option *option)
{
	char name[40];

	snprintf(name, sizeof(name), "--%s", option->name);
	print_row(name, option->value, option->text);
}

void options_help(void)
{
	const struct stce_option *option;

	printf("usage: spapr-tce run [OPTION]... -- PROGRAM [ARGUMENT]...\n\n"
	       "Runs an unmodified program on an emulated PowerNV host: the program finds PCI\n"
	       "functions behind /dev/vfio whose DMA goes through TCE tables. The exit status is\n"
	       "the program's, or 125 if spapr-tce itself fails, 126 if the program cannot be run\n"
	       "here, 127 if it is not found.\n\n"
	       "Options:\n");
	for (unsigned int n = 0; (option = option_row(n)); n++)
		print_option(option);
	printf("\nDevices (--device TYPE,help lists the properties of one):\n");
	for (unsigned int n = 0; (option = stce_device_type(n)); n++)
		print_row(option->name, "", option->text);
}

static void print_trace_events(void)
{
	const char *name;

	for (unsigned int n = 0; (name = stce_trace_event(n)); n++)
		printf("%s\n", name);
}

static void print_device_types(void)
{
	const struct stce_option *type;

	for (unsigned int n = 0; (type = stce_device_type(n)); n++)
		print_row(type->name, "", type->text);
}

static int print_device_properties(const char *type)
{
	const struct stce_option *property;
	unsigned int n;

	for (n = 0; (property = stce_device_option(type, n)); n++)
		print_row(property->name, property->value, property->text);
	if (n)
		return 0;
	complain("unknown device type '%s'%s; try --device help", type, hint_type(type));
	return EXIT_OURS;
}

/* Tells whether "help" is one of the words between commas. */
static bool asks_for_help(const char *value)
{
	const char *word = value;

	for (;;) {
		size_t length = strcspn(word, ",");

		if (length == 4 && !strncmp(word, "help", 4))
			return true;
		if (!word[length])
			return false;
		word += length + 1;
	}
}

static int answer_help(struct options *options, const char *name, const char *value)
{
	char type[64];

	options->is_answered = true;
	if (!strcmp(name, "trace")) {
		print_trace_events();
		return 0;
	}
	if (!strncmp(value, "help", strcspn(value, ","))) {
		print_device_types();
		return 0;
	}
	snprintf(type, sizeof(type), "%.*s", (int)strcspn(value, ","), value);
	return print_device_properties(type);
}

static int apply_machine_option(struct options *options, const char *name, const char *value)
{
	char why[STCE_WHY_SIZE] = "";

	if ((!strcmp(name, "trace") || !strcmp(name, "device")) && asks_for_help(value))
		return answer_help(options, name, value);
	if (!stce_config_set(options->config, name, value, why))
		return 0;
	complain("--%s %s: %s%s", name, value, why, hint_for(why));
	return EXIT_OURS;
}

static const struct own_option *find_own(const char *name)
{
	for (size_t i = 0; i < sizeof(own_options) / sizeof(own_options[0]); i++)
		if (!strcmp(own_options[i].name, name))
			return &own_options[i];
	return NULL;
}

/*
 * Parses one option, "--name value" or "--name=value", and sets *used to the number of its words.
 */
static int parse_one(struct options *options, char **words, int *used)
{
	const char *value = strchr(words[0], '=');
	char name[64];
	const struct stce_option *row;
	const struct own_option *own;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(words[0] + 2, "="), words[0] + 2);
	row = strncmp(words[0], "--", 2) ? NULL : option_find(name);
	if (!row) {
		complain("unknown option '%s'%s; try spapr-tce run --help", words[0],
			 strncmp(words[0], "--", 2) ? "" : hint_option(name));
		return EXIT_OURS;
	}
	if (row->value[0] ? !value && !words[1] : !!value) {
		complain(row->value[0] ? "--%s needs a value" : "--%s takes no value", name);
		return EXIT_OURS;
	}
	*used = row->value[0] && !value ? 2 : 1;
	value = value ? value + 1 : words[1];
	own = find_own(name);
	return own ? own->apply(options, value) : apply_machine_option(options, name, value);
}

/*
 * "64 MB" is two words, so its unit would be taken for the program. No program has such a name, as far as
 * that goes behind a number.
 */
static int check_unit(char **words, int at)
{
	static const char *const units[] = { "K", "M", "G", "T", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB" };
	const char *value = at >= 2 ? words[at - 1] : "";

	if (!*value || strspn(value, "0123456789") != strlen(value))
		return 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(units[i], words[at])) {
			complain("%s %s %s: a size is one word, such as %s%c", words[at - 2], value, units[i], value,
				 units[i][0]);
			return EXIT_OURS;
		}
	return 0;
}

int options_parse(struct options *options, int argc, char **argv)
{
	int i = 1, used = 0, status;

	for (; i < argc && argv[i][0] == '-'; i += used) {
		if (!strcmp(argv[i], "--")) {
			i++;
			break;
		}
		status = parse_one(options, argv + i, &used);
		if (status || options->is_answered)
			return status;
	}
	if (i >= argc) {
		complain("there is no program; usage: spapr-tce run [OPTION]... -- PROGRAM [ARGUMENT]...");
		return EXIT_OURS;
	}
	options->program = argv + i;
	return strcmp(argv[i - 1], "--") ? check_unit(argv, i) : 0;
}
