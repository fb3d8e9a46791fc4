/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the types of PCI function that exist, in the order in which help shows them. */
#include "machine/function_types.h"

#include <string.h>

#include "dev/dmatest.h"
#include "igb/igb.h"
#include "igb/vf.h"
#include "nvme/nvme.h"

static const struct function_type *const types[] = {
	&nvme_function_type,
	&igb_function_type,
	&igb_vf_function_type,
	&e1000_function_type,
	&dmatest_function_type,
};

const struct function_type *function_type_nth(unsigned int n)
{
	return n < ARRAY_COUNT(types) ? types[n] : NULL;
}

const struct function_type *function_type_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		if (!strcmp(types[i]->name, name))
			return types[i];
	return NULL;
}

bool function_type_is_virtual(const struct function_type *type)
{
	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		if (types[i]->virtual_type == type)
			return true;
	return false;
}
