/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: spapr-tce
 *
 * The POWER DMA stack in user space. This header includes all others of the
 * library, and the registers of its test function (dmatest.h).
 */
#ifndef SPAPR_TCE_H
#define SPAPR_TCE_H

#include <spapr-tce/control.h>
#include <spapr-tce/device.h>
#include <spapr-tce/devtree.h>
#include <spapr-tce/dmatest.h>
#include <spapr-tce/eeh.h>
#include <spapr-tce/files.h>
#include <spapr-tce/machine.h>
#include <spapr-tce/news.h>
#include <spapr-tce/phb.h>
#include <spapr-tce/program.h>
#include <spapr-tce/run.h>
#include <spapr-tce/state.h>
#include <spapr-tce/stats.h>
#include <spapr-tce/vm.h>

#endif
