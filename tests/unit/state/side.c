/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements side.h. */
#include "testing.h"

#include "side.h"
#include "stats_of.h"

#include <linux/kvm.h>
#include <string.h>

void side_start(struct side *s, const char *platform, char letter)
{
	firmware_start_with(&s->f, "power9", "platform", platform);
	assert_int_equal(unregister_memory(s->f.v.c.container, s->f.v.ram, RAM_PAGES * PAGE), 0);
	for (unsigned int i = 0; i < RAM_PAGES; i++)
		memset(s->f.v.ram + i * PAGE, letter + (int)i % 26, PAGE);
	assert_int_equal(stce_state_new(s->f.v.vm, &s->state), 0);
	assert_int_equal(stce_state_add_memory(s->state, SIDE_MEMORY, s->f.v.ram, RAM_PAGES * PAGE), 0);
	assert_int_equal(stce_state_add_file(s->state, SIDE_CONTAINER, s->f.v.c.container), 0);
	assert_int_equal(stce_state_add_file(s->state, SIDE_GROUP, s->f.v.c.group), 0);
}

void side_stop(struct side *s)
{
	stce_state_free(s->state);
	firmware_stop(&s->f);
}

void side_register(struct side *s)
{
	assert_int_equal(register_memory(s->f.v.c.container, s->f.v.ram, RAM_PAGES * PAGE), 0);
}

void side_join(struct side *s)
{
	assert_int_equal(stce_phb_add_group(s->f.phb, s->f.v.c.container, s->f.v.c.group), 0);
}

void side_hold_group(struct side *s)
{
	struct vmm *v = &s->f.v;
	int32_t group = v->c.group;

	v->device = stce_vm_create_device(v->vm, KVM_DEV_TYPE_VFIO);
	assert_true(v->device >= 0);
	assert_int_equal(vfio_attr(v->device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
}

int side_link(struct side *s)
{
	int table = make_table(&s->f.v, SIDE_LIOBN, 12, 0, 0x400);

	assert_true(table >= 0);
	assert_int_equal(unmap_dma(s->f.v.c.container, 0, PAGE), 0);
	side_hold_group(s);
	assert_int_equal(set_spapr_tce(&s->f.v, s->f.v.c.group, table), 0);
	return table;
}

void side_put(struct side *s, uint64_t liobn, uint64_t ioba, uint64_t tce)
{
	assert_int_equal(h_put(&s->f.v, liobn, ioba, tce), STCE_H_SUCCESS);
}

uint32_t side_liobn(const struct side *s, unsigned int n)
{
	return s->f.config.liobn[n];
}

char side_byte(struct side *s, uint64_t ioba)
{
	char x = 0;

	return device_read(&s->f.v.c, ioba, &x, 1) ? '!' : x;
}

uint64_t side_mapped(const struct side *s)
{
	return stats_of(s->f.v.c.machine).pages_mapped;
}
