/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest of bench/guest-tce times TCE calls of 512 entries on the default window, by turns in
 * its lower half and in its upper half. It does not know how the runner treats the halves. It
 * prints the frequency that turns ticks into time, and then the ticks that each batch of calls
 * took:
 *
 *       entries N frequency HZ
 *       put|stuff LOWER UPPER
 *       end
 */
#include "console.h"
#include "hcall.h"
#include "platform.h"

#define LIOBN       UINT64_C(0x80000000)
#define PAGE        UINT64_C(0x1000)
#define UPPER_HALF  UINT64_C(0x20000000)
#define LIST        UINT64_C(0x00200000)
#define LIST_PAGES  UINT64_C(0x01000000) /* entry N of a list is page N from here, read-write */
#define COUNT       512
/*
 * A batch must be short beside the time that the host gives to other programs at once; otherwise a
 * busy host disturbs the longer batch more.
 */
#define CALLS       8
#define ROUNDS      501
#define TCE_RW      UINT64_C(3)

static uint64_t ticks(void)
{
	uint64_t value;

	asm volatile("mftb %0" : "=r"(value));
	return value;
}

/* Returns the ticks of a batch of calls on neighbouring entries, from ioba on. */
static uint64_t batch(uint64_t call, uint64_t ioba, uint64_t value)
{
	uint64_t start = ticks();

	for (unsigned i = 0; i < CALLS; i++)
		if (hcall(call, LIOBN, ioba + i * COUNT * PAGE, value, COUNT).status != H_SUCCESS)
			exception(call);
	return ticks() - start;
}

static void print_row(const char *name, const uint64_t half[2])
{
	print(name);
	print(" ");
	print_decimal(half[0]);
	print(" ");
	print_decimal(half[1]);
	print("\n");
}

/*
 * Each half goes first in every second round, so that both find the caches as the other has left
 * them.
 */
static void round(unsigned number)
{
	uint64_t put[2], stuff[2];

	for (unsigned turn = 0; turn < 2; turn++) {
		unsigned half = (turn + number) & 1;
		uint64_t ioba = half * UPPER_HALF;

		put[half] = batch(H_PUT_TCE_INDIRECT, ioba, LIST);
		stuff[half] = batch(H_STUFF_TCE, ioba, 0);
	}
	print_row("put", put);
	print_row("stuff", stuff);
	flush();
}

void guest_main(const void *device_tree)
{
	uint64_t *list = (uint64_t *)LIST;
	uint32_t cells = 0;
	const uint32_t *frequency;

	platform_init(device_tree);
	frequency = platform_property("timebase-frequency", &cells);
	print("entries ");
	print_decimal(CALLS * COUNT);
	print(" frequency ");
	print_decimal(frequency ? *frequency : 0);
	print("\n");
	for (unsigned i = 0; i < COUNT; i++)
		list[i] = (LIST_PAGES + i * PAGE) | TCE_RW;
	for (unsigned i = 0; i < ROUNDS; i++)
		round(i);
	print("end\n");
	power_off();
}
