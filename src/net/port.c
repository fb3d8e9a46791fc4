/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Splits a spec, finds its backend, and does what all ports have in common: judging sizes,
 * counting, capturing, starting and stopping once.
 */
#include "net/port.h"

#include <errno.h>
#include <string.h>

#include "net/backend.h"
#include "net/backends.h"
#include "util/alloc.h"

static const struct net_backend *const backends[] = {
	&net_peer, &net_stream, &net_tap, &net_source, &net_sink,
};

/* Returns the backend that the spec names, and the text behind the colon, "" if there is none. */
static const struct net_backend *find(const char *spec, const char **argument)
{
	size_t length = strcspn(spec, ":");

	*argument = spec + length + (spec[length] ? 1 : 0);
	for (size_t i = 0; i < ARRAY_COUNT(backends); i++) {
		const struct net_backend *backend = backends[i];

		if (strlen(backend->name) == length && !strncmp(backend->name, spec, length))
			return backend;
	}
	return NULL;
}

static int check(const struct net_port_init *init, const struct net_backend **backend, const char **argument,
		 char *why)
{
	int r;

	*backend = find(init->spec, argument);
	if (!*backend)
		return net_refuse(why, -EINVAL, "net \"%s\" is none of peer:GROUP, unix:PATH, tap:NAME, "
				  "source:SIZE[@RATE] and sink", init->spec);
	if ((*backend)->takes_argument != (strchr(init->spec, ':') != NULL))
		return net_refuse(why, -EINVAL, (*backend)->takes_argument ? "net \"%s\" lacks a colon and what follows it" :
				  "net \"%s\": nothing can follow the name", init->spec);
	r = (*backend)->check ? (*backend)->check(init, *argument, why) : 0;
	if (r || !init->pcap)
		return r;
	r = pcap_check(init->pcap);
	if (r == -EINVAL)
		return net_refuse(why, r, "pcap \"%s\" is a file of another kind", init->pcap);
	return r ? net_refuse(why, r, "pcap \"%s\": %s", init->pcap, strerrordesc_np(-r)) : 0;
}

int net_port_check(const struct net_port_init *init, char *why)
{
	const struct net_backend *backend;
	const char *argument;

	return check(init, &backend, &argument, why);
}

static int copy_text(const char *from, char **to)
{
	*to = from ? alloc_text(from) : NULL;
	return from && !*to ? -ENOMEM : 0;
}

static int copy_texts(struct net_port *port, const struct net_port_init *init)
{
	bool has_tally = init->shared_directory && init->function;
	int r = copy_text(init->pcap, &port->pcap_path);

	if (!r)
		r = copy_text(has_tally ? init->shared_directory : NULL, &port->directory);
	if (!r)
		r = copy_text(has_tally ? init->function : NULL, &port->function);
	return r ? r : copy_text(has_tally ? init->spec : NULL, &port->spec);
}

int net_port_open(const struct net_port_init *init, const struct net_port_handler *handler,
		  void *context, struct net_port **out, char *why)
{
	const struct net_backend *backend;
	const char *argument;
	struct net_port *port;
	int r = check(init, &backend, &argument, why);

	if (r)
		return r;
	r = backend->create(init, argument, &port);
	if (r)
		return net_refuse(why, r, "net \"%s\": out of memory", init->spec);
	port->backend = backend;
	port->handler = *handler;
	port->context = context;
	port->stats = &port->own;
	if (copy_texts(port, init)) {
		net_port_close(port);
		return net_refuse(why, -ENOMEM, "net \"%s\": out of memory", init->spec);
	}
	*out = port;
	return 0;
}

void net_port_close(struct net_port *port)
{
	if (!port)
		return;
	net_port_stop(port);
	tally_close(port->tally);
	free(port->pcap_path);
	free(port->directory);
	free(port->function);
	free(port->spec);
	if (port->backend->free)
		port->backend->free(port);
	free(port);
}

/* Counts in the run's directory from now on. If that cannot be, traffic is worth more than its count. */
static void begin_tally(struct net_port *port)
{
	const uint64_t *from = (const uint64_t *)&port->own;
	uint64_t *to;

	if (port->tally || !port->directory || tally_open(port->directory, port->function, port->spec, &port->tally))
		return;
	to = (uint64_t *)&port->tally->stats;
	for (size_t i = 0; i < sizeof(port->own) / sizeof(*to); i++)
		net_count(&to[i], from[i]);
	port->stats = &port->tally->stats;
}

int net_port_start(struct net_port *port)
{
	int r;

	if (port->is_started)
		return 0;
	r = port->backend->start ? port->backend->start(port) : 0;
	if (r)
		return r;
	begin_tally(port);
	port->is_started = true;
	/* Traffic is worth more than its capture. */
	if (port->pcap_path && pcap_open(port->pcap_path, &port->pcap))
		net_count(&port->stats->errors, 1);
	return 0;
}

void net_port_stop(struct net_port *port)
{
	if (!port->is_started)
		return;
	if (port->backend->stop)
		port->backend->stop(port);
	pcap_close(port->pcap);
	port->pcap = NULL;
	port->peeked = 0;
	port->link = false;
	port->is_started = false;
}

bool net_port_link(struct net_port *port)
{
	bool link = port->is_started && (!port->backend->link || port->backend->link(port));

	if (link != port->link)
		net_count(&port->stats->link_changes, 1);
	port->link = link;
	return link;
}

static uint64_t total(const struct iovec *part, unsigned int parts)
{
	uint64_t length = 0;

	for (unsigned int i = 0; i < parts && length <= NET_FRAME_SIZE_MAX; i++)
		length += min_u64(part[i].iov_len, NET_FRAME_SIZE_MAX + 1);
	return length;
}

static void note_sent(struct net_port *port, const struct iovec *part, unsigned int parts, uint32_t length)
{
	net_count(&port->stats->sent_frames, 1);
	net_count(&port->stats->sent_bytes, length);
	if (unlikely(port->pcap))
		pcap_write(port->pcap, part, parts, length);
}

int net_port_send(struct net_port *port, const struct iovec *part, unsigned int parts)
{
	uint64_t length = total(part, parts);
	int r = -ENETDOWN;

	if (length < NET_FRAME_SIZE_MIN || length > NET_FRAME_SIZE_MAX)
		r = -EMSGSIZE;
	else if (port->is_started)
		r = port->backend->send(port, part, parts, (uint32_t)length);
	if (r == -EAGAIN)
		return r;
	if (r) {
		net_count(&port->stats->dropped, 1);
		return r;
	}
	note_sent(port, part, parts, (uint32_t)length);
	return 0;
}

/* A capture needs the bytes before the far end can change them. */
void *net_port_room(struct net_port *port, uint32_t length)
{
	if (!port->is_started || !port->backend->room || port->pcap || length < NET_FRAME_SIZE_MIN ||
	    length > NET_FRAME_SIZE_MAX)
		return NULL;
	return port->backend->room(port, length);
}

void net_port_push(struct net_port *port, uint32_t length)
{
	port->backend->push(port, length);
	note_sent(port, NULL, 0, length);
}

const void *net_port_peek(struct net_port *port, uint32_t *length)
{
	const void *frame = port->is_started && port->backend->peek ? port->backend->peek(port, length) : NULL;

	if (frame && unlikely(port->pcap) && !port->peeked)
		pcap_write(port->pcap, &(struct iovec){ (void *)frame, *length }, 1, *length);
	port->peeked = frame ? *length : 0;
	return frame;
}

void net_port_pop(struct net_port *port)
{
	if (!port->peeked)
		return;
	net_count(&port->stats->received_frames, 1);
	net_count(&port->stats->received_bytes, port->peeked);
	port->peeked = 0;
	port->backend->pop(port);
}

void net_port_miss(struct net_port *port)
{
	if (!port->peeked)
		return;
	net_count(&port->stats->missed, 1);
	port->peeked = 0;
	port->backend->pop(port);
}

bool net_port_poll(struct net_port *port)
{
	bool was_up = port->link;

	if (!port->is_started)
		return false;
	if (port->backend->poll && port->backend->poll(port))
		return true;
	return net_port_link(port) != was_up;
}

struct net_port_stats net_port_stats(const struct net_port *port)
{
	struct net_port_stats copy;
	const uint64_t *from = (const uint64_t *)port->stats;
	uint64_t *to = (uint64_t *)&copy;

	for (size_t i = 0; i < sizeof(copy) / sizeof(*to); i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
	return copy;
}
