/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VMM in a few files: one vCPU of KVM-HV, memory, a console, an interrupt
 * controller, and one PCI function of the library's behind its firmware. All
 * state is in struct minivmm; each file below owns the part that it names.
 *
 * The vCPU's thread runs everything but the passes of a guest that is being
 * saved (saved.c).
 */
#ifndef MINIVMM_H
#define MINIVMM_H

#include <linux/kvm.h>
#include <pthread.h>
#include <spapr-tce.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
/* Memory comes and goes in blocks of this size [LoPAR "LMB"]. */
#define LMB_SIZE      (256 * MIB)
#define LMB_COUNT_MAX 64

/* The only PCI function: its bus address, its interrupts, and where the bus has its memory. */
#define PCI_DEVFN        (1 << 3)
#define PCI_MSI_COUNT    16
#define PCI_WINDOW       UINT64_C(0x200080000000)     /* guest address of bus address PCI_WINDOW_BUS */
#define PCI_WINDOW_BUS   UINT64_C(0x80000000)
#define PCI_WINDOW_SIZE  GIB

#define XICS_MSI_BASE    0x1000
#define CONSOLE_UNIT     0x71000000

/* Codes of hypercalls beyond the library's [PAPR]. */
#define H_FUNCTION (-2)
#define H_P2       (-55)

struct options {
	const char *kernel, *initrd, *append, *report;
	const char *image;           /* in the kernel's place: a program for the bare machine */
	const char *disk;            /* a file: NVMe namespace 1 */
	const char *properties;      /* more of the function's, or NULL */
	uint64_t memory;             /* bytes at the start */
	uint64_t memory_max;         /* with what can be added */
	uint64_t block;              /* where a block of that is from the start; 0: nowhere */
	bool no_ddw;                 /* the firmware offers none */
	const char *save;            /* where SIGUSR1 saves the guest to */
	const char *restore;         /* a saved guest, which goes on */
};

/* Where the guest finds what it starts with. */
struct boot {
	uint64_t entry;
	uint64_t initrd, initrd_end;
	uint64_t tree;
	uint64_t rtas, rtas_size;
};

struct pci {
	int device;                          /* of VFIO */
	uint64_t config_offset, bar_offset;  /* of its regions in that file */
	uint64_t bar_size;
	unsigned int msi_max, msi_count;     /* can have, has now */
	int eventfd[PCI_MSI_COUNT];
};

/* A guest on its way into a file. */
struct saving {
	int fd;
	struct stce_state *state;
};

/* A block of memory that can be added. */
struct lmb {
	bool is_usable;                      /* the guest asked for it */
	bool is_present;                     /* KVM, the library and VFIO know it */
	unsigned int step;                   /* of ibm,configure-connector */
};

struct minivmm {
	struct options options;
	char *ram;                           /* memory_max bytes at guest address 0 */
	struct boot boot;
	struct stce_machine *machine;
	struct stce_vm *vm;
	struct stce_phb *phb;
	struct stce_phb_config phb_config;
	int container, group;
	int kvm, kvm_vm, vcpu, xics;
	struct kvm_run *run;
	pthread_t vcpu_thread;
	struct kvm_ppc_mmuv3_cfg mmu;        /* as the guest set it; 0: not yet */
	_Atomic(bool) is_stopped;            /* to be saved */
	struct saving saving;
	struct pci pci;
	struct lmb lmb[LMB_COUNT_MAX];
	uint64_t written_high;               /* bytes that the function has written to added memory */
	bool is_off;
};

/* main.c */
/* A result below 0 ends the program, with the library's reason. */
void check(const char *what, long result);
/* The same for system calls. */
int check_errno(const char *what, int result);
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

/* host.c: the machine of the library, its group and its bridge. */
void host_new(struct minivmm *v);
void host_report(const struct minivmm *v);
void host_free(struct minivmm *v);
/* Guest memory at [gpa, gpa + size) exists from now on: for KVM, the library, and its function. */
void host_add_memory(struct minivmm *v, uint64_t gpa, uint64_t size);

/* boot.c: the kernel and its initramfs, or the image, and the RTAS stub in memory; boot says where. */
void boot_load(struct minivmm *v);
/* tree.c: the device tree at v->boot.tree. */
void tree_write(struct minivmm *v);

/* vcpu.c */
void vcpu_new(struct minivmm *v);
/* At boot.entry. */
void vcpu_set_entry(struct minivmm *v);
/* Until the guest powers off, or the vCPU is stopped. */
void vcpu_run(struct minivmm *v);
/* From another thread; what the guest was about is finished as far as KVM knows of it. */
void vcpu_stop(struct minivmm *v);
/* Which pages radix translation has, as KVM lists them. */
void vcpu_page_sizes(const struct minivmm *v, struct kvm_ppc_rmmu_info *info);
/* The guest's process table [PAPR H_REGISTER_PROC_TBL]. Returns a code of hypercalls. */
long vcpu_set_process_table(struct minivmm *v, uint64_t flags, uint64_t base, uint64_t size);
/* How the guest takes interrupts [PAPR H_SET_MODE]. Returns a code of hypercalls. */
long vcpu_set_mode(struct minivmm *v, uint64_t mode, uint64_t resource);

/* hcall.c: one hypercall; args are R4.. and become the outputs. */
long hcall(struct minivmm *v, uint64_t nr, uint64_t *args);

/* rtas.c. The library's calls have the tokens from here on, its own those from 1 on. */
#define RTAS_WINDOW_TOKEN 0x100
struct rtas_row {
	const char *name;
	uint32_t nargs, nret;        /* at least */
	void (*handle)(struct minivmm *v, const uint32_t *arg, uint32_t *ret);     /* NULL: KVM does */
};
/* H_RTAS. */
long rtas_call(struct minivmm *v, uint64_t buffer);
/* The calls that are not the library's; NULL past the end. Token n + 1. */
const struct rtas_row *rtas_row(unsigned int n);

/* xics.c */
void xics_new(struct minivmm *v);
/* Source n is raised by fd, until the other call returns: then all that fd has said is in the source. */
void xics_add_eventfd(struct minivmm *v, unsigned int n, int fd);
void xics_remove_eventfd(struct minivmm *v, unsigned int n, int fd);
/* The state of each source; that of the vCPU's presentation is one of its registers. */
void xics_save(struct minivmm *v, uint64_t *source);
void xics_restore(struct minivmm *v, uint64_t *source);

/* pci.c */
void pci_new(struct minivmm *v);
/* The first vectors signal, the others do not. -errno. */
long pci_set_vectors(struct minivmm *v, unsigned int count);
/* What has been signalled so far is in the interrupt controller. */
void pci_stop_interrupts(struct minivmm *v);
uint32_t pci_config_read(const struct minivmm *v, unsigned int offset, unsigned int size);
/* data: as the bus has it, little-endian. */
void pci_mmio(struct minivmm *v, uint64_t gpa, void *data, unsigned int size, bool is_write);
void pci_rtas_read_config(struct minivmm *v, const uint32_t *arg, uint32_t *ret);
void pci_rtas_write_config(struct minivmm *v, const uint32_t *arg, uint32_t *ret);
void pci_rtas_change_msi(struct minivmm *v, const uint32_t *arg, uint32_t *ret);
void pci_rtas_query_source(struct minivmm *v, const uint32_t *arg, uint32_t *ret);

/* hotplug.c: blocks of memory as dynamic resources [LoPAR 13]. */
unsigned int lmb_count(const struct minivmm *v);
uint64_t lmb_address(const struct minivmm *v, unsigned int n);
uint32_t lmb_drc(const struct minivmm *v, unsigned int n);
/* Its memory is there from now on. */
void lmb_add(struct minivmm *v, unsigned int n);
void hotplug_rtas_get_sensor_state(struct minivmm *v, const uint32_t *arg, uint32_t *ret);
void hotplug_rtas_set_indicator(struct minivmm *v, const uint32_t *arg, uint32_t *ret);
void hotplug_rtas_configure_connector(struct minivmm *v, const uint32_t *arg, uint32_t *ret);

/* saved.c */
/* Waits for SIGUSR1 from now on, where the guest can be saved. */
void saved_prepare(struct minivmm *v);
/* The vCPU has been stopped for it. */
void saved_finish(struct minivmm *v);
/* How much memory a saved guest has. */
void saved_size(struct minivmm *v);
/* All of the guest, in a VMM that has just been made. */
void saved_restore(struct minivmm *v);

#endif
