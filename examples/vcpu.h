/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU, as far as the example's VMM cares: it runs to its next hypercall. */
#ifndef EXAMPLES_VCPU_H
#define EXAMPLES_VCPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAM_SIZE   (16ul << 20)
#define LIOBN      0x80000000ul
#define LIST_GPA   0x20000ul       /* the guest's list of TCEs, filled by the VMM */
#define TEXT_GPA   0x30000ul       /* what the device shall find */
#define H_SAY      0xf000ul        /* the guest asks the VMM to let the device read, args[0] bytes in */
#define H_END      0xf004ul

/* One hypercall: number, R4.. and back R3 and R4. */
struct call {
	uint64_t nr;
	uint64_t args[9];
	uint64_t *result;
	uint64_t *output;
};

struct vcpu;

/* NULL with errno set. ram is what the guest sees at 0. */
struct vcpu *vcpu_new(void *ram);
/* Runs to the next hypercall; false when something went wrong. */
bool vcpu_run(struct vcpu *vcpu, struct call *call);
void vcpu_free(struct vcpu *vcpu);

/* What kind it is, for people. */
extern const char vcpu_kind[];

#endif
