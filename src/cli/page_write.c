/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads members of any JSON, and writes text and pictures as strict XML. */
#include "page_write.h"

#include <json-c/json.h>

void page_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '<' || c == '>' || c == '&' || c == '"')
			fprintf(out, "&#%d;", c);
		else
			fputc((c < 0x20 && c != '\n' && c != '\t') || c > 0x7e ? '?' : c, out);
	}
}

static struct json_object *member(struct json_object *object, const char *name)
{
	return json_object_is_type(object, json_type_object) ? json_object_object_get(object, name) : NULL;
}

uint64_t page_count(struct json_object *object, const char *name)
{
	return json_object_get_uint64(member(object, name));
}

double page_number(struct json_object *object, const char *name)
{
	double number = json_object_get_double(member(object, name));

	return number >= 0 && number < 1e15 ? number : 0;
}

const char *page_string(struct json_object *object, const char *name)
{
	struct json_object *text = member(object, name);

	return json_object_is_type(text, json_type_string) ? json_object_get_string(text) : "";
}

struct json_object *page_array(struct json_object *object, const char *name)
{
	struct json_object *array = member(object, name);

	return json_object_is_type(array, json_type_array) ? array : NULL;
}

size_t page_length(struct json_object *array)
{
	return array ? json_object_array_length(array) : 0;
}

void page_begin_picture(FILE *out, const char *id, unsigned int height, const char *title)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"%s\" width=\"%d\" height=\"%u\" "
		"viewBox=\"0 0 %d %u\" role=\"img\">\n<title>", id, PAGE_WIDTH, height, PAGE_WIDTH, height);
	page_text(out, title);
	fputs("</title>\n", out);
}

void page_end_picture(FILE *out)
{
	fputs("</svg>\n", out);
}

double page_place(double time, double duration)
{
	if (duration <= 0)
		return PAGE_LEFT;
	return PAGE_LEFT + PAGE_DRAWN * (time < duration ? time / duration : 1);
}
