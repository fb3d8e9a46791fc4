/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements the vCPU as a list of the calls that the guest makes, for hosts that cannot run it. */
#include "vcpu.h"

#include <spapr-tce.h>
#include <stdlib.h>

const char vcpu_kind[] = "a list of calls (no KVM for POWER guests here)";

static const struct {
	uint64_t nr, args[4];
} script[] = {
	{ STCE_H_PUT_TCE, { LIOBN, 0x1000, TEXT_GPA | 3 } },
	{ H_SAY, { 0x1000 } },
	{ STCE_H_PUT_TCE_INDIRECT, { LIOBN, 0x100000, LIST_GPA, 512 } },
	{ H_SAY, { 0x100000 + TEXT_GPA } },
	{ STCE_H_STUFF_TCE, { LIOBN, 0x100000, 0, 512 } },
	{ H_SAY, { 0x100000 + TEXT_GPA } },
	{ H_END, { 0 } },
};

struct vcpu {
	size_t next;
	uint64_t r3, r4;
};

struct vcpu *vcpu_new(void *ram)
{
	return calloc(1, sizeof(struct vcpu));
}

bool vcpu_run(struct vcpu *vcpu, struct call *call)
{
	if (vcpu->next == sizeof(script) / sizeof(script[0]))
		return false;
	*call = (struct call){ .nr = script[vcpu->next].nr, .result = &vcpu->r3, .output = &vcpu->r4 };
	for (int i = 0; i < 4; i++)
		call->args[i] = script[vcpu->next].args[i];
	vcpu->next++;
	return true;
}

void vcpu_free(struct vcpu *vcpu)
{
	free(vcpu);
}
