/* SPDX-License-Identifier: BSD-2-Clause */
/* Refusals by hypercalls, in each tier; real mode formats nothing. */
#include "reasons_tables.h"

#define PUT   STCE_H_PUT_TCE
#define GET   STCE_H_GET_TCE
#define STUFF STCE_H_STUFF_TCE
#define LISTS STCE_H_PUT_TCE_INDIRECT

#define IN(tier, what, why, result, prepared, number, ...) \
	{ .call = tier, .title = what, .answer = result, .text = why, \
	  .hcall = &(const struct reason_hcall){ .prepare = prepared, .nr = number, __VA_ARGS__ } }
#define REAL(...)    IN("stce_vm_hcall_real", __VA_ARGS__)
#define VIRTUAL(...) IN("stce_vm_hcall_virtual", __VA_ARGS__)
#define WHOLE(...)   IN("stce_vm_hcall", __VA_ARGS__)
#define EACH(...)    REAL(__VA_ARGS__), VIRTUAL(__VA_ARGS__), WHOLE(__VA_ARGS__)
/* The guest's answer under LoPAR's rules, and the VMM's under Linux's. */
#define BOTH(what, why, ...) \
	EACH(what, why, STCE_H_TOO_HARD, __VA_ARGS__), \
	EACH(what ", strictly", why, STCE_H_PARAMETER, __VA_ARGS__, .is_strict = true)

const struct reason_row reasons_hcalls[] = {
	EACH("another number", "hypercall 0x4 is the VMM's", STCE_H_TOO_HARD, NULL, 0x4, { NAME }),
	EACH("a disabled one", "hypercall 0x138 is not enabled", STCE_H_TOO_HARD, reasons_disabled, STUFF,
	     { NAME, 0, 0, 1 }),
	EACH("a blind VM", "memory could not be followed", STCE_H_TOO_HARD, reasons_blind, PUT, { NAME, 0, GPA | 3 }),
	BOTH("a put to no table", "no table has LIOBN 0x99", reasons_table, PUT, { 0x99, 0, GPA | 3 }),
	BOTH("a get from no table", "no table has LIOBN 0x99", reasons_table, GET, { 0x99, 0 }),
	BOTH("a stuff of no table", "no table has LIOBN 0x99", reasons_table, STUFF, { 0x99, 0, 0, 1 }),
	BOTH("a list to no table", "no table has LIOBN 0x99", reasons_table, LISTS, { 0x99, 0, LIST, 1 }),
	EACH("a put outside", "1 entries from bus address 0x400000 on are not all in LIOBN 0x5", STCE_H_PARAMETER,
	     reasons_table, PUT, { NAME, 0x400000, GPA | 3 }),
	EACH("a get outside", "1 entries from bus address 0x400000 on are not all in LIOBN 0x5", STCE_H_PARAMETER,
	     reasons_table, GET, { NAME, 0x400000 }),
	EACH("a stuff over the end", "2 entries from bus address 0x3ff000 on are not all in LIOBN 0x5",
	     STCE_H_PARAMETER, reasons_table, STUFF, { NAME, 0x3ff000, 0, 2 }),
	EACH("a list over the end", "2 entries from bus address 0x3ff000 on are not all in LIOBN 0x5",
	     STCE_H_PARAMETER, reasons_table, LISTS, { NAME, 0x3ff000, LIST, 2 }),
	EACH("a stuff with permissions", "TCE 0x1003 has permissions", STCE_H_PARAMETER, reasons_table, STUFF,
	     { NAME, 0, 0x1003, 1 }),
	EACH("a long stuff, strictly", "513 entries are more than a page", STCE_H_P4, reasons_table, STUFF,
	     { NAME, 0, 0, 513 }, .is_strict = true),
	EACH("a long list", "513 entries are more than a page", STCE_H_PARAMETER, reasons_table, LISTS,
	     { NAME, 0, LIST, 513 }),
	EACH("a list inside a page", "the list at 0x110008 does not begin with a page", STCE_H_PARAMETER,
	     reasons_table, LISTS, { NAME, 0, LIST + 8, 1 }),
	BOTH("a list outside memory", "the list at 0x7000000 is outside memory", reasons_present_table, LISTS,
	     { NAME, 0, 0x7000000, 1 }),
	EACH("a page of a list outside memory", "TCE 0x7000000 points outside memory", STCE_H_PARAMETER,
	     reasons_list_of_no_page, LISTS, { NAME, 0, LIST, 2 }),
	REAL("a list in memory that is not registered",
	     "real mode cannot read a list that may fault: that at 0x400000", STCE_H_TOO_HARD,
	     reasons_present_and_extra, LISTS, { NAME, 0, EXTRA_GPA, 1 }),
	VIRTUAL("a list that cannot be read", "the list at 0x400000 cannot be read", STCE_H_TOO_HARD,
		reasons_unreadable_extra, LISTS, { NAME, 0, EXTRA_GPA, 1 }),
	WHOLE("a list that cannot be read", "the list at 0x400000 cannot be read", STCE_H_TOO_HARD,
	      reasons_unreadable_extra, LISTS, { NAME, 0, EXTRA_GPA, 1 }),
	BOTH("low bits", "TCE 0x100007 has low bits set", reasons_present_table, PUT, { NAME, 0, GPA | 7 }),
	BOTH("a page outside memory", "TCE 0x7000003 points outside memory", reasons_present_table, PUT,
	     { NAME, 0, 0x7000003 }),
	BOTH("a page over the end of its slot", "the page of TCE 0x400003 passes the end of its slot",
	     reasons_linked_by_64k_and_extra, PUT, { NAME, 0, EXTRA_GPA | 3 }),
	REAL("a put to memory that is not there", "entry 0 of LIOBN 0x5 lies in a page that is not there yet",
	     STCE_H_TOO_HARD, reasons_table, PUT, { NAME, 0, GPA | 3 }),
	REAL("a stuff of memory that is not there", "entry 0 of LIOBN 0x5 lies in a page that is not there yet",
	     STCE_H_TOO_HARD, reasons_table, STUFF, { NAME, 0, 0, 1 }),
	EACH("memory that is not registered", "is not registered", STCE_H_TOO_HARD, reasons_linked_and_extra, PUT,
	     { NAME, 0, EXTRA_GPA | 3 }),
	EACH("64K pages on ordinary memory",
	     "the window's pages have 2^16 bytes, the memory there is registered in pages of 2^12", STCE_H_TOO_HARD,
	     reasons_linked_to_64k, PUT, { NAME, HIGH, GPA | 3 }),
	EACH("a window of VFIO v1", "the window's memory is not registered (VFIO v1)", STCE_H_TOO_HARD,
	     reasons_linked_to_v1, PUT, { NAME, 0, GPA | 3 }),
	REAL("a hole in the window's table", "a part of the window's table does not exist yet", STCE_H_TOO_HARD,
	     reasons_linked_to_a_hole, PUT, { NAME, HIGH + 0x201000, GPA | 3 }),
	REAL("a put to two windows", "2 windows follow: real mode writes one", STCE_H_TOO_HARD, reasons_linked_twice,
	     PUT, { NAME, 0, GPA | 3 }, .share = "off"),
	REAL("a stuff of two windows", "2 windows follow: real mode writes one", STCE_H_TOO_HARD,
	     reasons_linked_twice, STUFF, { NAME, 0, 0, 1 }, .share = "off"),
	REAL("a long stuff of a window", "513 entries: real mode keeps devices out for 512 at most", STCE_H_TOO_HARD,
	     reasons_linked, STUFF, { NAME, 0, 0, 513 }),
	REAL("a long list to a window", "528 entries: real mode keeps devices out for 512 at most", STCE_H_TOO_HARD,
	     reasons_linked_by_64k_list, LISTS, { NAME, 0, LIST, 33 }),
	REAL("a table with copies", "the table has 2 copies: real mode writes only one", STCE_H_TOO_HARD, reasons_linked,
	     PUT, { NAME, 0, GPA | 3 }, .share = "node:2"),
	REAL("a frozen table", "a hardware table is being split or joined", STCE_H_TOO_HARD,
	     reasons_linked_and_suspended, PUT, { NAME, 0, GPA | 3 }),
	REAL("a stuff of a frozen table", "a hardware table is being split or joined", STCE_H_TOO_HARD,
	     reasons_linked_and_suspended, STUFF, { NAME, 0, 0, 1 }),
	REAL("an entry that a device uses", "a device uses the entries", STCE_H_TOO_HARD, reasons_linked_and_held,
	     PUT, { NAME, 0, (GPA + PAGE) | 3 }),
	{ .call = NULL },
};
