/* SPDX-License-Identifier: BSD-2-Clause */
/* The NVMe controller as a type of PCI function; the rest of nvme/ is private to it. */
#ifndef STCE_NVME_NVME_H
#define STCE_NVME_NVME_H

#include "dev/function.h"

extern const struct function_type nvme_function_type;

#endif
