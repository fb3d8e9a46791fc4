/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first virtual terminal. Text is held back until flush(), so that the caller decides which
 * text reaches the host together.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdint.h>

void print(const char *text);
void print_hex(uint64_t value);
void print_decimal(uint64_t value);
void print_status(int64_t status);
void flush(void);

#endif
