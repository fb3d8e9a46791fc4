/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defines the hypercall numbers and return codes of PAPR that TCEs need [PAPR 14.5.4, table 172].
 */
#ifndef STCE_ABI_PAPR_H
#define STCE_ABI_PAPR_H

#define H_GET_TCE          0x1c
#define H_PUT_TCE          0x20
#define H_STUFF_TCE        0x138
#define H_PUT_TCE_INDIRECT 0x13c

#define H_SUCCESS    0
#define H_PARAMETER  (-4)
#define H_P4         (-57)
/* A guest never sees it: the next tier must finish the call [linux hvcall.h]. */
#define H_TOO_HARD   9999

/* A list of TCEs is one page of 4 KiB with big-endian entries. */
#define PAPR_TCE_LIST_SHIFT 12
#define PAPR_TCE_LIST_COUNT 512

#endif
