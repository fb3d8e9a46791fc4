/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest with three further bridges, each with a dmatest function. If the firmware can associate
 * windows, the guest makes one for all three and maps its memory once; otherwise it makes three and
 * maps it three times. Each function then copies memory through its window. With associations the
 * bridges leave their window in several orders, and the functions must lose it one by one. The guest
 * prints what happened, and judges nothing.
 */
#include "console.h"
#include "hcall.h"
#include "platform.h"

#define H_LOGICAL_CI_LOAD  0x3c
#define H_LOGICAL_CI_STORE 0x40

#define BRIDGES 3
#define PAGE    UINT64_C(0x1000)
#define MEMORY  UINT64_C(0x10000000)
#define ENTRIES (MEMORY / PAGE)
#define LIST    UINT64_C(0x00200000)
#define LIST_COUNT 512
#define SOURCE  UINT64_C(0x00400000)     /* of the copies, in the lower half of memory */
#define TARGET  UINT64_C(0x0c000000)     /* in the upper half */
#define LENGTH  UINT64_C(0x3000)
#define TCE_RW  UINT64_C(3)

/* Bridge n's BUID and the configuration address of its function. */
#define THE_PE(n) 0x800, 0x08000000, 0x20000000 + (n)
#define REGISTERS(n) (UINT64_C(0x200080000000) + (n) * UINT64_C(0x40000000))

#define CREATE     "ibm,create-pe-dma-window"
#define REMOVE     "ibm,remove-pe-dma-window"
#define RESET      "ibm,reset-pe-dma-windows"
#define ASSOCIATE  "spapr-tce,associate-pe-dma-window"
#define DISSOCIATE "spapr-tce,dissociate-pe-dma-window"

/* Registers of dmatest, and what is written to and read from them. */
enum { SOURCE_ADDRESS = 0x08, TARGET_ADDRESS = 0x10, BYTES = 0x18, COMMAND = 0x2c, STATUS = 0x30 };
enum { COPY = 1, DONE = 1, FAULTED = 2 };

/* The window of each bridge, at the same bus address on all. */
static uint32_t liobn[BRIDGES + 1];
static uint64_t start;

static void print_number(const char *before, uint64_t value)
{
	print(before);
	print_decimal(value);
}

static void print_rtas_status(int32_t status)
{
	print_number(status < 0 ? " -" : " ", status < 0 ? -(uint64_t)status : (uint64_t)status);
}

static void end_line(void)
{
	print("\n");
	flush();
}

/* Makes a call on a bridge, and prints its status. */
static void call(const char *name, unsigned n, uint32_t number)
{
	struct rtas_answer answer = rtas(name, 4, 1, (const uint32_t[]){ THE_PE(n), number });

	print(name);
	print_number(" ", n);
	print_rtas_status(answer.status);
	end_line();
}

static void reset(unsigned n)
{
	struct rtas_answer answer = rtas(RESET, 3, 1, (const uint32_t[]){ THE_PE(n) });

	print_number("reset ", n);
	print_rtas_status(answer.status);
	end_line();
}

static void create(unsigned n)
{
	struct rtas_answer answer = rtas(CREATE, 5, 4, (const uint32_t[]){ THE_PE(n), 12, 28 });

	liobn[n] = answer.output[0];
	start = (uint64_t)answer.output[1] << 32 | answer.output[2];
	print_number("create ", n);
	print_rtas_status(answer.status);
	print(" ");
	print_hex(liobn[n]);
	print(" ");
	print_hex(start);
	end_line();
}

/* Maps memory from one page up to another at the same offset in the window. Prints how many entries were put. */
static void map(uint32_t number, uint64_t first, uint64_t end)
{
	uint64_t *list = (uint64_t *)LIST, count = 0;

	for (uint64_t page = first; page < end; page += LIST_COUNT) {
		for (unsigned i = 0; i < LIST_COUNT; i++)
			list[i] = (page + i) * PAGE | TCE_RW;
		if (hcall(H_PUT_TCE_INDIRECT, number, start + page * PAGE, LIST, LIST_COUNT).status == H_SUCCESS)
			count += LIST_COUNT;
	}
	print_number("mapped ", count);
	end_line();
}

static void store(unsigned n, uint64_t offset, uint64_t size, uint64_t value)
{
	hcall(H_LOGICAL_CI_STORE, size, REGISTERS(n) + offset, value, 0);
}

/* The registers are little-endian. */
static void store_address(unsigned n, uint64_t offset, uint64_t value)
{
	store(n, offset, 8, __builtin_bswap64(value));
}

static bool is_copied(unsigned n)
{
	const uint8_t *from = (const uint8_t *)SOURCE, *to = (const uint8_t *)TARGET;

	for (uint64_t i = 0; i < LENGTH; i++)
		if (from[i] != (uint8_t)(i * 7 + n) || to[i] != from[i])
			return false;
	return true;
}

/* Lets a function copy memory, and says whether the bytes have arrived. */
static void copy(unsigned n)
{
	uint8_t *from = (uint8_t *)SOURCE, *to = (uint8_t *)TARGET;
	uint32_t status;

	for (uint64_t i = 0; i < LENGTH; i++) {
		from[i] = (uint8_t)(i * 7 + n);
		to[i] = 0xff;
	}
	store_address(n, SOURCE_ADDRESS, start + SOURCE);
	store_address(n, TARGET_ADDRESS, start + TARGET);
	store_address(n, BYTES, LENGTH);
	store(n, COMMAND, 4, __builtin_bswap32(COPY));
	status = __builtin_bswap32((uint32_t)hcall(H_LOGICAL_CI_LOAD, 4, REGISTERS(n) + STATUS, 0, 0).r4);
	print_number(" ", n);
	print(status == DONE && is_copied(n) ? " copies" : status == FAULTED ? " faults" : " fails");
}

static void copy_all(void)
{
	print("device");
	for (unsigned n = 1; n <= BRIDGES; n++)
		copy(n);
	end_line();
}

static void tell_whether_it_is_there(void)
{
	print(hcall(H_GET_TCE, liobn[1], start, 0, 0).status == H_SUCCESS ? "table there" : "table gone");
	end_line();
}

/* Bridge 1 makes a window, and the others get it: one before half of memory is mapped, one after. */
static void share(void)
{
	create(1);
	map(liobn[1], 0, ENTRIES / 2);
	call(ASSOCIATE, 2, liobn[1]);
	map(liobn[1], ENTRIES / 2, ENTRIES);
	call(ASSOCIATE, 3, liobn[1]);
	copy_all();
}

static void leave(unsigned n)
{
	call(DISSOCIATE, n, liobn[1]);
	copy_all();
}

static void with_one_table(void)
{
	share();
	leave(1);
	leave(2);
	leave(3);
	tell_whether_it_is_there();
	share();
	leave(3);
	leave(1);
	leave(2);
	tell_whether_it_is_there();
	share();
	print("remove");
	print_rtas_status(rtas(REMOVE, 1, 1, &liobn[1]).status);
	end_line();
	copy_all();
	tell_whether_it_is_there();
	share();
	for (unsigned n = 1; n <= BRIDGES; n++) {
		reset(n);
		copy_all();
	}
	tell_whether_it_is_there();
	/* One table at the end, for the report. */
	share();
}

static void with_three_tables(void)
{
	for (unsigned n = 1; n <= BRIDGES; n++) {
		create(n);
		map(liobn[n], 0, ENTRIES);
	}
	copy_all();
}

void guest_main(const void *device_tree)
{
	uint32_t count = 0;

	platform_init(device_tree);
	/* Memory access and bus mastering. */
	for (unsigned n = 1; n <= BRIDGES; n++)
		rtas("ibm,write-pci-config", 5, 1, (const uint32_t[]){ 0x804, 0x08000000, 0x20000000 + n, 2, 6 });
	if (platform_property("spapr-tce,ddw-associate", &count))
		with_one_table();
	else
		with_three_tables();
	print("end\n");
	power_off();
}
