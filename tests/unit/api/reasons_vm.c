/* SPDX-License-Identifier: BSD-2-Clause */
/* Refusals by virtual machines, bridges and trees. */
#include "reasons.h"

#include <endian.h>
#include <errno.h>

#include "abi/kvm_ppc.h"

#define UNREADABLE ((void *)8)

#define VM world.v.vm

static long vm_new(void)
{
	struct stce_vm *vm;

	return WITHOUT_MEMORY(stce_vm_new(world.v.c.machine, &vm));
}

static long memory_misaligned(void) { return stce_vm_set_memory(VM, 1, 1, PAGE, world.v.ram); }
static long memory_overlaps(void) { return stce_vm_set_memory(VM, 1, GPA, PAGE, world.v.ram); }
static long memory_absent(void) { return stce_vm_set_memory(VM, 9, 0, 0, NULL); }
static long table_empty(void) { return make_table(&world.v, 5, 12, 0, 0); }
static long table_taken(void) { return make_table(&world.v, world.config.liobn[0], 12, 0, 16); }
static long table_poor(void) { return WITHOUT_MEMORY(make_table(&world.v, 5, 12, 0, 16)); }
static long table_bytes(uint64_t size, uint64_t start, uint32_t shift, uint32_t flags)
{
	return stce_vm_create_table_bytes(VM, &(struct stce_table_bytes){ 5, size, start, shift, flags });
}

static long bytes_flags(void) { return table_bytes(PAGE, 0, 11, 1); }
static long bytes_shift(void) { return table_bytes(1, 1, 35, 0); }
static long bytes_size(void) { return table_bytes(PAGE + 1, 0, 12, 0); }
static long bytes_offset(void) { return table_bytes(PAGE_64K, PAGE, 16, 0); }
static long bytes_empty(void) { return table_bytes(0, 0, 12, 0); }
static long bytes_end(void) { return table_bytes(PAGE, -PAGE, 12, 0); }
static long vm_reset(void) { return WITHOUT_MEMORY(stce_vm_reset(VM)); }
static long enable(void) { return stce_vm_enable_hcall(VM, 0x4, true); }
static long device_unknown(void) { return stce_vm_create_device(VM, 99); }
static long device_poor(void) { return WITHOUT_MEMORY(stce_vm_create_device(VM, KVM_DEV_TYPE_VFIO)); }

static long device_twice(void)
{
	world.v.device = stce_vm_create_device(VM, KVM_DEV_TYPE_VFIO);
	assert_true(world.v.device >= 0);
	plant_reason();
	return stce_vm_create_device(VM, KVM_DEV_TYPE_VFIO);
}

static long ioctl_nowhere(void) { return stce_vm_ioctl(VM, KVM_CREATE_SPAPR_TCE_64, UNREADABLE); }

static long ioctl_flags(void)
{
	struct kvm_create_spapr_tce_64 p = { .liobn = 5, .page_shift = 12, .size = 16, .flags = 1 };

	return stce_vm_ioctl(VM, KVM_CREATE_SPAPR_TCE_64, &p);
}

static long ioctl_resize(void)
{
	struct kvm_userspace_memory_region p = { .slot = 0, .guest_phys_addr = GPA, .memory_size = PAGE,
						 .userspace_addr = (uintptr_t)world.v.ram };

	return stce_vm_ioctl(VM, KVM_SET_USER_MEMORY_REGION, &p);
}

static long rtas_misaligned(void) { return stce_vm_rtas(VM, GPA + 1); }
static long rtas_outside(void) { return stce_vm_rtas(VM, 0); }
static long rtas_token(void) { return raw_call(&world, 0x77, 0, NULL, 1); }

/* Returns the status that the guest sees. */
static long rtas_status(uint32_t token, uint32_t nargs, uint32_t a, uint32_t b, uint32_t x, uint32_t nret)
{
	const uint32_t args[5] = { 0, (uint32_t)(world.config.buid >> 32), a, b, x };

	assert_int_equal(raw_call(&world, token, nargs, args, nret), STCE_H_SUCCESS);
	return (int32_t)world.ret[0];
}

static long rtas_counts(void) { return rtas_status(STCE_RTAS_QUERY_PE_DMA_WINDOW, 2, 0, 0, 0, 5); }
static long rtas_query(void) { return rtas_status(STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, 1, 0, 0, 5); }
static long rtas_create(void) { return rtas_status(STCE_RTAS_CREATE_PE_DMA_WINDOW, 5, 1, 12, 30, 4); }
static long rtas_reset(void) { return rtas_status(STCE_RTAS_RESET_PE_DMA_WINDOWS, 3, 1, 0, 0, 1); }
static long rtas_remove(void) { return rtas_status(STCE_RTAS_REMOVE_PE_DMA_WINDOW, 1, 0, 0, 0, 1); }

static long rtas_page_size(void)
{
	return rtas_status(STCE_RTAS_CREATE_PE_DMA_WINDOW, 5, (uint32_t)world.config.buid, 13, 30, 4);
}

static long associate(const uint32_t *token) { return stce_vm_set_rtas_associate(VM, token); }
static long associate_alike(void) { return associate((const uint32_t[]){ 7, 7 }); }
static long associate_late(void) { return associate((const uint32_t[]){ 1, 2 }); }

static long eeh(const uint32_t *token) { return stce_vm_set_rtas_eeh(VM, token); }
static long eeh_alike(void) { return eeh((const uint32_t[]){ 1, 2, 3, 4, 5, 6, 7, 8, 1 }); }
static long eeh_late(void) { return eeh((const uint32_t[]){ 1, 2, 3, 4, 5, 6, 7, 8, 9 }); }

static long tokens(const uint32_t *token) { return stce_vm_set_rtas_tokens(VM, token); }
static long tokens_alike(void) { return tokens((const uint32_t[]){ 1, 2, 3, 1 }); }
static long tokens_late(void) { return tokens((const uint32_t[]){ 1, 2, 3, 4 }); }

static long config_init(void)
{
	struct stce_phb_config config;

	return stce_phb_config_init(&config, "power1", 0);
}

static long phb_like(uint64_t buid, uint32_t liobn)
{
	struct stce_phb_config config = world.config;
	struct stce_phb *phb;

	config.buid = buid;
	config.liobn[1] = liobn;
	return stce_phb_new(VM, &config, &phb);
}

static long phb_taken(void) { return phb_like(world.config.buid, 9); }
static long phb_liobn(void) { return phb_like(1, 9); }
static long phb_alike(void) { return phb_like(1, world.config.liobn[0]); }
static long phb_poor(void) { return WITHOUT_MEMORY(phb_like(1, 9)); }
static long phb_reset(void) { return WITHOUT_MEMORY(stce_phb_reset(world.phb)); }
static long add_nothing(void) { return stce_phb_add_group(world.phb, -1, world.v.c.group); }
static long add_to_group(void) { return stce_phb_add_group(world.phb, world.v.c.group, world.v.c.group); }
static long add_container(void) { return stce_phb_add_group(world.phb, world.v.c.container, world.v.c.container); }
static long remove_nothing(void) { return stce_phb_remove_group(world.phb, -1); }
static long remove_absent(void) { return stce_phb_remove_group(world.phb, world.v.c.group); }

static long write_tree(void)
{
	uint32_t bytes[64] = { 0 };

	return stce_phb_write_tree(world.phb, bytes, "/");
}

static long check_tree(void)
{
	uint32_t bytes[64] = { 0 };

	return stce_tree_check(bytes, sizeof(bytes), NULL, NULL);
}

const struct reason_row reasons_vm[] = {
	REFUSED("stce_vm_new", "no memory", vm_new, -ENOMEM, "Cannot allocate memory"),
	REFUSED("stce_vm_set_memory", "part of a page", memory_misaligned, -EINVAL,
		"slot 1 is not made of whole pages"),
	REFUSED("stce_vm_set_memory", "over another slot", memory_overlaps, -EEXIST, "slot 1 overlaps slot 0"),
	REFUSED("stce_vm_set_memory", "no slot to remove", memory_absent, -ENOENT, "there is no slot 9"),
	REFUSED("stce_vm_create_table", "no entries", table_empty, -EINVAL, "0 pages of 2^12 bytes"),
	REFUSED("stce_vm_create_table", "a LIOBN that is taken", table_taken, -EBUSY, "LIOBN 0x80000000 is taken"),
	REFUSED("stce_vm_create_table", "no memory", table_poor, -ENOMEM, "Cannot allocate memory"),
	REFUSED("stce_vm_create_table_bytes", "flags", bytes_flags, -EINVAL, "the flags 0x1 are unknown"),
	REFUSED("stce_vm_create_table_bytes", "a page of 2^35", bytes_shift, -EINVAL, "cannot have pages of 2^35 bytes"),
	REFUSED("stce_vm_create_table_bytes", "half a page", bytes_size, -EINVAL, "window_size 0x1001 or bus_offset 0 is not"),
	REFUSED("stce_vm_create_table_bytes", "a start inside a page", bytes_offset, -EINVAL, "bus_offset 0x1000 is not"),
	REFUSED("stce_vm_create_table_bytes", "no entries", bytes_empty, -EINVAL, "0 pages of 2^12 bytes"),
	REFUSED("stce_vm_create_table_bytes", "an end at 2^64", bytes_end, -EINVAL, "passes the end of the bus"),
	REFUSED("stce_vm_reset", "no memory", vm_reset, -ENOMEM, "Cannot allocate memory"),
	REFUSED("stce_vm_enable_hcall", "another hypercall", enable, -EINVAL, "hypercall 0x4 is not handled here"),
	REFUSED("stce_vm_create_device", "an unknown type", device_unknown, -ENODEV, "no device type 99"),
	REFUSED("stce_vm_create_device", "a second one", device_twice, -EBUSY, "the VM has such a device already"),
	REFUSED("stce_vm_create_device", "no memory", device_poor, -ENOMEM, "Cannot allocate memory"),
	REFUSED("stce_vm_ioctl", "an argument that is nowhere", ioctl_nowhere, -EFAULT,
		"the argument cannot be read"),
	REFUSED("stce_vm_ioctl", "flags", ioctl_flags, -EINVAL, "0x1"),
	REFUSED("stce_vm_ioctl", "another size of a slot", ioctl_resize, -EINVAL, "slot 0 exists: its size and its memory cannot change"),
	REFUSED("stce_vm_rtas", "a misaligned buffer", rtas_misaligned, STCE_H_PARAMETER, "buffer is misaligned"),
	REFUSED("stce_vm_rtas", "a buffer outside", rtas_outside, STCE_H_PARAMETER, "buffer is outside memory"),
	REFUSED("stce_vm_rtas", "another token", rtas_token, STCE_H_TOO_HARD, "token 0x77 is the VMM's"),
	REFUSED("stce_vm_rtas", "an argument too few", rtas_counts, -3,
		"token 0x2026 does not take 2 arguments and 5 outputs"),
	REFUSED("stce_vm_rtas", "a query of no bridge", rtas_query, -3, "has BUID 0x800000000000001"),
	REFUSED("stce_vm_rtas", "a window of no bridge", rtas_create, -3, "has BUID 0x800000000000001"),
	REFUSED("stce_vm_rtas", "a reset of no bridge", rtas_reset, -3, "has BUID 0x800000000000001"),
	REFUSED("stce_vm_rtas", "pages of no bridge", rtas_page_size, -3, "window of 2^30 bytes with pages of 2^13"),
	REFUSED("stce_vm_rtas", "no window to remove", rtas_remove, -3, "no dynamic window has LIOBN 0"),
	REFUSED("stce_vm_set_rtas_tokens", "two alike", tokens_alike, -EINVAL, "two calls cannot have one token"),
	REFUSED("stce_vm_set_rtas_tokens", "too late", tokens_late, -EBUSY, "the calls have their tokens"),
	REFUSED("stce_vm_set_rtas_associate", "two alike", associate_alike, -EINVAL, "two calls cannot have one token"),
	REFUSED("stce_vm_set_rtas_eeh", "two alike", eeh_alike, -EINVAL, "two calls cannot have one token"),
	REFUSED("stce_vm_set_rtas_eeh", "too late", eeh_late, -EBUSY, "the calls have their tokens"),
	REFUSED("stce_vm_set_rtas_associate", "too late", associate_late, -EBUSY, "the calls have their tokens"),
	REFUSED("stce_phb_config_init", "no bridge", config_init, -ENOENT, "no bridge is called 'power1'"),
	REFUSED("stce_phb_new", "a BUID that is taken", phb_taken, -EEXIST, "BUID 0x800000020000000 is taken"),
	REFUSED("stce_phb_new", "a LIOBN that is taken", phb_liobn, -EBUSY, "LIOBN 0x80000000 is taken"),
	REFUSED("stce_phb_new", "one LIOBN twice", phb_alike, -EINVAL, "both windows have LIOBN 0x80000000"),
	REFUSED("stce_phb_new", "no memory", phb_poor, -ENOMEM, "Cannot allocate memory"),
	REFUSED("stce_phb_reset", "no memory", phb_reset, -ENOMEM, "Cannot allocate memory"),
	REFUSED("stce_phb_add_group", "no descriptor", add_nothing, -EBADF, "descriptor -1 is not open"),
	REFUSED("stce_phb_add_group", "a group for a container", add_to_group, -EINVAL, "is not a container"),
	REFUSED("stce_phb_add_group", "a container for a group", add_container, -EINVAL,
		"is not a VFIO group or device"),
	REFUSED("stce_phb_remove_group", "no descriptor", remove_nothing, -EBADF, "descriptor -1 is not open"),
	REFUSED("stce_phb_remove_group", "a group elsewhere", remove_absent, -ENOENT, "is not on the bus"),
	REFUSED("stce_phb_write_tree", "no tree", write_tree, -EINVAL, "FDT_ERR_BADMAGIC"),
	REFUSED("stce_tree_check", "no tree", check_tree, -EINVAL, "FDT_ERR_BADMAGIC"),
	{ .call = NULL },
};
