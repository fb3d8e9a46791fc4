/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ends of a process that run no destructors. Nothing is written in a child of vfork(), because its
 * memory is its parent's, which goes on, whereas its descriptors may be closed already.
 */
#include "shim.h"

#include <stdlib.h>
#include <unistd.h>

void shim_before_end(void)
{
	int saved = errno;

	if (shim_is_vfork_child())
		return;
	shim_enter();
	stce_flush();
	shim_leave();
	errno = saved;
}

void shim_exit_now(int status)
{
	shim_before_end();
	real()->_exit(status);
	__builtin_unreachable();
}

void shim_leave_at_quick_exit(void)
{
	at_quick_exit(shim_before_end);
}
