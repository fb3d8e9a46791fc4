/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads count from 1, as in src/. */
#pragma once
#include <relacy/relacy.hpp>

static inline unsigned int thread_number(void) { return rl::thread_index() + 1; }
