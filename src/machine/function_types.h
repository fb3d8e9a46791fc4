/* SPDX-License-Identifier: BSD-2-Clause */
/* The types of function that a configuration can name. */
#ifndef STCE_MACHINE_FUNCTION_TYPES_H
#define STCE_MACHINE_FUNCTION_TYPES_H

#include "dev/function.h"

/* NULL when there is no type of that name. */
const struct function_type *function_type_find(const char *name);
/* NULL behind the last one. */
const struct function_type *function_type_nth(unsigned int n);

#endif
