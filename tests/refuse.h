/* SPDX-License-Identifier: BSD-2-Clause */
/* Seccomp filters that refuse system calls with an error, as containers and other sandboxes do. */
#ifndef STCE_TESTS_REFUSE_H
#define STCE_TESTS_REFUSE_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/*
 * Refuses one or two calls to the calling thread, and to all threads and programs that it starts, until they
 * end. Returns -errno if filters cannot be used here.
 */
static inline int refuse_calls(unsigned int one, unsigned int other, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, one, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, other, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return -errno;
	return 0;
}

static inline int refuse_call(unsigned int call, int error)
{
	return refuse_calls(call, call, error);
}

static inline int refuse_vm_copies(int error)
{
	return refuse_calls(SYS_process_vm_readv, SYS_process_vm_writev, error);
}

#endif
