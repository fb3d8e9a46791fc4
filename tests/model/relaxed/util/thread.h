/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads count from 1, as in src/. */
#pragma once
#include <relacy/relacy.hpp>

#define thread_number_ (rl::thread_index() + 1)
