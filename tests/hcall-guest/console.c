/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes text to the first virtual terminal, sixteen bytes per H_PUT_TERM_CHAR. */
#include "console.h"

#include "hcall.h"

static char text_buffer[512];
static unsigned text_length;

static void put(char c)
{
	if (text_length == sizeof(text_buffer))
		flush();
	text_buffer[text_length++] = c;
}

void flush(void)
{
	unsigned done = 0;

	while (done < text_length) {
		unsigned length = text_length - done < 16 ? text_length - done : 16;
		uint64_t words[2] = { 0, 0 };

		for (unsigned i = 0; i < length; i++)
			words[i / 8] |= (uint64_t)(uint8_t)text_buffer[done + i] << (56 - i % 8 * 8);
		struct answer answer = hcall(H_PUT_TERM_CHAR, 0, length, words[0], words[1]);
		if (answer.status == H_SUCCESS)
			done += length;
		else if (answer.status != H_BUSY &&
			 (answer.status < H_LONG_BUSY_FIRST || answer.status > H_LONG_BUSY_LAST))
			break;
	}
	text_length = 0;
}

void print(const char *text)
{
	while (*text)
		put(*text++);
}

static void print_digits(uint64_t value, unsigned base)
{
	char digits[20];
	unsigned count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (count)
		put(digits[--count]);
}

void print_hex(uint64_t value)
{
	print("0x");
	print_digits(value, 16);
}

void print_decimal(uint64_t value)
{
	print_digits(value, 10);
}

void print_status(int64_t status)
{
	static const struct {
		int64_t status;
		const char *name;
	} names[] = {
		{ 0, "H_SUCCESS" },
		{ 1, "H_BUSY" },
		{ 5, "H_PARTIAL" },
		{ 9999, "H_TOO_HARD" },
		{ -1, "H_HARDWARE" },
		{ -2, "H_FUNCTION" },
		{ -3, "H_PRIVILEGE" },
		{ -4, "H_PARAMETER" },
		{ -9, "H_PERMISSION" },
		{ -16, "H_RESOURCE" },
		{ -44, "H_NOT_ENOUGH_RESOURCES" },
		{ -46, "H_RESCINDED" },
		{ -55, "H_P2" },
		{ -56, "H_P3" },
		{ -57, "H_P4" },
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].status == status) {
			print(names[i].name);
			return;
		}
	}
	if (status < 0)
		print("-");
	print_decimal(status < 0 ? -(uint64_t)status : (uint64_t)status);
}
