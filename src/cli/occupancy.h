/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks the programs of a run, from time to time, how much of their windows is mapped, for the run's report. The
 * asking has a thread of its own, because a program that is stopped answers late or never.
 */
#ifndef STCE_CLI_OCCUPANCY_H
#define STCE_CLI_OCCUPANCY_H

struct json_object;
struct occupancy;

/* Begins to ask the programs of the run with this directory. Returns NULL if that is impossible. NULL is fine below. */
struct occupancy *occupancy_new(const char *directory);
/* Says whether a window is there, without which nobody is asked. */
void occupancy_want(struct occupancy *occupancy, int is_wanted);
/*
 * Returns what the programs have said since the last call, an array of arrays of windows that the caller puts; or
 * NULL: nothing new.
 */
struct json_object *occupancy_take(struct occupancy *occupancy);
/* Ends the thread. A program that is stopped delays this by a second. */
void occupancy_free(struct occupancy *occupancy);

#endif
