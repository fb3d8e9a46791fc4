/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks the kernel about single mappings: since Linux 6.11 an ioctl of /proc/self/maps describes the
 * mapping at an address.
 */
#include "mem/vma_mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "abi/procmap.h"
#include "util/os.h"
#include "util/reason.h"

/* Describes the mapping at an address. -ENOENT: there is none. */
static int query_mapping(int fd, uint64_t address, struct mem_mapping *m)
{
	char name[128] = "";
	struct stce_procmap_query q = {
		.size = sizeof(q), .query_addr = address, .vma_name_addr = (uintptr_t)name, .vma_name_size = sizeof(name),
	};
	int r = (int)os_ioctl(fd, STCE_PROCMAP_QUERY, &q);
	bool has_long_name = r == -ENAMETOOLONG;

	if (has_long_name) {
		q = (struct stce_procmap_query){ .size = sizeof(q), .query_addr = address };
		r = (int)os_ioctl(fd, STCE_PROCMAP_QUERY, &q);
	}
	*m = (struct mem_mapping){
		.start = q.vma_start,
		.end = q.vma_end,
		.page_size = q.vma_page_size,
		.writable = q.vma_flags & STCE_PROCMAP_WRITABLE,
		.is_plain = !has_long_name && mem_mapping_is_plain(name),
	};
	return r;
}

int mem_vma_query(struct vaddr start, uint64_t length, struct mem_vma_view *view)
{
	int fd = os_open("/proc/self/maps", O_RDONLY | O_CLOEXEC, 0), r;
	struct mem_mapping mapping;

	if (fd < 0)
		return REASON(fd, "/proc/self/maps cannot be read");
	mem_view_begin(view);
	do {
		r = query_mapping(fd, start.value + view->writable, &mapping);
	} while (!r && mem_mapping_add(&mapping, start.value, length, view));
	mem_view_end(view);
	os_close(fd);
	return r == -ENOENT ? 0 : r;
}
