/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms of 64-bit POWER. r4, r5 and r31 point to the registers, r6 is an index, r7 + r8 is another pointer. */
#include "form.h"

__asm__(".machine power9\n");

#define D(op, registers) \
	FORM(#op " " registers ", 0(4)") FORM(#op " " registers ", 4(31)") FORM(#op " " registers ", -8(5)") \
	FORM(#op " " registers ", 0x7c(5)")
#define X_OF(kind, op, registers) \
	FORM_OF(kind, 0, #op " " registers ", 4, 6") FORM_OF(kind, 0, #op " " registers ", 7, 8") \
	FORM_OF(kind, 0, #op " " registers ", 0, 31")
#define X(op, registers) X_OF(0, op, registers)
/* Until ISA 3.1 doubleword 1 is undefined after these. */
#define SCALAR(kind, op, number) FORM_OF(kind, 1 + number, #op " " #number ", 4, 6") \
	FORM_OF(kind, 1 + number, #op " " #number ", 7, 8") FORM_OF(kind, 1 + number, #op " " #number ", 0, 31")
#define UPDATE_D(op, registers) \
	FORM(#op " " registers ", 0(4)") FORM(#op " " registers ", 4(31)") FORM(#op " " registers ", -8(5)")
#define UPDATE_X(op, registers) FORM(#op " " registers ", 4, 6") FORM(#op " " registers ", 7, 8")

D(lbz, "3") D(lhz, "3") D(lwz, "9") D(ld, "10") D(lha, "3") D(lwa, "11")
D(stb, "3") D(sth, "3") D(stw, "9") D(std, "10")
D(lwz, "0") D(stw, "0") D(ld, "4")
X(lbzx, "3") X(lhzx, "3") X(lwzx, "9") X(ldx, "10") X(lhax, "3") X(lwax, "11")
X(stbx, "3") X(sthx, "3") X(stwx, "9") X(stdx, "10")
X(lhbrx, "3") X(lwbrx, "9") X(ldbrx, "10") X(sthbrx, "3") X(stwbrx, "9") X(stdbrx, "10")
UPDATE_D(lbzu, "3") UPDATE_D(lhzu, "3") UPDATE_D(lwzu, "9") UPDATE_D(ldu, "10") UPDATE_D(lhau, "3")
UPDATE_D(stbu, "3") UPDATE_D(sthu, "3") UPDATE_D(stwu, "9") UPDATE_D(stdu, "10") FORM("stwu 4, 8(4)")
FORM("stdu 4, 8(4)")
UPDATE_X(lbzux, "3") UPDATE_X(lhzux, "3") UPDATE_X(lwzux, "9") UPDATE_X(ldux, "10") UPDATE_X(lhaux, "3")
UPDATE_X(lwaux, "11")
UPDATE_X(stbux, "3") UPDATE_X(sthux, "3") UPDATE_X(stwux, "9") UPDATE_X(stdux, "10")

D(lfs, "1") D(lfd, "2") D(stfs, "30") D(stfd, "31")
X(lfsx, "1") X(lfdx, "2") X(stfsx, "30") X(stfdx, "31") X(lfiwax, "3") X(lfiwzx, "4") X(stfiwx, "5")
UPDATE_D(lfsu, "1") UPDATE_D(lfdu, "2") UPDATE_D(stfsu, "30") UPDATE_D(stfdu, "31")
UPDATE_X(lfsux, "1") UPDATE_X(lfdux, "2") UPDATE_X(stfsux, "30") UPDATE_X(stfdux, "31")

X(lvx, "0") X(lvx, "31") X(lvxl, "7") X(stvx, "0") X(stvx, "31") X(stvxl, "7")
X(lvebx, "1") X(lvehx, "2") X(lvewx, "3") X(stvebx, "1") X(stvehx, "2") X(stvewx, "3")

X(lxvd2x, "0") X(lxvd2x, "40") X(lxvw4x, "1") X(lxvw4x, "63") X(lxvdsx, "2") X(lxvdsx, "50")
X(stxvd2x, "0") X(stxvd2x, "40") X(stxvw4x, "1") X(stxvw4x, "63")
SCALAR(0, lxsdx, 3) SCALAR(0, lxsdx, 33) X(stxsdx, "3") X(stxsdx, "33")
SCALAR(0, lxsiwax, 4) SCALAR(0, lxsiwax, 34) SCALAR(0, lxsiwzx, 5) SCALAR(0, lxsiwzx, 35) X(stxsiwx, "6")
X(stxsiwx, "36")
SCALAR(0, lxsspx, 7) SCALAR(0, lxsspx, 37) X(stxsspx, "8") X(stxsspx, "38")

#define DQ(op, registers) FORM_OF(1, 0, #op " " registers ", 0(4)") FORM_OF(1, 0, #op " " registers ", -16(31)") \
	FORM_OF(1, 0, #op " " registers ", 0x70(5)")
DQ(lxv, "0") DQ(lxv, "63") DQ(stxv, "0") DQ(stxv, "63") DQ(lxsd, "0") DQ(lxsd, "31") DQ(stxsd, "0") DQ(stxsd, "31")
DQ(lxssp, "1") DQ(lxssp, "30") DQ(stxssp, "1") DQ(stxssp, "30")
X_OF(1, lxvx, "0") X_OF(1, lxvx, "63") X_OF(1, stxvx, "0") X_OF(1, stxvx, "63") X_OF(1, lxvwsx, "2")
X_OF(1, lxvwsx, "62")
X_OF(1, lxvh8x, "3") X_OF(1, lxvh8x, "61") X_OF(1, stxvh8x, "3") X_OF(1, stxvh8x, "61")
X_OF(1, lxvb16x, "4") X_OF(1, lxvb16x, "60") X_OF(1, stxvb16x, "4") X_OF(1, stxvb16x, "60")
SCALAR(1, lxsibzx, 5) SCALAR(1, lxsibzx, 59) X_OF(1, stxsibx, "5") X_OF(1, stxsibx, "59")
SCALAR(1, lxsihzx, 6) SCALAR(1, lxsihzx, 58) X_OF(1, stxsihx, "6") X_OF(1, stxsihx, "58")

/* What a processor would execute, and we do not. */
UNKNOWN("lbarx 3, 0, 4") UNKNOWN("lharx 3, 0, 4") UNKNOWN("lwarx 3, 0, 4") UNKNOWN("ldarx 3, 0, 4")
UNKNOWN("dcbz 0, 4")
UNKNOWN_OF(1, "lxvl 3, 4, 8") UNKNOWN_OF(1, "stxvl 3, 4, 8")
