/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a pointer that somebody publishes with rcu_assign_pointer(): what
 * rcu_dereference() is, without the call that it costs those who do not
 * include liburcu's functions in their own. TSAN is told by way of the call.
 */
#ifndef STCE_UTIL_RCU_H
#define STCE_UTIL_RCU_H

#include <urcu/urcu-bp.h>

#ifdef __SANITIZE_THREAD__
#define RCU_READ(p) rcu_dereference(p)
#else
#define RCU_READ(p) __atomic_load_n(&(p), __ATOMIC_CONSUME)
#endif

#endif
