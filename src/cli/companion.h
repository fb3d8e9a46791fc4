/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that the program is built and installed with.
 */
#ifndef STCE_CLI_COMPANION_H
#define STCE_CLI_COMPANION_H

#define COMPANION_PATH_SIZE 4096

/*
 * Where the file lies: beside the program, as in the build folder; in the folder
 * where it is installed, below the same root as the program, so that a tree
 * made with DESTDIR works before it is moved; or there. The last, where there
 * is none.
 */
void companion_find(char path[COMPANION_PATH_SIZE], const char *name, const char *installed_folder);

#endif
