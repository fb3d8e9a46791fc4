/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network card of the cases, an Intel 82576 (8086:10c9) that vfio-pci has, which sysfs is searched
 * for. Without one a case is skipped.
 */
#ifndef NETWORK_H
#define NETWORK_H

#include "conformance.h"

extern int card;                 /* the device file */
extern const char *card_name;    /* its PCI address */

/* Finds the card and opens it in a v2 container. A case calls this first. */
void with_card(void);
/* Prints a path of the card in sysfs. */
void card_path(char *path, size_t size, const char *file);

/* Reads and writes `size` bytes (1, 2 or 4) of config space. They stop the case if that fails. */
uint32_t config_get(unsigned int offset, unsigned int size);
void config_set(unsigned int offset, unsigned int size, uint32_t value);
/* Writes all ones, and returns what can be read then; puts the old value back. */
uint32_t config_ones(unsigned int offset, unsigned int size);
/* Returns the offset of a capability, or 0. */
unsigned int capability(unsigned int id);
unsigned int extended_capability(unsigned int id);

/* Does the same for registers, 4 bytes each. */
uint32_t register_get(uint32_t offset);
void register_set(uint32_t offset, uint32_t value);
/* Sets up the first vector of an index of interrupts by an eventfd; with -1, turns the index off. */
long set_vector(uint32_t index, int32_t fd);
/* Switches memory decoding and bus mastering. */
void set_decoding(bool memory, bool bus_master);

#endif
