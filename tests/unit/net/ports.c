/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements ports.h. */
#include "ports.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "entries.h"
#include "util/types.h"

#define PATIENCE_S 60

char ports_directory[] = "/tmp/spapr-tce-ports-XXXXXX";

static unsigned int files_before;

int ports_begin(void **state)
{
	files_before = count_entries("/proc/self/fd");
	strcpy(strrchr(ports_directory, '-'), "-XXXXXX");
	return !mkdtemp(ports_directory);
}

int ports_end(void **state)
{
	DIR *folder = opendir(ports_directory);

	for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	if (count_entries("/proc/self/fd") != files_before) {
		print_error("%u descriptors are open, and %u were before the test\n", count_entries("/proc/self/fd"), files_before);
		return -1;
	}
	return rmdir(ports_directory);
}

static void ready(void *context)
{
	struct plugged *plugged = context;

	pthread_mutex_lock(&plugged->lock);
	atomic_fetch_add(&plugged->ready, 1);
	pthread_cond_broadcast(&plugged->changed);
	pthread_mutex_unlock(&plugged->lock);
}

void plug_in(struct plugged *plugged, int group, const char *spec, const char *pcap)
{
	static const struct net_port_handler handler = { ready };
	char why[NET_WHY_SIZE] = "", function[16];
	struct net_port_init init = {
		.spec = spec, .function = function, .group = group, .shared_directory = ports_directory, .pcap = pcap,
	};

	snprintf(function, sizeof(function), "0000:%02x:00.0", group);
	*plugged = (struct plugged){ .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
	if (net_port_open(&init, &handler, plugged, &plugged->port, why))
		fail_msg("%s", why);
	assert_int_equal(net_port_start(plugged->port), 0);
}

void pull(struct plugged *plugged)
{
	net_port_close(plugged->port);
	plugged->port = NULL;
}

void wait_ready(struct plugged *plugged, unsigned int seen)
{
	struct timespec limit;
	int r = 0;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += PATIENCE_S;
	pthread_mutex_lock(&plugged->lock);
	while (atomic_load(&plugged->ready) == seen && !r)
		r = pthread_cond_timedwait(&plugged->changed, &plugged->lock, &limit);
	pthread_mutex_unlock(&plugged->lock);
	assert_int_equal(r, 0);
}

void wait_link(struct plugged *plugged, bool link)
{
	for (;;) {
		unsigned int seen = atomic_load(&plugged->ready);

		if (net_port_link(plugged->port) == link)
			return;
		if (!net_port_poll(plugged->port))
			wait_ready(plugged, seen);
	}
}

void fill_frame(unsigned char *frame, uint32_t length, uint32_t number)
{
	for (uint32_t i = 0; i < length; i++)
		frame[i] = (unsigned char)(number * 31 + i * 7 + (i >> 8));
	memcpy(frame, &number, sizeof(number));
}

bool is_frame(const unsigned char *frame, uint32_t length, uint32_t number)
{
	unsigned char wanted[NET_FRAME_SIZE_MAX];

	fill_frame(wanted, length, number);
	return !memcmp(frame, wanted, length);
}

int send_frame(struct net_port *port, uint32_t length, uint32_t number)
{
	unsigned char frame[NET_FRAME_SIZE_MAX];
	struct iovec part[] = { { frame, 5 }, { frame + 5, 0 }, { frame + 5, length - 5 } };

	fill_frame(frame, length, number);
	return net_port_send(port, part, ARRAY_COUNT(part));
}

void expect_frame(struct plugged *plugged, uint32_t length, uint32_t number)
{
	unsigned int seen = atomic_load(&plugged->ready);
	const void *frame;
	uint32_t got;

	while (!(frame = net_port_peek(plugged->port, &got))) {
		if (!net_port_poll(plugged->port))
			wait_ready(plugged, seen);
		seen = atomic_load(&plugged->ready);
	}
	assert_int_equal(got, length);
	assert_true(is_frame(frame, length, number));
	net_port_pop(plugged->port);
}
