/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each record is gathered in a buffer and written by one call, at the end of the file wherever that
 * is, so several records never mix. A record that did not fit is cut off again.
 */
#include "net/pcap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "net/port.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/own_fd.h"
#include "util/reason.h"

#define MAGIC_NS  0xa1b23c4du    /* in the byte order of the writer, with nanoseconds */
#define ETHERNET  1u             /* LINKTYPE_ETHERNET */

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, length_max, link_type;
};

struct record {
	uint32_t seconds, nanoseconds, captured, length;
	unsigned char frame[NET_FRAME_SIZE_MAX];
};

struct pcap {
	struct own_fd *fd;
	bool is_full;
	struct record record;
};

static const struct file_header header = {
	.magic = MAGIC_NS, .major = 2, .minor = 4, .length_max = NET_FRAME_SIZE_MAX, .link_type = ETHERNET,
};

/* Opens the file and says how much is in it. O_NONBLOCK keeps a FIFO from making us wait. */
static int open_file(const char *path, uint64_t *size)
{
	int fd = os_open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
	struct file_header there;
	unsigned int mode;
	int r;

	if (fd < 0)
		return fd;
	r = os_fstat(fd, NULL, NULL, size, &mode);
	if (!r && !S_ISREG(mode))
		r = -EINVAL;
	if (!r && *size && (os_pread(fd, &there, sizeof(there), 0) != sizeof(there) ||
			    memcmp(&there, &header, sizeof(header)) != 0))
		r = -EINVAL;
	if (!r)
		return fd;
	os_close(fd);
	return r;
}

int pcap_check(const char *path)
{
	uint64_t size;
	int fd = open_file(path, &size);

	if (fd < 0)
		return fd;
	os_close(fd);
	return 0;
}

int pcap_open(const char *path, struct pcap **out)
{
	struct pcap *pcap = ALLOC(struct pcap);
	uint64_t size = 0;
	int fd = pcap ? open_file(path, &size) : -ENOMEM;
	int r = fd;

	if (fd >= 0 && !size && os_write(fd, &header, sizeof(header)) != sizeof(header)) {
		(void)os_ftruncate(fd, 0);
		os_close(fd);
		r = REASON(-ENOSPC, "%s takes no header of a pcap file", path);
	} else if (fd >= 0) {
		r = own_fd_new(fd, &pcap->fd);
	}
	if (r) {
		free(pcap);
		return r;
	}
	*out = pcap;
	return 0;
}

static void gather(struct record *record, const struct iovec *part, unsigned int parts, uint32_t length)
{
	unsigned char *to = record->frame;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	record->seconds = (uint32_t)now.tv_sec;
	record->nanoseconds = (uint32_t)now.tv_nsec;
	record->captured = record->length = length;
	for (unsigned int i = 0; i < parts; i++) {
		memcpy(to, part[i].iov_base, part[i].iov_len);
		to += part[i].iov_len;
	}
}

/* Removes what was written of a record, so that the file ends with a whole one. (F15) */
static void cut(int fd, ssize_t written)
{
	uint64_t size;

	if (written > 0 && !os_fstat(fd, NULL, NULL, &size, NULL) && size >= (uint64_t)written)
		(void)os_ftruncate(fd, size - (uint64_t)written);
}

void pcap_write(struct pcap *pcap, const struct iovec *part, unsigned int parts, uint32_t length)
{
	size_t size = offsetof(struct record, frame) + length;
	ssize_t r;
	int fd;

	if (pcap->is_full)
		return;
	gather(&pcap->record, part, parts, length);
	fd = own_fd_enter(pcap->fd);
	r = fd < 0 ? fd : os_write(fd, &pcap->record, size);
	if (fd >= 0 && r != (ssize_t)size)
		cut(fd, r);
	if (fd >= 0)
		own_fd_leave(pcap->fd);
	if (r == (ssize_t)size)
		return;
	pcap->is_full = true;
	(void)REASON(r < 0 ? (int)r : -ENOSPC, "the pcap file takes no more frames");
}

void pcap_close(struct pcap *pcap)
{
	if (!pcap)
		return;
	own_fd_free(pcap->fd);
	free(pcap);
}
