/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the POWER emulation share: the forms of loads and stores, and vector registers. */
#ifndef STCE_INSN_INSN_PPC64_H
#define STCE_INSN_INSN_PPC64_H

#include <ucontext.h>

#include "insn/insn_bus.h"

/* Which registers an instruction moves. */
enum ppc_kind {
	PPC_GPR,
	PPC_FPR,          /* doubleword 0 of VSR 0 to 31; a load clears the other, as ISA 3.1 says */
	PPC_VSX,
	PPC_VR_ELEMENT,   /* one element of a vector register, at its place in the quadword */
};

#define PPC_STORE 1u
#define PPC_UPDATE 2u
#define PPC_SIGNED 4u
#define PPC_REVERSED 8u
#define PPC_UPPER 16u      /* the register is one of VSR 32 to 63 */
#define PPC_SPLAT 32u      /* the element fills the register */
#define PPC_ALIGN 64u      /* the address is rounded down */
#define PPC_SINGLE 128u    /* the operand is a single float, which the register has as a double */

struct ppc_form {
	uint16_t key;      /* the primary opcode times 1024, and the extended opcode */
	uint8_t kind, flags;
	uint8_t size;      /* of the operand */
	uint8_t element;   /* of a vector's elements, or 0: one value in doubleword 0 */
};

/* Returns NULL if the instruction is unknown. */
const struct ppc_form *ppc_find_form(uint32_t code);

/* A vector-scalar register as the quadword that it is in memory: doubleword 0 is the second half. */
struct ppc_vsr {
	uint8_t bytes[16];
};
bool ppc_vsr_get(const mcontext_t *machine, unsigned int number, struct ppc_vsr *vsr);
bool ppc_vsr_set(mcontext_t *machine, unsigned int number, const struct ppc_vsr *vsr);

#endif
