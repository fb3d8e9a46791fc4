/* SPDX-License-Identifier: BSD-2-Clause */
/* The DMA test function; <spapr-tce/dmatest.h> describes its registers. */
#ifndef STCE_DEV_DMATEST_H
#define STCE_DEV_DMATEST_H

#include "dev/function.h"

extern const struct function_type dmatest_function_type;

#endif
