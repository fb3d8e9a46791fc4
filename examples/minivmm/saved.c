/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saves a guest in a file and restores it. SIGUSR1 starts saving: the library's stream is written
 * while the guest runs, pass by pass; then the vCPU stops, and the rest follows. The file holds a
 * header in this host's own layout, the stream, and memory.
 */
#include "minivmm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MAGIC      "minivmm2"
#define REG_SIZE   16
#define REGS_MAX   128
#define CHUNK_SIZE 65536u
#define PASSES_MAX 8
/* A pass of fewer bytes is the last. */
#define PASS_SMALL 4096

/* The numbers by which the stream names memory and files. */
#define MEMORY_ID 1
#define FILE_ID   1

struct header {
	char magic[8];
	uint64_t memory, memory_max;
	struct lmb lmb[LMB_COUNT_MAX];
	struct kvm_ppc_mmuv3_cfg mmu;
	struct kvm_regs regs;
	uint8_t reg[REGS_MAX][REG_SIZE];
	bool has_reg[REGS_MAX];
	uint64_t source[PCI_MSI_COUNT];
	unsigned int msi_count;
};

/* The registers besides the vector registers. VPAs follow the address that they belong to. */
static const uint64_t single_regs[] = {
	KVM_REG_PPC_DAR, KVM_REG_PPC_DSISR, KVM_REG_PPC_DSCR, KVM_REG_PPC_AMR, KVM_REG_PPC_UAMOR,
	KVM_REG_PPC_IAMR, KVM_REG_PPC_FSCR, KVM_REG_PPC_PSPB, KVM_REG_PPC_EBBHR, KVM_REG_PPC_EBBRR,
	KVM_REG_PPC_BESCR, KVM_REG_PPC_TAR, KVM_REG_PPC_PPR, KVM_REG_PPC_PID,
	KVM_REG_PPC_TIDR, KVM_REG_PPC_PSSCR, KVM_REG_PPC_FPSCR, KVM_REG_PPC_VSCR, KVM_REG_PPC_VRSAVE,
	KVM_REG_PPC_LPCR_64, KVM_REG_PPC_TB_OFFSET, KVM_REG_PPC_DEC_EXPIRY,
	KVM_REG_PPC_VPA_ADDR, KVM_REG_PPC_VPA_SLB, KVM_REG_PPC_VPA_DTL, KVM_REG_PPC_ICP_STATE,
};
#define SINGLE_REGS (sizeof(single_regs) / sizeof(single_regs[0]))
#define VECTORS     32u

static uint64_t reg_id(unsigned int n)
{
	if (n < VECTORS)
		return KVM_REG_PPC_VSR(n);
	if (n < 2 * VECTORS)
		return KVM_REG_PPC_VR(n - VECTORS);
	return single_regs[n - 2 * VECTORS];
}

static void write_all(int fd, const void *bytes, size_t size)
{
	check("the file", stce_state_write_fd(&fd, bytes, size));
}

static void read_all(int fd, void *bytes, size_t size)
{
	ssize_t n;

	for (char *at = bytes; size; at += n, size -= (size_t)n) {
		n = read(fd, at, size);
		if (n <= 0)
			fail("the saved guest is incomplete");
	}
}

static struct stce_state *state_new(struct minivmm *v)
{
	struct stce_state *state;

	check("state", stce_state_new(v->vm, &state));
	check("state", stce_state_add_memory(state, MEMORY_ID, v->ram, v->options.memory_max));
	check("state", stce_state_add_file(state, FILE_ID, v->container));
	check("state", stce_state_add_file(state, FILE_ID, v->group));
	check("state", stce_state_add_file(state, FILE_ID, v->pci.device));
	buses_add_to_state(v, state, FILE_ID + 1);
	return state;
}

static bool is_zero(const char *bytes)
{
	return !*bytes && !memcmp(bytes, bytes + 1, CHUNK_SIZE - 1);
}

/*
 * Writes the chunks that are not zero, each behind its address; an address past the end of memory
 * ends the list.
 */
static void save_memory(struct minivmm *v, int fd)
{
	uint64_t at = 0;

	for (; at < v->options.memory_max; at += CHUNK_SIZE) {
		if (is_zero(v->ram + at))
			continue;
		write_all(fd, &at, sizeof(at));
		write_all(fd, v->ram + at, CHUNK_SIZE);
	}
	write_all(fd, &at, sizeof(at));
}

static void restore_memory(struct minivmm *v, int fd)
{
	uint64_t at;

	for (read_all(fd, &at, sizeof(at)); at < v->options.memory_max; read_all(fd, &at, sizeof(at)))
		read_all(fd, v->ram + at, CHUNK_SIZE);
}

static void save_vcpu(struct minivmm *v, struct header *h)
{
	h->mmu = v->mmu;
	check_errno("registers", ioctl(v->vcpu, KVM_GET_REGS, &h->regs));
	for (unsigned int n = 0; n < 2 * VECTORS + SINGLE_REGS; n++) {
		struct kvm_one_reg reg = { .id = reg_id(n), .addr = (uintptr_t)h->reg[n] };

		/* A processor may lack some of them. */
		h->has_reg[n] = !ioctl(v->vcpu, KVM_GET_ONE_REG, &reg);
	}
}

static void restore_vcpu(struct minivmm *v, struct header *h)
{
	v->mmu = h->mmu;
	if (v->mmu.process_table)
		check_errno("process table", ioctl(v->kvm_vm, KVM_PPC_CONFIGURE_V3_MMU, &v->mmu));
	check_errno("registers", ioctl(v->vcpu, KVM_SET_REGS, &h->regs));
	for (unsigned int n = 0; n < 2 * VECTORS + SINGLE_REGS; n++) {
		struct kvm_one_reg reg = { .id = reg_id(n), .addr = (uintptr_t)h->reg[n] };

		if (h->has_reg[n] && ioctl(v->vcpu, KVM_SET_ONE_REG, &reg))
			fail("register %#llx cannot be restored: %s", (unsigned long long)reg.id, strerror(errno));
	}
}

static void save_rest(struct minivmm *v, int fd)
{
	struct header h = { .magic = MAGIC, .memory = v->options.memory, .memory_max = v->options.memory_max };

	save_memory(v, fd);
	save_vcpu(v, &h);
	memcpy(h.lmb, v->lmb, sizeof(h.lmb));
	xics_save(v, h.source);
	h.msi_count = v->pci.msi_count;
	if (pwrite(fd, &h, sizeof(h), 0) != sizeof(h))
		fail("the file cannot be written: %s", strerror(errno));
}

/* Waits for SIGUSR1 and writes the passes while the guest runs, then stops the vCPU. */
static void *save_passes(void *context)
{
	struct minivmm *v = context;
	struct saving *s = &v->saving;
	sigset_t signals;
	long bytes = PASS_SMALL;
	int signal;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	check("signal", -sigwait(&signals, &signal));
	s->fd = check_errno(v->options.save, open(v->options.save, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
	check_errno(v->options.save, (int)lseek(s->fd, sizeof(struct header), SEEK_SET));
	s->state = state_new(v);
	check("save", stce_state_save_begin(s->state, stce_state_write_fd, &s->fd));
	for (unsigned int pass = 1; bytes >= PASS_SMALL && pass <= PASSES_MAX; pass++) {
		bytes = stce_state_save_pass(s->state);
		check("pass", bytes);
		printf("minivmm: pass %u: %ld bytes\n", pass, bytes);
	}
	vcpu_stop(v);
	return NULL;
}

void saved_prepare(struct minivmm *v)
{
	sigset_t signals;
	pthread_t thread;

	if (!v->options.save)
		return;
	/* Block the signal, so that only the thread that waits for it gets it. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	check("signal", -pthread_sigmask(SIG_BLOCK, &signals, NULL));
	check("thread", -pthread_create(&thread, NULL, save_passes, v));
	pthread_detach(thread);
}

void saved_finish(struct minivmm *v)
{
	struct saving *s = &v->saving;

	/* The end of the save lets the function finish its commands, which raises interrupts. */
	check("save", stce_state_save_end(s->state));
	pci_stop_interrupts(v);
	printf("minivmm: the stream has %lld bytes\n", (long long)lseek(s->fd, 0, SEEK_CUR) -
	       (long long)sizeof(struct header));
	save_rest(v, s->fd);
	printf("minivmm: saved in %lld KiB\n", (long long)lseek(s->fd, 0, SEEK_END) >> 10);
	stce_state_free(s->state);
	close(s->fd);
}

static struct header read_header(int fd)
{
	struct header h;

	read_all(fd, &h, sizeof(h));
	if (memcmp(h.magic, MAGIC, sizeof(h.magic)))
		fail("the file is not a saved guest");
	return h;
}

void saved_size(struct minivmm *v)
{
	int fd = check_errno(v->options.restore, open(v->options.restore, O_RDONLY | O_CLOEXEC));
	struct header h = read_header(fd);

	v->options.memory = h.memory;
	v->options.memory_max = h.memory_max;
	close(fd);
}

void saved_restore(struct minivmm *v)
{
	int fd = check_errno(v->options.restore, open(v->options.restore, O_RDONLY | O_CLOEXEC));
	struct header h = read_header(fd);
	struct stce_state *state = state_new(v);

	memcpy(v->lmb, h.lmb, sizeof(v->lmb));
	host_add_memory(v, 0, v->options.memory);
	for (unsigned int n = 0; n < lmb_count(v); n++)
		if (v->lmb[n].is_present)
			host_add_memory(v, lmb_address(v, n), LMB_SIZE);
	/* Restore the controller before the function, which may raise interrupts at once. */
	xics_restore(v, h.source);
	if (h.msi_count)
		check("vectors", pci_set_vectors(v, h.msi_count));
	v->pci.msi_count = h.msi_count;
	check("restore", stce_state_restore(state, stce_state_read_fd, &fd));
	stce_state_free(state);
	restore_memory(v, fd);
	restore_vcpu(v, &h);
	close(fd);
	printf("minivmm: restored\n");
}
