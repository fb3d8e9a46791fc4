/* SPDX-License-Identifier: BSD-2-Clause */
/* The type "igb": Intel's 82576 gigabit controller. */
#ifndef STCE_IGB_IGB_H
#define STCE_IGB_IGB_H

#include "dev/function.h"

extern const struct function_type igb_function_type;

#endif
