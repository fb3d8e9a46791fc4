/* SPDX-License-Identifier: BSD-2-Clause */
/* For the ioctls of a VM, which live beside its public calls. */
#ifndef STCE_MACHINE_VM_H
#define STCE_MACHINE_VM_H

#include "kvm/table.h"
#include "spapr-tce/vm.h"

struct kvm_vm *machine_kvm_vm(struct stce_vm *vm);

#endif
