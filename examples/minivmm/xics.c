/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PAPR's interrupt controller [PAPR XICS] is KVM's: the vCPU's presentation,
 * and one source for each vector of the function. KVM finishes the guest's
 * hypercalls and RTAS calls for it, and raises a source when its eventfd is
 * written to, so that no interrupt passes through this program.
 */
#include "minivmm.h"

#include <stdio.h>
#include <sys/ioctl.h>

#define MASKED 0xffull

/* KVM serves these RTAS calls, although they have tokens like all others. */
static void define_tokens(struct minivmm *v)
{
	const struct rtas_row *row;

	for (unsigned int n = 0; (row = rtas_row(n)); n++) {
		struct kvm_rtas_token_args token = { .token = n + 1 };

		if (row->handle)
			continue;
		snprintf(token.name, sizeof(token.name), "%s", row->name);
		check_errno(row->name, ioctl(v->kvm_vm, KVM_PPC_RTAS_DEFINE_TOKEN, &token));
	}
}

static void access_source(struct minivmm *v, unsigned long request, unsigned int n, uint64_t *state)
{
	struct kvm_device_attr source = {
		.group = KVM_DEV_XICS_GRP_SOURCES,
		.attr = XICS_MSI_BASE + n,
		.addr = (uintptr_t)state,
	};

	check_errno("interrupt source", ioctl(v->xics, request, &source));
}

void xics_new(struct minivmm *v)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_XICS };
	struct kvm_enable_cap connect = { .cap = KVM_CAP_IRQ_XICS };
	uint64_t state = KVM_XICS_MASKED | MASKED << KVM_XICS_PRIORITY_SHIFT;

	check_errno("interrupt controller", ioctl(v->kvm_vm, KVM_CREATE_DEVICE, &device));
	v->xics = (int)device.fd;
	connect.args[0] = device.fd;
	connect.args[1] = 0;     /* the server's number */
	check_errno("interrupt controller's vCPU", ioctl(v->vcpu, KVM_ENABLE_CAP, &connect));
	for (unsigned int n = 0; n < PCI_MSI_COUNT; n++)
		access_source(v, KVM_SET_DEVICE_ATTR, n, &state);
	define_tokens(v);
}

static void set_eventfd(struct minivmm *v, unsigned int n, int fd, uint32_t flags)
{
	struct kvm_irqfd irqfd = { .fd = (uint32_t)fd, .gsi = XICS_MSI_BASE + n, .flags = flags };

	check_errno("eventfd of an interrupt", ioctl(v->kvm_vm, KVM_IRQFD, &irqfd));
}

void xics_add_eventfd(struct minivmm *v, unsigned int n, int fd)
{
	set_eventfd(v, n, fd, 0);
}

/* Disconnects the eventfd; KVM first waits for signals on their way. */
void xics_remove_eventfd(struct minivmm *v, unsigned int n, int fd)
{
	set_eventfd(v, n, fd, KVM_IRQFD_FLAG_DEASSIGN);
}

void xics_save(struct minivmm *v, uint64_t *source)
{
	for (unsigned int n = 0; n < PCI_MSI_COUNT; n++)
		access_source(v, KVM_GET_DEVICE_ATTR, n, &source[n]);
}

void xics_restore(struct minivmm *v, uint64_t *source)
{
	for (unsigned int n = 0; n < PCI_MSI_COUNT; n++)
		access_source(v, KVM_SET_DEVICE_ATTR, n, &source[n]);
}
