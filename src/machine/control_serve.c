/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the request of one client, finds its verb, and sends the answer (control.h: I1, I2). Nothing
 * that a client does, or fails to do, lasts longer than the patience here.
 */
#include "machine/control_serve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine/control.h"
#include "util/os.h"
#include "util/os_stream.h"

#define REQUEST_NS UINT64_C(2000000000)
#define ANSWER_NS  UINT64_C(10000000000)

/* Waits until the socket can be used. -ETIMEDOUT: its client takes too long; -ECANCELED: the channel ends. */
static int await(struct control_client *client, bool to_write, uint64_t end)
{
	uint64_t now = os_now_ns();
	int r;

	if (now >= end)
		return -ETIMEDOUT;
	r = os_stream_wait(own_fd_peek(client->socket), to_write, own_fd_peek(client->wake),
			   (unsigned int)((end - now) / 1000000 + 1));
	if (r == 1 || r == -EINTR)
		return 0;
	return r ? r : os_now_ns() >= end ? -ETIMEDOUT : -ECANCELED;
}

/* Reads or writes once, as far as it goes without waiting. */
static ssize_t move(struct control_client *client, char *from, size_t size, bool to_write)
{
	int fd = own_fd_enter(client->socket);
	ssize_t r;

	if (fd < 0)
		return fd;
	r = to_write ? os_send(fd, from, size) : os_receive(fd, from, size);
	own_fd_leave(client->socket);
	return r;
}

/* Reads until the line ends. Returns 0, -ENODATA if nothing came, -EMSGSIZE, or -errno. */
static int read_request(struct control_client *client, char line[CONTROL_REQUEST_MAX])
{
	uint64_t end = os_now_ns() + REQUEST_NS;
	size_t size = 0;
	char *found;

	while (size < CONTROL_REQUEST_MAX) {
		int wait = await(client, false, end);
		ssize_t r = wait ? wait : move(client, line + size, CONTROL_REQUEST_MAX - size, false);

		if (r == -EAGAIN)
			continue;
		if (r <= 0)
			return r ? (int)r : -ENODATA;
		found = memchr(line + size, '\n', (size_t)r);
		size += (size_t)r;
		if (!found)
			continue;
		*found = 0;
		return 0;
	}
	return -EMSGSIZE;
}

static int send_all(struct control_client *client, char *text, size_t size)
{
	uint64_t end = os_now_ns() + ANSWER_NS;

	while (size) {
		int wait = await(client, true, end);
		ssize_t r = wait ? wait : move(client, text, size, true);

		if (r == -EAGAIN)
			continue;
		if (r < 0)
			return (int)r;
		text += r;
		size -= (size_t)r;
	}
	return 0;
}

/* Splits a line into a verb and its arguments, without blanks around them. */
static void split(char *line, char **verb, char **arguments)
{
	char *end;

	for (end = line + strlen(line); end > line && strchr(" \t\r", end[-1]);)
		*--end = 0;
	*verb = line + strspn(line, " \t");
	*arguments = *verb + strcspn(*verb, " \t");
	if (!**arguments)
		return;
	*(*arguments)++ = 0;
	*arguments += strspn(*arguments, " \t");
}

static int handle(struct stce_machine *machine, char *line, struct control_answer *answer)
{
	char *verb, *arguments;
	int r;

	split(line, &verb, &arguments);
	for (const struct control_verb *row = control_verbs; row->name; row++) {
		if (strcmp(row->name, verb))
			continue;
		r = row->handle(machine, arguments, answer);
		if (!r && answer->is_cut)
			return control_refuse(answer, -ENOMEM, "the answer is too long, or there is no memory for it");
		return r;
	}
	return control_refuse(answer, -ENOENT, "this program does not know the request \"%.64s\"", verb);
}

static bool may_ask(struct control_client *client)
{
	struct os_stream_peer peer;
	int fd = own_fd_enter(client->socket), r;

	if (fd < 0)
		return false;
	r = os_stream_peer(fd, &peer);
	own_fd_leave(client->socket);
	return !r && (!peer.uid || peer.uid == os_user());
}

static void answer_request(struct control_client *client, int r, struct control_answer *answer)
{
	char first[STCE_WHY_SIZE + 16];

	if (r && !answer->why[0])
		control_refuse(answer, r, "%s", strerrordesc_np(-r));
	answer->why[strcspn(answer->why, "\n")] = 0;
	snprintf(first, sizeof(first), r ? "error: %s\n" : "ok\n", answer->why);
	if (!send_all(client, first, strlen(first)) && !r)
		send_all(client, answer->text, answer->size);
}

/* A stranger is read, too, because what is not read when the socket is closed would take the refusal from it. */
void control_serve(struct control_client *client)
{
	struct control_answer answer = { .size = 0 };
	char line[CONTROL_REQUEST_MAX];
	int r;

	r = read_request(client, line);
	/* A client that has gone, or asks nothing, gets no answer. */
	if (r && r != -EMSGSIZE && r != -ETIMEDOUT)
		return;
	if (!may_ask(client))
		r = control_refuse(&answer, -EPERM, "the program belongs to another user");
	else if (r)
		r = control_refuse(&answer, r, r == -EMSGSIZE ? "the request is longer than %u bytes" :
				   "the request, of at most %u bytes, did not end with its line in time",
				   CONTROL_REQUEST_MAX - 1);
	else
		r = handle(client->machine, line, &answer);
	answer_request(client, r, &answer);
	control_answer_fini(&answer);
}
