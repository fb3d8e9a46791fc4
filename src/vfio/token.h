/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The secret that the user of a physical function shares with those of its virtual functions, a UUID behind
 * the name of the device. Any thread may call these; no lock is held.
 */
#ifndef STCE_VFIO_TOKEN_H
#define STCE_VFIO_TOKEN_H

#include "vfio/vfio.h"

/* Gives a new member a token that nobody knows. */
void vfio_token_init(struct vfio_member *member);
/*
 * Judges what follows the name of a member's device. -EINVAL: it is neither blank nor a token that the function can
 * have; -EACCES: the token is missing or not the right one.
 */
int vfio_token_check(struct vfio_member *member, const char *words);

#endif
