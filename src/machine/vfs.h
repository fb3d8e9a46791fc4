/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual functions that come and go in a live run. The caller has locked sysfs. */
#ifndef STCE_MACHINE_VFS_H
#define STCE_MACHINE_VFS_H

#include "machine/machine.h"

/*
 * Makes so many virtual functions of the function at this address, which has none, in all programs of the run. On
 * failure there are none. -EOPNOTSUPP: the platform cannot have more groups; -ENOMEM; -errno of a file.
 */
int machine_set_vfs(void *machine, const char *physical, unsigned int count);
/* Makes the programs forget one that was taken out of the mirror. -ENODEV: the address is none's; -errno of a file. */
int machine_forget_vf(void *machine, const char *address);

#endif
