/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's handlers of a pseries guest's TCE calls, and its translation of bus addresses, as far as the
 * program exports them. All of it is called in QEMU's main thread, under its big lock. A guest's RAM
 * begins at 0, and the default window of the first bridge at 0, with pages of 4K.
 */
#ifndef STCE_BENCH_QEMU_HANDLERS_H
#define STCE_BENCH_QEMU_HANDLERS_H

#include "util/types.h"

/* Returns the status of PAPR; the answer of H_GET_TCE is in args[0] afterwards. */
int64_t qemu_hcall(uint64_t opcode, uint64_t args[4]);
/* Writes guest memory. */
void qemu_write_ram(uint64_t address, const void *bytes, uint64_t size);
/* Returns the offset in guest memory to which a bus address leads. */
uint64_t qemu_translate(uint64_t address, bool is_write);
/* Map `size` bytes at a bus address as a device does that reads them, and give them back. */
void *qemu_map(uint64_t address, uint64_t size);
void qemu_unmap(void *bytes, uint64_t size);

/* Measures everything, and prints it. */
void qemu_rows(void);

#endif
