/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration from which a machine is built. Each option is checked when it is set. It is
 * also kept as a line of text, so that a run can pass it to its programs. parts.c builds the
 * machine.
 */
#ifndef STCE_MACHINE_CONFIG_H
#define STCE_MACHINE_CONFIG_H

#include <stdio.h>

#include "dev/function.h"
#include "file/mirror.h"
#include "host/platform.h"
#include "machine/eeh_rule.h"
#include "mem/pin.h"
#include "spapr-tce/machine.h"
#include "tce/share.h"
#include "vfio/vfio.h"

/* Who drives the card of a virtual function. "auto": the host, if its driver had the card at the start. */
enum config_server { SERVER_AUTO, SERVER_HOST, SERVER_PROGRAM };

struct config_function {
	const struct function_type *type;
	char address[FUNCTION_ADDRESS_SIZE];
	int group;
	const char *driver;                /* the host's driver that is bound to it */
	enum vfio_maps maps;               /* whether programs can map its BARs */
	bool is_gone;                      /* it was unplugged from the run; others may have its address */
	int node;                          /* NUMA node, or NUMA_ANYWHERE: that of its PHB, if any */
	char physical[FUNCTION_ADDRESS_SIZE];   /* the physical function of a virtual one, else "" */
	unsigned int number;               /* of a virtual function, from 0 */
	enum config_server server;         /* of a virtual function */
	unsigned int vfs;                  /* so many virtual functions were asked for with the function */
	struct function_option *options;
	unsigned int option_count;
	char *text;                        /* the options point into it */
};

struct config_line {
	char *option;
	char *value;
};

struct config_share {
	bool is_on;                        /* windows that follow one guest table share a hardware table */
	bool is_per_node;                  /* each table has a copy for each NUMA node with functions */
	unsigned int node_count;           /* plays a machine with so many nodes; 0: the real ones */
};

#define CONFIG_NODE_LAUNCHER UINT32_MAX    /* the user that makes the run: chown(2) changes nothing for -1 */

struct config_node {
	uint32_t uid, gid;
	uint32_t mode;
};

#define CONFIG_RULES 16

struct stce_config {
	const struct host_platform *platform;
	unsigned int page_shift;           /* the host's page, for checks and charges */
	uint64_t memlock;                  /* bytes; 0: RLIMIT_MEMLOCK */
	enum mem_pin_mode pin_mode;
	struct config_share share;
	struct config_node node;           /* owner and mode of /dev/vfio/N */
	bool strict_papr;                  /* new VMs follow LoPAR where Linux is lenient */
	struct config_function *function;
	unsigned int function_count;
	struct eeh_rule rule[CONFIG_RULES];
	unsigned int rule_count;
	struct config_line *line;
	unsigned int line_count;
};

/* Writes one line of English to why, which may be NULL, and returns error. */
int config_why(char *why, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Counts the PEs: functions of one group are in one PE. */
unsigned int config_count_pes(const struct stce_config *config);

/* config_function.c: adds the function that TYPE,prop=value,... describes. */
int config_add_function(struct stce_config *config, const char *value, char *why);
/* Reads 0000:01:00.0 into a buffer of FUNCTION_ADDRESS_SIZE bytes. */
int config_parse_address(const char *value, char *address, char *why);
void config_function_fini(struct config_function *function);
/*
 * config_function_text.c: returns the newest function as an option value that is valid in any
 * directory, or NULL without memory.
 */
char *config_function_text(const struct stce_config *config);
/* Writes a function as a machine can have it that lacks the files and networks of this one. */
void config_function_record(const struct config_function *function, FILE *to);
/* Returns the name of the n-th value of mmap=, or NULL. */
const char *config_maps_name(unsigned int n);

/* Asks the function's type about its options. */
int config_check_function(const struct config_function *function, char *why);
/* Marks the function of this address as gone. -ENODEV: there is none. */
int config_remove_function(struct stce_config *config, const char *address, char *why);

/* config_vf.c: reads the property vfs= of a function whose type is known. */
int config_parse_vfs(struct config_function *function, const char *value, char *why);
/* Reads server= of a virtual function, and returns its text. */
int config_parse_server(struct config_function *function, const char *value, char *why);
const char *config_server(const struct config_function *function);
/* Gives a virtual function its number, its address and its group. -EINVAL: its physical function cannot have it. */
int config_place_vf(const struct stce_config *config, struct config_function *function, char *why);
/* Writes the address of one, which has FUNCTION_ADDRESS_SIZE bytes. -EINVAL: it would be on a bus above ff. */
int config_vf_address(const struct config_function *physical, unsigned int number, char *address);
/* Returns the lowest number of a group, from 1, that no function has. */
int config_free_group(const struct stce_config *config);
/* Counts the virtual functions that the function of this address has. */
unsigned int config_count_vfs(const struct stce_config *config, const char *physical);
/* Returns the function of this address that was not unplugged, or NULL. */
const struct config_function *config_find_function(const struct stce_config *config, const char *address);

/*
 * config_load.c: loads what a run's file of options has behind the first *read bytes, and counts them
 * there. Only the process that made the run and those of `device` write to it (run_plug.c).
 */
int config_load_run(struct stce_config *config, const char *path, uint64_t *read, char *why);
#define CONFIG_UNPLUGGED "unplugged"   /* in a run's file, with an address: the function is gone */

/* config_node.c */
int config_set_node_owner(struct stce_config *config, const char *value, char *why);
char *config_node_owner_text(const struct stce_config *config);
int config_set_node_mode(struct stce_config *config, const char *value, char *why);

/* config_eeh.c */
int config_add_rule(struct stce_config *config, const char *value, char *why);
/* -EINVAL: a rule is for a group that does not exist, or the platform has no EEH. */
int config_check_rules(const struct stce_config *config, char *why);

/* config_share.c */
int config_set_share(struct stce_config *config, const char *value, char *why);

/* config_numa.c */
int config_parse_node(const char *value, int *node, char *why);
/*
 * Returns the PCI domain for a function on that node without an address: the first one whose PHB
 * is on the node, or that has no functions.
 */
unsigned int config_domain_for(const struct stce_config *config, int node);
/* -EINVAL: the PHB of the new function is on another node. */
int config_check_phb(const struct stce_config *config, const struct config_function *function, char *why);
/* Returns the NUMA node of the function's PHB, or NUMA_ANYWHERE. */
int config_function_node(const struct stce_config *config, const struct config_function *function);
/* -EINVAL: the machine lacks the node of a function. */
int config_check_nodes(const struct stce_config *config, char *why);
/* Sets the NUMA nodes of the copies of tables. -ENOSYS: the kernel does not tell the nodes. */
int config_placement(const struct stce_config *config, struct tce_placement *placement, char *why);
/* Returns the copy that the PE of a function reads. */
unsigned int config_copy(const struct stce_config *config, const struct tce_placement *placement,
			 const struct config_function *function);

/* Converts a text such as "64K" to bytes. -EINVAL: it is not a size. */
int config_parse_size(const char *text, uint64_t *size);

#endif
