/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Declares a VMM in a few files: one vCPU of KVM-HV, memory, a console, an interrupt controller,
 * and PCI functions of the library's behind its firmware. All state is in struct minivmm; each
 * file owns the part that it names below.
 *
 * The vCPU's thread runs everything except the passes of a guest that is being saved (saved.c).
 */
#ifndef MINIVMM_H
#define MINIVMM_H

#include <linux/kvm.h>
#include <pthread.h>
#include <spapr-tce.h>
#include <spapr-tce/dmatest.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
/* Memory comes and goes in blocks of this size [LoPAR "LMB"]. */
#define LMB_SIZE      (256 * MIB)
#define LMB_COUNT_MAX 64

/*
 * The PCI function of each bus: its bus address, its interrupts, and the place of the bus's memory. The
 * memory of further buses lies behind that of the first.
 */
#define PCI_DEVFN        (1 << 3)
#define PCI_MSI_COUNT    16
#define PCI_WINDOW       UINT64_C(0x200080000000)     /* guest address of bus address PCI_WINDOW_BUS */
#define PCI_WINDOW_BUS   UINT64_C(0x80000000)
#define PCI_WINDOW_SIZE  GIB
#define BAR_COUNT        6

#define BUSES_MAX        3

#define XICS_MSI_BASE    0x1000
#define CONSOLE_UNIT     0x71000000

/* Codes of hypercalls beyond the library's [PAPR]. */
#define H_FUNCTION (-2)
#define H_P2       (-55)

struct options {
	const char *kernel, *initrd, *append, *report;
	const char *image;           /* a program for the bare machine, in place of a kernel */
	const char *disk;            /* the file behind NVMe namespace 1 */
	const char *net;             /* what an igb is plugged into, which is in the place of the disk; or NULL */
	bool is_virtual;             /* the guest has a virtual function of that igb */
	const char *properties;      /* more properties of the function, or NULL */
	uint64_t memory;             /* bytes of memory at the start */
	uint64_t memory_max;         /* bytes with all blocks that can be added */
	uint64_t block;              /* address of a block of those that is there from the start; 0 for none */
	bool no_ddw;                 /* the firmware offers no dynamic windows */
	bool associate;              /* the guest may associate a window with several bridges */
	unsigned int buses;          /* further bridges, each with a dmatest function */
	const char *save;            /* file to which SIGUSR1 saves the guest */
	const char *restore;         /* file of a saved guest, which goes on */
};

/* The guest addresses of everything that the guest starts with. */
struct boot {
	uint64_t entry;
	uint64_t initrd, initrd_end;
	uint64_t tree;
	uint64_t rtas, rtas_size;
};

/* A BAR of the function. */
struct bar {
	uint64_t size;                       /* 0: there is none */
	uint64_t offset;                     /* of its region in the device's file */
	uint64_t address;                    /* behind PCI_WINDOW_BUS, and behind PCI_WINDOW for the guest */
	bool is_64_bit;
};

struct pci {
	const char *name;                    /* of the function in the machine */
	int device;                          /* descriptor of the VFIO device */
	uint64_t config_offset;              /* of its region in that file */
	struct bar bar[BAR_COUNT];
	unsigned int msi_max, msi_count;     /* vectors that it can have, and has now */
	int eventfd[PCI_MSI_COUNT];
};

/* A further bridge with its function. */
struct bus {
	struct stce_phb *phb;
	struct stce_phb_config config;
	int container, group, device;
	uint64_t config_offset, bar_offset;  /* offsets of the function's regions in its file */
};

/* A guest that is being saved. */
struct saving {
	int fd;
	struct stce_state *state;
};

/* A block of memory that can be added. */
struct lmb {
	bool is_usable;                      /* the guest has allocated it */
	bool is_present;                     /* KVM, the library and VFIO know it */
	unsigned int step;                   /* next step of ibm,configure-connector */
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
	struct kvm_ppc_mmuv3_cfg mmu;        /* as the guest has set it; 0 before that */
	_Atomic(bool) is_stopped;            /* the vCPU must stop, to be saved */
	struct saving saving;
	struct pci pci;
	struct bus bus[BUSES_MAX];
	struct lmb lmb[LMB_COUNT_MAX];
	uint64_t written_high;               /* bytes that the function has written to added memory */
	bool is_off;
};

/* main.c */
/* Ends the program if the result is below 0, with the library's reason. */
void check(const char *what, long result);
/* Ends the program if a system call has failed. */
int check_errno(const char *what, int result);
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

/* host.c: the library's machine, its group and its bridge. */
void host_new(struct minivmm *v);
void host_report(const struct minivmm *v);
void host_free(struct minivmm *v);
/* Gives guest memory at [gpa, gpa + size) to KVM, the library, and its function. */
void host_add_memory(struct minivmm *v, uint64_t gpa, uint64_t size);

/* boot.c: loads the kernel and its initramfs, or the image, and the RTAS stub; fills in v->boot. */
void boot_load(struct minivmm *v);
/* tree.c: writes the device tree at v->boot.tree. */
void tree_write(struct minivmm *v);

/* vcpu.c: KVM's VM and its vCPU. */
void vcpu_new(struct minivmm *v);
/* Sets the vCPU's registers to start at boot.entry. */
void vcpu_set_entry(struct minivmm *v);
/* Runs the vCPU until the guest powers off or vcpu_stop() is called. */
void vcpu_run(struct minivmm *v);
/* Stops the vCPU from another thread, after KVM has finished the exit that it is in. */
void vcpu_stop(struct minivmm *v);
/* Gets the page sizes of radix translation, as KVM lists them. */
void vcpu_page_sizes(const struct minivmm *v, struct kvm_ppc_rmmu_info *info);
/* Sets the guest's process table [PAPR H_REGISTER_PROC_TBL]. Returns a hypercall's code. */
long vcpu_set_process_table(struct minivmm *v, uint64_t flags, uint64_t base, uint64_t size);
/* Sets how the guest takes interrupts [PAPR H_SET_MODE]. Returns a hypercall's code. */
long vcpu_set_mode(struct minivmm *v, uint64_t mode, uint64_t resource);

/* hcall.c: makes one hypercall; args are R4 and the registers after it, and become the outputs. */
long hcall(struct minivmm *v, uint64_t nr, uint64_t *args);

/* rtas.c: the library's calls have the tokens from here on, its own those from 1 on. */
#define RTAS_WINDOW_TOKEN    0x100
#define RTAS_ASSOCIATE_TOKEN 0x110
#define RTAS_EEH_TOKEN       0x120
struct rtas_row {
	const char *name;
	uint32_t nargs, nret;        /* the least counts */
	void (*handle)(struct minivmm *v, const uint32_t *arg, uint32_t *ret);     /* NULL if KVM handles it */
};
/* Handles H_RTAS. */
long rtas_call(struct minivmm *v, uint64_t buffer);
/* Returns the n-th call that is not the library's, or NULL past the end. Its token is n + 1. */
const struct rtas_row *rtas_row(unsigned int n);

/* xics.c: the interrupt controller. */
void xics_new(struct minivmm *v);
/*
 * Lets fd raise source n, until xics_remove_eventfd() returns: then every signal of fd is in the
 * source.
 */
void xics_add_eventfd(struct minivmm *v, unsigned int n, int fd);
void xics_remove_eventfd(struct minivmm *v, unsigned int n, int fd);
/* Save and restore the state of each source. That of the vCPU's presentation is in a register. */
void xics_save(struct minivmm *v, uint64_t *source);
void xics_restore(struct minivmm *v, uint64_t *source);

/* pci.c: the function. */
void pci_new(struct minivmm *v);
/* Lets the first `count` vectors signal, and no others. Returns -errno on failure. */
long pci_set_vectors(struct minivmm *v, unsigned int count);
/* Stops the vectors; everything that they have signalled is in the interrupt controller. */
void pci_stop_interrupts(struct minivmm *v);
uint32_t pci_config_read(const struct minivmm *v, unsigned int offset, unsigned int size);
/* Makes an access of the guest; data has the bus's order, little-endian. */
void pci_mmio(struct minivmm *v, uint64_t gpa, void *data, unsigned int size, bool is_write);
void pci_rtas_read_config(struct minivmm *v, const uint32_t *arg, uint32_t *ret);
void pci_rtas_write_config(struct minivmm *v, const uint32_t *arg, uint32_t *ret);
void pci_rtas_change_msi(struct minivmm *v, const uint32_t *arg, uint32_t *ret);
void pci_rtas_query_source(struct minivmm *v, const uint32_t *arg, uint32_t *ret);

/* buses.c: further bridges. */
/* Adds their functions to the machine's configuration. */
void buses_describe(const struct minivmm *v, struct stce_config *config);
void buses_new(struct minivmm *v);
void buses_add_memory(struct minivmm *v, void *address, uint64_t size);
/* Returns the further bridge that has the BUID, or NULL. */
const struct bus *buses_find(const struct minivmm *v, uint64_t buid);
/* Makes an access of the guest, like pci_mmio(). Returns false if no function of theirs is there. */
bool buses_mmio(struct minivmm *v, uint64_t gpa, void *data, unsigned int size, bool is_write);
/* Gives their files numbers from first_id on. */
void buses_add_to_state(const struct minivmm *v, struct stce_state *state, uint32_t first_id);
void buses_free(struct minivmm *v);

/* hotplug.c: blocks of memory as dynamic resources [LoPAR 13]. */
unsigned int lmb_count(const struct minivmm *v);
uint64_t lmb_address(const struct minivmm *v, unsigned int n);
uint32_t lmb_drc(const struct minivmm *v, unsigned int n);
/* Makes the block's memory present. */
void lmb_add(struct minivmm *v, unsigned int n);
void hotplug_rtas_get_sensor_state(struct minivmm *v, const uint32_t *arg, uint32_t *ret);
void hotplug_rtas_set_indicator(struct minivmm *v, const uint32_t *arg, uint32_t *ret);
void hotplug_rtas_configure_connector(struct minivmm *v, const uint32_t *arg, uint32_t *ret);

/* saved.c: a guest in a file. */
/* Starts to wait for SIGUSR1, if the guest is to be saved. */
void saved_prepare(struct minivmm *v);
/* Writes the rest of a guest, whose vCPU has been stopped. */
void saved_finish(struct minivmm *v);
/* Sets the options to the memory that the saved guest has. */
void saved_size(struct minivmm *v);
/* Restores all of the guest, in a VMM that has just been made. */
void saved_restore(struct minivmm *v);

#endif
