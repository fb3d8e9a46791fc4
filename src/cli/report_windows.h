/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The windows of a run's report: the first ones that were made, when each was removed, and how much of it was
 * mapped when programs were asked.
 */
#ifndef STCE_CLI_REPORT_WINDOWS_H
#define STCE_CLI_REPORT_WINDOWS_H

#include <spapr-tce/news.h>

struct json_object;

/* These add an item of news to the windows, which are an array of objects. */
void report_window_created(struct json_object *windows, const struct stce_news *item, double now);
void report_window_removed(struct json_object *windows, const struct stce_news *item, double now);

/*
 * Adds a sample of the occupancy of each window in `seen`, the array that a program gives in its answer to `show`.
 * A window of which there is no news is left out.
 */
void report_windows_sample(struct json_object *windows, struct json_object *seen, double now);

#endif
