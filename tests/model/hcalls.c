/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's TCE calls in every tier, a container's MAP and UNMAP, and the accesses of two devices, against flat arrays.
 * Each answer, each entry that H_GET_TCE returns and each word that a device reads is compared. A step costs little more
 * than its call, so this test makes most of the calls of a campaign.
 */
#include "model.h"

#include <string.h>

#include "unit/kvm/vmm.h"
#include "stats_of.h"

#define ENTRIES      0x400u        /* of each table and of each window, as far as it is used */
#define FREE_LIOBN   0x7777ul      /* of a table that no window follows */
#define FREE_OFFSET  0x1000ul      /* in pages */
#define DATA_PAGES   16u           /* of the guest's memory; lists follow */
#define LISTS        4u
#define LIST_ENTRIES 512u
#define PERMISSIONS  3u

enum { LINKED, FREE, TABLES };

static struct vmm v;
static struct {
	int free_table, container, group;      /* of the second group, which MAP and UNMAP serve */
	uint64_t start;                         /* of its window */
} host;

/* The model: what the guest has stored, and what each device's bus address leads to: 1 + a page of memory, or 0. */
static struct {
	uint64_t stored[TABLES][ENTRIES];
	uint64_t list[LISTS][LIST_ENTRIES];
	struct {
		unsigned int page, permissions;
	} entry[2][ENTRIES];
} m;

/* The words that a device reads in a page; they never change. */
static uint64_t stamp(unsigned int page)
{
	return UINT64_C(0x9e3779b97f4a7c15) * (page + 1);
}

static void start(void)
{
	memset(&m, 0, sizeof(m));
	vmm_start(&v);
	vmm_link(&v);
	for (unsigned int page = 0; page < DATA_PAGES; page++)
		*(uint64_t *)(v.ram + page * PAGE) = stamp(page);
	host.free_table = make_table(&v, FREE_LIOBN, 12, FREE_OFFSET, ENTRIES);
	assert_true(host.free_table >= 0);
	vmm_open_group(&v, 2, &host.container, &host.group);
	assert_int_equal(create_window(host.container, 12, ENTRIES * PAGE, 1, &host.start), 0);
	stce_vm_enter_thread();
}

static void stop(void)
{
	stce_close(host.group);
	stce_close(host.container);
	stce_close(host.free_table);
	vmm_stop(&v);
}

#define MUST(condition) do { \
		if (!(condition)) \
			fail_msg("seed %llu step %u: %s", (unsigned long long)run->seed, step, #condition); \
	} while (0)

/* ---- what the guest may ask ---- */

struct place {
	unsigned int table;              /* TABLES: no table has this LIOBN */
	uint64_t liobn, index, ioba;
};

static struct place random_place(struct model_run *run)
{
	static const unsigned int tables[] = { LINKED, LINKED, LINKED, LINKED, LINKED, FREE, FREE, FREE };
	static const uint64_t liobns[] = { LIOBN, FREE_LIOBN, 1 };
	struct place p = { .table = model_chance(run, 64) ? TABLES : MODEL_PICK(run, tables) };

	p.liobn = liobns[p.table];
	p.index = model_chance(run, 32) ? ENTRIES - 2 + model_below(run, 4) : model_below(run, ENTRIES);
	p.ioba = (p.index + (p.table == FREE ? FREE_OFFSET : 0)) * PAGE + (model_chance(run, 64) ? model_below(run, PAGE) : 0);
	return p;
}

static uint64_t random_tce(struct model_run *run)
{
	uint64_t tce = GPA + model_below(run, DATA_PAGES) * PAGE;

	switch (model_below(run, 32)) {
	case 0:
		return tce | 4 | model_below(run, 4);             /* a low bit that is none of a TCE's */
	case 1:
		return (GPA + RAM_PAGES * PAGE) | model_below(run, 4);     /* outside memory */
	case 2:
		return (uint64_t)model_below(run, UINT32_MAX) << 32 | model_below(run, 4);
	}
	return model_chance(run, 4) ? 0 : tce | model_below(run, 4);
}

/* Makes a call in one of the tiers. Only real mode may leave to the next tier what virtual mode finishes. */
static long call(struct model_run *run, uint64_t nr, const uint64_t *args, uint64_t *ret)
{
	long r;

	switch (model_below(run, 4)) {
	case 0:
		return stce_vm_hcall_virtual(v.vm, nr, args, ret);
	case 1:
		r = stce_vm_hcall_real(v.vm, nr, args, ret);
		return r == STCE_H_TOO_HARD ? stce_vm_hcall_virtual(v.vm, nr, args, ret) : r;
	}
	return stce_vm_hcall(v.vm, nr, args, ret);
}

/* ---- the model's answers ---- */

static bool is_in_memory(uint64_t gpa)
{
	return gpa >= GPA && gpa < GPA + RAM_PAGES * PAGE;
}

/* Returns what a call with this TCE answers as far as the TCE decides. */
static long judge(uint64_t tce, bool is_list)
{
	if (!(tce & PERMISSIONS))
		return is_list && !is_in_memory(tce) ? STCE_H_PARAMETER : STCE_H_SUCCESS;
	return tce & (PAGE - 1) & ~(uint64_t)PERMISSIONS || !is_in_memory(tce) ? STCE_H_TOO_HARD : STCE_H_SUCCESS;
}

static long judge_place(const struct place *p, uint64_t count)
{
	if (p->table == TABLES)
		return STCE_H_TOO_HARD;
	return !(p->ioba % PAGE) && p->index < ENTRIES && count <= ENTRIES - p->index ? STCE_H_SUCCESS : STCE_H_PARAMETER;
}

static void set(unsigned int table, uint64_t index, uint64_t tce)
{
	m.stored[table][index] = tce;
	if (table != LINKED)
		return;
	m.entry[0][index].permissions = tce & PERMISSIONS;
	m.entry[0][index].page = (unsigned int)((tce - GPA) / PAGE);
}

/* ---- steps ---- */

static void step_put(struct model_run *run, unsigned int step)
{
	struct place p = random_place(run);
	uint64_t args[5] = { p.liobn, p.ioba, random_tce(run) };
	long expected = judge_place(&p, 1);

	expected = expected ? expected : judge(args[2], false);
	MUST(call(run, STCE_H_PUT_TCE, args, NULL) == expected);
	if (!expected)
		set(p.table, p.index, args[2]);
}

static void step_get(struct model_run *run, unsigned int step)
{
	struct place p = random_place(run);
	uint64_t args[5] = { p.liobn, p.ioba }, value = 1;
	long expected = judge_place(&p, 1);

	MUST(call(run, STCE_H_GET_TCE, args, &value) == expected);
	MUST(value == (expected ? 1 : m.stored[p.table][p.index]));
}

static uint64_t random_count(struct model_run *run)
{
	return model_chance(run, 64) ? model_below(run, LIST_ENTRIES + 2) : model_below(run, 24);
}

static void step_stuff(struct model_run *run, unsigned int step)
{
	struct place p = random_place(run);
	uint64_t value = model_chance(run, 4) ? random_tce(run) : 0;
	uint64_t args[5] = { p.liobn, p.ioba, value, random_count(run) };
	long expected = judge_place(&p, args[3]);

	if (!expected && value & PERMISSIONS)
		expected = STCE_H_PARAMETER;
	MUST(call(run, STCE_H_STUFF_TCE, args, NULL) == expected);
	for (uint64_t i = 0; !expected && i < args[3]; i++)
		set(p.table, p.index + i, value);
}

/* Writes a list, mostly of good entries; this is no call. */
static void write_list(struct model_run *run, unsigned int list)
{
	for (unsigned int i = 0; i < LIST_ENTRIES; i++) {
		m.list[list][i] = i && model_chance(run, 4) ? m.list[list][i - 1] : GPA | 3;
		if (model_chance(run, 2))
			m.list[list][i] = (GPA + model_below(run, DATA_PAGES) * PAGE) | model_below(run, 4);
		if (model_chance(run, 200))
			m.list[list][i] = random_tce(run);
	}
	set_list(&v, LIST + list * PAGE, m.list[list], LIST_ENTRIES);
}

static long judge_list(const struct place *p, uint64_t gpa, uint64_t count)
{
	long r = STCE_H_SUCCESS;

	if (p->table == TABLES)
		return STCE_H_TOO_HARD;
	if (count > LIST_ENTRIES || gpa % PAGE || judge_place(p, count))
		return STCE_H_PARAMETER;
	if (!is_in_memory(gpa))
		return STCE_H_TOO_HARD;
	for (uint64_t i = 0; i < count && !r; i++)
		r = judge(m.list[(gpa - LIST) / PAGE][i], true);
	return r;
}

static void step_indirect(struct model_run *run, unsigned int step)
{
	struct place p = random_place(run);
	unsigned int list = model_below(run, LISTS);
	uint64_t args[5] = { p.liobn, p.ioba, LIST + list * PAGE, random_count(run) };
	long expected;

	if (model_chance(run, 64))
		args[2] = model_chance(run, 2) ? args[2] + 8 : GPA + RAM_PAGES * PAGE;
	expected = judge_list(&p, args[2], args[3]);
	MUST(call(run, STCE_H_PUT_TCE_INDIRECT, args, NULL) == expected);
	for (uint64_t i = 0; !expected && i < args[3]; i++)
		set(p.table, p.index + i, m.list[list][i]);
}

static void step_map(struct model_run *run, unsigned int step)
{
	unsigned int count = 1 + model_below(run, 4), page = model_below(run, DATA_PAGES - 4);
	unsigned int index = model_below(run, ENTRIES + 1), permissions = 1 + model_below(run, 3);
	bool is_good = index + count <= ENTRIES;
	long r = map_dma(host.container, v.ram + page * PAGE, host.start + index * PAGE, count * PAGE, permissions);

	MUST(is_good ? !r : r < 0);
	for (unsigned int i = 0; is_good && i < count; i++) {
		m.entry[1][index + i].page = page + i;
		m.entry[1][index + i].permissions = permissions;
	}
}

static void step_unmap(struct model_run *run, unsigned int step)
{
	unsigned int count = 1 + model_below(run, 8), index = model_below(run, ENTRIES + 1);
	bool is_good = index + count <= ENTRIES;
	long r = unmap_dma(host.container, host.start + index * PAGE, count * PAGE);

	MUST(is_good ? !r : r < 0);
	for (unsigned int i = 0; is_good && i < count; i++)
		m.entry[1][index + i].permissions = 0;
}

/* The device of a group reads or writes the first word of an entry's page; what it writes is there already. */
static void access_entry(struct model_run *run, unsigned int step, unsigned int group, unsigned int index, bool writes)
{
	unsigned int page = m.entry[group][index].page, permissions = m.entry[group][index].permissions;
	uint64_t ioba = index * PAGE + (group ? host.start : 0), word = writes ? stamp(page) : 0;
	int r = writes ? stce_dma_write(v.c.machine, 1 + (int)group, ioba, &word, sizeof(word)) :
			 stce_dma_read(v.c.machine, 1 + (int)group, ioba, &word, sizeof(word));

	/* Permission to write brings permission to read [DIFF-54]. */
	if (permissions & (writes ? 2 : 3)) {
		MUST(!r);
		MUST(word == stamp(page));
	} else {
		MUST(r < 0);
	}
}

static void step_access(struct model_run *run, unsigned int step)
{
	access_entry(run, step, model_below(run, 2), model_below(run, ENTRIES), model_chance(run, 2));
}

/* Compares all that the steps can have changed. */
static void audit(struct model_run *run, unsigned int step)
{
	uint64_t mapped = 0;

	for (unsigned int i = 0; i < ENTRIES; i++) {
		MUST(h_get(&v, LIOBN, i * PAGE) == m.stored[LINKED][i]);
		MUST(h_get(&v, FREE_LIOBN, (FREE_OFFSET + i) * PAGE) == m.stored[FREE][i]);
		for (unsigned int group = 0; group < 2; group++) {
			access_entry(run, step, group, i, false);
			mapped += !!m.entry[group][i].permissions;
		}
	}
	MUST(stats_of(v.c.machine).pages_mapped == mapped);
}

static void random_calls(struct model_run *run)
{
	static void (*const steps[])(struct model_run *, unsigned int) = {
		step_put, step_put, step_put, step_put, step_put, step_put, step_get, step_get, step_get,
		step_stuff, step_indirect, step_map, step_map, step_unmap, step_access, step_access,
	};

	start();
	for (unsigned int list = 0; list < LISTS; list++)
		write_list(run, list);
	for (unsigned int step = 0; step < run->steps; step++) {
		if (model_chance(run, 1024))
			write_list(run, model_below(run, LISTS));
		MODEL_PICK(run, steps)(run, step);
	}
	audit(run, run->steps);
	stop();
}

static void calls_and_devices_agree_with_the_model(void **state)
{
	model_each_seed(16, 100000, random_calls);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(calls_and_devices_agree_with_the_model) };

	model_arguments(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
