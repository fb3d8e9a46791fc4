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

static void set_sve(mcontext_t *machine, unsigned int number, const uint8_t bytes[16])
{
	struct sve_context *sve = find_record(machine, SVE_MAGIC);
	unsigned int quadwords = sve ? sve_vq_from_vl(sve->vl) : 0;
	uint8_t *to;

	if (!quadwords || sve->head.size < SVE_SIG_CONTEXT_SIZE(quadwords))
		return;
	to = (uint8_t *)sve + SVE_SIG_ZREG_OFFSET(quadwords, number);
	memcpy(to, bytes, 16);
	memset(to + 16, 0, (quadwords - 1) * 16);
}

bool arm_vector_set(mcontext_t *machine, unsigned int number, const uint8_t bytes[16])
{
	struct fpsimd_context *record = find_record(machine, FPSIMD_MAGIC);

	if (!record)
		return false;
	memcpy(&record->vregs[number], bytes, 16);
	set_sve(machine, number, bytes);
	return true;
}
