/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of a report's page share. They read the report's members and write XHTML and SVG. A
 * member that is missing or of another type counts as 0 or as empty, so that any JSON makes a valid
 * page.
 */
#ifndef STCE_CLI_PAGE_WRITE_H
#define STCE_CLI_PAGE_WRITE_H

#include <stdint.h>
#include <stdio.h>

struct json_object;

/* Writes text with the characters of markup escaped, and others that XML forbids as '?'. */
void page_text(FILE *out, const char *text);

uint64_t page_count(struct json_object *object, const char *name);
double page_number(struct json_object *object, const char *name);
const char *page_string(struct json_object *object, const char *name);
/* Returns a member that is an array, or NULL. */
struct json_object *page_array(struct json_object *object, const char *name);
/* Returns the length of an array; 0 for NULL. */
size_t page_length(struct json_object *array);

/* Begins and ends a picture of that height, in units of the page, with a title for those who cannot see it. */
void page_begin_picture(FILE *out, const char *id, unsigned int height, const char *title);
void page_end_picture(FILE *out);

#define PAGE_WIDTH 900
#define PAGE_LEFT  150       /* where the drawn part of a picture begins */
#define PAGE_DRAWN (PAGE_WIDTH - PAGE_LEFT - 20)

/* Returns the place of a moment on the time line. */
double page_place(double time, double duration);

#endif
