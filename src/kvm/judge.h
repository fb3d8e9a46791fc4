/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The plain case of judging a list: every entry valid, well-formed and in one
 * slot. Four entries at a time where the processor has vectors for it; the
 * scalar twin says the same, and is what all others run.
 */
#ifndef STCE_KVM_JUDGE_H
#define STCE_KVM_JUDGE_H

#include "util/types.h"

struct kvm_judge {
	uint64_t mask;      /* of a page of the table, bytes - 1 */
	uint64_t gpa;       /* of the slot */
	uint64_t last;      /* the last byte of the slot at which a page may start, from gpa on */
	uint64_t delta;     /* from guest addresses to the program's */
};

/* True where all entries are plain: item[] is then the program's addresses with the permissions. */
bool kvm_judge(const struct kvm_judge *judge, const uint64_t *tce, unsigned int count, uint64_t *item);
bool kvm_judge_scalar(const struct kvm_judge *judge, const uint64_t *tce, unsigned int count,
		      uint64_t *item);

/* From the guest's big-endian words to the host's, in place. */
void kvm_judge_load(uint64_t *tce, unsigned int count);
void kvm_judge_load_scalar(uint64_t *tce, unsigned int count);

#endif
