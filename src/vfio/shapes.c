/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ioctls of VFIO's files that a process can have made by the process that has the state
 * (file/lend.h), with the bytes of their arguments. Calls that name memory of their caller are not
 * here: the state is bound to the memory of the process that has it [DIFF-30].
 */
#include "vfio/vfio.h"

#include <errno.h>

#include "file/shape.h"

#define OFFSET(type, field) offsetof(struct vfio_##type, field)
#define MEMBERS_MAX 256     /* functions in a PE */

static size_t device_info_answer(const void *argument, long result)
{
	const struct vfio_device_info *info = argument;

	/* Linux 6.12 has padded the structure to a multiple of 8. */
	return result ? 0 : min_u64(info->argsz, 3 * sizeof(uint64_t));
}

static size_t region_info_answer(const void *argument, long result)
{
	const struct vfio_region_info *info = argument;

	if (result)
		return 0;
	/* The capability of a BAR with an MSI-X table follows if it had room. Without one cap_offset is the program's. */
	return sizeof(*info) + (info->flags & VFIO_REGION_INFO_FLAG_CAPS && info->cap_offset ?
				sizeof(struct vfio_info_cap_header) : 0);
}

static size_t irq_info_answer(const void *argument, long result)
{
	return result ? 0 : sizeof(struct vfio_irq_info);
}

/* Returns the size of the data, or 0 if the header is refused before they are read. */
static size_t irq_set_tail(const void *head)
{
	const struct vfio_irq_set *set = head;
	size_t unit = set->flags & VFIO_IRQ_SET_DATA_EVENTFD ? sizeof(int32_t) :
		      set->flags & VFIO_IRQ_SET_DATA_BOOL ? sizeof(uint8_t) : 0;
	size_t size = set->count * unit;

	if (set->argsz < OFFSET(irq_set, data) || set->argsz - OFFSET(irq_set, data) < size)
		return 0;
	return size <= FILE_CALL_SIZE / 2 ? size : 0;
}

static unsigned int irq_set_fds(const void *head)
{
	const struct vfio_irq_set *set = head;

	return set->flags & VFIO_IRQ_SET_DATA_EVENTFD ? (unsigned int)(irq_set_tail(head) / sizeof(int32_t)) : 0;
}

static size_t hot_reset_info_answer(const void *argument, long result)
{
	const struct vfio_pci_hot_reset_info *info = argument;
	size_t room = info->argsz - OFFSET(pci_hot_reset_info, devices);

	if (result && result != -ENOSPC)
		return 0;
	return OFFSET(pci_hot_reset_info, devices) +
	       min_u64(info->count, room / sizeof(info->devices[0])) * sizeof(info->devices[0]);
}

static unsigned int hot_reset_fds(const void *head)
{
	const struct vfio_pci_hot_reset *reset = head;

	return reset->count <= MEMBERS_MAX ? reset->count : 0;
}

static size_t hot_reset_tail(const void *head)
{
	return hot_reset_fds(head) * sizeof(int32_t);
}

static const struct file_shape device_shapes[] = {
	{ .request = VFIO_DEVICE_GET_INFO, .head = OFFSET(device_info, cap_offset), .answer = device_info_answer },
	{
		.request = VFIO_DEVICE_GET_REGION_INFO,
		.head = sizeof(struct vfio_region_info),
		.answer = region_info_answer,
	},
	{ .request = VFIO_DEVICE_GET_IRQ_INFO, .head = sizeof(struct vfio_irq_info), .answer = irq_info_answer },
	{
		.request = VFIO_DEVICE_SET_IRQS,
		.head = OFFSET(irq_set, data),
		.tail = irq_set_tail,
		.fds = irq_set_fds,
	},
	{ .request = VFIO_DEVICE_RESET, .has_number = true },
	{
		.request = VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
		.head = OFFSET(pci_hot_reset_info, devices),
		.answer = hot_reset_info_answer,
	},
	{
		.request = VFIO_DEVICE_PCI_HOT_RESET,
		.head = OFFSET(pci_hot_reset, group_fds),
		.tail = hot_reset_tail,
		.fds = hot_reset_fds,
	},
};

static const struct file_shape group_shapes[] = {
	{ .request = VFIO_GROUP_UNSET_CONTAINER, .has_number = true },
};

static size_t tce_info_answer(const void *argument, long result)
{
	const struct vfio_iommu_spapr_tce_info *info = argument;

	if (result)
		return 0;
	return info->argsz < sizeof(*info) ? OFFSET(iommu_spapr_tce_info, ddw) : sizeof(*info);
}

/* The error to inject follows four bytes of padding. */
static size_t eeh_tail(const void *head)
{
	const struct vfio_eeh_pe_op *op = head;

	return op->op == VFIO_EEH_PE_INJECT_ERR && op->argsz >= sizeof(*op) ? sizeof(*op) - OFFSET(eeh_pe_op, op) -
	       sizeof(op->op) : 0;
}

static const struct file_shape container_shapes[] = {
	{ .request = VFIO_SET_IOMMU, .has_number = true },
	{
		.request = VFIO_IOMMU_SPAPR_TCE_GET_INFO,
		.head = OFFSET(iommu_spapr_tce_info, ddw),
		.answer = tce_info_answer,
	},
	{ .request = VFIO_EEH_PE_OP, .head = OFFSET(eeh_pe_op, op) + sizeof(uint32_t), .tail = eeh_tail },
};

static const struct file_shape *find(const struct file_shape *shapes, size_t count, unsigned long request)
{
	for (size_t i = 0; i < count; i++)
		if (shapes[i].request == (unsigned int)request)
			return &shapes[i];
	return NULL;
}

const struct file_shape *vfio_device_shape(unsigned long request)
{
	return find(device_shapes, ARRAY_COUNT(device_shapes), request);
}

const struct file_shape *vfio_group_shape(unsigned long request)
{
	return find(group_shapes, ARRAY_COUNT(group_shapes), request);
}

const struct file_shape *vfio_container_shape(unsigned long request)
{
	return find(container_shapes, ARRAY_COUNT(container_shapes), request);
}
