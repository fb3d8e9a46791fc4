/* SPDX-License-Identifier: BSD-2-Clause */
/* Owns the descriptors of this player, which have other numbers than the recorded ones. */
#include "replay.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Linux refuses larger numbers by default (fs.nr_open). */
#define NUMBERS_MAX (1u << 20)
#define NAME_SIZE   64

struct number {
	int fd;                      /* plus 1; 0: none */
	bool is_device;
	char name[NAME_SIZE];
	int event;                   /* plus 1; 0: none */
};

static struct number *numbers;
static size_t number_count;

static struct number *find(uint64_t recorded)
{
	return recorded < number_count ? &numbers[recorded] : NULL;
}

static struct number *need(uint64_t recorded)
{
	struct number *more;

	if (recorded < number_count)
		return &numbers[recorded];
	if (recorded >= NUMBERS_MAX)
		return NULL;
	more = realloc(numbers, (recorded + 1) * sizeof(*more));
	if (!more)
		return NULL;
	memset(more + number_count, 0, (recorded + 1 - number_count) * sizeof(*more));
	numbers = more;
	number_count = recorded + 1;
	return &numbers[recorded];
}

int replay_fd(uint64_t recorded)
{
	const struct number *number = find(recorded);

	return number ? number->fd - 1 : -1;
}

const char *replay_fd_name(uint64_t recorded)
{
	const struct number *number = find(recorded);

	return number && number->fd ? number->name : "not known";
}

bool replay_fd_is_device(uint64_t recorded)
{
	const struct number *number = find(recorded);

	return number && number->fd && number->is_device;
}

void replay_fd_set(uint64_t recorded, int fd, const char *name, bool is_device)
{
	char copy[NAME_SIZE];
	struct number *number;

	/* The name may be in what is moved. */
	snprintf(copy, sizeof(copy), "%s", name);
	replay_fd_close(recorded);
	number = need(recorded);
	if (!number)
		return;
	number->fd = fd + 1;
	number->is_device = is_device;
	memcpy(number->name, copy, sizeof(copy));
}

void replay_fd_close(uint64_t recorded)
{
	struct number *number = find(recorded);

	if (number && number->fd)
		close(number->fd - 1);
	if (number)
		number->fd = 0;
}

int replay_eventfd(uint64_t recorded)
{
	struct number *number = need(recorded);

	if (!number)
		return -1;
	if (!number->event)
		number->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) + 1;
	return number->event - 1;
}
