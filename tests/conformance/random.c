/* SPDX-License-Identifier: BSD-2-Clause */
#include "conformance.h"
void run_random(uint64_t seed, int steps) { (void)seed; (void)steps; }
