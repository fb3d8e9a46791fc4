/* SPDX-License-Identifier: BSD-2-Clause */
/* A card that is saved and restored goes on where it was. */
#include "driver.h"

#include "testing.h"

#include <errno.h>
#include <string.h>

static struct pack packed;

static void save(void)
{
	memset(&packed, 0, sizeof(packed));
	assert_int_equal(function_save(c.fn, &packed), 0);
}

/* Judges the first `size` bytes, and makes them the card's state if they are good. */
static int restore(size_t size)
{
	struct unpack from = unpack_begin(packed.bytes, size);
	struct function_saved *saved;
	int r = function_judge(c.fn, &from, &saved);

	if (!r)
		function_apply(c.fn, saved);
	return r;
}

static void a_restored_card_goes_on(void **state)
{
	uint8_t *frame = card_frame(100);
	const uint8_t *got;

	card_send(0, 100);
	card_expect(0, 100);
	card_put_context(0, 0x6123u << 16, 0, 0);
	card_put_data(0, bus_ioba(CARD_DATA), 100, IGB_TX_EOP | IGB_TX_VLE, 0);
	card_ring(0);
	card_expect(0, 104);
	card_write(IGB_EITR(3), 0x100);
	card_phy_write(IGB_PHY_ADVERTISE, 0x0021);
	card_write(IGB_RA, 0x01020304);
	save();
	function_reset(c.fn);
	assert_int_equal(card_read(IGB_RCTL), 0);
	assert_int_equal(restore(packed.size), 0);
	assert_int_equal(card_read(IGB_EITR(3)), 0x100);
	assert_int_equal(card_phy_read(IGB_PHY_ADVERTISE), 0x0021);
	assert_int_equal(card_read(IGB_RA), 0x01020304);
	assert_int_equal(card_read(IGB_TX_QUEUE(0) + IGB_QUEUE_HEAD), 3);
	assert_true(card_read(IGB_STATUS) & IGB_STATUS_LU);
	assert_int_equal(card_read(IGB_GPTC), 2);
	/* The context that was set before is still there, and the rings go on behind the frames before. */
	card_write(IGB_RA, 0x00000002);
	card_put_data(0, bus_ioba(CARD_DATA), 100, IGB_TX_EOP | IGB_TX_VLE, 0);
	card_ring(0);
	got = card_expect(0, 104);
	assert_int_equal(got[14] << 8 | got[15], 0x6123);
	assert_memory_equal(got + 16, frame + 12, 88);
	pack_fini(&packed);
}

/* What the driver has asked for before is done after the restore, not before. */
static void work_that_waits_is_done_afterwards(void **state)
{
	card_frame(64);
	card_write(IGB_TCTL, 0);
	card_send(0, 64);
	save();
	function_reset(c.fn);
	assert_int_equal(restore(packed.size), 0);
	assert_null(card_take(0));
	card_write(IGB_TCTL, IGB_TCTL_EN);
	card_wait();
	card_expect(0, 64);
	pack_fini(&packed);
}

static void bad_bytes_are_refused_and_change_nothing(void **state)
{
	save();
	for (size_t size = 0; size < packed.size; size += 7)
		assert_true(restore(size) < 0);
	packed.bytes[256] ^= 2;
	assert_int_equal(restore(packed.size), -EPROTONOSUPPORT);
	packed.bytes[256] ^= 2;
	card_frame(64);
	card_send(0, 64);
	card_expect(0, 64);
	assert_int_equal(restore(packed.size), 0);
	pack_fini(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CARD_TEST(a_restored_card_goes_on),
		CARD_TEST(work_that_waits_is_done_afterwards),
		CARD_TEST(bad_bytes_are_refused_and_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
