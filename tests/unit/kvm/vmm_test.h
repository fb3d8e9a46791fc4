/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of which each has a VMM of its own. */
#ifndef STCE_TESTS_KVM_VMM_TEST_H
#define STCE_TESTS_KVM_VMM_TEST_H

#include "vmm.h"

extern struct vmm v;

int vmm_setup(void **state);
int vmm_teardown(void **state);
#define TEST(f) cmocka_unit_test_setup_teardown(f, vmm_setup, vmm_teardown)

#endif
