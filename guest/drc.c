/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's side of hot-plug, by RTAS: `drc isolate PATH` gives a PCI slot back to the host, and `drc sense PATH` prints
 * 1 if the host has a device in it, else 0. PATH is a file with the slot's DRC index, as ibm,my-drc-index of a device's
 * node. This is the part of drmgr(8) that unplugging needs [LoPAR 13.5, 13.7].
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ISOLATION_STATE 9001
#define ENTITY_SENSE    9003
#define ISOLATE         0

/* As the kernel's struct rtas_args; all numbers are big-endian. */
struct call {
	uint32_t token, arguments, results;
	uint32_t value[16];
	uint64_t unused;
};

static uint32_t read_number(const char *path)
{
	uint32_t number = 0;
	FILE *file = fopen(path, "re");

	if (file && fread(&number, sizeof(number), 1, file) != 1)
		number = 0;
	if (file)
		fclose(file);
	return number;
}

/* Returns the status of the call, and its result behind it. */
static int rtas(struct call *call, unsigned int arguments, unsigned int results)
{
	call->arguments = htonl(arguments);
	call->results = htonl(results);
	if (!call->token || syscall(SYS_rtas, call))
		return -1;
	return (int)ntohl(call->value[arguments]);
}

int main(int argc, char **argv)
{
	struct call call = { 0 };
	int r;

	if (argc != 3)
		return 2;
	call.value[1] = read_number(argv[2]);
	if (!strcmp(argv[1], "isolate")) {
		call.token = read_number("/proc/device-tree/rtas/set-indicator");
		call.value[0] = htonl(ISOLATION_STATE);
		call.value[2] = htonl(ISOLATE);
		return rtas(&call, 3, 1) != 0;
	}
	call.token = read_number("/proc/device-tree/rtas/get-sensor-state");
	call.value[0] = htonl(ENTITY_SENSE);
	r = rtas(&call, 2, 2);
	if (!r)
		printf("%u\n", ntohl(call.value[3]));
	return r != 0;
}
