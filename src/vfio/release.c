/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes a function from a program that has it open [linux vfio_unregister_group_dev]: asks the
 * program by the request interrupt, waits, and asks again every ten seconds, for as long as it takes.
 * Sysfs is not locked meanwhile, so other functions can be bound and unbound, as on Linux.
 */
#include <fcntl.h>

#include "util/os.h"
#include "util/os_futex.h"
#include "vfio/request.h"
#include "vfio/sysfs.h"

#define LOOK_US   10000
#define ASK_LOOKS 1000      /* [linux] HZ * 10 */

static int open_record(struct file_space *space, struct file_node *node, int *fd, struct file_record **record)
{
	*fd = file_node_open_backing(space, node, O_CLOEXEC);
	return *fd < 0 ? *fd : file_record_map(*fd, record);
}

int vfio_release_begin(struct vfio_release *release, struct vfio_host_function *fn)
{
	struct vfio_member *member = container_of(fn, struct vfio_member, host);
	struct file_space *space = fn->group->host->space;
	int r;

	*release = (struct vfio_release){ .fn = fn, .device = -1, .group = -1 };
	r = open_record(space, &member->node, &release->device, &release->record);
	if (!r)
		r = open_record(space, &fn->group->node, &release->group, &release->group_record);
	if (r)
		vfio_release_end(release);
	return r;
}

void vfio_release_end(struct vfio_release *release)
{
	file_record_unmap(release->record);
	file_record_unmap(release->group_record);
	if (release->device >= 0)
		os_close(release->device);
	if (release->group >= 0)
		os_close(release->group);
}

/*
 * [DIFF-60] Linux waits for the device only. It then takes the group from the program, whose calls on
 * it answer ENODEV.
 */
static bool is_in_use(const struct vfio_release *release)
{
	return os_byte_is_locked(release->device, 0) == 1 ||
	       (!vfio_group_has_file(release->fn->group) && os_byte_is_locked(release->group, 0) == 1);
}

/* Asks for the n-th time, and tells the user of the run for whom we wait. */
static void ask(const struct vfio_release *release, unsigned int n)
{
	const struct vfio_group *group = release->fn->group;
	bool has_device = os_byte_is_locked(release->device, 0) == 1;
	bool hears = has_device && atomic_load(&release->record->hears);

	if (hears) {
		atomic_fetch_add(&release->record->requests, 1);
		os_futex_wake(&release->record->requests);
	}
	news_tell(&group->host->phb->news, &(struct stce_news){
		.kind = STCE_NEWS_DEVICE_WANTED,
		.group = group->pe->group,
		.start = atomic_load(has_device ? &release->record->pid : &release->group_record->pid),
		.size = n,
		.levels = hears,
	});
}

void vfio_release_wait(struct vfio_release *release)
{
	struct vfio_host *host = release->fn->group->host;
	int number;

	if (!is_in_use(release))
		return;
	number = vfio_sysfs_pause(host);
	for (unsigned int looks = 0; is_in_use(release); looks++) {
		if (looks % ASK_LOOKS == 0)
			ask(release, looks / ASK_LOOKS + 1);
		os_sleep_us(LOOK_US);
	}
	vfio_sysfs_resume(host, number);
}
