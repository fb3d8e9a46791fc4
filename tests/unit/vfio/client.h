/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plain VFIO client on its own machine: short names for the calls that every test makes. They
 * return the ioctl's result, or -errno.
 */
#ifndef STCE_TESTS_VFIO_CLIENT_H
#define STCE_TESTS_VFIO_CLIENT_H

#include <linux/vfio.h>
#include <unistd.h>

#include "spapr-tce.h"
#include "util/types.h"

#define PAGE 4096ul                                       /* of the emulated host */
#define OWN_PAGE ((size_t)sysconf(_SC_PAGESIZE))          /* of this machine */
#define OWN_PAGES (OWN_PAGE / PAGE)
#define PAGE_64K 65536ul
#define HIGH (UINT64_C(1) << 59)
#define FIRST "0000:01:00.0"
#define SECOND "0000:02:00.0"

struct client {
	struct stce_machine *machine;
	int container, group, second;   /* descriptors, -1: not open */
};

/*
 * Configures a 4K host with enough lockable memory, a dmatest function in group 1 and a function of
 * the given kind in group 2. Returns 0 or -errno.
 */
int client_configure(struct stce_config *config, const char *second_kind);
/*
 * Starts a machine with dmatest functions in groups 1 and 2. The options are name, value, ...,
 * NULL. If "share" has copies for nodes, the groups are dealt out to the nodes, each below a PHB
 * of its own.
 */
void client_start(struct client *c, ...) __attribute__((sentinel));
/* Returns the node of a group where "share" has that value, or NUMA_ANYWHERE. */
int client_node(const char *share, int group);
/* Closes all open files, and asserts that nothing is left behind. */
void client_close(struct client *c);
/* Does the same, and frees the machine. */
void client_stop(struct client *c);

/* Opens container and group 1, and sets the container, then the IOMMU type. */
void client_open(struct client *c, int type);
/* Allocates and registers a writable area of n pages. */
char *client_memory(struct client *c, size_t n_pages);

/* Runs fn in a child, which must return 0. */
void run_in_a_child(int (*fn)(void));
int open_container(struct client *c);
int open_group(struct client *c, int number);
long set_container(int group, int container);
long set_iommu(int container, long type);

long map_dma(int container, void *va, uint64_t iova, uint64_t size, uint32_t flags);
long unmap_dma(int container, uint64_t iova, uint64_t size);
long register_memory(int container, void *va, uint64_t size);
long unregister_memory(int container, void *va, uint64_t size);
/* *start may be NULL. */
long create_window(int container, uint32_t page_shift, uint64_t size, uint32_t levels, uint64_t *start);
long remove_window(int container, uint64_t start);
long get_device(int group, const char *name);
uint32_t group_flags(int group);
/* Returns the kB of locked memory. */
uint64_t locked_kb(const struct client *c);

void *get_pages(size_t n);
void drop_pages(void *p, size_t n);

/* Reads as the device of group 1. */
long device_read(struct client *c, uint64_t ioba, void *buffer, size_t size);
long device_write(struct client *c, uint64_t ioba, const void *buffer, size_t size);

#define RW (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

#endif
