/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream in memory: sink, source, and something to damage. */
#ifndef STCE_TESTS_STATE_STORE_H
#define STCE_TESTS_STATE_STORE_H

#include "spapr-tce.h"
#include "util/pack.h"

#define STORE_HEADER 16     /* bytes before the first section */

struct store {
	struct pack pack;
	size_t at;          /* of the reader */
	size_t most;        /* bytes that one read gives at most; 0: any */
};

void store_fini(struct store *store);
int store_write(void *context, const void *bytes, size_t size);
ssize_t store_read(void *context, void *bytes, size_t size);
/* A restore from the beginning. */
int store_restore(struct store *store, struct stce_state *state);

/* Where section n begins, and its length with its frame; 0 past the end. */
size_t store_section(const struct store *store, unsigned int n, size_t *length);
uint32_t store_type(const struct store *store, unsigned int n);
/* The n-th section of a type. */
unsigned int store_find(const struct store *store, uint32_t type, unsigned int n);
/* The payload of section n. */
uint8_t *store_payload(struct store *store, unsigned int n);
/* Makes the section's checksum right again after its payload, type or number was changed. */
void store_seal(struct store *store, unsigned int n);
uint32_t store_crc(const uint8_t *bytes, size_t size);
/* A copy, to be damaged. */
struct store store_copy(const struct store *store);
/* Leaves the section out; those behind it get their numbers anew. */
void store_remove(struct store *store, unsigned int n);
/* The section a second time, behind itself. */
void store_repeat(struct store *store, unsigned int n);

#endif
