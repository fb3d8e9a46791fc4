/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints a manual page where there is no man(1). */
#ifndef STCE_CLI_TOPIC_H
#define STCE_CLI_TOPIC_H

#include <stdbool.h>

/*
 * Prints the page of a topic, or the list of topics for "topics", on stdout. *status becomes the exit status: 0, or
 * EXIT_OURS with a complaint if the text cannot be read. Returns false, and prints nothing, if there is no such topic.
 */
bool topic_show(const char *topic, int *status);
/* Prints "topics" and the topics that it lists, one in a line. */
void topic_complete(void);

#endif
