/* SPDX-License-Identifier: BSD-2-Clause */
/* The NVMe controller, seen from outside: a type of function. */
#ifndef STCE_NVME_NVME_H
#define STCE_NVME_NVME_H

#include "dev/function.h"

extern const struct function_type nvme_function_type;

#endif
