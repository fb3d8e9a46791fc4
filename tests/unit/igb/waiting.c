/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow control: a far end waits for a card without descriptors, and a card for a far end that reads nothing. */
#include "driver.h"

#include "testing.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/os.h"

#define FULL        (CARD_RING - 1)      /* a ring's descriptors at once */
#define NUMBER_AT   42u                  /* in a frame of a source */
#define FOR_EVER    UINT64_MAX
#define FRAME_SIZE  1514u

/* Takes frames, and returns the number of the last one, because older ones may have had the same buffer. */
static uint64_t take(unsigned int count)
{
	uint64_t number;

	while (count)
		if (card_take(0))
			count--;
		else
			os_sleep_us(50);
	memcpy(&number, card_buffer(0) + NUMBER_AT, sizeof(number));
	return be64toh(number);
}

/* Waits until a statistics register, which a read clears, has counted so many. */
static void wait_for_count(uint32_t offset, uint32_t count)
{
	for (uint32_t seen = card_read(offset); seen < count; seen += card_read(offset))
		os_sleep_us(50);
}

static void begin(uint64_t hold_ns, uint32_t flow_control)
{
	igb_of(c.fn)->hold_ns = hold_ns;
	card_tx_on(0);
	card_rx_on(0, 1 << IGB_SRRCTL_TYPE_SHIFT | CARD_BUFFER / 1024);
	card_write(IGB_TCTL, IGB_TCTL_EN | IGB_TCTL_PSP);
	/* Frames come as soon as RCTL lets them; those before are lost. */
	card_write(IGB_CTRL, card_read(IGB_CTRL) | IGB_CTRL_SLU | flow_control);
	card_write(IGB_RCTL, IGB_RCTL_EN | IGB_RCTL_SECRC | IGB_RCTL_BAM);
}

static int setup_source(void **state)
{
	*state = "mac=02:00:00:00:00:0a,net=source:64";
	return card_setup(state);
}

static void a_far_end_waits_for_descriptors_and_no_frame_is_lost(void **state)
{
	uint64_t last = 0;

	begin(FOR_EVER, IGB_CTRL_TFCE);
	for (unsigned int round = 0; round < 20; round++) {
		uint64_t before = last;

		wait_for_count(IGB_RNBC, 1);
		wait_for_count(IGB_XOFFTXC, 1);
		last = take(FULL);
		if (round)
			assert_int_equal(last, before + FULL);
		card_refill(0);
		wait_for_count(IGB_XONTXC, 1);
	}
	assert_int_equal(card_read(IGB_MPC), 0);
}

static void a_driver_without_flow_control_misses_frames(void **state)
{
	begin(FOR_EVER, 0);
	wait_for_count(IGB_MPC, 1000);
	assert_int_equal(card_read(IGB_XOFFTXC), 0);
}

/* Other queues, and the far end, have waited long enough by then. */
static void a_queue_that_gets_no_descriptors_is_not_waited_for_any_longer(void **state)
{
	uint64_t last;

	begin(1000000, IGB_CTRL_TFCE);
	wait_for_count(IGB_MPC, 1000);
	assert_int_equal(card_read(IGB_XOFFTXC), 1);
	assert_int_equal(card_read(IGB_XONTXC), 0);
	last = take(FULL);
	card_refill(0);
	assert_true(take(1) > last + 1000);
	wait_for_count(IGB_XONTXC, 1);
}

/* The state of a far end that accepts the connection and then reads nothing, until it is told to. */
#define FOLDER "/tmp/waiting.XXXXXX"
static char folder[sizeof(FOLDER)];
static int listener = -1;
static char options[200];

static int setup_far_end(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(folder, sizeof(folder), FOLDER);
	assert_non_null(mkdtemp(folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/far", folder);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	snprintf(options, sizeof(options), "mac=02:00:00:00:00:0a,net=unix:%s", address.sun_path);
	*state = options;
	return card_setup(state);
}

static int teardown_far_end(void **state)
{
	char path[sizeof(folder) + 8];

	snprintf(path, sizeof(path), "%s/far", folder);
	unlink(path);
	rmdir(folder);
	close(listener);
	return card_teardown(state);
}

/* Fills the ring with frames whose data says which ones they are, as far as there are descriptors. */
static unsigned int send_frames(unsigned int number, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		unsigned int page = CARD_DATA + (number + i) % CARD_RING;
		uint8_t *frame = bus_page(&c.bus, page);

		memset(frame, 0xff, FRAME_SIZE);
		memcpy(frame + NUMBER_AT, &(uint32_t){ number + i }, 4);
		card_put(0, bus_ioba(page), FRAME_SIZE | IGB_TX_EOP | IGB_TX_IFCS | IGB_TX_RS, 0);
	}
	card_write(IGB_TX_QUEUE(0) + IGB_QUEUE_TAIL, c.tx_tail[0]);
	return number + count;
}

static bool has_sent_all(void)
{
	return card_read(IGB_TX_QUEUE(0) + IGB_QUEUE_HEAD) == c.tx_tail[0];
}

static void read_whole(int fd, void *to, size_t size)
{
	assert_int_equal(recv(fd, to, size, MSG_WAITALL), (ssize_t)size);
}

static void read_frames(int fd, uint32_t first, uint32_t end)
{
	uint8_t frame[4 + FRAME_SIZE];

	for (uint32_t i = first; i < end; i++) {
		read_whole(fd, frame, sizeof(frame));
		assert_memory_equal(frame + 4 + NUMBER_AT, &i, 4);
	}
}

/* Sends until the far end is full, and returns the number of frames that are sent or in the ring. */
static uint32_t fill_far_end(void)
{
	uint32_t count = 0;

	while (!(card_read(IGB_STATUS) & IGB_STATUS_LU))
		os_sleep_us(50);
	while (!(card_read(IGB_STATUS) & IGB_STATUS_TXOFF)) {
		if (has_sent_all())
			count = send_frames(count, 16);
		os_sleep_us(50);
	}
	return count;
}

static void a_card_waits_for_a_far_end_that_does_not_read(void **state)
{
	uint32_t count;
	int fd;

	begin(FOR_EVER, 0);
	count = fill_far_end();
	assert_false(has_sent_all());
	fd = accept(listener, NULL, NULL);
	read_frames(fd, 0, count);
	card_wait();
	assert_true(has_sent_all());
	assert_false(card_read(IGB_STATUS) & IGB_STATUS_TXOFF);
	close(fd);
}

/* The packet in hand was sent by a queue that was off, and once more when it was on again. */
static void a_packet_whose_pool_goes_off_waits_in_the_ring(void **state)
{
	uint32_t count, sent;
	int fd;

	begin(FOR_EVER, 0);
	card_write(IGB_MRQC, IGB_MRQC_VMDQ);
	card_write(IGB_VFTE, 1);
	count = fill_far_end();
	card_write(IGB_VFTE, 0);
	sent = (uint32_t)net_port_stats(igb_of(c.fn)->port).sent_frames;
	fd = accept(listener, NULL, NULL);
	read_frames(fd, 0, sent);
	while (card_read(IGB_STATUS) & IGB_STATUS_TXOFF)
		os_sleep_us(50);
	assert_int_equal(net_port_stats(igb_of(c.fn)->port).sent_frames, sent);
	card_write(IGB_VFTE, 1);
	read_frames(fd, sent, count);
	card_wait();
	assert_true(has_sent_all());
	assert_int_equal(net_port_stats(igb_of(c.fn)->port).sent_frames, count);
	close(fd);
}

#define SOURCE_TEST(test) cmocka_unit_test_setup_teardown(test, setup_source, card_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SOURCE_TEST(a_far_end_waits_for_descriptors_and_no_frame_is_lost),
		SOURCE_TEST(a_driver_without_flow_control_misses_frames),
		SOURCE_TEST(a_queue_that_gets_no_descriptors_is_not_waited_for_any_longer),
		cmocka_unit_test_setup_teardown(a_card_waits_for_a_far_end_that_does_not_read, setup_far_end,
						teardown_far_end),
		cmocka_unit_test_setup_teardown(a_packet_whose_pool_goes_off_waits_in_the_ring, setup_far_end,
						teardown_far_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
