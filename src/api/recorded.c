/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements recorded.h. */
#include "api/recorded.h"

#include <linux/vfio.h>
#include <string.h>

#include "file/fd_table.h"
#include "spapr-tce/vm.h"
#include "util/rcu.h"
#include "util/user.h"

/* Reads and writes of more bytes than this are data, which a recording does not have. */
#define VALUE_MAX 64

static int copy(void *to, const void *from, size_t size)
{
	return user_read(to, from, size);
}

static bool is_frequent(const struct recording_call *call)
{
	return call && !call->on_device_file &&
	       (call->request == (unsigned int)VFIO_IOMMU_MAP_DMA ||
		call->request == (unsigned int)VFIO_IOMMU_UNMAP_DMA ||
		call->request == (unsigned int)STCE_KVM_HCALL);
}

static bool is_device(int fd)
{
	const struct file *file;
	bool is;

	rcu_read_lock();
	file = fd_table_peek(fd);
	is = file && !strcmp(file->ops->kind, "device");
	rcu_read_unlock();
	return is;
}

long recorded_ioctl(long (*make)(int fd, unsigned long request, void *argument), int fd, unsigned long request,
		    void *argument)
{
	struct recording_record record = { .kind = RECORDING_IOCTL };
	const unsigned int number = recording_call_number(request, is_device(fd));
	const struct recording_call *call = recording_call(number);
	const bool has_bytes = call && call->argument != RECORDING_A_NUMBER;
	long r;

	record.field[RECORDING_FD] = (uint64_t)(int64_t)fd;
	record.field[RECORDING_CALL] = number;
	record.field[RECORDING_REQUEST] = (unsigned int)request;
	if (has_bytes)
		record.field[RECORDING_IN] = recording_call_read(call, argument, record.in, copy);
	else
		record.field[RECORDING_NUMBER] = (uintptr_t)argument;
	r = make(fd, request, argument);
	record.field[RECORDING_RESULT] = (uint64_t)r;
	/* A call writes no more than the size that it read, even if it says then that it would like more. */
	if (has_bytes && call->argument != RECORDING_STRING && call->argument != RECORDING_ATTRIBUTE &&
	    !copy(record.out, argument, record.field[RECORDING_IN]))
		record.field[RECORDING_OUT] = record.field[RECORDING_IN];
	recording_add(&record, is_frequent(call));
	return r;
}

void recorded_open(const char *path, int flags, int result)
{
	struct recording_record record = { .kind = RECORDING_OPEN };
	const size_t size = min_u64(strlen(path), RECORDING_BYTES_MAX - 1);

	record.field[RECORDING_RESULT] = (uint64_t)(int64_t)result;
	record.field[RECORDING_FD] = (uint64_t)(int64_t)result;
	record.field[RECORDING_FLAGS] = (unsigned int)flags;
	record.field[RECORDING_IN] = size + 1;
	memcpy(record.in, path, size);
	recording_add(&record, false);
}

static void fill_transfer(struct recording_record *record, int fd, size_t size, off_t offset, ssize_t result)
{
	record->field[RECORDING_FD] = (uint64_t)(int64_t)fd;
	record->field[RECORDING_RESULT] = (uint64_t)result;
	record->field[RECORDING_LENGTH] = size;
	record->field[RECORDING_OFFSET] = (uint64_t)offset;
}

void recorded_read(int fd, const void *buffer, size_t size, off_t offset, ssize_t result)
{
	struct recording_record record = { .kind = RECORDING_READ };

	fill_transfer(&record, fd, size, offset, result);
	if (result > 0 && result <= VALUE_MAX && !user_read(record.out, buffer, (size_t)result))
		record.field[RECORDING_OUT] = (uint64_t)result;
	recording_add(&record, true);
}

void recorded_write(int fd, const void *buffer, size_t size, off_t offset, ssize_t result)
{
	struct recording_record record = { .kind = RECORDING_WRITE };

	fill_transfer(&record, fd, size, offset, result);
	if (size <= VALUE_MAX && !user_read(record.in, buffer, size))
		record.field[RECORDING_IN] = size;
	recording_add(&record, true);
}

void recorded_mmap(int fd, size_t length, int prot, int flags, off_t offset, const void *mapping, int result)
{
	const struct recording_mapping how = { (uint32_t)prot, (uint32_t)flags };
	struct recording_record record = { .kind = RECORDING_MMAP };

	fill_transfer(&record, fd, length, offset, result);
	record.field[RECORDING_ADDRESS] = (uintptr_t)mapping;
	record.field[RECORDING_IN] = sizeof(how);
	memcpy(record.in, &how, sizeof(how));
	recording_add(&record, false);
}
