/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements calls.h. The number of a row is its place, so rows are added at the end only.
 */
#include "recording/calls.h"

#include <linux/kvm.h>
#include <linux/vfio.h>
#include <string.h>

#include "abi/kvm_ppc.h"
#include "recording/format.h"
#include "spapr-tce/vm.h"

#define OFFSET(type, field) ((unsigned int)offsetof(struct type, field))
/* ROW takes the name directly, because a macro in between would expand it before # makes it text. */
#define ROW(call, ...) { .request = (unsigned int)(call), .name = #call, __VA_ARGS__ }
#define ON_DEVICE_FILE .on_device_file = true
#define IS_NUMBER .argument = RECORDING_A_NUMBER
#define IS_STRUCT .argument = RECORDING_ARGSZ
#define IS_BYTES(type) .argument = RECORDING_FIXED, .size = sizeof(type)
#define IS_ATTRIBUTE .argument = RECORDING_ATTRIBUTE
#define HAS_MEMORY(type, address, length) .memory = OFFSET(type, address), .memory_size = OFFSET(type, length)

static const struct recording_call calls[] = {
	{ .name = "" },   /* 0 is no row */
	ROW(VFIO_GET_API_VERSION),
	ROW(VFIO_CHECK_EXTENSION, IS_NUMBER),
	ROW(VFIO_SET_IOMMU, IS_NUMBER),
	ROW(VFIO_GROUP_GET_STATUS, IS_STRUCT),
	ROW(VFIO_GROUP_SET_CONTAINER, IS_BYTES(int32_t), .is_fd = true),
	ROW(VFIO_GROUP_UNSET_CONTAINER),
	ROW(VFIO_GROUP_GET_DEVICE_FD, .argument = RECORDING_STRING, .makes_fd = true),
	ROW(VFIO_DEVICE_GET_INFO, IS_STRUCT, ON_DEVICE_FILE),
	ROW(VFIO_DEVICE_GET_REGION_INFO, IS_STRUCT, ON_DEVICE_FILE),
	ROW(VFIO_DEVICE_GET_IRQ_INFO, IS_STRUCT, ON_DEVICE_FILE),
	ROW(VFIO_DEVICE_SET_IRQS, IS_STRUCT, ON_DEVICE_FILE, .fds = OFFSET(vfio_irq_set, data)),
	ROW(VFIO_DEVICE_RESET, ON_DEVICE_FILE),
	ROW(VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, IS_STRUCT, ON_DEVICE_FILE),
	ROW(VFIO_DEVICE_PCI_HOT_RESET, IS_STRUCT, ON_DEVICE_FILE, .fds = OFFSET(vfio_pci_hot_reset, group_fds)),
	ROW(VFIO_DEVICE_FEATURE, IS_STRUCT, ON_DEVICE_FILE),
	ROW(VFIO_IOMMU_SPAPR_TCE_GET_INFO, IS_STRUCT),
	ROW(VFIO_IOMMU_MAP_DMA, IS_STRUCT, HAS_MEMORY(vfio_iommu_type1_dma_map, vaddr, size)),
	ROW(VFIO_IOMMU_UNMAP_DMA, IS_STRUCT),
	ROW(VFIO_IOMMU_ENABLE),
	ROW(VFIO_IOMMU_DISABLE),
	ROW(VFIO_EEH_PE_OP, IS_STRUCT),
	ROW(VFIO_IOMMU_SPAPR_REGISTER_MEMORY, IS_STRUCT, HAS_MEMORY(vfio_iommu_spapr_register_memory, vaddr, size)),
	ROW(VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, IS_STRUCT, HAS_MEMORY(vfio_iommu_spapr_register_memory, vaddr, size)),
	ROW(VFIO_IOMMU_SPAPR_TCE_CREATE, IS_STRUCT),
	ROW(VFIO_IOMMU_SPAPR_TCE_REMOVE, IS_STRUCT),
	ROW(KVM_GET_API_VERSION),
	ROW(KVM_CREATE_VM, IS_NUMBER, .makes_fd = true),
	ROW(KVM_CHECK_EXTENSION, IS_NUMBER),
	ROW(KVM_CREATE_SPAPR_TCE, IS_BYTES(struct kvm_create_spapr_tce), .makes_fd = true),
	ROW(KVM_CREATE_SPAPR_TCE_64, IS_BYTES(struct kvm_create_spapr_tce_64), .makes_fd = true),
	ROW(KVM_SET_USER_MEMORY_REGION, IS_BYTES(struct kvm_userspace_memory_region),
	    HAS_MEMORY(kvm_userspace_memory_region, userspace_addr, memory_size)),
	ROW(KVM_SET_USER_MEMORY_REGION2, IS_BYTES(struct kvm_userspace_memory_region2),
	    HAS_MEMORY(kvm_userspace_memory_region2, userspace_addr, memory_size)),
	ROW(KVM_CREATE_DEVICE, IS_BYTES(struct kvm_create_device), .made_fd = OFFSET(kvm_create_device, fd)),
	ROW(KVM_SET_DEVICE_ATTR, IS_ATTRIBUTE),
	ROW(KVM_GET_DEVICE_ATTR, IS_ATTRIBUTE),
	ROW(KVM_HAS_DEVICE_ATTR, IS_ATTRIBUTE),
	ROW(KVM_ENABLE_CAP, IS_BYTES(struct kvm_enable_cap)),
	ROW(STCE_KVM_HCALL, IS_BYTES(struct stce_kvm_hcall)),
};

/* The kernel sees the lower half of a request only. */
unsigned int recording_call_number(unsigned long request, bool on_device_file)
{
	for (unsigned int i = 1; i < ARRAY_COUNT(calls); i++)
		if (calls[i].request == (unsigned int)request && calls[i].on_device_file == on_device_file)
			return i;
	return 0;
}

const struct recording_call *recording_call(uint64_t number)
{
	return number && number < ARRAY_COUNT(calls) ? &calls[number] : NULL;
}

/* Reads a structure that begins with its size; less, if it does not lie in memory as a whole. */
static unsigned int read_sized(const uint8_t *argument, uint8_t *to, recording_copy_fn copy)
{
	uint32_t size;

	if (copy(to, argument, sizeof(size)))
		return 0;
	memcpy(&size, to, sizeof(size));
	if (size < sizeof(size))
		return sizeof(size);
	size = (uint32_t)min_u64(size, RECORDING_BYTES_MAX);
	return copy(to, argument, size) ? (unsigned int)sizeof(size) : size;
}

static unsigned int read_string(const uint8_t *argument, uint8_t *to, recording_copy_fn copy)
{
	unsigned int length = 0;

	while (length < RECORDING_BYTES_MAX && !copy(to + length, argument + length, 1) && to[length++])
		;
	return length;
}

/* The attributes of KVM's VFIO device are a descriptor, or two; that of the device of 2013 has 16 bytes. */
static unsigned int read_attribute(const uint8_t *argument, uint8_t *to, recording_copy_fn copy)
{
	struct kvm_device_attr attribute;
	unsigned int size = sizeof(int32_t);

	if (copy(to, argument, sizeof(attribute)))
		return 0;
	memcpy(&attribute, to, sizeof(attribute));
	if (attribute.group == KVM_DEV_VFIO_GROUP && attribute.attr == KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE)
		size = sizeof(struct kvm_vfio_spapr_tce);
	else if (attribute.group != KVM_DEV_VFIO_GROUP)
		size = sizeof(struct stce_spapr_tce_iommu_linkage);
	return copy(to + sizeof(attribute), (const void *)(uintptr_t)attribute.addr, size) ?
	       (unsigned int)sizeof(attribute) : (unsigned int)sizeof(attribute) + size;
}

unsigned int recording_call_read(const struct recording_call *call, const void *argument, uint8_t *to,
				 recording_copy_fn copy)
{
	switch (call->argument) {
	case RECORDING_ARGSZ:
		return read_sized(argument, to, copy);
	case RECORDING_FIXED:
		return copy(to, argument, call->size) ? 0 : call->size;
	case RECORDING_STRING:
		return read_string(argument, to, copy);
	case RECORDING_ATTRIBUTE:
		return read_attribute(argument, to, copy);
	default:
		return 0;
	}
}

unsigned int recording_call_fds(const struct recording_call *call, const uint8_t *bytes, size_t size)
{
	uint32_t flags = VFIO_IRQ_SET_DATA_EVENTFD;

	if (call->is_fd)
		return size / sizeof(int32_t) ? 1 : 0;
	if (!call->fds || size < call->fds)
		return 0;
	if (call->fds == offsetof(struct vfio_irq_set, data))
		memcpy(&flags, bytes + offsetof(struct vfio_irq_set, flags), sizeof(flags));
	return flags & VFIO_IRQ_SET_DATA_EVENTFD ? (unsigned int)((size - call->fds) / sizeof(int32_t)) : 0;
}
