/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce top takes a picture of a live run again and again, until the run ends, and shows what has
 * changed between two: on a terminal as a page that is drawn anew, otherwise as text or as one JSON object
 * in a line.
 */
#include "top.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ask.h"
#include "cli.h"

/* A picture of an ended run is not taken, and a key is answered in this time. */
#define STEP_SECONDS 0.5

struct top {
	struct live_options options;
	struct stce_control *control;
	struct live before, now;
	struct top_page page;
	enum top_order order;
	bool is_paused, has_screen, is_over;
};

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Returns whether the run still lives. */
static bool is_live(const struct top *top)
{
	struct stce_control *again;

	if (stce_control_open(stce_control_run(top->control)->directory, &again, NULL))
		return false;
	stce_control_free(again);
	return true;
}

static void print_json(const struct top *top)
{
	struct json_object *object = live_json(top->control, &top->now);

	json_object_object_add(object, "time", json_object_new_double(top->now.taken));
	printf("%s\n", json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

static void print_page(const struct top *top)
{
	for (unsigned int i = 0; i < top->page.count; i++)
		puts(top->page.line[i]);
	puts("");
}

static void draw(struct top *top)
{
	if (top->options.is_json) {
		print_json(top);
	} else {
		top_fill(&top->page, top->control, &top->before, &top->now, top->order);
		if (top->has_screen)
			top_screen_draw(&top->page, top->is_paused, top->order);
		else
			print_page(top);
	}
	if (fflush(stdout))
		top->is_over = true;
}

static void sleep_for(double seconds)
{
	struct timespec time = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };

	nanosleep(&time, NULL);
}

/* Answers the keys that come until the next picture is due. */
static void await_picture(struct top *top)
{
	double end = seconds_now() + top->options.interval, left;

	while (!top->is_over && ((left = end - seconds_now()) > 0 || top->is_paused)) {
		double step = left > STEP_SECONDS || left <= 0 ? STEP_SECONDS : left;

		if (!is_live(top)) {
			top->is_over = true;
		} else if (!top->has_screen) {
			sleep_for(step);
		} else {
			enum top_key key = top_screen_wait(step);

			if (key == TOP_QUIT)
				top->is_over = true;
			else if (key == TOP_SORT)
				top->order = (top->order + 1) % TOP_ORDERS;
			else if (key == TOP_PAUSE)
				top->is_paused = !top->is_paused;
			if (key == TOP_SORT || key == TOP_PAUSE)
				draw(top);
		}
	}
}

static void take_pictures(struct top *top)
{
	live_take(top->control, &top->now);
	for (unsigned int taken = 1; !top->is_over; taken++) {
		draw(top);
		if (top->options.count && taken >= top->options.count)
			break;
		await_picture(top);
		if (top->is_over)
			break;
		if (taken > 1)
			live_free(&top->before);
		top->before = top->now;
		live_take(top->control, &top->now);
	}
}

static int run_top(int argc, char **argv)
{
	static struct top top;
	bool has_ended;
	int status = live_parse(&top.options, argc, argv, 1);

	status = status ? status : ask_open(top.options.run, &top.control);
	if (status)
		return status;
	top.has_screen = !top.options.is_json && top_screen_begin();
	take_pictures(&top);
	if (top.has_screen)
		top_screen_end();
	has_ended = !is_live(&top);
	if (has_ended)
		complain("run %s has ended", stce_control_run(top.control)->name);
	live_free(&top.now);
	if (top.before.programs)
		live_free(&top.before);
	stce_control_free(top.control);
	return 0;
}

static void top_help(void)
{
	printf("usage: spapr-tce top [OPTION]... [RUN]\n\n"
	       "Shows what the programs of a live run do: calls and DMA each second by program and group,\n"
	       "windows with their occupancy, locked memory, faults. On a terminal the page is drawn anew:\n"
	       "q quits, s sorts by another column, p pauses. Otherwise pages follow each other as text.\n");
	live_help(1);
}

static void complete_top(char **words, int count)
{
	live_complete(words, count, 1);
}

const struct command command_top = {
	.name = "top",
	.arguments = "[OPTION]... [RUN]",
	.text = "show what the programs of a live run do",
	.run = run_top,
	.help = top_help,
	.complete = complete_top,
};
