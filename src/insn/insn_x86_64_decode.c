/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decodes one x86-64 instruction: prefixes, opcode, ModRM, displacement, immediate. It reads one
 * byte after the other and no more than decoding needs, because the page after the instruction may
 * not be mapped. Which forms exist is in the tables of the files that execute them.
 */
#include "insn/insn_x86_64.h"

/* Returns 0 where an instruction must have ended. */
static uint8_t next(struct x86_insn *insn)
{
	uint64_t at = (uint64_t)(insn->start + insn->length);

	if (insn->length >= X86_LENGTH_MAX || !insn_bus_is_apart(insn->bus, at, 1)) {
		insn->is_cut = true;
		return 0;
	}
	return insn->start[insn->length++];
}

/* Reads a little-endian number of 1, 2, 4 or 8 bytes and extends its sign. */
static int64_t next_number(struct x86_insn *insn, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)next(insn) << (8 * i);
	return x86_sign_extend(value, size);
}

static bool take_legacy_prefix(struct x86_insn *insn, uint8_t byte)
{
	switch (byte) {
	case 0x26: case 0x2e: case 0x36: case 0x3e: case 0xf0:
		return true;
	case 0x64: case 0x65:
		insn->segment = byte;
		return true;
	case 0x66:
		insn->has_66 = true;
		return true;
	case 0x67:
		insn->has_67 = true;
		return true;
	case 0xf2: case 0xf3:
		insn->repeat = byte;
		return true;
	}
	return false;
}

static void take_rex(struct x86_insn *insn, uint8_t byte)
{
	insn->has_rex = true;
	insn->w = byte & 8;
	insn->r = byte & 4 ? 8 : 0;
	insn->x = byte & 2 ? 8 : 0;
	insn->b = byte & 1 ? 8 : 0;
}

/* Returns the first byte of the opcode. A REX that is not the last prefix is ignored. */
static uint8_t take_prefixes(struct x86_insn *insn)
{
	uint8_t byte = next(insn);

	while (!insn->is_cut && take_legacy_prefix(insn, byte))
		byte = next(insn);
	if ((byte & 0xf0) == 0x40) {
		take_rex(insn, byte);
		byte = next(insn);
	}
	return byte;
}

static void take_legacy_opcode(struct x86_insn *insn, uint8_t byte)
{
	insn->encoding = X86_LEGACY;
	insn->vector_length = 16;
	insn->pp = insn->repeat == 0xf3 ? 2 : insn->repeat == 0xf2 ? 3 : insn->has_66;
	if (byte == 0x0f) {
		insn->map = 1;
		byte = next(insn);
		if (byte == 0x38 || byte == 0x3a) {
			insn->map = byte == 0x38 ? 2 : 3;
			byte = next(insn);
		}
	}
	insn->opcode = byte;
}

/* The bytes that hold the bits R, X, B and the map, and W, vvvv and pp: the same in VEX and EVEX. */
static void take_vex_bits(struct x86_insn *insn, uint8_t first, uint8_t second)
{
	insn->r = first & 0x80 ? 0 : 8;
	insn->x = first & 0x40 ? 0 : 8;
	insn->b = first & 0x20 ? 0 : 8;
	insn->map = first & 7;
	insn->w = second & 0x80;
	insn->vector = ~second >> 3 & 15;
	insn->pp = second & 3;
}

static void take_vex(struct x86_insn *insn, uint8_t byte)
{
	uint8_t first = 0xe1, second;

	insn->encoding = X86_VEX;
	if (byte == 0xc4) {
		first = next(insn);
		second = next(insn);
	} else {
		second = next(insn);
		first = (second & 0x80) | 0x61;   /* no X, no B, the map of 0F */
		second &= 0x7f;
	}
	take_vex_bits(insn, first, second);
	insn->vector_length = second & 4 ? 32 : 16;
	insn->opcode = next(insn);
}

/* Returns false for broadcasts and rounding, which no move has. */
static bool take_evex(struct x86_insn *insn)
{
	uint8_t first = next(insn), second = next(insn), third = next(insn);

	insn->encoding = X86_EVEX;
	take_vex_bits(insn, first, second);
	insn->r |= first & 0x10 ? 0 : 16;
	insn->vector |= third & 8 ? 0 : 16;
	insn->vector_length = (uint8_t)(16 << (third >> 5 & 3));
	insn->opcode = next(insn);
	insn->mask = third & 7;
	insn->clears_others = third & 0x80;
	return !(third & 0x10) && second & 4 && !(first & 8) && insn->vector_length <= 64;
}

static bool take_opcode(struct x86_insn *insn)
{
	uint8_t byte = take_prefixes(insn);
	bool is_vector = byte == 0xc4 || byte == 0xc5 || byte == 0x62;

	if (!is_vector) {
		take_legacy_opcode(insn, byte);
		return true;
	}
	if (insn->has_66 || insn->repeat || insn->has_rex)
		return false;
	if (byte == 0x62)
		return take_evex(insn);
	take_vex(insn, byte);
	return true;
}

static bool is_of(const struct x86_insn *insn, const struct x86_form *form)
{
	return insn->opcode >= form->first && insn->opcode <= form->last && insn->map == form->map &&
	       form->encodings & insn->encoding && form->prefixes & 1u << insn->pp;
}

static const struct x86_form *find_form(const struct x86_insn *insn)
{
	static const struct x86_forms *const plain[] = {
		&x86_moves, &x86_vectors, &x86_integers, &x86_strings, &x86_exchanges, &x86_floats,
	};
	static const struct x86_forms *const masked[] = { &x86_masked };
	const struct x86_forms *const *all = insn->mask ? masked : plain;
	unsigned int count = insn->mask ? ARRAY_COUNT(masked) : ARRAY_COUNT(plain);
	bool is_on_accumulator = !insn->map && insn->opcode < 0x40 && insn->opcode & 4;

	for (unsigned int i = 0; i < count && !is_on_accumulator; i++)
		for (unsigned int row = 0; row < all[i]->count; row++)
			if (is_of(insn, &all[i]->rows[row]))
				return &all[i]->rows[row];
	return NULL;
}

static unsigned int size_of(const struct x86_insn *insn, uint8_t size)
{
	switch (size) {
	case X86_SIZE_BIT0:
		if (!(insn->opcode & 1))
			return 1;
		/* fallthrough */
	case X86_SIZE_V:
		return insn->w ? 8 : insn->has_66 ? 2 : 4;
	case X86_SIZE_W:
		return insn->w ? 8 : 4;
	case X86_SIZE_VL:
		return insn->vector_length;
	}
	return size;
}

static void take_sib(struct x86_insn *insn)
{
	uint8_t sib = next(insn);

	insn->scale = sib >> 6;
	insn->index = (sib >> 3 & 7) | insn->x;
	insn->has_index = insn->index != 4;
	insn->base = (sib & 7) | insn->b;
	insn->has_base = (sib & 7) != 5 || insn->mod;
}

/* Returns false if the operand is a register. */
static bool take_modrm(struct x86_insn *insn)
{
	uint8_t modrm = next(insn), rm = modrm & 7;

	insn->mod = modrm >> 6;
	insn->reg = (modrm >> 3 & 7) | insn->r;
	if (insn->mod == 3)
		return false;
	insn->is_pc_relative = insn->mod == 0 && rm == 5;
	insn->base = rm | insn->b;
	insn->has_base = !insn->is_pc_relative;
	if (rm == 4)
		take_sib(insn);
	if (insn->mod == 1)
		insn->displacement = next_number(insn, 1) * (insn->encoding == X86_EVEX ? insn->memory : 1);
	else if (insn->mod == 2 || !insn->has_base)
		insn->displacement = next_number(insn, 4);
	return true;
}

static void take_imm(struct x86_insn *insn)
{
	unsigned int size = insn->size < 4 ? insn->size : 4;

	if (insn->form->imm == X86_IMM_BYTE)
		insn->imm = next_number(insn, 1);
	else if (insn->form->imm == X86_IMM_OPERAND || (insn->form->imm == X86_IMM_TEST && (insn->reg & 7) < 2))
		insn->imm = next_number(insn, size);
	else if (insn->form->imm == X86_IMM_OFFSET)
		insn->displacement = next_number(insn, insn->has_67 ? 4 : 8);
}

bool x86_decode(struct x86_insn *insn, const uint8_t *start, const struct insn_bus *bus)
{
	*insn = (struct x86_insn){ .start = start, .bus = bus };
	if (!take_opcode(insn) || insn->is_cut)
		return false;
	insn->form = find_form(insn);
	if (!insn->form)
		return false;
	insn->size = size_of(insn, insn->form->size);
	insn->memory = insn->form->memory ? size_of(insn, insn->form->memory) : insn->size;
	if (insn->form->imm < X86_IMM_OFFSET && !take_modrm(insn))
		return false;
	take_imm(insn);
	return !insn->is_cut;
}
