/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Groups that replace others. In a pseries machine Linux makes no more windows for a group for
 * which firmware has refused one (C167), until the machine reboots, so answers for such a group say
 * nothing.
 */
#include "conformance.h"

static char **spares; /* group and device in turn */
static int spare_count;

const char *path_of(const char *number)
{
	char *path;

	must(asprintf(&path, "/dev/vfio/%s", number), "asprintf");
	return path;
}

void have_spares(char **words, int count)
{
	spares = words;
	spare_count = count / 2;
}

/* Runs in a child, so that Linux's charges for the attempt end with it. */
static void make_window(void)
{
	struct vfio_iommu_spapr_tce_remove remove = { .argsz = sizeof(remove) };
	struct vfio_iommu_spapr_tce_create create = {
		.argsz = sizeof(create), .page_shift = 16, .window_size = 1 << 20, .levels = 1 };

	set_up(VFIO_SPAPR_TCE_v2_IOMMU);
	must(ioctl(container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove), "REMOVE of the default window");
	must(ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create), "a window");
	exit(0);
}

static int makes_windows(void)
{
	int result;

	fflush(stdout);
	if (!fork()) {
		freopen("/dev/null", "w", stdout);
		make_window();
	}
	wait(&result);
	return result == 0;
}

static void replace(const char **path, const char **device)
{
	must(spare_count ? 0 : -1, "no spare group is left");
	*path = path_of(spares[0]);
	*device = spares[1];
	spares += 2;
	spare_count--;
}

void replace_used_up_groups(void)
{
	const char *first;

	if (!spares)
		return;
	while (!makes_windows())
		replace(&group_path, &device_name);
	first = group_path;
	for (group_path = second_group_path; !makes_windows(); group_path = second_group_path)
		replace(&second_group_path, &second_device_name);
	group_path = first;
}
