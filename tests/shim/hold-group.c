/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens group 1, says "open" or the error, and holds it until the end of its input. For two-programs.sh. */
#include "program.h"

int main(void)
{
	int fd = open("/dev/vfio/1", O_RDWR);
	char byte;

	puts(fd >= 0 ? "open" : errno == EBUSY ? "busy" : "error");
	fflush(stdout);
	while (fd >= 0 && read(STDIN_FILENO, &byte, 1) > 0)
		;
	return fd >= 0 ? 0 : 1;
}
