/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements borrow.h. The connection is made at the first call, with a descriptor that the program
 * has of the file; it is made again if the program has closed it behind our back. A call whose
 * answer does not come is not made again, because the other process may have made it.
 */
#include "file/borrow.h"

#include <errno.h>

#include "file/fd_table.h"
#include "file/lend.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/user.h"

/* So often a waiting call looks whether the other process lives. */
#define LOOK_MS 200
/* A file that is closed waits for so many looks at most. */
#define END_LOOKS 10
/* A connection is tried for so long while many others wait. */
#define CONNECT_TRIES 1000
#define CONNECT_US    1000

/* A call with what it sends and what it gets. */
struct exchange {
	struct file_call call;
	struct os_message sent;
	struct file_answer answer;
	void *bytes;                    /* room for the answer's */
	size_t room;
	unsigned int looks;             /* give up after so many, unless it is 0 */
};

static void disconnect_locked(struct file_borrow *borrow)
{
	own_fd_free(borrow->socket);
	borrow->socket = NULL;
	borrow->is_broken = false;
}

/* Receives the answer. -EAGAIN: there is none yet. */
static ssize_t receive(struct own_fd *socket, struct exchange *exchange)
{
	struct os_message message = {
		.iov = {
			{ &exchange->answer, sizeof(exchange->answer) },
			{ exchange->bytes, exchange->room },
		},
	};
	int fd = own_fd_enter(socket);
	ssize_t r;

	if (fd < 0)
		return fd;
	r = os_message_receive(fd, &message);
	own_fd_leave(socket);
	for (unsigned int i = 0; r >= 0 && i < message.fd_count; i++)
		os_close(message.fds[i]);
	return r;
}

static ssize_t wait_for_answer(const struct file_borrow *borrow, struct exchange *exchange)
{
	for (unsigned int looks = 1;; looks++) {
		ssize_t r = receive(borrow->socket, exchange);
		int fd;

		if (r != -EAGAIN && r != -EINTR)
			return r;
		fd = own_fd_peek(borrow->socket);
		if (fd < 0)
			return fd;
		if (os_wait_readable(&fd, 1, LOOK_MS) == -ETIMEDOUT &&
		    (looks == exchange->looks || !life_is(borrow->life, borrow->lender)))
			return -EPIPE;
	}
}

static int send_call(struct own_fd *socket, struct exchange *exchange)
{
	int fd = own_fd_enter(socket);
	ssize_t r;

	if (fd < 0)
		return fd;
	exchange->sent.iov[0] = (struct iovec){ &exchange->call, sizeof(exchange->call) };
	r = os_message_send(fd, &exchange->sent);
	own_fd_leave(socket);
	return r < 0 ? (int)r : 0;
}

/* Has the call made. After -EPERM without an answer the connection is broken, and the next call makes another. */
static long exchange_locked(struct file_borrow *borrow, struct exchange *exchange)
{
	ssize_t r = send_call(borrow->socket, exchange);
	uint64_t written = 0;

	if (!r)
		r = wait_for_answer(borrow, exchange);
	if (r >= (ssize_t)sizeof(exchange->answer))
		written = (uint64_t)r - sizeof(exchange->answer);
	if (r < (ssize_t)sizeof(exchange->answer) || written != exchange->answer.written) {
		borrow->is_broken = true;
		return REASON(-EPERM, "the process that drives the file has ended [DIFF-30]");
	}
	exchange->answer.reason[sizeof(exchange->answer.reason) - 1] = '\0';
	if (exchange->answer.result < 0 && exchange->answer.reason[0])
		return REASON((int)exchange->answer.result, "%s", exchange->answer.reason);
	return exchange->answer.result;
}

static int connect_to(struct os_socket_name name)
{
	int fd = -EAGAIN;

	for (unsigned int i = 0; i < CONNECT_TRIES && fd == -EAGAIN; i++) {
		fd = os_socket_connect(name);
		if (fd == -EAGAIN)
			os_sleep_us(CONNECT_US);
	}
	return fd;
}

/*
 * In a run that is open to all users another one can write a name into a record. Such a user must not
 * answer for our files.
 */
static bool is_trusted(int fd)
{
	unsigned int uid;

	return !os_socket_peer(fd, &uid) && (!uid || uid == os_user());
}

static int connect_to_trusted(struct os_socket_name name)
{
	int fd = connect_to(name);

	if (fd < 0 || is_trusted(fd))
		return fd;
	os_close(fd);
	return -EACCES;
}

/* The file is closed. Lets the other process know, and waits until it has dropped the file. */
static void end(struct file_borrow *borrow)
{
	struct exchange exchange = { .call.kind = FILE_CALL_END, .looks = END_LOOKS };

	if (borrow->socket && !lend_is_serving())
		exchange_locked(borrow, &exchange);
	disconnect_locked(borrow);
}

static int begin_locked(struct file *file, struct file_record *record, const struct life *life, int fd)
{
	struct exchange exchange = { .call.kind = FILE_CALL_BEGIN };
	struct file_borrow *borrow = &file->borrow;
	struct os_socket_name name;
	int r;

	if (borrow->socket && (borrow->is_broken || own_fd_is_lost(borrow->socket)))
		disconnect_locked(borrow);
	if (borrow->socket)
		return 0;
	borrow->life = life;
	borrow->end = end;
	if (!file_record_is_foreign(record, life))
		return REASON(-EPERM, "the process that drove the %s has ended [DIFF-30]", file->ops->kind);
	if (lend_is_serving() || !file_record_lender(record, life, &borrow->lender, &name))
		return REASON(-EPERM, "another process drives the %s, and does not lend it [DIFF-30]", file->ops->kind);
	r = own_fd_new(connect_to_trusted(name), &borrow->socket);
	if (r == -EACCES)
		return REASON(-EPERM, "another user answers for the %s [DIFF-30]", file->ops->kind);
	if (r)
		return REASON(-EPERM, "the process that drives the %s cannot be reached [DIFF-30]", file->ops->kind);
	exchange.sent.fds[0] = fd >= 0 ? fd : fd_table_number(file);
	exchange.sent.fd_count = 1;
	r = (int)exchange_locked(borrow, &exchange);
	if (r)
		disconnect_locked(borrow);
	return r;
}

int borrow_begin(struct file *file, struct file_record *record, const struct life *life, int fd)
{
	int r;

	pthread_mutex_lock(&file->borrow.lock);
	r = begin_locked(file, record, life, fd);
	pthread_mutex_unlock(&file->borrow.lock);
	return r;
}

static long have_made(struct file *file, struct exchange *exchange)
{
	const struct life *life = container_of(file->list, struct file_space, files)->life;
	long r;

	pthread_mutex_lock(&file->borrow.lock);
	r = begin_locked(file, file->record, life, -1);
	if (!r)
		r = exchange_locked(&file->borrow, exchange);
	pthread_mutex_unlock(&file->borrow.lock);
	return r;
}

/* Copies the argument, and moves its descriptors into the message: a word becomes their index there. */
static int send_argument(const struct file_shape *shape, struct exchange *exchange, const void *argument)
{
	char *bytes = exchange->bytes;
	size_t size = shape->head, tail;
	unsigned int count;
	int32_t *words;

	/* What cannot be read is left out, and is refused by the process that makes the call. */
	if (user_read(bytes, argument, size))
		return 0;
	exchange->sent.iov[1] = (struct iovec){ bytes, size };
	tail = shape->tail ? shape->tail(bytes) : 0;
	if (user_read(bytes + size, (const char *)argument + size, tail))
		return 0;
	size += tail;
	count = shape->fds ? shape->fds(bytes) : 0;
	if (count > OS_MESSAGE_FDS)
		return REASON(-EINVAL, "%u descriptors are more than another process can be sent", count);
	words = (int32_t *)(bytes + size) - count;
	for (unsigned int i = 0; i < count; i++) {
		bool is_open = words[i] >= 0 && !own_fd_has(words[i]) && os_fd_is_open(words[i]);

		if (is_open)
			exchange->sent.fds[exchange->sent.fd_count] = words[i];
		if (words[i] >= 0)
			words[i] = is_open ? (int32_t)exchange->sent.fd_count++ : INT32_MAX;
	}
	exchange->sent.iov[1] = (struct iovec){ bytes, size };
	return 0;
}

static struct exchange *new_exchange(enum file_call_kind kind)
{
	struct exchange *exchange = alloc_zero(1, sizeof(*exchange) + FILE_CALL_SIZE);

	if (!exchange)
		return NULL;
	exchange->call.kind = kind;
	exchange->bytes = exchange + 1;
	exchange->room = FILE_CALL_SIZE;
	return exchange;
}

long borrow_ioctl(struct file *file, const struct file_shape *shape, void *argument)
{
	struct exchange *exchange = new_exchange(FILE_CALL_IOCTL);
	long r;

	if (!exchange)
		return -ENOMEM;
	exchange->call.request = shape->request;
	exchange->call.number = shape->has_number ? (uintptr_t)argument : 0;
	r = shape->head ? send_argument(shape, exchange, argument) : 0;
	if (!r)
		r = have_made(file, exchange);
	if (exchange->answer.written && user_write(argument, exchange->bytes, exchange->answer.written))
		r = REASON(-EFAULT, "the answer cannot be written");
	free(exchange);
	return r;
}

/* Moves at most FILE_CALL_SIZE bytes. */
static ssize_t move(struct file *file, struct exchange *exchange, void *program, size_t size)
{
	bool is_write = exchange->call.kind == FILE_CALL_WRITE;
	ssize_t r;

	if (is_write && user_read(exchange->bytes, program, size))
		return REASON(-EFAULT, "%p cannot be read", program);
	exchange->call.size = size;
	exchange->sent.iov[1] = (struct iovec){ exchange->bytes, is_write ? size : 0 };
	r = have_made(file, exchange);
	if (r > 0 && !is_write && user_write(program, exchange->bytes, exchange->answer.written))
		return REASON(-EFAULT, "%p cannot be written", program);
	return r;
}

static ssize_t move_all(struct file *file, enum file_call_kind kind, void *program, size_t size, uint64_t offset)
{
	struct exchange *exchange = new_exchange(kind);
	size_t done = 0, step;
	ssize_t r;

	if (!exchange)
		return -ENOMEM;
	do {
		step = min_u64(size - done, FILE_CALL_SIZE);
		exchange->call.offset = offset + done;
		r = move(file, exchange, (char *)program + done, step);
		done += r > 0 ? (size_t)r : 0;
	} while (r == (ssize_t)step && done < size);
	free(exchange);
	return r < 0 ? r : (ssize_t)done;
}

ssize_t borrow_read(struct file *file, void *buffer, size_t size, uint64_t offset)
{
	return move_all(file, FILE_CALL_READ, buffer, size, offset);
}

ssize_t borrow_write(struct file *file, const void *buffer, size_t size, uint64_t offset)
{
	return move_all(file, FILE_CALL_WRITE, (void *)buffer, size, offset);
}

ssize_t borrow_access(struct file *file, void *bytes, size_t size, uint64_t offset, bool is_write)
{
	struct exchange exchange = {
		.call = { .kind = is_write ? FILE_CALL_WRITE : FILE_CALL_READ, .offset = offset, .size = size },
		.bytes = bytes,
		.room = is_write ? 0 : size,
	};
	ssize_t r;

	exchange.sent.iov[1] = (struct iovec){ bytes, is_write ? size : 0 };
	pthread_mutex_lock(&file->borrow.lock);
	r = file->borrow.socket && !file->borrow.is_broken ? exchange_locked(&file->borrow, &exchange) :
		REASON(-EPERM, "the connection to the process that drives the file is lost [DIFF-30]");
	pthread_mutex_unlock(&file->borrow.lock);
	return r;
}
