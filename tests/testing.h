/* SPDX-License-Identifier: BSD-2-Clause */
/* Every unit test includes this first: cmocka, and the headers that cmocka needs before it. */
#ifndef STCE_TESTS_TESTING_H
#define STCE_TESTS_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
