/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the compiler makes of C on registers gives the same as on memory; this file is built at each
 * level of optimisation. So do the C library's copies, of every length and alignment.
 */
#include "testing.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "insn/insn.h"

#define SIZE 0x10000
#define USED 4096
#define LENGTH_MAX 1100

static uint8_t shadow[SIZE];
static uint8_t *registers;
static uint8_t memory[USED + 64] __attribute__((aligned(64)));
static volatile unsigned int emulated;

/* The pages of the registers have a second operand too. */
static bool access_either(void *bus, uint64_t address, unsigned int size, void *bytes, bool is_write)
{
	uint64_t offset = address - (uint64_t)registers;
	void *at = offset < SIZE ? shadow + offset : (void *)address;

	memcpy(is_write ? at : bytes, is_write ? bytes : at, size);
	return true;
}

static void print_code(const uint8_t *code)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "# unknown:");

	for (unsigned int i = 0; i < 15; i++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " %02x", code[i]);
	line[n++] = '\n';
	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		_exit(98);
}

static uint64_t pc_of(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (uint64_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__powerpc64__)
	return context->uc_mcontext.gp_regs[32];
#else
	return context->uc_mcontext.pc;
#endif
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	const struct insn_bus bus = {
		.access = access_either, .memory = access_either,
		.lo = (uint64_t)registers, .hi = (uint64_t)registers + SIZE,
	};

	if (insn_emulate(context, (uint64_t)info->si_addr, &bus) == INSN_DONE) {
		emulated++;
		return;
	}
	print_code((const uint8_t *)pc_of(context));
	_exit(97);
}

static void start(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	if (!registers)
		registers = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(registers, MAP_FAILED);
	sigaction(SIGSEGV, &action, NULL);
	for (unsigned int i = 0; i < USED; i++)
		memory[i] = shadow[i] = (uint8_t)(i * 2654435761u >> 13);
	emulated = 0;
}

/* Each function of a type takes a register and a value. None is inlined, so that it is compiled alone. */
#define BODY(name, type, result, ...) \
	static __attribute__((noinline)) result name##_##type(volatile type *p, type x) { __VA_ARGS__ }
#define INTEGER(type) \
	BODY(load, type, type, return *p;) \
	BODY(store, type, type, *p = x; return 0;) \
	BODY(constant, type, type, *p = (type)0x1122334455667788; return 0;) \
	BODY(clear, type, type, *p = 0; return 0;) \
	BODY(add, type, type, return (type)(x + *p);) \
	BODY(subtract, type, type, return (type)(x - *p);) \
	BODY(multiply, type, type, return (type)(x * *p);) \
	BODY(times_five, type, type, return (type)(*p * 5);) \
	BODY(times_odd, type, type, return (type)(*p * 12345);) \
	BODY(divide, type, type, return (type)(*p / 10);) \
	BODY(divide_by, type, type, return (type)(x / ((*p | 1) & 0x7f));) \
	BODY(quotient, type, type, p[0] = (type)((x & 0x3f) + 3); return (type)((x & 0x7f) / p[0] + (x & 0x7f) % p[0]);) \
	BODY(and, type, type, return x & *p;) \
	BODY(or, type, type, return x | *p;) \
	BODY(xor, type, type, return x ^ *p;) \
	BODY(left, type, type, return (type)((uint64_t)*p << 3);) \
	BODY(right, type, type, return (type)(*p >> 3);) \
	BODY(add_to, type, type, *p += x; return 0;) \
	BODY(or_to, type, type, *p |= x; return 0;) \
	BODY(and_to, type, type, *p &= (type)~x; return 0;) \
	BODY(set_bit, type, type, *p |= 4; return 0;) \
	BODY(clear_bit, type, type, *p &= (type)~4; return 0;) \
	BODY(flip_bit, type, type, *p ^= (type)(UINT64_C(1) << (8 * sizeof(type) - 1)); return 0;) \
	BODY(shift_to, type, type, *p = (type)(*p >> 1); return 0;) \
	BODY(increment, type, type, ++*p; return 0;) \
	BODY(decrement, type, type, --*p; return 0;) \
	BODY(negate, type, type, *p = (type)-*p; return 0;) \
	BODY(invert, type, type, *p = (type)~*p; return 0;) \
	BODY(test_bit, type, type, return *p & 0x10 ? 3 : 7;) \
	BODY(is_zero, type, type, return *p ? 3 : 7;) \
	BODY(is_less, type, type, return *p < x;) \
	BODY(is_equal, type, type, return *p == x;) \
	BODY(store_less, type, type, p[1] = p[0] < x; return 0;) \
	BODY(choose, type, type, return x > 5 ? *p : x;) \
	BODY(copy, type, type, p[4] = p[1]; return 0;) \
	BODY(sum, type, type, type s = 0; for (int i = 0; i < 8; i++) s = (type)(s + p[i]); return s;) \
	BODY(fill, type, type, for (int i = 0; i < 8; i++) p[i] = (type)(x + i); return 0;) \
	BODY(count, type, type, return (type)__builtin_popcountll((uint64_t)*p);) \
	BODY(first, type, type, return (type)__builtin_ctzll((uint64_t)*p | 1u << 7);) \
	BODY(swap, type, type, return (type)__builtin_bswap64((uint64_t)*p);) \
	BODY(store_swapped, type, type, *p = (type)__builtin_bswap64((uint64_t)x); return 0;) \
	BODY(to_double, type, type, return (type)((double)*p / 3.0);) \
	BODY(to_float, type, type, return (type)((float)*p / 3.0f);) \
	BODY(indexed, type, type, return p[x & 7];) \
	BODY(widen, type, int64_t, return *p;)
#define REAL(type) \
	BODY(load, type, type, return *p;) \
	BODY(store, type, type, *p = x; return 0;) \
	BODY(add, type, type, return x + *p;) \
	BODY(multiply, type, type, return x * *p;) \
	BODY(divide, type, type, return *p / x;) \
	BODY(is_less, type, type, return *p < x;) \
	BODY(increment, type, type, *p += 1; return 0;) \
	BODY(choose, type, type, return *p > x ? *p : x;) \
	BODY(integer, type, type, return (type)(int64_t)(*p / 7);) \
	BODY(narrow, type, type, return (type)(float)(*p / 7);) \
	BODY(widen, type, type, return (type)((double)*p / 7);) \
	BODY(truncate, type, type, p[1] = (type)(int32_t)(*p / 1000); return (type)(int32_t)*p;)

INTEGER(uint8_t) INTEGER(uint16_t) INTEGER(uint32_t) INTEGER(uint64_t)
INTEGER(int8_t) INTEGER(int16_t) INTEGER(int32_t) INTEGER(int64_t)
REAL(float) REAL(double)

static unsigned int differences;

static void check(const char *name, const void *one, const void *other, size_t size)
{
	if (memcmp(one, other, size) || memcmp(memory, shadow, USED))
		if (differences++ < 40)
			print_message("# %s differs\n", name);
	memcpy(memory, shadow, USED);
}

#define TRY(name, type, at, value) do { \
		__typeof__(name##_##type((volatile type *)memory, 0)) real, ours; \
		real = name##_##type((volatile type *)(memory + (at)), (type)(value)); \
		ours = name##_##type((volatile type *)(registers + (at)), (type)(value)); \
		check(#name " of " #type, &real, &ours, sizeof(real)); \
	} while (0);
#define TRY_INTEGER(type) \
	TRY(load, type, at, x) TRY(store, type, at, x) TRY(constant, type, at, x) TRY(clear, type, at + 16, x) \
	TRY(add, type, at, x) TRY(subtract, type, at, x) TRY(multiply, type, at, x) TRY(times_five, type, at, x) \
	TRY(times_odd, type, at, x) TRY(divide, type, at, x) TRY(divide_by, type, at, x) TRY(quotient, type, at, x) \
	TRY(and, type, at, x) TRY(or, type, at, x) TRY(xor, type, at, x) TRY(left, type, at, x) TRY(right, type, at, x) \
	TRY(add_to, type, at, x) TRY(or_to, type, at, x) TRY(and_to, type, at, x) TRY(set_bit, type, at, x) \
	TRY(clear_bit, type, at, x) TRY(flip_bit, type, at, x) TRY(shift_to, type, at, x) TRY(increment, type, at, x) \
	TRY(decrement, type, at, x) TRY(negate, type, at, x) TRY(invert, type, at, x) TRY(test_bit, type, at, x) \
	TRY(is_zero, type, at, x) TRY(is_less, type, at, x) TRY(is_equal, type, at, x) TRY(store_less, type, at, x) \
	TRY(choose, type, at, x) TRY(copy, type, at, x) TRY(sum, type, at, x) TRY(fill, type, at, x) TRY(count, type, at, x) \
	TRY(first, type, at, x) TRY(swap, type, at, x) TRY(store_swapped, type, at, x) TRY(to_double, type, at, x) \
	TRY(to_float, type, at, x) TRY(indexed, type, at, x) TRY(widen, type, at, x)
#define TRY_REAL(type) do { \
		type value = (type)x / 3; \
		\
		memcpy(memory + at, &value, sizeof(value)); \
		memcpy(shadow + at, &value, sizeof(value)); \
		TRY(load, type, at, 5) TRY(store, type, at, 123.25) TRY(add, type, at, 1.5) TRY(multiply, type, at, 2.5) \
		TRY(divide, type, at, 1.75) TRY(is_less, type, at, 77.5) TRY(increment, type, at, 0) TRY(choose, type, at, 50) \
		TRY(integer, type, at, 0) TRY(narrow, type, at, 0) TRY(widen, type, at, 0) \
		TRY(truncate, type, at, 0) \
	} while (0)

static void c_on_registers_does_what_it_does_on_memory(void **state)
{
	start();
	differences = 0;
	for (unsigned int round = 0; round < 40; round++) {
		unsigned int at = round * 72 + round % 3 * 8;
		uint64_t x = round * UINT64_C(0x9e3779b97f4a7c15);

		TRY_INTEGER(uint8_t) TRY_INTEGER(uint16_t) TRY_INTEGER(uint32_t) TRY_INTEGER(uint64_t)
		TRY_INTEGER(int8_t) TRY_INTEGER(int16_t) TRY_INTEGER(int32_t) TRY_INTEGER(int64_t)
		TRY_REAL(float);
		TRY_REAL(double);
	}
	print_message("# %u instructions\n", emulated);
	assert_int_equal(differences, 0);
	assert_true(emulated > 40 * 8 * 40);
}

struct block {
	uint64_t words[9];
	uint8_t tail[5];
};

static __attribute__((noinline)) void copy_block(struct block *to, const struct block *from)
{
	*to = *from;
}

static void structures_are_copied(void **state)
{
	struct block *here = (struct block *)memory, *there = (struct block *)registers, block;

	start();
	copy_block(there + 1, there);
	copy_block(here + 1, here);
	copy_block(&block, there + 1);
	assert_memory_equal(&block, here, sizeof(block.words) + sizeof(block.tail));
	assert_memory_equal(memory, shadow, USED);
	memset(&block, 0x5a, sizeof(block));
	copy_block(there + 2, &block);
	copy_block(here + 2, &block);
	assert_memory_equal(memory, shadow, USED);
	assert_true(emulated > 0);
}

static void compare_copies(size_t length, unsigned int from, unsigned int to)
{
	static uint8_t buffer[2048];

	memcpy(buffer, registers + from, length);
	if (memcmp(buffer, memory + from, length))
		differences++;
	for (unsigned int i = 0; i < length; i++)
		buffer[i] = (uint8_t)(buffer[i] * 3 + i);
	memcpy(registers + to, buffer, length);
	memcpy(memory + to, buffer, length);
	memmove(registers + from + 7, registers + from, length);
	memmove(memory + from + 7, memory + from, length);
	memmove(registers + to, registers + to + 9, length);
	memmove(memory + to, memory + to + 9, length);
	memset(registers + from, (int)length, length);
	memset(memory + from, (int)length, length);
	if (memcmp(memory, shadow, USED) && differences++ < 40)
		print_message("# a copy of %zu bytes differs\n", length);
}

static void the_library_copies_and_fills(void **state)
{
	start();
	differences = 0;
	for (size_t length = 0; length <= LENGTH_MAX; length += length < 300 ? 1 : 37)
		compare_copies(length, (unsigned int)length % 5, 1500 + (unsigned int)length % 17);
	print_message("# %u instructions\n", emulated);
	assert_int_equal(differences, 0);
	assert_true(emulated > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_on_registers_does_what_it_does_on_memory),
		cmocka_unit_test(structures_are_copied),
		cmocka_unit_test(the_library_copies_and_fills),
	};

	return cmocka_run_group_tests_name("compiled", tests, NULL, NULL);
}
