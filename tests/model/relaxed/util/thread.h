/* SPDX-License-Identifier: BSD-2-Clause */
/* As in src/, threads count from 1. */
#pragma once
#include <relacy/relacy.hpp>

static inline unsigned int thread_number(void) { return rl::thread_index() + 1; }
