/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutates streams section by section, so that each mutant of an input that is cut into sections is again one: a payload
 * changes with its length, numbers in it become others that the stream has or that are likely to matter, and sections come,
 * go, change places, or come from another input. Inputs of the other kind, which are streams as they are, are left to
 * libFuzzer, and so is one mutation in 16. The replay does not need this file.
 */
#include "mutator.h"

#define SECTIONS_MAX 64
#define HEAD         3             /* type and length of a section */
#define LENGTH_MAX   UINT16_MAX

struct section {
	uint8_t type;
	size_t size;
	const uint8_t *payload;
};

struct stream {
	struct section section[SECTIONS_MAX];
	unsigned int count;
};

static bool is_in_sections(const uint8_t *data, size_t size)
{
	return size && (data[0] & 1);
}

static void parse(struct stream *s, const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data + 1, data + size };

	s->count = 0;
	while (fuzz_has_more(&in) && s->count < SECTIONS_MAX) {
		struct section *section = &s->section[s->count++];

		section->type = fuzz_u8(&in);
		section->size = min_u64(fuzz_u16(&in), (size_t)(in.end - in.at));
		section->payload = in.at;
		in.at += section->size;
	}
}

/* Writes the sections that fit. Their payloads must not lie in the output. */
static size_t write(const struct stream *s, uint8_t *out, size_t max)
{
	size_t at = 0;

	out[at++] = 1;
	for (unsigned int i = 0; i < s->count; i++) {
		const struct section *section = &s->section[i];

		if (at + HEAD + section->size > max)
			continue;
		out[at++] = section->type;
		out[at++] = (uint8_t)section->size;
		out[at++] = (uint8_t)(section->size >> 8);
		memcpy(out + at, section->payload, section->size);
		at += section->size;
	}
	return at;
}

static void insert(struct stream *s, unsigned int at, struct section section)
{
	if (s->count == SECTIONS_MAX)
		return;
	memmove(&s->section[at + 1], &s->section[at], (s->count - at) * sizeof(section));
	s->section[at] = section;
	s->count++;
}

static void drop(struct stream *s, unsigned int at)
{
	s->count--;
	memmove(&s->section[at], &s->section[at + 1], (s->count - at) * sizeof(s->section[at]));
}

/* Returns a number that is likely to matter, or one that the stream has somewhere. */
static uint64_t take_number(const struct stream *s)
{
	const struct section *section = &s->section[mutator_below(s->count)];
	uint64_t value = 0;

	switch (mutator_below(4)) {
	case 0:
		return mutator_below(16);
	case 1:
		return bit64(mutator_below(64)) - mutator_below(3) + 1;
	case 2:
		return bit64(59) + mutator_below(4) * 4096;
	}
	if (section->size >= sizeof(value))
		memcpy(&value, section->payload + mutator_below((uint32_t)(section->size - sizeof(value) + 1)), sizeof(value));
	return value;
}

/* Overwrites a number of 1, 2, 4 or 8 bytes; the fields of a payload are packed. */
static void change_number(const struct stream *s, uint8_t *payload, size_t size)
{
	uint64_t value = take_number(s);
	size_t width = (size_t)1 << mutator_below(4);

	if (size >= width)
		memcpy(payload + mutator_below((uint32_t)(size - width + 1)), &value, width);
}

static void change_payload(struct stream *s, unsigned int at)
{
	static uint8_t payload[LENGTH_MAX];
	struct section *section = &s->section[at];

	memcpy(payload, section->payload, section->size);
	if (mutator_below(2))
		change_number(s, payload, section->size);
	else
		section->size = LLVMFuzzerMutate(payload, section->size, section->size + 64 < LENGTH_MAX ? section->size + 64 :
												   LENGTH_MAX);
	section->payload = payload;
}

static void change(struct stream *s)
{
	unsigned int at = mutator_below(s->count), other = mutator_below(s->count);
	struct section section = s->section[at];

	switch (mutator_below(8)) {
	case 0:
		drop(s, at);
		break;
	case 1:
		insert(s, other, section);
		break;
	case 2:
		s->section[at] = s->section[other];
		s->section[other] = section;
		break;
	case 3:
		s->section[at].type = s->section[other].type;
		break;
	default:
		change_payload(s, at);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct stream s;
	uint8_t *before;

	mutator_begin(seed);
	if (!is_in_sections(data, size) || !mutator_below(16))
		return LLVMFuzzerMutate(data, size, max_size);
	before = malloc(size);
	FUZZ_CHECK(before);
	memcpy(before, data, size);
	parse(&s, before, size);
	if (s.count)
		change(&s);
	size = write(&s, data, max_size);
	free(before);
	return size;
}

/* Gives the first input some sections of the second: in place of one of the same type, or as further ones. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
				 size_t max_out, unsigned int seed)
{
	struct stream s, other;

	mutator_begin(seed);
	if (!is_in_sections(data1, size1) || !is_in_sections(data2, size2))
		return 0;
	parse(&s, data1, size1);
	parse(&other, data2, size2);
	for (unsigned int i = 0; i < other.count; i++) {
		unsigned int at = mutator_below(s.count + 1);

		if (mutator_below(other.count))
			continue;
		if (at < s.count && s.section[at].type == other.section[i].type)
			s.section[at] = other.section[i];
		else
			insert(&s, at, other.section[i]);
	}
	return write(&s, out, max_out);
}
