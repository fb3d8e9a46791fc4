/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program forks while its threads are inside the library. The child can use inherited files, and
 * has a machine of its own (util/fork.h). A lock that stays taken ends in the test's time limit.
 */
#include "torture.h"

#include <errno.h>
#include <linux/kvm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/kvm/vmm.h"
#include "util/os.h"
#include "stats_of.h"

struct arena {
	struct vmm v;
	_Atomic(uint64_t) mapped, put, children;
};

static void mapper(struct torture_thread *self)
{
	struct arena *a = self->context;
	uint64_t iova = (0x100 + self->number) * PAGE;

	while (torture_goes_on()) {
		TORTURE_CHECK(!map_dma(a->v.c.container, a->v.ram, iova, PAGE, RW));
		TORTURE_CHECK(!unmap_dma(a->v.c.container, iova, PAGE));
		atomic_fetch_add(&a->mapped, 1);
	}
}

static void vcpu(struct torture_thread *self)
{
	struct arena *a = self->context;
	uint64_t ioba = self->number * PAGE;

	while (torture_goes_on()) {
		TORTURE_CHECK(h_put(&a->v, LIOBN, ioba, GPA | 3) == STCE_H_SUCCESS);
		TORTURE_CHECK(h_put(&a->v, LIOBN, ioba, 0) == STCE_H_SUCCESS);
		atomic_fetch_add(&a->put, 1);
	}
}

/* Makes calls that hold locks for long, and wait for readers. */
static void manager(struct torture_thread *self)
{
	struct arena *a = self->context;
	char *p = get_pages(1);

	while (torture_goes_on()) {
		struct stce_vm *vm = NULL;

		TORTURE_CHECK(!stce_vm_new(a->v.c.machine, &vm));
		stce_vm_free(vm);
		TORTURE_CHECK(!register_memory(a->v.c.container, p, OWN_PAGE));
		TORTURE_CHECK(!unregister_memory(a->v.c.container, p, OWN_PAGE));
	}
	drop_pages(p, 1);
}

static bool asks_what_it_inherited(struct arena *a)
{
	return stce_ioctl(a->v.c.container, VFIO_GET_API_VERSION, NULL) == 0 &&
	       unmap_dma(a->v.c.container, 0, PAGE) == -EPERM &&
	       group_flags(a->v.c.group) == (VFIO_GROUP_FLAGS_VIABLE | VFIO_GROUP_FLAGS_CONTAINER_SET) &&
	       vfio_attr(a->v.device, KVM_DEV_VFIO_GROUP_ADD, &a->v.c.group) == -EIO;
}

static bool has_a_vm_of_its_own(struct arena *a)
{
	struct vmm own = { .c.machine = a->v.c.machine };
	int device;

	if (stce_vm_new(own.c.machine, &own.vm) || stce_vm_set_memory(own.vm, 0, GPA, RAM_PAGES * PAGE, a->v.ram))
		return false;
	device = stce_vm_create_device(own.vm, KVM_DEV_TYPE_VFIO);
	own.table = make_table(&own, LIOBN, 12, 0, 0x400);
	return device >= 0 && own.table >= 0 && h_put(&own, LIOBN, 0, GPA | 3) == STCE_H_SUCCESS &&
	       h_get(&own, LIOBN, 0) == (GPA | 3);
}

static void *ask(void *context)
{
	return asks_what_it_inherited(context) ? context : NULL;
}

static bool child_is_well(pid_t child)
{
	int status = -1;

	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* Forks while another thread makes the parts that replace the parent's, or is close to it. */
static bool forks_again(struct arena *a, uint32_t delay)
{
	pthread_t thread;
	pid_t child;
	void *result = NULL;

	if (pthread_create(&thread, NULL, ask, a))
		return false;
	os_sleep_us(delay);
	child = fork();
	if (!child)
		_exit(!asks_what_it_inherited(a));
	return pthread_join(thread, &result) == 0 && result && child_is_well(child);
}

static void forker(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		uint32_t delay = torture_below(self, 300);
		pid_t child = fork();

		if (!child)
			_exit(!(forks_again(a, delay) && asks_what_it_inherited(a) && has_a_vm_of_its_own(a)));
		TORTURE_CHECK(child_is_well(child));
		atomic_fetch_add(&a->children, 1);
	}
}

static void a_child_of_a_busy_program_goes_on(void **state)
{
	static struct arena a;

	vmm_start(&a.v);
	vmm_link(&a.v);
	TORTURE_WANTS(a.mapped);
	TORTURE_WANTS(a.put);
	TORTURE_WANTS(a.children);
	torture_run(&a, mapper, 2u, vcpu, 2u, manager, 1u, forker, 2u, NULL);
	assert_int_equal(stats_of(a.v.c.machine).pages_mapped, 0);
	assert_int_equal(unregister_memory(a.v.c.container, a.v.ram, RAM_PAGES * PAGE), 0);
	vmm_stop(&a.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_of_a_busy_program_goes_on),
	};

	return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
