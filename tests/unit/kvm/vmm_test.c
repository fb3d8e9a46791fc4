/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm_test.h"

struct vmm v;

int vmm_setup(void **state)
{
	vmm_start(&v);
	return 0;
}

int vmm_teardown(void **state)
{
	vmm_stop(&v);
	return 0;
}
