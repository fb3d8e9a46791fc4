/* SPDX-License-Identifier: BSD-2-Clause */
/* LIOBNs whose tables the windows of groups follow: both devices, counts, lifetimes. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "vmm_test.h"
#include "stats_of.h"

static char device_byte(uint64_t ioba)
{
	char x = 0;

	return device_read(&v.c, ioba, &x, 1) ? '!' : x;
}

static long linkage(int device, unsigned int request, uint64_t liobn, int *fd, uint32_t flags)
{
	struct stce_spapr_tce_iommu_linkage p = { liobn, (uint32_t)*fd, flags };
	struct kvm_device_attr a = { .group = STCE_KVM_DEV_SPAPR_TCE_IOMMU_ATTR_LINKAGE,
				     .addr = (uintptr_t)&p };
	long r = stce_ioctl(device, request, &a);

	*fd = (int)p.fd;
	return r;
}

static void there_is_one_vfio_device(void **state)
{
	int again;

	v.device = stce_vm_create_device(v.vm, KVM_DEV_TYPE_VFIO);
	assert_true(v.device >= 0);
	assert_int_equal(stce_vm_create_device(v.vm, KVM_DEV_TYPE_VFIO), -EBUSY);
	assert_int_equal(stce_vm_create_device(v.vm, 12345), -ENODEV);
	stce_close(v.device);
	again = stce_vm_create_device(v.vm, KVM_DEV_TYPE_VFIO);
	assert_true(again >= 0);
	v.device = again;
}

static void add_and_del_judge_the_descriptor(void **state)
{
	int32_t bad = -1, zero = open("/dev/zero", O_RDONLY), container = v.c.container, group = v.c.group;

	v.device = stce_vm_create_device(v.vm, KVM_DEV_TYPE_VFIO);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, NULL), -EFAULT);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &bad), -EBADF);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &zero), -EINVAL);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &container), -EINVAL);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_DEL, &group), -ENOENT);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_DEL, &bad), -EBADF);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &group), -EEXIST);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_DEL, &group), 0);
	assert_int_equal(vfio_attr(v.device, 4, &group), -ENXIO);
	close(zero);
}

static void set_spapr_tce_judges_group_table_and_window(void **state)
{
	struct stce_vm *other_vm;
	int32_t group = v.c.group;
	int other, device_file;

	v.device = stce_vm_create_device(v.vm, KVM_DEV_TYPE_VFIO);
	assert_int_equal(set_spapr_tce(&v, group, v.table), -ENOENT);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
	assert_int_equal(set_spapr_tce(&v, group, -1), -EBADF);
	assert_int_equal(set_spapr_tce(&v, group, group), -EINVAL);
	assert_int_equal(set_spapr_tce(&v, -1, v.table), -EBADF);
	assert_int_equal(stce_vm_new(v.c.machine, &other_vm), 0);
	other = stce_vm_create_table(other_vm, &(struct stce_table){ 1, 12, 0, 16 });
	assert_int_equal(set_spapr_tce(&v, group, other), -EINVAL);
	stce_close(other);
	stce_vm_free(other_vm);
	/* The default window has not been made yet. */
	assert_int_equal(set_spapr_tce(&v, group, v.table), -EINVAL);
	device_file = (int)get_device(group, FIRST);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &device_file), 0);
	assert_int_equal(set_spapr_tce(&v, device_file, v.table), -EIO);
	stce_close(device_file);
}

/* The table matches the window, but one guest must not control the DMA of another's device. */
static void a_table_of_another_vm_is_not_linked(void **state)
{
	struct stce_vm *other;
	int table;

	vmm_link(&v);
	assert_int_equal(stce_vm_new(v.c.machine, &other), 0);
	table = stce_vm_create_table(other, &(struct stce_table){ LIOBN, 12, 0, 0x400 });
	assert_true(table >= 0);
	assert_int_equal(set_spapr_tce(&v, v.c.group, table), -EINVAL);
	stce_close(table);
	stce_vm_free(other);
}

static void tables_match_windows_by_start_size_and_page(void **state)
{
	int larger, shifted, coarse;

	vmm_link(&v);
	larger = make_table(&v, 2, 12, 0, 0x80001);
	shifted = make_table(&v, 3, 12, 0x10, 0x10);
	coarse = make_table(&v, 4, 16, 0, 0x10);
	assert_int_equal(set_spapr_tce(&v, v.c.group, larger), -EINVAL);
	assert_int_equal(set_spapr_tce(&v, v.c.group, shifted), -EINVAL);
	assert_int_equal(set_spapr_tce(&v, v.c.group, coarse), 0);
	assert_int_equal(set_spapr_tce(&v, v.c.group, v.table), 0);
	stce_close(larger);
	stce_close(shifted);
	stce_close(coarse);
}

static void the_host_s_own_window_is_never_linked(void **state)
{
	int32_t second;

	v.c.second = second = open_group(&v.c, 2);
	v.device = stce_vm_create_device(v.vm, KVM_DEV_TYPE_VFIO);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &second), 0);
	/* [DIFF-13] */
	assert_int_equal(set_spapr_tce(&v, second, v.table), -EINVAL);
}

/* Two hosts in one process have separate windows and locks. */
static void a_group_of_another_machine_is_not_linked(void **state)
{
	int device = stce_vm_create_device(v.vm, STCE_KVM_DEV_TYPE_SPAPR_TCE_IOMMU);
	struct client other;
	int32_t group;
	int fd;

	client_start(&other, NULL);
	client_open(&other, VFIO_SPAPR_TCE_v2_IOMMU);
	drop_pages(client_memory(&other, 1), 1);
	assert_int_equal(unmap_dma(other.container, 0, PAGE), 0);
	vmm_link(&v);
	group = fd = other.group;
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
	assert_int_equal(set_spapr_tce(&v, group, v.table), -EINVAL);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_DEL, &group), 0);
	assert_int_equal(linkage(device, KVM_SET_DEVICE_ATTR, 0x90, &fd, 0), -EINVAL);
	stce_close(device);
	client_stop(&other);
}

static void a_linked_put_moves_the_device_without_an_ioctl(void **state)
{
	uint64_t maps;

	vmm_link(&v);
	maps = stats_of(v.c.machine).map_calls;
	v.ram[PAGE] = 'k';
	assert_int_equal(h_put(&v, LIOBN, 0x5000, (GPA + PAGE) | 3), STCE_H_SUCCESS);
	assert_int_equal(device_byte(0x5000), 'k');
	assert_int_equal(stats_of(v.c.machine).map_calls, maps);
	assert_int_equal(unregister_memory(v.c.container, v.ram, RAM_PAGES * PAGE), -EBUSY);
	assert_int_equal(h_put(&v, LIOBN, 0x5000, 0), STCE_H_SUCCESS);
	assert_int_equal(device_byte(0x5000), '!');
	assert_int_equal(unregister_memory(v.c.container, v.ram, RAM_PAGES * PAGE), 0);
	assert_int_equal(h_put(&v, LIOBN, 0x5000, (GPA + PAGE) | 3), STCE_H_TOO_HARD);
	assert_int_equal(h_get(&v, LIOBN, 0x5000), 0);
}

static void lists_follow_in_both_tiers(void **state)
{
	uint64_t tce[16];

	vmm_link(&v);
	for (unsigned int i = 0; i < 16; i++) {
		tce[i] = (GPA + (15 - i) * PAGE) | 3;
		v.ram[i * PAGE + 200] = (char)('a' + i);
	}
	set_list(&v, LIST, tce, 16);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 16), STCE_H_SUCCESS);
		for (unsigned int i = 0; i < 16; i++)
			assert_int_equal(device_byte(i * PAGE + 200), 'a' + 15 - (int)i);
		assert_int_equal(h_stuff(&v, LIOBN, 0, 0xf0, 16), STCE_H_SUCCESS);
		assert_int_equal(h_get(&v, LIOBN, 0xf000), 0xf0);
		assert_int_equal(device_byte(200), '!');
	}
	assert_int_equal(stats_of(v.c.machine).pages_mapped, 0);
	/* [DIFF-10] Entries without permissions leave no count behind. */
	memset(tce, 0, sizeof(tce));
	tce[3] = GPA | 3;
	for (unsigned int i = 0; i < 16; i++)
		tce[i] |= i == 3 ? 0 : GPA;
	set_list(&v, LIST, tce, 16);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 16), STCE_H_SUCCESS);
	assert_int_equal(h_stuff(&v, LIOBN, 0, 0, 16), STCE_H_SUCCESS);
	assert_int_equal(unregister_memory(v.c.container, v.ram, RAM_PAGES * PAGE), 0);
}

/* On Linux the second of these stops the host at a BUG_ON. */
static void an_entry_without_permissions_clears_whatever_its_other_bits(void **state)
{
	uint64_t tce = GPA | 3, bad = GPA | 0xffc, put[5] = { LIOBN, 0, LIST, 1 }, ret;

	vmm_link(&v);
	for (int tier = 0; tier < 2; tier++) {
		set_list(&v, LIST, &tce, 1);
		assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 1), STCE_H_SUCCESS);
		set_list(&v, LIST, &bad, 1);
		assert_int_equal((tier ? stce_vm_hcall_virtual : stce_vm_hcall_real)(
			v.vm, STCE_H_PUT_TCE_INDIRECT, put, &ret), STCE_H_SUCCESS);
		assert_int_equal(h_get(&v, LIOBN, 0), bad);
		assert_int_equal(device_byte(0), '!');
	}
	assert_int_equal(stats_of(v.c.machine).pages_mapped, 0);
	assert_int_equal(unregister_memory(v.c.container, v.ram, RAM_PAGES * PAGE), 0);
}

static void real_mode_finishes_once_everything_is_there(void **state)
{
	uint64_t put[5] = { LIOBN, 0, GPA | 3 }, list[5] = { LIOBN, 0, LIST, 4 };
	uint64_t tce[4] = { GPA | 3, (GPA + PAGE) | 1, 0, (GPA + 3 * PAGE) | 2 }, ret;
	uint64_t stuff[5] = { LIOBN, 0, 0, 4 };

	tce[2] = GPA;
	vmm_link(&v);
	set_list(&v, LIST, tce, 4);
	assert_int_equal(stce_vm_hcall_virtual(v.vm, STCE_H_PUT_TCE, put, &ret), STCE_H_SUCCESS);
	assert_int_equal(stce_vm_hcall_real(v.vm, STCE_H_PUT_TCE, put, &ret), STCE_H_SUCCESS);
	assert_int_equal(stce_vm_hcall_real(v.vm, STCE_H_PUT_TCE_INDIRECT, list, &ret), STCE_H_SUCCESS);
	v.ram[0] = 'r';
	assert_int_equal(device_byte(0), 'r');
	assert_int_equal(device_byte(2 * PAGE), '!');
	assert_int_equal(stce_vm_hcall_real(v.vm, STCE_H_STUFF_TCE, stuff, &ret), STCE_H_SUCCESS);
	assert_int_equal(device_byte(0), '!');
	assert_int_equal(unregister_memory(v.c.container, v.ram, RAM_PAGES * PAGE), 0);
}

static void a_64k_table_drives_sixteen_4k_entries(void **state)
{
	struct client *c = &v.c;
	char *area = mmap(NULL, 3 * PAGE_64K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *page = (char *)align_up((uintptr_t)area, PAGE_64K);
	int table;

	vmm_link(&v);
	table = make_table(&v, 6, 16, 0, 16);
	assert_int_equal(set_spapr_tce(&v, c->group, table), 0);
	assert_int_equal(stce_vm_set_memory(v.vm, 1, 0x400000, PAGE_64K, page), 0);
	assert_int_equal(register_memory(c->container, page, PAGE_64K / 2), 0);
	/*
	 * [DIFF-11] [DIFF-12] Only half of it is registered, so nothing is written and nothing
	 * counted.
	 */
	assert_int_equal(h_put(&v, 6, 0x30000, 0x400003), STCE_H_TOO_HARD);
	assert_int_equal(device_byte(0x30000), '!');
	assert_int_equal(unregister_memory(c->container, page, PAGE_64K / 2), 0);
	assert_int_equal(register_memory(c->container, page, PAGE_64K), 0);
	assert_int_equal(h_put(&v, 6, 0x30000, 0x400003), STCE_H_SUCCESS);
	page[0xf123] = 's';
	assert_int_equal(device_byte(0x3f123), 's');
	assert_int_equal(stats_of(c->machine).pages_mapped, 16);
	assert_int_equal(h_put(&v, 6, 0x30000, 0), STCE_H_SUCCESS);
	assert_int_equal(unregister_memory(c->container, page, PAGE_64K), 0);
	stce_close(table);
	munmap(area, 3 * PAGE_64K);
}

/* The guest's 64K page begins in registered memory and ends behind it. */
static void a_page_that_passes_the_end_of_its_region_is_not_followed(void **state)
{
	char *area = mmap(NULL, 3 * PAGE_64K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *page = (char *)align_up((uintptr_t)area, PAGE_64K);
	uint64_t args[5] = { 6, 0x30000, LIST, 2 }, tce[2] = { 0x400003, 0x410003 }, ret;
	const uint64_t size = PAGE_64K + PAGE_64K / 2;
	int table;

	vmm_link(&v);
	table = make_table(&v, 6, 16, 0, 16);
	assert_int_equal(set_spapr_tce(&v, v.c.group, table), 0);
	assert_int_equal(stce_vm_set_memory(v.vm, 1, 0x400000, 2 * PAGE_64K, page), 0);
	assert_int_equal(register_memory(v.c.container, page, size), 0);
	set_list(&v, LIST, tce, 2);
	for (unsigned int tier = 0; tier < 2; tier++) {
		assert_int_equal((tier ? stce_vm_hcall_real : stce_vm_hcall_virtual)(
			v.vm, STCE_H_PUT_TCE_INDIRECT, args, &ret), STCE_H_TOO_HARD);
		assert_int_equal(h_put(&v, 6, 0x40000, tce[1]), STCE_H_TOO_HARD);
		assert_int_equal(device_byte(0x30000), '!');
		/* The other page is registered as a whole. */
		assert_int_equal(h_put(&v, 6, 0x30000, tce[0]), STCE_H_SUCCESS);
		assert_int_equal(h_put(&v, 6, 0x30000, 0), STCE_H_SUCCESS);
	}
	assert_int_equal(stats_of(v.c.machine).pages_mapped, 0);
	assert_int_equal(unregister_memory(v.c.container, page, size), 0);
	stce_close(table);
	munmap(area, 3 * PAGE_64K);
}

/* [DIFF-34] A machine with one group more than the limit, each in a container of its own. */
static void no_more_than_32_windows_follow_one_table(void **state)
{
	enum { LIMIT = 32 };
	int container[LIMIT + 2], group[LIMIT + 2];
	struct stce_config *config;
	char text[64];
	struct vmm w;

	assert_int_equal(stce_config_new(&config), 0);
	assert_int_equal(client_configure(config, "dmatest"), 0);
	for (int n = 3; n <= LIMIT + 1; n++) {
		snprintf(text, sizeof(text), "dmatest,group=%d", n);
		assert_int_equal(stce_config_set(config, "device", text, NULL), 0);
	}
	w.c = (struct client){ .container = -1, .group = -1, .second = -1 };
	assert_int_equal(stce_machine_new(config, &w.c.machine, NULL), 0);
	stce_config_free(config);
	vmm_start_on(&w);
	vmm_link(&w);
	for (int n = 2; n <= LIMIT + 1; n++) {
		int32_t fd;

		container[n] = open_container(&w.c);
		snprintf(text, sizeof(text), "/dev/vfio/%d", n);
		group[n] = fd = stce_open(w.c.machine, text, O_RDWR);
		assert_int_equal(set_container(group[n], container[n]), 0);
		assert_int_equal(set_iommu(container[n], VFIO_SPAPR_TCE_v2_IOMMU), 0);
		assert_int_equal(register_memory(container[n], w.ram, RAM_PAGES * PAGE), 0);
		assert_int_equal(unmap_dma(container[n], 0, PAGE), 0);
		assert_int_equal(vfio_attr(w.device, KVM_DEV_VFIO_GROUP_ADD, &fd), 0);
		assert_int_equal(set_spapr_tce(&w, group[n], w.table), n <= LIMIT ? 0 : -ENOSPC);
	}
	assert_int_equal(h_put(&w, LIOBN, 0, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(h_put(&w, LIOBN, 0, 0), STCE_H_SUCCESS);
	for (int n = 2; n <= LIMIT + 1; n++) {
		stce_close(group[n]);
		stce_close(container[n]);
	}
	vmm_stop(&w);
}

/* A call of the whole way does not look for a window once the list of links is empty; a tier of its own does. */
static void put_in_real_mode(uint64_t ioba, uint64_t tce)
{
	uint64_t args[5] = { LIOBN, ioba, tce }, ret;

	assert_int_equal(stce_vm_hcall_real(v.vm, STCE_H_PUT_TCE, args, &ret), STCE_H_SUCCESS);
}

static void two_groups_of_a_container_share_the_link(void **state)
{
	int32_t first = v.c.group, second;
	char x;

	vmm_link(&v);
	v.c.second = second = open_group(&v.c, 2);
	assert_int_equal(set_container(second, v.c.container), 0);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &second), 0);
	assert_int_equal(set_spapr_tce(&v, second, v.table), 0);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_DEL, &first), 0);
	assert_int_equal(h_put(&v, LIOBN, 0, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(stce_dma_read(v.c.machine, 2, 0, &x, 1), 0);
	/* [DIFF-15] It is linked twice, and one DEL is enough. */
	assert_int_equal(set_spapr_tce(&v, second, v.table), 0);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_DEL, &second), 0);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_SUCCESS);
	put_in_real_mode(0, 0);
	/* After unlinking, the hardware entry stays until VFIO clears it. */
	assert_int_equal(stce_dma_read(v.c.machine, 2, 0, &x, 1), 0);
	assert_int_equal(unmap_dma(v.c.container, 0, PAGE), 0);
}

static void two_containers_follow_one_liobn(void **state)
{
	int other, second;
	int32_t fd;
	char x;

	vmm_link(&v);
	v.c.second = second = open_group(&v.c, 2);
	other = open_container(&v.c);
	assert_int_equal(set_container(second, other), 0);
	assert_int_equal(set_iommu(other, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	assert_int_equal(register_memory(other, v.ram, RAM_PAGES * PAGE), 0);
	assert_int_equal(unmap_dma(other, 0, PAGE), 0);
	fd = second;
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &fd), 0);
	assert_int_equal(set_spapr_tce(&v, second, v.table), 0);
	v.ram[0] = '2';
	assert_int_equal(h_put(&v, LIOBN, 0x7000, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(device_byte(0x7000), '2');
	assert_int_equal(stce_dma_read(v.c.machine, 2, 0x7000, &x, 1), 0);
	assert_int_equal(x, '2');
	assert_int_equal(h_stuff(&v, LIOBN, 0x7000, 0, 1), STCE_H_SUCCESS);
	assert_int_equal(stce_dma_read(v.c.machine, 2, 0x7000, &x, 1), -EFAULT);
	stce_close(other);
}

/*
 * The guest's 64K page is sixteen entries in the first window, and one in the second, which
 * ordinary memory cannot back.
 */
static void what_one_window_cannot_follow_leaves_no_count_on_the_other(void **state)
{
	char *area = mmap(NULL, 3 * PAGE_64K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *page = (char *)align_up((uintptr_t)area, PAGE_64K);
	int other = open_container(&v.c), second, table;
	int32_t fd;

	vmm_link(&v);
	v.c.second = second = open_group(&v.c, 2);
	assert_int_equal(set_container(second, other), 0);
	assert_int_equal(set_iommu(other, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	assert_int_equal(remove_window(other, 0), 0);
	assert_int_equal(create_window(other, 16, MIB, 1, NULL), 0);
	table = make_table(&v, 6, 16, 0, 16);
	fd = second;
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &fd), 0);
	/* The newest link comes first, and its window can follow. */
	assert_int_equal(set_spapr_tce(&v, second, table), 0);
	assert_int_equal(set_spapr_tce(&v, v.c.group, table), 0);
	assert_int_equal(stce_vm_set_memory(v.vm, 1, 0x400000, PAGE_64K, page), 0);
	assert_int_equal(register_memory(v.c.container, page, PAGE_64K), 0);
	assert_int_equal(h_put(&v, 6, 0x30000, 0x400003), STCE_H_TOO_HARD);
	assert_int_equal(h_get(&v, 6, 0x30000), 0);
	assert_int_equal(device_byte(0x30000), '!');
	assert_int_equal(stats_of(v.c.machine).pages_mapped, 0);
	/* A count that is left behind would keep the memory registered for ever. */
	assert_int_equal(unregister_memory(v.c.container, page, PAGE_64K), 0);
	stce_close(table);
	stce_close(other);
	munmap(area, 3 * PAGE_64K);
}

static void a_removed_window_is_followed_no_more(void **state)
{
	char *p = v.ram;

	vmm_link(&v);
	assert_int_equal(h_put(&v, LIOBN, 0, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(remove_window(v.c.container, 0), 0);
	/* [DIFF-14] The table lives on alone, and no count is taken. */
	assert_int_equal(h_put(&v, LIOBN, 0x1000, GPA | 3), STCE_H_SUCCESS);
	put_in_real_mode(0x2000, GPA | 3);
	assert_int_equal(unregister_memory(v.c.container, p, RAM_PAGES * PAGE), 0);
}

static void unset_container_ends_the_link(void **state)
{
	vmm_link(&v);
	assert_int_equal(h_put(&v, LIOBN, 0, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(stce_ioctl(v.c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	assert_int_equal(stats_of(v.c.machine).pages_mapped, 0);
	assert_int_equal(h_put(&v, LIOBN, 0, (GPA + PAGE) | 3), STCE_H_SUCCESS);
}

static void the_vm_keeps_its_groups_busy(void **state)
{
	int32_t group = v.c.group;

	v.device = stce_vm_create_device(v.vm, KVM_DEV_TYPE_VFIO);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
	stce_close(v.c.group);
	v.c.group = -1;
	assert_int_equal(open_group(&v.c, 1), -EBUSY);
	stce_close(v.device);
	v.device = -1;
	v.c.group = open_group(&v.c, 1);
	assert_true(v.c.group >= 0);
}

static void a_v1_window_is_cleared_but_never_filled(void **state)
{
	struct vmm w;
	int32_t group;

	vmm_start(&w);
	assert_int_equal(stce_ioctl(w.c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	assert_int_equal(set_container(w.c.group, w.c.container), 0);
	assert_int_equal(set_iommu(w.c.container, VFIO_SPAPR_TCE_IOMMU), 0);
	assert_int_equal(stce_ioctl(w.c.container, VFIO_IOMMU_ENABLE, NULL), 0);
	assert_int_equal(map_dma(w.c.container, w.ram, 0, PAGE, RW), 0);
	w.device = stce_vm_create_device(w.vm, KVM_DEV_TYPE_VFIO);
	group = w.c.group;
	assert_int_equal(vfio_attr(w.device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
	/* The table's page is there from now on, so real mode has a try at the next call. */
	assert_int_equal(h_put(&w, LIOBN, 0x2000, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(set_spapr_tce(&w, w.c.group, w.table), 0);
	assert_int_equal(h_put(&w, LIOBN, 0x1000, GPA | 3), STCE_H_TOO_HARD);
	/* [DIFF-26] Linux exits once, and loses a pin. */
	assert_int_equal(h_put(&w, LIOBN, 0, 0), STCE_H_SUCCESS);
	assert_int_equal(stats_of(w.c.machine).pages_mapped, 0);
	vmm_stop(&w);
}

static void the_2013_device_links_by_liobn(void **state)
{
	int device = stce_vm_create_device(v.vm, STCE_KVM_DEV_TYPE_SPAPR_TCE_IOMMU), fd = v.c.group;
	int second = stce_vm_create_device(v.vm, STCE_KVM_DEV_TYPE_SPAPR_TCE_IOMMU), none = -1;
	struct kvm_device_attr bad = { .group = 1 };

	assert_true(device >= 0 && second >= 0);
	assert_int_equal(register_memory(v.c.container, v.ram, RAM_PAGES * PAGE), 0);
	assert_int_equal(linkage(device, KVM_SET_DEVICE_ATTR, 0x90, &fd, 0), -EINVAL);
	assert_int_equal(unmap_dma(v.c.container, 0, PAGE), 0);
	assert_int_equal(stce_ioctl(device, KVM_HAS_DEVICE_ATTR, &bad), -ENXIO);
	assert_int_equal(linkage(device, KVM_GET_DEVICE_ATTR, 0x90, &fd, 0), -EINVAL);
	assert_int_equal(linkage(device, KVM_SET_DEVICE_ATTR, 0x90, &none, 0), -EINVAL);
	assert_int_equal(linkage(device, KVM_SET_DEVICE_ATTR, 0x90, &fd, 1), -EINVAL);
	assert_int_equal(linkage(device, KVM_SET_DEVICE_ATTR, LIOBN, &fd, 0), -EBUSY);
	assert_int_equal(linkage(device, KVM_SET_DEVICE_ATTR, 0x90, &fd, 0), 0);
	assert_int_equal(linkage(second, KVM_SET_DEVICE_ATTR, 0x90, &fd, 0), -EBUSY);
	assert_int_equal(linkage(device, KVM_SET_DEVICE_ATTR, 0x91, &fd, 0), 0);
	fd = 0;
	assert_int_equal(linkage(device, KVM_GET_DEVICE_ATTR, 0x90, &fd, 0), 0);
	assert_int_equal(fd, v.c.group);
	v.ram[0] = 'y';
	assert_int_equal(h_put(&v, 0x90, 0, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(device_byte(0), 'y');
	/* The link keeps the group open. */
	stce_close(v.c.group);
	assert_int_equal(open_group(&v.c, 1), -EBUSY);
	assert_int_equal(device_byte(0), 'y');
	assert_int_equal(linkage(device, KVM_SET_DEVICE_ATTR, 0x90, &none, 0), 0);
	assert_int_equal(h_put(&v, 0x90, 0, 0), STCE_H_TOO_HARD);
	assert_int_equal(linkage(device, KVM_SET_DEVICE_ATTR, 0x91, &none, 0), 0);
	stce_close(device);
	stce_close(second);
	v.c.group = open_group(&v.c, 1);
	assert_true(v.c.group >= 0);
}

/*
 * Symptom: the group left its container although it was linked, and the link ended with the
 * device's descriptor.
 */
static void a_link_of_the_2013_device_lasts_as_long_as_the_vm(void **state)
{
	uint64_t args[5] = { 0x90, 0, GPA | 3 }, ret;
	int device, fd = v.c.group, none = -1;
	struct stce_vm *vm;

	vmm_link(&v);
	stce_close(v.device);
	v.device = -1;
	assert_int_equal(stce_vm_new(v.c.machine, &vm), 0);
	assert_int_equal(stce_vm_set_memory(vm, 0, GPA, RAM_PAGES * PAGE, v.ram), 0);
	device = stce_vm_create_device(vm, STCE_KVM_DEV_TYPE_SPAPR_TCE_IOMMU);
	assert_int_equal(linkage(device, KVM_SET_DEVICE_ATTR, 0x91, &fd, 0), 0);
	assert_int_equal(linkage(device, KVM_SET_DEVICE_ATTR, 0x90, &fd, 0), 0);
	assert_int_equal(stce_ioctl(v.c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), -EBUSY);
	assert_int_equal(linkage(device, KVM_SET_DEVICE_ATTR, 0x91, &none, 0), 0);
	stce_close(device);
	assert_int_equal(stce_ioctl(v.c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), -EBUSY);
	stce_close(v.c.group);
	assert_int_equal(open_group(&v.c, 1), -EBUSY);
	v.ram[0] = 'q';
	assert_int_equal(stce_vm_hcall(vm, STCE_H_PUT_TCE, args, &ret), STCE_H_SUCCESS);
	assert_int_equal(device_byte(0), 'q');
	stce_vm_free(vm);
	v.c.group = open_group(&v.c, 1);
	assert_true(v.c.group >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(there_is_one_vfio_device),
		TEST(add_and_del_judge_the_descriptor),
		TEST(set_spapr_tce_judges_group_table_and_window),
		TEST(a_table_of_another_vm_is_not_linked),
		TEST(tables_match_windows_by_start_size_and_page),
		TEST(the_host_s_own_window_is_never_linked),
		TEST(a_group_of_another_machine_is_not_linked),
		TEST(a_linked_put_moves_the_device_without_an_ioctl),
		TEST(lists_follow_in_both_tiers),
		TEST(an_entry_without_permissions_clears_whatever_its_other_bits),
		TEST(real_mode_finishes_once_everything_is_there),
		TEST(a_64k_table_drives_sixteen_4k_entries),
		TEST(a_page_that_passes_the_end_of_its_region_is_not_followed),
		cmocka_unit_test(no_more_than_32_windows_follow_one_table),
		TEST(two_groups_of_a_container_share_the_link),
		TEST(two_containers_follow_one_liobn),
		TEST(what_one_window_cannot_follow_leaves_no_count_on_the_other),
		TEST(a_removed_window_is_followed_no_more),
		TEST(unset_container_ends_the_link),
		TEST(the_vm_keeps_its_groups_busy),
		cmocka_unit_test(a_v1_window_is_cleared_but_never_filled),
		TEST(the_2013_device_links_by_liobn),
		TEST(a_link_of_the_2013_device_lasts_as_long_as_the_vm),
	};

	return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}
