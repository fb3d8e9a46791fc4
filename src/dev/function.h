/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PCI function as the other layers see it: a PE for its DMA, config space, memory BARs,
 * interrupts and resets. A type implements struct function_ops. The presenter, which shows the
 * function to a program (VFIO), uses the calls below and never the operations. A function never
 * calls upward: it raises interrupts through dev/irq.h and reaches memory through
 * dev/function_dma.h.
 *
 * The caller of every operation but `free` holds `lock`, so a type needs no lock of its own for
 * state that only its operations touch.
 */
#ifndef STCE_DEV_FUNCTION_H
#define STCE_DEV_FUNCTION_H

#include <pthread.h>

#include "dev/irq.h"
#include "dev/pci_config.h"
#include "dma/access.h"
#include "util/pack.h"

#define FUNCTION_BAR_COUNT 6
#define FUNCTION_ADDRESS_SIZE 16   /* "0000:01:00.0" with its terminator */
#define FUNCTION_WHY_SIZE 256

struct function;

struct function_ops {
	/*
	 * Read or write 1, 2, 4 or 8 aligned bytes inside one BAR. A write may drop the lock while
	 * data moves.
	 */
	uint64_t (*bar_read)(struct function *fn, unsigned int bar, uint64_t offset,
			     unsigned int size);
	void (*bar_write)(struct function *fn, unsigned int bar, uint64_t offset,
			  unsigned int size, uint64_t value);
	/*
	 * Waits until the function is idle. It may drop the lock while it waits; after it returns
	 * the function stays idle until the caller drops the lock. It is called before a reset and
	 * before a write to config space. NULL if the function never works without the lock.
	 */
	void (*quiesce)(struct function *fn);
	/* Ends what `quiesce` began, before the lock is dropped. NULL if the lock is all that keeps the function idle. */
	void (*resume)(struct function *fn);
	/*
	 * Function-level reset: returns all volatile state but config space to its power-on value.
	 */
	void (*reset)(struct function *fn);
	/* Packs all state of the type that a reset would lose. NULL if the type cannot be saved. */
	void (*save)(struct function *fn, struct pack *to);
	/*
	 * Judges packed state without changing the function, and sets *state to memory for `apply`,
	 * which the caller frees by free(), also after a refusal. Returns 0 or -errno.
	 */
	int (*judge)(struct function *fn, struct unpack *from, void **state);
	/* Makes judged state the function's own. It cannot fail. */
	void (*apply)(struct function *fn, const void *state);
	/* Tells the function how many virtual functions it has from now on. NULL if the type can have none. */
	void (*set_vfs)(struct function *fn, unsigned int count);
	void (*free)(struct function *fn);
};

struct function {
	const struct function_ops *ops;
	const char *type;                       /* "nvme", "dmatest" */
	char address[FUNCTION_ADDRESS_SIZE];    /* "0000:01:00.0" */
	struct function *physical;              /* of a virtual function, else NULL; it is freed first */
	struct host_pe *pe;
	struct host_member member;              /* of the PE */
	pthread_mutex_t lock;
	struct pci_config config;
	uint64_t bar_size[FUNCTION_BAR_COUNT];  /* bytes; 0: there is no such BAR */
	struct irq_set irqs;
	bool intx_level;                        /* see function_set_intx() */
	bool copies_much;                       /* its DMA is by guarded copies if it can be (util/guard.h) */
};

/* One option of a function, as the user wrote it: name=value. */
struct function_option {
	const char *name;
	const char *value;
};

/* Everything that a type needs to build a function. */
struct function_init {
	const char *address;
	struct host_pe *pe;
	const struct function_option *options;   /* all but addr, group, host-driver and node */
	unsigned int option_count;
	/*
	 * A directory that all programs of one run share, for memory that must outlive a single
	 * program. NULL if private memory is enough.
	 */
	const char *shared_directory;
	struct function *physical;               /* the physical function of a virtual one, else NULL */
	unsigned int number;                     /* of a virtual function, from 0 */
	bool physical_has_host;                  /* a driver of the host has that one, and serves this one */
};

struct function_option_help {
	const char *name;
	const char *value;   /* e.g. "PATH", "SIZE", "on|off" */
	const char *text;
};

struct function_type {
	const char *name;
	const char *text;                               /* one line for help */
	const struct function_option_help *options;     /* ends with a NULL name */
	/*
	 * `check` judges the options without side effects; `create` judges them and builds the
	 * function. On failure they write one line into why (FUNCTION_WHY_SIZE bytes) and return
	 * -errno.
	 */
	int (*check)(const struct function_init *init, char *why);
	int (*create)(const struct function_init *init, struct function **fn, char *why);
	/* The type of its virtual functions, and what its capability says of them; NULL: it has none. */
	const struct function_type *virtual_type;
	const struct pci_sriov *sriov;
};

/*
 * Initialises the common part; a type calls it. The function gets INTx if the identity has it, the
 * MSI-X vectors of the identity, and one vector each for VFIO's error and request index. -ENOMEM.
 */
int function_init(struct function *fn, const struct function_type *type,
		  const struct function_ops *ops, const struct function_init *init,
		  const struct pci_identity *identity);
/* Undoes function_init(); a type calls it. */
void function_fini(struct function *fn);
/* Drives the INTx pin, which the command register may disable; a type calls it. */
void function_set_intx(struct function *fn, bool asserted);
/* Writes one line into why, which may be NULL, and returns error; a type calls it. */
int function_refuse(char *why, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The host has enabled so many virtual functions. */
void function_set_vfs(struct function *fn, unsigned int count);
/*
 * The presenter calls these; the two resets take the lock. A reset keeps config space, because
 * Linux restores it after it resets a function [linux pci_try_reset_function]. A power cycle, which
 * follows the last close of a function, resets config space too. Both leave the eventfds set up.
 */
void function_reset(struct function *fn);
/*
 * Resets a function with its bus, as the recovery of its PE does. The host restores the BARs and memory decoding, and
 * the program must set up all else, bus mastering too [linux eeh_pe_reenable_devices].
 */
void function_bus_reset(struct function *fn);
void function_power_cycle(struct function *fn);
void function_free(struct function *fn);

/*
 * Access 1, 2, 4 or 8 aligned bytes of a BAR. -EINVAL: the access is outside the BAR, or has
 * another size or alignment. -EIO: memory decoding is off; a read sets *value to all ones as well,
 * because a presenter may have no way to report errors. In a frozen PE a read gives all ones and a
 * write is dropped, also in config space.
 */
int function_bar_read(struct function *fn, unsigned int bar, uint64_t offset,
		      unsigned int size, uint64_t *value);
int function_bar_write(struct function *fn, unsigned int bar, uint64_t offset,
		       unsigned int size, uint64_t value);
/*
 * -EINVAL: the range is outside config space. A write that asks for a function-level reset resets
 * the function.
 */
int function_config_read(struct function *fn, uint64_t offset, void *buffer, unsigned int size);
int function_config_write(struct function *fn, uint64_t offset, const void *buffer,
			  unsigned int size);

/*
 * Save a function that no program is using, and restore it in two steps: function_judge() may fail
 * and changes nothing, function_apply() cannot fail. The state includes config space. It excludes
 * eventfds, which the program must set up before. -EOPNOTSUPP: the type cannot be saved, or the function has virtual
 * ones. -ENOMEM.
 * function_judge() also returns -EPROTO if no function can have this state, and -EINVAL if it is
 * the state of a different function.
 */
struct function_saved;

int function_save(struct function *fn, struct pack *to);
int function_judge(struct function *fn, struct unpack *from, struct function_saved **saved);
/* Frees `saved` too. */
void function_apply(struct function *fn, struct function_saved *saved);
void function_saved_free(struct function_saved *saved);

#endif
