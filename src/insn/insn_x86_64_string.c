/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The x86-64 string instructions. A repeated one goes on while its elements are in the range of the
 * bus, and leaves the registers as the processor does between two elements: at the same
 * instruction, unless all are done. The first element must be the one that has faulted.
 */
#include "insn/insn_x86_64.h"

struct string {
	struct x86_cpu *cpu;
	const struct x86_insn *insn;
	bool has_source, has_destination;
	uint64_t source, destination;   /* of the next element */
	uint64_t segment;               /* of the source */
	uint64_t mask;                  /* of addresses and the count */
	uint64_t count;                 /* of elements that are left */
	uint64_t value;                 /* of an element */
	bool has_moved, is_over;
};

static struct string begin(struct x86_cpu *cpu, const struct x86_insn *insn, bool has_source, bool has_destination)
{
	uint64_t mask = insn->has_67 ? UINT32_MAX : UINT64_MAX;
	uint64_t count = insn->repeat ? (uint64_t)*x86_reg(cpu, 1) & mask : 1;

	return (struct string){
		.cpu = cpu, .insn = insn, .has_source = has_source, .has_destination = has_destination,
		.source = (uint64_t)cpu->regs[REG_RSI] & mask, .destination = (uint64_t)cpu->regs[REG_RDI] & mask,
		.segment = x86_segment_base(insn), .mask = mask, .count = count, .is_over = !count,
	};
}

/* Moves one element between the value and its address. What the bus does not have is the program's memory. */
static enum insn_result move(struct string *string, uint64_t address, bool is_write)
{
	const struct insn_bus *bus = string->cpu->bus;
	unsigned int size = string->insn->size;

	if (insn_bus_has(bus, address, size))
		return bus->access(bus->bus, address, size, &string->value, is_write) ? INSN_DONE : INSN_REFUSED;
	if (!bus->memory || !bus->memory(bus->bus, address, size, &string->value, is_write))
		return INSN_UNKNOWN;
	return INSN_DONE;
}

static enum insn_result movs(struct string *string)
{
	enum insn_result result = move(string, string->source + string->segment, false);

	return result == INSN_DONE ? move(string, string->destination, true) : result;
}

static enum insn_result stos(struct string *string)
{
	string->value = (uint64_t)*x86_reg(string->cpu, 0);
	return move(string, string->destination, true);
}

static enum insn_result lods(struct string *string)
{
	enum insn_result result = move(string, string->source + string->segment, false);

	if (result == INSN_DONE)
		x86_set(string->cpu, string->insn, 0, string->insn->size, string->value);
	return result;
}

/* Compares with the element at the destination. REPE ends at a difference, REPNE at an equal element. */
static enum insn_result compare(struct string *string, uint64_t with)
{
	enum insn_result result = move(string, string->destination, false);
	uint64_t flags = (uint64_t)string->cpu->regs[REG_EFL];

	if (result != INSN_DONE)
		return result;
	x86_operate(X86_CMP, string->insn->size, with, string->value, &flags);
	string->cpu->regs[REG_EFL] = (greg_t)flags;
	string->is_over = !(flags & X86_ZF) == (string->insn->repeat == 0xf3);
	return INSN_DONE;
}

static enum insn_result cmps(struct string *string)
{
	enum insn_result result = move(string, string->source + string->segment, false);

	return result == INSN_DONE ? compare(string, string->value) : result;
}

static enum insn_result scas(struct string *string)
{
	return compare(string, (uint64_t)*x86_reg(string->cpu, 0));
}

/* Returns whether the next element is on the bus. The first must also be what has faulted. */
static bool is_next(const struct string *string)
{
	const struct insn_bus *bus = string->cpu->bus;
	unsigned int size = string->insn->size;
	uint64_t source = string->source + string->segment, fault = string->cpu->fault;

	if (string->has_moved)
		return (string->has_source && insn_bus_has(bus, source, size)) ||
		       (string->has_destination && insn_bus_has(bus, string->destination, size));
	return (string->has_source && insn_bus_faulted(bus, source, size, fault)) ||
	       (string->has_destination && insn_bus_faulted(bus, string->destination, size, fault));
}

/* Steps over an element that was done, and writes the registers that say so. */
static void step(struct string *string)
{
	uint64_t size = string->insn->size;
	uint64_t by = string->cpu->regs[REG_EFL] & (greg_t)X86_DF ? -size : size;

	if (string->has_source)
		string->cpu->regs[REG_RSI] = (greg_t)(string->source = (string->source + by) & string->mask);
	if (string->has_destination)
		string->cpu->regs[REG_RDI] = (greg_t)(string->destination = (string->destination + by) & string->mask);
	string->count--;
	if (string->insn->repeat)
		*x86_reg(string->cpu, 1) = (greg_t)string->count;
	string->is_over |= !string->count;
	string->has_moved = true;
}

/* The result is that of the first element, if that was not done. */
static enum insn_result run(struct string string, enum insn_result (*element)(struct string *string))
{
	enum insn_result result = INSN_UNKNOWN;

	while (!string.is_over && is_next(&string)) {
		result = element(&string);
		if (result != INSN_DONE)
			break;
		step(&string);
	}
	if (string.is_over)
		string.cpu->regs[REG_RIP] += string.insn->length;
	return string.has_moved || string.is_over ? INSN_DONE : result;
}

/* An instruction, and which of the two addresses it has. */
#define STRING(name, has_source, has_destination) \
	static enum insn_result run_##name(struct x86_cpu *cpu, const struct x86_insn *insn) \
	{ \
		return run(begin(cpu, insn, has_source, has_destination), name); \
	}
STRING(movs, true, true)
STRING(cmps, true, true)
STRING(stos, false, true)
STRING(lods, true, false)
STRING(scas, false, true)

#define ROW(first, run) { X86_LEGACY, 0, X86_ANY, first, first + 1, X86_SIZE_BIT0, 0, X86_IMM_STRING, run, 0 }

static const struct x86_form rows[] = {
	ROW(0xa4, run_movs),
	ROW(0xa6, run_cmps),
	ROW(0xaa, run_stos),
	ROW(0xac, run_lods),
	ROW(0xae, run_scas),
};

const struct x86_forms x86_strings = { rows, ARRAY_COUNT(rows) };
