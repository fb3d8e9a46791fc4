/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refuses PROGRAM [ARGUMENT...] starts the program with process_vm_readv() refused, as in some
 * containers.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "refuse.h"

int main(int argc, char **argv)
{
	int r = argc < 2 ? -EINVAL : refuse_vm_copies(EPERM);

	if (r) {
		printf("1..0 # SKIP no system call can be refused here: %s\n", strerror(-r));
		return 0;
	}
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 1;
}
