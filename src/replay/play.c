/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the call of one record, and compares its answer; ioctl.c has the ioctls. */
#include "replay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* As vfio-pci has it: the region's number is in the upper bits of the offset. */
#define REGION_SHIFT 40
#define TRANSFER_MAX (16 * MIB)

static bool skip(const struct replay *replay)
{
	atomic_fetch_add(&replay->shared->skipped, 1);
	return true;
}

static bool count(const struct replay *replay, const struct recording_record *record, long here)
{
	atomic_fetch_add(&replay->shared->calls, 1);
	return replay_result(replay, record, here);
}

/* A recording may come from anywhere, so it opens no other files. */
static bool may_open(const char *path)
{
	static const char group[] = "/dev/vfio/";

	if (!strcmp(path, "/dev/kvm") || !strcmp(path, "/dev/vfio/vfio"))
		return true;
	return !strncmp(path, group, strlen(group)) && path[strlen(group)] &&
	       !path[strlen(group) + strspn(path + strlen(group), "0123456789")];
}

static bool play_open(struct replay *replay, const struct recording_record *record)
{
	const long recorded = (long)record->field[RECORDING_RESULT];
	const char *path = (const char *)record->in;
	/* The other flags differ between architectures, and mean nothing to these files. */
	const int flags = (int)record->field[RECORDING_FLAGS] & (O_ACCMODE | O_CLOEXEC | O_NONBLOCK);
	int fd;

	if (!memchr(path, '\0', sizeof(record->in)) || !may_open(path))
		return skip(replay);
	fd = open(path, flags);
	if (!count(replay, record, fd < 0 ? -errno : recorded < 0 ? fd : recorded))
		return false;
	if (fd >= 0 && recorded >= 0)
		replay_fd_set((uint64_t)recorded, fd, path, false);
	else if (fd >= 0)
		close(fd);
	return true;
}

static bool play_dup(struct replay *replay, const struct recording_record *record)
{
	const uint64_t recorded = record->field[RECORDING_FD];
	const int fd = dup(replay_fd(recorded));

	if (fd < 0)
		return skip(replay);
	replay_fd_set(record->field[RECORDING_COPY], fd, replay_fd_name(recorded), replay_fd_is_device(recorded));
	return true;
}

static bool play_mmap(struct replay *replay, const struct recording_record *record)
{
	const uint64_t address = record->field[RECORDING_ADDRESS], length = record->field[RECORDING_LENGTH];
	const int fd = replay_fd(record->field[RECORDING_FD]);
	struct recording_mapping how;
	void *here;

	/* Whether a place is free is the program's matter: the player's memory is elsewhere. */
	if (fd < 0 || (long)record->field[RECORDING_RESULT] == -EEXIST)
		return skip(replay);
	memcpy(&how, record->in, sizeof(how));
	here = mmap(NULL, length, (int)how.prot, (int)how.flags & (MAP_SHARED | MAP_PRIVATE), fd,
		    (off_t)record->field[RECORDING_OFFSET]);
	if (!count(replay, record, here == MAP_FAILED ? -errno : 0))
		return false;
	if (here != MAP_FAILED && (record->field[RECORDING_RESULT] || replay_memory_add(address, length, here)))
		munmap(here, length);
	return true;
}

/* Config space is compared, because it does not depend on time as registers do. */
static bool is_config(const struct recording_record *record)
{
	return record->field[RECORDING_OFFSET] >> REGION_SHIFT == VFIO_PCI_CONFIG_REGION_INDEX;
}

/* The buffer that a call gets: none, if the program gave one that is not in memory. */
static void *buffer_for(const struct recording_record *record, void *buffer)
{
	return (long)record->field[RECORDING_RESULT] == -EFAULT ? NULL : buffer;
}

static bool play_read(struct replay *replay, const struct recording_record *record, void *buffer)
{
	const uint64_t fd = record->field[RECORDING_FD], size = record->field[RECORDING_LENGTH];
	const ssize_t here = pread(replay_fd(fd), buffer_for(record, buffer), size,
				   (off_t)record->field[RECORDING_OFFSET]);

	if (!count(replay, record, here < 0 ? -errno : here))
		return false;
	if (!replay_fd_is_device(fd) || is_config(record))
		return replay_bytes(replay, record, record->out, buffer, record->field[RECORDING_OUT]);
	atomic_fetch_add(&replay->shared->accesses, 1);
	if (memcmp(record->out, buffer, record->field[RECORDING_OUT]))
		atomic_fetch_add(&replay->shared->values, 1);
	return true;
}

static bool play_write(struct replay *replay, const struct recording_record *record, void *buffer)
{
	const uint64_t fd = record->field[RECORDING_FD], size = record->field[RECORDING_LENGTH];
	ssize_t here;

	/* Zeros would be another write. */
	if (record->field[RECORDING_IN] < size && buffer_for(record, buffer))
		return skip(replay);
	memcpy(buffer, record->in, record->field[RECORDING_IN]);
	here = pwrite(replay_fd(fd), buffer_for(record, buffer), size, (off_t)record->field[RECORDING_OFFSET]);
	if (replay_fd_is_device(fd) && !is_config(record))
		atomic_fetch_add(&replay->shared->accesses, 1);
	return count(replay, record, here < 0 ? -errno : here);
}

static bool play_transfer(struct replay *replay, const struct recording_record *record)
{
	const uint64_t size = record->field[RECORDING_LENGTH];
	bool is_equal;
	void *buffer;

	if (replay_fd(record->field[RECORDING_FD]) < 0 || size > TRANSFER_MAX)
		return skip(replay);
	/* A value that was kept has room, whatever the length says. */
	buffer = calloc(1, size + RECORDING_BYTES_MAX);
	if (!buffer)
		return skip(replay);
	is_equal = record->kind == RECORDING_READ ? play_read(replay, record, buffer) : play_write(replay, record, buffer);
	free(buffer);
	return is_equal;
}

/*
 * Loads or stores as the program did, in one instruction where there is one of that size. The program may have done
 * so at any address.
 */
static void access_memory(void *at, void *value, uint64_t size, bool is_store)
{
#define ACCESS(type) \
	do { \
		volatile struct __attribute__((packed)) { type word; } *place = at; \
		type word; \
		if (is_store) { \
			memcpy(&word, value, sizeof(word)); \
			place->word = word; \
		} else { \
			word = place->word; \
			memcpy(value, &word, sizeof(word)); \
		} \
	} while (0)
	if (size == 1)
		ACCESS(uint8_t);
	else if (size == 2)
		ACCESS(uint16_t);
	else if (size == 4)
		ACCESS(uint32_t);
	else
		for (uint64_t i = 0; i + 8 <= size; i += 8, at = (char *)at + 8, value = (char *)value + 8)
			ACCESS(uint64_t);
#undef ACCESS
}

static bool play_access(struct replay *replay, const struct recording_record *record)
{
	const bool is_store = record->kind == RECORDING_STORE;
	const uint64_t size = record->field[is_store ? RECORDING_IN : RECORDING_OUT];
	void *at = replay_memory_span(record->field[RECORDING_ADDRESS], size);
	uint8_t value[RECORDING_BYTES_MAX];

	/* What ended in a signal for the program would end in one here. */
	if (!at || record->field[RECORDING_RESULT])
		return skip(replay);
	memcpy(value, is_store ? record->in : record->out, sizeof(value));
	access_memory(at, value, size, is_store);
	atomic_fetch_add(&replay->shared->accesses, 1);
	if (!is_store && memcmp(value, record->out, size))
		atomic_fetch_add(&replay->shared->values, 1);
	return true;
}

/* Puts into memory what a device is about to read. */
static bool play_data(struct replay *replay, const struct recording_record *record)
{
	const uint64_t size = record->field[RECORDING_IN];
	void *at = replay_memory_span(record->field[RECORDING_ADDRESS], size);

	if (!at)
		return skip(replay);
	memcpy(at, record->in, size);
	return true;
}

bool replay_play(struct replay *replay, const struct recording_record *record)
{
	switch (record->kind) {
	case RECORDING_OPEN:
		return play_open(replay, record);
	case RECORDING_CLOSE:
		replay_fd_close(record->field[RECORDING_FD]);
		return true;
	case RECORDING_DUP:
		return play_dup(replay, record);
	case RECORDING_IOCTL:
		return replay_ioctl(replay, record);
	case RECORDING_MMAP:
		return play_mmap(replay, record);
	case RECORDING_UNMAP:
		replay_memory_remove(record->field[RECORDING_ADDRESS], record->field[RECORDING_LENGTH]);
		return true;
	case RECORDING_READ:
	case RECORDING_WRITE:
		return play_transfer(replay, record);
	case RECORDING_LOAD:
	case RECORDING_STORE:
		return play_access(replay, record);
	case RECORDING_DMA_READ:
	case RECORDING_DMA_WRITE:
		atomic_fetch_add(&replay->shared->dma, 1);
		return true;
	case RECORDING_DATA:
		return play_data(replay, record);
	default:
		return true;
	}
}
