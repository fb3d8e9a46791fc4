/* SPDX-License-Identifier: BSD-2-Clause */
/* What a driver looks at before it uses the card: identity, EEPROM, PHY, semaphores, resets. */
#include "driver.h"

#include "testing.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

static uint32_t config(unsigned int offset)
{
	uint32_t value = 0;

	assert_int_equal(function_config_read(c.fn, offset, &value, sizeof(value)), 0);
	return value;
}

static uint16_t nvm(uint32_t word)
{
	card_write(IGB_EERD, word << 2 | IGB_EERD_START);
	assert_true(card_read(IGB_EERD) & IGB_EERD_DONE);
	return (uint16_t)(card_read(IGB_EERD) >> 16);
}

static void the_identity_is_that_of_an_82576(void **state)
{
	assert_int_equal(config(PCI_VENDOR_ID), 0x10c98086);
	assert_int_equal(config(PCI_CLASS_REVISION) >> 8, 0x020000);
	assert_int_equal(config(PCI_SUBSYSTEM_VENDOR_ID), 0xa03c8086);
	assert_int_equal(c.fn->bar_size[0], 128 * 1024);
	assert_int_equal(c.fn->bar_size[3], 16 * 1024);
	assert_int_equal(config(c.fn->config.msix_offset) >> 16 & 0x7ff, IGB_VECTORS - 1);
	assert_int_equal(config(c.fn->config.msix_offset + PCI_MSIX_TABLE), 3);
}

static void the_eeprom_has_the_address_and_a_checksum(void **state)
{
	uint16_t sum = 0;

	for (uint32_t i = 0; i < 0x40; i++)
		sum = (uint16_t)(sum + nvm(i));
	assert_int_equal(sum, 0xbaba);
	assert_int_equal(nvm(0), 0x0002);
	assert_int_equal(nvm(2), 0x0a00);
	/* Flow control is negotiated both ways. */
	assert_int_equal(nvm(0x0f) & 0x3000, 0x3000);
	assert_int_equal(nvm(0x3fff), 0xffff);
	assert_int_equal(card_read(IGB_RA), 0x00000002);
	assert_int_equal(card_read(IGB_RA + 4), IGB_RAH_VALID | 0x0a00);
}

static void the_address_follows_from_the_pci_address(void **state)
{
	assert_int_equal(card_read(IGB_RA) & 0xffff, 0x8202);
}

static void semaphores_are_taken_by_one(void **state)
{
	assert_int_equal(card_read(IGB_SWSM), 0);
	assert_int_equal(card_read(IGB_SWSM), IGB_SWSM_SMBI);
	card_write(IGB_SWSM, IGB_SWSM_SWESMBI);
	assert_int_equal(card_read(IGB_SWSM), IGB_SWSM_SWESMBI);
	card_write(IGB_EECD, IGB_EECD_REQ);
	assert_true(card_read(IGB_EECD) & IGB_EECD_GNT);
	card_write(IGB_EECD, 0);
	assert_false(card_read(IGB_EECD) & IGB_EECD_GNT);
	assert_true(card_read(IGB_EECD) & IGB_EECD_PRES);
}

static void the_phy_answers_at_its_address_only(void **state)
{
	assert_int_equal(card_phy_read(IGB_PHY_ID1), 0x02a8);
	assert_int_equal(card_phy_read(IGB_PHY_ID2) & 0xfff0, 0x0390);
	card_write(IGB_MDIC, IGB_MDIC_READ | 2 << 21 | IGB_PHY_ID1 << 16);
	assert_true(card_read(IGB_MDIC) & IGB_MDIC_ERROR);
	card_phy_write(IGB_PHY_ID1, 0xffff);
	assert_int_equal(card_phy_read(IGB_PHY_ID1), 0x02a8);
	card_phy_write(IGB_PHY_ADVERTISE, 0x0001);
	assert_int_equal(card_phy_read(IGB_PHY_ADVERTISE), 0x0001);
}

static void the_link_needs_the_mac_and_a_powered_phy(void **state)
{
	assert_false(card_read(IGB_STATUS) & IGB_STATUS_LU);
	card_write(IGB_CTRL, card_read(IGB_CTRL) | IGB_CTRL_SLU);
	assert_true(card_read(IGB_STATUS) & IGB_STATUS_LU);
	assert_true(card_phy_read(IGB_PHY_STATUS) & IGB_PHY_STATUS_LINK);
	assert_true(card_read(IGB_ICR) & IGB_ICR_LSC);
	card_phy_write(IGB_PHY_CONTROL, 0x1940);
	assert_false(card_read(IGB_STATUS) & IGB_STATUS_LU);
	assert_false(card_phy_read(IGB_PHY_STATUS) & IGB_PHY_STATUS_LINK);
	assert_true(card_read(IGB_ICR) & IGB_ICR_LSC);
	card_phy_write(IGB_PHY_CONTROL, 0x1340);
	assert_true(card_read(IGB_STATUS) & IGB_STATUS_LU);
	assert_int_equal(card_phy_read(IGB_PHY_CONTROL), 0x1140);
}

static void a_reset_of_the_mac_leaves_the_phy(void **state)
{
	card_phy_write(IGB_PHY_ADVERTISE, 0x0001);
	card_write(IGB_RCTL, 0x1234);
	card_write(IGB_RA, 0x99999999);
	card_write(IGB_RETA, 0x01020304);
	card_write(IGB_CTRL, card_read(IGB_CTRL) | IGB_CTRL_RST);
	assert_int_equal(card_read(IGB_CTRL) & IGB_CTRL_RST, 0);
	assert_int_equal(card_read(IGB_RCTL), 0);
	assert_int_equal(card_read(IGB_RETA), 0);
	assert_int_equal(card_read(IGB_RA), 0x00000002);
	assert_true(card_read(IGB_EECD) & IGB_EECD_AUTO_RD);
	assert_int_equal(card_phy_read(IGB_PHY_ADVERTISE), 0x0001);
	function_reset(c.fn);
	assert_int_equal(card_phy_read(IGB_PHY_ADVERTISE), 0x0de1);
}

static void mastering_ends_when_it_is_asked_to(void **state)
{
	assert_true(card_read(IGB_STATUS) & IGB_STATUS_MASTER);
	card_write(IGB_CTRL, IGB_CTRL_NO_MASTER);
	assert_false(card_read(IGB_STATUS) & IGB_STATUS_MASTER);
}

static void older_addresses_are_the_same_registers(void **state)
{
	card_write(0x2808, 0xfffff);
	assert_int_equal(card_read(0xc008), 0xfff80);
	card_write(0xe0c8, 0x1000);
	assert_int_equal(card_read(0x3b08), 0x1000);
	card_write(0x00d0, 0x5);
	assert_int_equal(card_read(IGB_IMS), 0x5);
	assert_int_equal(card_read(IGB_CTRL_DUP), card_read(IGB_CTRL));
}

static void what_does_not_exist_reads_0(void **state)
{
	card_write(0x5ffc, 7);
	assert_int_equal(card_read(0x5ffc), 0);
	card_write(0x1fffc, 7);
	assert_int_equal(card_read(0x1fffc), 0);
	assert_int_equal(function_bar_write(c.fn, 0, IGB_RCTL, 2, 7), 0);
	assert_int_equal(card_read(IGB_RCTL), 0);
}

static void refuse(const char *options, const char *reason)
{
	struct function_init init = bus_parse(&c.bus, options);
	char why[FUNCTION_WHY_SIZE] = "";
	const struct function_type *type = function_type_find("igb");

	assert_int_equal(type->check(&init, why), -EINVAL);
	if (!strstr(why, reason))
		fail_msg("%s: %s", options, why);
}

static void wrong_options_are_refused_with_a_reason(void **state)
{
	refuse("mac=02:00:00:00:00", "six bytes");
	refuse("mac=02:00:00:00:00:0g", "six bytes");
	refuse("mac=02:00:00:00:00:0a:0b", "six bytes");
	refuse("mac=03:00:00:00:00:00", "single card");
	refuse("mac=00:00:00:00:00:00", "single card");
	refuse("net=nothing", "none of");
	refuse("rate=7", "rate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CARD_TEST_COLD(the_identity_is_that_of_an_82576),
		CARD_TEST_COLD(the_eeprom_has_the_address_and_a_checksum),
		cmocka_unit_test_prestate_setup_teardown(the_address_follows_from_the_pci_address, card_setup,
							 card_teardown, (char *)"net=sink"),
		CARD_TEST_COLD(semaphores_are_taken_by_one),
		CARD_TEST_COLD(the_phy_answers_at_its_address_only),
		CARD_TEST_COLD(the_link_needs_the_mac_and_a_powered_phy),
		CARD_TEST_COLD(a_reset_of_the_mac_leaves_the_phy),
		CARD_TEST_COLD(mastering_ends_when_it_is_asked_to),
		CARD_TEST_COLD(older_addresses_are_the_same_registers),
		CARD_TEST_COLD(what_does_not_exist_reads_0),
		CARD_TEST_COLD(wrong_options_are_refused_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
