/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that moves the frames of one card. */
#ifndef STCE_IGB_WORKER_H
#define STCE_IGB_WORKER_H

#include "igb/card.h"

void igb_worker_init(struct igb *igb);
/* Ends the thread. The caller does not hold the lock. */
void igb_worker_fini(struct igb *igb);
/*
 * Starts the thread and plugs the port in, if that has not happened yet; the function's lock is held.
 * It tries again at the next call if there is no thread to be had.
 */
void igb_worker_start(struct igb *igb);
/*
 * As igb_quiesce(), and keeps the worker idle until igb_release(), even while the lock is dropped. The function's lock
 * is held for both.
 */
void igb_hold(struct igb *igb);
void igb_release(struct igb *igb);
/* Waits until the worker is not busy. It drops the function's lock while it waits. */
void igb_quiesce(struct function *fn);

extern const struct net_port_handler igb_port_handler;

#endif
