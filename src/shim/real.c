/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the next definition of every interposed function. A successful dlsym() neither allocates
 * nor calls an interposed name, so this may run inside the first call of a program's allocator.
 */
#include "real.h"

#include <dlfcn.h>

struct shim_real shim_real_table;
atomic_bool shim_real_known;

static const struct {
	const char *name;
	void **pointer;
} functions[] = {
#define SHIM_REAL_ROW(type, name, parameters) { #name, (void **)&shim_real_table.name },
	SHIM_REAL(SHIM_REAL_ROW)
#undef SHIM_REAL_ROW
};

void shim_real_find(void)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		*functions[i].pointer = dlsym(RTLD_NEXT, functions[i].name);
	atomic_store_explicit(&shim_real_known, true, memory_order_release);
}
