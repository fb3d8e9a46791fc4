/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts the system calls in a million calls. A child of one thread puts a seccomp filter on itself
 * that turns every system call but its own end into SIGSYS, and the handler counts. Waking another
 * thread would be a futex, so that a hand-off shows up as well.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "dma/hold.h"
#include "world.h"

#define CALLS 1000000
#define TABLE_ENTRIES (UINT64_C(1) << 14)

struct result {
	_Atomic(uint64_t) count, last;
	_Atomic(bool) is_filtered, is_done;
};

static struct result *result;

static void on_sigsys(int number, siginfo_t *info, void *context)
{
	result->count++;
	result->last = (uint64_t)info->si_syscall;
}

/* Makes every further system call trap, except for those that end the handler and the process. */
static bool filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_COUNT(code), code };
	struct sigaction action = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO | SA_NODEFER };

	return !sigaction(SIGSYS, &action, NULL) && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Makes each call once, so that the count does not include first-time work. */
static void round_of_calls(struct world *w, uint64_t n)
{
	uint64_t ioba = (n & (TABLE_ENTRIES - 1)) * PAGE, ret;
	struct dma_range range = { { ioba }, 8 };
	struct iovec piece;
	struct dma_hold h;

	switch (n % 5) {
	case 0:
		world_hcall(w, STCE_H_PUT_TCE, 1, ioba, GPA | 3, 0, &ret);
		if (!dma_hold(world_pe(w, 0), &(struct dma_request){ &range, 1, TCE_READ, &piece, 1, true }, &h))
			dma_release(&h, 8);
		break;
	case 1:
		world_hcall(w, STCE_H_GET_TCE, 1, ioba, 0, 0, &ret);
		break;
	case 2:
		world_hcall(w, STCE_H_PUT_TCE_INDIRECT, 1, (n & 7) * LIST_MAX * PAGE, GPA, LIST_MAX, &ret);
		break;
	case 3:
		world_hcall(w, STCE_H_STUFF_TCE, 1, (n & 7) * LIST_MAX * PAGE, 0, LIST_MAX, &ret);
		break;
	case 4:
		world_map(w, 1, ioba, w->ram, PAGE);
		world_unmap(w, 1, ioba, PAGE);
		break;
	}
}

static void child(void)
{
	struct world w;

	world_start(&w, TABLE_ENTRIES * PAGE, 1);
	world_list(&w, LIST_MAX);
	world_table(&w, 1, TABLE_ENTRIES, 1);
	for (uint64_t n = 0; n < 5 * TABLE_ENTRIES; n++)
		round_of_calls(&w, n);
	result->is_filtered = filter();
	if (result->is_filtered)
		for (uint64_t n = 0; n < CALLS; n++)
			round_of_calls(&w, n);
	result->is_done = true;
	syscall(SYS_exit_group, 0);
}

void bench_syscalls(void)
{
	pid_t pid;

	bench_section("system calls and hand-offs");
	result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bench_need(result != MAP_FAILED, "no memory");
	fflush(stdout);
	pid = fork();
	if (!pid)
		child();
	bench_need(pid > 0 && waitpid(pid, NULL, 0) == pid, "no child");
	if (!result->is_done || !result->is_filtered)
		bench_say("in 10^6 calls", result->is_done ? "no seccomp filter here: no figure" :
							     "the child died");
	else
		bench_say("put, get, indirect, stuff, MAP, hold: 10^6", "%llu system calls; 0 %s",
			  (unsigned long long)result->count, bench_verdict(!result->count));
	if (result->count)
		bench_say("the last of them", "number %llu", (unsigned long long)result->last);
	munmap(result, sizeof(*result));
}
