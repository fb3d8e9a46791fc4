/* SPDX-License-Identifier: BSD-2-Clause */
/* The text that says what a port is plugged into. */
#include "testing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/port.h"
#include "util/alloc.h"
#include "util/types.h"

static const struct {
	const char *spec;
	int answer;
	const char *why;   /* a part of the refusal */
} specs[] = {
	{ "sink", 0, "" },
	{ "source:60", 0, "" },
	{ "source:1500@1", 0, "" },
	{ "source:65536@1000000000", 0, "" },
	{ "peer:0", 0, "" },
	{ "peer:65535", 0, "" },
	{ "unix:/a", 0, "" },
	{ "unix:/a/b,c", 0, "" },
	{ "", -EINVAL, "none of peer:GROUP" },
	{ "sin", -EINVAL, "none of peer:GROUP" },
	{ "sinks", -EINVAL, "none of peer:GROUP" },
	{ "sink:", -EINVAL, "nothing can follow" },
	{ "source", -EINVAL, "lacks a colon" },
	{ "source:", -EINVAL, "60 to 65536 bytes" },
	{ "source:59", -EINVAL, "60 to 65536 bytes" },
	{ "source:65537", -EINVAL, "60 to 65536 bytes" },
	{ "source:18446744073709551676", -EINVAL, "60 to 65536 bytes" },
	{ "source:-60", -EINVAL, "60 to 65536 bytes" },
	{ "source:60@", -EINVAL, "1 to 1000000000 frames" },
	{ "source:60@0", -EINVAL, "1 to 1000000000 frames" },
	{ "source:60@1000000001", -EINVAL, "1 to 1000000000 frames" },
	{ "source:60@1@1", -EINVAL, "1 to 1000000000 frames" },
	{ "peer", -EINVAL, "lacks a colon" },
	{ "peer:", -EINVAL, "a number from 0 to 65535" },
	{ "peer:+1", -EINVAL, "a number from 0 to 65535" },
	{ "peer:1x", -EINVAL, "a number from 0 to 65535" },
	{ "peer:65536", -EINVAL, "a number from 0 to 65535" },
	{ "peer:7", -EINVAL, "own group" },
	{ "unix", -EINVAL, "lacks a colon" },
	{ "unix:", -EINVAL, "begin with a slash" },
	{ "unix:a", -EINVAL, "begin with a slash" },
	{ "unix:/a/", -EINVAL, "a directory" },
	{ "tap:", -EINVAL, "not the name of a network interface" },
	{ "tap:a/b", -EINVAL, "not the name of a network interface" },
	{ "tap:tap%d", -EINVAL, "not the name of a network interface" },
	{ "tap:sixteen-letters-", -EINVAL, "not the name of a network interface" },
};

static void each_spec_is_judged(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(specs); i++) {
		struct net_port_init init = { .spec = specs[i].spec, .group = 7 };
		char why[NET_WHY_SIZE] = "";
		int r = net_port_check(&init, why);

		if (r != specs[i].answer || !strstr(why, specs[i].why))
			fail_msg("%s: %d, \"%s\"", specs[i].spec, r, why);
		assert_int_equal(net_port_check(&init, NULL), r);
	}
}

static void ready(void *context)
{
}

static void a_port_of_each_kind_survives_running_out_of_memory(void **state)
{
	static const struct net_port_handler handler = { ready };

	for (size_t i = 0; i < ARRAY_COUNT(specs) && !specs[i].answer; i++) {
		struct net_port_init init = {
			.spec = specs[i].spec, .function = "0000:07:00.0", .group = 7, .shared_directory = "/nowhere",
		};
		struct net_port *port = NULL;
		int r = -ENOMEM;

		for (int n = 0; r == -ENOMEM; n++) {
			assert_in_range(n, 0, 10);
			alloc_fail_after(n);
			r = net_port_open(&init, &handler, NULL, &port, NULL);
			alloc_fail_after(-1);
		}
		assert_int_equal(r, 0);
		net_port_close(port);
	}
}

/* Every program of a run builds every function, so a port must hold nothing before it is used. */
static void a_port_that_is_not_started_does_nothing(void **state)
{
	static const struct net_port_handler handler = { ready };
	struct net_port_init init = { .spec = "sink", .group = 7 };
	unsigned char frame[60] = { 0 };
	struct net_port *port;
	uint32_t length;

	assert_int_equal(net_port_open(&init, &handler, NULL, &port, NULL), 0);
	assert_false(net_port_link(port));
	assert_false(net_port_poll(port));
	assert_null(net_port_peek(port, &length));
	assert_int_equal(net_port_send(port, &(struct iovec){ frame, 60 }, 1), -ENETDOWN);
	net_port_stop(port);
	assert_int_equal(net_port_stats(port).dropped, 1);
	net_port_close(port);
	net_port_close(NULL);
}

static void a_frame_of_no_possible_size_is_refused_and_counted(void **state)
{
	static const struct net_port_handler handler = { ready };
	struct net_port_init init = { .spec = "sink", .group = 7 };
	static unsigned char frame[NET_FRAME_SIZE_MAX];
	struct net_port *port;

	assert_int_equal(net_port_open(&init, &handler, NULL, &port, NULL), 0);
	assert_int_equal(net_port_start(port), 0);
	assert_true(net_port_link(port));
	assert_int_equal(net_port_send(port, &(struct iovec){ frame, 13 }, 1), -EMSGSIZE);
	assert_int_equal(net_port_send(port, (struct iovec[]){ { frame, NET_FRAME_SIZE_MAX }, { frame, 1 } }, 2),
			 -EMSGSIZE);
	assert_int_equal(net_port_send(port, (struct iovec[]){ { frame, 1 }, { frame, SIZE_MAX } }, 2), -EMSGSIZE);
	assert_int_equal(net_port_send(port, &(struct iovec){ frame, 14 }, 1), 0);
	assert_int_equal(net_port_send(port, &(struct iovec){ frame, NET_FRAME_SIZE_MAX }, 1), 0);
	assert_int_equal(net_port_stats(port).dropped, 3);
	assert_int_equal(net_port_stats(port).sent_frames, 2);
	assert_int_equal(net_port_stats(port).sent_bytes, 14 + NET_FRAME_SIZE_MAX);
	net_port_close(port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_spec_is_judged),
		cmocka_unit_test(a_port_of_each_kind_survives_running_out_of_memory),
		cmocka_unit_test(a_port_that_is_not_started_does_nothing),
		cmocka_unit_test(a_frame_of_no_possible_size_is_refused_and_counted),
	};

	return cmocka_run_group_tests_name("specs", tests, NULL, NULL);
}
