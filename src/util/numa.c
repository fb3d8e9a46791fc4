/* SPDX-License-Identifier: BSD-2-Clause */
/* The few calls of libnuma that we need. */
#include "util/numa.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

#include "util/alloc.h"
#include "util/reason.h"

static struct {
	int (*available)(void);
	int (*max_node)(void);
	long long (*node_size64)(int node, long long *free);
	void *(*alloc_onnode)(size_t size, int node);
	void (*free)(void *memory, size_t size);
} numa;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_loaded;

static void load(void)
{
	static const struct {
		const char *name;
		void *place;
	} names[] = {
		{ "numa_available", &numa.available },
		{ "numa_max_node", &numa.max_node },
		{ "numa_node_size64", &numa.node_size64 },
		{ "numa_alloc_onnode", &numa.alloc_onnode },
		{ "numa_free", &numa.free },
	};
	void *library = dlopen("libnuma.so.1", RTLD_NOW | RTLD_LOCAL);

	for (unsigned int i = 0; library && i < ARRAY_COUNT(names); i++) {
		*(void **)names[i].place = dlsym(library, names[i].name);
		if (!*(void **)names[i].place)
			library = NULL;
	}
	is_loaded = library && numa.available() >= 0;
}

int numa_nodes(int *node, unsigned int limit)
{
	int count = 0;

	pthread_once(&once, load);
	if (!is_loaded)
		return REASON(-ENOSYS, "there is no libnuma.so.1, or the kernel has no NUMA");
	for (int n = 0; n <= numa.max_node(); n++) {
		if (numa.node_size64(n, NULL) <= 0)
			continue;
		if ((unsigned int)count < limit)
			node[count] = n;
		count++;
	}
	return count;
}

void *numa_memory(int node, size_t size)
{
	return node == NUMA_ANYWHERE ? alloc_zero(1, size) : numa.alloc_onnode(size, node);
}

void numa_memory_free(int node, void *memory, size_t size)
{
	if (node == NUMA_ANYWHERE)
		free(memory);
	else
		numa.free(memory, size);
}
