/* SPDX-License-Identifier: BSD-2-Clause */
/* What every unit test includes first: cmocka and what it wants before it. */
#ifndef STCE_TESTS_TESTING_H
#define STCE_TESTS_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
