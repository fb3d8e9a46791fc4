/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A situation is one TCE call with its arguments. situation_try() prepares it, makes the call and
 * prints one line:
 *
 *	NAME ANSWER [INDEXES]=ENTRY...
 *
 * The line names the watched entries that the call changed, by their distance from the call's
 * entry, and their new content: a value, or "asked" if the call asked for it. H_GET_TCE's line has
 * r4=VALUE or r4=kept instead.
 */
#ifndef SITUATION_H
#define SITUATION_H

#include <stdbool.h>
#include <stdint.h>

#define TCE_READ  UINT64_C(1)
#define TCE_WRITE UINT64_C(2)
#define TCE_RW    UINT64_C(3)

/* The machine that the runner makes: memory, a hole, and memory again. */
#define RAM_END        UINT64_C(0x10000000)
#define SECOND_RAM     UINT64_C(0x40000000)
#define SECOND_RAM_END UINT64_C(0x50000000)

#define LIST       UINT64_C(0x00200000) /* the address of a list by default */
#define LIST_PAGES UINT64_C(0x01000000) /* entry N of a list maps page N from here on, read-write */
#define OLD_PAGES  UINT64_C(0x08000000) /* watched entry N maps page N from here on before the call */

#define LIST_COUNT_MAX 512
#define MAX UINT64_MAX

struct window {
	uint64_t liobn, start, size;
	unsigned shift;
};

/*
 * Calls that Linux 6.12 [linux book3s_64_vio.c, pci-ioda-tce.c] or QEMU [qemu spapr_rtas_ddw.c,
 * spapr_iommu.c] does not survive.
 */
enum danger {
	NO_DANGER,
	OVERRUN = 1,	  /* writes beyond the table of the LIOBN */
	LINKED_CRASH = 2, /* writes beyond the hardware table behind it, or stops at its BUG_ON for unaligned pages */
	COUNT_OF_2_32 = 4,    /* QEMU's window has 0 entries, is half made, and ends QEMU when another is created */
};

struct situation {
	const char *name;
	uint64_t call, liobn, ioba;
	uint64_t value; /* H_PUT_TCE, H_STUFF_TCE: the entry; H_PUT_TCE_INDIRECT: the list's address */
	uint64_t count;
	uint16_t watch[4]; /* watched besides entries 0 to 3 */

	/* One entry of the list differs from the others. */
	bool has_odd;
	uint16_t odd_at;
	uint64_t odd;

	enum danger danger;
};

/*
 * A bit mask of the dangers that this host survives (entry.S). Situations with other dangers are
 * not tried.
 */
extern const volatile uint8_t survived_dangers;

void situation_try(const struct window *window, const struct situation *situation);

#endif
