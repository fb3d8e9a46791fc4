/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies frames to a file in the format of pcap, with nanoseconds and link type Ethernet. A file
 * that has records already gets more at its end, so that a card that is reset, or used by one
 * program after another, keeps what was captured.
 *
 *  (F15) A file that takes no more, because a disk is full, ends with a whole record. Traffic goes
 *       on.
 */
#ifndef STCE_NET_PCAP_H
#define STCE_NET_PCAP_H

#include <sys/uio.h>

#include "util/types.h"

struct pcap;

/* -EINVAL: the file exists and is not of this kind. Other -errno are open(2)'s. */
int pcap_check(const char *path);
int pcap_open(const char *path, struct pcap **pcap);
/* Adds one frame. After a failed write the file is left alone. */
void pcap_write(struct pcap *pcap, const struct iovec *part, unsigned int parts, uint32_t length);
void pcap_close(struct pcap *pcap);

#endif
