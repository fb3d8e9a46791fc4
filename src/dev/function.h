/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a PCI function is to the rest: a PE to do DMA through, a config space,
 * memory BARs, interrupts, a reset. A type implements the operations; whoever
 * presents the function to a program (VFIO) calls them. A function never calls
 * up: it raises interrupts through dev/irq.h and touches memory through dma/.
 *
 * Lock: `lock` is held by the caller of every operation but `free`, so a type
 * needs none of its own for state that only its operations touch.
 */
#ifndef STCE_DEV_FUNCTION_H
#define STCE_DEV_FUNCTION_H

#include <pthread.h>

#include "dev/irq.h"
#include "dev/pci_config.h"
#include "dma/access.h"
#include "util/pack.h"

#define FUNCTION_BAR_COUNT 6
#define FUNCTION_ADDRESS_SIZE 16   /* "0000:01:00.0" and its end */
#define FUNCTION_WHY_SIZE 256

struct function;

struct function_ops {
	/*
	 * Reads or writes inside one BAR, 1, 2, 4 or 8 bytes, aligned, in range. A
	 * write may let go of the lock while data moves.
	 */
	uint64_t (*bar_read)(struct function *fn, unsigned int bar, uint64_t offset,
			     unsigned int size);
	void (*bar_write)(struct function *fn, unsigned int bar, uint64_t offset,
			  unsigned int size, uint64_t value);
	/*
	 * NULL, or: waits until nothing goes on that the function does by itself.
	 * It may let go of the lock meanwhile; nothing starts until the caller does.
	 * Called before a reset and before config space is written.
	 */
	void (*quiesce)(struct function *fn);
	/* Function-level reset: all volatile state back to power-on, but for config space. */
	void (*reset)(struct function *fn);
	/* Everything of its own that a reset would lose; NULL: it cannot be saved. */
	void (*save)(struct function *fn, struct pack *to);
	/* Judges what `save` has packed, and in *state what `take` needs of it, for free(). -errno. */
	int (*judge)(struct function *fn, struct unpack *from, void **state);
	void (*take)(struct function *fn, const void *state);
	void (*free)(struct function *fn);
};

struct function {
	const struct function_ops *ops;
	const char *type;                       /* "nvme", "dmatest" */
	char address[FUNCTION_ADDRESS_SIZE];    /* "0000:01:00.0" */
	struct host_pe *pe;
	pthread_mutex_t lock;
	struct pci_config config;
	uint64_t bar_size[FUNCTION_BAR_COUNT];  /* bytes, 0: no such BAR */
	struct irq_set irqs;
	bool intx_level;                        /* see function_set_intx() */
};

/* One option of a function, as the user wrote it: name=value. */
struct function_option {
	const char *name;
	const char *value;
};

/* What every type gets to build a function from. */
struct function_init {
	const char *address;
	struct host_pe *pe;
	const struct function_option *options;   /* without addr and group */
	unsigned int option_count;
	/*
	 * A directory that all programs of one run share, for memory that must
	 * outlive one of them; NULL: private memory will do.
	 */
	const char *shared_directory;
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
	 * Judges the options without side effects, then builds. On failure one
	 * clear line goes into why (FUNCTION_WHY_SIZE bytes) and -errno comes back.
	 */
	int (*check)(const struct function_init *init, char *why);
	int (*create)(const struct function_init *init, struct function **fn, char *why);
};

/*
 * For types: fills the common part. Interrupts are INTx where the identity has
 * it, MSI-X, and one each of VFIO's error and request. -ENOMEM.
 */
int function_init(struct function *fn, const struct function_type *type,
		  const struct function_ops *ops, const struct function_init *init,
		  const struct pci_identity *identity);
/* For types: undoes it. */
void function_fini(struct function *fn);
/* For types: drives the INTx pin, which the command register may disable. */
void function_set_intx(struct function *fn, bool asserted);
/* For types: one line into why, which may be NULL; returns error. */
int function_refuse(char *why, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Whole-function operations for the presenter; they take the lock. A reset
 * keeps config space, as a program sees it when Linux resets a function
 * [linux pci_try_reset_function]; a power cycle, for when the last user is
 * gone, brings that back to power-on as well. Both leave the eventfds alone.
 */
void function_reset(struct function *fn);
void function_power_cycle(struct function *fn);
void function_free(struct function *fn);

/*
 * -EINVAL: outside the BAR, or not 1, 2, 4, 8 bytes, aligned. -EIO: memory
 * decoding is off; a read has then set all ones, in case the presenter is one
 * where nobody hears of errors. Frozen PEs read all ones and drop writes.
 */
int function_bar_read(struct function *fn, unsigned int bar, uint64_t offset,
		      unsigned int size, uint64_t *value);
int function_bar_write(struct function *fn, unsigned int bar, uint64_t offset,
		       unsigned int size, uint64_t value);
/* -EINVAL outside. A write that asks for a function-level reset performs it. */
int function_config_read(struct function *fn, uint64_t offset, void *buffer, unsigned int size);
int function_config_write(struct function *fn, uint64_t offset, const void *buffer,
			  unsigned int size);

/*
 * Saving, while nobody uses the function, and restoring in two steps: what can
 * fail, and what cannot. Config space is part of it; eventfds are not, and are
 * to be set up before. -EOPNOTSUPP: this type cannot; -ENOMEM; of the judge
 * -EPROTO too: no such state; -EINVAL: of a function that is another.
 */
struct function_saved;

int function_save(struct function *fn, struct pack *to);
int function_judge(struct function *fn, struct unpack *from, struct function_saved **saved);
/* Frees it. */
void function_take(struct function *fn, struct function_saved *saved);
void function_saved_free(struct function_saved *saved);

#endif
