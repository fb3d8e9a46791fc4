/* SPDX-License-Identifier: BSD-2-Clause */
/* The structures behind the handles of the public calls. */
#ifndef STCE_API_HANDLES_H
#define STCE_API_HANDLES_H

#include "papr/bridge.h"
#include "spapr-tce/state.h"
#include "spapr-tce/vm.h"
#include "state/state.h"

struct stce_vm {
	struct kvm_vm *kvm;           /* a reference */
	struct papr_vm *papr;         /* a reference */
};

struct stce_phb {
	struct papr_bridge bridge;
};

struct stce_state {
	struct state state;
};

#endif
