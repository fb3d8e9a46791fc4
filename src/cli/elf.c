/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads as much of a program's file as tells its kind.
 */
#include "elf.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The program's own header says what this machine runs. */
static bool is_native(const Elf64_Ehdr *header)
{
	Elf64_Ehdr own;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	bool same = fd >= 0 && pread(fd, &own, sizeof(own), 0) == sizeof(own) &&
		    !memcmp(own.e_ident + EI_CLASS, header->e_ident + EI_CLASS, 2) &&
		    own.e_machine == header->e_machine;

	if (fd >= 0)
		close(fd);
	return same;
}

static bool has_loader(int fd, const Elf64_Ehdr *header)
{
	for (unsigned int i = 0; i < header->e_phnum; i++) {
		Elf64_Phdr part;

		if (pread(fd, &part, sizeof(part), (off_t)(header->e_phoff + i * header->e_phentsize)) != sizeof(part))
			return false;
		if (part.p_type == PT_INTERP)
			return true;
	}
	return false;
}

/* As the kernel decides AT_SECURE: whether this user gains something by running it. */
static bool gains_privileges(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return false;
	return ((st.st_mode & S_ISUID) && st.st_uid != getuid()) ||
	       ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP) && st.st_gid != getgid()) ||
	       (getuid() && fgetxattr(fd, "security.capability", NULL, 0) > 0);
}

/* Without "#!", execvp(3) gives a text file to the shell. */
static void find_interpreter(const char *text, char interpreter[INTERPRETER_SIZE])
{
	const char *start = text + 2 + strspn(text + 2, " \t");

	if (!strncmp(text, "#!", 2) && strcspn(start, " \t\r\n"))
		snprintf(interpreter, INTERPRETER_SIZE, "%.*s", (int)strcspn(start, " \t\r\n"), start);
	else
		strcpy(interpreter, "/bin/sh");
}

static enum program_kind judge_file(int fd, char interpreter[INTERPRETER_SIZE])
{
	char start[INTERPRETER_SIZE] = "";
	Elf64_Ehdr header;
	ssize_t length = pread(fd, start, sizeof(start) - 1, 0);

	if (length < 0)
		return PROGRAM_UNREADABLE;
	if (length < SELFMAG || memcmp(start, ELFMAG, SELFMAG)) {
		if (memchr(start, '\0', (size_t)length))
			return PROGRAM_UNKNOWN;
		find_interpreter(start, interpreter);
		return PROGRAM_SCRIPT;
	}
	memcpy(&header, start, sizeof(header));
	if (length < (ssize_t)sizeof(header) || !is_native(&header))
		return PROGRAM_FOREIGN;
	if (!has_loader(fd, &header))
		return PROGRAM_STATIC;
	return gains_privileges(fd) ? PROGRAM_PRIVILEGED : PROGRAM_SERVED;
}

enum program_kind program_judge(const char *path, char interpreter[INTERPRETER_SIZE])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum program_kind kind;

	if (fd < 0)
		return PROGRAM_UNREADABLE;
	kind = judge_file(fd, interpreter);
	close(fd);
	return kind;
}
