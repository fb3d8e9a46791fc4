/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Removes sockets that programs have left which were killed, have executed another program, or have left by _exit().
 * A number is never used again (util/mm.h), and a process shows that it lives before it has a socket, so no socket of
 * a live program goes. It reads the folder by the kernel's call, because it runs inside open() of the program.
 */
#include "machine/control_sweep.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "util/os.h"

#define NAME_LENGTH 16

static bool is_dead(const char *name, const struct life *life, uint64_t own)
{
	char *end;
	uint64_t mm = strtoull(name, &end, 16);

	return strlen(name) == NAME_LENGTH && !*end && mm != own && !life_is(life, mm);
}

void control_sweep(const char *folder, const struct life *life, uint64_t own)
{
	_Alignas(struct dirent64) char entries[4096];
	int fd = os_open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
	ssize_t size;

	if (fd < 0)
		return;
	while ((size = os_read_folder(fd, entries, sizeof(entries))) > 0)
		for (ssize_t at = 0; at < size;) {
			const struct dirent64 *entry = (const void *)(entries + at);

			if (is_dead(entry->d_name, life, own))
				os_unlink_at(fd, entry->d_name, false);
			at += entry->d_reclen;
		}
	os_close(fd);
}
