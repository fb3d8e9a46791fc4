/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of events: a call that removes an object returns when no other call can still have it,
 * windows are written before the table that they follow, and a suspended table is not written.
 * tests/torture checks the same with random threads.
 */
#include "testing.h"

#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "api/handles.h"
#include "machine/machine.h"
#include "util/os.h"
#include "vmm.h"
#include "stats_of.h"

static struct vmm v;
static struct kvm_table *table;

static atomic_int over;
static atomic_long answer;

static int start(void **state)
{
	vmm_start(&v);
	vmm_link(&v);
	rcu_read_lock();
	table = kvm_liobn_find(v.vm->kvm, LIOBN);
	rcu_read_unlock();
	assert_int_equal(h_put(&v, LIOBN, 0, GPA | 3), STCE_H_SUCCESS);
	atomic_store(&over, 0);
	return 0;
}

static int stop(void **state)
{
	vmm_stop(&v);
	return 0;
}

static void *act_and_tell(void *act)
{
	atomic_store(&answer, (*(long (**)(void))act)());
	atomic_store(&over, 1);
	return NULL;
}

/* A reader inside its section keeps the call from returning, like a hypercall in progress. */
static void waits_for_readers(long (*act)(void))
{
	pthread_t thread;
	int was_over;

	rcu_read_lock();
	assert_int_equal(pthread_create(&thread, NULL, act_and_tell, &act), 0);
	os_sleep_us(50000);
	was_over = atomic_load(&over);
	rcu_read_unlock();
	pthread_join(thread, NULL);
	assert_int_equal(was_over, 0);
	assert_int_equal(atomic_load(&answer), 0);
}

static long unlink_the_group(void)
{
	int32_t group = v.c.group;

	return vfio_attr(v.device, KVM_DEV_VFIO_GROUP_DEL, &group);
}

/* (L1) */
static void unlinking_waits_for_the_calls_that_found_the_link(void **state)
{
	waits_for_readers(unlink_the_group);
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_SUCCESS);
	/* The table no longer writes the window. */
	assert_int_equal(stats_of(v.c.machine).pages_mapped, 1);
	assert_int_equal(unmap_dma(v.c.container, 0, PAGE), 0);
}

static long take_the_memory_away(void)
{
	return stce_vm_set_memory(v.vm, 0, 0, 0, NULL);
}

/* (M2) */
static void a_slot_that_goes_waits_for_the_calls_that_found_it(void **state)
{
	waits_for_readers(take_the_memory_away);
	assert_int_equal(h_put(&v, LIOBN, 0, GPA | 3), STCE_H_TOO_HARD);
}

static long remove_the_window(void)
{
	return remove_window(v.c.container, 0);
}

/* (V1) */
static void removing_a_window_waits_for_the_calls_that_found_it(void **state)
{
	waits_for_readers(remove_the_window);
	assert_int_equal(stats_of(v.c.machine).pages_mapped, 0);
	assert_int_equal(unregister_memory(v.c.container, v.ram, RAM_PAGES * PAGE), 0);
}

#define MANY 100

static char *many;

/* So many changes free what the first ones have replaced. */
static long register_many(void)
{
	long r = 0;

	for (size_t i = 0; i < MANY && !r; i++)
		r = register_memory(v.c.container, many + i * OWN_PAGE, OWN_PAGE);
	return r;
}

static long unregister_all(void)
{
	return unregister_memory(v.c.container, v.ram, RAM_PAGES * PAGE);
}

/*
 * (M1) The set of regions that a call has found is freed after the call, together with the regions
 * in it.
 */
static void a_set_of_regions_stays_for_the_calls_that_found_it(void **state)
{
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_SUCCESS);
	waits_for_readers(unregister_all);
	atomic_store(&over, 0);
	many = mmap(NULL, MANY * OWN_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(many, MAP_FAILED);
	waits_for_readers(register_many);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(unregister_memory(v.c.container, many + i * OWN_PAGE, OWN_PAGE), 0);
	munmap(many, MANY * OWN_PAGE);
}

/* The table's content each time that a window was written. */
static uint64_t seen[4];
static unsigned int seen_count;
static bool is_looking, is_list;

int __real_host_list_commit(const struct host_list *list, enum host_tier tier);
int __wrap_host_list_commit(const struct host_list *list, enum host_tier tier);
unsigned int __real_gate_open_if_used(struct tce_gate *gate, unsigned int slot, struct tce_index first, uint64_t count);
unsigned int __wrap_gate_open_if_used(struct tce_gate *gate, unsigned int slot, struct tce_index first, uint64_t count);
void __real_tce_gate_drain(struct tce_gate *gate, struct tce_index first, uint64_t count);
void __wrap_tce_gate_drain(struct tce_gate *gate, struct tce_index first, uint64_t count);

static void see(struct tce_index index)
{
	if (is_looking && !is_list && seen_count < ARRAY_COUNT(seen))
		seen[seen_count++] = kvm_table_get(table, to_kvm_index(index.value));
}

int __wrap_host_list_commit(const struct host_list *list, enum host_tier tier)
{
	int r;

	see(list->index);
	is_list = true;
	r = __real_host_list_commit(list, tier);
	is_list = false;
	return r;
}

/* One entry in real mode calls this just before the window is written, if a device is inside elsewhere. */
unsigned int __wrap_gate_open_if_used(struct tce_gate *gate, unsigned int slot, struct tce_index first, uint64_t count)
{
	see(first);
	return __real_gate_open_if_used(gate, slot, first, count);
}

/* In virtual mode it calls this just after the window has been written. */
void __wrap_tce_gate_drain(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	see(first);
	__real_tce_gate_drain(gate, first, count);
}

/* (K2) So a reader that finds an entry in the table can have the device use it. */
static void windows_are_written_before_the_table(void **state)
{
	uint64_t put[5] = { LIOBN, 0, (GPA + PAGE) | 3 }, clear[5] = { LIOBN, 0, 0 }, list[5] = { LIOBN, 0, LIST, 2 };
	uint64_t two[2] = { GPA | 3, GPA | 3 }, other[2] = { (GPA + PAGE) | 3, GPA | 3 }, ret;
	struct tce_gate *gate = &v.c.machine->parts->pes->pe.slot[0]->gate;
	unsigned int place = tce_gate_try_enter(gate, to_index(1), 1);

	seen_count = 0;
	is_looking = true;
	assert_int_equal(stce_vm_hcall_real(v.vm, STCE_H_PUT_TCE, put, &ret), STCE_H_SUCCESS);
	tce_gate_leave(gate, place);
	assert_int_equal(stce_vm_hcall_virtual(v.vm, STCE_H_PUT_TCE, clear, &ret), STCE_H_SUCCESS);
	set_list(&v, LIST, two, 2);
	assert_int_equal(stce_vm_hcall_real(v.vm, STCE_H_PUT_TCE_INDIRECT, list, &ret), STCE_H_SUCCESS);
	set_list(&v, LIST, other, 2);
	assert_int_equal(stce_vm_hcall_virtual(v.vm, STCE_H_PUT_TCE_INDIRECT, list, &ret), STCE_H_SUCCESS);
	is_looking = false;
	assert_int_equal(seen_count, 4);
	assert_int_equal(seen[0], GPA | 3);
	assert_int_equal(seen[1], (GPA + PAGE) | 3);
	assert_int_equal(seen[2], 0);
	assert_int_equal(seen[3], GPA | 3);
}

/* (K1) In either tier, whichever entry of the list is bad. */
static void a_refused_list_changes_neither_table_nor_window(void **state)
{
	uint64_t args[5] = { LIOBN, 0, LIST, 3 }, ret;
	char byte;

	for (unsigned int bad = 0; bad < 6; bad++) {
		uint64_t tce[3] = { (GPA + PAGE) | 3, (GPA + PAGE) | 3, (GPA + PAGE) | 3 };

		tce[bad / 2] = 0x9000003;
		set_list(&v, LIST, tce, 3);
		assert_int_equal((bad % 2 ? stce_vm_hcall_virtual : stce_vm_hcall_real)(
			v.vm, STCE_H_PUT_TCE_INDIRECT, args, &ret), STCE_H_TOO_HARD);
		assert_int_equal(h_get(&v, LIOBN, 0), GPA | 3);
		assert_int_equal(h_get(&v, LIOBN, PAGE), 0);
		assert_int_equal(device_read(&v.c, PAGE, &byte, 1), -EFAULT);
		assert_int_equal(stats_of(v.c.machine).pages_mapped, 1);
	}
	assert_int_equal(h_put(&v, LIOBN, 0, 0), STCE_H_SUCCESS);
	assert_int_equal(unregister_memory(v.c.container, v.ram, RAM_PAGES * PAGE), 0);
}

static long clear_the_entry(void)
{
	return h_put(&v, LIOBN, 0, 0);
}

static long removed;

static void *remove_it(void *context)
{
	removed = remove_the_window();
	return NULL;
}

/* A device inside a window that is being removed keeps the call from returning. */
static void waits_for_devices(long (*act)(void))
{
	struct host_pe *pe = &v.c.machine->parts->pes->pe;
	struct host_window *window = pe->slot[0];
	unsigned int place = tce_gate_enter(&window->gate, to_index(0), 1);
	pthread_t remover, actor;
	int was_over;

	assert_int_equal(pthread_create(&remover, NULL, remove_it, NULL), 0);
	while (rcu_dereference(pe->slot[0]))
		os_yield();
	os_sleep_us(20000);
	assert_int_equal(pthread_create(&actor, NULL, act_and_tell, &act), 0);
	os_sleep_us(50000);
	was_over = atomic_load(&over);
	tce_gate_leave(&window->gate, place);
	pthread_join(actor, NULL);
	pthread_join(remover, NULL);
	assert_int_equal(was_over, 0);
	assert_int_equal(atomic_load(&over), 1);
	assert_int_equal(removed, 0);
}

/* (L2) */
static void a_window_that_goes_is_followed_until_devices_have_left_it(void **state)
{
	waits_for_devices(clear_the_entry);
	assert_int_equal(h_get(&v, LIOBN, 0), 0);
}

static long take_the_memory_out(void)
{
	struct iovec all = { v.ram, RAM_PAGES * PAGE };

	machine_leave_end(v.c.machine, machine_leave_begin(v.c.machine, &all, 1));
	return 0;
}

static void munmap_waits_for_the_devices_of_a_window_that_goes(void **state)
{
	waits_for_devices(take_the_memory_out);
}

/* (E3) Real mode leaves the call to another tier; virtual mode waits for its end. */
static void nobody_writes_a_suspended_share(void **state)
{
	struct host_phb *phb = v.vm->kvm->phb;
	struct tce_share *share = v.c.machine->parts->pes->pe.slot[0]->share;
	uint64_t put[5] = { LIOBN, 0, 0 }, stuff[5] = { LIOBN, 0, 0, 1 }, before, during, ret;
	long (*act)(void) = clear_the_entry, real_put, real_stuff;
	pthread_t thread;
	int was_over;

	before = tce_table_get(&share->copy[0], to_index(0));
	pthread_mutex_lock(&phb->watch_lock);
	tce_share_suspend(share);
	real_put = stce_vm_hcall_real(v.vm, STCE_H_PUT_TCE, put, &ret);
	real_stuff = stce_vm_hcall_real(v.vm, STCE_H_STUFF_TCE, stuff, &ret);
	assert_int_equal(pthread_create(&thread, NULL, act_and_tell, &act), 0);
	os_sleep_us(50000);
	was_over = atomic_load(&over);
	during = tce_table_get(&share->copy[0], to_index(0));
	tce_share_resume(share);
	pthread_mutex_unlock(&phb->watch_lock);
	pthread_join(thread, NULL);
	assert_int_equal(real_put, STCE_H_TOO_HARD);
	assert_int_equal(real_stuff, STCE_H_TOO_HARD);
	assert_int_equal(was_over, 0);
	assert_true(before && during == before);
	assert_int_equal(atomic_load(&answer), STCE_H_SUCCESS);
	assert_int_equal(tce_table_get(&share->copy[0], to_index(0)), 0);
}

/* (E3) Suspending returns when all writers that found the table not suspended have finished. */
static struct tce_share *suspended;

static long suspend(void)
{
	tce_share_suspend(suspended);
	return 0;
}

static void suspending_waits_for_the_writers(void **state)
{
	suspended = v.c.machine->parts->pes->pe.slot[0]->share;
	waits_for_readers(suspend);
	tce_share_resume(suspended);
}

/* Writes the same entry when all copies except the first are written. */
static long put_another(void)
{
	uint64_t args[5] = { LIOBN, 0, (GPA + 2 * PAGE) | 3 }, ret;

	return stce_vm_hcall_virtual(v.vm, STCE_H_PUT_TCE, args, &ret);
}

static long (*comes)(void);
static pthread_t comer;
static int came_between;

void __real_tce_share_write_others(struct tce_share *share, struct tce_index index, uint64_t count, uint64_t value,
				   uint64_t step);
void __wrap_tce_share_write_others(struct tce_share *share, struct tce_index index, uint64_t count, uint64_t value,
				   uint64_t step);

void __wrap_tce_share_write_others(struct tce_share *share, struct tce_index index, uint64_t count, uint64_t value,
				   uint64_t step)
{
	static long (*act)(void);

	__real_tce_share_write_others(share, index, count, value, step);
	if (!comes)
		return;
	act = comes;
	comes = NULL;
	assert_int_equal(pthread_create(&comer, NULL, act_and_tell, &act), 0);
	os_sleep_us(50000);
	came_between = atomic_load(&over);
}

/* (E2) */
static void two_writers_of_one_entry_leave_all_copies_the_same(void **state)
{
	struct tce_share *share;

	vmm_stop(&v);
	client_start(&v.c, "share", "node:3", NULL);
	vmm_start_on(&v);
	vmm_link(&v);
	share = v.c.machine->parts->pes->pe.slot[0]->share;
	assert_int_equal(share->copy_count, 3);
	comes = put_another;
	assert_int_equal(h_put(&v, LIOBN, 0, (GPA + PAGE) | 3), STCE_H_SUCCESS);
	pthread_join(comer, NULL);
	assert_int_equal(came_between, 0);
	assert_int_equal(atomic_load(&answer), STCE_H_SUCCESS);
	for (unsigned int c = 0; c < 3; c++)
		assert_int_equal(tce_table_get(&share->copy[c], to_index(0)), (uintptr_t)(v.ram + 2 * PAGE) | 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unlinking_waits_for_the_calls_that_found_the_link),
		TEST(a_slot_that_goes_waits_for_the_calls_that_found_it),
		TEST(removing_a_window_waits_for_the_calls_that_found_it),
		TEST(a_set_of_regions_stays_for_the_calls_that_found_it),
		TEST(windows_are_written_before_the_table),
		TEST(a_refused_list_changes_neither_table_nor_window),
		TEST(a_window_that_goes_is_followed_until_devices_have_left_it),
		TEST(munmap_waits_for_the_devices_of_a_window_that_goes),
		TEST(nobody_writes_a_suspended_share),
		TEST(suspending_waits_for_the_writers),
		TEST(two_writers_of_one_entry_leave_all_copies_the_same),
	};

	return cmocka_run_group_tests_name("kvm/order", tests, NULL, NULL);
}
