/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vector registers in the context of a signal. The kernel saves them in XSAVE's standard format:
 * each component has its place, and a bit in the header says whether the processor loads it or
 * clears it. A register is in up to three components. Where the kernel saves no such area, the
 * context has XMM registers only.
 */
#include "insn/insn_x86_64.h"

#include <cpuid.h>
#include <stdatomic.h>
#include <string.h>

#define SOFTWARE_OFFSET 464      /* struct _fpx_sw_bytes of the kernel */
#define SOFTWARE_MAGIC 0x46505853u
#define HEADER_OFFSET 512
#define XMM_OFFSET 160

/* Components of XSAVE. */
enum { XMM = 1, YMM_HIGH = 2, OPMASK = 5, ZMM_HIGH = 6, ZMM_16 = 7, COMPONENT_COUNT };

struct software {
	uint32_t magic, extended_size;
	uint64_t components;
	uint32_t size;
};

/* The place of a part of a register: `size` bytes of it, from byte `at`. */
struct part {
	unsigned int component, at, size;
	uint32_t offset;   /* of register 0 or 16 */
};

static uint8_t *area(const struct x86_cpu *cpu)
{
	return (uint8_t *)cpu->fp;
}

/* Returns the set of components that the area has. */
static uint64_t components(const struct x86_cpu *cpu)
{
	struct software software;

	memcpy(&software, area(cpu) + SOFTWARE_OFFSET, sizeof(software));
	return software.magic == SOFTWARE_MAGIC ? software.components : 0;
}

/* CPUID is slow in a virtual machine, so each offset is asked for once. */
static uint32_t offset_of(unsigned int component)
{
	static _Atomic(uint32_t) offsets[COMPONENT_COUNT];
	uint32_t offset = atomic_load_explicit(&offsets[component], memory_order_relaxed);
	uint32_t size, c, d;

	if (component == XMM)
		return XMM_OFFSET;
	if (!offset) {
		__cpuid_count(0xd, component, size, offset, c, d);
		atomic_store_explicit(&offsets[component], offset, memory_order_relaxed);
	}
	return offset;
}

/* Fills in the parts of a register, and returns how many there are. */
static unsigned int parts_of(const struct x86_cpu *cpu, unsigned int number, struct part parts[3])
{
	uint64_t has = cpu->fp ? components(cpu) : 0;
	unsigned int count = 0;

	if (!cpu->fp || (number >= 16 && !(has & bit64(ZMM_16))))
		return 0;
	if (number >= 16) {
		parts[count++] = (struct part){ ZMM_16, 0, 64, offset_of(ZMM_16) };
		return count;
	}
	parts[count++] = (struct part){ XMM, 0, 16, XMM_OFFSET };
	if (has & bit64(YMM_HIGH))
		parts[count++] = (struct part){ YMM_HIGH, 16, 16, offset_of(YMM_HIGH) };
	if (has & bit64(ZMM_HIGH))
		parts[count++] = (struct part){ ZMM_HIGH, 32, 32, offset_of(ZMM_HIGH) };
	return count;
}

/* Returns whether the processor loads the component. Without a header there is nothing to ask. */
static bool is_loaded(const struct x86_cpu *cpu, unsigned int component)
{
	uint64_t loaded;

	if (!components(cpu))
		return true;
	memcpy(&loaded, area(cpu) + HEADER_OFFSET, sizeof(loaded));
	return loaded & bit64(component);
}

/* A component that the processor would clear becomes one that it loads, all zeroes. */
static void make_loaded(struct x86_cpu *cpu, const struct part *part)
{
	uint64_t loaded;

	memset(area(cpu) + part->offset, 0, 16 * part->size);
	memcpy(&loaded, area(cpu) + HEADER_OFFSET, sizeof(loaded));
	loaded |= bit64(part->component);
	memcpy(area(cpu) + HEADER_OFFSET, &loaded, sizeof(loaded));
}

static uint8_t *place(const struct x86_cpu *cpu, const struct part *part, unsigned int number)
{
	return area(cpu) + part->offset + (size_t)(number & 15) * part->size;
}

bool x86_vector_get(const struct x86_cpu *cpu, unsigned int number, struct x86_vector *vector)
{
	struct part parts[3];
	unsigned int count = parts_of(cpu, number, parts);

	memset(vector, 0, sizeof(*vector));
	for (unsigned int i = 0; i < count; i++)
		if (is_loaded(cpu, parts[i].component))
			memcpy(vector->bytes + parts[i].at, place(cpu, &parts[i], number), parts[i].size);
	return count;
}

bool x86_vector_set(struct x86_cpu *cpu, unsigned int number, const struct x86_vector *vector)
{
	static const struct x86_vector zero;
	struct part parts[3];
	unsigned int count = parts_of(cpu, number, parts);

	for (unsigned int i = 0; i < count; i++) {
		const uint8_t *bytes = vector->bytes + parts[i].at;

		if (!is_loaded(cpu, parts[i].component)) {
			if (!memcmp(bytes, zero.bytes, parts[i].size))
				continue;
			make_loaded(cpu, &parts[i]);
		}
		memcpy(place(cpu, &parts[i], number), bytes, parts[i].size);
	}
	return count;
}

uint64_t x86_opmask(const struct x86_cpu *cpu, unsigned int number)
{
	uint64_t mask = 0;

	if (!cpu->fp || !(components(cpu) & bit64(OPMASK)))
		return UINT64_MAX;
	if (is_loaded(cpu, OPMASK))
		memcpy(&mask, area(cpu) + offset_of(OPMASK) + (size_t)number * 8, sizeof(mask));
	return mask;
}
