/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the name of a file valid in any directory. Nothing is resolved: the file need not be there. */
#ifndef STCE_UTIL_ABSOLUTE_H
#define STCE_UTIL_ABSOLUTE_H

#include <limits.h>

/* Returns -ENAMETOOLONG, or -errno of getcwd(3), and changes nothing then. */
int absolute_path(char to[PATH_MAX], const char *name);

#endif
