/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the command line and brings the parts to life in their order; ends the program when a part
 * fails.
 */
#include "minivmm.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fail(const char *format, ...)
{
	va_list arguments;

	fputs("minivmm: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

void check(const char *what, long result)
{
	if (result < 0)
		fail("%s: %s (%s)", what, strerror((int)-result), stce_last_reason());
}

int check_errno(const char *what, int result)
{
	if (result < 0)
		fail("%s: %s", what, strerror(errno));
	return result;
}

static const char usage[] =
	"usage: minivmm --kernel VMLINUX [OPTION]...\n"
	"       minivmm --image FILE [OPTION]...\n"
	"       minivmm --restore FILE [OPTION]...\n"
	"  --image FILE        a program for the bare machine: it is loaded at 0 and entered at 0x100, big-endian\n"
	"  --initrd FILE       the initramfs\n"
	"  --append WORDS      the kernel's command line\n"
	"  --disk FILE         file behind the NVMe function (default: 8 MiB of memory)\n"
	"  --net TEXT          an igb in the place of the disk, plugged into TEXT, for example tap:tap0\n"
	"  --card TYPE         with --net: igb (the default), or igbvf, a virtual function of an igb that the host keeps\n"
	"  --properties WORDS  more properties of the function, for example iothread=on\n"
	"  --memory MIB        memory at the start (default 512; a multiple of 256)\n"
	"  --memory-max MIB    memory after all blocks are added (default: that at the start)\n"
	"  --block MIB         the block at this address can be added, but is there from the start\n"
	"  --no-ddw            the firmware has no dynamic windows\n"
	"  --bridges N         so many bridges (default 1, at most 4), each but the first with a dmatest function\n"
	"  --associate         the guest may associate a window with several bridges\n"
	"  --report FILE.json  write the library's counters to this file\n"
	"  --save FILE         SIGUSR1 saves the guest to FILE, and ends this program\n"
	"  --restore FILE      goes on with a saved guest, on the same disk\n";

static uint64_t mebibytes(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 10);

	if (!n || *end || n * MIB % LMB_SIZE)
		fail("%s is not a multiple of %llu", text, (unsigned long long)(LMB_SIZE / MIB));
	return n * MIB;
}

static unsigned int bridges(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!n || *end || n > BUSES_MAX + 1)
		fail("there can be 1 to %d bridges", BUSES_MAX + 1);
	return (unsigned int)n;
}

static bool is_virtual(const char *card)
{
	if (strcmp(card, "igb") && strcmp(card, "igbvf"))
		fail("%s is neither igb nor igbvf", card);
	return !strcmp(card, "igbvf");
}

static struct options parse(int argc, char **argv)
{
	static const struct option names[] = {
		{ "kernel", required_argument, NULL, 'k' },
		{ "image", required_argument, NULL, 'I' },
		{ "initrd", required_argument, NULL, 'i' },
		{ "append", required_argument, NULL, 'a' },
		{ "disk", required_argument, NULL, 'd' },
		{ "net", required_argument, NULL, 'N' },
		{ "card", required_argument, NULL, 'c' },
		{ "properties", required_argument, NULL, 'p' },
		{ "memory", required_argument, NULL, 'm' },
		{ "memory-max", required_argument, NULL, 'M' },
		{ "block", required_argument, NULL, 'b' },
		{ "no-ddw", no_argument, NULL, 'n' },
		{ "bridges", required_argument, NULL, 'B' },
		{ "associate", no_argument, NULL, 'A' },
		{ "report", required_argument, NULL, 'r' },
		{ "save", required_argument, NULL, 's' },
		{ "restore", required_argument, NULL, 'R' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .append = "", .memory = 512 * MIB };
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 'k': o.kernel = optarg; break;
		case 'I': o.image = optarg; break;
		case 'i': o.initrd = optarg; break;
		case 'a': o.append = optarg; break;
		case 'd': o.disk = optarg; break;
		case 'N': o.net = optarg; break;
		case 'c': o.is_virtual = is_virtual(optarg); break;
		case 'p': o.properties = optarg; break;
		case 'm': o.memory = mebibytes(optarg); break;
		case 'M': o.memory_max = mebibytes(optarg); break;
		case 'b': o.block = mebibytes(optarg); break;
		case 'n': o.no_ddw = true; break;
		case 'B': o.buses = bridges(optarg) - 1; break;
		case 'A': o.associate = true; break;
		case 'r': o.report = optarg; break;
		case 's': o.save = optarg; break;
		case 'R': o.restore = optarg; break;
		case 'h': fputs(usage, stdout); exit(0);
		default: fputs(usage, stderr); exit(2);
		}
	}
	if (optind != argc || !!o.kernel + !!o.image + !!o.restore != 1) {
		fputs(usage, stderr);
		exit(2);
	}
	if (!o.memory_max)
		o.memory_max = o.memory;
	if (o.memory_max < o.memory || (o.memory_max - o.memory) / LMB_SIZE > LMB_COUNT_MAX)
		fail("memory can grow by 0 to %d blocks", LMB_COUNT_MAX);
	if (o.block && (o.block < o.memory || o.block >= o.memory_max))
		fail("the block is not in the memory that can be added");
	return o;
}

/*
 * Fills the guest's memory with the kernel, the tree and the stub, and sets the vCPU's entry point.
 */
static void start_guest(struct minivmm *v)
{
	host_add_memory(v, 0, v->options.memory);
	if (v->options.block)
		lmb_add(v, (unsigned int)((v->options.block - v->options.memory) / LMB_SIZE));
	boot_load(v);
	tree_write(v);
	vcpu_set_entry(v);
}

int main(int argc, char **argv)
{
	struct minivmm v = { .options = parse(argc, argv) };

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (v.options.restore)
		saved_size(&v);
	saved_prepare(&v);
	host_new(&v);
	vcpu_new(&v);
	xics_new(&v);
	pci_new(&v);
	if (v.options.restore)
		saved_restore(&v);
	else
		start_guest(&v);
	vcpu_run(&v);
	if (v.is_stopped)
		saved_finish(&v);
	host_report(&v);
	host_free(&v);
	return 0;
}
