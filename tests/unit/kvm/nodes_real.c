/* SPDX-License-Identifier: BSD-2-Clause */
#include "testing.h"

#include "nodes.h"

#include <sys/syscall.h>

#include "unit/vfio/client.h"

int node_of(const void *address)
{
	void *page = (void *)((uintptr_t)address & -OWN_PAGE);
	int node = -1;

	assert_int_equal(syscall(SYS_move_pages, 0, 1ul, &page, NULL, &node, 0), 0);
	return node;
}
