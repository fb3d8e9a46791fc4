/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's services for its guest: the device tree, the RTAS calls that it names, and
 * power-off.
 */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#define RTAS_ARGUMENTS 8

struct rtas_answer {
	int32_t status;
	uint32_t output[RTAS_ARGUMENTS]; /* the words after the status */
};

/* Stores the tree's address. To be called first. */
void platform_init(const void *device_tree);

/* Returns the cells of property NAME of the first node that has it, or NULL. */
const uint32_t *platform_property(const char *name, uint32_t *cell_count);

/*
 * Calls the RTAS function NAME with INPUTS arguments and room for OUTPUTS words, including the
 * status.
 */
struct rtas_answer rtas(const char *name, unsigned inputs, unsigned outputs, const uint32_t *input);

_Noreturn void power_off(void);

/* entry.S calls these: the program of a guest, and for an exception, which prints its vector. */
void guest_main(const void *device_tree);
_Noreturn void exception(uint64_t vector);

#endif
