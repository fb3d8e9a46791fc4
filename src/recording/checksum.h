/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32, as zlib and Ethernet have it. It has no library below it, because the replay also runs alone. */
#ifndef STCE_RECORDING_CHECKSUM_H
#define STCE_RECORDING_CHECKSUM_H

#include "util/types.h"

/* Continues a checksum, which begins with 0. */
uint32_t recording_checksum(uint32_t so_far, const void *bytes, size_t size);

#endif
