/* SPDX-License-Identifier: BSD-2-Clause */
/* The public calls on a machine as a whole; machine/machine.c has those that make and free it. */
#include "spapr-tce/machine.h"

#include "machine/machine.h"
#include "recording/record.h"
#include "util/guard.h"
#include "util/mm.h"
#include "util/reason.h"
#include "util/trace.h"
#include "vfio/bar_map.h"

const char *stce_fault_text(uint32_t cause)
{
	return host_fault_text(cause);
}

const char *stce_version(void)
{
	return STCE_VERSION;
}

const char *stce_last_reason(void)
{
	return reason_last();
}

const char *stce_trace_event(unsigned int n)
{
	return trace_event_name(n);
}

void stce_machine_stats(const struct stce_machine *machine, struct stce_stats *stats, size_t size)
{
	struct stce_stats sum = stats_sum(machine->counters, NULL);

	stats_give(&sum, stats, size);
}

uint64_t stce_machine_locked(struct stce_machine *machine)
{
	struct machine_parts *parts;

	/*
	 * A forked child that has not used the machine yet has its parent's parts, and nothing
	 * charged.
	 */
	if (atomic_load(&machine->mm) != mm_current())
		return 0;
	parts = machine->parts;
	return parts ? atomic_load(&parts->ledger.locked) : 0;
}

void stce_machine_on_news(struct stce_machine *machine, stce_news_fn fn, void *context)
{
	struct machine_parts *parts = machine_parts(machine);

	machine->news = (struct news){ fn, context };
	if (parts)
		parts->phb.news = machine->news;
}

void stce_machine_on_device_write(struct stce_machine *machine,
				  void (*fn)(void *context, void *address, size_t length),
				  void *context)
{
	struct machine_parts *parts = machine_parts(machine);

	if (recording_is_on())
		recording_add_plain(RECORDING_WATCHES, -1, 0, 0, 0, 0);
	machine->written = (struct host_write_hook){ fn, context };
	if (parts)
		parts->phb.written = machine->written;
}

bool stce_machine_has_memory(struct stce_machine *machine, const void *address, size_t length)
{
	return machine_has_given(machine, (struct range){ (uintptr_t)address, length });
}

/* Added to the number that leave.c gives, if registers were mapped there. */
#define HAS_REGISTERS (1u << 31)

static struct range range_of(const struct iovec *piece)
{
	return (struct range){ (uintptr_t)piece->iov_base, piece->iov_len };
}

/* Returns false if none are mapped there. Otherwise bar_map_end() must follow. */
static bool remove_registers(const struct iovec *ranges, unsigned int count)
{
	bool has = false;

	for (unsigned int i = 0; i < count; i++)
		has = has || bar_map_has(range_of(&ranges[i]));
	if (likely(!has))
		return false;
	bar_map_begin();
	for (unsigned int i = 0; i < count; i++)
		bar_map_remove(range_of(&ranges[i]));
	return true;
}

unsigned int stce_machine_unmap_begin(struct stce_machine *machine, const struct iovec *ranges, unsigned int count)
{
	const unsigned int registers = remove_registers(ranges, count) ? HAS_REGISTERS : 0;

	for (unsigned int i = 0; i < count && recording_is_on(); i++)
		if (registers || machine_has_given(machine, range_of(&ranges[i])))
			recording_add_plain(RECORDING_UNMAP, -1, 0, (uintptr_t)ranges[i].iov_base, ranges[i].iov_len, 0);
	return machine_leave_begin(machine, ranges, count) | registers;
}

void stce_machine_unmap_end(struct stce_machine *machine, unsigned int number)
{
	machine_leave_end(machine, number & ~HAS_REGISTERS);
	if (unlikely(number & HAS_REGISTERS))
		bar_map_end();
}

int stce_machine_set_direct_dma(struct stce_machine *machine, bool is_direct)
{
	struct machine_parts *parts = machine_parts(machine);
	int r = is_direct ? guard_install() : 0;

	if (r)
		return REASON(r, "the handlers of SIGSEGV and SIGBUS cannot be installed");
	machine->has_direct_dma = is_direct;
	if (parts)
		parts->phb.has_direct_dma = is_direct;
	return 0;
}
