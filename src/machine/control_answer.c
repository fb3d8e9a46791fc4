/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements control_answer.h. What does not fit any longer is dropped, and is_cut tells so. */
#include "machine/control_answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>

#include "util/os.h"

#define FIRST_ROOM (UINT64_C(64) << 10)

static bool grow(struct control_answer *answer, size_t room)
{
	void *p;

	if (room > CONTROL_ANSWER_MAX)
		return false;
	p = answer->text ? os_mremap(answer->text, answer->room, room, MREMAP_MAYMOVE, NULL) :
		os_mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (os_is_error(p))
		return false;
	answer->text = p;
	answer->room = room;
	return true;
}

/* Makes room for so many more bytes and a final 0. */
static bool reserve(struct control_answer *answer, size_t more)
{
	size_t room = answer->room ? answer->room : FIRST_ROOM;

	while (room <= answer->size + more)
		room *= 2;
	if (!answer->is_cut && room != answer->room && !grow(answer, room))
		answer->is_cut = true;
	return !answer->is_cut;
}

void control_print(struct control_answer *answer, const char *format, ...)
{
	va_list arguments, again;
	int length;

	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length >= 0 && reserve(answer, (size_t)length)) {
		vsnprintf(answer->text + answer->size, (size_t)length + 1, format, arguments);
		answer->size += (size_t)length;
	}
	va_end(arguments);
}

void control_print_quoted(struct control_answer *answer, const char *text)
{
	control_print(answer, "\"");
	for (const char *at = text; *at; at++) {
		const unsigned char c = (unsigned char)*at;

		if (c == '"' || c == '\\')
			control_print(answer, "\\%c", c);
		else if (c < ' ' || c > '~')
			control_print(answer, "\\u%04x", c);
		else
			control_print(answer, "%c", c);
	}
	control_print(answer, "\"");
}

int control_refuse(struct control_answer *answer, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(answer->why, sizeof(answer->why), format, arguments);
	va_end(arguments);
	return error;
}

void control_answer_fini(struct control_answer *answer)
{
	if (answer->text)
		os_munmap(answer->text, answer->room);
	answer->text = NULL;
}
