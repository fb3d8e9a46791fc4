/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: news
 *
 * Events that explain to a newcomer how a machine is used: windows that are
 * created and removed, groups that change hands, the first fault of each kind.
 * Counters (stats.h) have the totals.
 *
 * Thread rule: any thread.
 */
#ifndef SPAPR_TCE_NEWS_H
#define SPAPR_TCE_NEWS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum stce_news_kind - the kinds of events.
 * @STCE_NEWS_GROUP_OPENED: a program opened the group.
 * @STCE_NEWS_GROUP_CLOSED: the last file of the group was closed.
 * @STCE_NEWS_GROUP_TAKEN: the PE passed from the host to a container.
 * @STCE_NEWS_GROUP_RETURNED: the PE passed back to the host.
 * @STCE_NEWS_WINDOW_CREATED: a window was created; @start, @size, @page_shift and
 *	@levels describe it.
 * @STCE_NEWS_WINDOW_REMOVED: the window at @start was removed.
 * @STCE_NEWS_MEMORY_REGISTERED: @size bytes of program memory at @start were registered.
 * @STCE_NEWS_MEMORY_UNREGISTERED: @size bytes at @start were unregistered.
 * @STCE_NEWS_FAULT: a device's access of @size bytes at bus address @start failed for
 *	@cause. Each group tells the first fault of each cause.
 * @STCE_NEWS_REFUSED: a call was refused because it needed @size more bytes of locked
 *	memory.
 * @STCE_NEWS_DEVICE_RESET: a function was reset.
 * @STCE_NEWS_DISK_LOST: the program closed the descriptor of a disk by a system
 *	call that is not caught, so every transfer fails from now on. Told once.
 * @STCE_NEWS_INSTRUCTION: the program has accessed a mapped register of the group by an
 *	instruction that cannot be emulated, at its address @start; its first eight bytes, in the order
 *	of memory, are those of @size from the highest.
 * @STCE_NEWS_PE_FROZEN: EEH froze the group's PE for the reason @cause, an enum stce_eeh_reason of eeh.h. @start is
 *	the address that met it, if there is one; @size is the rule's number for STCE_EEH_RULE, and
 *	an enum stce_fault for STCE_EEH_FAULT.
 * @STCE_NEWS_PE_THAWED: the PE works again.
 * @STCE_NEWS_DEVICE_WANTED: the host takes a function of the group back, and waits for the process
 *	@start, its number there, which has been asked @size times. @levels is 0 if the program has no
 *	request interrupt, and thus does not know.
 * @STCE_NEWS_DEVICE_ADDED: a function was plugged into the run; @start is its PCI address:
 *	domain, bus, device and function in 16, 8, 5 and 3 bits.
 * @STCE_NEWS_DEVICE_REMOVED: likewise, a function was unplugged.
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
	STCE_NEWS_INSTRUCTION,
	STCE_NEWS_PE_FROZEN,
	STCE_NEWS_PE_THAWED,
	STCE_NEWS_DEVICE_WANTED,
	STCE_NEWS_DEVICE_ADDED,
	STCE_NEWS_DEVICE_REMOVED,
};

/** enum stce_fault - the causes of a failed device access. */
enum stce_fault {
	STCE_FAULT_NONE,             /* it has not failed */
	STCE_FAULT_NO_WINDOW,        /* no window has the address */
	STCE_FAULT_BEYOND_WINDOW,    /* the access passes the end of its window */
	STCE_FAULT_UNMAPPED,         /* the TCE is not valid */
	STCE_FAULT_NO_READ,          /* the TCE forbids reading */
	STCE_FAULT_NO_WRITE,         /* the TCE forbids writing */
	STCE_FAULT_MEMORY_GONE,      /* the program has unmapped the memory, or made it read-only */
	STCE_FAULT_FROZEN,           /* EEH has frozen the PE */
	STCE_FAULT_BUS_MASTER_OFF,   /* the function may not access memory */
	STCE_FAULT_COUNT,            /* the number of causes */
};

/**
 * struct stce_news - one event; fields that its kind does not use are 0.
 * @kind: enum stce_news_kind.
 * @group: VFIO group number; 0 if the event concerns no group.
 * @start: bus address, or program address for memory.
 * @size: bytes.
 * @page_shift: log2 of the IOMMU page's size in bytes.
 * @levels: levels of the table.
 * @cause: enum stce_fault, but enum stce_eeh_reason for STCE_NEWS_PE_FROZEN.
 * @reserved: 0.
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

/**
 * stce_fault_text() - says a cause of enum stce_fault in words, for people.
 *
 * Return: a static string; "unknown cause" if @cause is none of them.
 */
#pragma GCC visibility push(default)
const char *stce_fault_text(uint32_t cause);
#pragma GCC visibility pop

/** stce_news_fn - a listener. Any thread may call it; it must not call into the machine. */
typedef void (*stce_news_fn)(void *context, const struct stce_news *item);

#ifdef __cplusplus
}
#endif

#endif
