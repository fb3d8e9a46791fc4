/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The request "eeh": a terminal freezes, thaws and shows the PEs of a live program. A program acts on
 * the groups that it has attached and is silent about others, because another program of the run has
 * those.
 */
#include "machine/control_eeh.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/eeh_op.h"
#include "host/eeh_trigger.h"
#include "util/reason.h"

#define WORDS_MAX 8

struct words {
	char text[CONTROL_REQUEST_MAX];
	const char *word[WORDS_MAX];
	unsigned int count;
};

static void split(struct words *words, const char *arguments)
{
	char *rest = words->text, *word;

	snprintf(words->text, sizeof(words->text), "%s", arguments);
	words->count = 0;
	while ((word = strsep(&rest, " ")))
		if (*word && words->count < WORDS_MAX)
			words->word[words->count++] = word;
}

static const char *const states[] = {
	[STCE_EEH_NORMAL] = "normal", [STCE_EEH_RESET] = "in reset", [STCE_EEH_STOPPED] = "frozen",
	[STCE_EEH_STOPPED_DMA] = "DMA frozen, registers work", [STCE_EEH_UNAVAILABLE] = "unavailable",
};

static const char *access_name(uint32_t access)
{
	static const struct { uint32_t access; const char *name; } names[] = {
		{ STCE_EEH_LOAD, "load" }, { STCE_EEH_STORE, "store" }, { STCE_EEH_CONFIG_READ, "config read" },
		{ STCE_EEH_CONFIG_WRITE, "config write" }, { STCE_EEH_DMA_READ, "DMA read" },
		{ STCE_EEH_DMA_WRITE, "DMA write" }, { STCE_EEH_INTERRUPT, "interrupt" },
	};

	for (unsigned int i = 0; i < ARRAY_COUNT(names); i++)
		if (access & names[i].access)
			return names[i].name;
	return "access";
}

static void print_cause(const struct stce_eeh *eeh, struct control_answer *answer)
{
	control_print(answer, "  last frozen by %s", eeh->reason == STCE_EEH_FAULT ? "a fault: " :
		      eeh->reason == STCE_EEH_INJECTED ? "an injected error" :
		      eeh->reason == STCE_EEH_RULE ? "rule " : "a call");
	if (eeh->reason == STCE_EEH_FAULT)
		control_print(answer, "%s", host_fault_name(eeh->fault));
	if (eeh->reason == STCE_EEH_RULE)
		control_print(answer, "%" PRIu32, eeh->rule);
	if (eeh->access || eeh->reason == STCE_EEH_FAULT)
		control_print(answer, ", %s of %" PRIu64 " bytes at 0x%" PRIx64, access_name(eeh->access), eeh->length,
			      eeh->address);
	if (eeh->page_shift)
		control_print(answer, ", entry %" PRIu64 " of the window at 0x%" PRIx64, eeh->entry, eeh->window);
	control_print(answer, "\n");
}

static void print_pe(struct host_pe *pe, struct control_answer *answer)
{
	struct stce_eeh eeh;

	host_eeh_tick(pe);
	host_eeh_describe(&pe->eeh, &eeh, sizeof(eeh));
	control_print(answer, "group %d: %s, EEH %s, frozen %" PRIu64 " times, %" PRIu32 " as Linux counts in an hour, "
		      "%" PRIu32 " errors armed\n", pe->group, states[eeh.state], eeh.enabled ? "enabled" : "not enabled",
		      eeh.freezes, eeh.freezes_hour, eeh.armed);
	if (eeh.wait)
		control_print(answer, "  available in %" PRIu32 " ms\n", eeh.wait);
	if (eeh.reason != STCE_EEH_NEVER)
		print_cause(&eeh, answer);
}

/* Returns the number of a word, or 0 if there is no such word. */
static int number_of(const struct words *words, unsigned int n, uint64_t *number, struct control_answer *answer)
{
	*number = 0;
	if (n < words->count && eeh_rule_number(words->word[n], number))
		return control_refuse(answer, -EINVAL, "\"%.100s\" is not a number", words->word[n]);
	return 0;
}

static int do_freeze(struct stce_machine *machine, struct host_pe *pe, const struct words *words,
		     struct control_answer *answer)
{
	char text[256], why[STCE_WHY_SIZE] = "";

	if (words->count > 3)
		return control_refuse(answer, -EINVAL, "freeze takes a group, and after=,address=,mask= in one word");
	if (words->count < 3) {
		host_eeh_force_freeze(pe);
		return 0;
	}
	snprintf(text, sizeof(text), "freeze:group=%d,%.200s", pe->group, words->word[2]);
	return machine_add_rule(machine, text, why) ? control_refuse(answer, -EINVAL, "%.400s", why) : 0;
}

static int do_thaw(struct stce_machine *machine, struct host_pe *pe, const struct words *words,
		   struct control_answer *answer)
{
	host_eeh_force_thaw(pe);
	return 0;
}

static int do_unavailable(struct stce_machine *machine, struct host_pe *pe, const struct words *words,
			  struct control_answer *answer)
{
	uint64_t milliseconds;
	int r = number_of(words, 2, &milliseconds, answer);

	if (r || milliseconds > UINT32_MAX)
		return r ? r : control_refuse(answer, -EINVAL, "there are too many milliseconds");
	host_eeh_force_away(pe, (uint32_t)milliseconds);
	return 0;
}

static int do_inject(struct stce_machine *machine, struct host_pe *pe, const struct words *words,
		     struct control_answer *answer)
{
	uint64_t number[4];
	int r = words->count < 4 ? control_refuse(answer, -EINVAL, "inject takes GROUP TYPE FUNCTION [ADDRESS [MASK]]") : 0;

	for (unsigned int i = 0; i < ARRAY_COUNT(number) && !r; i++)
		r = number_of(words, 2 + i, &number[i], answer);
	if (!r && (number[0] > UINT32_MAX || number[1] > UINT32_MAX))
		r = control_refuse(answer, -EINVAL, "the type or the function is too large");
	/* An address without a mask is the whole address. */
	if (!r && words->count == 5)
		number[3] = UINT64_MAX;
	if (!r && host_eeh_inject(pe, (uint32_t)number[0], (uint32_t)number[1], number[2], number[3]))
		r = control_refuse(answer, -EINVAL, "%.400s", reason_last());
	return r;
}

static int do_show(struct stce_machine *machine, struct host_pe *pe, const struct words *words,
		   struct control_answer *answer)
{
	return 0;
}

static const struct {
	const char *verb;
	int (*act)(struct stce_machine *machine, struct host_pe *pe, const struct words *words,
		   struct control_answer *answer);
} actions[] = {
	{ "freeze", do_freeze }, { "thaw", do_thaw }, { "unavailable", do_unavailable }, { "inject", do_inject },
	{ "show", do_show },
};

static int act_on(struct stce_machine *machine, struct machine_pe *pe, const struct words *words,
		  struct control_answer *answer)
{
	int r = 0;

	if (!vfio_group_is_ours(&pe->group))
		return 0;
	for (unsigned int i = 0; i < ARRAY_COUNT(actions); i++)
		if (!strcmp(actions[i].verb, words->word[0]))
			r = actions[i].act(machine, &pe->pe, words, answer);
	if (!r)
		print_pe(&pe->pe, answer);
	return r;
}

/* Judges the first two words, and sets *group to -1 if all are meant. */
static int judge(const struct words *words, int64_t *group, struct control_answer *answer)
{
	bool known = false;
	uint64_t number;

	for (unsigned int i = 0; i < ARRAY_COUNT(actions) && words->count; i++)
		known |= !strcmp(actions[i].verb, words->word[0]);
	if (!known)
		return control_refuse(answer, -EINVAL, "eeh takes freeze, thaw, inject, unavailable or show");
	*group = -1;
	if (words->count < 2)
		return strcmp(words->word[0], "show") ?
		       control_refuse(answer, -EINVAL, "%s needs a group", words->word[0]) : 0;
	if (number_of(words, 1, &number, answer) || number > INT32_MAX)
		return control_refuse(answer, -EINVAL, "\"%.100s\" is not the number of a group", words->word[1]);
	*group = (int64_t)number;
	return 0;
}

int control_eeh(struct stce_machine *machine, const char *arguments, struct control_answer *answer)
{
	struct machine_parts *parts = machine_parts(machine);
	bool found = false;
	struct words words;
	int64_t group = -1;
	int r;

	split(&words, arguments);
	r = judge(&words, &group, answer);
	if (!r && parts && !parts->phb.platform->has_eeh)
		r = control_refuse(answer, -ENODEV, "%s has no EEH", parts->phb.platform->phb_name);
	for (struct machine_pe *pe = parts ? parts->pes : NULL; !r && pe; pe = pe->next) {
		if (group >= 0 && pe->pe.group != group)
			continue;
		found = true;
		r = act_on(machine, pe, &words, answer);
	}
	if (!r && !found)
		r = control_refuse(answer, -ENODEV, "there is no group %d", (int)group);
	return r;
}
