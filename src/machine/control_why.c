/* SPDX-License-Identifier: BSD-2-Clause */
/* The request `why`: each DMA fault that is still known, newest first, in the words of explain.h. */
#include <inttypes.h>

#include "machine/control_show.h"
#include "machine/explain.h"
#include "util/alloc.h"
#include "util/os.h"

int control_why(struct stce_machine *machine, const char *arguments, struct control_answer *answer)
{
	struct machine_parts *parts = machine_parts(machine);
	struct blame *blame = parts ? alloc_zero(BLAME_COUNT, sizeof(*blame)) : NULL;
	unsigned int count;
	uint64_t all;

	if (!blame)
		return control_refuse(answer, -ENOMEM, "there is no memory for the answer");
	count = blame_read(&parts->phb, blame, &all);
	if (!count)
		control_print(answer, "no DMA fault\n");
	for (unsigned int i = 0; i < count; i++) {
		control_print(answer, "fault %" PRIu64 ", %.3f s ago: ", blame[i].number,
			      (double)(os_now_ns() - blame[i].time) / 1e9);
		explain_fault(parts, &blame[i], answer);
	}
	if (all > count)
		control_print(answer, "%" PRIu64 " faults have happened; these are the last that were noted\n", all);
	free(blame);
	return 0;
}
