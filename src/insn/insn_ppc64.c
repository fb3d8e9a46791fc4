/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Emulates the loads and stores of 64-bit POWER in little-endian mode. The forms are in
 * insn_ppc64_forms.c; POWER10's instructions of two words are unknown.
 */
#include "insn/insn_ppc64.h"

#include <string.h>

#define GP_NIP 32

struct ppc_cpu {
	mcontext_t *machine;
	const struct insn_bus *bus;
	const struct ppc_form *form;
	uint32_t code;
	uint64_t address;
};

static unsigned long *gpr(const struct ppc_cpu *cpu, unsigned int number)
{
	return &cpu->machine->gp_regs[number];
}

static unsigned int field_t(const struct ppc_cpu *cpu)
{
	return cpu->code >> 21 & 31;
}

static unsigned int field_a(const struct ppc_cpu *cpu)
{
	return cpu->code >> 16 & 31;
}

/* Returns the displacement of the D, DS or DQ form, or RB. */
static uint64_t offset_of(const struct ppc_cpu *cpu)
{
	uint32_t primary = cpu->code >> 26;
	int64_t displacement = (int16_t)cpu->code;

	if (primary == 31)
		return *gpr(cpu, cpu->code >> 11 & 31);
	if (primary == 61 && (cpu->code & 3) == 1)
		return (uint64_t)(displacement & ~INT64_C(15));
	return (uint64_t)(primary >= 57 ? displacement & ~INT64_C(3) : displacement);
}

static uint64_t address_of(const struct ppc_cpu *cpu)
{
	uint64_t address = offset_of(cpu) + (field_a(cpu) ? *gpr(cpu, field_a(cpu)) : 0);

	return cpu->form->flags & PPC_ALIGN ? align_down(address, cpu->form->size) : address;
}

/* The register that an update writes must exist, and must not be what the instruction loads. */
static bool is_update_valid(const struct ppc_cpu *cpu)
{
	bool is_load_of_a = cpu->form->kind == PPC_GPR && !(cpu->form->flags & PPC_STORE) &&
			    field_t(cpu) == field_a(cpu);

	return !(cpu->form->flags & PPC_UPDATE) || (field_a(cpu) && !is_load_of_a);
}

/* The number of a vector-scalar register: its highest bit is elsewhere in the instruction. */
static unsigned int vsr_number(const struct ppc_cpu *cpu)
{
	bool is_upper = cpu->form->flags & PPC_UPPER;

	if (cpu->form->kind == PPC_VSX && !is_upper)
		is_upper = cpu->code & (cpu->code >> 26 == 61 ? 8 : 1);
	return field_t(cpu) + (is_upper ? 32 : 0);
}

static enum insn_result access(const struct ppc_cpu *cpu, void *bytes)
{
	bool is_write = cpu->form->flags & PPC_STORE;

	return insn_bus_move(cpu->bus, cpu->address, cpu->form->size, bytes, is_write) ? INSN_DONE : INSN_REFUSED;
}

static uint64_t extend(const struct ppc_form *form, uint64_t value)
{
	unsigned int shift = (64 - 8 * form->size) & 63;

	if (form->flags & PPC_REVERSED)
		return __builtin_bswap64(value) >> shift;
	return form->flags & PPC_SIGNED ? (uint64_t)((int64_t)(value << shift) >> shift) : value;
}

static enum insn_result move_gpr(struct ppc_cpu *cpu)
{
	uint64_t value = 0;
	enum insn_result result;

	if (cpu->form->flags & PPC_STORE) {
		value = extend(cpu->form, *gpr(cpu, field_t(cpu)));
		return access(cpu, &value);
	}
	result = access(cpu, &value);
	if (result == INSN_DONE)
		*gpr(cpu, field_t(cpu)) = extend(cpu->form, value);
	return result;
}

/* The processor converts as it does for memory: without exceptions, and with the bits of NaNs. */
static uint64_t double_of(uint64_t single)
{
	uint32_t from = (uint32_t)single;
	uint64_t to;
	double value;

	__asm__("lfs%U1%X1 %0, %1" : "=d" (value) : "m" (from));
	memcpy(&to, &value, sizeof(to));
	return to;
}

static uint64_t single_of(uint64_t from)
{
	uint32_t to;
	double value;

	memcpy(&value, &from, sizeof(value));
	__asm__("stfs%U0%X0 %1, %0" : "=m" (to) : "d" (value));
	return to;
}

/* One value in doubleword 0. A load clears doubleword 1. */
static enum insn_result move_scalar(struct ppc_cpu *cpu, struct ppc_vsr *vsr)
{
	uint64_t value = 0;
	enum insn_result result;

	if (cpu->form->flags & PPC_STORE) {
		memcpy(&value, vsr->bytes + 8, 8);
		if (cpu->form->flags & PPC_SINGLE)
			value = single_of(value);
		return access(cpu, &value);
	}
	result = access(cpu, &value);
	value = cpu->form->flags & PPC_SINGLE ? double_of(value) : extend(cpu->form, value);
	memset(vsr->bytes, 0, 8);
	memcpy(vsr->bytes + 8, &value, 8);
	return result;
}

/* Element 0 is the most significant of a register; in memory it comes first. */
static void reorder(uint8_t to[16], const uint8_t from[16], unsigned int element)
{
	for (unsigned int at = 0; at < 16; at += element)
		memcpy(to + 16 - element - at, from + at, element);
}

static enum insn_result move_elements(struct ppc_cpu *cpu, struct ppc_vsr *vsr)
{
	enum insn_result result;
	uint8_t bytes[16];

	if (cpu->form->flags & PPC_STORE)
		reorder(bytes, vsr->bytes, cpu->form->element);
	result = access(cpu, bytes);
	for (unsigned int at = cpu->form->size; cpu->form->flags & PPC_SPLAT && at < 16; at += cpu->form->size)
		memcpy(bytes + at, bytes, cpu->form->size);
	if (!(cpu->form->flags & PPC_STORE))
		reorder(vsr->bytes, bytes, cpu->form->element);
	return result;
}

static enum insn_result move_vsr(struct ppc_cpu *cpu)
{
	unsigned int number = vsr_number(cpu);
	enum insn_result result;
	struct ppc_vsr vsr;

	if (!ppc_vsr_get(cpu->machine, number, &vsr))
		return INSN_UNKNOWN;
	if (cpu->form->kind == PPC_VR_ELEMENT)
		result = access(cpu, vsr.bytes + (cpu->address & 15));
	else
		result = cpu->form->element ? move_elements(cpu, &vsr) : move_scalar(cpu, &vsr);
	if (result == INSN_DONE && !(cpu->form->flags & PPC_STORE))
		ppc_vsr_set(cpu->machine, number, &vsr);
	return result;
}

enum insn_result insn_emulate(void *context, uint64_t address, const struct insn_bus *bus)
{
	struct ppc_cpu cpu = { .machine = &((ucontext_t *)context)->uc_mcontext, .bus = bus };
	enum insn_result result;

	if (!insn_bus_is_apart(bus, *gpr(&cpu, GP_NIP), sizeof(cpu.code)))
		return INSN_UNKNOWN;
	cpu.code = *(const uint32_t *)*gpr(&cpu, GP_NIP);
	cpu.form = ppc_find_form(cpu.code);
	if (!cpu.form || !is_update_valid(&cpu))
		return INSN_UNKNOWN;
	cpu.address = address_of(&cpu);
	if (!insn_bus_faulted(bus, cpu.address, cpu.form->size, address))
		return INSN_UNKNOWN;
	result = cpu.form->kind == PPC_GPR ? move_gpr(&cpu) : move_vsr(&cpu);
	if (result != INSN_DONE)
		return result;
	if (cpu.form->flags & PPC_UPDATE)
		*gpr(&cpu, field_a(&cpu)) = cpu.address;
	*gpr(&cpu, GP_NIP) += 4;
	return INSN_DONE;
}
