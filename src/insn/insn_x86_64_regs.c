/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The general registers and segment bases of a context. Instructions number the registers
 * differently from the context, and reach parts of them.
 */
#include "insn/insn_x86_64.h"

#include <asm/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

greg_t *x86_reg(struct x86_cpu *cpu, unsigned int number)
{
	static const uint8_t place[] = {
		REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
		REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
	};

	return &cpu->regs[place[number & 15]];
}

static bool is_high_byte(const struct x86_insn *insn, unsigned int number, unsigned int size)
{
	return size == 1 && !insn->has_rex && number >= 4 && number < 8;
}

uint64_t x86_get(struct x86_cpu *cpu, const struct x86_insn *insn, unsigned int number, unsigned int size)
{
	if (is_high_byte(insn, number, size))
		return (uint64_t)*x86_reg(cpu, number - 4) >> 8 & 0xff;
	return (uint64_t)*x86_reg(cpu, number) & x86_mask(size);
}

/* Writing 4 bytes clears the upper half; writing fewer keeps the rest. */
void x86_set(struct x86_cpu *cpu, const struct x86_insn *insn, unsigned int number, unsigned int size, uint64_t value)
{
	bool is_high = is_high_byte(insn, number, size);
	greg_t *reg = x86_reg(cpu, is_high ? number - 4 : number);
	uint64_t mask = size == 4 ? UINT64_MAX : x86_mask(size);
	unsigned int shift = is_high ? 8 : 0;

	value &= x86_mask(size);
	*reg = (greg_t)(((uint64_t)*reg & ~(mask << shift)) | value << shift);
}

uint64_t x86_segment_base(const struct x86_insn *insn)
{
	unsigned long base = 0;

	if (insn->segment)
		syscall(SYS_arch_prctl, insn->segment == 0x64 ? ARCH_GET_FS : ARCH_GET_GS, &base);
	return base;
}
