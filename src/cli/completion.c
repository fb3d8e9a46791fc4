/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce completion bash|zsh prints a script for the shell. The script asks `spapr-tce completion
 * words` for the words that can stand where the cursor is, so that commands, options, devices and
 * trace events come from the tables that the program itself reads, and the scripts do not grow.
 */
#include "cli.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <spapr-tce/machine.h>

#include "options.h"

#define WORD_SIZE 512

/* These lines leave the word to the shell. */
#define FILES    ":files"
#define COMMANDS ":commands"

static const char bash_script[] =
	"# bash completion for spapr-tce: . <(spapr-tce completion bash)\n"
	"_spapr_tce() {\n"
	"    local cur=${COMP_WORDS[COMP_CWORD]} line\n"
	"    [ \"$cur\" != = ] || cur=\n"
	"    COMPREPLY=()\n"
	"    while IFS= read -r line; do\n"
	"        case $line in\n"
	"        :files) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=(\"$line\"); done \\\n"
	"            < <(compgen -f -- \"$cur\") ;;\n"
	"        :commands) while IFS= read -r line; do COMPREPLY+=(\"$line\"); done < <(compgen -c -- \"$cur\") ;;\n"
	"        \"$cur\"*) COMPREPLY+=(\"$line\") ;;\n"
	"        esac\n"
	"    done < <(\"${COMP_WORDS[0]}\" completion words \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
	"    [[ ${COMPREPLY[0]-} != *[,=] ]] || compopt -o nospace 2>/dev/null\n"
	"    return 0\n"
	"}\n"
	"complete -F _spapr_tce spapr-tce\n";

static const char zsh_script[] =
	"#compdef spapr-tce\n"
	"# zsh completion for spapr-tce: . <(spapr-tce completion zsh), after compinit\n"
	"_spapr_tce() {\n"
	"    local line\n"
	"    for line in \"${(@f)$(\"${words[1]}\" completion words \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
	"        case $line in\n"
	"        :files) _files ;;\n"
	"        :commands) _command_names -e ;;\n"
	"        *[,=]) compadd -S '' -- \"$line\" ;;\n"
	"        ?*) compadd -- \"$line\" ;;\n"
	"        esac\n"
	"    done\n"
	"}\n"
	"compdef _spapr_tce spapr-tce\n";

static const struct command *const *all_commands;

/* What stands in the word before the value: "--trace=" if the shell does not cut there. */
static char lead[WORD_SIZE];

static void put(const char *before, size_t length, const char *word, const char *after)
{
	printf("%s%.*s%s%s\n", lead, (int)length, before, word, after);
}

/* Prints the choices of a value such as "off|on|node", after what stands before it; else leaves it to the shell. */
static void put_choices(const char *before, size_t length, const char *value)
{
	char word[WORD_SIZE];

	if (!strchr(value, '|')) {
		if (!lead[0] && strstr(value, "FILE"))
			puts(FILES);
		return;
	}
	while (*value) {
		size_t size = strcspn(value, "|");

		snprintf(word, sizeof(word), "%.*s", (int)size, value);
		put(before, length, word, "");
		value += size + (value[size] == '|');
	}
}

static void put_events(const char *word)
{
	const char *comma = strrchr(word, ',');
	size_t length = comma ? (size_t)(comma + 1 - word) : 0;
	const char *name;

	/* A name may be taken out of the list. */
	length += word[length] == '-' || word[length] == '!';
	for (unsigned int n = 0; (name = stce_trace_event(n)); n++)
		put(word, length, name, "");
}

static void put_properties(const char *word)
{
	const char *last = strrchr(word, ',') + 1, *equals = strchr(last, '=');
	const struct stce_option *property;
	char type[WORD_SIZE];

	snprintf(type, sizeof(type), "%.*s", (int)strcspn(word, ","), word);
	for (unsigned int n = 0; (property = stce_device_option(type, n)); n++) {
		size_t length = strlen(property->name);

		if (!equals)
			put(word, (size_t)(last - word), property->name, "=");
		else if (length == (size_t)(equals - last) && !strncmp(property->name, last, length) &&
			 strchr(property->value, '|'))
			put_choices(word, (size_t)(equals + 1 - word), property->value);
	}
}

static void put_devices(const char *word)
{
	const struct stce_option *type;

	if (strchr(word, ',')) {
		put_properties(word);
		return;
	}
	for (unsigned int n = 0; (type = stce_device_type(n)); n++) {
		put("", 0, type->name, "");
		put("", 0, type->name, ",");
	}
}

static void put_platforms(void)
{
	struct stce_platform platform;

	for (unsigned int n = 0; !stce_platform(n, &platform, sizeof(platform)); n++)
		put("", 0, platform.name, "");
}

static const struct stce_option *find_option(const char *word)
{
	const struct stce_option *row;

	for (unsigned int n = 0; !strncmp(word, "--", 2) && (row = options_row(n)); n++)
		if (strlen(row->name) == strcspn(word + 2, "=") && !strncmp(row->name, word + 2, strlen(row->name)))
			return row;
	return NULL;
}

/* Prints the values of an option that can stand in the place of this one. */
static void put_values(const struct stce_option *row, const char *value)
{
	if (!strcmp(row->name, "trace"))
		put_events(value);
	else if (!strcmp(row->name, "device"))
		put_devices(value);
	else if (!strcmp(row->name, "platform"))
		put_platforms();
	else
		put_choices("", 0, row->value);
}

/* Returns the index of the program among the words of run; count if there is none. */
static int program_at(char **words, int count)
{
	int i = 0;

	while (i < count && words[i][0] == '-') {
		const struct stce_option *row = find_option(words[i]);

		if (!strcmp(words[i], "--"))
			return i + 1;
		/* bash cuts a word at '='. */
		if (row && i + 1 < count && !strcmp(words[i + 1], "="))
			i += 3;
		else
			i += row && row->value[0] && !strchr(words[i], '=') ? 2 : 1;
	}
	return i;
}

static void put_options(void)
{
	const struct stce_option *row;

	for (unsigned int n = 0; (row = options_row(n)); n++)
		printf("--%s\n", row->name);
}

/* The last of the words of `spapr-tce run` is to be completed. */
static void put_run(char **words, int count)
{
	char *word = words[count - 1];
	int program = program_at(words, count - 1);
	bool is_cut = count > 1 && !strcmp(word, "=");
	const struct stce_option *row = NULL;

	if (is_cut || (count > 2 && !strcmp(words[count - 2], "="))) {
		row = find_option(words[count - (is_cut ? 2 : 3)]);
		word = is_cut ? word + 1 : word;
	} else if (program == count) {
		row = find_option(words[count - 2]);
	} else if (program == count - 1 && strchr(word, '=') && (row = find_option(word))) {
		snprintf(lead, sizeof(lead), "%.*s", (int)(strchr(word, '=') + 1 - word), word);
		word = strchr(word, '=') + 1;
	}
	if (row)
		put_values(row, word);
	else if (program < count - 1)
		puts(FILES);
	else if (word[0] == '-')
		put_options();
	else
		puts(COMMANDS);
}

void completion_know(const struct command *const *commands)
{
	all_commands = commands;
}

static void put_commands(void)
{
	for (size_t i = 0; all_commands[i]; i++)
		puts(all_commands[i]->name);
}

/* The last word is to be completed; the first is the command. */
static void put_words(char **words, int count)
{
	if (count == 1 || (count == 2 && !strcmp(words[0], "help")))
		put_commands();
	else if (!strcmp(words[0], "run"))
		put_run(words + 1, count - 1);
	else if (!strcmp(words[0], "platform"))
		put_platforms();
	else if (!strcmp(words[0], "completion"))
		puts("bash\nzsh");
	else
		puts(FILES);
}

static int completion(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "words")) {
		put_words(argv + 2, argc - 2);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "bash"))
		fputs(bash_script, stdout);
	else if (argc == 2 && !strcmp(argv[1], "zsh"))
		fputs(zsh_script, stdout);
	else {
		complain("usage: spapr-tce completion bash|zsh");
		return EXIT_OURS;
	}
	return 0;
}

static void completion_help(void)
{
	printf("usage: spapr-tce completion bash|zsh\n\n"
	       "Prints a script that completes the program's commands, options, devices and trace events:\n\n"
	       "    . <(spapr-tce completion bash)      in ~/.bashrc\n"
	       "    . <(spapr-tce completion zsh)       in ~/.zshrc, after compinit\n");
}

const struct command command_completion = {
	.name = "completion",
	.arguments = "bash|zsh",
	.text = "print a script that completes commands in a shell",
	.run = completion,
	.help = completion_help,
};
