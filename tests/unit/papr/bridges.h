/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest with three bridges, each with one group in a container of its own, and the calls that
 * associate windows. Page n of the guest's memory has the letter 'a' + n.
 */
#ifndef STCE_TESTS_PAPR_BRIDGES_H
#define STCE_TESTS_PAPR_BRIDGES_H

#include "firmware.h"

#define BRIDGES    3
#define ASSOCIATE  0x3000u
#define DISSOCIATE 0x3001u

struct bridges {
	struct firmware f;             /* the first bridge is this one's */
	struct stce_phb *phb[BRIDGES]; /* NULL: freed */
	struct stce_phb_config config[BRIDGES];
	int container[BRIDGES], group[BRIDGES];
	unsigned int count;
};

/* Starts three bridges, with associations on. */
void bridges_start(struct bridges *b);
/* Starts two, on a machine with one more option. */
void bridges_start_with(struct bridges *b, const char *option, const char *value);
void bridges_stop(struct bridges *b);
void bridges_free(struct bridges *b, unsigned int n);
/* Replaces bridge n, with its group, by one with its configuration. */
void bridges_again(struct bridges *b, unsigned int n);
void bridges_add_group(struct bridges *b, unsigned int n);

/* These make a call on bridge n, and return the status. */
int associate(struct bridges *b, unsigned int n, uint32_t liobn);
int dissociate(struct bridges *b, unsigned int n, uint32_t liobn);
int create_on(struct bridges *b, unsigned int n, uint32_t page_shift, uint32_t window_shift);
int reset_of(struct bridges *b, unsigned int n);
/* Returns how many windows a query on bridge n offers. */
uint32_t left_on(struct bridges *b, unsigned int n);

/* Maps a page of the guest, and asserts that this succeeds. */
void map_page(struct bridges *b, uint32_t liobn, uint64_t ioba, unsigned int page);
/* Tells whether the device of bridge n reads the page's letter there. */
int sees(struct bridges *b, unsigned int n, uint64_t ioba, unsigned int page);
/* Tells whether the device of bridge n reaches nothing there. */
int is_blind(struct bridges *b, unsigned int n, uint64_t ioba);

#endif
