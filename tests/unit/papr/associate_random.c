/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random calls on three bridges, against a model that knows which window has which LIOBN. After each
 * call the status, the tables, and what each device reads must be the model's.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridges.h"

#define STEPS  1500
#define SLOTS  STCE_PHB_WINDOWS
#define LIOBNS (BRIDGES * SLOTS)

static struct bridges b;

/* The model. A window has the number of its LIOBN: that of slot s of bridge n is n * SLOTS + s. */
static struct {
	int window[BRIDGES][SLOTS];     /* -1: none */
	bool is_default[BRIDGES];       /* of the window in slot 0 */
	bool has_group[BRIDGES];
	unsigned int page[LIOBNS];      /* that the window maps; 0: none yet */
} m;

static unsigned int seed;

static unsigned int below(unsigned int n)
{
	return (unsigned int)rand_r(&seed) / 7 % n;
}

static uint32_t liobn_of(unsigned int window)
{
	return window < LIOBNS ? b.config[window / SLOTS].liobn[window % SLOTS] : 0x77;
}

static uint64_t start_of(unsigned int slot)
{
	return slot ? HIGH : 0;
}

static int slot_of(unsigned int n, int window)
{
	for (int s = 0; s < SLOTS; s++)
		if (m.window[n][s] == window)
			return s;
	return -1;
}

static bool is_used(int window)
{
	for (unsigned int n = 0; n < BRIDGES; n++)
		if (slot_of(n, window) >= 0)
			return true;
	return false;
}

static void opened(unsigned int n, unsigned int slot)
{
	int window = (int)(n * SLOTS + slot);

	m.window[n][slot] = window;
	m.page[window] = 0;
}

static void opened_default(unsigned int n)
{
	opened(n, 0);
	m.is_default[n] = true;
}

/* The window leaves the bridge. */
static void left(unsigned int n, int window)
{
	int slot = slot_of(n, window);
	bool was_default = !slot && m.is_default[n];

	m.window[n][slot] = -1;
	if (was_default)
		m.is_default[n] = false;
	else if (m.window[n][0] < 0 && m.window[n][1] < 0)
		opened_default(n);
}

static int create_in_model(unsigned int n)
{
	for (unsigned int s = 0; s < SLOTS; s++)
		if (m.window[n][s] < 0 && !is_used((int)(n * SLOTS + s))) {
			opened(n, s);
			return STCE_RTAS_SUCCESS;
		}
	return STCE_RTAS_HARDWARE_ERROR;
}

static int remove_in_model(int window)
{
	if (!is_used(window))
		return STCE_RTAS_PARAMETER_ERROR;
	for (unsigned int n = 0; n < BRIDGES; n++)
		if (slot_of(n, window) >= 0) {
			left(n, window);
			/* Only its own bridge has a window at the default one's place. */
			if (window % SLOTS == 0)
				break;
		}
	return STCE_RTAS_SUCCESS;
}

static int reset_in_model(unsigned int n)
{
	m.window[n][0] = m.window[n][1] = -1;
	opened_default(n);
	return STCE_RTAS_SUCCESS;
}

static int associate_in_model(unsigned int n, int window)
{
	if (!is_used(window) || window % SLOTS == 0 || slot_of(n, window) >= 0)
		return STCE_RTAS_PARAMETER_ERROR;
	if (m.window[n][1] >= 0)
		return STCE_RTAS_HARDWARE_ERROR;
	m.window[n][1] = window;
	return STCE_RTAS_SUCCESS;
}

static int dissociate_in_model(unsigned int n, int window)
{
	int slot = slot_of(n, window);

	if (slot < 0 || (!slot && m.is_default[n]))
		return STCE_RTAS_PARAMETER_ERROR;
	left(n, window);
	return STCE_RTAS_SUCCESS;
}

static void change_group(unsigned int n)
{
	if (m.has_group[n])
		assert_int_equal(stce_phb_remove_group(b.phb[n], b.group[n]), 0);
	else
		bridges_add_group(&b, n);
	m.has_group[n] = !m.has_group[n];
}

/* Makes a call, and returns its name if the status is not the model's. */
static const char *step(unsigned int n, unsigned int window)
{
	switch (below(8)) {
	case 0:
	case 1:
		return create_on(&b, n, 12, 20) == create_in_model(n) ? NULL : "create";
	case 2:
	case 3:
	case 4:
		return associate(&b, n, liobn_of(window)) == associate_in_model(n, (int)window) ? NULL : "associate";
	case 5:
		return dissociate(&b, n, liobn_of(window)) == dissociate_in_model(n, (int)window) ? NULL : "dissociate";
	case 6:
		return remove_liobn(&b.f, liobn_of(window)) == remove_in_model((int)window) ? NULL : "remove";
	default:
		if (below(2))
			return reset_of(&b, n) == reset_in_model(n) ? NULL : "reset";
		change_group(n);
		return NULL;
	}
}

/* Maps a page in each window; the RTAS buffer is in page 0. No table but the model's can be written. */
static const char *map_all(void)
{
	for (unsigned int window = 0; window < LIOBNS; window++) {
		uint64_t at = start_of(window % SLOTS) + 3 * PAGE;

		m.page[window] = 1 + below(RAM_PAGES - 1);
		if (!is_used((int)window) != !!h_put(&b.f.v, liobn_of(window), at, (GPA + m.page[window] * PAGE) | 3))
			return "a table is there, or is not";
	}
	return NULL;
}

static const char *read_all(void)
{
	for (unsigned int n = 0; n < BRIDGES; n++)
		for (unsigned int s = 0; s < SLOTS && m.has_group[n]; s++) {
			int window = m.window[n][s];
			uint64_t at = start_of(s) + 3 * PAGE;

			if (window < 0 || !m.page[window] ? !is_blind(&b, n, at) : !sees(&b, n, at, m.page[window]))
				return "a device reads something else";
		}
	return NULL;
}

static void random_calls_do_what_the_model_says(void **state)
{
	bridges_start(&b);
	for (unsigned int n = 0; n < BRIDGES; n++) {
		reset_in_model(n);
		m.has_group[n] = true;
	}
	for (unsigned int i = 0; i < STEPS; i++) {
		const char *why = step(below(BRIDGES), below(LIOBNS + 1));

		/* What was mapped before the call is there for a bridge that it gives a window. */
		why = why ? why : i % 2 ? read_all() : NULL;
		why = why ? why : map_all();
		why = why ? why : read_all();
		if (why)
			fail_msg("step %u: %s (%s)", i, why, stce_last_reason());
	}
	print_message("# calls %u\n", STEPS);
	for (unsigned int n = 0; n < BRIDGES; n++)
		if (!m.has_group[n])
			change_group(n);
	bridges_stop(&b);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_calls_do_what_the_model_says),
	};

	seed = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 0) : (unsigned int)time(NULL);
	printf("# seed %u\n", seed);
	return cmocka_run_group_tests_name("random calls on bridges", tests, NULL, NULL);
}
