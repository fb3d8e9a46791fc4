/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names the properties of DMA windows in a device tree [LoPAR B.6], and declares the parts of the
 * public calls in spapr-tce/devtree.h.
 */
#ifndef STCE_PAPR_DEVTREE_H
#define STCE_PAPR_DEVTREE_H

#include "spapr-tce/devtree.h"

#define TREE_DMA_WINDOW     "ibm,dma-window"
#define TREE_ADDRESS_CELLS  "ibm,#dma-address-cells"
#define TREE_SIZE_CELLS     "ibm,#dma-size-cells"
#define TREE_DDW            "ibm,ddw-applicable"
#define TREE_DDW_EXTENSIONS "ibm,ddw-extensions"

/* The calls in the order of TREE_DDW. LoPAR and QEMU spell the last one differently. */
#define TREE_QUERY  "ibm,query-pe-dma-window"
#define TREE_CREATE "ibm,create-pe-dma-window"
#define TREE_REMOVE "ibm,remove-pe-dma-window"
#define TREE_RESET  "ibm,reset-pe-dma-windows"
#define TREE_RESET_QEMU "ibm,reset-pe-dma-window"

/* An extension of this firmware: the two calls of rtas_associate.c. */
#define TREE_DDW_ASSOCIATE "spapr-tce,ddw-associate"
#define TREE_ASSOCIATE     "spapr-tce,associate-pe-dma-window"
#define TREE_DISSOCIATE    "spapr-tce,dissociate-pe-dma-window"

/* The calls of stce_vm_set_rtas_eeh(), the errors that can be injected, and the longest error log. */
#define TREE_RTAS_SET_EEH_OPTION "ibm,set-eeh-option"
#define TREE_RTAS_SET_SLOT_RESET "ibm,set-slot-reset"
#define TREE_RTAS_READ_STATE "ibm,read-slot-reset-state2"
#define TREE_RTAS_CONFIG_INFO "ibm,get-config-addr-info2"
#define TREE_RTAS_CONFIGURE_PE "ibm,configure-pe"
#define TREE_RTAS_ERROR_DETAIL "ibm,slot-error-detail"
#define TREE_RTAS_OPEN_ERRINJCT "ibm,open-errinjct"
#define TREE_RTAS_ERRINJCT "ibm,errinjct"
#define TREE_RTAS_CLOSE_ERRINJCT "ibm,close-errinjct"
#define TREE_ERRINJCT_TOKENS "ibm,errinjct-tokens"
#define TREE_LOG_MAX         "rtas-error-log-max"

struct papr_bridge;

/* Writes a bridge's properties into a tree, as stce_phb_write_tree() says. */
int papr_tree_write(const struct papr_bridge *bridge, void *fdt, const char *path);
/*
 * Sets *end to the end of memory as the tree tells it, with memory that can be added, or to 0 if it
 * tells none. -EINVAL if what it tells is impossible.
 */
int papr_tree_memory_end(const void *fdt, uint64_t *end);

#endif
