/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A loan is a connection to another process that has a descriptor of a file. Only lend.c and
 * lend_call.c use this header.
 */
#ifndef STCE_FILE_LEND_CALL_H
#define STCE_FILE_LEND_CALL_H

#include "file/space.h"
#include "util/os_socket.h"

struct loan {
	struct own_fd *socket;
	struct file *file;          /* a reference; NULL until the process has shown a descriptor */
	struct loan *next;
};

/* Receives a call, makes it and answers it. Returns false if the connection has ended. */
bool loan_serve(struct loan *loan, struct file_space *space);

#endif
