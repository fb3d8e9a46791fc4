/* SPDX-License-Identifier: BSD-2-Clause */
/* The ioctls that a recording knows: their numbers stay, and their arguments are read as far as they are there. */
#include "testing.h"

#include <errno.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <string.h>

#include "abi/kvm_ppc.h"
#include "recording/calls.h"
#include "recording/codec.h"

static const uint8_t *memory;       /* all that can be read */
static size_t memory_size;

/* As the kernel does, copies what is there, even if that is not all. */
static int copy(void *to, const void *from, size_t size)
{
	const uint8_t *at = from, *end = memory + memory_size;
	const size_t there = at < memory || at > end ? 0 : (size_t)(end - at);

	if (there && size)
		memcpy(to, from, size < there ? size : there);
	return size > there ? -EFAULT : 0;
}

static unsigned int read_call(unsigned long request, const void *argument, size_t size, uint8_t *to)
{
	const struct recording_call *call = recording_call(recording_call_number(request, false));

	assert_non_null(call);
	memory = argument;
	memory_size = size;
	return recording_call_read(call, argument, to, copy);
}

/* Files that exist have these numbers. */
static void a_call_keeps_its_number(void **state)
{
	static const char *const names[] = {
		"VFIO_GET_API_VERSION", "VFIO_CHECK_EXTENSION", "VFIO_SET_IOMMU", "VFIO_GROUP_GET_STATUS",
		"VFIO_GROUP_SET_CONTAINER", "VFIO_GROUP_UNSET_CONTAINER", "VFIO_GROUP_GET_DEVICE_FD", "VFIO_DEVICE_GET_INFO",
		"VFIO_DEVICE_GET_REGION_INFO", "VFIO_DEVICE_GET_IRQ_INFO", "VFIO_DEVICE_SET_IRQS", "VFIO_DEVICE_RESET",
		"VFIO_DEVICE_GET_PCI_HOT_RESET_INFO", "VFIO_DEVICE_PCI_HOT_RESET", "VFIO_DEVICE_FEATURE",
		"VFIO_IOMMU_SPAPR_TCE_GET_INFO", "VFIO_IOMMU_MAP_DMA", "VFIO_IOMMU_UNMAP_DMA", "VFIO_IOMMU_ENABLE",
		"VFIO_IOMMU_DISABLE", "VFIO_EEH_PE_OP", "VFIO_IOMMU_SPAPR_REGISTER_MEMORY",
		"VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY", "VFIO_IOMMU_SPAPR_TCE_CREATE", "VFIO_IOMMU_SPAPR_TCE_REMOVE",
		"KVM_GET_API_VERSION", "KVM_CREATE_VM", "KVM_CHECK_EXTENSION", "KVM_CREATE_SPAPR_TCE",
		"KVM_CREATE_SPAPR_TCE_64", "KVM_SET_USER_MEMORY_REGION", "KVM_SET_USER_MEMORY_REGION2", "KVM_CREATE_DEVICE",
		"KVM_SET_DEVICE_ATTR", "KVM_GET_DEVICE_ATTR", "KVM_HAS_DEVICE_ATTR", "KVM_ENABLE_CAP", "STCE_KVM_HCALL",
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_non_null(recording_call(i + 1));
		assert_string_equal(recording_call(i + 1)->name, names[i]);
		assert_int_equal(recording_call_number(recording_call(i + 1)->request, recording_call(i + 1)->on_device_file), i + 1);
	}
	assert_null(recording_call(0));
	assert_null(recording_call(sizeof(names) / sizeof(names[0]) + 1));
	assert_null(recording_call(UINT64_MAX));
	assert_int_equal(recording_call_number(0x1234, false), 0);
}

/* A device has its reset under the number of the container's GET_INFO, and so on. */
static void a_device_has_calls_of_its_own(void **state)
{
	assert_string_equal(recording_call(recording_call_number(VFIO_IOMMU_MAP_DMA, false))->name, "VFIO_IOMMU_MAP_DMA");
	assert_string_equal(recording_call(recording_call_number(VFIO_IOMMU_MAP_DMA, true))->name,
			    "VFIO_DEVICE_PCI_HOT_RESET");
}

static void a_structure_is_read_as_long_as_it_says(void **state)
{
	struct vfio_iommu_type1_dma_map map[2] = { { .argsz = sizeof(map[0]), .iova = 0x1234 } };
	uint8_t to[RECORDING_BYTES_MAX];

	assert_int_equal(read_call(VFIO_IOMMU_MAP_DMA, map, sizeof(map), to), sizeof(map[0]));
	assert_memory_equal(to, map, sizeof(map[0]));
	map[0].argsz = sizeof(map);
	assert_int_equal(read_call(VFIO_IOMMU_MAP_DMA, map, sizeof(map), to), sizeof(map));
	map[0].argsz = 0;
	assert_int_equal(read_call(VFIO_IOMMU_MAP_DMA, map, sizeof(map), to), sizeof(uint32_t));
}

static void a_structure_that_is_not_all_there_has_its_size_only(void **state)
{
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof(map) };
	uint8_t to[RECORDING_BYTES_MAX];

	assert_int_equal(read_call(VFIO_IOMMU_MAP_DMA, &map, sizeof(map) - 1, to), sizeof(uint32_t));
	assert_int_equal(read_call(VFIO_IOMMU_MAP_DMA, &map, 3, to), 0);
}

/* The bytes that were there lie behind those that count. */
static void what_was_read_in_vain_is_not_written(void **state)
{
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof(map), .flags = 3, .vaddr = UINT64_MAX };
	struct recording_record record = { .kind = RECORDING_IOCTL, .number = 1 }, back;
	static const uint8_t none[RECORDING_BYTES_MAX];
	static struct codec writer, reader;
	uint8_t bytes[RECORDING_RECORD_MAX];
	size_t size;

	record.field[RECORDING_IN] = read_call(VFIO_IOMMU_MAP_DMA, &map, sizeof(map) - 8, record.in);
	codec_begin(&writer, 1);
	codec_begin(&reader, 1);
	size = codec_encode(&writer, &record, bytes);
	assert_int_equal(codec_decode(&reader, bytes, size, &back), size);
	assert_memory_equal(back.in, &map, sizeof(map.argsz));
	assert_memory_equal(back.in + sizeof(map.argsz), none, sizeof(none) - sizeof(map.argsz));
}

static void a_large_structure_is_cut(void **state)
{
	uint32_t large[RECORDING_BYTES_MAX] = { sizeof(large) };
	uint8_t to[RECORDING_BYTES_MAX];

	assert_int_equal(read_call(VFIO_IOMMU_MAP_DMA, large, sizeof(large), to), sizeof(to));
}

static void a_string_ends_with_0_or_where_memory_does(void **state)
{
	static const char name[] = "0000:01:00.0";
	uint8_t to[RECORDING_BYTES_MAX];

	assert_int_equal(read_call(VFIO_GROUP_GET_DEVICE_FD, name, sizeof(name), to), sizeof(name));
	assert_string_equal((const char *)to, name);
	assert_int_equal(read_call(VFIO_GROUP_GET_DEVICE_FD, name, 4, to), 4);
}

static void an_attribute_is_followed_by_what_it_points_to(void **state)
{
	struct {
		struct kvm_device_attr attribute;
		struct kvm_vfio_spapr_tce value;
	} both = { .attribute = { .group = KVM_DEV_VFIO_GROUP, .attr = KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE },
		   .value = { .groupfd = 5, .tablefd = 6 } };
	uint8_t to[RECORDING_BYTES_MAX];

	both.attribute.addr = (uintptr_t)&both.value;
	assert_int_equal(read_call(KVM_SET_DEVICE_ATTR, &both, sizeof(both), to), sizeof(both));
	assert_memory_equal(to + sizeof(both.attribute), &both.value, sizeof(both.value));
	both.attribute.attr = KVM_DEV_VFIO_GROUP_ADD;
	assert_int_equal(read_call(KVM_SET_DEVICE_ATTR, &both, sizeof(both), to), sizeof(both.attribute) + sizeof(int32_t));
	both.attribute.addr = 0;
	assert_int_equal(read_call(KVM_SET_DEVICE_ATTR, &both, sizeof(both), to), sizeof(both.attribute));
}

static void only_eventfds_are_descriptors_of_set_irqs(void **state)
{
	const struct recording_call *call = recording_call(recording_call_number(VFIO_DEVICE_SET_IRQS, true));
	union {
		struct vfio_irq_set set;
		uint8_t bytes[sizeof(struct vfio_irq_set) + 3 * sizeof(int32_t)];
	} irqs = { .set = { .flags = VFIO_IRQ_SET_DATA_EVENTFD } };

	assert_int_equal(recording_call_fds(call, (const uint8_t *)&irqs, sizeof(irqs)), 3);
	irqs.set.flags = VFIO_IRQ_SET_DATA_BOOL;
	assert_int_equal(recording_call_fds(call, (const uint8_t *)&irqs, sizeof(irqs)), 0);
	assert_int_equal(recording_call_fds(call, (const uint8_t *)&irqs, 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_keeps_its_number),
		cmocka_unit_test(a_device_has_calls_of_its_own),
		cmocka_unit_test(a_structure_is_read_as_long_as_it_says),
		cmocka_unit_test(a_structure_that_is_not_all_there_has_its_size_only),
		cmocka_unit_test(what_was_read_in_vain_is_not_written),
		cmocka_unit_test(a_large_structure_is_cut),
		cmocka_unit_test(a_string_ends_with_0_or_where_memory_does),
		cmocka_unit_test(an_attribute_is_followed_by_what_it_points_to),
		cmocka_unit_test(only_eventfds_are_descriptors_of_set_irqs),
	};

	return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
