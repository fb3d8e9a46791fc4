/* SPDX-License-Identifier: BSD-2-Clause */
/* The SR-IOV capability, the registers and mail of virtual functions, and their resets. */
#include "vf_driver.h"

#include "testing.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "util/reason.h"

static uint32_t config(struct function *fn, unsigned int offset)
{
	uint32_t value = 0;

	assert_int_equal(function_config_read(fn, offset, &value, sizeof(value)), 0);
	return value;
}

static void the_capability_is_that_of_an_82576(void **state)
{
	assert_int_equal(config(c.fn, 0x100), PCI_EXT_CAP_ID_ERR | 1 << 16 | 0x150 << 20);
	assert_int_equal(config(c.fn, 0x150), PCI_EXT_CAP_ID_ARI | 1 << 16 | 0x160 << 20);
	assert_int_equal(config(c.fn, 0x160), PCI_EXT_CAP_ID_SRIOV | 1 << 16);
	assert_int_equal(config(c.fn, 0x160 + PCI_SRIOV_INITIAL_VF), 8 | 8 << 16);
	assert_int_equal(config(c.fn, 0x160 + PCI_SRIOV_VF_OFFSET), 0x80 | 2 << 16);
	assert_int_equal(config(c.fn, 0x160 + PCI_SRIOV_VF_DID - 2), 0x10ca << 16);
	assert_int_equal(config(c.fn, 0x160 + PCI_SRIOV_SUP_PGSIZE), 0x553);
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(config(c.fn, 0x160 + PCI_SRIOV_BAR + 4 * i), i % 3 ? 0 : 0xc);
}

static void only_the_host_changes_the_capability(void **state)
{
	uint32_t value = 0x1ffff;

	assert_int_equal(config(c.fn, 0x160 + PCI_SRIOV_CTRL), PCI_SRIOV_CTRL_ARI | PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE);
	assert_int_equal(config(c.fn, 0x160 + PCI_SRIOV_NUM_VF), VF_COUNT);
	assert_int_equal(function_config_write(c.fn, 0x160 + PCI_SRIOV_CTRL, &value, 4), 0);
	assert_int_equal(function_config_write(c.fn, 0x160 + PCI_SRIOV_NUM_VF, &value, 4), 0);
	function_power_cycle(c.fn);
	function_bus_reset(c.fn);
	assert_int_equal(config(c.fn, 0x160 + PCI_SRIOV_CTRL), PCI_SRIOV_CTRL_ARI | PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE);
	assert_int_equal(config(c.fn, 0x160 + PCI_SRIOV_NUM_VF), VF_COUNT);
	function_set_vfs(c.fn, 0);
	assert_int_equal(config(c.fn, 0x160 + PCI_SRIOV_CTRL), PCI_SRIOV_CTRL_ARI);
	assert_int_equal(config(c.fn, 0x160 + PCI_SRIOV_NUM_VF), 0);
}

static void a_virtual_function_has_its_identity(void **state)
{
	assert_int_equal(config(v[0].fn, PCI_VENDOR_ID), 0x10ca8086);
	assert_int_equal(config(v[0].fn, PCI_INTERRUPT_LINE) >> 8 & 0xff, 0);
	assert_int_equal(v[0].fn->bar_size[0], 16 * 1024);
	assert_int_equal(v[0].fn->bar_size[3], 16 * 1024);
	/* The kernel takes the kind of its BARs from the capability, and VFIO shows what the kernel has. */
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(config(v[0].fn, PCI_BASE_ADDRESS_0 + 4 * i), config(c.fn, 0x160 + PCI_SRIOV_BAR + 4 * i));
	assert_int_equal(config(v[0].fn, v[0].fn->config.msix_offset) >> 16 & 0x7ff, IGB_VF_VECTORS - 1);
	assert_int_equal(config(v[0].fn, 0x150), PCI_EXT_CAP_ID_ARI | 1 << 16);
}

static void mail_goes_to_the_card_and_back(void **state)
{
	card_write(IGB_IMS, IGB_ICR_VMMB);
	vf_write(1, IGB_IVAR_MISC, 0x80 | 2);
	vf_write(1, IGB_EIMS, 7);
	vf_write(1, IGB_VF_MAILBOX, IGB_MAILBOX_VFU);
	vf_write(1, IGB_VF_VMBMEM + 0x3c, 0x12345678);
	assert_int_equal(card_read(IGB_ICR) & IGB_ICR_VMMB, 0);
	vf_write(1, IGB_VF_MAILBOX, IGB_V2PMAILBOX_REQ);
	assert_true(card_read(IGB_ICR) & IGB_ICR_VMMB);
	assert_int_equal(card_read(IGB_MBVFICR), IGB_MBVFICR_REQ(1));
	assert_int_equal(card_read(IGB_VMBMEM(1) + 0x3c), 0x12345678);
	card_write(IGB_MBVFICR, IGB_MBVFICR_REQ(1));
	assert_int_equal(card_read(IGB_MBVFICR), 0);
	card_write(IGB_VMBMEM(1), 0x80000001);
	card_write(IGB_P2VMAILBOX(1), IGB_P2VMAILBOX_STS | IGB_P2VMAILBOX_ACK);
	assert_int_equal(bus_signals(v[1].event[2]), 1);
	assert_int_equal(bus_signals(v[0].event[2]), 0);
	assert_int_equal(vf_read(1, IGB_VF_MAILBOX) & 0x30, IGB_V2PMAILBOX_PFSTS | IGB_V2PMAILBOX_PFACK);
	assert_int_equal(vf_read(1, IGB_VF_MAILBOX) & 0x30, 0);
	assert_int_equal(vf_read(1, IGB_VF_VMBMEM), 0x80000001);
	vf_write(1, IGB_VF_MAILBOX, IGB_V2PMAILBOX_ACK);
	assert_int_equal(card_read(IGB_MBVFICR), IGB_MBVFICR_ACK(1));
}

/* The vector behind its own is the first of the one before it. */
static void a_route_to_another_s_vector_leads_nowhere(void **state)
{
	vf_write(0, IGB_EIMS, 7);
	vf_write(1, IGB_EIMS, 7);
	vf_write(1, IGB_IVAR_MISC, 0x80 | 3);
	card_write(IGB_P2VMAILBOX(1), IGB_P2VMAILBOX_STS);
	assert_int_equal(vf_read(0, IGB_EICR), 0);
	for (unsigned int i = 0; i < IGB_VF_VECTORS; i++)
		assert_int_equal(bus_signals(v[0].event[i]) + bus_signals(v[1].event[i]), 0);
}

static void one_side_has_the_mailbox_at_a_time(void **state)
{
	card_write(IGB_P2VMAILBOX(0), IGB_MAILBOX_PFU);
	vf_write(0, IGB_VF_MAILBOX, IGB_MAILBOX_VFU);
	assert_int_equal(vf_read(0, IGB_VF_MAILBOX) & 0xc, IGB_MAILBOX_PFU);
	card_write(IGB_P2VMAILBOX(0), 0);
	vf_write(0, IGB_VF_MAILBOX, IGB_MAILBOX_VFU);
	card_write(IGB_P2VMAILBOX(0), IGB_MAILBOX_PFU);
	assert_int_equal(card_read(IGB_P2VMAILBOX(0)) & 0xc, IGB_MAILBOX_VFU);
	card_write(IGB_P2VMAILBOX(0), IGB_P2VMAILBOX_RVFU | IGB_MAILBOX_PFU);
	assert_int_equal(card_read(IGB_P2VMAILBOX(0)) & 0xc, IGB_MAILBOX_PFU);
	assert_int_equal(vf_read(1, IGB_VF_MAILBOX) & 0xc, 0);
}

static void mail_that_is_masked_does_not_interrupt(void **state)
{
	card_write(IGB_IMS, IGB_ICR_VMMB);
	card_write(IGB_MBVFIMR, 1);
	vf_write(1, IGB_VF_MAILBOX, IGB_V2PMAILBOX_REQ);
	assert_false(card_read(IGB_ICR) & IGB_ICR_VMMB);
	assert_int_equal(card_read(IGB_MBVFICR), IGB_MBVFICR_REQ(1));
	vf_write(0, IGB_VF_MAILBOX, IGB_V2PMAILBOX_REQ);
	assert_true(card_read(IGB_ICR) & IGB_ICR_VMMB);
}

static void a_virtual_function_reaches_nothing_of_others(void **state)
{
	static const uint32_t forbidden[] = {
		IGB_RCTL, IGB_TCTL, IGB_CTRL_EXT, IGB_IMS, IGB_ICS, IGB_GPIE, IGB_VFRE, IGB_VFTE, IGB_MBVFICR, IGB_VFLRE,
		IGB_P2VMAILBOX(0), IGB_V2PMAILBOX(1), IGB_VMBMEM(1), IGB_VMBMEM(7) + 0x3c, 0x2a08, 0x3a08, 0x2840, 0x3840,
		IGB_EITR(3), IGB_IVAR(1), IGB_IVAR(2), IGB_DTXSWC, IGB_MDIC, IGB_EERD, 0x3ffc,
	};
	uint32_t before[IGB_WORDS], after[IGB_WORDS];

	vf_copy_registers(before);
	for (size_t i = 0; i < ARRAY_COUNT(forbidden); i++) {
		vf_write(0, forbidden[i], 0xffffffff);
		assert_int_equal(vf_read(0, forbidden[i]), 0);
	}
	vf_copy_registers(after);
	assert_memory_equal(before, after, sizeof(before));
	/* Of the masks it has its own bits. */
	vf_write(0, IGB_EIMS, 0xffffffff);
	vf_write(0, IGB_EIAC, 0xffffffff);
	assert_int_equal(card_read(IGB_EIMS), 7 << 22);
	assert_int_equal(card_read(IGB_EIAC), 7 << 22);
	vf_write(1, IGB_EIMS, 2);
	assert_int_equal(card_read(IGB_EIMS), 7 << 22 | 2 << 19);
	vf_write(1, IGB_EIMC, 0xffffffff);
	assert_int_equal(card_read(IGB_EIMS), 7 << 22);
	assert_int_equal(vf_read(1, IGB_EIMS), 0);
}

static void the_registers_of_queues_are_those_of_the_pool(void **state)
{
	vf_write(1, VF_RX(IGB_QUEUE_LEN), 0x400);
	vf_write(1, VF_TX(0x100 + IGB_QUEUE_LEN), 0x800);
	assert_int_equal(card_read(IGB_RX_QUEUE(1) + IGB_QUEUE_LEN), 0x400);
	assert_int_equal(card_read(IGB_TX_QUEUE(9) + IGB_QUEUE_LEN), 0x800);
	vf_write(0, IGB_EITR(1), 0x100);
	assert_int_equal(card_read(IGB_EITR(23)), 0x100);
	vf_write(1, IGB_VF_PSRTYPE, 3);
	assert_int_equal(card_read(IGB_PSRTYPE(1)), 3);
}

static void a_reset_of_a_virtual_function_leaves_the_others(void **state)
{
	card_write(IGB_IMS, IGB_ICR_VMMB);
	vf_write(0, IGB_EIMS, 7);
	vf_write(1, IGB_EIMS, 7);
	vf_write(0, IGB_CTRL, IGB_CTRL_RST);
	assert_int_equal(vf_read(0, VF_TX(IGB_QUEUE_DCTL)) | vf_read(0, VF_RX(IGB_QUEUE_DCTL)) | vf_read(0, IGB_EIMS), 0);
	assert_int_equal(vf_read(1, VF_TX(IGB_QUEUE_DCTL)), IGB_DCTL_ENABLE);
	assert_int_equal(vf_read(1, IGB_EIMS), 7);
	assert_int_equal(card_read(IGB_VFRE), 6);
	assert_int_equal(card_read(IGB_VFTE), 6);
	assert_int_equal(card_read(IGB_VFLRE), 1);
	assert_true(card_read(IGB_ICR) & IGB_ICR_VMMB);
	card_write(IGB_VFLRE, 1);
	function_reset(v[1].fn);
	assert_int_equal(card_read(IGB_VFLRE), 2);
	assert_int_equal(card_read(IGB_VFRE), 4);
}

static void a_reset_of_the_card_is_seen_until_its_driver_is_done(void **state)
{
	assert_int_equal(vf_read(0, IGB_VF_MAILBOX), IGB_V2PMAILBOX_RSTD);
	card_write(IGB_CTRL, IGB_CTRL_RST);
	assert_int_equal(vf_read(0, IGB_VF_MAILBOX), IGB_V2PMAILBOX_RSTI);
	assert_int_equal(vf_read(0, IGB_VF_MAILBOX), IGB_V2PMAILBOX_RSTI);
	assert_int_equal(vf_read(1, VF_TX(IGB_QUEUE_DCTL)), 0);
	card_write(IGB_CTRL_EXT, IGB_CTRL_EXT_PFRSTD);
	assert_int_equal(vf_read(0, IGB_VF_MAILBOX), IGB_V2PMAILBOX_RSTD);
	assert_int_equal(vf_read(0, IGB_VF_MAILBOX), 0);
}

static void without_a_driver_of_the_card_the_link_is_down(void **state)
{
	vf_write(0, IGB_VF_MAILBOX, IGB_V2PMAILBOX_REQ);
	vf_rings_on(0);
	vf_write(0, VF_TX(IGB_QUEUE_TAIL), 1);
	assert_false(vf_read(0, IGB_STATUS) & IGB_STATUS_LU);
	assert_false(igb_of(c.fn)->is_started);
	assert_false(igb_of(c.fn)->worker.exists);
	assert_int_equal(vf_read(0, VF_TX(IGB_QUEUE_HEAD)), 0);
}

static void one_that_is_disabled_has_no_registers(void **state)
{
	function_set_vfs(c.fn, 1);
	assert_int_equal(vf_read(1, IGB_STATUS), 0xffffffff);
	vf_write(1, IGB_VF_VMBMEM, 5);
	assert_int_equal(card_read(IGB_VMBMEM(1)), 0);
	assert_int_equal(card_read(IGB_TX_QUEUE(1) + IGB_QUEUE_DCTL), 0);
	assert_int_not_equal(vf_read(0, IGB_STATUS), 0xffffffff);
}

/* A card without virtual functions is saved, and its state is that of a card without them. */
static void neither_has_a_state_that_can_be_saved(void **state)
{
	struct pack pack = { 0 };
	struct unpack from;
	struct function_saved *saved;

	assert_int_equal(function_save(v[0].fn, &pack), -EOPNOTSUPP);
	assert_int_equal(function_save(c.fn, &pack), -EOPNOTSUPP);
	assert_non_null(strstr(reason_last(), "0000:01:00.0: the state of a function that has virtual functions cannot be saved"));
	assert_int_equal(pack.size, 0);
	function_set_vfs(c.fn, 0);
	assert_int_equal(function_save(c.fn, &pack), 0);
	function_set_vfs(c.fn, VF_COUNT);
	from = unpack_begin(pack.bytes, pack.size);
	assert_int_equal(function_judge(c.fn, &from, &saved), -EOPNOTSUPP);
	function_set_vfs(c.fn, 0);
	from = unpack_begin(pack.bytes, pack.size);
	assert_int_equal(function_judge(c.fn, &from, &saved), 0);
	function_apply(c.fn, saved);
	pack_fini(&pack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VF_TEST_COLD(the_capability_is_that_of_an_82576),
		VF_TEST_COLD(only_the_host_changes_the_capability),
		VF_TEST_COLD(a_virtual_function_has_its_identity),
		VF_TEST(mail_goes_to_the_card_and_back),
		VF_TEST(a_route_to_another_s_vector_leads_nowhere),
		VF_TEST(one_side_has_the_mailbox_at_a_time),
		VF_TEST(mail_that_is_masked_does_not_interrupt),
		VF_TEST(a_virtual_function_reaches_nothing_of_others),
		VF_TEST(the_registers_of_queues_are_those_of_the_pool),
		VF_TEST(a_reset_of_a_virtual_function_leaves_the_others),
		VF_TEST(a_reset_of_the_card_is_seen_until_its_driver_is_done),
		VF_TEST_COLD(without_a_driver_of_the_card_the_link_is_down),
		VF_TEST(one_that_is_disabled_has_no_registers),
		VF_TEST(neither_has_a_state_that_can_be_saved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
