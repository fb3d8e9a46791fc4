/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets up the library for this VMM: a machine with one NVMe function or network card, a container with its group,
 * and a bridge whose windows the guest can change. It also gives memory to KVM, the library and the
 * function, and writes the report.
 */
#include "minivmm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

/*
 * Counts the bytes that the function writes to memory that was added later, because they got there
 * through the guest's window.
 */
static void on_device_write(void *context, void *address, size_t length)
{
	struct minivmm *v = context;

	if ((char *)address >= v->ram + v->options.memory)
		__atomic_fetch_add(&v->written_high, length, __ATOMIC_RELAXED);
}

static void on_news(void *context, const struct stce_news *item)
{
	(void)context;
	if (item->kind == STCE_NEWS_WINDOW_CREATED)
		printf("minivmm: window created at %#" PRIx64 ": %" PRIu64 " MiB, pages of 2^%u\n",
		       item->start, item->size / MIB, item->page_shift);
	else if (item->kind == STCE_NEWS_WINDOW_REMOVED)
		printf("minivmm: window removed at %#" PRIx64 "\n", item->start);
	else if (item->kind == STCE_NEWS_FAULT)
		printf("minivmm: DMA fault at %#" PRIx64 "\n", item->start);
	else if (item->kind == STCE_NEWS_PE_FROZEN)
		printf("minivmm: group %d frozen\n", item->group);
	else if (item->kind == STCE_NEWS_PE_THAWED)
		printf("minivmm: group %d thawed\n", item->group);
}

static void add_function(struct stce_config *config, const char *format, ...)
{
	char why[STCE_WHY_SIZE] = "", device[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(device, sizeof(device), format, arguments);
	va_end(arguments);
	check(why, stce_config_set(config, "device", device, why));
}

/* The guest's function is in group 1. */
static void add_functions(struct minivmm *v, struct stce_config *config)
{
	const struct options *o = &v->options;
	const char *comma = o->properties ? "," : "", *properties = o->properties ? o->properties : "";

	v->pci.name = "0000:01:00.0";
	if (!o->net) {
		add_function(config, "nvme,addr=0000:01:00.0,group=1,%s%s%s%s", o->disk ? "file=" : "size=",
			     o->disk ? o->disk : "8M", comma, properties);
	} else if (!o->is_virtual) {
		add_function(config, "igb,addr=0000:01:00.0,group=1,net=%s%s%s", o->net, comma, properties);
	} else {
		add_function(config, "igb,addr=0000:01:00.0,group=0,host-driver=igb,net=%s", o->net);
		add_function(config, "igbvf,physical=0000:01:00.0,group=1%s%s", comma, properties);
		v->pci.name = "0000:01:10.0";
	}
}

static void make_machine(struct minivmm *v)
{
	struct stce_config *config;
	char why[STCE_WHY_SIZE] = "", memlock[32];

	/* The limit covers memory, and tables for it. */
	snprintf(memlock, sizeof(memlock), "%" PRIu64 "M", v->options.memory_max / MIB + 256);
	check("config", stce_config_new(&config));
	add_functions(v, config);
	check(why, stce_config_set(config, "memlock", memlock, why));
	buses_describe(v, config);
	check(why, stce_machine_new(config, &v->machine, why));
	stce_config_free(config);
	stce_machine_on_news(v->machine, on_news, v);
	stce_machine_on_device_write(v->machine, on_device_write, v);
}

static void open_group(struct minivmm *v)
{
	check("container", v->container = stce_open(v->machine, "/dev/vfio/vfio", O_RDWR));
	check("group", v->group = stce_open(v->machine, "/dev/vfio/1", O_RDWR));
	check("set container", stce_ioctl(v->group, VFIO_GROUP_SET_CONTAINER, &v->container));
	check("set iommu", stce_ioctl(v->container, VFIO_SET_IOMMU, (void *)VFIO_SPAPR_TCE_v2_IOMMU));
}

static void make_bridge(struct minivmm *v)
{
	const uint32_t associate[STCE_RTAS_ASSOCIATE_CALLS] = { RTAS_ASSOCIATE_TOKEN, RTAS_ASSOCIATE_TOKEN + 1 };
	uint32_t token[STCE_RTAS_CALLS], eeh[STCE_RTAS_EEH_CALLS];

	for (uint32_t i = 0; i < STCE_RTAS_CALLS; i++)
		token[i] = RTAS_WINDOW_TOKEN + i;
	for (uint32_t i = 0; i < STCE_RTAS_EEH_CALLS; i++)
		eeh[i] = RTAS_EEH_TOKEN + i;
	check("tokens", stce_vm_set_rtas_tokens(v->vm, token));
	check("tokens", stce_vm_set_rtas_eeh(v->vm, eeh));
	if (v->options.associate)
		check("tokens", stce_vm_set_rtas_associate(v->vm, associate));
	check("bridge", stce_phb_config_init(&v->phb_config, "power9", 0));
	v->phb_config.no_ddw = v->options.no_ddw;
	check("bridge", stce_phb_new(v->vm, &v->phb_config, &v->phb));
	check("group on the bus", stce_phb_add_group(v->phb, v->container, v->group));
}

void host_new(struct minivmm *v)
{
	v->ram = mmap(NULL, v->options.memory_max, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (v->ram == MAP_FAILED)
		fail("there is no memory for the guest");
	make_machine(v);
	open_group(v);
	check("VM", stce_vm_new(v->machine, &v->vm));
	check("hypercalls", stce_vm_enable_hcall(v->vm, STCE_H_PUT_TCE_INDIRECT, true));
	check("hypercalls", stce_vm_enable_hcall(v->vm, STCE_H_STUFF_TCE, true));
	make_bridge(v);
	buses_new(v);
}

void host_add_memory(struct minivmm *v, uint64_t gpa, uint64_t size)
{
	char *address = v->ram + gpa;
	struct kvm_userspace_memory_region slot = {
		.slot = (uint32_t)(gpa / LMB_SIZE),
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)address,
	};
	struct vfio_iommu_spapr_register_memory memory = {
		.argsz = sizeof(memory),
		.vaddr = (uintptr_t)address,
		.size = size,
	};

	check_errno("memory for KVM", ioctl(v->kvm_vm, KVM_SET_USER_MEMORY_REGION, &slot));
	check("memory for hypercalls", stce_vm_set_memory(v->vm, slot.slot, gpa, size, address));
	check("memory for the device",
	      stce_ioctl(v->container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory));
	buses_add_memory(v, address, size);
	printf("minivmm: memory from %" PRIu64 " to %" PRIu64 " MiB\n", gpa / MIB, (gpa + size) / MIB);
}

static void write_report(const struct minivmm *v, const struct stce_stats *stats)
{
	const char *path = v->options.report;
	FILE *file = fopen(path, "we");

	if (!file)
		fail("%s cannot be written", path);
	fprintf(file, "{\n  \"added_memory_written_bytes\": %" PRIu64 ",\n  \"counters\": {",
		v->written_high);
#define FIELD(field, unit, text) \
	fprintf(file, "%s\n    \"" #field "\": %" PRIu64, \
		&stats->field == (const uint64_t *)stats ? "" : ",", stats->field);
	STCE_STATS(FIELD)
#undef FIELD
	fprintf(file, "\n  }\n}\n");
	if (fclose(file))
		fail("%s cannot be written", path);
}

void host_report(const struct minivmm *v)
{
	struct stce_stats stats;
	const struct stce_stats *s = &stats;

	stce_machine_stats(v->machine, &stats, sizeof(stats));
	printf("minivmm: windows %" PRIu64 " created, %" PRIu64 " removed\n", s->windows_created,
	       s->windows_removed);
	printf("minivmm: TCEs %" PRIu64 " written, %" PRIu64 " valid at the end\n", s->tces_written,
	       s->pages_mapped);
	printf("minivmm: TCE calls %" PRIu64 " finished in real mode, %" PRIu64 " in virtual mode, %"
	       PRIu64 " left to the VMM\n", s->hcalls_real, s->hcalls_virtual, s->hcalls_user);
	printf("minivmm: device %" PRIu64 " KiB read, %" PRIu64 " KiB written, %" PRIu64
	       " KiB of them to added memory; %" PRIu64 " interrupts\n", s->dma_read_bytes >> 10,
	       s->dma_write_bytes >> 10, v->written_high >> 10, s->interrupts);
	if (v->options.buses)
		printf("minivmm: %" PRIu64 " tables of the guest made; hardware tables %" PRIu64 " KiB at most\n",
		       s->guest_tables, s->table_bytes_peak >> 10);
	if (v->options.report)
		write_report(v, s);
}

void host_free(struct minivmm *v)
{
	stce_close(v->pci.device);
	buses_free(v);
	stce_phb_free(v->phb);
	stce_vm_free(v->vm);
	stce_close(v->group);
	stce_close(v->container);
	stce_machine_free(v->machine);
}
