/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the calls of other processes on the files of this one. What arrives may be anything, so it
 * is checked before it is used. Descriptors that arrive are moved to high numbers at once, because
 * low ones are the program's.
 */
#include "file/lend_call.h"

#include <errno.h>
#include <string.h>

#include "file/fd_table.h"
#include "file/shape.h"
#include "util/alloc.h"
#include "util/os.h"

/* A number that no descriptor has. */
#define NOT_OPEN INT32_MAX

/* A call that has arrived, with its bytes, which become those of the answer. */
struct arrived {
	struct file_call call;
	size_t size;
	uint64_t bytes[FILE_CALL_SIZE / sizeof(uint64_t)];
	struct own_fd *fds[OS_MESSAGE_FDS];
	unsigned int fd_count;
};

static int fd_of(const struct arrived *arrived, unsigned int i)
{
	return i < arrived->fd_count && arrived->fds[i] ? own_fd_peek(arrived->fds[i]) : NOT_OPEN;
}

/* Finds the file that the process has shown a descriptor of, and takes a reference. */
static int begin(struct loan *loan, struct file_space *space, const struct arrived *arrived)
{
	int fd = fd_of(arrived, 0);
	struct file_node *node = file_space_node_of(space, fd);

	if (loan->file || !node)
		return REASON(-EBADF, "the descriptor is no file of this machine");
	if (node->ops->lend)
		return node->ops->lend(node, &loan->file);
	loan->file = file_space_find_same(space, fd);
	return loan->file ? 0 : REASON(-EPERM, "the process that drives the file has closed it [DIFF-30]");
}

/* Puts our numbers of the descriptors in the place of the sender's. */
static int place_fds(const struct file_shape *shape, struct arrived *arrived)
{
	unsigned int count = shape->fds ? shape->fds(arrived->bytes) : 0;
	int32_t *words = (int32_t *)((char *)arrived->bytes + arrived->size) - count;

	if (count * sizeof(*words) > arrived->size - shape->head)
		return REASON(-EINVAL, "the call has no room for %u descriptors", count);
	for (unsigned int i = 0; i < count; i++)
		words[i] = words[i] < 0 ? -1 : fd_of(arrived, (unsigned int)words[i]);
	return 0;
}

static long make_ioctl(struct file *file, struct arrived *arrived, size_t *written)
{
	unsigned int request = arrived->call.request;
	const struct file_shape *shape = file->ops->shape ? file->ops->shape(request) : NULL;
	long r = shape ? 0 : REASON(-ENOTTY, "the call %#x is not made for another process", request);

	if (!r && file->ops->may_lend)
		r = file->ops->may_lend(file, request);
	if (!r && (arrived->size < shape->head ||
		   arrived->size != shape->head + (shape->tail ? shape->tail(arrived->bytes) : 0)))
		r = REASON(-EFAULT, "the argument cannot be read: %zu bytes have come", arrived->size);
	if (!r)
		r = place_fds(shape, arrived);
	if (r)
		return r;
	if (shape->has_number)
		return file->ops->ioctl(file, request, (void *)(uintptr_t)arrived->call.number);
	memset((char *)arrived->bytes + arrived->size, 0, FILE_CALL_SIZE - arrived->size);
	r = file->ops->ioctl(file, request, arrived->bytes);
	*written = shape->answer ? shape->answer(arrived->bytes, r) : 0;
	return r;
}

static long make_call(struct loan *loan, struct file_space *space, struct arrived *arrived, size_t *written)
{
	const struct file_call *call = &arrived->call;
	struct file *file = loan->file;
	long r = -EINVAL;

	*written = 0;
	if (call->kind == FILE_CALL_BEGIN)
		return begin(loan, space, arrived);
	if (!file)
		return REASON(-EBADF, "no descriptor was shown");
	if (call->kind == FILE_CALL_IOCTL)
		return make_ioctl(file, arrived, written);
	if (call->kind == FILE_CALL_WRITE && file->ops->pwrite)
		return file->ops->pwrite(file, arrived->bytes, arrived->size, call->offset);
	if (call->kind == FILE_CALL_READ && file->ops->pread && call->size <= FILE_CALL_SIZE) {
		r = file->ops->pread(file, arrived->bytes, call->size, call->offset);
		*written = r > 0 ? (size_t)r : 0;
	}
	if (call->kind == FILE_CALL_END) {
		loan->file = NULL;
		file_put(file);
		r = 0;
	}
	return r;
}

static void take_fds(struct file_space *space, struct arrived *arrived, const struct os_message *message)
{
	arrived->fd_count = message->fd_count;
	for (unsigned int i = 0; i < message->fd_count; i++) {
		arrived->fds[i] = NULL;
		if (own_fd_new(message->fds[i], &arrived->fds[i]) == 0 && arrived->call.kind != FILE_CALL_BEGIN)
			file_space_adopt(space, own_fd_peek(arrived->fds[i]));
	}
}

static void drop_fds(struct arrived *arrived)
{
	for (unsigned int i = 0; i < arrived->fd_count; i++) {
		struct file *file = arrived->fds[i] ? fd_table_clear(own_fd_peek(arrived->fds[i])) : NULL;

		if (file)
			file_put(file);
		own_fd_free(arrived->fds[i]);
	}
}

/* Makes the call that has arrived. Returns false if its answer cannot be sent. */
static bool answer(struct loan *loan, struct file_space *space, struct arrived *arrived, int fd)
{
	struct file_answer answer = { 0 };
	struct os_message message = { .fd_count = 0 };
	unsigned int count = reason_count();
	size_t written = 0;

	answer.result = make_call(loan, space, arrived, &written);
	answer.written = written;
	if (answer.result < 0 && reason_count() != count)
		strncpy(answer.reason, reason_last(), sizeof(answer.reason) - 1);
	message.iov[0] = (struct iovec){ &answer, sizeof(answer) };
	message.iov[1] = (struct iovec){ arrived->bytes, written };
	return os_message_send(fd, &message) == (ssize_t)(sizeof(answer) + written);
}

/* Serves what has arrived at the descriptor of the connection. */
static bool serve(struct loan *loan, struct file_space *space, struct arrived *arrived, int fd)
{
	struct os_message message = {
		.iov = {
			{ &arrived->call, sizeof(arrived->call) },
			{ arrived->bytes, sizeof(arrived->bytes) },
		},
	};
	ssize_t size = os_message_receive(fd, &message);
	bool goes_on;

	if (size == -EAGAIN || size == -EINTR)
		return true;
	if (size <= 0)
		return false;
	take_fds(space, arrived, &message);
	arrived->size = (size_t)size - min_u64((uint64_t)size, sizeof(arrived->call));
	goes_on = size >= (ssize_t)sizeof(arrived->call) && answer(loan, space, arrived, fd);
	drop_fds(arrived);
	return goes_on;
}

bool loan_serve(struct loan *loan, struct file_space *space)
{
	struct arrived *arrived = ALLOC(struct arrived);
	int fd = arrived ? own_fd_enter(loan->socket) : -ENOMEM;
	bool goes_on = false;

	if (fd >= 0) {
		goes_on = serve(loan, space, arrived, fd);
		own_fd_leave(loan->socket);
	}
	free(arrived);
	return goes_on;
}
