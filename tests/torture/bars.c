/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * (X1) Threads load at a place where registers and memory replace each other, while others map
 * registers elsewhere. No load is passed to the program as a fault, which would end it.
 */
#include "torture.h"

#include <linux/pci_regs.h>
#include <sys/mman.h>

#include "../unit/vfio/client.h"
#include "spapr-tce/dmatest.h"
#include "util/os.h"

struct arena {
	struct client client;
	int device;
	char *place;
	_Atomic(uint64_t) loads, memory, replaced, mapped;
};

/* TSAN knows nothing of registers, and of memory that is mapped by system calls of our own. */
__attribute__((no_sanitize("thread"))) static uint32_t load(const char *at)
{
	return *(const volatile uint32_t *)at;
}

static void load_always(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		uint32_t value = load(a->place);

		TORTURE_CHECK(value == STCE_DMATEST_MAGIC_VALUE || value == 0);
		atomic_fetch_add(value ? &a->loads : &a->memory, 1);
	}
}

static void map_memory(struct arena *a)
{
	const struct iovec range = { a->place, OWN_PAGE };
	unsigned int number = stce_machine_unmap_begin(a->client.machine, &range, 1);

	TORTURE_CHECK(os_mmap(a->place, OWN_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == a->place);
	stce_machine_unmap_end(a->client.machine, number);
}

static void replace(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		void *p = NULL;

		map_memory(a);
		TORTURE_CHECK(!stce_mmap(a->device, a->place, OWN_PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, 0, &p));
		TORTURE_CHECK(p == a->place);
		atomic_fetch_add(&a->replaced, 1);
	}
}

static void map_and_unmap(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		struct iovec range = { NULL, OWN_PAGE };
		unsigned int number;

		TORTURE_CHECK(!stce_mmap(a->device, NULL, OWN_PAGE, PROT_READ, MAP_SHARED, 0, &range.iov_base));
		TORTURE_CHECK(load(range.iov_base) == STCE_DMATEST_MAGIC_VALUE);
		number = stce_machine_unmap_begin(a->client.machine, &range, 1);
		os_munmap(range.iov_base, OWN_PAGE);
		stce_machine_unmap_end(a->client.machine, number);
		atomic_fetch_add(&a->mapped, 1);
	}
}

static void x1_no_load_faults_where_registers_and_memory_replace_each_other(void **state)
{
	static struct arena a;
	uint16_t command = PCI_COMMAND_MEMORY;
	void *p = NULL;

	client_start(&a.client, NULL);
	client_open(&a.client, VFIO_SPAPR_TCE_v2_IOMMU);
	a.device = (int)get_device(a.client.group, FIRST);
	assert_int_equal(stce_pwrite(a.device, &command, 2, ((off_t)VFIO_PCI_CONFIG_REGION_INDEX << 40) + PCI_COMMAND), 2);
	assert_int_equal(stce_mmap(a.device, NULL, OWN_PAGE, PROT_READ, MAP_SHARED, 0, &p), 0);
	a.place = p;
	TORTURE_WANTS(a.loads);
	TORTURE_WANTS(a.memory);
	TORTURE_WANTS(a.replaced);
	TORTURE_WANTS(a.mapped);
	torture_run(&a, load_always, 2u, replace, 1u, map_and_unmap, 2u, NULL);
	map_memory(&a);
	os_munmap(a.place, OWN_PAGE);
	stce_close(a.device);
	client_stop(&a.client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x1_no_load_faults_where_registers_and_memory_replace_each_other),
	};

	return cmocka_run_group_tests_name("bars", tests, NULL, NULL);
}
