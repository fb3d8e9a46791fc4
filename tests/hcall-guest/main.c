/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that makes every TCE call with good and bad arguments, prints one line per answer, and
 * powers off. It does not judge the answers; the runner compares them.
 */
#include "console.h"
#include "platform.h"
#include "tables.h"

static void print_bridge(void)
{
	static const char *const names[] = { "ibm,dma-window", "ibm,ddw-applicable", "ibm,ddw-extensions" };

	for (unsigned n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		uint32_t count = 0;
		const uint32_t *cell = platform_property(names[n], &count);

		print("tree.");
		print(names[n]);
		if (!cell)
			print(" absent");
		for (uint32_t i = 0; i < count; i++) {
			print(" ");
			print_hex(cell[i]);
		}
		print("\n");
		flush();
	}
}

void guest_main(const void *device_tree)
{
	platform_init(device_tree);
	print_bridge();
	ask_put_tce();
	ask_get_tce();
	ask_put_tce_indirect();
	ask_stuff_tce();
	ask_windows();
	print("end\n");
	power_off();
}
