/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a recorded ioctl: descriptors and addresses in its argument become those of this player, and in the answer
 * they are not compared.
 */
#include "replay.h"

#include <errno.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "recording/calls.h"
#include "spapr-tce/vm.h"

/* No call writes more than it was given, which may be more than a recording keeps. */
#define ARGUMENT_SIZE 65536u

struct argument {
	const struct recording_call *call;
	_Alignas(8) uint8_t bytes[ARGUMENT_SIZE];
	_Alignas(8) uint8_t expected[RECORDING_BYTES_MAX];
};

static uint64_t get(const uint8_t *from, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, from, size);
	return value;
}

/* Changes a word of the argument, and expects it back. */
static void set(struct argument *argument, size_t at, uint64_t value, size_t size)
{
	memcpy(argument->bytes + at, &value, size);
	memcpy(argument->expected + at, &value, size);
}

/* No program has memory at such an address, on any processor; its lower bits stay, so it is aligned as it was. */
static uint64_t nowhere(uint64_t address)
{
	return address | bit64(63);
}

/*
 * Names memory of the player that the recording has asked for, all of it, or none: a recording may come from anywhere,
 * and a device must not reach what the player has beside that. The program of a call that got EFAULT had none there.
 */
static int move_memory(struct argument *argument, const struct recording_record *record)
{
	const struct recording_call *call = argument->call;
	const uint64_t address = get(record->in + call->memory, 8), size = get(record->in + call->memory_size, 8);
	const long result = (long)record->field[RECORDING_RESULT];
	void *here = NULL;
	int r = 0;

	if (!size)
		return 0;
	if (!result || (result != -EFAULT && size <= GIB))
		r = replay_memory_need(address, size);
	if (result != -EFAULT)
		here = replay_memory_span(address, size);
	set(argument, call->memory, here ? (uintptr_t)here : nowhere(address), 8);
	return result ? 0 : r;
}

static void move_fds(struct argument *argument, const struct recording_record *record)
{
	const struct recording_call *call = argument->call;
	const unsigned int count = recording_call_fds(call, record->in, record->field[RECORDING_IN]);
	const bool are_events = call->request == (unsigned int)VFIO_DEVICE_SET_IRQS && call->on_device_file;

	for (unsigned int i = 0; i < count; i++) {
		const size_t at = call->fds + i * sizeof(int32_t);
		const int32_t recorded = (int32_t)get(record->in + at, sizeof(int32_t));

		if (recorded >= 0)
			set(argument, at, (uint32_t)(are_events ? replay_eventfd((uint32_t)recorded) :
						     replay_fd((uint32_t)recorded)), sizeof(int32_t));
	}
}

static void move_fd(struct argument *argument, size_t at)
{
	const int32_t recorded = (int32_t)get(argument->bytes + at, sizeof(recorded));

	if (recorded >= 0)
		set(argument, at, (uint32_t)replay_fd((uint32_t)recorded), sizeof(recorded));
}

/* What the attribute's address points to follows the structure, unless nothing was there. */
static void move_attribute(struct argument *argument, const struct recording_record *record)
{
	const size_t value = sizeof(struct kvm_device_attr);
	const bool has_value = record->field[RECORDING_IN] > value;
	struct kvm_device_attr attribute;

	memcpy(&attribute, argument->bytes, sizeof(attribute));
	set(argument, offsetof(struct kvm_device_attr, addr), has_value ? (uintptr_t)argument->bytes + value : 0, 8);
	if (!has_value)
		return;
	if (attribute.group == KVM_DEV_VFIO_GROUP) {
		move_fd(argument, value);
		if (attribute.attr == KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE)
			move_fd(argument, value + offsetof(struct kvm_vfio_spapr_tce, tablefd));
	} else {
		move_fd(argument, value + offsetof(struct stce_spapr_tce_iommu_linkage, fd));
	}
}

/*
 * Fills in the argument. What was not kept of it is 0, and so an address of which only a part was kept is moved too.
 * -errno: the memory cannot be had.
 */
static int prepare(struct argument *argument, const struct recording_record *record)
{
	const struct recording_call *call = argument->call;

	memset(argument->bytes, 0, sizeof(argument->bytes));
	memcpy(argument->bytes, record->in, sizeof(record->in));
	memcpy(argument->expected, record->out, sizeof(record->out));
	if (call->fds || call->is_fd)
		move_fds(argument, record);
	if (call->argument == RECORDING_ATTRIBUTE)
		move_attribute(argument, record);
	return call->memory ? move_memory(argument, record) : 0;
}

/* Features whose data are neither an address nor a descriptor, or of which only the presence is asked. */
static bool is_plain_feature(uint32_t flags)
{
	static const uint32_t features[] = {
		VFIO_DEVICE_FEATURE_PCI_VF_TOKEN, VFIO_DEVICE_FEATURE_MIGRATION, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
		VFIO_DEVICE_FEATURE_LOW_POWER_EXIT,
	};

	for (size_t i = 0; i < ARRAY_COUNT(features); i++)
		if ((flags & VFIO_DEVICE_FEATURE_MASK) == features[i])
			return true;
	return flags & VFIO_DEVICE_FEATURE_PROBE;
}

/*
 * Tells whether the call can be made. It must not read and write behind our bytes, which no recorded one does; it must
 * not have an address that no row tells of; and of descriptors each must have been kept.
 */
static bool may_make(const struct argument *argument)
{
	const struct recording_call *call = argument->call;
	const uint64_t size = get(argument->bytes, sizeof(uint32_t));
	const uint32_t flags = (uint32_t)get(argument->bytes + sizeof(uint32_t), sizeof(flags));

	if (call->argument != RECORDING_ARGSZ)
		return true;
	if (size > ARGUMENT_SIZE || (call->fds && size > RECORDING_BYTES_MAX))
		return false;
	if (call->request == (unsigned int)VFIO_DEVICE_FEATURE && call->on_device_file)
		return is_plain_feature(flags);
	return call->request != (unsigned int)VFIO_IOMMU_UNMAP_DMA || !(flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP);
}

static void *pointer(struct argument *argument, const struct recording_record *record)
{
	if (argument->call->argument == RECORDING_A_NUMBER || argument->call->argument == RECORDING_NO_ARGUMENT)
		return (void *)(uintptr_t)record->field[RECORDING_NUMBER];
	/* The program gave an address where nothing was. */
	return record->field[RECORDING_IN] ? argument->bytes : NULL;
}

/* Whether the argument of the call that succeeded has a new descriptor. KVM may only be asked whether it would make one. */
static bool has_made_fd(const struct argument *argument)
{
	struct kvm_create_device device;

	if (argument->call->request != (unsigned int)KVM_CREATE_DEVICE)
		return argument->call->made_fd;
	memcpy(&device, argument->bytes, sizeof(device));
	return !(device.flags & KVM_CREATE_DEVICE_TEST);
}

/* Gives the descriptor that a call has made the recorded number. */
static void keep_fd(const struct argument *argument, const struct recording_record *record, long here)
{
	const struct recording_call *call = argument->call;
	const bool is_device = call->request == (unsigned int)VFIO_GROUP_GET_DEVICE_FD;
	const bool was_made = (long)record->field[RECORDING_RESULT] >= 0;

	if (call->makes_fd && here >= 0 && !was_made)
		close((int)here);
	else if (call->makes_fd && here >= 0)
		replay_fd_set(record->field[RECORDING_RESULT], (int)here,
			      is_device ? (const char *)argument->bytes : call->name, is_device);
	if (has_made_fd(argument) && !here && !record->field[RECORDING_RESULT])
		replay_fd_set(get(record->out + call->made_fd, 4), (int)get(argument->bytes + call->made_fd, 4), call->name,
			      false);
}

static bool is_equal(const struct replay *replay, struct argument *argument, const struct recording_record *record,
		     long here)
{
	const struct recording_call *call = argument->call;
	const long recorded = (long)record->field[RECORDING_RESULT];

	/* Any descriptor is as good as any other. */
	if (!replay_result(replay, record, call->makes_fd && here >= 0 && recorded >= 0 ? recorded : here))
		return false;
	keep_fd(argument, record, here);
	if ((recorded < 0) != (here < 0))
		return true;
	if (has_made_fd(argument))
		memcpy(argument->expected + call->made_fd, argument->bytes + call->made_fd, 4);
	return call->argument == RECORDING_ATTRIBUTE ||
	       replay_bytes(replay, record, argument->expected, argument->bytes, record->field[RECORDING_OUT]);
}

/* Returns the row of the call, or NULL. A device has other calls under the numbers of a container. */
static const struct recording_call *call_of(const struct recording_record *record)
{
	const struct recording_call *call = recording_call(record->field[RECORDING_CALL]);

	return call && call->on_device_file == replay_fd_is_device(record->field[RECORDING_FD]) ? call : NULL;
}

bool replay_ioctl(struct replay *replay, const struct recording_record *record)
{
	static struct argument argument;
	const int fd = replay_fd(record->field[RECORDING_FD]);
	long here;

	argument.call = call_of(record);
	if (fd < 0 || !argument.call) {
		atomic_fetch_add(&replay->shared->skipped, 1);
		return true;
	}
	here = prepare(&argument, record);
	if (here) {
		replay_complain("record %llu: its memory cannot be had here: %s", (unsigned long long)record->number,
				strerror((int)-here));
		atomic_store(&replay->shared->status, EXIT_REPLAY);
		return false;
	}
	if (!may_make(&argument)) {
		atomic_fetch_add(&replay->shared->skipped, 1);
		return true;
	}
	here = ioctl(fd, argument.call->request, pointer(&argument, record));
	atomic_fetch_add(&replay->shared->calls, 1);
	return is_equal(replay, &argument, record, here < 0 ? -errno : here);
}
