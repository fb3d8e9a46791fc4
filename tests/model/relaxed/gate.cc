// SPDX-License-Identifier: BSD-2-Clause
// The protocol of tce/gate and tce_entry_exchange() under C11's memory model, in thousands of interleavings and with the
// values that loads may return. tce/gate.c itself is compiled, as for a processor whose exchange is no barrier. relacy
// reports two accesses to `memory` that are not ordered, and failed assertions.
#include <stdatomic.h>
#include <cstdlib>

#undef __x86_64__
#include "tce/gate.c"
#include "tce/entry.h"

// A device enters, loads the entry and uses the memory behind it, as dma/hold does.
template<typename Cells>
static void use(Cells &c)
{
	unsigned int place = tce_gate_enter(&c.gate, to_index(0), 1);

	if (place == GATE_FULL)
		return;
	if (atomic_load_explicit(&c.entry[0], memory_order_acquire))
		RL_ASSERT(c.memory($) == 1);
	tce_gate_leave(&c.gate, place);
}

// The owner of the memory uses it when the entry is gone.
template<typename Cells>
static void reuse(Cells &c)
{
	c.memory($) = 2;
}

struct cells {
	struct tce_gate gate;
	tce_entry entry[1];
	rl::var<int> memory;

	void make()
	{
		for (auto &place : gate.place)
			atomic_store_explicit(&place, 0, memory_order_relaxed);
		for (auto &shut : gate.shut)
			atomic_store_explicit(&shut.range, 0, memory_order_relaxed);
		atomic_store_explicit(&gate.is_ever_shut, false, memory_order_relaxed);
		atomic_store_explicit(&gate.is_closed, false, memory_order_relaxed);
		atomic_store_explicit(&entry[0], 1, memory_order_relaxed);
		memory($) = 1;
	}
};

// (G1) There are two devices, and a writer that clears and drains.
struct drained : rl::test_suite<drained, 3>, cells {
	void before() { make(); }
	void thread(unsigned int self)
	{
		if (self)
			return use(*this);
		tce_entry_exchange(&entry[0], 0);
		tce_gate_drain(&gate, to_index(0), 1);
		reuse(*this);
	}
};

// (G1) A writer finds the entry cleared by another, which has not drained yet, so it drains, too.
struct drained_by_two : rl::test_suite<drained_by_two, 3>, cells {
	void before() { make(); }
	void thread(unsigned int self)
	{
		if (self == 2)
			return use(*this);
		if (tce_entry_exchange(&entry[0], 0))
			return;
		tce_gate_drain(&gate, to_index(0), 1);
		reuse(*this);
	}
};

// (G1) A writer only loads the entry, and drains if another writer, which never drains, has cleared it.
struct found_clear : rl::test_suite<found_clear, 3>, cells {
	void before() { make(); }
	void thread(unsigned int self)
	{
		if (self == 2)
			return use(*this);
		if (!self) {
			tce_entry_exchange(&entry[0], 0);
			return;
		}
		if (atomic_load_explicit(&entry[0], memory_order_relaxed))
			return;
		tce_gate_drain(&gate, to_index(0), 1);
		reuse(*this);
	}
};

// (G2) When the range is shut, the owner may use the memory before the entry is cleared. No range was shut before.
struct shut : rl::test_suite<shut, 3>, cells {
	void before() { make(); }
	void thread(unsigned int self)
	{
		unsigned int place;

		if (self)
			return use(*this);
		place = tce_gate_try_shut(&gate, to_index(0), 1);
		if (place == GATE_FULL)
			return;
		tce_entry_exchange(&entry[0], 0);
		reuse(*this);
		tce_gate_open(&gate, place);
	}
};

// (G2) Two writers shut different ranges; the second finds the gate already marked as shut.
struct shut_by_two : rl::test_suite<shut_by_two, 3>, cells {
	void before() { make(); }
	void thread(unsigned int self)
	{
		unsigned int place;

		if (self == 2)
			return use(*this);
		place = tce_gate_try_shut(&gate, to_index(self), 1);
		if (place == GATE_FULL)
			return;
		if (!self) {
			tce_entry_exchange(&entry[0], 0);
			reuse(*this);
		}
		tce_gate_open(&gate, place);
	}
};

// (G3) When the gate is closed, the owner may use the memory, although the entry is never cleared.
struct closed : rl::test_suite<closed, 3>, cells {
	void before() { make(); }
	void thread(unsigned int self)
	{
		if (self)
			return use(*this);
		tce_gate_close(&gate);
		reuse(*this);
	}
};

// Prints how the suite ended, in relacy's words, and its long history only if VERBOSE is in the environment.
template<typename Suite>
static bool holds(const char *name, unsigned long iterations)
{
	rl::test_params params;
	std::ostream quiet(getenv("VERBOSE") ? std::cout.rdbuf() : nullptr);
	bool good;

	params.iteration_count = iterations;
	params.search_type = rl::random_scheduler_type;
	params.execution_depth_limit = 5000;
	params.output_stream = params.progress_stream = &quiet;
	good = rl::simulate<Suite>(params);
	std::cout << name << ": " << rl::test_result_str(params.test_result) << std::endl;
	return good;
}

int main(int argc, char **argv)
{
	unsigned long iterations = argc > 1 ? strtoul(argv[1], nullptr, 0) : 10000;
	bool all = holds<drained>("drained", iterations);

	all = holds<drained_by_two>("drained by two", iterations) && all;
	all = holds<found_clear>("found clear", iterations) && all;
	all = holds<shut>("shut", iterations) && all;
	all = holds<shut_by_two>("shut by two", iterations) && all;
	all = holds<closed>("closed", iterations) && all;
	return all ? 0 : 1;
}
