/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 64 vector-scalar registers in the context of a signal. The kernel saves them in three places:
 * doubleword 0 of the first 32 as floating point registers, the other 32 as vector registers, and
 * doubleword 1 of the first 32 behind those. Bits of the saved MSR say which places are filled; the
 * kernel clears the registers of the others.
 */
#include "insn/insn_ppc64.h"

#include <string.h>

#define GP_MSR 33
#define MSR_VECTOR bit64(25)
#define MSR_VSX bit64(23)
#define VECTOR_COUNT 34    /* with VSCR and VRSAVE */

static uint8_t *vector(const mcontext_t *machine, unsigned int number)
{
	return (uint8_t *)machine->v_regs + (size_t)number * 16;
}

static uint8_t *low_half(const mcontext_t *machine, unsigned int number)
{
	return vector(machine, VECTOR_COUNT) + (size_t)number * 8;
}

static bool is_filled(const mcontext_t *machine, uint64_t bit)
{
	return machine->gp_regs[GP_MSR] & bit;
}

bool ppc_vsr_get(const mcontext_t *machine, unsigned int number, struct ppc_vsr *vsr)
{
	memset(vsr, 0, sizeof(*vsr));
	if (number >= 32) {
		if (machine->v_regs && is_filled(machine, MSR_VECTOR))
			memcpy(vsr->bytes, vector(machine, number - 32), 16);
		return machine->v_regs;
	}
	memcpy(vsr->bytes + 8, &machine->fp_regs[number], 8);
	if (machine->v_regs && is_filled(machine, MSR_VSX))
		memcpy(vsr->bytes, low_half(machine, number), 8);
	return true;
}

bool ppc_vsr_set(mcontext_t *machine, unsigned int number, const struct ppc_vsr *vsr)
{
	uint64_t bit = number >= 32 ? MSR_VECTOR : MSR_VSX;

	if (number < 32)
		memcpy(&machine->fp_regs[number], vsr->bytes + 8, 8);
	if (!machine->v_regs)
		return number < 32;
	if (!is_filled(machine, bit)) {
		memset(number >= 32 ? vector(machine, 0) : low_half(machine, 0), 0, number >= 32 ? 512 : 256);
		machine->gp_regs[GP_MSR] |= bit;
	}
	if (number >= 32)
		memcpy(vector(machine, number - 32), vsr->bytes, 16);
	else
		memcpy(low_half(machine, number), vsr->bytes, 8);
	return true;
}
