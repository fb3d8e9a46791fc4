/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NVMe function as a whole: its options, its creation, reset and end, and its PCI identity. The
 * options are checked completely before anything is made. registers.c takes the host's accesses.
 */
#include "nvme/nvme.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev/options.h"
#include "nvme/admin.h"
#include "nvme/identify.h"
#include "nvme/io.h"
#include "nvme/registers.h"
#include "nvme/state.h"
#include "nvme/worker.h"
#include "util/alloc.h"
#include "util/os.h"

#define MEMORY_SIZE    (64 * MIB)
#define QUEUES_DEFAULT 16
#define PATH_SIZE      4096

struct wish {
	struct backing_wish backing;
	struct nvme_settings settings;
};

static const struct function_option_help nvme_options[] = {
	{ "file", "PATH", "the disk: a file whose size is a multiple of the block" },
	{ "size", "SIZE", "size of the disk in memory that is used without file (64M)" },
	{ "readonly", "on|off", "open the file for reading, refuse writes (off)" },
	{ "block", "512|4096", "logical block, bytes (512)" },
	{ "serial", "TEXT", "serial number, up to 20 characters (from the address)" },
	{ "queues", "N", "pairs of I/O queues, 1 to 64 (16)" },
	{ "iothread", "on|off|auto", "serve the queues in their own thread: always, never, or while faster (auto)" },
	{ NULL, NULL, NULL },
};

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}

static void read_serial(struct options *options, char serial[NVME_SERIAL_SIZE + 1])
{
	const char *text = options_text(options, "serial", NULL);

	if (!text)
		snprintf(serial, NVME_SERIAL_SIZE + 1, "tce-%s", options->init->address);
	else if (strlen(text) > NVME_SERIAL_SIZE || !is_printable(text))
		options_refuse(options, "serial=%s is more than %u characters or not printable", text,
			       NVME_SERIAL_SIZE);
	else
		snprintf(serial, NVME_SERIAL_SIZE + 1, "%s", text);
}

static enum nvme_iothread read_iothread(struct options *options)
{
	static const char *const names[] = {
		[NVME_IOTHREAD_OFF] = "off", [NVME_IOTHREAD_ON] = "on", [NVME_IOTHREAD_AUTO] = "auto",
	};
	const char *text = options_text(options, "iothread", "auto");

	for (unsigned int i = 0; i < ARRAY_COUNT(names); i++)
		if (!strcmp(text, names[i]))
			return (enum nvme_iothread)i;
	options_refuse(options, "iothread=%s is none of on, off and auto", text);
	return NVME_IOTHREAD_OFF;
}

static int read_wish(const struct function_init *init, struct wish *wish, char *why)
{
	struct options o = options_begin(&nvme_function_type, init, why);
	uint64_t block = options_size(&o, "block", 512);

	*wish = (struct wish){
		.backing = {
			.type = nvme_function_type.name,
			.file = options_text(&o, "file", NULL),
			.size = options_size(&o, "size", MEMORY_SIZE),
			.block = (unsigned int)block,
			.readonly = options_switch(&o, "readonly", false),
		},
		.settings.queues = options_number(&o, "queues", QUEUES_DEFAULT, 1,
						  NVME_IO_QUEUES_MAX),
	};
	read_serial(&o, wish->settings.serial);
	wish->settings.iothread = read_iothread(&o);
	if (block != 512 && block != 4096)
		options_refuse(&o, "block=%llu is neither 512 nor 4096",
			       (unsigned long long)block);
	if (wish->backing.file && options_has(&o, "size"))
		options_refuse(&o, "size= is for a disk in memory; a file has its own size");
	if (!wish->backing.file && wish->backing.readonly)
		options_refuse(&o, "readonly=on is for a file");
	if (!o.error)
		wish->settings.block_shift = log2_of(block);
	return o.error;
}

static int nvme_check(const struct function_init *init, char *why)
{
	struct wish wish;
	int r = read_wish(init, &wish, why);

	return r ? r : backing_check(&wish.backing, why);
}

static void nvme_reset(struct function *fn)
{
	struct nvme *nvme = nvme_of(fn);

	if (nvme_is_ready(nvme) && !(nvme->csts & NVME_CSTS_SHST_MASK))
		nvme->health.unsafe_shutdowns++;
	nvme->cc = 0;
	nvme->aqa = 0;
	nvme->asq = 0;
	nvme->acq = 0;
	msix_table_reset(&nvme->msix);
	nvme_reset_controller(nvme);
}

static void nvme_free(struct function *fn)
{
	struct nvme *nvme = nvme_of(fn);

	nvme_worker_fini(nvme);
	backing_close(&nvme->backing);
	function_fini(fn);
	free(nvme);
}

static const struct function_ops nvme_ops = {
	.bar_read = nvme_bar_read,
	.bar_write = nvme_bar_write,
	.quiesce = nvme_quiesce,
	.reset = nvme_reset,
	.save = nvme_save,
	.judge = nvme_judge,
	.apply = nvme_apply,
	.free = nvme_free,
};

static int open_backing(struct nvme *nvme, const struct function_init *init,
			const struct backing_wish *wish, char *why)
{
	char path[PATH_SIZE];
	int length = 0;

	if (init->shared_directory)
		length = snprintf(path, sizeof(path), "%s/mem-%s", init->shared_directory,
				  init->address);
	if (length >= (int)sizeof(path))
		return function_refuse(why, -ENAMETOOLONG, "nvme: %s: the name is too long",
				       init->shared_directory);
	return backing_open(&nvme->backing, wish, init->shared_directory ? path : NULL, why);
}

static int init_common(struct nvme *nvme, const struct function_init *init, char *why)
{
	const struct pci_identity identity = {
		.vendor = NVME_PCI_VENDOR,
		.device = NVME_PCI_DEVICE,
		.subsystem_vendor = NVME_PCI_VENDOR,
		.subsystem = NVME_PCI_DEVICE,
		.class_code = NVME_CLASS_CODE,
		.revision = 1,
		.bar = { { NVME_BAR_SIZE, true, false } },
		.msix_vectors = nvme->settings.queues + 1,
		.msix_table_offset = NVME_MSIX_TABLE,
		.msix_pba_offset = NVME_MSIX_PBA,
		.has_intx = true,
	};
	int r = function_init(&nvme->fn, &nvme_function_type, &nvme_ops, init, &identity);

	return r ? function_refuse(why, r, "nvme: out of memory") : 0;
}

static int nvme_create(const struct function_init *init, struct function **fn, char *why)
{
	struct wish wish;
	struct nvme *nvme;
	int r = read_wish(init, &wish, why);

	if (r)
		return r;
	nvme = ALLOC(struct nvme);
	if (!nvme)
		return function_refuse(why, -ENOMEM, "nvme: out of memory");
	nvme->settings = wish.settings;
	nvme->admin_opcodes = nvme_admin_opcodes;
	nvme->io_opcodes = nvme_io_opcodes;
	r = open_backing(nvme, init, &wish.backing, why);
	if (r)
		goto free_nvme;
	r = init_common(nvme, init, why);
	if (r)
		goto close_backing;
	nvme->block_count = nvme->backing.size >> nvme->settings.block_shift;
	nvme->health.born_ns = os_now_ns();
	nvme_worker_init(nvme);
	nvme_identify_init(nvme);
	nvme_reset(&nvme->fn);
	*fn = &nvme->fn;
	return 0;

close_backing:
	backing_close(&nvme->backing);
free_nvme:
	free(nvme);
	return r;
}

const struct function_type nvme_function_type = {
	.name = "nvme",
	.text = "an NVMe 1.4 disk with one namespace, in a file or in memory",
	.options = nvme_options,
	.check = nvme_check,
	.create = nvme_create,
};
