/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that the guest makes, and the addresses of windows in QEMU's pseries machine. */
#ifndef TABLES_H
#define TABLES_H

#include "situation.h"

#define DEFAULT_LIOBN UINT64_C(0x80000000)
#define SECOND_LIOBN  UINT64_C(0x80000001)
#define UNKNOWN_LIOBN UINT64_C(0x8000ff00)
#define DEFAULT_SIZE  UINT64_C(0x40000000)
#define SECOND_START  UINT64_C(0x0800000000000000)

/* The default window: 1 GiB of 4K pages, empty at first. */
extern const struct window default_window;

void ask_put_tce(void);
void ask_get_tce(void);
void ask_put_tce_indirect(void);
void ask_stuff_tce(void);

/* Asks windows that the RTAS calls make and remove, and a window of 16 pages of 64K. */
void ask_windows(void);
/* Asks with only the default window, and leaves it so. */
void ask_rtas_arguments(void);
void ask_rtas_resets(void);

#endif
