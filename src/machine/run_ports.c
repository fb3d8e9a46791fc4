/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The n-th port is the one with n ports before it, in the order of addresses. A program may write
 * anything to the directory and the files there, so a name that is no address is no port.
 */
#include "machine/run_ports.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "net/tally.h"
#include "util/os.h"

#define HEX       "0123456789abcdef"
#define NAME_SIZE (sizeof(TALLY_PREFIX) + STCE_ADDRESS_SIZE)

/* Returns the address in a file's name, or NULL. There is one way to write the address of a function. */
static const char *address_in(const char *file)
{
	static const char *const form[] = { HEX, HEX, HEX, HEX, ":", HEX, HEX, ":", "01", HEX, ".", "01234567" };
	const char *address = file + strlen(TALLY_PREFIX);

	if (strncmp(file, TALLY_PREFIX, strlen(TALLY_PREFIX)))
		return NULL;
	for (size_t i = 0; i < ARRAY_COUNT(form); i++)
		if (!address[i] || !strchr(form[i], address[i]))
			return NULL;
	return address[ARRAY_COUNT(form)] ? NULL : address;
}

/* Finds the lowest address above `after`. Returns false if there is none. */
static bool find_next(DIR *folder, const char *after, char next[STCE_ADDRESS_SIZE])
{
	struct dirent *entry;
	const char *address;
	bool found = false;

	rewinddir(folder);
	while ((entry = readdir(folder))) {
		address = address_in(entry->d_name);
		if (!address || strcmp(address, after) <= 0 || (found && strcmp(address, next) >= 0))
			continue;
		snprintf(next, STCE_ADDRESS_SIZE, "%s", address);
		found = true;
	}
	return found;
}

static bool find(int directory, unsigned int n, char found[STCE_ADDRESS_SIZE])
{
	int fd = os_open_at(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	char after[STCE_ADDRESS_SIZE] = "";
	bool is_there = folder;

	if (!folder) {
		if (fd >= 0)
			os_close(fd);
		return false;
	}
	for (unsigned int i = 0; i <= n && is_there; i++) {
		is_there = find_next(folder, after, found);
		memcpy(after, found, sizeof(after));
	}
	closedir(folder);
	return is_there;
}

static void make_plain(char *text)
{
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '?';
}

bool run_port_read(int directory, unsigned int n, struct stce_port *port)
{
	char address[STCE_ADDRESS_SIZE] = "", file[NAME_SIZE];
	struct tally tally = { .spec = "" };
	struct net_port_stats *stats = &tally.stats;

	if (!find(directory, n, address))
		return false;
	snprintf(file, sizeof(file), TALLY_PREFIX "%s", address);
	if (tally_read(directory, file, &tally))
		tally = (struct tally){ .spec = "?" };
	*port = (struct stce_port){
		.sent_frames = stats->sent_frames,
		.sent_bytes = stats->sent_bytes,
		.received_frames = stats->received_frames,
		.received_bytes = stats->received_bytes,
		.missed = stats->missed,
		.dropped = stats->dropped,
		.errors = stats->errors,
		.link_changes = stats->link_changes,
	};
	memcpy(port->address, address, sizeof(port->address));
	snprintf(port->net, sizeof(port->net), "%s", tally.spec);
	make_plain(port->net);
	return true;
}
