/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements the interrupts of a device file [linux vfio_pci_intrs.c]: it checks the arguments in
 * Linux's order, and has a row for each action of SET_IRQS. dev/irq.h owns vectors and eventfds.
 */
#include "vfio/device.h"

#include <errno.h>

#include "dev/irq_intx.h"
#include "dev/irq_setup.h"
#include "dev/irq_unmask.h"
#include "util/alloc.h"
#include "util/reason.h"
#include "util/trace.h"
#include "util/user.h"
#include "vfio/request.h"

/* The size of an argument without data. */
#define HEADER_SIZE offsetof(struct vfio_irq_set, data)

static unsigned int vector_count(const struct function *fn, unsigned int index)
{
	return fn->irqs.line[index].count;
}

long vfio_device_get_irq_info(void *object, void *argument)
{
	struct vfio_device *device = object;
	struct vfio_irq_info info;
	int r = vfio_read_args(&info, argument, sizeof(info));

	if (r)
		return r;
	/* [linux vfio_pci_core.c] A function without MSI answers for MSI that it has no vectors. */
	if (info.index >= VFIO_PCI_NUM_IRQS)
		return REASON(-EINVAL, "there is no interrupt index %u", info.index);
	info.count = vector_count(device->member->function, info.index);
	info.flags = VFIO_IRQ_INFO_EVENTFD;
	if (info.index == VFIO_PCI_INTX_IRQ_INDEX)
		info.flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
	else
		info.flags |= VFIO_IRQ_INFO_NORESIZE;
	if (user_write(argument, &info, sizeof(info)))
		return REASON(-EFAULT, "the answer cannot be written");
	return 0;
}

/* The data of a request: none, a byte for each vector, or a descriptor for each. */
struct irq_data {
	uint32_t kind;
	uint8_t *bytes;
	int32_t *fds;
};

/* Runs `act` for each vector that the data selects, until one fails. */
static int for_each(struct irq_set *set, const struct vfio_irq_set *hdr, const struct irq_data *data,
		    int (*act)(struct irq_set *set, enum irq_index index, unsigned int vector))
{
	int r = 0;

	for (unsigned int i = 0; i < hdr->count && !r; i++)
		if (data->kind == VFIO_IRQ_SET_DATA_NONE || data->bytes[i])
			r = act(set, hdr->index, hdr->start + i);
	return r;
}

static int mask_one(struct irq_set *set, enum irq_index index, unsigned int vector)
{
	return irq_mask(set, index, true);
}

static int unmask_one(struct irq_set *set, enum irq_index index, unsigned int vector)
{
	return irq_mask(set, index, false);
}

/* [linux vfio_pci_set_intx_mask, _unmask] INTx has one vector, and must be set up. */
static int check_intx(struct irq_set *set, const struct vfio_irq_set *hdr)
{
	if (hdr->count != 1 || !irq_is_enabled(set, IRQ_INTX))
		return REASON(-EINVAL, "INTx must be set up and has one vector, not %u", hdr->count);
	return 0;
}

static int act_mask(struct irq_set *set, const struct vfio_irq_set *hdr, const struct irq_data *data)
{
	int r = check_intx(set, hdr);

	/* [linux] An eventfd cannot mask there either. */
	if (!r && data->kind == VFIO_IRQ_SET_DATA_EVENTFD)
		r = REASON(-ENOTTY, "an eventfd cannot mask");
	return r ? r : for_each(set, hdr, data, mask_one);
}

static int act_unmask(struct irq_set *set, const struct vfio_irq_set *hdr,
		      const struct irq_data *data)
{
	int r = check_intx(set, hdr);

	if (r || data->kind != VFIO_IRQ_SET_DATA_EVENTFD)
		return r ? r : for_each(set, hdr, data, unmask_one);
	if (data->fds[0] >= 0)
		return irq_set_unmask_eventfd(set, data->fds[0]);
	irq_clear_unmask_eventfd(set);
	return 0;
}

static bool is_message(unsigned int index)
{
	return index == VFIO_PCI_MSI_IRQ_INDEX || index == VFIO_PCI_MSIX_IRQ_INDEX;
}

static int set_eventfds(struct irq_set *set, const struct vfio_irq_set *hdr,
			const struct irq_data *data)
{
	if (hdr->count || !is_message(hdr->index))
		return irq_set_eventfds(set, hdr->index, hdr->start, hdr->count, data->fds);
	/*
	 * [linux vfio_msi_enable] MSI cannot be set up with 0 vectors; once it is set up, a call
	 * may change 0 of them.
	 */
	return irq_is_enabled(set, hdr->index) ? 0 : REASON(-ERANGE, "an index cannot be set up without vectors");
}

static int act_trigger(struct irq_set *set, const struct vfio_irq_set *hdr,
		       const struct irq_data *data)
{
	bool is_loopback = data->kind == VFIO_IRQ_SET_DATA_BOOL;

	if (data->kind == VFIO_IRQ_SET_DATA_EVENTFD)
		return set_eventfds(set, hdr, data);
	if (is_loopback && !hdr->count && !is_message(hdr->index))
		return REASON(-EINVAL, "a loopback trigger needs a vector");
	/*
	 * [linux vfio_pci_set_ctx_trigger_single] A loopback trigger on an index without eventfds
	 * succeeds and does nothing.
	 */
	if (is_loopback && hdr->index > VFIO_PCI_MSIX_IRQ_INDEX && !irq_is_enabled(set, hdr->index))
		return 0;
	/* [linux vfio_pci_set_msi_trigger] Everything below needs an index that is set up. */
	if (!irq_is_enabled(set, hdr->index))
		return REASON(-EINVAL, "index %u is not set up", hdr->index);
	if (data->kind == VFIO_IRQ_SET_DATA_NONE && !hdr->count) {
		irq_disable(set, hdr->index);
		return 0;
	}
	return for_each(set, hdr, data, irq_trigger);
}

static const struct {
	uint32_t flag;
	bool only_intx;
	int (*act)(struct irq_set *set, const struct vfio_irq_set *hdr, const struct irq_data *data);
} actions[] = {
	{ VFIO_IRQ_SET_ACTION_MASK, true, act_mask },
	{ VFIO_IRQ_SET_ACTION_UNMASK, true, act_unmask },
	{ VFIO_IRQ_SET_ACTION_TRIGGER, false, act_trigger },
};

/*
 * [linux vfio_set_irqs_validate_and_prepare] Checks the header, and sets *unit to the bytes of data
 * for each vector.
 */
static int check_header(const struct function *fn, const struct vfio_irq_set *hdr, size_t *unit)
{
	unsigned int count;

	if (hdr->flags & ~(VFIO_IRQ_SET_DATA_TYPE_MASK | VFIO_IRQ_SET_ACTION_TYPE_MASK) ||
	    hdr->index >= VFIO_PCI_NUM_IRQS || hdr->count >= UINT32_MAX - hdr->start)
		return REASON(-EINVAL, "flags %#x, index %u or the range are bad", hdr->flags, hdr->index);
	count = vector_count(fn, hdr->index);
	if (hdr->start >= count || hdr->start + hdr->count > count)
		return REASON(-EINVAL, "vectors [%u, +%u) are not in index %u, which has %u",
			      hdr->start, hdr->count, hdr->index, count);
	switch (hdr->flags & VFIO_IRQ_SET_DATA_TYPE_MASK) {
	case VFIO_IRQ_SET_DATA_NONE:
		*unit = 0;
		return 0;
	case VFIO_IRQ_SET_DATA_BOOL:
		*unit = sizeof(uint8_t);
		break;
	case VFIO_IRQ_SET_DATA_EVENTFD:
		*unit = sizeof(int32_t);
		break;
	default:
		return REASON(-EINVAL, "flags %#x name no single kind of data", hdr->flags);
	}
	if (!hdr->count)
		return 0;
	if (hdr->argsz - HEADER_SIZE < hdr->count * *unit)
		return REASON(-EINVAL, "argsz %u is too small for %u vectors", hdr->argsz, hdr->count);
	return 0;
}

static int run_action(struct irq_set *set, const struct vfio_irq_set *hdr,
		      const struct irq_data *data)
{
	uint32_t wanted = hdr->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK;

	for (unsigned int i = 0; i < ARRAY_COUNT(actions); i++) {
		if (actions[i].flag != wanted)
			continue;
		if (actions[i].only_intx && hdr->index != VFIO_PCI_INTX_IRQ_INDEX)
			return REASON(-ENOTTY, "index %u cannot be masked", hdr->index);
		return actions[i].act(set, hdr, data);
	}
	return REASON(-ENOTTY, "flags %#x name no single action", hdr->flags);
}

long vfio_device_set_irqs(void *object, void *argument)
{
	struct vfio_device *device = object;
	struct function *fn = device->member->function;
	struct vfio_irq_set hdr = { 0 };
	struct irq_data data = { 0 };
	size_t unit = 0;
	void *bytes = NULL;
	int r = vfio_read_args(&hdr, argument, HEADER_SIZE);

	if (!r)
		r = check_header(fn, &hdr, &unit);
	if (!r && unit && hdr.count) {
		bytes = alloc_zero(hdr.count, unit);
		if (!bytes)
			r = REASON(-ENOMEM, "no memory for the data of %u vectors", hdr.count);
		else if (user_read(bytes, (char *)argument + HEADER_SIZE, hdr.count * unit))
			r = REASON(-EFAULT, "the data of %u vectors cannot be read", hdr.count);
	}
	if (!r) {
		data.kind = hdr.flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
		data.bytes = bytes;
		data.fds = bytes;
		r = run_action(&fn->irqs, &hdr, &data);
		if (hdr.index == VFIO_PCI_REQ_IRQ_INDEX)
			vfio_request_hear(device->member);
	}
	free(bytes);
	TRACE_IN(trace_of_group(fn->pe->group), vfio_set_irqs, fn->address, hdr.index, hdr.start, hdr.count, r);
	return r;
}
