/* SPDX-License-Identifier: BSD-2-Clause */
#include "run.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct {
	bool is_inside, is_emulated;
	uint64_t code;
	const struct plan *plan;
	struct state entry;
	struct outcome *outcome;
} now;

static uint8_t shadow[REGION_SIZE];

uint64_t random_word(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed ^ *seed >> 29;
}

static bool access_shadow(void *bus, uint64_t address, unsigned int size, void *bytes, bool is_write)
{
	uint8_t *at = shadow + (address - DATA);

	now.outcome->accesses++;
	now.outcome->lo = min_u64(now.outcome->lo, address);
	now.outcome->hi = max_u64(now.outcome->hi, address + size);
	if (!is_power_of_two(size) || size > 8 || address < DATA || address + size > DATA + REGION_SIZE) {
		now.outcome->bad_accesses++;
		return false;
	}
	if (now.outcome->accesses == now.plan->fail_at)
		return false;
	memcpy(is_write ? at : bytes, is_write ? bytes : at, size);
	return true;
}

static bool access_memory(void *bus, uint64_t address, unsigned int size, void *bytes, bool is_write)
{
	if (address < OTHER || address + size > OTHER + REGION_SIZE)
		return false;
	memcpy(is_write ? (void *)address : bytes, is_write ? bytes : (void *)address, size);
	return true;
}

static bool emulate(ucontext_t *context, const siginfo_t *info)
{
	const struct insn_bus bus = {
		.access = access_shadow, .memory = access_memory,
		.lo = now.plan->lo ? now.plan->lo : DATA, .hi = now.plan->hi ? now.plan->hi : DATA + REGION_SIZE,
	};

	now.outcome->faults++;
	state_get(context, &now.outcome->faulted);
	now.outcome->result = insn_emulate(context, (uint64_t)info->si_addr, &bus);
	return now.outcome->result == INSN_DONE;
}

static void enter(ucontext_t *context)
{
	state_get(context, &now.entry);
	now.outcome->before.words[state_pc] = now.code;
	state_put(context, &now.outcome->before);
	now.is_inside = true;
}

static void leave(ucontext_t *context, int number)
{
	state_get(context, &now.outcome->after);
	now.outcome->signal = number;
	state_step_over_entry(&now.entry);
	state_put(context, &now.entry);
	now.is_inside = false;
}

/* The next instruction is where the code's memory ends. */
static bool is_at_end(const ucontext_t *context)
{
	static struct state state;

	state_get(context, &state);
	return state.words[state_pc] == CODE + REGION_SIZE;
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	if (!now.outcome)
		_exit(99);
	if (!now.is_inside)
		enter(context);
	else if (now.plan->is_last && is_at_end(context))
		leave(context, SIGTRAP);
	else if (number != SIGSEGV || !now.is_emulated || !emulate(context, info))
		leave(context, number);
}

static void map(uint64_t address, int prot)
{
	if (mmap((void *)address, REGION_SIZE, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) !=
	    (void *)address)
		abort();
}

void run_init(void)
{
	static uint8_t stack[1 << 16] __attribute__((aligned(16)));
	const stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	static const int numbers[] = { SIGSEGV, SIGTRAP, SIGBUS, SIGILL, SIGFPE };

	static bool is_mapped;

	if (!is_mapped) {
		map(CODE, PROT_READ | PROT_WRITE | PROT_EXEC);
		map(DATA, PROT_READ | PROT_WRITE);
		map(OTHER, PROT_READ | PROT_WRITE);
		is_mapped = true;
	}
	sigaltstack(&other, NULL);
	for (unsigned int i = 0; i < ARRAY_COUNT(numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

static void fill(uint8_t *bytes, uint64_t seed)
{
	uint64_t word;

	for (unsigned int at = MIDDLE - USED_SIZE; at < MIDDLE + USED_SIZE; at += 8) {
		word = random_word(&seed);
		memcpy(bytes + at, &word, 8);
	}
}

/* The trap follows the instruction, unless that is the last thing that may be read. */
static void put_code(const void *code, size_t size)
{
	uint8_t *to = (uint8_t *)(CODE + (now.plan->is_last ? REGION_SIZE - size : 0));

	memcpy(to, code, size);
	if (!now.plan->is_last)
		memcpy(to + size, trap_code, trap_size);
	__builtin___clear_cache((char *)to, (char *)to + size + (now.plan->is_last ? 0 : trap_size));
	now.code = (uint64_t)to;
}

uint64_t form_kind(const struct form *form)
{
	return form->kind & (KIND_REPEATED - 1);
}

bool form_is_known(const struct form *form)
{
	return !(form->kind & KIND_UNKNOWN);
}

void run(const void *code, size_t size, uint64_t seed, uint64_t kind, const struct plan *plan, bool is_emulated,
	 struct outcome *outcome)
{
	static const struct plan no_plan;
	uint8_t *data = (uint8_t *)DATA, *other = (uint8_t *)OTHER;

	memset(outcome, 0, sizeof(*outcome));
	outcome->lo = UINT64_MAX;
	now.outcome = outcome;
	now.plan = plan ? plan : &no_plan;
	now.is_emulated = is_emulated;
	put_code(code, size);
	state_fill(&outcome->before, seed, kind);
	mprotect(data, REGION_SIZE, PROT_READ | PROT_WRITE);
	fill(data, seed + 1);
	fill(other, seed + 2);
	if (kind == KIND_EQUAL)
		memcpy(data + MIDDLE, outcome->before.words, 8);
	else if (kind == KIND_ZERO)
		memset(data + MIDDLE - 64, 0, 256);
	memcpy(shadow, data, REGION_SIZE);
	if (is_emulated)
		mprotect(data, REGION_SIZE, PROT_NONE);
	/* The kernel's own parts of the context are those of the entry. */
	__asm__ volatile(
#if defined(__x86_64__)
		"int3"
#elif defined(__powerpc64__)
		"trap"
#else
		"brk #0"
#endif
		: : : "memory");
	memcpy(outcome->data, (is_emulated ? shadow : data) + MIDDLE - USED_SIZE / 2, USED_SIZE);
	memcpy(outcome->other, other + MIDDLE - USED_SIZE / 2, USED_SIZE);
	mprotect(data, REGION_SIZE, PROT_READ | PROT_WRITE);
	now.outcome = NULL;
}
