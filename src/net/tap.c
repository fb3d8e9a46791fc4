/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tap interface of the host, which exists already or whose making is allowed. Each read and write
 * of its descriptor is one frame, without the packet information that could stand before it.
 */
#include "net/backends.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "net/line.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/reason.h"

#define TUN_PATH "/dev/net/tun"

struct tap {
	struct net_port port;
	struct line line;
	char name[IFNAMSIZ];
	bool wants_room;
	bool was_refused;
	uint32_t length;                     /* of the frame in `in`; 0: there is none */
	unsigned char in[NET_FRAME_SIZE_MAX + 1], out[NET_FRAME_SIZE_MAX];
};

static struct tap *tap_of(struct net_port *port)
{
	return container_of(port, struct tap, port);
}

static int check(const struct net_port_init *init, const char *argument, char *why)
{
	int fd;

	if (!*argument || strlen(argument) >= IFNAMSIZ || strchr(argument, '/') || strchr(argument, '%'))
		return net_refuse(why, -EINVAL, "net \"%s\" is not the name of a network interface", init->spec);
	fd = os_open(TUN_PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK, 0);
	if (fd < 0)
		return net_refuse(why, fd, "net \"%s\": " TUN_PATH ": %s", init->spec, strerrordesc_np(-fd));
	os_close(fd);
	return 0;
}

static int create(const struct net_port_init *init, const char *argument, struct net_port **port)
{
	struct tap *tap = ALLOC(struct tap);

	(void)init;
	if (!tap)
		return -ENOMEM;
	snprintf(tap->name, sizeof(tap->name), "%s", argument);
	*port = &tap->port;
	return 0;
}

static int attach(int fd, const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return (int)os_ioctl(fd, TUNSETIFF, &request);
}

/* Another program may have the interface now, so a refusal is told once and tried again. */
static int open_tap(struct net_port *port)
{
	struct tap *tap = tap_of(port);
	int fd = os_open(TUN_PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK, 0);
	int r = fd < 0 ? fd : attach(fd, tap->name);

	if (!r)
		return fd;
	if (fd >= 0)
		os_close(fd);
	if (!tap->was_refused)
		(void)REASON(r, "the interface %s cannot be opened as a tap", tap->name);
	tap->was_refused = true;
	return r;
}

static int start(struct net_port *port)
{
	return line_start(&tap_of(port)->line, port, open_tap);
}

static void stop(struct net_port *port)
{
	line_stop(&tap_of(port)->line);
}

static bool look(struct net_port *port)
{
	struct tap *tap = tap_of(port);
	bool is_new, is_there = line_look(&tap->line, &is_new);

	if (is_new) {
		tap->length = 0;
		tap->wants_room = false;
	}
	return is_there;
}

static ssize_t move(struct tap *tap, bool to_write, void *bytes, size_t size)
{
	int fd = own_fd_enter(tap->line.fd);
	ssize_t r;

	if (fd < 0)
		return fd;
	r = to_write ? os_write(fd, bytes, size) : os_read(fd, bytes, size);
	own_fd_leave(tap->line.fd);
	return r;
}

/* An interface that is down takes no frames, which is as good as no link. */
static int send_one(struct net_port *port, const struct iovec *part, unsigned int parts, uint32_t length)
{
	struct tap *tap = tap_of(port);
	unsigned char *to = tap->out;
	ssize_t r;

	if (!look(port))
		return -ENETDOWN;
	for (unsigned int i = 0; i < parts; i++) {
		memcpy(to, part[i].iov_base, part[i].iov_len);
		to += part[i].iov_len;
	}
	r = move(tap, true, tap->out, length);
	tap->wants_room = r == -EAGAIN;
	if (r == -EBADFD || r == -EBADF)
		line_drop(&tap->line);
	return r == -EAGAIN ? -EAGAIN : r == (ssize_t)length ? 0 : -ENETDOWN;
}

static const void *peek(struct net_port *port, uint32_t *length)
{
	struct tap *tap = tap_of(port);
	ssize_t r;

	if (!look(port))
		return NULL;
	if (!tap->length) {
		r = move(tap, false, tap->in, sizeof(tap->in));
		if (r == -EBADFD || r == -EBADF)
			line_drop(&tap->line);
		if (r < (ssize_t)NET_FRAME_SIZE_MIN || r > (ssize_t)NET_FRAME_SIZE_MAX)
			return NULL;
		tap->length = (uint32_t)r;
	}
	*length = tap->length;
	return tap->in;
}

static void pop(struct net_port *port)
{
	tap_of(port)->length = 0;
}

static bool poll(struct net_port *port)
{
	struct tap *tap = tap_of(port);
	uint32_t length;

	if (peek(port, &length))
		return true;
	if (tap->line.fd)
		line_ask(&tap->line, tap->wants_room);
	return false;
}

const struct net_backend net_tap = {
	.name = "tap", .takes_argument = true, .check = check, .create = create, .start = start, .stop = stop,
	.link = look, .send = send_one, .peek = peek, .pop = pop, .poll = poll,
};
