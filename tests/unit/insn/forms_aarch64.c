/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms of 64-bit ARM. x4, x5, x9 and SP point to the registers, x6 to x8 are indices. */
#include "form.h"

__asm__(".arch armv8.4-a\n");

/* Every way to write an address. */
#define ADDRESSED(op, r, scale) \
	FORM(#op " " #r ", [x4]") FORM(#op " " #r ", [sp, #" #scale "]") \
	FORM(#op " " #r ", [x5, #(" #scale " * 3)]") \
	FORM(#op " " #r ", [x4], #7") FORM(#op " " #r ", [sp, #-16]!") FORM(#op " " #r ", [x4, x6]") \
	FORM(#op " " #r ", [x9]") \
	FORM(#op " " #r ", [x4, w7, uxtw]") FORM(#op " " #r ", [x4, w8, sxtw]") FORM(#op " " #r ", [x4, x6, sxtx]")
#define SCALED(op, r, shift) \
	FORM(#op " " #r ", [x4, x6, lsl #" #shift "]") FORM(#op " " #r ", [x4, w7, uxtw #" #shift "]") \
	FORM(#op " " #r ", [x5, w8, sxtw #" #shift "]")
ADDRESSED(ldrb, w0, 1) ADDRESSED(ldrh, w1, 2) ADDRESSED(ldr, w2, 4) ADDRESSED(ldr, x3, 8) SCALED(ldrh, w1, 1)
SCALED(ldr, w2, 2) SCALED(ldr, x3, 3)
ADDRESSED(strb, w0, 1) ADDRESSED(strh, w1, 2) ADDRESSED(str, w2, 4) ADDRESSED(str, x3, 8) SCALED(strh, w1, 1)
SCALED(str, w2, 2) SCALED(str, x3, 3)
ADDRESSED(ldrsb, w0, 1) ADDRESSED(ldrsb, x0, 1) ADDRESSED(ldrsh, w1, 2) ADDRESSED(ldrsh, x1, 2) ADDRESSED(ldrsw, x2, 4)
SCALED(ldrsh, w1, 1) SCALED(ldrsh, x1, 1) SCALED(ldrsw, x2, 2)
ADDRESSED(ldr, wzr, 4) ADDRESSED(ldr, xzr, 8) ADDRESSED(str, wzr, 4) ADDRESSED(str, xzr, 8) FORM("ldr x4, [x4]")
FORM("str x4, [x4]")
ADDRESSED(ldr, b0, 1) ADDRESSED(ldr, h1, 2) ADDRESSED(ldr, s2, 4) ADDRESSED(ldr, d3, 8) ADDRESSED(ldr, q31, 16)
SCALED(ldr, q31, 4) SCALED(ldr, d3, 3)
ADDRESSED(str, b0, 1) ADDRESSED(str, h1, 2) ADDRESSED(str, s2, 4) ADDRESSED(str, d3, 8) ADDRESSED(str, q31, 16)
SCALED(str, q31, 4) SCALED(str, s2, 2)

#define UNSCALED(op, r) FORM(#op " " #r ", [x4, #-3]") FORM(#op " " #r ", [sp, #5]")
UNSCALED(ldurb, w0) UNSCALED(ldurh, w1) UNSCALED(ldur, w2) UNSCALED(ldur, x3) UNSCALED(ldursb, w0)
UNSCALED(ldursb, x0) UNSCALED(ldursh, w1)
UNSCALED(ldursh, x1) UNSCALED(ldursw, x2) UNSCALED(sturb, w0) UNSCALED(sturh, w1) UNSCALED(stur, w2) UNSCALED(stur, x3)
UNSCALED(ldur, b0) UNSCALED(ldur, h1) UNSCALED(ldur, s2) UNSCALED(ldur, d3) UNSCALED(ldur, q4) UNSCALED(stur, b0)
UNSCALED(stur, q4)
UNSCALED(ldtr, x3) UNSCALED(ldtr, w2) UNSCALED(ldtrsb, x3) UNSCALED(sttr, x3) UNSCALED(sttrh, w3)

#define PAIR(op, a, b, scale) FORM(#op " " #a ", " #b ", [x4]") FORM(#op " " #a ", " #b ", [sp, #(" #scale " * 2)]") \
	FORM(#op " " #a ", " #b ", [x5, #-(" #scale " * 3)]") FORM(#op " " #a ", " #b ", [x4], #(" #scale " * 4)") \
	FORM(#op " " #a ", " #b ", [sp, #-(" #scale " * 2)]!")
PAIR(ldp, w0, w1, 4) PAIR(ldp, x2, x3, 8) PAIR(ldp, x10, xzr, 8) PAIR(ldpsw, x2, x3, 4) PAIR(stp, w0, w1, 4)
PAIR(stp, x2, x3, 8) PAIR(stp, xzr, x3, 8)
PAIR(ldp, s0, s1, 4) PAIR(ldp, d2, d3, 8) PAIR(ldp, q4, q31, 16) PAIR(stp, s0, s1, 4) PAIR(stp, d2, d3, 8)
PAIR(stp, q4, q31, 16)
FORM("ldp x4, x5, [x4]") FORM("ldnp x0, x1, [x4]") FORM("ldnp q0, q1, [x4, #32]") FORM("stnp w0, w1, [x4]")
FORM("stnp q0, q1, [x4]")

#define ORDERED(op, r) FORM(#op " " #r ", [x4]") FORM(#op " " #r ", [sp]")
ORDERED(ldar, w0) ORDERED(ldar, x1) ORDERED(ldarb, w2) ORDERED(ldarh, w3) ORDERED(stlr, w0) ORDERED(stlr, x1)
ORDERED(stlrb, w2) ORDERED(stlrh, wzr)
FORM_OF(1, 0, "ldapr x0, [x4]") FORM_OF(1, 0, "ldaprb w0, [sp]") FORM_OF(1, 0, "ldapur w0, [x4, #4]")
FORM_OF(1, 0, "stlur x0, [x4, #-8]")
FORM_OF(1, 0, "ldapursw x0, [x4, #4]")

#define STRUCTURES(op) FORM(#op " {v0.16b}, [x4]") FORM(#op " {v31.8b}, [sp]") FORM(#op " {v31.2d, v0.2d}, [x4]") \
	FORM(#op " {v1.4s, v2.4s, v3.4s}, [x4]") FORM(#op " {v1.8h, v2.8h, v3.8h, v4.8h}, [x4]") \
	FORM(#op " {v5.16b}, [x4], #16") \
	FORM(#op " {v5.1d, v6.1d}, [sp], #16") FORM(#op " {v5.4s, v6.4s}, [x4], x6")
STRUCTURES(ld1) STRUCTURES(st1)
FORM("ld1r {v0.16b}, [x4]") FORM("ld1r {v1.4h}, [x4]") FORM("ld1r {v2.4s}, [sp], #4") FORM("ld1r {v3.2d}, [x4], x6")

/* What a processor would execute, and we do not. */
UNKNOWN("ldxr x0, [x4]") UNKNOWN("ldaxrb w0, [x4]") UNKNOWN("ldxp x0, x1, [x4]")
UNKNOWN("ld2 {v0.16b, v1.16b}, [x4]") UNKNOWN("ld1 {v0.s}[1], [x4]")
UNKNOWN("st1 {v0.b}[3], [x4]") UNKNOWN("ld2r {v0.4s, v1.4s}, [x4]") UNKNOWN("dc zva, x4")
UNKNOWN_OF(1, "swp x0, x1, [x4]")
UNKNOWN_OF(1, "ldadd w0, w1, [x4]") UNKNOWN_OF(1, "cas x0, x1, [x4]") UNKNOWN_OF(1, "stadd x0, [x4]")
