/* SPDX-License-Identifier: BSD-2-Clause */
/* The sink takes every frame at once and sends none. Its link is always up. */
#include "net/backends.h"

#include <errno.h>

#include "util/alloc.h"

static int create(const struct net_port_init *init, const char *argument, struct net_port **port)
{
	(void)init, (void)argument;
	*port = ALLOC(struct net_port);
	return *port ? 0 : -ENOMEM;
}

static int send(struct net_port *port, const struct iovec *part, unsigned int parts, uint32_t length)
{
	(void)port, (void)part, (void)parts, (void)length;
	return 0;
}

const struct net_backend net_sink = { .name = "sink", .create = create, .send = send };
