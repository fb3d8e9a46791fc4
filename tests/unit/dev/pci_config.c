/* SPDX-License-Identifier: BSD-2-Clause */
/* Every bit of a config space: the values at power-on, and those that a program can write. */
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "dev/pci_config.h"

static const struct pci_sriov sriov = {
	.total = 8, .offset = 128, .stride = 2, .device = 0x10ca,
	.bar = { [0] = { 0x4000, true, false }, [3] = { 0x4000, true, true } },
};

static const struct pci_identity identity = {
	.vendor = 0x8086, .device = 0x10c9, .subsystem_vendor = 0x1234, .subsystem = 0x5678, .class_code = 0x020000,
	.revision = 1, .bar = { [0] = { 0x20000, false, false }, [3] = { 0x4000, true, false } }, .msix_vectors = 10, .msix_bar = 3,
	.msix_pba_offset = 0x2000, .has_intx = true, .has_msi = true, .has_extended = true, .sriov = &sriov,
};

/* What is not here is 0 and stays 0. */
static const struct {
	unsigned int offset;
	uint32_t value, writable;
} words[] = {
	{ 0x000, 0x10c98086, 0 },                        /* device, vendor */
	{ 0x004, 0x00100002, 0x00000546 },               /* capabilities; memory, bus master, errors, INTx */
	{ 0x008, 0x02000001, 0 },                        /* class, revision */
	{ 0x00c, 0, 0x000000ff },                        /* cache line size */
	{ 0x010, 0, 0xfffe0000 },                        /* BAR 0 */
	{ 0x01c, 0x00000004, 0xffffc000 },               /* BAR 3 with 64 bits */
	{ 0x020, 0, 0xffffffff },
	{ 0x02c, 0x56781234, 0 },
	{ 0x034, 0x00000040, 0 },                        /* the first capability */
	{ 0x03c, 0x00000100, 0x000000ff },               /* interrupt pin and line */
	{ 0x040, 0x00034801, 0 },                        /* power management, version 3 */
	{ 0x044, 0x00000008, 0x00000003 },               /* no soft reset; the state */
	{ 0x048, 0x00095811, 0 },                        /* MSI-X: 10 vectors, the table in BAR 3 */
	{ 0x04c, 0x00000003, 0 },
	{ 0x050, 0x00002003, 0 },
	{ 0x058, 0x00029410, 0 },                        /* PCI Express: endpoint, version 2 */
	{ 0x05c, 0x10008000, 0 },                        /* function-level reset */
	{ 0x060, 0x00002010, 0x000079ff },
	{ 0x064, 0x00000043, 0 },                        /* four lanes at 8 GT/s */
	{ 0x068, 0x00430000, 0x000000cb },
	{ 0x07c, 0x00000010, 0 },
	{ 0x080, 0, 0x0000001f },
	{ 0x088, 0x00000003, 0 },
	{ 0x094, 0x01800005, 0x008f0000 },               /* MSI: 64 bits, a mask */
	{ 0x098, 0, 0xffffffff },
	{ 0x09c, 0, 0xffffffff },
	{ 0x0a0, 0, 0x0000ffff },
	{ 0x0a4, 0, 0x00000001 },
	{ 0x100, 0x15010001, 0 },                        /* advanced error reporting */
	{ 0x108, 0, 0x03fff030 },
	{ 0x10c, 0x00462030, 0x03fff030 },
	{ 0x114, 0x0000e000, 0x0000f1c1 },
	{ 0x150, 0x1601000e, 0 },                        /* alternative routing IDs */
	{ 0x160, 0x00010010, 0 },                        /* SR-IOV */
	{ 0x168, 0x00000010, 0 },
	{ 0x16c, 0x00080008, 0 },
	{ 0x174, 0x00020080, 0 },
	{ 0x178, 0x10ca0000, 0 },
	{ 0x17c, 0x00000553, 0 },
	{ 0x180, 0x00000001, 0 },
	{ 0x184, 0x00000004, 0 },                        /* the BARs of a virtual function */
	{ 0x190, 0x0000000c, 0 },
};

static struct pci_config config;

static int setup(void **state)
{
	pci_config_init(&config, &identity);
	return 0;
}

static uint32_t get(unsigned int offset)
{
	uint32_t value;

	assert_int_equal(pci_config_read(&config, offset, &value, sizeof(value)), 0);
	return value;
}

static void each_bit_has_its_value_and_can_be_written_or_not(void **state)
{
	const uint32_t ones = 0xffffffff, zeros = 0;
	size_t next = 0;

	for (unsigned int at = 0; at < PCI_CONFIG_SIZE; at += 4) {
		bool is_listed = next < ARRAY_COUNT(words) && words[next].offset == at;
		uint32_t value = is_listed ? words[next].value : 0, writable = is_listed ? words[next].writable : 0;
		int wanted = at == 0x060 ? PCI_CONFIG_WANTS_RESET : 0;

		next += is_listed;
		assert_int_equal(get(at), value);
		assert_int_equal(pci_config_write(&config, at, &ones, sizeof(ones)), wanted);
		assert_int_equal(get(at), value | writable);
		assert_int_equal(pci_config_write(&config, at, &zeros, sizeof(zeros)), 0);
		assert_int_equal(get(at), value & ~writable);
		/* D1 and D2 do not exist. */
		if (at == 0x044)
			assert_int_equal(pci_config_write(&config, at, &ones, sizeof(ones)), 0);
		pci_config_reset(&config);
		assert_int_equal(get(at), value);
	}
	assert_int_equal(next, ARRAY_COUNT(words));
}

static void a_function_without_all_that_has_the_header_and_two_capabilities(void **state)
{
	const struct pci_identity plain = { .vendor = 1, .device = 2 };

	pci_config_init(&config, &plain);
	assert_int_equal(get(0x03c), 0);
	assert_int_equal(get(0x040), 0x00035801);
	assert_int_equal(get(0x058), 0x00020010);
	for (unsigned int at = 0x094; at < PCI_CONFIG_SIZE; at += 4)
		assert_int_equal(get(at), 0);
	assert_int_equal(pci_config_vfs(&config), 0);
}

static void a_reset_of_the_bus_keeps_what_the_host_restores(void **state)
{
	const uint32_t ones = 0xffffffff;

	for (unsigned int at = 0; at < PCI_CONFIG_SIZE; at += 4)
		(void)!pci_config_write(&config, at, &ones, sizeof(ones));
	pci_config_bus_reset(&config);
	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		uint32_t kept = 0;

		if (words[i].offset == 0x004)
			kept = 0x00000140;                                /* parity and system errors */
		else if ((words[i].offset >= 0x00c && words[i].offset < 0x028) || words[i].offset == 0x03c ||
			 (words[i].offset >= 0x094 && words[i].offset < 0x0a4))
			kept = words[i].writable;
		assert_int_equal(get(words[i].offset), words[i].value | kept);
	}
}

static void a_frozen_function_shows_what_linux_has_a_copy_of(void **state)
{
	for (unsigned int at = 0; at < 0x100; at += 4) {
		uint32_t value, copied = 0;

		if (at == 0x000 || (at >= 0x010 && at < 0x028) || at == 0x030 || (at >= 0x094 && at < 0x0a4))
			copied = 0xffffffff;
		else if (at == 0x004)
			copied = 0x00100400;                              /* INTx disable, capabilities */
		else if (at == 0x034)
			copied = 0x000000ff;
		else if (at == 0x03c)
			copied = 0x0000ffff;                              /* interrupt line and pin */
		else if (at == 0x040 || at == 0x048 || at == 0x058)
			copied = 0x0000ff00;                              /* the next capability */
		assert_int_equal(pci_config_read_frozen(&config, at, &value, sizeof(value)), 0);
		assert_int_equal(value, (get(at) & copied) | ~copied);
	}
}

static void accesses_end_where_the_space_ends(void **state)
{
	uint8_t bytes[4] = { 0 };

	assert_int_equal(pci_config_read(&config, PCI_CONFIG_SIZE - 4, bytes, 4), 0);
	assert_int_equal(pci_config_read(&config, PCI_CONFIG_SIZE - 3, bytes, 4), -EINVAL);
	assert_int_equal(pci_config_write(&config, PCI_CONFIG_SIZE - 4, bytes, 4), 0);
	assert_int_equal(pci_config_write(&config, PCI_CONFIG_SIZE - 3, bytes, 4), -EINVAL);
	assert_int_equal(pci_config_read_frozen(&config, PCI_CONFIG_SIZE, bytes, 1), -EINVAL);
}

static void a_saved_space_is_judged_by_its_fixed_bits(void **state)
{
	uint8_t saved[PCI_CONFIG_SAVED_SIZE];

	for (unsigned int at = 0; at < PCI_CONFIG_SAVED_SIZE; at++)
		for (unsigned int bit = 0; bit < 8; bit++) {
			bool moves = config.writable[at] >> bit & 1 || (at == 0x06 && bit == 3) || (at == 0x04b && bit == 7);

			memcpy(saved, config.value, sizeof(saved));
			saved[at] ^= (uint8_t)(1 << bit);
			assert_int_equal(pci_config_judge(&config, saved), moves ? 0 : -EINVAL);
		}
	memset(saved, 0xff, sizeof(saved));
	pci_config_apply(&config, saved);
	assert_int_equal(get(0x010), 0xfffe0000);
	assert_int_equal(get(0x000), 0x10c98086);
	assert_int_equal(get(0x0a4), 1);
	assert_int_equal(get(0x108), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_bit_has_its_value_and_can_be_written_or_not, setup),
		cmocka_unit_test_setup(a_function_without_all_that_has_the_header_and_two_capabilities, setup),
		cmocka_unit_test_setup(a_reset_of_the_bus_keeps_what_the_host_restores, setup),
		cmocka_unit_test_setup(a_frozen_function_shows_what_linux_has_a_copy_of, setup),
		cmocka_unit_test_setup(accesses_end_where_the_space_ends, setup),
		cmocka_unit_test_setup(a_saved_space_is_judged_by_its_fixed_bits, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
