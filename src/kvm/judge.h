/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judges the plain case of a list of TCEs: every entry is valid, well-formed and inside one memory
 * slot. Where the processor has suitable vectors, four entries are judged at a time; the scalar
 * twin gives the same answers, and runs on all other processors. Lists that are not plain are left
 * to put.c, which finds out what is wrong.
 */
#ifndef STCE_KVM_JUDGE_H
#define STCE_KVM_JUDGE_H

#include "util/types.h"

struct kvm_judge {
	uint64_t mask;      /* bytes of a page of the table, minus 1 */
	uint64_t gpa;       /* guest address of the slot */
	uint64_t last;      /* the last offset in the slot at which a page may start */
	uint64_t delta;     /* program's address minus guest address, in whole pages */
};

/*
 * Returns true if all entries are plain; item[] then has what the hardware stores, the program's
 * addresses and permissions, unless it is NULL.
 */
bool kvm_judge(const struct kvm_judge *judge, const uint64_t *tce, unsigned int count, uint64_t *item);
bool kvm_judge_scalar(const struct kvm_judge *judge, const uint64_t *tce, unsigned int count,
		      uint64_t *item);

/* Converts the guest's big-endian words to the host's byte order, in place. */
void kvm_judge_load(uint64_t *tce, unsigned int count);
void kvm_judge_load_scalar(uint64_t *tce, unsigned int count);

#endif
