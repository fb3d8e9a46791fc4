/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU, as far as the example's VMM needs one: it runs to its next hypercall and hands that to
 * the VMM. vcpu_kvm.c implements it by KVM, vcpu_script.c by a list of calls.
 */
#ifndef EXAMPLES_VCPU_H
#define EXAMPLES_VCPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAM_SIZE   (16ul << 20)
#define LIOBN      0x80000000ul
#define LIST_GPA   0x20000ul       /* the guest's list of TCEs, which the VMM fills */
#define TEXT_GPA   0x30000ul       /* the text that the device must find */
#define H_SAY      0xf000ul        /* the guest asks the VMM to let the device read at bus address args[0] */
#define H_END      0xf004ul

/*
 * A hypercall: its number, R4 and the registers after it, and the places for the answer's R3 and
 * R4.
 */
struct call {
	uint64_t nr;
	uint64_t args[9];
	uint64_t *result;
	uint64_t *output;
};

struct vcpu;

/* Makes a vCPU whose guest sees ram at address 0; returns NULL with errno set on failure. */
struct vcpu *vcpu_new(void *ram);
/* Runs to the next hypercall; returns false if the vCPU stopped for another reason. */
bool vcpu_run(struct vcpu *vcpu, struct call *call);
void vcpu_free(struct vcpu *vcpu);

/* Describes the kind of vCPU to the user. */
extern const char vcpu_kind[];

#endif
