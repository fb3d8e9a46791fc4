/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public calls on virtual PCI host bridges. Hardware windows are made by
 * the same ioctls of the container that a VMM would use.
 */
#include "spapr-tce/phb.h"

#include <errno.h>

#include "file/fd_table.h"
#include "machine/vm.h"
#include "papr/rtas.h"
#include "util/os.h"
#include "util/reason.h"
#include "vfio/vfio.h"

static int create_window(void *container, const struct tce_geometry *geometry, uint64_t *start)
{
	struct file *file = container;
	struct vfio_iommu_spapr_tce_create p = {
		.argsz = sizeof(p),
		.page_shift = geometry->page_shift,
		.window_size = geometry->window_size,
		.levels = geometry->levels,
	};
	long r = file->ops->ioctl(file, VFIO_IOMMU_SPAPR_TCE_CREATE, &p);

	*start = p.start_addr;
	return (int)r;
}

static int remove_window(void *container, uint64_t start)
{
	struct file *file = container;
	struct vfio_iommu_spapr_tce_remove p = { .argsz = sizeof(p), .start_addr = start };

	return (int)file->ops->ioctl(file, VFIO_IOMMU_SPAPR_TCE_REMOVE, &p);
}

static void put(void *container)
{
	file_put(container);
}

static const struct papr_hardware container_hardware = {
	.create_window = create_window,
	.remove_window = remove_window,
	.put = put,
};

/* A bridge is its own public handle, as a VM is. */
static struct papr_phb *papr(struct stce_phb *phb)
{
	return (struct papr_phb *)phb;
}

int stce_phb_new(struct stce_vm *vm, const struct stce_phb_config *config, struct stce_phb **out)
{
	return papr_phb_new(machine_kvm_vm(vm), config, &container_hardware,
			    (struct papr_phb **)out);
}

void stce_phb_free(struct stce_phb *phb)
{
	if (phb)
		papr_phb_free(papr(phb));
}

int stce_phb_reset(struct stce_phb *phb)
{
	int r;

	pthread_mutex_lock(&papr(phb)->vm->rtas_lock);
	r = papr_phb_reset(papr(phb), false);
	pthread_mutex_unlock(&papr(phb)->vm->rtas_lock);
	return r;
}

int stce_vm_reset(struct stce_vm *vm)
{
	return papr_phb_reset_all(machine_kvm_vm(vm));
}

int stce_phb_add_group(struct stce_phb *phb, int container, int group)
{
	struct file *file;
	int r = kvm_file_of(container, &file);

	if (r)
		return r;
	if (!file || !vfio_container_of(file)) {
		if (file)
			file_put(file);
		return REASON(-EINVAL, "descriptor %d is not a container", container);
	}
	return papr_phb_add_group(papr(phb), file, group);
}

int stce_phb_remove_group(struct stce_phb *phb, int group)
{
	return papr_phb_remove_group(papr(phb), group);
}

int stce_vm_set_rtas_tokens(struct stce_vm *vm, const uint32_t *token)
{
	return papr_rtas_set_tokens(machine_kvm_vm(vm), token);
}

long stce_vm_rtas(struct stce_vm *vm, uint64_t buffer)
{
	return papr_rtas(machine_kvm_vm(vm), buffer);
}
