/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the counters of the network ports of a run, which its programs keep in the run's directory. */
#ifndef STCE_MACHINE_RUN_PORTS_H
#define STCE_MACHINE_RUN_PORTS_H

#include "spapr-tce/run.h"

/* Gives the n-th port by its function's address. `directory` is a descriptor. Returns whether there is one. */
bool run_port_read(int directory, unsigned int n, struct stce_port *port);

#endif
