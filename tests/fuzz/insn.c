/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as an instruction, with any registers: the emulation reads no byte behind the longest
 * instruction, accesses the registers of its bus only, in sizes that they have, and changes nothing
 * of the context unless the instruction was executed.
 */
#include "fuzz.h"

#include <ucontext.h>
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/sigcontext.h>
#endif

#include "insn/insn.h"

#define LO UINT64_C(0x10000)
#define SIZE 0x10000

#if defined(__x86_64__)
#define LENGTH_MAX 15
#define STATE_MAX 4096
#else
#define LENGTH_MAX 4
#define STATE_MAX 1024
#endif

static uint8_t memory[SIZE];
static unsigned int fail_at;

static bool access_bus(void *bus, uint64_t address, unsigned int size, void *bytes, bool is_write)
{
	FUZZ_CHECK(address >= LO && address + size <= LO + SIZE && is_power_of_two(size) && size <= 8);
	if (fail_at && !--fail_at)
		return false;
	memcpy(is_write ? memory + (address - LO) : bytes, is_write ? bytes : memory + (address - LO), size);
	return true;
}

static bool access_memory(void *bus, uint64_t address, unsigned int size, void *bytes, bool is_write)
{
	FUZZ_CHECK(is_power_of_two(size) && size <= 8);
	if (fail_at && !--fail_at)
		return false;
	if (!is_write)
		memset(bytes, (int)address, size);
	return true;
}

/* A register is near the bus, small, or anything. */
static uint64_t take_register(struct fuzz_input *in)
{
	uint8_t how = fuzz_u8(in);

	if (how & 0x80)
		return LO + (how & 0x40 ? fuzz_u16(in) : (how & 0x3fu) * 8);
	return how & 0x40 ? fuzz_u64(in) : how;
}

/* Fills in the context, and returns the place of its PC. What it points to is at `state`. */
static uint64_t *fill(ucontext_t *context, struct fuzz_input *in, uint8_t *state)
{
	mcontext_t *machine = &context->uc_mcontext;

	for (unsigned int i = 0; i < 64; i++)
		state[512 + i] = 0;
#if defined(__x86_64__)
	uint32_t components, size, unused;

	for (unsigned int i = 0; i < NGREG; i++)
		machine->gregs[i] = (greg_t)take_register(in);
	machine->fpregs = (struct _libc_fpstate *)state;
	for (unsigned int i = 0; i < STATE_MAX; i++)
		state[i] = (uint8_t)(i * 7);
	__cpuid_count(0xd, 0, components, size, unused, unused);
	if (size <= STATE_MAX)
		memcpy(state + 464, (uint32_t[]){ 0x46505853, size, components, 0, size }, 20);
	state[512] = fuzz_u8(in);
	machine->fpregs->mxcsr = fuzz_u16(in);
	return (uint64_t *)&machine->gregs[REG_RIP];
#elif defined(__powerpc64__)
	for (unsigned int i = 0; i < 48; i++)
		machine->gp_regs[i] = take_register(in);
	machine->v_regs = (vrregset_t *)state;
	return (uint64_t *)&machine->gp_regs[32];
#elif defined(__aarch64__)
	struct fpsimd_context *record = (struct fpsimd_context *)machine->__reserved;

	for (unsigned int i = 0; i < 31; i++)
		machine->regs[i] = take_register(in);
	machine->sp = take_register(in);
	record->head.magic = FPSIMD_MAGIC;
	record->head.size = sizeof(*record);
	return (uint64_t *)&machine->pc;
#else
	static uint64_t pc;

	(void)machine;
	return &pc;
#endif
}

static void try_instruction(struct fuzz_input *in)
{
	const struct insn_bus bus = { access_bus, access_memory, NULL, LO, LO + SIZE };
	static uint8_t state[STATE_MAX] __attribute__((aligned(64))), state_before[STATE_MAX];
	static ucontext_t context, before;
	uint8_t *code = malloc(LENGTH_MAX);
	uint64_t fault, *pc;
	enum insn_result result;

	FUZZ_CHECK(code);
	for (unsigned int i = 0; i < LENGTH_MAX; i++)
		code[i] = fuzz_u8(in);
	memset(&context, 0, sizeof(context));
	fail_at = fuzz_u8(in) & 15;
	fault = LO + fuzz_u16(in);
	pc = fill(&context, in, state);
	*pc = (uint64_t)code;
	before = context;
	memcpy(state_before, state, sizeof(state));
	result = insn_emulate(&context, fault, &bus);
	if (result == INSN_DONE)
		FUZZ_CHECK(*pc - (uint64_t)code <= LENGTH_MAX);
	else
		FUZZ_CHECK(!memcmp(&before, &context, sizeof(context)) && !memcmp(state, state_before, sizeof(state)));
	free(code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, data + size };

	for (; fuzz_has_more(&in); fuzz_calls++)
		try_instruction(&in);
	return 0;
}
