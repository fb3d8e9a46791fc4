/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Corrects the results of stat(2) and its variants: a device node of ours is a plain file to the
 * kernel, but a character device on Linux. Other files are left as the kernel describes them.
 */
#include "shim.h"

#include <sys/sysmacros.h>

static void set(struct stat *st, const struct stce_look *look)
{
	st->st_mode = look->mode;
	st->st_rdev = look->rdev;
	st->st_size = 0;
	st->st_blocks = 0;
}

static void setx(struct statx *st, const struct stce_look *look)
{
	st->stx_mode = (uint16_t)look->mode;
	st->stx_rdev_major = major(look->rdev);
	st->stx_rdev_minor = minor(look->rdev);
	st->stx_size = 0;
	st->stx_blocks = 0;
}

void shim_show(int fd, struct stat *st)
{
	struct stce_look look;

	if (stce_is_ours(fd) && IN_CORE(stce_look(fd, &look)))
		set(st, &look);
}

void shim_showx(int fd, struct statx *st)
{
	struct stce_look look;

	if (stce_is_ours(fd) && IN_CORE(stce_look(fd, &look)))
		setx(st, &look);
}

void shim_show_path(const char *path, struct stat *st)
{
	struct stce_machine *machine = shim_machine();
	struct stce_look look;

	if (machine && IN_CORE(stce_look_at(machine, path, &look)))
		set(st, &look);
}

void shim_showx_path(const char *path, struct statx *st)
{
	struct stce_machine *machine = shim_machine();
	struct stce_look look;

	if (machine && IN_CORE(stce_look_at(machine, path, &look)))
		setx(st, &look);
}

int shim_fstat(int fd, struct stat *st)
{
	int result = shim_is_hidden(fd) ? (int)shim_answer(-EBADF) : real()->fstat(fd, st);

	if (!result)
		shim_show(fd, st);
	return result;
}
