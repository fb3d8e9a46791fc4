/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Emulates an x86-64 instruction with an operand in memory: every form that gcc and clang make of
 * volatile accesses, and those by which the C library copies and fills. The decoder is our own,
 * because Zydis exists as a shared library only, and a preload must not load more of them into
 * programs. A form that is not in a table is unknown; lists of forms are in the files
 * insn_x86_64_*.c.
 */
#include "insn/insn_x86_64.h"

static uint64_t operand_address(struct x86_cpu *cpu, const struct x86_insn *insn)
{
	uint64_t address = (uint64_t)insn->displacement;

	if (insn->has_base)
		address += (uint64_t)*x86_reg(cpu, insn->base);
	if (insn->has_index)
		address += (uint64_t)*x86_reg(cpu, insn->index) << insn->scale;
	if (insn->is_pc_relative)
		address += (uint64_t)cpu->regs[REG_RIP] + insn->length;
	if (insn->has_67)
		address = (uint32_t)address;
	return address + x86_segment_base(insn);
}

enum insn_result insn_emulate(void *context, uint64_t address, const struct insn_bus *bus)
{
	mcontext_t *machine = &((ucontext_t *)context)->uc_mcontext;
	struct x86_cpu cpu = { machine->gregs, machine->fpregs, bus, address };
	struct x86_insn insn;
	enum insn_result result;

	if (!x86_decode(&insn, (const uint8_t *)cpu.regs[REG_RIP], bus))
		return INSN_UNKNOWN;
	if (insn.form->imm == X86_IMM_STRING)
		return insn.form->run(&cpu, &insn);
	insn.address = operand_address(&cpu, &insn);
	/* A masked move asks for each of its elements itself. */
	if (!insn.mask && !insn_bus_faulted(bus, insn.address, insn.memory, address))
		return INSN_UNKNOWN;
	result = insn.form->run(&cpu, &insn);
	if (result == INSN_DONE)
		cpu.regs[REG_RIP] += insn.length;
	return result;
}
