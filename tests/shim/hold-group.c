/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens group 1, or the named one, prints "open" or the error, and holds it until the end of its
 * input.
 */
#include "program.h"

int main(int argc, char **argv)
{
	char path[32], byte;
	int fd;

	snprintf(path, sizeof(path), "/dev/vfio/%s", argc > 1 ? argv[1] : "1");
	fd = open(path, O_RDWR);

	puts(fd >= 0 ? "open" : errno == EBUSY ? "busy" : "error");
	fflush(stdout);
	while (fd >= 0 && read(STDIN_FILENO, &byte, 1) > 0)
		;
	return fd >= 0 ? 0 : 1;
}
