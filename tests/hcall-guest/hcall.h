/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hypercall: its number, up to four arguments in r4 to r7, the answer in r3, and the value of r4
 * afterwards.
 */
#ifndef HCALL_H
#define HCALL_H

#include <stdint.h>

#define H_GET_TCE          0x1c
#define H_PUT_TCE          0x20
#define H_PUT_TERM_CHAR    0x58
#define H_STUFF_TCE        0x138
#define H_PUT_TCE_INDIRECT 0x13c
#define H_RTAS             0xf000

#define H_SUCCESS         0
#define H_BUSY            1
#define H_LONG_BUSY_FIRST 9900
#define H_LONG_BUSY_LAST  9905

struct answer {
	int64_t status;
	uint64_t r4;
};

static inline struct answer hcall(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	register uint64_t r3 asm("r3") = number;
	register uint64_t r4 asm("r4") = a;
	register uint64_t r5 asm("r5") = b;
	register uint64_t r6 asm("r6") = c;
	register uint64_t r7 asm("r7") = d;

	asm volatile("sc 1"
		     : "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7)
		     :
		     : "r0", "r8", "r9", "r10", "r11", "r12", "ctr", "xer", "memory", "cr0", "cr1", "cr2", "cr3",
		       "cr4", "cr5", "cr6", "cr7");
	return (struct answer){ (int64_t)r3, r4 };
}

#endif
