/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the files that are built and installed together with the program. */
#ifndef STCE_CLI_COMPANION_H
#define STCE_CLI_COMPANION_H

#define COMPANION_PATH_SIZE 4096

/*
 * Sets the path of the file. It looks beside the program, as in the build folder; then in the
 * folder where the file is installed, below the same root as the program, so that a tree made with
 * DESTDIR works before it is moved. If neither has the file, the path is the installed one.
 */
void companion_find(char path[COMPANION_PATH_SIZE], const char *name, const char *installed_folder);

#endif
