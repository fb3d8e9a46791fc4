/* SPDX-License-Identifier: BSD-2-Clause */
#include "testing.h"

#include "vmm.h"

#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <linux/kvm.h>

int make_table(struct vmm *v, uint64_t liobn, uint32_t shift, uint64_t offset, uint64_t size)
{
	return stce_vm_create_table(v->vm, &(struct stce_table){ liobn, shift, offset, size });
}

void vmm_start(struct vmm *v)
{
	client_start(&v->c, NULL);
	vmm_start_on(v);
}

void vmm_start_on(struct vmm *v)
{
	client_open(&v->c, VFIO_SPAPR_TCE_v2_IOMMU);
	v->device = -1;
	v->ram = get_pages(RAM_PAGES);
	assert_int_equal(stce_vm_new(v->c.machine, &v->vm), 0);
	assert_int_equal(stce_vm_set_memory(v->vm, 0, GPA, RAM_PAGES * PAGE, v->ram), 0);
	assert_int_equal(stce_vm_enable_hcall(v->vm, STCE_H_STUFF_TCE, true), 0);
	assert_int_equal(stce_vm_enable_hcall(v->vm, STCE_H_PUT_TCE_INDIRECT, true), 0);
	v->table = make_table(v, LIOBN, 12, 0, 0x400);
	assert_true(v->table >= 0);
}

void vmm_stop(struct vmm *v)
{
	if (v->table >= 0)
		stce_close(v->table);
	if (v->device >= 0)
		stce_close(v->device);
	stce_vm_free(v->vm);
	client_stop(&v->c);
	drop_pages(v->ram, RAM_PAGES);
}

void vmm_link(struct vmm *v)
{
	int32_t group = v->c.group;

	assert_int_equal(register_memory(v->c.container, v->ram, RAM_PAGES * PAGE), 0);
	assert_int_equal(unmap_dma(v->c.container, 0, PAGE), 0);
	v->device = stce_vm_create_device(v->vm, KVM_DEV_TYPE_VFIO);
	assert_true(v->device >= 0);
	assert_int_equal(vfio_attr(v->device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
	assert_int_equal(set_spapr_tce(v, v->c.group, v->table), 0);
}

void vmm_open_group(struct vmm *v, int n, int *container, int *group)
{
	char path[32];

	*container = n == 1 ? v->c.container : open_container(&v->c);
	snprintf(path, sizeof(path), "/dev/vfio/%d", n);
	*group = n == 1 ? v->c.group : stce_open(v->c.machine, path, O_RDWR);
	if (n > 1) {
		assert_int_equal(set_container(*group, *container), 0);
		assert_int_equal(set_iommu(*container, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	}
	assert_int_equal(register_memory(*container, v->ram, RAM_PAGES * PAGE), 0);
	assert_int_equal(remove_window(*container, 0), 0);
}

long vfio_attr(int device, uint64_t attr, const void *value)
{
	struct kvm_device_attr a = { .group = KVM_DEV_VFIO_GROUP, .attr = attr, .addr = (uintptr_t)value };

	return stce_ioctl(device, KVM_SET_DEVICE_ATTR, &a);
}

long set_spapr_tce(struct vmm *v, int group, int table)
{
	struct kvm_vfio_spapr_tce p = { group, table };

	return vfio_attr(v->device, KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, &p);
}

static long hcall(struct vmm *v, uint64_t nr, uint64_t a, uint64_t b, uint64_t x, uint64_t d,
		  uint64_t *ret)
{
	uint64_t args[5] = { a, b, x, d, 0 };

	return stce_vm_hcall(v->vm, nr, args, ret);
}

long h_put(struct vmm *v, uint64_t liobn, uint64_t ioba, uint64_t tce)
{
	uint64_t ret;

	return hcall(v, STCE_H_PUT_TCE, liobn, ioba, tce, 0, &ret);
}

long h_stuff(struct vmm *v, uint64_t liobn, uint64_t ioba, uint64_t value, uint64_t count)
{
	uint64_t ret;

	return hcall(v, STCE_H_STUFF_TCE, liobn, ioba, value, count, &ret);
}

long h_indirect(struct vmm *v, uint64_t liobn, uint64_t ioba, uint64_t list, uint64_t count)
{
	uint64_t ret;

	return hcall(v, STCE_H_PUT_TCE_INDIRECT, liobn, ioba, list, count, &ret);
}

uint64_t h_get(struct vmm *v, uint64_t liobn, uint64_t ioba)
{
	uint64_t ret = 0x5555;

	assert_int_equal(hcall(v, STCE_H_GET_TCE, liobn, ioba, 0, 0, &ret), STCE_H_SUCCESS);
	return ret;
}

char *list_memory(struct vmm *v)
{
	return v->ram + (LIST - GPA);
}

void set_list(struct vmm *v, uint64_t gpa, const uint64_t *tce, unsigned int count)
{
	uint64_t *to = (uint64_t *)(v->ram + (gpa - GPA));

	for (unsigned int i = 0; i < count; i++)
		to[i] = htobe64(tce[i]);
}
