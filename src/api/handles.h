/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands behind the handles of the public calls. */
#ifndef STCE_API_HANDLES_H
#define STCE_API_HANDLES_H

#include "papr/bridge.h"
#include "spapr-tce/state.h"
#include "spapr-tce/vm.h"
#include "state/state.h"

struct stce_vm {
	struct kvm_vm *kvm;           /* a reference, as is the next */
	struct papr_vm *papr;
};

struct stce_phb {
	struct papr_bridge bridge;
};

struct stce_state {
	struct state state;
};

#endif
