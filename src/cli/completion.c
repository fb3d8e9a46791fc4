/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce completion bash|zsh prints a script for the shell. The script asks `spapr-tce completion
 * words` for the words that can stand where the cursor is, so that commands, options, devices and
 * trace events come from the tables that the program itself reads, and the scripts do not grow. Each
 * command knows its own words (complete.h).
 */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#include "complete.h"

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

void completion_know(const struct command *const *commands)
{
	all_commands = commands;
}

void complete_commands(void)
{
	for (size_t i = 0; all_commands[i]; i++)
		puts(all_commands[i]->name);
}

/* The last word is to be completed; the first is the command. */
static void put_words(char **words, int count)
{
	if (count == 1) {
		complete_commands();
		return;
	}
	for (size_t i = 0; all_commands[i]; i++)
		if (!strcmp(all_commands[i]->name, words[0]) && all_commands[i]->complete)
			all_commands[i]->complete(words + 1, count - 1);
}

static void complete_shells(char **words, int count)
{
	if (count == 1)
		puts("bash\nzsh");
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
	.complete = complete_shells,
};
