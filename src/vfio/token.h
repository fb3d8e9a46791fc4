/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The secret that the user of a physical function shares with those of its virtual functions, a UUID behind
 * the name of the device. Any thread may call these; no lock is held. They take the lock of the physical
 * function's group, and inside it those of the virtual functions' groups.
 */
#ifndef STCE_VFIO_TOKEN_H
#define STCE_VFIO_TOKEN_H

#include "vfio/vfio.h"

/* Gives a new member that can have virtual functions a token that nobody knows. -EIO: no random numbers. */
int vfio_token_init(struct vfio_member *member);
/*
 * Judges what follows the name of a member's device, before it is opened. On success the token stays as it is until
 * vfio_token_end(), which the caller calls when it has opened the device or failed. -EINVAL: the words are neither
 * blank nor a token that the function can have; -EACCES: the token is missing or not the right one.
 */
int vfio_token_begin(struct vfio_member *member, const char *words);
void vfio_token_end(struct vfio_member *member);

#endif
