/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads maps or smaps in blocks and uses three things: the head line of each mapping, its
 * KernelPageSize and its VmFlags. Reading stops behind the range. vma_query.c asks for single
 * mappings, which is tried first.
 *
 * The kernel walks all page tables for smaps. If the range is plain anonymous memory, smaps is not
 * needed, because huge pages (hugetlbfs) belong to files.
 */
#include "mem/vma_mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "util/os.h"
#include "util/reason.h"

#define BUFFER_SIZE 16384

struct reader {
	int fd;
	size_t filled;
	size_t at;
	char buffer[BUFFER_SIZE];
};

/*
 * Returns the next line without its newline, or NULL at the end. A line that does not fit into the
 * buffer loses its beginning.
 */
static char *next_line(struct reader *r)
{
	for (;;) {
		char *line = r->buffer + r->at;
		char *newline = memchr(line, '\n', r->filled - r->at);
		ssize_t got;

		if (newline) {
			*newline = 0;
			r->at = (size_t)(newline - r->buffer) + 1;
			return line;
		}
		memmove(r->buffer, line, r->filled - r->at);
		r->filled -= r->at;
		r->at = 0;
		if (r->filled == BUFFER_SIZE - 1)
			r->filled = 0;
		got = os_read(r->fd, r->buffer + r->filled, BUFFER_SIZE - 1 - r->filled);
		if (got <= 0)
			return NULL;
		r->filled += (size_t)got;
	}
}

/* Returns true if the line is the head line of a mapping. */
static bool parse_head(const char *line, struct mem_mapping *m)
{
	unsigned long long start, end;
	unsigned long inode = 0;
	char flags[5], name[8] = "";

	if (sscanf(line, "%llx-%llx %4s %*s %*s %lu %7s", &start, &end, flags, &inode, name) < 3)
		return false;
	*m = (struct mem_mapping){
		.start = start,
		.end = end,
		.writable = flags[1] == 'w',
		.is_plain = !inode && mem_mapping_is_plain(name),
	};
	return true;
}

/*
 * Returns whether a mapping is memory of a device, such as a BAR, whose pages cannot be pinned
 * [linux check_vma_flags].
 */
static bool is_device_memory(const char *flags)
{
	return strstr(flags, " pf") || strstr(flags, " io");
}

static void parse_detail(const char *line, struct mem_mapping *m)
{
	unsigned long long kb;

	if (sscanf(line, "KernelPageSize: %llu", &kb) == 1)
		m->page_size = kb * 1024;
	else if (!strncmp(line, "VmFlags:", 8) && is_device_memory(line))
		m->writable = false;
}

int mem_vma_look_in(const char *path, struct vaddr start, uint64_t length, struct mem_vma_view *view)
{
	struct reader reader = { .fd = os_open(path, O_RDONLY | O_CLOEXEC, 0) };
	struct mem_mapping mapping = { 0 };
	char *line;
	bool more = true;

	if (reader.fd < 0)
		return REASON(reader.fd, "%s cannot be read", path);
	mem_view_begin(view);
	while (more && (line = next_line(&reader))) {
		struct mem_mapping head;

		if (parse_head(line, &head)) {
			more = mem_mapping_add(&mapping, start.value, length, view);
			mapping = head;
		} else {
			parse_detail(line, &mapping);
		}
	}
	if (more)
		mem_mapping_add(&mapping, start.value, length, view);
	mem_view_end(view);
	os_close(reader.fd);
	return 0;
}

int mem_vma_look(struct vaddr start, uint64_t length, struct mem_vma_view *view)
{
	int r = mem_vma_query(start, length, view);

	if (r)
		r = mem_vma_look_in("/proc/self/maps", start, length, view);
	return r || view->is_plain ? r : mem_vma_look_in("/proc/self/smaps", start, length, view);
}
