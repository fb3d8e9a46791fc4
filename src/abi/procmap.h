/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defines what <linux/fs.h> has since Linux 6.11: the ioctl of /proc/PID/maps that describes the
 * mapping at an address.
 */
#ifndef STCE_ABI_PROCMAP_H
#define STCE_ABI_PROCMAP_H

#include <linux/ioctl.h>
#include <stdint.h>

#define STCE_PROCMAP_WRITABLE 0x02u

struct stce_procmap_query {
	uint64_t size;           /* of this structure */
	uint64_t query_flags;    /* 0: the mapping must cover query_addr */
	uint64_t query_addr;
	uint64_t vma_start;
	uint64_t vma_end;
	uint64_t vma_flags;
	uint64_t vma_page_size;
	uint64_t vma_offset;
	uint64_t inode;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint32_t vma_name_size;  /* in: room for the name; out: its length with the 0, or 0 */
	uint32_t build_id_size;
	uint64_t vma_name_addr;
	uint64_t build_id_addr;
};

#define STCE_PROCMAP_QUERY _IOWR('f', 17, struct stce_procmap_query)

#endif
