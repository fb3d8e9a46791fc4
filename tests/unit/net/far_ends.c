/* SPDX-License-Identifier: BSD-2-Clause */
/* The far ends that others have written: passt, and QEMU's -netdev stream. */
#include "ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/os.h"

static char path[2][100], spec[2][120];

static int begin(void **state)
{
	int r = ports_begin(state);

	for (unsigned int i = 0; i < 2; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/socket%u", ports_directory, i);
		snprintf(spec[i], sizeof(spec[i]), "unix:%s", path[i]);
	}
	return r;
}

/* Starts a program that ends with the test. Its exit status is 127 if there is none of that name. */
static pid_t start(char *const argument[])
{
	pid_t child = fork();

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(open("/dev/null", O_RDWR), 1);
	dup2(1, 2);
	execvp(argument[0], argument);
	_exit(127);
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* Waits until the program has made a socket. Returns false if it has ended instead: the test is to be skipped. */
static bool wait_for(pid_t child, const char *socket, const char *name)
{
	struct stat st;

	for (unsigned int i = 0; i < 3000; i++) {
		if (!stat(socket, &st))
			return true;
		if (waitpid(child, NULL, WNOHANG) == child) {
			print_message("# there is no %s here, or it has no network\n", name);
			return false;
		}
		os_sleep_us(10000);
	}
	fail_msg("%s makes no socket", name);
	return false;
}

static void send_polled(struct plugged *card, const void *frame, uint32_t length)
{
	assert_int_equal(net_port_send(card->port, &(struct iovec){ (void *)frame, length }, 1), 0);
	(void)!net_port_poll(card->port);
}

struct arp {
	uint8_t to[6], from[6];
	uint16_t type, hardware, protocol;
	uint8_t sizes[2];
	uint16_t operation;
	uint8_t sender[6], sender_ip[4], target[6], target_ip[4];
} __attribute__((packed));

static const uint8_t my_address[6] = { 2, 0, 0, 0, 0, 9 };

static struct arp question(void)
{
	struct arp arp = {
		.to = { 255, 255, 255, 255, 255, 255 }, .type = htons(0x0806), .hardware = htons(1), .protocol = htons(0x0800),
		.sizes = { 6, 4 }, .operation = htons(1), .sender_ip = { 192, 0, 2, 77 }, .target_ip = { 192, 0, 2, 78 },
	};

	memcpy(arp.from, my_address, 6);
	memcpy(arp.sender, my_address, 6);
	return arp;
}

/* Takes frames until one answers the question. */
static void expect_answer(struct plugged *card)
{
	for (;;) {
		unsigned int seen = atomic_load(&card->ready);
		uint32_t length;
		const void *frame = net_port_peek(card->port, &length);
		struct arp arp = { .type = 0 };

		if (!frame) {
			if (!net_port_poll(card->port))
				wait_ready(card, seen);
			continue;
		}
		if (length >= sizeof(arp))
			memcpy(&arp, frame, sizeof(arp));
		net_port_pop(card->port);
		if (arp.type == htons(0x0806) && arp.operation == htons(2)) {
			assert_memory_equal(arp.to, my_address, 6);
			return;
		}
	}
}

/* passt answers for every address but the guest's. */
static void passt_answers_and_is_connected_again(void **state)
{
	/* As root it would become another user, who may not make the socket. */
	char *as_root[] = { "passt", "-f", "--runas", "0", "-s", path[0], NULL };
	char *as_user[] = { "passt", "-f", "-s", path[0], NULL };
	struct plugged card;

	plug_in(&card, 1, spec[0], NULL);
	for (unsigned int round = 0; round < 2; round++) {
		pid_t passt = start(geteuid() ? as_user : as_root);
		struct arp arp = question();

		if (!wait_for(passt, path[0], "passt")) {
			pull(&card);
			skip();
		}
		wait_link(&card, true);
		send_polled(&card, &arp, sizeof(arp));
		expect_answer(&card);
		end(passt);
		wait_link(&card, false);
		unlink(path[0]);
	}
	assert_int_equal(net_port_stats(card.port).errors, 0);
	pull(&card);
}

/*
 * Returns when QEMU carries frames this way. It drops those that come before it has accepted the stream where they
 * come out, so one more is sent until one arrives; those behind that one arrive too.
 */
static void wait_carried(struct net_port *from, struct net_port *to)
{
	uint32_t sent = 0, length, number = 0;
	const void *frame;

	do {
		if (!number)
			assert_int_equal(send_frame(from, 60, ++sent), 0);
		(void)!net_port_poll(from);
		usleep(10000);
		(void)!net_port_poll(to);
		while ((frame = net_port_peek(to, &length))) {
			memcpy(&number, frame, sizeof(number));
			net_port_pop(to);
		}
	} while (number != sent);
}

/* A hub inside QEMU joins two of its streams, so what goes into one comes out of the other. */
static void qemu_carries_frames_from_one_stream_to_the_other(void **state)
{
	char netdev[2][200];
	char *qemu[] = {
		"qemu-system-ppc64", "-M", "none", "-display", "none", "-nodefaults",
		"-netdev", netdev[0], "-netdev", netdev[1],
		"-netdev", "hubport,id=h0,hubid=0,netdev=s0", "-netdev", "hubport,id=h1,hubid=0,netdev=s1", NULL,
	};
	struct plugged card[2];
	pid_t child;

	for (unsigned int i = 0; i < 2; i++)
		snprintf(netdev[i], sizeof(netdev[i]), "stream,id=s%u,server=on,addr.type=unix,addr.path=%s", i, path[i]);
	child = start(qemu);
	if (!wait_for(child, path[1], "QEMU 7.2 or later"))
		skip();
	for (unsigned int i = 0; i < 2; i++)
		plug_in(&card[i], (int)i + 1, spec[i], NULL);
	wait_link(&card[0], true);
	wait_link(&card[1], true);
	wait_carried(card[0].port, card[1].port);
	wait_carried(card[1].port, card[0].port);
	for (uint32_t i = 0; i < 500; i++) {
		uint32_t length = 60 + i * 17;

		assert_int_equal(send_frame(card[i % 2].port, length, i), 0);
		(void)!net_port_poll(card[i % 2].port);
		expect_frame(&card[!(i % 2)], length, i);
	}
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(net_port_stats(card[i].port).errors, 0);
		pull(&card[i]);
	}
	end(child);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, ports_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(passt_answers_and_is_connected_again),
		TEST(qemu_carries_frames_from_one_stream_to_the_other),
	};

	return cmocka_run_group_tests_name("far_ends", tests, NULL, NULL);
}
