/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantees of vfio/iommu.h, and all calls at once through the files. */
#include "torture.h"

#include <errno.h>
#include <linux/pci_regs.h>

#include "../unit/vfio/client.h"
#include "util/os.h"
#include "world.h"

#define PAGES 8

struct arena {
	struct client client;
	unsigned char *memory;       /* PAGES; registered and unregistered during the test */
	unsigned char *kept;         /* PAGES; always registered */
	_Atomic(int) container;
	_Atomic(int) group;
	_Atomic(uint64_t) mapped, wrote, rounds;
};

static struct arena *start(void)
{
	static struct arena a;

	a = (struct arena){ .container = -1 };
	client_start(&a.client, NULL);
	a.memory = world_pages(PAGES);
	a.kept = world_pages(PAGES);
	return &a;
}

static void stop(struct arena *a)
{
	client_stop(&a->client);
	world_pages_free(a->memory, PAGES);
	world_pages_free(a->kept, PAGES);
}

/* Maps memory that is registered at times into a window that exists at times. */
static void map_high(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		uint64_t n = torture_below(self, PAGES);
		long r = map_dma(a->client.container, a->memory + n * PAGE, HIGH + n * PAGE, PAGE, RW);

		TORTURE_CHECK(r == 0 || r == -ENXIO || r == -EINVAL);
		atomic_fetch_add(&a->mapped, r == 0);
		if (torture_chance(self, 4))
			continue;
		r = unmap_dma(a->client.container, HIGH + n * PAGE, PAGE);
		TORTURE_CHECK(r == 0 || r == -ENXIO);
	}
}

static void device_uses_all(struct torture_thread *self)
{
	struct arena *a = self->context;
	char bytes[2 * PAGE] = { 0 };

	while (torture_goes_on()) {
		int group = 1 + (int)torture_below(self, 2);
		uint64_t ioba = HIGH + torture_below(self, PAGES) * PAGE;

		atomic_fetch_add(&a->wrote, !stce_dma_write(a->client.machine, group, ioba, bytes, PAGE));
		stce_dma_read(a->client.machine, group, ioba, bytes, sizeof(bytes));
		stce_dma_copy(a->client.machine, group, ioba, HIGH, 100);
	}
}

static void create_and_remove(struct torture_thread *self)
{
	struct arena *a = self->context;
	int container = a->client.container;

	while (torture_goes_on()) {
		uint64_t at = 0;

		TORTURE_CHECK(register_memory(container, a->memory, PAGES * PAGE) == 0);
		TORTURE_CHECK(create_window(container, 12, 16 * MIB, 1 + torture_below(self, 2), &at) == 0);
		TORTURE_CHECK(at == HIGH);
		os_sleep_us(torture_below(self, 500));
		TORTURE_CHECK(remove_window(container, at) == 0);
		/* (V1) So no TCE counts on the memory, and no device writes there. */
		TORTURE_CHECK(unregister_memory(container, a->memory, PAGES * PAGE) == 0);
		torture_stamp(a->memory, PAGES * PAGE);
		os_yield();
		TORTURE_CHECK(torture_is_stamped(a->memory, PAGES * PAGE));
		atomic_fetch_add(&a->rounds, 1);
	}
}

static void v1_after_remove_no_map_is_in_progress_and_nothing_is_counted(void **state)
{
	struct arena *a = start();

	client_open(&a->client, VFIO_SPAPR_TCE_v2_IOMMU);
	assert_int_equal(register_memory(a->client.container, a->kept, PAGE), 0);
	TORTURE_WANTS(a->rounds);
	TORTURE_WANTS(a->mapped);
	torture_run(a, create_and_remove, 1u, map_high, 2u, device_uses_all, 2u, NULL);
	stop(a);
}

/* Group 2 joins and leaves. After it has left, its device writes nothing. */
static void join_and_leave(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		TORTURE_CHECK(set_container(a->client.second, a->client.container) == 0);
		os_sleep_us(torture_below(self, 300));
		TORTURE_CHECK(stce_ioctl(a->client.second, VFIO_GROUP_UNSET_CONTAINER, NULL) == 0);
		torture_stamp(a->kept + PAGE, PAGE);
		os_yield();
		TORTURE_CHECK(torture_is_stamped(a->kept + PAGE, PAGE));
		atomic_fetch_add(&a->rounds, 1);
	}
}

static void second_device_writes(struct torture_thread *self)
{
	struct arena *a = self->context;
	char bytes[PAGE] = { 0 };

	while (torture_goes_on())
		atomic_fetch_add(&a->wrote,
				 !stce_dma_write(a->client.machine, 2, PAGE, bytes, sizeof(bytes)));
}

static void first_device_never_loses_its_memory(struct torture_thread *self)
{
	struct arena *a = self->context;
	uint64_t in = 0, out;

	while (torture_goes_on()) {
		out = ++in;
		TORTURE_CHECK(stce_dma_write(a->client.machine, 1, 0, &in, sizeof(in)) == 0);
		out = 0;
		TORTURE_CHECK(stce_dma_read(a->client.machine, 1, 0, &out, sizeof(out)) == 0);
		TORTURE_CHECK(in == out);
	}
}

static void v2_a_group_that_leaves_loses_its_dma_and_the_others_keep_theirs(void **state)
{
	struct arena *a = start();

	client_open(&a->client, VFIO_SPAPR_TCE_v2_IOMMU);
	a->client.second = open_group(&a->client, 2);
	assert_int_equal(register_memory(a->client.container, a->kept, PAGES * PAGE), 0);
	assert_int_equal(map_dma(a->client.container, a->kept, 0, PAGES * PAGE, RW), 0);
	TORTURE_WANTS(a->rounds);
	TORTURE_WANTS(a->wrote);
	torture_run(a, join_and_leave, 1u, second_device_writes, 2u,
		    first_device_never_loses_its_memory, 1u, NULL);
	stop(a);
}

/* The IOMMU is set and removed, of both types; containers and groups are closed and opened. */
static void rebuild(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		int container = open_container(&a->client), group = open_group(&a->client, 1);
		int second = open_group(&a->client, 2);

		TORTURE_CHECK(container >= 0 && group >= 0 && second >= 0);
		atomic_store(&a->container, container);
		atomic_store(&a->group, group);
		for (int i = 0; i < 6; i++) {
			long type = torture_chance(self, 2) ? VFIO_SPAPR_TCE_IOMMU : VFIO_SPAPR_TCE_v2_IOMMU;

			TORTURE_CHECK(set_container(group, container) == 0);
			TORTURE_CHECK(set_iommu(container, type) == 0);
			if (type == VFIO_SPAPR_TCE_v2_IOMMU && torture_chance(self, 2))
				TORTURE_CHECK(set_container(second, container) == 0);
			os_sleep_us(torture_below(self, 1000));
			stce_ioctl(second, VFIO_GROUP_UNSET_CONTAINER, NULL);
			TORTURE_CHECK(stce_ioctl(group, VFIO_GROUP_UNSET_CONTAINER, NULL) == 0);
		}
		if (torture_chance(self, 2))
			stce_close(container);
		else
			set_container(group, container);
		stce_close(group);
		stce_close(second);
		if (stce_is_ours(container))
			stce_close(container);
		atomic_fetch_add(&a->rounds, 1);
	}
}

/*
 * Each answer is right while the other threads change things, except -EFAULT, because the arguments
 * are good.
 */
static void call_everything(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		int container = atomic_load(&a->container);
		uint64_t n = torture_below(self, PAGES), at = 0;
		uint64_t base = torture_chance(self, 2) ? HIGH : 0;
		long r = 0;

		switch (torture_below(self, 10)) {
		case 0:
			r = register_memory(container, a->memory, PAGES * PAGE);
			break;
		case 1:
			r = unregister_memory(container, a->memory, PAGES * PAGE);
			break;
		case 2:
			r = create_window(container, 12, 16 * MIB, 1, &at);
			break;
		case 3:
			r = remove_window(container, base);
			break;
		case 4:
			r = stce_ioctl(container, VFIO_IOMMU_ENABLE, NULL);
			break;
		case 5:
			r = stce_ioctl(container, VFIO_IOMMU_DISABLE, NULL);
			break;
		case 6: {
			struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };

			r = stce_ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info);
			break;
		}
		case 7: {
			struct vfio_eeh_pe_op op = { .argsz = sizeof(op), .op = VFIO_EEH_PE_GET_STATE };

			r = stce_ioctl(container, VFIO_EEH_PE_OP, &op);
			break;
		}
		case 8:
			r = map_dma(container, a->memory + n * PAGE, base + n * PAGE, PAGE, RW);
			atomic_fetch_add(&a->mapped, r == 0);
			break;
		case 9:
			r = unmap_dma(container, base + n * PAGE, PAGE);
			break;
		}
		TORTURE_CHECK(r != -EFAULT);
	}
}

static void look_around(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		struct vfio_group_status status = { .argsz = sizeof(status) };
		int fd;

		stce_ioctl(atomic_load(&a->group), VFIO_GROUP_GET_STATUS, &status);
		fd = (int)get_device(atomic_load(&a->group), FIRST);
		if (fd >= 0) {
			stce_ioctl(fd, VFIO_DEVICE_RESET, NULL);
			stce_close(fd);
		}
		os_sleep_us(200);
	}
}

static void calls_may_meet_an_iommu_that_comes_and_goes(void **state)
{
	struct arena *a = start();

	TORTURE_WANTS(a->rounds);
	torture_run(a, rebuild, 1u, call_everything, 3u, device_uses_all, 1u, NULL);
	stop(a);
}

/* Does the same with device files, which keep a group busy. */
static void open_close_with_devices(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		int container = open_container(&a->client), group = open_group(&a->client, 1);
		long r;

		/* A device file that is still open keeps the group open. */
		TORTURE_CHECK(container >= 0 && (group >= 0 || group == -EBUSY));
		if (group >= 0) {
			atomic_store(&a->container, container);
			TORTURE_CHECK(set_container(group, container) == 0);
			TORTURE_CHECK(set_iommu(container, VFIO_SPAPR_TCE_v2_IOMMU) == 0);
			atomic_store(&a->group, group);
			os_sleep_us(torture_below(self, 1000));
			r = stce_ioctl(group, VFIO_GROUP_UNSET_CONTAINER, NULL);
			TORTURE_CHECK(r == 0 || r == -EBUSY);
			stce_close(group);
			atomic_fetch_add(&a->rounds, 1);
		}
		stce_close(container);
	}
}

static void a_group_may_close_before_its_devices(void **state)
{
	struct arena *a = start();

	atomic_store(&a->group, -1);
	TORTURE_WANTS(a->rounds);
	torture_run(a, open_close_with_devices, 1u, look_around, 2u, call_everything, 1u, NULL);
	stop(a);
}

#define COMMAND ((UINT64_C(7) << 40) + PCI_COMMAND)

static void open_and_close_device(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on())
		stce_close((int)get_device(a->client.group, FIRST));
}

/* Sets a bit that only a reset clears, and no reset comes while the device is open. */
static void keep_device_open_and_look(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		uint16_t on = PCI_COMMAND_MASTER, now = 0;
		int fd = (int)get_device(a->client.group, FIRST);

		TORTURE_CHECK(fd >= 0);
		TORTURE_CHECK(stce_pwrite(fd, &on, sizeof(on), COMMAND) == sizeof(on));
		for (unsigned int i = torture_below(self, 100); i; i--) {
			TORTURE_CHECK(stce_pread(fd, &now, sizeof(now), COMMAND) == sizeof(now));
			TORTURE_CHECK(now & PCI_COMMAND_MASTER);
			os_yield();
		}
		stce_close(fd);
		atomic_fetch_add(&a->rounds, 1);
	}
}

/* Symptom: the last close reset the device of a program that had opened it in the meantime. */
static void a_device_is_not_reset_under_who_has_it_open(void **state)
{
	struct arena *a = start();

	client_open(&a->client, VFIO_SPAPR_TCE_v2_IOMMU);
	TORTURE_WANTS(a->rounds);
	torture_run(a, keep_device_open_and_look, 1u, open_and_close_device, 2u, NULL);
	stop(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v1_after_remove_no_map_is_in_progress_and_nothing_is_counted),
		cmocka_unit_test(v2_a_group_that_leaves_loses_its_dma_and_the_others_keep_theirs),
		cmocka_unit_test(calls_may_meet_an_iommu_that_comes_and_goes),
		cmocka_unit_test(a_group_may_close_before_its_devices),
		cmocka_unit_test(a_device_is_not_reset_under_who_has_it_open),
	};

	return cmocka_run_group_tests_name("iommu", tests, NULL, NULL);
}
