/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start and the vectors of the guest. The image is at address 0 and is entered at 0x100, big-endian, in real mode,
 * with the device tree's address in r3, as QEMU's pseries enters any firmware that it is given. All later vectors lead
 * to exception(vector), because the guest should not take any.
 */
	.machine power8
	.section .vectors, "ax"

	/* The runner writes the dangers that the host survives to the first byte (enum danger). */
	.globl	survived_dangers
survived_dangers:
	.byte	0

	. = 0x100
	lis	2, .TOC.@ha
	addi	2, 2, .TOC.@l
	lis	1, stack_end@ha
	addi	1, 1, stack_end@l
	li	0, 0
	stdu	0, -64(1)
	bl	guest_main
	nop
1:	b	1b

	vector = 0x200
	.rept	30
	. = vector
	lis	2, .TOC.@ha
	addi	2, 2, .TOC.@l
	lis	1, stack_end@ha
	addi	1, 1, stack_end@l
	li	0, 0
	stdu	0, -64(1)
	li	3, vector
	b	exception
	vector = vector + 0x80
	.endr

	.section .bss
	.balign	16
	.skip	16384
stack_end:

	.section .note.GNU-stack, "", @progbits
