/* SPDX-License-Identifier: BSD-2-Clause */
/* The x86-64 multiplications and divisions whose product or dividend has twice the operand's size. */
#include "insn/insn_x86_64.h"

/* Writes what a multiplication or division gives: AX, or two registers. */
static void set_pair(struct x86_cpu *cpu, const struct x86_insn *insn, uint64_t low, uint64_t high)
{
	if (insn->size == 1) {
		x86_set(cpu, insn, 0, 2, (low & 0xff) | high << 8);
	} else {
		x86_set(cpu, insn, 0, insn->size, low);
		x86_set(cpu, insn, 2, insn->size, high);
	}
}

/* The product has twice the operand's size; no flag but CF and OF is defined. */
enum insn_result x86_multiply(struct x86_cpu *cpu, const struct x86_insn *insn, bool is_signed)
{
	uint64_t value = 0, flags = x86_flags(cpu) & ~(X86_CF | X86_OF), low, high;
	unsigned int bits = 8 * insn->size;
	unsigned __int128 product;
	bool fits;

	if (!x86_load(cpu, insn, &value))
		return INSN_REFUSED;
	low = x86_get(cpu, insn, 0, insn->size);
	if (is_signed)
		product = (unsigned __int128)((__int128)x86_sign_extend(low, insn->size) *
					      x86_sign_extend(value, insn->size));
	else
		product = (unsigned __int128)low * value;
	low = (uint64_t)product & x86_mask(insn->size);
	high = (uint64_t)(product >> bits) & x86_mask(insn->size);
	fits = is_signed ? high == ((uint64_t)(x86_sign_extend(low, insn->size) >> 63) & x86_mask(insn->size)) : !high;
	set_pair(cpu, insn, low, high);
	x86_set_flags(cpu, fits ? flags : flags | X86_CF | X86_OF);
	return INSN_DONE;
}

/*
 * Divides a number of twice the operand's size. Where the processor would raise an exception, the
 * instruction is unknown. No flag is defined.
 */
enum insn_result x86_divide(struct x86_cpu *cpu, const struct x86_insn *insn, bool is_signed)
{
	unsigned int bits = insn->size > 1 ? 8 * insn->size : 8;
	unsigned __int128 dividend = x86_get(cpu, insn, 0, insn->size == 1 ? 2 : insn->size), limit;
	bool is_negative, divisor_is_negative;
	uint64_t divisor = 0, quotient, rest;

	if (!x86_load(cpu, insn, &divisor))
		return INSN_REFUSED;
	if (insn->size > 1)
		dividend |= (unsigned __int128)x86_get(cpu, insn, 2, insn->size) << bits;
	is_negative = is_signed && dividend >> (2 * bits - 1);
	divisor_is_negative = is_signed && divisor >> (bits - 1);
	if (is_negative)
		dividend = -dividend << (128 - 2 * bits) >> (128 - 2 * bits);
	if (divisor_is_negative)
		divisor = -divisor & x86_mask(insn->size);
	limit = is_signed ? (unsigned __int128)1 << (bits - 1) : (unsigned __int128)1 << bits;
	limit += is_negative != divisor_is_negative;
	if (!divisor || dividend / divisor >= limit)
		return INSN_UNKNOWN;
	quotient = (uint64_t)(dividend / divisor);
	rest = (uint64_t)(dividend % divisor);
	set_pair(cpu, insn, is_negative != divisor_is_negative ? -quotient : quotient, is_negative ? -rest : rest);
	return INSN_DONE;
}
