/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defines what <linux/kvm.h> has on powerpc only or not yet, with the same names. Each
 * architecture's own _IOW builds the ioctl numbers, as it does in the programs.
 */
#ifndef STCE_ABI_KVM_PPC_H
#define STCE_ABI_KVM_PPC_H

#include <linux/kvm.h>
#include <stdint.h>

#if !defined(__powerpc__)
struct kvm_create_spapr_tce {
	uint64_t liobn;
	uint32_t window_size;
};

struct kvm_create_spapr_tce_64 {
	uint64_t liobn;
	uint32_t page_shift;
	uint32_t flags;
	uint64_t offset;     /* in pages */
	uint64_t size;       /* in pages */
};
#endif

#ifndef KVM_CREATE_SPAPR_TCE
#define KVM_CREATE_SPAPR_TCE _IOW(KVMIO, 0xa8, struct kvm_create_spapr_tce)
#endif
#ifndef KVM_CREATE_SPAPR_TCE_64
#define KVM_CREATE_SPAPR_TCE_64 _IOW(KVMIO, 0xa8, struct kvm_create_spapr_tce_64)
#endif

/* Linux 6.8 added this structure, which begins with that of KVM_SET_USER_MEMORY_REGION. */
#ifndef KVM_SET_USER_MEMORY_REGION2
struct kvm_userspace_memory_region2 {
	uint32_t slot;
	uint32_t flags;
	uint64_t guest_phys_addr;
	uint64_t memory_size;
	uint64_t userspace_addr;
	uint64_t guest_memfd_offset;
	uint32_t guest_memfd;
	uint32_t pad1;
	uint64_t pad2[14];
};
#define KVM_SET_USER_MEMORY_REGION2 _IOW(KVMIO, 0x49, struct kvm_userspace_memory_region2)
#endif

_Static_assert(sizeof(struct kvm_userspace_memory_region2) == 160, "kvm_userspace_memory_region2");
_Static_assert(sizeof(struct kvm_create_spapr_tce) == 16, "kvm_create_spapr_tce");
_Static_assert(sizeof(struct kvm_create_spapr_tce_64) == 32, "kvm_create_spapr_tce_64");
_Static_assert(KVM_CAP_SPAPR_TCE == 63 && KVM_CAP_SPAPR_MULTITCE == 94 &&
	       KVM_CAP_SPAPR_TCE_64 == 125 && KVM_CAP_SPAPR_TCE_VFIO == 142, "capabilities");

#endif
