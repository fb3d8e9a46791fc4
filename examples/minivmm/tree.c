/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the complete device tree. The kernel is entered without a client interface, so that
 * nothing is negotiated and nothing is added to the tree later. The library writes the properties
 * of windows.
 */
#include "minivmm.h"

#include <libfdt.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>

#define TREE_SIZE     65536
#define LMB_ASSIGNED  0x8           /* a block's flag that its memory is there */
#define TIMEBASE_HZ   512000000     /* the frequency on every host that has radix */

/* A tree that grows at its end, and keeps its first error. */
struct tree {
	void *fdt;
	int error;
};

static void begin(struct tree *t, const char *name)
{
	t->error = t->error ? t->error : fdt_begin_node(t->fdt, name);
}

static void end(struct tree *t)
{
	t->error = t->error ? t->error : fdt_end_node(t->fdt);
}

static void bytes(struct tree *t, const char *name, const void *value, size_t size)
{
	t->error = t->error ? t->error : fdt_property(t->fdt, name, value, (int)size);
}

static void text(struct tree *t, const char *name, const char *value)
{
	bytes(t, name, value, strlen(value) + 1);
}

static void cells(struct tree *t, const char *name, const uint32_t *value, size_t count)
{
	fdt32_t cell[5 * (1 + BAR_COUNT)];

	for (size_t i = 0; i < count; i++)
		cell[i] = cpu_to_fdt32(value[i]);
	bytes(t, name, cell, count * sizeof(cell[0]));
}

#define CELLS(t, name, ...) \
	cells(t, name, (const uint32_t[]){ __VA_ARGS__ }, \
	      sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))
#define HIGH_LOW(n) (uint32_t)((uint64_t)(n) >> 32), (uint32_t)(n)

/* Writes /chosen, as kexec or a client interface would. */
static void add_chosen(struct tree *t, const struct minivmm *v)
{
	/* ibm,architecture-vec-5 holds the answers that the kernel would have negotiated. */
	const uint8_t vector[64] = {
		[5] = 0x80,      /* form 1 of associativity */
		[24] = 0x40,     /* radix */
		[26] = 0x40,     /* the guest invalidates its own translations */
	};

	begin(t, "chosen");
	text(t, "bootargs", v->options.append);
	text(t, "linux,stdout-path", "/vdevice/vty@71000000");
	if (v->options.initrd) {
		CELLS(t, "linux,initrd-start", HIGH_LOW(v->boot.initrd));
		CELLS(t, "linux,initrd-end", HIGH_LOW(v->boot.initrd_end));
	}
	bytes(t, "ibm,architecture-vec-5", vector, sizeof(vector));
	end(t);
}

static void add_cpu(struct tree *t, const struct minivmm *v)
{
	/*
	 * Attributes of the processor: a count, a kind, then the bytes of attributes [LoPAR C.6.2].
	 */
	const uint8_t features[2 + 64] = {
		[0] = 64,
		[2 + 0] = 0xf6,      /* MMU, FPU, SLB, RUN, no-execute, ... */
		[2 + 1] = 0x20,      /* large pages that inhibit caching */
		[2 + 5] = 0x80,      /* little-endian */
		[2 + 40] = 0x80,     /* radix */
	};
	struct kvm_ppc_rmmu_info mmu;
	uint32_t sizes[8];
	size_t count = 0;

	begin(t, "cpus");
	CELLS(t, "#address-cells", 1);
	CELLS(t, "#size-cells", 0);
	begin(t, "PowerPC,POWER9@0");
	text(t, "device_type", "cpu");
	text(t, "status", "okay");
	CELLS(t, "reg", 0);
	CELLS(t, "ibm,ppc-interrupt-server#s", 0);
	CELLS(t, "ibm,ppc-interrupt-gserver#s", 0, 0);
	CELLS(t, "timebase-frequency", TIMEBASE_HZ);
	CELLS(t, "clock-frequency", GIB);
	CELLS(t, "d-cache-block-size", 128);
	CELLS(t, "d-cache-line-size", 128);
	CELLS(t, "d-cache-size", 32768);
	CELLS(t, "i-cache-block-size", 128);
	CELLS(t, "i-cache-line-size", 128);
	CELLS(t, "i-cache-size", 32768);
	CELLS(t, "ibm,vmx", 2);
	CELLS(t, "ibm,dfp", 1);
	CELLS(t, "ibm,associativity", 5, 0, 0, 0, 0, 0);
	bytes(t, "64-bit", NULL, 0);
	bytes(t, "ibm,pa-features", features, sizeof(features));
	vcpu_page_sizes(v, &mmu);
	while (count < 8 && mmu.ap_encodings[count]) {
		sizes[count] = mmu.ap_encodings[count];
		count++;
	}
	cells(t, "ibm,processor-radix-AP-encodings", sizes, count);
	end(t);
	end(t);
}

static void add_memory(struct tree *t, const struct minivmm *v)
{
	begin(t, "memory@0");
	text(t, "device_type", "memory");
	CELLS(t, "reg", 0, 0, HIGH_LOW(v->options.memory));
	CELLS(t, "ibm,associativity", 4, 0, 0, 0, 0);
	end(t);
}

/*
 * Writes the blocks that are or can be added: address, connector, reserved, associativity, flags.
 */
static void add_blocks(struct tree *t, const struct minivmm *v)
{
	fdt32_t list[1 + 6 * LMB_COUNT_MAX], *cell = list;
	unsigned int count = lmb_count(v);

	if (!count)
		return;
	begin(t, "ibm,dynamic-reconfiguration-memory");
	CELLS(t, "ibm,lmb-size", HIGH_LOW(LMB_SIZE));
	CELLS(t, "ibm,memory-flags-mask", 0xff);
	CELLS(t, "ibm,associativity-lookup-arrays", 1, 4, 0, 0, 0, 0);
	*cell++ = cpu_to_fdt32(count);
	for (unsigned int n = 0; n < count; n++) {
		const uint32_t block[] = { HIGH_LOW(lmb_address(v, n)), lmb_drc(v, n), 0, 0,
					   v->lmb[n].is_present ? LMB_ASSIGNED : 0 };

		for (unsigned int i = 0; i < 6; i++)
			*cell++ = cpu_to_fdt32(block[i]);
	}
	bytes(t, "ibm,dynamic-memory", list, (size_t)(cell - list) * sizeof(*cell));
	end(t);
}

static void add_rtas(struct tree *t, const struct minivmm *v)
{
	static const char hypercalls[] = "hcall-pft\0hcall-term\0hcall-dabr\0hcall-interrupt\0hcall-tce\0"
					 "hcall-vio\0hcall-set-mode\0hcall-multi-tce";
	const struct rtas_row *row;

	begin(t, "rtas");
	CELLS(t, "linux,rtas-base", (uint32_t)v->boot.rtas);
	CELLS(t, "linux,rtas-entry", (uint32_t)v->boot.rtas);
	CELLS(t, "rtas-size", (uint32_t)v->boot.rtas_size);
	bytes(t, "ibm,hypertas-functions", hypercalls, sizeof(hypercalls));
	CELLS(t, "ibm,lrdr-capacity", HIGH_LOW(v->options.memory_max), HIGH_LOW(LMB_SIZE), 1);
	CELLS(t, "ibm,associativity-reference-points", 4, 4);
	CELLS(t, "ibm,max-associativity-domains", 4, 1, 1, 1, 1);
	for (unsigned int n = 0; (row = rtas_row(n)); n++)
		CELLS(t, row->name, n + 1);
	end(t);
}

static void add_interrupts(struct tree *t)
{
	begin(t, "interrupt-controller");
	text(t, "device_type", "PowerPC-External-Interrupt-Presentation");
	text(t, "compatible", "IBM,ppc-xicp");
	CELLS(t, "reg", 0, 0, 0, 0);
	CELLS(t, "ibm,interrupt-server-ranges", 0, 1);
	CELLS(t, "#interrupt-cells", 2);
	bytes(t, "interrupt-controller", NULL, 0);
	end(t);
}

static void add_console(struct tree *t)
{
	begin(t, "vdevice");
	text(t, "device_type", "vdevice");
	text(t, "compatible", "IBM,vdevice");
	CELLS(t, "#address-cells", 1);
	CELLS(t, "#size-cells", 0);
	begin(t, "vty@71000000");
	text(t, "device_type", "serial");
	text(t, "compatible", "hvterm1");
	CELLS(t, "reg", CONSOLE_UNIT);
	end(t);
	end(t);
}

static void put_range(uint32_t *cell, uint32_t space, uint64_t address, uint64_t size)
{
	memcpy(cell, (const uint32_t[]){ space, HIGH_LOW(address), HIGH_LOW(size) }, 5 * sizeof(*cell));
}

/*
 * Writes the function as firmware leaves it, because the kernel believes the tree and does not
 * probe.
 */
static void add_function(struct tree *t, const struct minivmm *v)
{
	const uint32_t place = PCI_DEVFN << 8;
	uint32_t reg[5 * (1 + BAR_COUNT)] = { place }, assigned[5 * BAR_COUNT];
	unsigned int count = 0;

	for (unsigned int n = 0; n < BAR_COUNT; n++) {
		const struct bar *bar = &v->pci.bar[n];
		/* Memory with 64-bit or 32-bit addresses. */
		uint32_t space = (bar->is_64_bit ? 0x03000000 : 0x02000000) | place | (PCI_BASE_ADDRESS_0 + 4 * n);

		if (!bar->size)
			continue;
		put_range(reg + 5 * (1 + count), space, 0, bar->size);
		put_range(assigned + 5 * count, space | 0x80000000, PCI_WINDOW_BUS + bar->address, bar->size);
		count++;
	}
	begin(t, v->options.net ? "ethernet@1" : "nvme@1");
	cells(t, "reg", reg, 5 * (1 + count));
	cells(t, "assigned-addresses", assigned, 5 * count);
	CELLS(t, "vendor-id", pci_config_read(v, PCI_VENDOR_ID, 2));
	CELLS(t, "device-id", pci_config_read(v, PCI_DEVICE_ID, 2));
	CELLS(t, "revision-id", pci_config_read(v, PCI_REVISION_ID, 1));
	CELLS(t, "class-code", pci_config_read(v, PCI_CLASS_REVISION, 4) >> 8);
	CELLS(t, "subsystem-vendor-id", pci_config_read(v, PCI_SUBSYSTEM_VENDOR_ID, 2));
	CELLS(t, "subsystem-id", pci_config_read(v, PCI_SUBSYSTEM_ID, 2));
	CELLS(t, "ibm,req#msi-x", v->pci.msi_max);
	end(t);
}

/* Begins a bridge with one bus, whose memory is at that address. */
static void begin_bridge(struct tree *t, const char *name, uint64_t buid, uint64_t memory)
{
	begin(t, name);
	text(t, "device_type", "pci");
	text(t, "compatible", "IBM,Logical_PHB");
	CELLS(t, "reg", HIGH_LOW(buid), 0, 0);
	CELLS(t, "#address-cells", 3);
	CELLS(t, "#size-cells", 2);
	CELLS(t, "bus-range", 0, 0);
	CELLS(t, "ranges", 0x02000000, HIGH_LOW(PCI_WINDOW_BUS), HIGH_LOW(memory), HIGH_LOW(PCI_WINDOW_SIZE));
	CELLS(t, "ibm,pci-config-space-type", 1);
}

static void add_bridge(struct tree *t, const struct minivmm *v, const char *name)
{
	begin_bridge(t, name, v->phb_config.buid, PCI_WINDOW);
	CELLS(t, "ibm,pe-total-#msi", PCI_MSI_COUNT);
	add_function(t, v);
	end(t);
}

/* Writes a further bridge; dmatest has registers only, and no driver in a kernel. */
static void add_bus(struct tree *t, const struct bus *bus, unsigned int n)
{
	const uint32_t place = PCI_DEVFN << 8, bar = 0x03000000 | place | PCI_BASE_ADDRESS_0;
	uint64_t memory = PCI_WINDOW + (n + 1) * PCI_WINDOW_SIZE;
	char name[32];

	snprintf(name, sizeof(name), "pci@%llx", (unsigned long long)bus->config.buid);
	begin_bridge(t, name, bus->config.buid, memory);
	begin(t, "dmatest@1");
	CELLS(t, "reg", place, 0, 0, 0, 0, bar, 0, 0, 0, STCE_DMATEST_BAR_SIZE);
	CELLS(t, "assigned-addresses", bar | 0x80000000, HIGH_LOW(PCI_WINDOW_BUS), 0, STCE_DMATEST_BAR_SIZE);
	CELLS(t, "vendor-id", STCE_DMATEST_VENDOR);
	CELLS(t, "device-id", STCE_DMATEST_DEVICE);
	end(t);
	end(t);
}

static void add_root(struct tree *t, const struct minivmm *v, const char *bridge)
{
	begin(t, "");
	text(t, "device_type", "chrp");
	text(t, "model", "spapr-tce minivmm");
	text(t, "compatible", "linux,minivmm");
	CELLS(t, "#address-cells", 2);
	CELLS(t, "#size-cells", 2);
	add_chosen(t, v);
	add_cpu(t, v);
	add_memory(t, v);
	add_blocks(t, v);
	add_rtas(t, v);
	add_interrupts(t);
	add_console(t);
	add_bridge(t, v, bridge);
	for (unsigned int n = 0; n < v->options.buses; n++)
		add_bus(t, &v->bus[n], n);
	end(t);
}

void tree_write(struct minivmm *v)
{
	struct tree t = { .fdt = v->ram + v->boot.tree };
	char bridge[32], path[33];

	if (v->boot.tree + TREE_SIZE > v->options.memory)
		fail("the guest's memory is too small for the tree");
	snprintf(bridge, sizeof(bridge), "pci@%llx", (unsigned long long)v->phb_config.buid);
	t.error = fdt_create(t.fdt, TREE_SIZE);
	t.error = t.error ? t.error : fdt_add_reservemap_entry(t.fdt, v->boot.rtas, v->boot.rtas_size);
	t.error = t.error ? t.error : fdt_finish_reservemap(t.fdt);
	add_root(&t, v, bridge);
	t.error = t.error ? t.error : fdt_finish(t.fdt);
	t.error = t.error ? t.error : fdt_open_into(t.fdt, t.fdt, TREE_SIZE);
	if (t.error)
		fail("the device tree cannot be written: %s", fdt_strerror(t.error));
	snprintf(path, sizeof(path), "/%s", bridge);
	check("device tree", stce_phb_write_tree(v->phb, t.fdt, path));
	for (unsigned int n = 0; n < v->options.buses; n++) {
		snprintf(path, sizeof(path), "/pci@%llx", (unsigned long long)v->bus[n].config.buid);
		check("device tree", stce_phb_write_tree(v->bus[n].phb, t.fdt, path));
	}
}
