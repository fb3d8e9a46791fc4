/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual function has nothing but its identity and its MSI-X table: its registers, queues and vectors are
 * those that the card of the same process has for it, and the card's worker moves its frames. If another
 * process drives the card, this one's is as after a reset: the link is down, and mail stays unanswered
 * [DIFF-77].
 *
 * Its lock is taken before the card's. The worker reads a virtual function's config space only in a batch, so
 * whoever changes that holds the worker.
 */
#include "igb/vf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dev/options.h"
#include "igb/host.h"
#include "igb/model.h"
#include "igb/vf_registers.h"
#include "igb/vf_reset.h"
#include "igb/worker.h"
#include "util/alloc.h"

struct virtual_function {
	struct function fn;
	unsigned int number;
	struct msix_table msix;
	struct igb *igb;             /* NULL when the card has ended */
};

static struct virtual_function *vf_of(struct function *fn)
{
	return container_of(fn, struct virtual_function, fn);
}

/* One that was disabled has no part of the card any longer, and another can have its number. */
static bool has_part_locked(const struct virtual_function *vf)
{
	return vf->number < vf->igb->vfs && vf->igb->vf[vf->number].fn == &vf->fn;
}

static uint32_t read_word_locked(const struct virtual_function *vf, uint64_t offset)
{
	return has_part_locked(vf) ? igb_vf_read(vf->igb, vf->number, (uint32_t)offset) : UINT32_MAX;
}

static void write_word_locked(const struct virtual_function *vf, uint64_t offset, uint64_t value)
{
	if (has_part_locked(vf))
		igb_vf_write(vf->igb, vf->number, (uint32_t)offset, (uint32_t)value);
}

static uint64_t vf_bar_read(struct function *fn, unsigned int bar, uint64_t offset, unsigned int size)
{
	struct virtual_function *vf = vf_of(fn);
	uint64_t value;

	if (bar == IGB_BAR_MSIX)
		return msix_table_read(&vf->msix, offset, size);
	pthread_mutex_lock(&vf->igb->fn.lock);
	value = read_word_locked(vf, align_down(offset, 4));
	if (size == 8)
		value |= (uint64_t)read_word_locked(vf, offset + 4) << 32;
	pthread_mutex_unlock(&vf->igb->fn.lock);
	return value >> 8 * (offset % 4);
}

static void vf_bar_write(struct function *fn, unsigned int bar, uint64_t offset, unsigned int size, uint64_t value)
{
	struct virtual_function *vf = vf_of(fn);

	if (bar == IGB_BAR_MSIX) {
		msix_table_write(&vf->msix, offset, size, value);
		return;
	}
	pthread_mutex_lock(&vf->igb->fn.lock);
	if (size >= 4)
		write_word_locked(vf, offset, value);
	if (size == 8)
		write_word_locked(vf, offset + 4, value >> 32);
	pthread_mutex_unlock(&vf->igb->fn.lock);
}

static void vf_quiesce(struct function *fn)
{
	struct igb *igb = vf_of(fn)->igb;

	pthread_mutex_lock(&igb->fn.lock);
	igb_hold(igb);
	pthread_mutex_unlock(&igb->fn.lock);
}

static void vf_resume(struct function *fn)
{
	struct igb *igb = vf_of(fn)->igb;

	pthread_mutex_lock(&igb->fn.lock);
	igb_release(igb);
	pthread_mutex_unlock(&igb->fn.lock);
}

static void vf_reset(struct function *fn)
{
	struct virtual_function *vf = vf_of(fn);

	msix_table_reset(&vf->msix);
	pthread_mutex_lock(&vf->igb->fn.lock);
	igb_quiesce(&vf->igb->fn);
	if (has_part_locked(vf))
		igb_vf_reset(vf->igb, vf->number);
	pthread_mutex_unlock(&vf->igb->fn.lock);
}

static void vf_free(struct function *fn)
{
	struct virtual_function *vf = vf_of(fn);

	if (vf->igb) {
		vf_quiesce(fn);
		pthread_mutex_lock(&vf->igb->fn.lock);
		if (vf->igb->vf[vf->number].fn == fn)
			vf->igb->vf[vf->number].fn = NULL;
		pthread_mutex_unlock(&vf->igb->fn.lock);
		vf_resume(fn);
	}
	function_fini(fn);
	free(vf);
}

static const struct function_ops vf_ops = {
	.bar_read = vf_bar_read,
	.bar_write = vf_bar_write,
	.quiesce = vf_quiesce,
	.resume = vf_resume,
	.reset = vf_reset,
	.free = vf_free,
};

static void attach(struct virtual_function *vf, bool has_host)
{
	pthread_mutex_lock(&vf->igb->fn.lock);
	igb_quiesce(&vf->igb->fn);
	vf->igb->vf[vf->number].fn = &vf->fn;
	vf->igb->host = has_host ? &igb_host_ops : NULL;
	pthread_mutex_unlock(&vf->igb->fn.lock);
}

static int vf_check(const struct function_init *init, char *why)
{
	return options_begin(&igb_vf_function_type, init, why).error;
}

/* It has what its card has, but for what the card's capability says of it [SR-IOV 1.1 3.4.1]; MSI-X is all it has. */
static struct pci_identity identity_of_vf(void)
{
	struct pci_identity identity = igb_82576.identity;

	identity.device = igb_sriov.device;
	memcpy(identity.bar, igb_sriov.bar, sizeof(identity.bar));
	identity.msix_vectors = IGB_VF_VECTORS;
	identity.has_intx = false;
	identity.has_msi = false;
	identity.sriov = NULL;
	return identity;
}

static int vf_create(const struct function_init *init, struct function **fn, char *why)
{
	struct pci_identity identity = identity_of_vf();
	struct virtual_function *vf;
	int r = vf_check(init, why);

	if (r)
		return r;
	vf = ALLOC(struct virtual_function);
	r = vf ? function_init(&vf->fn, &igb_vf_function_type, &vf_ops, init, &identity) : -ENOMEM;
	if (r) {
		free(vf);
		return function_refuse(why, r, "igbvf: out of memory");
	}
	vf->fn.copies_much = true;
	vf->number = init->number;
	vf->igb = igb_of(init->physical);
	msix_table_reset(&vf->msix);
	attach(vf, init->physical_has_host);
	*fn = &vf->fn;
	return 0;
}

void igb_set_vfs(struct function *fn, unsigned int count)
{
	struct igb *igb = igb_of(fn);

	for (unsigned int i = 0; i < IGB_VFS; i++)
		if ((i < igb->vfs) != (i < count))
			igb_vf_reset(igb, i);
	igb->vfs = count;
	if (count && igb->host) {
		igb->host->reset(igb);
	} else if (igb->host) {
		igb->host = NULL;
		igb->fn.ops->reset(&igb->fn);
	}
}

void igb_vfs_forget(struct igb *igb)
{
	for (unsigned int i = 0; i < IGB_VFS; i++)
		if (igb->vf[i].fn)
			vf_of(igb->vf[i].fn)->igb = NULL;
}

/* The machine reads them. */
static const struct function_option_help vf_options[] = {
	{ "physical", "DDDD:BB:SS.F", "the PCI address of the igb that has it" },
	{ "server", "auto|host|program", "who drives that one (auto: the host if its driver has it at the start)" },
	{ NULL, NULL, NULL },
};

const struct function_type igb_vf_function_type = {
	.name = "igbvf",
	.text = "a virtual function of an Intel 82576",
	.options = vf_options,
	.check = vf_check,
	.create = vf_create,
};
