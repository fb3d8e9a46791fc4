/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the types of PCI function that a configuration can name. */
#ifndef STCE_MACHINE_FUNCTION_TYPES_H
#define STCE_MACHINE_FUNCTION_TYPES_H

#include "dev/function.h"

/* Returns whether functions of the type are virtual ones of another type. */
bool function_type_is_virtual(const struct function_type *type);
/* Returns NULL if no type has this name. */
const struct function_type *function_type_find(const char *name);
/* Returns NULL after the last type. */
const struct function_type *function_type_nth(unsigned int n);

#endif
