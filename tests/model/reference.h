/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model of containers, groups, registered memory and windows in the plainest form: arrays, linear
 * searches, one thread, and no stored value that can be counted. It is written from the tables of
 * Linux's answers and the list of our differences, not from our code.
 *
 * Answers are those of the ioctls: 0, a positive number, or -errno. Containers and groups are named
 * by small numbers. A container that is closed while groups hold it lives on without a number.
 */
#ifndef STCE_TESTS_MODEL_REFERENCE_H
#define STCE_TESTS_MODEL_REFERENCE_H

#include "util/types.h"

#define REF_GROUPS     2
#define REF_CONTAINERS 2      /* how many have a number */
#define REF_OBJECTS    (REF_CONTAINERS + REF_GROUPS)
#define REF_SLOTS      2
#define REF_ENTRIES    8192   /* valid entries of one window */
#define REF_REGIONS    64
#define REF_HIGH       bit64(59)

/* Arguments of SET_CONTAINER: no descriptor, or one of another kind. */
#define REF_NO_DESCRIPTOR   (-1)
#define REF_NOT_A_CONTAINER (-2)

struct ref_entry {
	uint64_t index, vaddr;
	uint32_t permissions;
};

struct ref_window {
	bool exists;
	unsigned int page_shift;
	uint64_t start, size;      /* bytes */
	uint64_t charge;
	unsigned int count;
	struct ref_entry entry[REF_ENTRIES];
};

struct ref_container {
	bool exists;
	int type;                  /* 0: no IOMMU, else VFIO's number */
	bool pending, enabled, bound;
	uint64_t v1_charge;
	struct ref_window window[REF_SLOTS];
};

struct ref_group {
	bool open;                 /* its descriptor is open */
	bool busy;                 /* its descriptor, or that of a device, is open */
	unsigned int devices;
	struct ref_container *container;
};

struct ref_region {
	uint64_t start, size;
	bool in[REF_OBJECTS];      /* the containers that have registered it */
};

struct reference {
	unsigned int host_page_shift;
	uint64_t limit;            /* of locked memory, in bytes */
	uint64_t page_sizes;       /* of the platform, as a bit mask */
	/* Returns how many bytes from start on can be pinned. */
	uint64_t (*pinnable)(uint64_t start, uint64_t size);
	struct ref_container object[REF_OBJECTS];
	struct ref_container *container[REF_CONTAINERS];   /* by number */
	struct ref_group group[REF_GROUPS];
	struct ref_region region[REF_REGIONS];
	unsigned int regions;
};

/* Makes open, empty containers, and open groups without a container. */
void ref_init(struct reference *ref);

int ref_close_container(struct reference *ref, int container);
int ref_open_container(struct reference *ref, int container);
int ref_close_group(struct reference *ref, int group);
int ref_open_group(struct reference *ref, int group);
int ref_open_device(struct reference *ref, int group);
int ref_close_device(struct reference *ref, int group);

int ref_set_container(struct reference *ref, int group, int container);
int ref_unset_container(struct reference *ref, int group);
int ref_status(const struct reference *ref, int group);       /* returns the flags */

int ref_set_iommu(struct reference *ref, int container, int type);
int ref_enable(struct reference *ref, int container);
int ref_disable(struct reference *ref, int container);
int ref_get_info(struct reference *ref, int container);
int ref_register(struct reference *ref, int container, uint64_t vaddr, uint64_t size);
int ref_unregister(struct reference *ref, int container, uint64_t vaddr, uint64_t size);
int ref_create(struct reference *ref, int container, uint32_t page_shift, uint64_t size,
	       uint32_t levels, uint64_t *start);
int ref_remove(struct reference *ref, int container, uint64_t start);
int ref_map(struct reference *ref, int container, uint64_t vaddr, uint64_t iova, uint64_t size,
	    uint32_t flags);
int ref_unmap(struct reference *ref, int container, uint64_t iova, uint64_t size, uint32_t flags);

/*
 * Translates a bus address as the group's device does. Returns -EFAULT, or 0 with the program's
 * address and the permissions (1 read, 2 write).
 */
int ref_translate(const struct reference *ref, int group, uint64_t ioba, uint64_t *vaddr,
		  uint32_t *permissions);

/* Sums. */
uint64_t ref_locked(const struct reference *ref);
uint64_t ref_registered(const struct reference *ref);
uint64_t ref_mapped(const struct reference *ref);

/* Returns the bytes that Linux charges for a table. */
uint64_t ref_table_charge(unsigned int host_page_shift, unsigned int page_shift, uint64_t size,
			  unsigned int levels);

#endif
