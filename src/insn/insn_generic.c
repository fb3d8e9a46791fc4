/* SPDX-License-Identifier: BSD-2-Clause */
/* Emulates nothing, on processors that have no emulation of their own. */
#include "insn/insn.h"

enum insn_result insn_emulate(void *context, uint64_t address, const struct insn_bus *bus)
{
	return INSN_UNKNOWN;
}
