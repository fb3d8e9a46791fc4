/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream in memory that can be written, read and damaged. */
#ifndef STCE_TESTS_STATE_STORE_H
#define STCE_TESTS_STATE_STORE_H

#include "spapr-tce.h"
#include "util/pack.h"

#define STORE_HEADER 16     /* bytes before the first section */

struct store {
	struct pack pack;
	size_t at;          /* of the reader */
	size_t most;        /* the most bytes that one read returns; 0: no limit */
};

void store_fini(struct store *store);
int store_write(void *context, const void *bytes, size_t size);
ssize_t store_read(void *context, void *bytes, size_t size);
/* Restores from the beginning. */
int store_restore(struct store *store, struct stce_state *state);

/* Returns the start of section n, and its length with its frame; 0 past the end. */
size_t store_section(const struct store *store, unsigned int n, size_t *length);
uint32_t store_type(const struct store *store, unsigned int n);
/* Finds the n-th section of a type. */
unsigned int store_find(const struct store *store, uint32_t type, unsigned int n);
/* Returns the payload of section n. */
uint8_t *store_payload(struct store *store, unsigned int n);
/* Corrects the section's checksum after a change of its payload, type or number. */
void store_seal(struct store *store, unsigned int n);
uint32_t store_crc(const uint8_t *bytes, size_t size);
/* Makes a copy that can be damaged. */
struct store store_copy(const struct store *store);
/* Removes the section, and renumbers those behind it. */
void store_remove(struct store *store, unsigned int n);
/* Repeats the section behind itself. */
void store_repeat(struct store *store, unsigned int n);

#endif
