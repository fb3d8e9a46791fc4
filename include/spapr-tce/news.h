/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: news
 *
 * What a newcomer wants to see while a machine runs: windows that come and
 * go, groups that change hands, the first fault of each kind.
 */
#ifndef SPAPR_TCE_NEWS_H
#define SPAPR_TCE_NEWS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum stce_news_kind - what happened.
 * @STCE_NEWS_GROUP_OPENED: a program opened the group.
 * @STCE_NEWS_GROUP_CLOSED: its last file is gone.
 * @STCE_NEWS_GROUP_TAKEN: the PE passed from the host to a container.
 * @STCE_NEWS_GROUP_RETURNED: the PE passed back to the host.
 * @STCE_NEWS_WINDOW_CREATED: @start, @size, @page_shift and @levels hold.
 * @STCE_NEWS_WINDOW_REMOVED: the window at @start is gone.
 * @STCE_NEWS_MEMORY_REGISTERED: @size bytes of program memory at @start.
 * @STCE_NEWS_MEMORY_UNREGISTERED: likewise, given back.
 * @STCE_NEWS_FAULT: a device access at bus address @start failed; @cause.
 * @STCE_NEWS_REFUSED: a call was refused for lack of locked memory (@size).
 * @STCE_NEWS_DEVICE_RESET: a function was reset.
 * @STCE_NEWS_DISK_LOST: the program closed the descriptor of a disk by a system
 *	call that is not caught; every transfer fails from now on. Told once.
 */
enum stce_news_kind {
	STCE_NEWS_GROUP_OPENED = 1,
	STCE_NEWS_GROUP_CLOSED,
	STCE_NEWS_GROUP_TAKEN,
	STCE_NEWS_GROUP_RETURNED,
	STCE_NEWS_WINDOW_CREATED,
	STCE_NEWS_WINDOW_REMOVED,
	STCE_NEWS_MEMORY_REGISTERED,
	STCE_NEWS_MEMORY_UNREGISTERED,
	STCE_NEWS_FAULT,
	STCE_NEWS_REFUSED,
	STCE_NEWS_DEVICE_RESET,
	STCE_NEWS_DISK_LOST,
};

/**
 * enum stce_fault - why a device access failed.
 */
enum stce_fault {
	STCE_FAULT_NONE,
	STCE_FAULT_NO_WINDOW,
	STCE_FAULT_BEYOND_WINDOW,
	STCE_FAULT_UNMAPPED,
	STCE_FAULT_NO_READ,
	STCE_FAULT_NO_WRITE,
	STCE_FAULT_MEMORY_GONE,
	STCE_FAULT_FROZEN,
	STCE_FAULT_BUS_MASTER_OFF,
	STCE_FAULT_COUNT,
};

/**
 * struct stce_news - one item; fields that a kind does not name are 0.
 * @kind: enum stce_news_kind.
 * @group: VFIO group number, or 0 where no group is concerned.
 * @start: bus address, or program address for memory.
 * @size: bytes.
 * @page_shift: log2 of the IOMMU page.
 * @levels: levels of the table.
 * @cause: enum stce_fault.
 */
struct stce_news {
	uint32_t kind;
	int32_t group;
	uint64_t start;
	uint64_t size;
	uint32_t page_shift;
	uint32_t levels;
	uint32_t cause;
	uint32_t reserved;
};

/** stce_news_fn - a listener. Called from any thread; must not call into the machine. */
typedef void (*stce_news_fn)(void *context, const struct stce_news *item);

#ifdef __cplusplus
}
#endif

#endif
