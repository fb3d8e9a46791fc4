/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a machine is built from. Options are judged when they are set and kept
 * as they were written as well, so that a run can hand them to its programs.
 */
#ifndef STCE_MACHINE_CONFIG_H
#define STCE_MACHINE_CONFIG_H

#include "dev/function.h"
#include "host/platform.h"
#include "mem/pin.h"
#include "spapr-tce/machine.h"
#include "tce/share.h"

#define VFIO_PCI_DRIVER "vfio-pci"

struct config_function {
	const struct function_type *type;
	char address[FUNCTION_ADDRESS_SIZE];
	int group;
	const char *driver;                /* which of the host has it */
	struct function_option *options;
	unsigned int option_count;
	char *text;                        /* what the options point into */
};

struct config_line {
	char *option;
	char *value;
};

struct config_share {
	bool is_on;                        /* windows that follow one guest table share a table */
	bool is_per_node;                  /* a copy of each table for every NUMA node */
	unsigned int node_count;           /* 0: as many as the machine has */
};

#define CONFIG_NODE_LAUNCHER UINT32_MAX    /* whoever makes the run; -1, by which chown(2) changes nothing */

struct config_node {
	uint32_t uid, gid;
	uint32_t mode;
};

struct stce_config {
	const struct host_platform *platform;
	unsigned int page_shift;           /* of the host, for checks and charges */
	uint64_t memlock;                  /* bytes, 0: RLIMIT_MEMLOCK */
	enum mem_pin_mode pin_mode;
	struct config_share share;
	struct config_node node;           /* of /dev/vfio/N */
	bool strict_papr;                  /* VMs begin with LoPAR's own rules */
	struct config_function *function;
	unsigned int function_count;
	struct config_line *line;
	unsigned int line_count;
};

/* Writes one line of English; returns error. why may be NULL. */
int config_why(char *why, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Functions of one group share a PE. */
unsigned int config_count_pes(const struct stce_config *config);

/* config_function.c: TYPE,prop=value,... into the config. */
int config_add_function(struct stce_config *config, const char *value, char *why);
void config_function_fini(struct config_function *function);
/* The newest function as an option value that means the same from any directory. NULL: no memory. */
char *config_function_text(const struct stce_config *config);

/* config_node.c */
int config_set_node_owner(struct stce_config *config, const char *value, char *why);
char *config_node_owner_text(const struct stce_config *config);
int config_set_node_mode(struct stce_config *config, const char *value, char *why);

/* config_share.c */
int config_set_share(struct stce_config *config, const char *value, char *why);
/* Where copies of tables lie. -ENOSYS: nobody knows the nodes. */
int config_placement(const struct stce_config *config, struct tce_placement *placement, char *why);

/* "64K" into bytes; -EINVAL. */
int config_parse_size(const char *text, uint64_t *size);

#endif
