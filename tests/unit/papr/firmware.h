/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's side of RTAS: buffers in its memory, and calls by their arguments. */
#ifndef STCE_TESTS_PAPR_FIRMWARE_H
#define STCE_TESTS_PAPR_FIRMWARE_H

#include "unit/kvm/vmm.h"

#define BUFFER GPA
#define CONFIG_ADDRESS 0x10000u
#define UNTOUCHED 0x77777777u

struct firmware {
	struct vmm v;
	struct stce_phb *phb;
	struct stce_phb_config config;
	uint32_t ret[16];       /* outputs of the last call */
};

/* Starts a VMM with a bridge of this kind and registered memory; no group is on the bus. */
void firmware_start(struct firmware *f, const char *bridge);
/* Does the same on a machine with one more option. */
void firmware_start_with(struct firmware *f, const char *bridge, const char *option, const char *value);
/* Does the same without a container and registered memory. */
void firmware_start_bare(struct firmware *f, const char *bridge, const char *option, const char *value);
void firmware_stop(struct firmware *f);
/* Replaces the bridge by one with f->config. */
void firmware_again(struct firmware *f);

/* Writes the cells of a call to the guest's memory. */
void put_call(struct firmware *f, uint64_t gpa, uint32_t token, uint32_t nargs,
	      const uint32_t *args, uint32_t nret);
/*
 * Makes a call at BUFFER. Returns the answer of stce_vm_rtas(), and stores the outputs in f->ret.
 */
long raw_call(struct firmware *f, uint32_t token, uint32_t nargs, const uint32_t *args,
	      uint32_t nret);
/* These return the status. */
int query(struct firmware *f, uint32_t nret);
int create(struct firmware *f, uint32_t page_shift, uint32_t window_shift);
int remove_liobn(struct firmware *f, uint32_t liobn);
int reset(struct firmware *f);
int reset_mode(struct firmware *f, uint32_t limited);

/* Returns the start of the last created window. */
uint64_t created_start(const struct firmware *f);
/* Returns the number of windows left, by a query. */
uint32_t windows_left(struct firmware *f);
/* Tells whether hypercalls know the LIOBN. */
int has_table(struct firmware *f, uint32_t liobn, uint64_t ioba);
uint64_t locked(const struct firmware *f);

#endif
