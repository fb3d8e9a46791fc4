/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public calls on virtual PCI host bridges. papr/ makes and removes hardware windows through
 * the functions given here, which use the container's ioctls as a VMM would.
 */
#include "api/handles.h"

#include <errno.h>

#include "file/fd_table.h"
#include "papr/bridge_life.h"
#include "papr/bridge_member.h"
#include "papr/bridge_window.h"
#include "papr/devtree.h"
#include "papr/rtas.h"
#include "util/alloc.h"
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

int stce_phb_new(struct stce_vm *vm, const struct stce_phb_config *config, struct stce_phb **out)
{
	unsigned int count = reason_count();
	struct stce_phb *phb = ALLOC(struct stce_phb);
	int r = phb ? papr_bridge_init(&phb->bridge, vm->papr, config, &container_hardware) : -ENOMEM;

	if (r) {
		free(phb);
		return (int)REASON_END(count, r);
	}
	*out = phb;
	return 0;
}

void stce_phb_free(struct stce_phb *phb)
{
	if (!phb)
		return;
	papr_bridge_fini(&phb->bridge);
	free(phb);
}

int stce_phb_reset(struct stce_phb *phb)
{
	unsigned int count = reason_count();
	int r;

	pthread_mutex_lock(&phb->bridge.vm->lock);
	r = papr_bridge_reset(&phb->bridge, false);
	pthread_mutex_unlock(&phb->bridge.vm->lock);
	return (int)REASON_END(count, r);
}

int stce_vm_reset(struct stce_vm *vm)
{
	unsigned int count = reason_count();

	return (int)REASON_END(count, papr_vm_reset(vm->papr));
}

int stce_phb_add_group(struct stce_phb *phb, int container, int group)
{
	unsigned int count = reason_count();
	struct file *file;
	int r = kvm_file_of(container, &file);

	if (r)
		return r;
	if (!file || !vfio_container_of(file)) {
		if (file)
			file_put(file);
		return REASON(-EINVAL, "descriptor %d is not a container", container);
	}
	return (int)REASON_END(count, papr_bridge_add_group(&phb->bridge, file, group));
}

int stce_phb_remove_group(struct stce_phb *phb, int group)
{
	return papr_bridge_remove_group(&phb->bridge, group);
}

int stce_vm_set_rtas_tokens(struct stce_vm *vm, const uint32_t *token)
{
	return papr_rtas_set_tokens(vm->papr, token);
}

int stce_vm_set_rtas_associate(struct stce_vm *vm, const uint32_t *token)
{
	return papr_rtas_set_associate(vm->papr, token);
}

int stce_vm_set_rtas_eeh(struct stce_vm *vm, const uint32_t *token)
{
	return papr_rtas_set_eeh(vm->papr, token);
}

long stce_vm_rtas(struct stce_vm *vm, uint64_t buffer)
{
	return papr_rtas(vm->papr, buffer);
}

int stce_phb_write_tree(const struct stce_phb *phb, void *fdt, const char *path)
{
	return papr_tree_write(&phb->bridge, fdt, path);
}
