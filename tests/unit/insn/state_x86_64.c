/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers of x86-64 as words: general registers, RIP, flags, MXCSR, then the area of XSAVE as
 * it is in the context.
 */
#include "run.h"

#include <stdio.h>
#include <string.h>

#define MXCSR_WORD 18
#define AREA_WORD 20
#define AREA_SIZE_MAX ((WORD_COUNT - AREA_WORD) * 8)
#define HEADER_OFFSET 512
#define KIND_DIVIDEND 5
#define KIND_MASK 6
#define STATUS 0x8d5u
#define DF 0x400u

const unsigned int state_count = WORD_COUNT, state_pc = 16;
const uint8_t trap_code[] = { 0xcc };
const unsigned int trap_size = 1;

static const uint8_t places[] = {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11,
	REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP, REG_EFL,
};

/* From where on the area has components, up to its end; from the kernel's words in the area. */
static uint32_t area_size(const ucontext_t *context)
{
	uint32_t words[5];

	memcpy(words, (const uint8_t *)context->uc_mcontext.fpregs + 464, sizeof(words));
	return words[0] != 0x46505853 ? 512 : words[4] < AREA_SIZE_MAX ? words[4] : AREA_SIZE_MAX;
}

static uint32_t offset_of(unsigned int component)
{
	uint32_t unused, offset;

	__asm__("cpuid" : "=b" (offset), "=a" (unused), "=c" (unused), "=d" (unused) : "a" (0xd), "c" (component));
	return offset;
}

void state_get(const ucontext_t *context, struct state *state)
{
	memset(state, 0, sizeof(*state));
	for (unsigned int i = 0; i < ARRAY_COUNT(places); i++)
		state->words[i] = (uint64_t)context->uc_mcontext.gregs[places[i]];
	state->words[MXCSR_WORD] = context->uc_mcontext.fpregs->mxcsr;
	memcpy(state->words + AREA_WORD, context->uc_mcontext.fpregs, area_size(context));
}

/* The kernel's words and the x87 part of the area stay; so do components of which the state has nothing. */
void state_put(ucontext_t *context, const struct state *state)
{
	const uint8_t *from = (const uint8_t *)(state->words + AREA_WORD);
	uint8_t *to = (uint8_t *)context->uc_mcontext.fpregs;
	uint32_t size = area_size(context);
	uint64_t components, loaded;

	for (unsigned int i = 0; i < ARRAY_COUNT(places); i++)
		context->uc_mcontext.gregs[places[i]] = (greg_t)state->words[i];
	context->uc_mcontext.fpregs->mxcsr = (uint32_t)state->words[MXCSR_WORD];
	memcpy(to + 160, from + 160, 256);
	if (size <= 512)
		return;
	memcpy(&components, to + 472, sizeof(components));
	memcpy(&loaded, from + HEADER_OFFSET, sizeof(loaded));
	/* SSE, AVX and the three of AVX-512; others, such as keys, are not the test's. */
	for (unsigned int i = 0; i < 8; i++) {
		static const uint32_t sizes[] = { 0, 0, 256, 0, 0, 64, 512, 1024 };

		if (sizes[i] && components & bit64(i))
			memcpy(to + offset_of(i), from + offset_of(i), sizes[i]);
	}
	loaded &= components & 0xe6;
	*(uint64_t *)(to + HEADER_OFFSET) = (*(uint64_t *)(to + HEADER_OFFSET) & ~UINT64_C(0xe6)) | loaded;
}

/*
 * Kinds: 0 has all pointers in DATA; 1 has RDI and RSP in OTHER; 2 has RSI and RSP in OTHER. The
 * index is R9. Kind 5 has a dividend, and kind 6 masks. Some seeds leave the upper parts of vectors
 * out of the area, and some set DF or a rounding mode.
 */
void state_fill(struct state *state, uint64_t seed, uint64_t kind)
{
	static const uint8_t pointers[] = { 3, 4, 5, 6, 7, 12, 13 };
	uint64_t from = kind == 2 ? OTHER : DATA, to = kind == 1 ? OTHER : DATA;

	for (unsigned int i = 0; i < WORD_COUNT; i++)
		state->words[i] = random_word(&seed);
	for (unsigned int i = 0; i < ARRAY_COUNT(pointers); i++)
		state->words[pointers[i]] = DATA + MIDDLE;
	state->words[6] = from + MIDDLE - 64;
	state->words[7] = to + MIDDLE + 64;
	if (kind)
		state->words[4] = OTHER + MIDDLE;
	state->words[1] = state->words[1] % 8 + 1;
	state->words[9] = seed % 16;
	/* For all sizes: the dividend's upper half is small, or the sign of the lower one. */
	if (kind == KIND_DIVIDEND) {
		state->words[0] = seed & 1 ? UINT64_C(0x1234567812340123) : UINT64_C(0xfedcba98fedcfedc);
		state->words[2] = seed & 1 ? 0 : UINT64_MAX;
	}
	/* A mask that selects nothing would not fault. */
	for (unsigned int i = 0; i < 8 && kind == KIND_MASK; i++)
		state->words[AREA_WORD + offset_of(5) / 8 + i] |= 1;
	state->words[17] = 0x202 | (state->words[17] & (STATUS | DF));
	state->words[MXCSR_WORD] = 0x1f80 | (state->words[MXCSR_WORD] & 0x6000);
	state->words[AREA_WORD + HEADER_OFFSET / 8] = kind == KIND_MASK || seed & 0x100 ? 0xe6 : seed & 0x200 ? 0x06 : 0x02;
}

uint64_t state_mask(unsigned int word, const struct form *form)
{
	unsigned int offset = (word - AREA_WORD) * 8;

	if (word == 17)
		return (STATUS | DF) & ~form->undefined;
	if (word < AREA_WORD)
		return word == 19 ? 0 : UINT64_MAX;
	return (offset >= 160 && offset < 416) || offset >= 576 ? UINT64_MAX : 0;
}

const char *state_name(unsigned int word, char buffer[32])
{
	static const char names[][8] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
		"r15", "rip", "flags", "mxcsr",
	};

	if (word < ARRAY_COUNT(names))
		return names[word];
	snprintf(buffer, 32, "xsave+%u", (word - AREA_WORD) * 8);
	return buffer;
}

bool form_runs(const struct form *form)
{
	__builtin_cpu_init();
	if (form->code[0] == 0x62)
		return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
		       __builtin_cpu_supports("avx512dq");
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}

/* A breakpoint's context is that of the next instruction. */
void state_step_over_entry(struct state *state)
{
}
