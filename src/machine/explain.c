/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts a DMA fault into words for people: the access, the window, the entry, and what had changed it
 * (host/blame.h). The first faults of a run are explained in its shared file, for the lines that close the run;
 * `why` (control_why.c) explains those of a live program.
 */
#include "machine/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/os.h"
#include "util/rcu.h"

static const char *kind_name(enum history_kind kind)
{
	static const char *const names[] = {
		[HISTORY_MAP] = "MAP", [HISTORY_UNMAP] = "UNMAP", [HISTORY_PUT] = "H_PUT_TCE",
		[HISTORY_PUT_LIST] = "H_PUT_TCE_INDIRECT", [HISTORY_STUFF] = "H_STUFF_TCE",
		[HISTORY_FILLED] = "filled with the entries of a guest table",
		[HISTORY_WINDOW_CREATED] = "window created", [HISTORY_WINDOW_REMOVED] = "window removed",
		[HISTORY_MEMORY_GONE] = "memory unmapped by the program",
	};

	return (unsigned int)kind < ARRAY_COUNT(names) && names[kind] ? names[kind] : "unknown";
}

static void print_functions(struct machine_parts *parts, int group, struct control_answer *answer)
{
	const char *separator = " (";

	for (struct machine_function *fn = rcu_dereference(parts->functions); fn; fn = rcu_dereference(fn->next)) {
		if (fn->member.group->pe->group != group || atomic_load(&fn->member.host.is_gone))
			continue;
		control_print(answer, "%s%s %s", separator, fn->function->address, fn->function->type);
		separator = ", ";
	}
	if (separator[0] == ',')
		control_print(answer, ")");
}

static double seconds(uint64_t from, uint64_t to)
{
	return to > from ? (double)(to - from) / 1e9 : 0;
}

static void print_change(const struct blame *blame, const struct history_item *item, struct control_answer *answer)
{
	control_print(answer, "    %.6f s before: %s, 0x%" PRIx64 " bytes at 0x%" PRIx64, seconds(item->time, blame->time),
		      kind_name(item->kind), item->length, item->start.value);
	if (item->value)
		control_print(answer, item->kind == HISTORY_PUT_LIST ? ", the first to address 0x%" PRIx64 :
			      " to address 0x%" PRIx64, item->value & ~TCE_PERMISSIONS);
	control_print(answer, ", by thread %d\n", (int)item->thread);
}

static const char *access_name(const struct host_access *access)
{
	if (access->kind == STCE_EEH_DMA_READ)
		return "read";
	return access->kind == STCE_EEH_DMA_WRITE ? "wrote" : "accessed";
}

void explain_fault(struct machine_parts *parts, const struct blame *blame, struct control_answer *answer)
{
	control_print(answer, "group %d", blame->group);
	print_functions(parts, blame->group, answer);
	control_print(answer, " %s 0x%" PRIx64 " bytes at 0x%" PRIx64 ", in thread %d\n    cause: %s at 0x%" PRIx64 "\n",
		      access_name(&blame->access), blame->access.length, blame->access.ioba.value, (int)blame->thread,
		      host_fault_text(blame->cause), blame->access.failed.value);
	if (blame->page_shift)
		control_print(answer, "    window at 0x%" PRIx64 " of 0x%" PRIx64 " bytes: entry %" PRIu64 " was 0x%016" PRIx64
			      "\n", blame->window_start.value, blame->window_size, blame->index, blame->entry);
	for (unsigned int i = 0; i < blame->change_count; i++)
		print_change(blame, &blame->change[i], answer);
	if (!atomic_load(&history_is_on_))
		control_print(answer, "    calls that map and unmap were not recorded: run --history on records them\n");
	else if (!blame->change_count)
		control_print(answer, "    nothing has changed the entry, as far as the record goes back\n");
}

/* Fills the next place of the run's file. The first faults are kept, because those that follow come mostly from them. */
static void keep(struct run_shared *shared, const struct control_answer *answer)
{
	uint64_t n = atomic_load(&shared->explained_count);
	struct run_explained *explained;

	do {
		if (n >= EXPLAINED_COUNT)
			return;
	} while (!atomic_compare_exchange_weak(&shared->explained_count, &n, n + 1));
	explained = &shared->explained[n];
	snprintf(explained->text, sizeof(explained->text), "%s", answer->text);
	atomic_store_explicit(&explained->is_there, 1, memory_order_release);
}

void explain_to_run(struct machine_parts *parts, struct run_shared *shared, int group, enum stce_fault cause)
{
	struct control_answer answer = { 0 };
	struct blame blame;

	if (atomic_load(&shared->explained_count) >= EXPLAINED_COUNT || !blame_find(&parts->phb, group, cause, &blame))
		return;
	control_print(&answer, "%.3f s, in program %d: ", seconds(atomic_load(&shared->began), blame.time), (int)os_getpid());
	explain_fault(parts, &blame, &answer);
	if (answer.text)
		keep(shared, &answer);
	control_answer_fini(&answer);
}
