/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vector registers in the context of a signal, which is a list of records. The record of SVE, if
 * there is one, repeats them, longer. Linux takes the first 16 bytes from the other record, qemu-user
 * from this one, so both are written.
 */
#include "insn/insn_aarch64.h"

#include <asm/sigcontext.h>
#include <string.h>

static void *find_record(mcontext_t *machine, uint32_t magic)
{
	uint8_t *at = machine->__reserved, *end = at + sizeof(machine->__reserved);
	struct _aarch64_ctx *head;

	while ((size_t)(end - at) >= sizeof(*head)) {
		head = (struct _aarch64_ctx *)at;
		if (head->magic == magic)
			return head;
		if (!head->magic || head->size < sizeof(*head) || head->size > (size_t)(end - at))
			return NULL;
		at += head->size;
	}
	return NULL;
}

bool arm_vector_get(mcontext_t *machine, unsigned int number, uint8_t bytes[16])
{
	struct fpsimd_context *record = find_record(machine, FPSIMD_MAGIC);

	if (record)
		memcpy(bytes, &record->vregs[number], 16);
	return record;
}

/* Returns the record if it has registers: the processor has SVE, and the thread uses it. */
static struct sve_context *find_sve(mcontext_t *machine)
{
	struct sve_context *sve = find_record(machine, SVE_MAGIC);

	if (!sve || !sve->vl || sve->vl > ARM_SVE_SIZE_MAX)
		return NULL;
	return sve->head.size >= SVE_SIG_CONTEXT_SIZE(sve_vq_from_vl(sve->vl)) ? sve : NULL;
}

static uint8_t *sve_place(struct sve_context *sve, unsigned int number)
{
	return (uint8_t *)sve + SVE_SIG_ZREG_OFFSET(sve_vq_from_vl(sve->vl), number);
}

unsigned int arm_sve_size(mcontext_t *machine)
{
	struct sve_context *sve = find_sve(machine);

	return sve ? sve->vl : 0;
}

void arm_sve_get(mcontext_t *machine, unsigned int number, uint8_t *bytes)
{
	struct sve_context *sve = find_sve(machine);

	memcpy(bytes, sve_place(sve, number), sve->vl);
}

void arm_sve_set(mcontext_t *machine, unsigned int number, const uint8_t *bytes)
{
	struct sve_context *sve = find_sve(machine);
	struct fpsimd_context *record = find_record(machine, FPSIMD_MAGIC);

	memcpy(sve_place(sve, number), bytes, sve->vl);
	if (record)
		memcpy(&record->vregs[number], bytes, 16);
}

void arm_sve_get_predicate(mcontext_t *machine, unsigned int number, uint64_t bits[4])
{
	struct sve_context *sve = find_sve(machine);

	memcpy(bits, (uint8_t *)sve + SVE_SIG_PREG_OFFSET(sve_vq_from_vl(sve->vl), number), sve->vl / 8);
}

bool arm_vector_set(mcontext_t *machine, unsigned int number, const uint8_t bytes[16])
{
	struct fpsimd_context *record = find_record(machine, FPSIMD_MAGIC);
	struct sve_context *sve = find_sve(machine);

	if (!record)
		return false;
	memcpy(&record->vregs[number], bytes, 16);
	if (sve) {
		memcpy(sve_place(sve, number), bytes, 16);
		memset(sve_place(sve, number) + 16, 0, sve->vl - 16);
	}
	return true;
}
