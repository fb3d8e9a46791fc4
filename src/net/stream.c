/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream socket with a path, at which passt, QEMU's -netdev stream or a second run listens. Frames
 * are gathered and written by one call when the card has no more, and many are read by one call. A
 * far end that goes loses what was not sent; a new connection begins with a whole frame.
 */
#include "net/backends.h"

#include <errno.h>
#include <string.h>

#include "net/framing.h"
#include "net/line.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/os_stream.h"
#include "util/reason.h"

/* Frames are written when this much was gathered, or before the card sleeps. */
#define GATHER_SIZE (64 * 1024u)
/* A call reads at most so often, because a far end may send more and more that is no frame. */
#define READS_MAX   4
#define OUT_SIZE    (GATHER_SIZE + 2 * (NET_FRAME_SIZE_MAX + FRAMING_PREFIX))

#define PADDED_SIZE      60u
#define TYPE_AT          12u
#define TYPE_IPV4        0x0800u
#define TYPE_IPV6        0x86ddu
#define IPV6_HEADER_SIZE 40u

struct stream {
	struct net_port port;
	struct line line;
	char *directory;                    /* of the socket */
	const char *name;                   /* behind the directory, in the same memory */
	bool wants_room;
	uint32_t out_start, out_end;        /* the bytes that are to be sent */
	unsigned char out[OUT_SIZE];
	struct framing in;
};

static struct stream *stream_of(struct net_port *port)
{
	return container_of(port, struct stream, port);
}

static int check(const struct net_port_init *init, const char *argument, char *why)
{
	const char *slash = strrchr(argument, '/');

	if (argument[0] != '/')
		return net_refuse(why, -EINVAL, "net \"%s\": the path must begin with a slash, because programs of a "
				  "run have directories of their own", init->spec);
	if (!slash[1])
		return net_refuse(why, -EINVAL, "net \"%s\": that is a directory, not a socket", init->spec);
	return 0;
}

static int create(const struct net_port_init *init, const char *argument, struct net_port **port)
{
	struct stream *stream = ALLOC(struct stream);
	char *slash;

	(void)init;
	if (!stream)
		return -ENOMEM;
	stream->directory = alloc_text(argument);
	if (!stream->directory) {
		free(stream);
		return -ENOMEM;
	}
	slash = strrchr(stream->directory, '/');
	stream->name = slash + 1;
	*slash = 0;
	*port = &stream->port;
	return 0;
}

static void free_stream(struct net_port *port)
{
	free(stream_of(port)->directory);
}

static int open_stream(struct net_port *port)
{
	struct stream *stream = stream_of(port);

	return os_stream_connect(stream->directory[0] ? stream->directory : "/", stream->name, 0);
}

static int start(struct net_port *port)
{
	return line_start(&stream_of(port)->line, port, open_stream);
}

static bool look(struct net_port *port)
{
	struct stream *stream = stream_of(port);
	bool is_new, is_there = line_look(&stream->line, &is_new);

	if (is_new) {
		stream->out_start = stream->out_end = 0;
		stream->wants_room = false;
		framing_reset(&stream->in);
	}
	return is_there;
}

/* The far end broke a rule, which is told once. */
static void broke_a_rule(struct stream *stream, const char *what)
{
	if (!stream->port.stats->errors)
		(void)REASON(-EPROTO, "%s/%s: the far end %s", stream->directory, stream->name, what);
	net_count(&stream->port.stats->errors, 1);
}

/* Sends what was gathered, as far as the far end takes it now. */
static void flush(struct stream *stream)
{
	ssize_t r = 0;

	while (stream->line.fd && stream->out_start < stream->out_end && r >= 0) {
		int fd = own_fd_enter(stream->line.fd);

		r = fd < 0 ? fd : os_send(fd, stream->out + stream->out_start, stream->out_end - stream->out_start);
		if (fd >= 0)
			own_fd_leave(stream->line.fd);
		if (r > 0)
			stream->out_start += (uint32_t)r;
	}
	if (r < 0 && r != -EAGAIN)
		line_drop(&stream->line);
	if (stream->out_start == stream->out_end)
		stream->out_start = stream->out_end = 0;
}

static bool has_room(const struct stream *stream, uint32_t length)
{
	return OUT_SIZE - stream->out_end >= FRAMING_PREFIX + length;
}

static uint32_t word_at(const unsigned char *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

/*
 * Returns the length of a frame without the bytes that only fill it up to Ethernet's minimum. A
 * stream has no minimum, and passt of Debian 12 takes them for data of TCP.
 */
static uint32_t without_padding(const unsigned char *frame, uint32_t length)
{
	uint32_t needed = length, type;

	if (length != PADDED_SIZE)
		return length;
	type = word_at(frame + TYPE_AT);
	if (type == TYPE_IPV4)
		needed = NET_FRAME_SIZE_MIN + word_at(frame + NET_FRAME_SIZE_MIN + 2);
	else if (type == TYPE_IPV6)
		needed = NET_FRAME_SIZE_MIN + IPV6_HEADER_SIZE + word_at(frame + NET_FRAME_SIZE_MIN + 4);
	return needed > NET_FRAME_SIZE_MIN && needed < length ? needed : length;
}

static void gather(struct stream *stream, const struct iovec *part, unsigned int parts, uint32_t length)
{
	unsigned char *frame = stream->out + stream->out_end + FRAMING_PREFIX, *to = frame;

	for (unsigned int i = 0; i < parts; i++) {
		memcpy(to, part[i].iov_base, part[i].iov_len);
		to += part[i].iov_len;
	}
	length = without_padding(frame, length);
	framing_put_length(frame - FRAMING_PREFIX, length);
	stream->out_end += FRAMING_PREFIX + length;
}

static int send(struct net_port *port, const struct iovec *part, unsigned int parts, uint32_t length)
{
	struct stream *stream = stream_of(port);

	if (!look(port))
		return -ENETDOWN;
	if (!has_room(stream, length))
		flush(stream);
	if (!stream->line.fd)
		return -ENETDOWN;
	if (!has_room(stream, length)) {
		stream->wants_room = true;
		return -EAGAIN;
	}
	gather(stream, part, parts, length);
	if (stream->out_end - stream->out_start >= GATHER_SIZE)
		flush(stream);
	return 0;
}

/* Receives bytes, or drops the connection. Returns whether there are more bytes. */
static bool receive(struct stream *stream)
{
	uint32_t room;
	void *to = framing_room(&stream->in, &room);
	int fd = own_fd_enter(stream->line.fd);
	ssize_t r = fd < 0 ? fd : os_receive(fd, to, room);

	if (fd >= 0)
		own_fd_leave(stream->line.fd);
	if (r > 0)
		framing_add(&stream->in, (uint32_t)r);
	if (r > 0 || r == -EAGAIN)
		return r > 0;
	if (framing_is_torn(&stream->in))
		broke_a_rule(stream, "has closed in the middle of a frame");
	line_drop(&stream->line);
	return false;
}

static const void *peek(struct net_port *port, uint32_t *length)
{
	struct stream *stream = stream_of(port);
	uint64_t runts = stream->in.runts;
	const void *frame = NULL;
	int r = 0, reads = 0;

	if (!look(port))
		return NULL;
	do
		r = framing_peek(&stream->in, &frame, length);
	while (!r && !frame && reads++ < READS_MAX && receive(stream));
	if (stream->in.runts != runts)
		broke_a_rule(stream, "has sent a frame that is too short");
	if (r) {
		broke_a_rule(stream, "has sent a length that no frame has");
		line_drop(&stream->line);
	}
	return frame;
}

static void pop(struct net_port *port)
{
	framing_pop(&stream_of(port)->in);
}

static bool poll(struct net_port *port)
{
	struct stream *stream = stream_of(port);
	uint32_t length;

	if (!look(port))
		return false;
	flush(stream);
	if (peek(port, &length))
		return true;
	if (!stream->line.fd)
		return false;
	if (stream->wants_room && has_room(stream, NET_FRAME_SIZE_MAX)) {
		stream->wants_room = false;
		return true;
	}
	line_ask(&stream->line, stream->out_start < stream->out_end);
	return false;
}

static void stop(struct net_port *port)
{
	struct stream *stream = stream_of(port);

	if (look(port))
		flush(stream);
	line_stop(&stream->line);
}

const struct net_backend net_stream = {
	.name = "unix", .takes_argument = true, .check = check, .create = create, .start = start, .stop = stop,
	.link = look, .send = send, .peek = peek, .pop = pop, .poll = poll, .free = free_stream,
};
