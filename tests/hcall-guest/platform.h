/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the machine tells its guest: the device tree, the RTAS calls that it names, and how to leave.
 */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#define RTAS_ARGUMENTS 8

struct rtas_answer {
	int32_t status;
	uint32_t output[RTAS_ARGUMENTS]; /* what follows the status */
};

/* Keeps the tree's address for all that follows. */
void platform_init(const void *device_tree);

/* The cells of the property NAME of the first node that has it, or NULL. */
const uint32_t *platform_property(const char *name, uint32_t *cell_count);

/* Calls the RTAS function NAME with INPUTS arguments, room for OUTPUTS words with the status. */
struct rtas_answer rtas(const char *name, unsigned inputs, unsigned outputs, const uint32_t *input);

_Noreturn void power_off(void);

#endif
