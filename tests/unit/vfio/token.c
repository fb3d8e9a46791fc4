/* SPDX-License-Identifier: BSD-2-Clause */
/* The token of a card and its virtual functions, when it changes while one of them is opened. */
#include "testing.h"

#include "client.h"

#include <errno.h>
#include <fcntl.h>

#include "file/space.h"
#include "vfio/token.h"

#define CARD    "0000:03:00.0"
#define VIRTUAL "0000:03:10.0"
#define ONE     " vf_token=00000000-0000-0000-0000-000000000001"
#define TWO     " vf_token=00000000-0000-0000-0000-000000000002"

static struct client c;
static int card, virtual;                  /* groups */
static void (*meanwhile)(void);            /* what another thread does when a device is about to be opened */

static bool has_random = true;

int __real_os_random(void *buffer, size_t size);
int __wrap_os_random(void *buffer, size_t size);

int __wrap_os_random(void *buffer, size_t size)
{
	return has_random ? __real_os_random(buffer, size) : -EIO;
}

int __real_file_space_open(struct file_space *space, struct file_node *node, int flags);
int __wrap_file_space_open(struct file_space *space, struct file_node *node, int flags);

int __wrap_file_space_open(struct file_space *space, struct file_node *node, int flags)
{
	void (*act)(void) = meanwhile;

	meanwhile = NULL;
	if (act)
		act();
	return __real_file_space_open(space, node, flags);
}

static int attach(const char *path)
{
	int group = stce_open(c.machine, path, O_RDWR | O_CLOEXEC);

	assert_true(group >= 0);
	assert_int_equal(set_container(group, c.container), 0);
	return group;
}

static int setup(void **state)
{
	client_start(&c, "device", "igb,addr=" CARD ",group=3,vfs=1", NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	card = attach("/dev/vfio/3");
	virtual = attach("/dev/vfio/4");
	return 0;
}

static int teardown(void **state)
{
	stce_close(virtual);
	stce_close(card);
	client_stop(&c);
	return 0;
}

static void open_and_close(int group, const char *name)
{
	long device = get_device(group, name);

	assert_true(device >= 0);
	stce_close((int)device);
}

static void change_token(void)
{
	assert_int_equal(get_device(card, CARD TWO), -EACCES);
}

/* The token was judged in one step and the function opened in another, so it was open under a token of the past. */
static void a_token_stays_while_a_virtual_function_is_being_opened(void **state)
{
	long device;

	open_and_close(card, CARD ONE);
	meanwhile = change_token;
	device = get_device(virtual, VIRTUAL ONE);
	assert_true(device >= 0);
	assert_null(meanwhile);
	assert_int_equal(get_device(card, CARD TWO), -EACCES);
	open_and_close(card, CARD ONE);
	stce_close((int)device);
	open_and_close(card, CARD TWO);
	assert_int_equal(get_device(virtual, VIRTUAL ONE), -EACCES);
}

/* A refused or failed opening ends like another one. */
static void an_opening_that_fails_lets_the_token_change(void **state)
{
	open_and_close(card, CARD ONE);
	assert_int_equal(get_device(virtual, VIRTUAL TWO), -EACCES);
	assert_int_equal(get_device(virtual, VIRTUAL), -EACCES);
	assert_int_equal(stce_ioctl(virtual, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	assert_int_equal(get_device(virtual, VIRTUAL ONE), -EINVAL);
	open_and_close(card, CARD TWO);
}

static void a_card_without_a_secret_is_not_made(void **state)
{
	static const struct pci_sriov sriov = { .total = 1 };
	struct function function = { .config.sriov = &sriov };
	struct vfio_member member = { .function = &function };

	has_random = false;
	assert_int_equal(vfio_token_init(&member), -EIO);
	function.config.sriov = NULL;
	assert_int_equal(vfio_token_init(&member), 0);
	has_random = true;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_stays_while_a_virtual_function_is_being_opened),
		TEST(an_opening_that_fails_lets_the_token_change),
		cmocka_unit_test(a_card_without_a_secret_is_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
