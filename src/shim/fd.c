/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that close, duplicate or receive descriptors. The core knows files by number, so it is told
 * of every change to a number of ours: before the kernel closes it, and after the kernel has made
 * it. A child between vfork() and exec changes only its own numbers, so nothing is recorded then.
 *
 * A number that the library holds for itself appears to the program as not open.
 */
#include "shim.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All numbers of ours are below this one, so close_range() looks at no others. */
static _Atomic(int) limit;

void shim_note(int fd)
{
	int seen = atomic_load(&limit);

	while (fd >= seen && !atomic_compare_exchange_weak(&limit, &seen, fd + 1))
		;
}

static void forget(int fd)
{
	shim_enter();
	stce_forget(fd);
	shim_leave();
}

int shim_fresh(int fd)
{
	if (fd >= 0 && stce_is_ours(fd) && !shim_is_vfork_child())
		forget(fd);
	/* The number was one of the library's own, and a raw system call has closed it. */
	if (stce_is_internal(fd) && !shim_is_vfork_child())
		(void)IN_CORE(stce_is_lost(fd));
	return fd;
}

/* Tells by the kernel's name for the file whether it may be ours; stce_adopt() decides. */
static bool may_be_ours(int fd)
{
	char name[32], link[PATH_MAX];
	ssize_t length;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	length = real()->readlinkat(AT_FDCWD, name, link, sizeof(link) - 1);
	if (length <= 0)
		return false;
	link[length] = '\0';
	return strstr(link, "spapr-tce");
}

void shim_arrived(int fd)
{
	struct stce_machine *machine;
	int saved = errno;

	shim_fresh(fd);
	machine = shim_directory() && !shim_is_vfork_child() && may_be_ours(fd) ? shim_machine() : NULL;
	if (machine && IN_CORE(stce_adopt(machine, fd)))
		shim_note(fd);
	errno = saved;
}

/* A child between vfork() and exec has its own table of descriptors, so nothing in it is hidden. */
bool shim_is_hidden(int fd)
{
	return stce_is_internal(fd) && !shim_is_vfork_child() && !IN_CORE(stce_is_lost(fd));
}

int shim_close(int fd)
{
	if (shim_is_hidden(fd))
		return (int)shim_answer(-EBADF);
	if (!stce_is_ours(fd) || shim_is_vfork_child())
		return real()->close(fd);
	return (int)shim_answer(IN_CORE(stce_close(fd)));
}

/*
 * A stream on a hidden number is refused, because fclose() would close it without calling close().
 */
FILE *shim_fdopen(int fd, const char *mode)
{
	if (shim_is_hidden(fd)) {
		errno = EBADF;
		return NULL;
	}
	return real()->fdopen(fd, mode);
}

int shim_fclose(FILE *stream)
{
	int fd = stream ? fileno(stream) : -1;

	/*
	 * libc's fclose() does not call our close(), so buffered data is written while we still
	 * know the file.
	 */
	if (fd >= 0 && stce_is_ours(fd))
		fflush(stream);
	shim_fresh(fd);
	return real()->fclose(stream);
}

static void forget_range(unsigned int first, unsigned int last)
{
	unsigned int end = (unsigned int)atomic_load(&limit);

	if (first >= end || shim_is_vfork_child())
		return;
	for (unsigned int fd = first; fd < end && fd <= last; fd++)
		if (stce_is_ours((int)fd))
			forget((int)fd);
}

int shim_close_range(unsigned int first, unsigned int last, int flags)
{
	/* With any other flag nothing is closed: CLOEXEC only marks, and the rest is refused. */
	if (!(flags & ~CLOSE_RANGE_UNSHARE) && first <= last)
		forget_range(first, last);
	if (shim_is_vfork_child())
		return real()->close_range(first, last, flags);
	return (int)shim_answer(IN_CORE(stce_close_range(first, last, flags)));
}

/* Kernels before 5.9, and filters of system calls, may refuse close_range(2). */
static void close_one_by_one(int first)
{
	DIR *list = real()->opendir("/proc/self/fd");
	struct dirent *entry;

	while (list && (entry = readdir(list)))
		if (entry->d_name[0] != '.' && atoi(entry->d_name) >= first && atoi(entry->d_name) != dirfd(list))
			shim_close(atoi(entry->d_name));
	if (list)
		closedir(list);
}

void shim_closefrom(int first)
{
	int saved = errno;

	if (first < 0)
		first = 0;
	if (shim_is_vfork_child())
		real()->closefrom(first);
	else if (shim_close_range((unsigned int)first, ~0u, 0))
		close_one_by_one(first);
	errno = saved;
}

/* Records that the kernel has made copy a duplicate of fd, and returns copy. */
static int duplicated(int fd, int copy)
{
	if (copy < 0 || copy == fd || (!stce_is_ours(copy) && !stce_is_ours(fd)) || shim_is_vfork_child())
		return copy;
	if (stce_is_ours(copy))
		forget(copy);
	if (stce_is_ours(fd)) {
		shim_enter();
		stce_duplicated(fd, copy);
		shim_leave();
		shim_note(copy);
	}
	return copy;
}

int shim_dup(int fd)
{
	if (shim_is_hidden(fd))
		return (int)shim_answer(-EBADF);
	return duplicated(fd, real()->dup(fd));
}

int shim_dup2(int fd, int copy)
{
	if (shim_is_hidden(fd))
		return (int)shim_answer(-EBADF);
	if (shim_is_hidden(copy))
		return duplicated(fd, (int)shim_answer(IN_CORE(stce_replace(fd, copy, 0))));
	return duplicated(fd, real()->dup2(fd, copy));
}

int shim_dup3(int fd, int copy, int flags)
{
	if (shim_is_hidden(fd))
		return (int)shim_answer(fd == copy ? -EINVAL : -EBADF);
	if (shim_is_hidden(copy))
		return duplicated(fd, (int)shim_answer(IN_CORE(stce_replace(fd, copy, flags))));
	return duplicated(fd, real()->dup3(fd, copy, flags));
}

int shim_fcntl(int fd, int command, void *argument)
{
	int result;

	if (shim_is_hidden(fd))
		return (int)shim_answer(-EBADF);
	result = real()->fcntl(fd, command, argument);

	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
		return duplicated(fd, result);
	return result;
}

/* A message with more ancillary data than this has no room for descriptors in the rest [linux SCM_MAX_FD]. */
#define CONTROL_SIZE 4096

/* The ancillary data of a message. */
struct control {
	struct msghdr message;
	_Alignas(struct cmsghdr) char bytes[CONTROL_SIZE];
};

/* Copies what is in memory, and returns how much that is; all of it is taken to be if the kernel does not tell. */
static size_t copy_in(void *to, const void *from, size_t size)
{
	const struct iovec iov = { (void *)from, size };
	ssize_t r = shim_peek(to, size, &iov, 1);

	if (r >= 0)
		return (size_t)r;
	memcpy(to, from, size);
	return size;
}

static bool read_control(struct control *control, const struct msghdr *message)
{
	struct msghdr *copy = &control->message;

	if (copy_in(copy, message, sizeof(*copy)) != sizeof(*copy) || !copy->msg_control)
		return false;
	if (copy->msg_controllen > CONTROL_SIZE)
		copy->msg_controllen = CONTROL_SIZE;
	copy->msg_controllen = copy_in(control->bytes, copy->msg_control, copy->msg_controllen);
	copy->msg_control = control->bytes;
	return true;
}

/* Tells the core before a descriptor of ours goes to another process. */
static void lend_descriptors(const struct msghdr *message)
{
	struct stce_machine *machine = shim_machine_known();
	struct control control;

	if (!machine || shim_is_vfork_child() || !message || !read_control(&control, message))
		return;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(&control.message); part; part = CMSG_NXTHDR(&control.message, part)) {
		const char *end = control.bytes + control.message.msg_controllen;
		size_t count = part->cmsg_len < CMSG_LEN(0) ? 0 : (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count && (char *)CMSG_DATA(part) + (i + 1) * sizeof(int) <= end; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(part) + i * sizeof(fd), sizeof(fd));
			if (!stce_is_ours(fd))
				continue;
			shim_enter();
			stce_lend(machine, fd);
			shim_leave();
		}
	}
}

ssize_t shim_sendmsg(int fd, const struct msghdr *message, int flags)
{
	lend_descriptors(message);
	return real()->sendmsg(fd, message, flags);
}

int shim_sendmmsg(int fd, struct mmsghdr *list, unsigned int count, int flags)
{
	for (unsigned int i = 0; list && i < count && i < UIO_MAXIOV; i++)
		lend_descriptors((const struct msghdr *)((const char *)list + i * sizeof(*list)));
	return real()->sendmmsg(fd, list, count, flags);
}

static void look_for_descriptors(struct msghdr *message)
{
	struct cmsghdr *part;

	if (!message->msg_control || !message->msg_controllen)
		return;
	for (part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
		size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(part) + i * sizeof(fd), sizeof(fd));
			shim_arrived(fd);
		}
	}
}

ssize_t shim_recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t result = real()->recvmsg(fd, message, flags);

	if (result >= 0)
		look_for_descriptors(message);
	return result;
}

int shim_recvmmsg(int fd, struct mmsghdr *list, unsigned int count, int flags, struct timespec *timeout)
{
	int result = real()->recvmmsg(fd, list, count, flags, timeout);

	for (int i = 0; i < result; i++)
		look_for_descriptors(&list[i].msg_hdr);
	return result;
}

int shim_pidfd_getfd(int pidfd, int fd, unsigned int flags)
{
	int result = real()->pidfd_getfd(pidfd, fd, flags);

	if (result >= 0)
		shim_arrived(result);
	return result;
}
