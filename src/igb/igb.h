/* SPDX-License-Identifier: BSD-2-Clause */
/* The types "igb" and "e1000": Intel's gigabit controllers 82576 and 82545GM. */
#ifndef STCE_IGB_IGB_H
#define STCE_IGB_IGB_H

#include "dev/function.h"

extern const struct function_type igb_function_type, e1000_function_type;

#endif
