/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's driver of a card, which exists only for the virtual functions: it answers their mail and sets
 * their filters as Linux's igb does. The host has no network of its own. All calls need the lock of the
 * physical function; the worker is not busy.
 */
#ifndef STCE_IGB_HOST_H
#define STCE_IGB_HOST_H

#include "igb/card.h"

/* The card calls these while struct igb points to them. */
extern const struct igb_host_ops igb_host_ops;

#endif
