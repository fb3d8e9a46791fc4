/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of far end that port.c chooses from; each is in a file of its own. */
#ifndef STCE_NET_BACKENDS_H
#define STCE_NET_BACKENDS_H

#include "net/backend.h"

extern const struct net_backend net_peer;
extern const struct net_backend net_stream;
extern const struct net_backend net_tap;
extern const struct net_backend net_source;
extern const struct net_backend net_sink;

#endif
