/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds a program in the search path, and judges whether our library can be preloaded into it. It
 * reads as much of the file as it needs to know what the kernel and the loader will do with it.
 * Nothing here allocates, takes a lock or uses errno. Telling the user is left to cli/ and shim/.
 */
#include "spapr-tce/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/os.h"
#include "util/reason.h"

/* The kernel follows a chain of this many scripts. [linux fs/exec.c] */
#define SCRIPT_DEPTH 5
/* [execvp(3)] */
#define DEFAULT_SEARCH "/bin:/usr/bin"

/*
 * The ELF header of the object that this file is linked into, by the linker's name. It says what
 * this machine runs.
 */
extern const Elf64_Ehdr own_header __asm__("__ehdr_start") __attribute__((visibility("hidden")));

/* The names of glibc's loaders on all 64-bit machines start so. */
static const char *const loaders[] = { "ld-linux", "ld64.so" };

static const char *const sentences[] = {
	[STCE_PROGRAM_SERVED] = "is served",
	[STCE_PROGRAM_SCRIPT] = "is a script, and its chain of interpreters is longer than the system follows",
	[STCE_PROGRAM_STATIC] = "is linked statically: nothing can be preloaded into it, so it cannot be served",
	[STCE_PROGRAM_FOREIGN] = "is of another architecture: our library cannot be loaded into it",
	[STCE_PROGRAM_OTHER_LIBC] = ("is linked with a C library other than glibc: our library cannot be "
				     "loaded into it"),
	[STCE_PROGRAM_PRIVILEGED] = ("is setuid, setgid or has capabilities: the system loads no library of ours "
				     "into it"),
	[STCE_PROGRAM_SPLIT] = ("has an effective user or group that is not the real one: the system loads no library "
				"of ours into it"),
	[STCE_PROGRAM_UNREADABLE] = "cannot be read, so it cannot be checked",
	[STCE_PROGRAM_UNKNOWN] = "is not a program that this machine can run",
};

static bool is_native(const Elf64_Ehdr *header)
{
	return !memcmp(own_header.e_ident + EI_CLASS, header->e_ident + EI_CLASS, 2) &&
	       own_header.e_machine == header->e_machine;
}

static bool is_glibc_loader(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (unsigned int i = 0; i < ARRAY_COUNT(loaders); i++)
		if (!strncmp(name, loaders[i], strlen(loaders[i])))
			return true;
	return false;
}

/*
 * Judges the loader that a program asks for. A loader asks for none, and preloads into the program
 * that it runs.
 */
static enum stce_program_kind judge_loader(int fd, const Elf64_Ehdr *header, const char *path)
{
	for (unsigned int i = 0; i < header->e_phnum; i++) {
		char loader[STCE_INTERPRETER_SIZE] = "";
		Elf64_Phdr part;

		if (os_pread(fd, &part, sizeof(part), header->e_phoff + (uint64_t)i * header->e_phentsize) !=
		    sizeof(part))
			break;
		if (part.p_type != PT_INTERP)
			continue;
		os_pread(fd, loader, min_u64(part.p_filesz, sizeof(loader) - 1), part.p_offset);
		return is_glibc_loader(loader) ? STCE_PROGRAM_SERVED : STCE_PROGRAM_OTHER_LIBC;
	}
	return is_glibc_loader(path) ? STCE_PROGRAM_SERVED : STCE_PROGRAM_STATIC;
}

/*
 * Decides AT_SECURE as the kernel does; it makes the loader ignore LD_PRELOAD. [linux
 * security/commoncap.c]
 */
static enum stce_program_kind judge_privileges(int fd)
{
	struct os_identity user = os_identity();
	struct os_file_user file;

	if (os_file_user(fd, &file))
		return STCE_PROGRAM_SERVED;
	if (user.gains_by_exec && file.is_heeded &&
	    ((file.mode & S_ISUID && file.uid != user.uid) ||
	     ((file.mode & S_ISGID) && (file.mode & S_IXGRP) && file.gid != user.gid) ||
	     (user.uid && file.has_capabilities)))
		return STCE_PROGRAM_PRIVILEGED;
	return user.euid != user.uid || user.egid != user.gid ? STCE_PROGRAM_SPLIT : STCE_PROGRAM_SERVED;
}

/* Finds the interpreter of a script. execvp(3) runs a text file without "#!" by the shell. */
static void find_interpreter(const char *text, char interpreter[STCE_INTERPRETER_SIZE])
{
	const char *start = text + 2 + strspn(text + 2, " \t");

	if (!strncmp(text, "#!", 2) && strcspn(start, " \t\r\n"))
		snprintf(interpreter, STCE_INTERPRETER_SIZE, "%.*s", (int)strcspn(start, " \t\r\n"), start);
	else
		snprintf(interpreter, STCE_INTERPRETER_SIZE, "/bin/sh");
}

static enum stce_program_kind judge_file(int fd, const char *path, char interpreter[STCE_INTERPRETER_SIZE])
{
	char start[STCE_INTERPRETER_SIZE] = "";
	enum stce_program_kind kind;
	Elf64_Ehdr header;
	ssize_t length = os_pread(fd, start, sizeof(start) - 1, 0);

	if (length < 0)
		return STCE_PROGRAM_UNREADABLE;
	if (length < SELFMAG || memcmp(start, ELFMAG, SELFMAG)) {
		if (memchr(start, '\0', (size_t)length))
			return STCE_PROGRAM_UNKNOWN;
		find_interpreter(start, interpreter);
		return STCE_PROGRAM_SCRIPT;
	}
	memcpy(&header, start, sizeof(header));
	if (length < (ssize_t)sizeof(header) || !is_native(&header))
		return STCE_PROGRAM_FOREIGN;
	kind = judge_loader(fd, &header, path);
	return kind == STCE_PROGRAM_SERVED ? judge_privileges(fd) : kind;
}

/*
 * Judges one file. If it is a script, its interpreter is stored; path and interpreter may be the
 * same memory.
 */
static enum stce_program_kind judge_one(const char *path, char interpreter[STCE_INTERPRETER_SIZE])
{
	enum stce_program_kind kind;
	unsigned int mode;
	int fd;

	/*
	 * Only a regular file is a program. Others are not opened, because the other end of a FIFO,
	 * or a device, would notice.
	 */
	if (os_path_mode(path, &mode) || !S_ISREG(mode))
		return STCE_PROGRAM_UNREADABLE;
	/* O_NONBLOCK: if it becomes a FIFO meanwhile, opening it does not wait. */
	fd = os_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return STCE_PROGRAM_UNREADABLE;
	kind = judge_file(fd, path, interpreter);
	os_close(fd);
	return kind;
}

enum stce_program_kind stce_program_judge(const char *path, char *interpreter)
{
	enum stce_program_kind kind;

	*interpreter = 0;
	kind = judge_one(path, interpreter);
	for (int depth = 1; kind == STCE_PROGRAM_SCRIPT && depth < SCRIPT_DEPTH; depth++)
		kind = judge_one(interpreter, interpreter);
	if (kind == STCE_PROGRAM_SCRIPT)
		*interpreter = 0;
	return kind;
}

char *stce_program_sentence(char *line, size_t size, enum stce_program_kind kind, const char *path,
			    const char *interpreter)
{
	snprintf(line, size, "%s%s%s %s", path, *interpreter ? ": its interpreter " : "", interpreter,
		 sentences[kind]);
	return line;
}

static bool is_program(const char *path)
{
	unsigned int mode;

	return !os_path_mode(path, &mode) && S_ISREG(mode) && os_may_execute(path);
}

/* Looks into each folder in turn. */
static int find_in(const char *folder, const char *name, char *path)
{
	bool was_denied = false;
	unsigned int mode;

	for (;;) {
		int length = (int)strcspn(folder, ":");

		snprintf(path, STCE_PROGRAM_PATH_SIZE, "%.*s%s%s", length, folder, length ? "/" : "./", name);
		if (is_program(path))
			return 0;
		was_denied |= !os_path_mode(path, &mode);
		if (!folder[length])
			return was_denied ? REASON(-EACCES, "no folder has a \"%s\" that may be executed", name) :
					    REASON(-ENOENT, "no folder has a program \"%s\"", name);
		folder += length + 1;
	}
}

int stce_program_find(const char *name, const char *search, char *path)
{
	unsigned int mode;
	int r;

	if (!strchr(name, '/'))
		return *name ? find_in(search ? search : DEFAULT_SEARCH, name, path) :
			       REASON(-ENOENT, "the name is empty");
	snprintf(path, STCE_PROGRAM_PATH_SIZE, "%s", name);
	r = os_path_mode(path, &mode);
	if (r)
		return REASON(r, "%s: %s", name, strerrordesc_np(-r));
	return is_program(path) ? 0 : REASON(-EACCES, "%s may not be executed", name);
}
