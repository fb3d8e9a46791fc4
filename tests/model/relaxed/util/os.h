/* SPDX-License-Identifier: BSD-2-Clause */
/* The system calls that tce/gate.c uses: a thread that waits lets the others run. */
#pragma once
#include <relacy/relacy.hpp>

static inline void os_yield(void) { rl::yield(1, $); }
static inline void os_sleep_us(unsigned int us) { rl::yield(us, $); }
