/* SPDX-License-Identifier: BSD-2-Clause */
/* Adds an instruction to the table of forms: the assembler makes its code. */
#ifndef STCE_TESTS_UNIT_INSN_FORM_H
#define STCE_TESTS_UNIT_INSN_FORM_H

#define FORM_OF(kind, undefined, text) __asm__( \
	".pushsection .text\n" \
	"771:	" text "\n" \
	"772:\n" \
	".popsection\n" \
	".pushsection .rodata\n" \
	"773:	.asciz \"" text "\"\n" \
	".popsection\n" \
	".pushsection forms, \"aw\"\n" \
	"	.balign 8\n" \
	"	.quad 773b, 771b, 772b, " #kind ", " #undefined "\n" \
	".popsection\n");
#define UNKNOWN_OF(kind, text) FORM_OF(32 + kind, 0, text)
#define UNKNOWN(text) UNKNOWN_OF(0, text)
#define FORM(text) FORM_OF(0, 0, text)

#endif
