/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The counters of a port in a file of the run's directory. They outlive the programs that use the
 * function one after the other, also one that is killed, and the process that made the run reads
 * them. A program may write anything to the file, so nothing that is read is trusted.
 */
#ifndef STCE_NET_TALLY_H
#define STCE_NET_TALLY_H

#include "net/port.h"

/* The file's name is this and the function's PCI address. */
#define TALLY_PREFIX    "port-"
#define TALLY_SPEC_SIZE 256

struct tally {
	struct net_port_stats stats;
	char spec[TALLY_SPEC_SIZE];      /* what the port is plugged into */
};

/*
 * Opens the function's file, makes it if there is none, and maps it. tally_close() undoes that.
 * -ENOSPC, -EMFILE, -EACCES (it is another user's), or another -errno.
 */
int tally_open(const char *directory, const char *function, const char *spec, struct tally **tally);
/* NULL is fine. */
void tally_close(struct tally *tally);
/* Copies the file of this name in a run's directory. -ENODATA: it is not complete; or another -errno. */
int tally_read(int directory, const char *file, struct tally *copy);

#endif
