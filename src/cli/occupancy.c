/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements occupancy.h by the request `show`. The first pictures are close together, and later ones farther apart.
 * Reading the entries of large windows takes the programs time, so at most a twentieth is spent on it.
 */
#include "occupancy.h"

#include <json-c/json.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "live.h"

#define FIRST_PAUSE 0.2
#define LAST_PAUSE  5.0
#define GROWTH      1.02         /* from one pause to the next */
#define SHARE       20.0         /* a pause lasts so many times what the answers took */

struct occupancy {
	struct stce_control *control;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* The lock protects these. */
	struct json_object *seen;
	bool is_wanted, ends;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct json_object *ask(struct stce_control *control)
{
	struct json_object *all = json_object_new_array();
	struct live live;

	live_take(control, &live);
	for (size_t i = 0; i < live_length(live.programs); i++) {
		struct json_object *windows = live_array(json_object_array_get_idx(live.programs, i), "windows");

		if (windows)
			json_object_array_add(all, json_object_get(windows));
	}
	live_free(&live);
	return all;
}

/* Waits until it is time to ask. Returns false at the end. */
static bool await(struct occupancy *occupancy, double until)
{
	const struct timespec at = { (time_t)until, (long)((until - (double)(time_t)until) * 1e9) };

	while (!occupancy->ends && (!occupancy->is_wanted || now() < until)) {
		if (occupancy->is_wanted)
			pthread_cond_timedwait(&occupancy->changed, &occupancy->lock, &at);
		else
			pthread_cond_wait(&occupancy->changed, &occupancy->lock);
	}
	return !occupancy->ends;
}

static void *ask_again(void *context)
{
	struct occupancy *occupancy = context;
	double pause = FIRST_PAUSE, next = 0;

	pthread_mutex_lock(&occupancy->lock);
	while (await(occupancy, next)) {
		struct json_object *seen;
		double began = now(), took;

		pthread_mutex_unlock(&occupancy->lock);
		seen = ask(occupancy->control);
		took = now() - began;
		pthread_mutex_lock(&occupancy->lock);
		json_object_put(occupancy->seen);
		occupancy->seen = seen;
		next = began + took + (took * SHARE > pause ? took * SHARE : pause);
		pause = pause * GROWTH < LAST_PAUSE ? pause * GROWTH : LAST_PAUSE;
	}
	pthread_mutex_unlock(&occupancy->lock);
	return NULL;
}

struct occupancy *occupancy_new(const char *directory)
{
	struct occupancy *occupancy = calloc(1, sizeof(*occupancy));
	pthread_condattr_t attributes;

	if (!occupancy || stce_control_open(directory, &occupancy->control, NULL)) {
		free(occupancy);
		return NULL;
	}
	pthread_mutex_init(&occupancy->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&occupancy->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (!pthread_create(&occupancy->thread, NULL, ask_again, occupancy))
		return occupancy;
	stce_control_free(occupancy->control);
	free(occupancy);
	return NULL;
}

void occupancy_want(struct occupancy *occupancy, int is_wanted)
{
	if (!occupancy)
		return;
	pthread_mutex_lock(&occupancy->lock);
	occupancy->is_wanted = is_wanted;
	pthread_cond_signal(&occupancy->changed);
	pthread_mutex_unlock(&occupancy->lock);
}

struct json_object *occupancy_take(struct occupancy *occupancy)
{
	struct json_object *seen;

	if (!occupancy)
		return NULL;
	pthread_mutex_lock(&occupancy->lock);
	seen = occupancy->seen;
	occupancy->seen = NULL;
	pthread_mutex_unlock(&occupancy->lock);
	return seen;
}

void occupancy_free(struct occupancy *occupancy)
{
	if (!occupancy)
		return;
	pthread_mutex_lock(&occupancy->lock);
	occupancy->ends = true;
	pthread_cond_signal(&occupancy->changed);
	pthread_mutex_unlock(&occupancy->lock);
	pthread_join(occupancy->thread, NULL);
	json_object_put(occupancy->seen);
	pthread_cond_destroy(&occupancy->changed);
	pthread_mutex_destroy(&occupancy->lock);
	stce_control_free(occupancy->control);
	free(occupancy);
}
