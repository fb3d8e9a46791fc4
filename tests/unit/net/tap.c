/* SPDX-License-Identifier: BSD-2-Clause */
/* A tap interface of a network namespace that the test makes; it is skipped where it may not. */
#include "ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <unistd.h>

static int packet;

/* Makes the namespace, and skips the test if there can be no tap in it. */
static void need_taps(void)
{
	struct ifreq request = { .ifr_name = "stce9", .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd;

	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET)) {
		print_message("# the system makes no network namespace for us\n");
		skip();
	}
	fd = open("/dev/net/tun", O_RDWR);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request)) {
		print_message("# the system makes no tap for us\n");
		skip();
	}
	close(fd);
}

/* Sets the interface up and returns a socket that sees its frames. */
static int open_interface(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_UP };
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(0x88b5) };
	int fd = socket(AF_PACKET, SOCK_RAW, htons(0x88b5));

	assert_true(fd >= 0);
	strcpy(request.ifr_name, name);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	assert_int_equal(ioctl(fd, SIOCGIFINDEX, &request), 0);
	address.sll_ifindex = request.ifr_ifindex;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Fills a broadcast of the local experimental type. */
static void fill(unsigned char *frame, uint32_t length, uint32_t number)
{
	fill_frame(frame, length, number);
	memset(frame, 0xff, 6);
	memset(frame + 6, 2, 6);
	memcpy(frame + 12, "\x88\xb5", 2);
}

/* The host itself may send frames too, which are left out. */
static void expect(struct plugged *card, const unsigned char *wanted, uint32_t size)
{
	for (;;) {
		unsigned int seen = atomic_load(&card->ready);
		uint32_t length;
		const unsigned char *frame = net_port_peek(card->port, &length);
		bool is_it = frame && length == size && !memcmp(frame, wanted, size);

		if (frame)
			net_port_pop(card->port);
		else if (!net_port_poll(card->port))
			wait_ready(card, seen);
		if (is_it)
			return;
	}
}

static void frames_go_both_ways(void **state)
{
	unsigned char frame[1500], got[1500];
	struct plugged card;

	need_taps();
	plug_in(&card, 1, "tap:stce0", NULL);
	wait_link(&card, true);
	packet = open_interface("stce0");
	for (uint32_t i = 0; i < 100; i++) {
		fill(frame, 60 + i, i);
		assert_int_equal(net_port_send(card.port, (struct iovec[]){ { frame, 14 }, { frame + 14, 46 + i } }, 2), 0);
		assert_int_equal(recv(packet, got, sizeof(got), 0), 60 + i);
		assert_memory_equal(got, frame, 60 + i);
		assert_int_equal(send(packet, frame, 60 + i, 0), 60 + i);
		expect(&card, frame, 60 + i);
	}
	close(packet);
	pull(&card);
}

static void an_interface_that_another_has_is_tried_again(void **state)
{
	struct plugged first, second;

	need_taps();
	plug_in(&first, 1, "tap:stce1", NULL);
	wait_link(&first, true);
	plug_in(&second, 2, "tap:stce1", NULL);
	usleep(300000);
	assert_false(net_port_link(second.port));
	pull(&first);
	wait_link(&second, true);
	pull(&second);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, ports_begin, ports_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_go_both_ways),
		TEST(an_interface_that_another_has_is_tried_again),
	};

	return cmocka_run_group_tests_name("tap", tests, NULL, NULL);
}
