/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In a partition (pseries) Linux asks firmware for each window. Firmware's default window remains
 * after a container has removed it, and a group that was refused a window gets none afterwards.
 */
#include "conformance.h"

#define SMALL (1ULL << 28)

static void in_partition_v2(void)
{
	v2();
	if (!in_partition())
		skip("windows are firmware's in a partition only");
}

static void again(int type)
{
	unset_container();
	set_container();
	set_iommu(type);
}

CASE("C166", "the first CREATE is the high window, though the default window is removed")
{
	in_partition_v2();
	remove_window(0);
	create(16, SMALL, 1);
	remove_window(0);
	remove_window(SECOND);
	create(12, GIB2, 1);
	remove_window(SECOND);
	create(21, SMALL, 0);
}

CASE("C166a", "what the default window can be is made in its place, however small")
{
	in_partition_v2();
	reg(0, 16);
	remove_window(0);
	create(12, SMALL, 1);
	map(0, 0, 4);
	map(0, SMALL - page, 1);
	map(0, SMALL, 1);
	create(12, SMALL, 1);
	map(0, SECOND, 4);
	create(12, SMALL, 1);
	remove_window(0);
	remove_window(SECOND);
	create(12, 1 << 30, 0);
	remove_window(0);
	create(12, 4096, 1);
	unmap_raw(24, 0, 0, 4096);
}

CASE("C166b", "the low window cannot be made while the high one is there")
{
	in_partition_v2();
	create(16, SMALL, 1);
	remove_window(0);
	create(12, SMALL, 1);
	create(16, SMALL, 1);
	create(12, SMALL, 2);
	create(12, 3 * SMALL, 1);
	create(13, SMALL, 1);
	remove_window(SECOND);
	create(12, SMALL, 1);
}

CASE("C166c", "the default window in less than a page stays until the group leaves")
{
	in_partition_v2();
	remove_window(0);
	create(12, 512, 1);
	remove_window(0);
	create(16, SMALL, 1);
	again(VFIO_SPAPR_TCE_v2_IOMMU);
	create(16, SMALL, 1);
}

CASE("C167", "a group for which firmware refuses a window gets none any more")
{
	in_partition_v2();
	reg(0, 16);
	remove_window(0);
	create(16, GIB2, 1);
	map(0, SECOND, 1);
	create(16, GIB2, 1);
	map(1, SECOND + page, 1);
	remove_window(SECOND);
	create(16, GIB2, 1);
	again(VFIO_SPAPR_TCE_v2_IOMMU);
	reg(0, 16);
	map(0, 0, 1);
	again(VFIO_SPAPR_TCE_IOMMU);
	enable();
	map(0, 0, 1);
}

CASE("C167a", "a window smaller than a page is refused, and the group not used up")
{
	in_partition_v2();
	create(24, 1 << 20, 1);
	create(24, 1 << 21, 1);
	create(24, 1 << 24, 1);
}

CASE("C167b", "a second group finds windows, and cannot join")
{
	in_partition_v2();
	reg(0, 16);
	map(0, 0, 4);
	group = open_second_group();
	set_container();
	status(8);
	unmap(0, 4);
}

CASE("C167c", "two groups in one container get no window")
{
	in_partition_v2();
	reg(0, 16);
	group = open_second_group();
	set_container();
	map(0, 0, 1);
	create(16, SMALL, 1);
	remove_window(0);
	create(12, SMALL, 1);
	create(16, SMALL, 1);
	create(16, SMALL, 2);
	unset_container();
	map(0, 0, 1);
	create(16, SMALL, 1);
	map(0, SECOND, 1);
}
