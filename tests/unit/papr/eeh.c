/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest recovers the PE of its bridge by RTAS, reads why it was frozen, and injects errors into it. */
#include "testing.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "firmware.h"
#include "papr/rtas.h"

#define TOKEN   0x4000u              /* of ibm,set-eeh-option; the others follow in their order */
#define LOG     (GPA + 8 * PAGE)     /* where the guest wants an error log */
#define DRIVER  (GPA + 10 * PAGE)    /* what its driver adds */
#define WORK    (GPA + 12 * PAGE)    /* the description of an error */
#define ALL     8u                   /* more arguments than a call of a PE has */

enum { SET_OPTION, SET_RESET, READ_STATE, GET_INFO, CONFIGURE, DETAIL, OPEN, INJECT, CLOSE };
enum { DISABLE, ENABLE, THAW_MMIO, THAW_DMA };
enum { DEACTIVATE = 0, HOT = 1, FUNDAMENTAL = 3 };

static struct firmware f;
static int second_container, second_group;

static bool takes_buffer_away;

int __real_papr_rtas_open_errinjct(struct papr_vm *vm, struct papr_rtas *call);
int __wrap_papr_rtas_open_errinjct(struct papr_vm *vm, struct papr_rtas *call);

/* The linker's --wrap lets the buffer become read-only in the middle of the call. */
int __wrap_papr_rtas_open_errinjct(struct papr_vm *vm, struct papr_rtas *call)
{
	int status = __real_papr_rtas_open_errinjct(vm, call);

	if (takes_buffer_away)
		mprotect(f.v.ram, OWN_PAGE, PROT_READ);
	return status;
}

static void set_tokens(void)
{
	uint32_t token[STCE_RTAS_EEH_CALLS];

	for (uint32_t i = 0; i < STCE_RTAS_EEH_CALLS; i++)
		token[i] = TOKEN + i;
	assert_int_equal(stce_vm_set_rtas_eeh(f.v.vm, token), 0);
}

static int start_bare(void **state)
{
	firmware_start(&f, "power9");
	stce_phb_free(f.phb);
	f.phb = NULL;
	second_container = second_group = -1;
	return 0;
}

static int start(void **state)
{
	start_bare(state);
	set_tokens();
	firmware_again(&f);
	assert_int_equal(stce_phb_add_group(f.phb, f.v.c.container, f.v.c.group), 0);
	return 0;
}

static int stop(void **state)
{
	if (second_group >= 0) {
		assert_int_equal(stce_phb_remove_group(f.phb, second_group), 0);
		stce_close(second_group);
		stce_close(second_container);
	}
	firmware_stop(&f);
	return 0;
}

/* Makes a call on the bridge, and returns the status. */
static int call_on(uint64_t buid, unsigned int which, uint32_t nargs, uint32_t argument, uint32_t nret)
{
	const uint32_t args[4] = { CONFIG_ADDRESS, (uint32_t)(buid >> 32), (uint32_t)buid, argument };

	assert_int_equal(raw_call(&f, TOKEN + which, nargs, args, nret), STCE_H_SUCCESS);
	return (int)f.ret[0];
}

static int set_option(uint32_t option) { return call_on(f.config.buid, SET_OPTION, 4, option, 1); }
static int set_reset(uint32_t function) { return call_on(f.config.buid, SET_RESET, 4, function, 1); }
static int configure(void) { return call_on(f.config.buid, CONFIGURE, 3, 0, 1); }

static uint32_t read_state(void)
{
	assert_int_equal(call_on(f.config.buid, READ_STATE, 3, 0, 4), STCE_RTAS_SUCCESS);
	assert_int_equal(f.ret[2], 1);
	return f.ret[1];
}

static int detail(uint32_t driver, uint32_t driver_length, uint32_t length, uint32_t kind)
{
	const uint32_t args[ALL] = { CONFIG_ADDRESS, (uint32_t)(f.config.buid >> 32), (uint32_t)f.config.buid,
				     driver, driver_length, LOG, length, kind };

	assert_int_equal(raw_call(&f, TOKEN + DETAIL, 8, args, 1), STCE_H_SUCCESS);
	return (int)f.ret[0];
}

static int open_session(uint32_t *token)
{
	assert_int_equal(raw_call(&f, TOKEN + OPEN, 0, NULL, 2), STCE_H_SUCCESS);
	*token = f.ret[0];
	return (int)f.ret[1];
}

static int close_session(uint32_t token)
{
	assert_int_equal(raw_call(&f, TOKEN + CLOSE, 1, &token, 1), STCE_H_SUCCESS);
	return (int)f.ret[0];
}

static int inject_at(uint32_t kind, uint32_t token, uint32_t work)
{
	const uint32_t args[] = { kind, token, work };

	assert_int_equal(raw_call(&f, TOKEN + INJECT, 3, args, 1), STCE_H_SUCCESS);
	return (int)f.ret[0];
}

/* Injects an error of one function at any address. */
static int inject(uint32_t kind, uint32_t token, uint64_t buid, uint32_t function)
{
	uint32_t *cell = (uint32_t *)(f.v.ram + (WORK - GPA));
	unsigned int i = kind == STCE_RTAS_IOA_BUS_ERROR_64 ? 4 : 2;

	memset(cell, 0, 64);
	cell[i] = htobe32(CONFIG_ADDRESS);
	cell[i + 1] = htobe32((uint32_t)(buid >> 32));
	cell[i + 2] = htobe32((uint32_t)buid);
	cell[i + 3] = htobe32(function);
	return inject_at(kind, token, WORK);
}

static void freeze(int group)
{
	assert_int_equal(stce_eeh_freeze(f.v.c.machine, group), 0);
}

static bool is_blind(int group)
{
	char byte;

	return stce_dma_read(f.v.c.machine, group, 0, &byte, 1) == -EFAULT;
}

/* Lets the devices reach the guest's page 0 at bus address 0. */
static void map_first(void)
{
	assert_int_equal(h_put(&f.v, f.config.liobn[0], 0, GPA | 3), STCE_H_SUCCESS);
	assert_false(is_blind(1));
}

static void add_second(void)
{
	vmm_open_group(&f.v, 2, &second_container, &second_group);
	assert_int_equal(stce_phb_add_group(f.phb, second_container, second_group), 0);
}

/* Bare machine. */
static void without_the_vmms_leave_the_tokens_are_unknown(void **state)
{
	firmware_again(&f);
	for (unsigned int i = 0; i < STCE_RTAS_EEH_CALLS; i++)
		assert_int_equal(raw_call(&f, TOKEN + i, 0, NULL, 1), STCE_H_TOO_HARD);
}

static void a_bridge_without_a_pe_has_no_eeh(void **state)
{
	set_tokens();
	firmware_again(&f);
	assert_int_equal(set_option(ENABLE), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(call_on(f.config.buid, GET_INFO, 4, 1, 2), STCE_RTAS_PARAMETER_ERROR);
}

static void an_unknown_bridge_has_no_pe(void **state)
{
	static const struct { unsigned int which; uint32_t nargs, nret; } calls[] = {
		{ SET_OPTION, 4, 1 }, { SET_RESET, 4, 1 }, { READ_STATE, 3, 4 }, { GET_INFO, 4, 2 }, { CONFIGURE, 3, 1 },
	};

	for (unsigned int i = 0; i < ARRAY_COUNT(calls); i++)
		assert_int_equal(call_on(f.config.buid + 1, calls[i].which, calls[i].nargs, 0, calls[i].nret),
				 STCE_RTAS_PARAMETER_ERROR);
	f.config.buid++;
	assert_int_equal(detail(0, 0, 1024, 1), STCE_RTAS_PARAMETER_ERROR);
	f.config.buid--;
}

static void a_guest_recovers_a_frozen_pe(void **state)
{
	map_first();
	assert_int_equal(set_option(ENABLE), STCE_RTAS_SUCCESS);
	assert_int_equal(read_state(), STCE_EEH_NORMAL);
	freeze(1);
	assert_true(is_blind(1));
	assert_int_equal(read_state(), STCE_EEH_STOPPED);
	assert_int_equal(set_reset(HOT), STCE_RTAS_SUCCESS);
	assert_int_equal(read_state(), STCE_EEH_RESET);
	/* A freeze in the middle of the reset changes nothing, and the reset ends it too. */
	freeze(1);
	assert_int_equal(read_state(), STCE_EEH_RESET);
	assert_true(is_blind(1));
	assert_int_equal(set_reset(DEACTIVATE), STCE_RTAS_SUCCESS);
	assert_int_equal(configure(), STCE_RTAS_SUCCESS);
	assert_int_equal(read_state(), STCE_EEH_NORMAL);
	assert_false(is_blind(1));
	assert_int_equal(set_reset(FUNDAMENTAL), STCE_RTAS_SUCCESS);
	assert_int_equal(read_state(), STCE_EEH_RESET);
}

static void registers_and_dma_thaw_one_by_one(void **state)
{
	map_first();
	freeze(1);
	assert_int_equal(set_option(THAW_MMIO), STCE_RTAS_SUCCESS);
	assert_int_equal(read_state(), STCE_EEH_STOPPED_DMA);
	assert_true(is_blind(1));
	assert_int_equal(set_option(THAW_DMA), STCE_RTAS_SUCCESS);
	assert_int_equal(read_state(), STCE_EEH_NORMAL);
	assert_false(is_blind(1));
}

/* A guest that starts again enables EEH, and finds a PE that works. */
static void enabling_thaws_and_disabling_does_not(void **state)
{
	map_first();
	freeze(1);
	assert_int_equal(set_option(DISABLE), STCE_RTAS_SUCCESS);
	assert_int_equal(read_state(), STCE_EEH_STOPPED);
	assert_int_equal(set_option(ENABLE), STCE_RTAS_SUCCESS);
	assert_int_equal(read_state(), STCE_EEH_NORMAL);
	assert_false(is_blind(1));
	/* From now on a fault freezes. */
	assert_int_equal(h_put(&f.v, f.config.liobn[0], 0, 0), STCE_H_SUCCESS);
	assert_true(is_blind(1));
	assert_int_equal(read_state(), STCE_EEH_STOPPED);
}

static void unknown_options_resets_and_questions_are_parameter_errors(void **state)
{
	freeze(1);
	assert_int_equal(set_option(THAW_DMA + 1), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(set_option(UINT32_MAX), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(set_reset(2), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(set_reset(FUNDAMENTAL + 1), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(call_on(f.config.buid, GET_INFO, 4, 2, 2), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(read_state(), STCE_EEH_STOPPED);
}

static void the_address_of_a_pe_is_that_of_its_bus(void **state)
{
	const uint64_t buid = f.config.buid;
	const uint32_t args[] = { 0x120800, (uint32_t)(buid >> 32), (uint32_t)buid, 0 };

	assert_int_equal(raw_call(&f, TOKEN + GET_INFO, 4, args, 2), STCE_H_SUCCESS);
	assert_int_equal(f.ret[0], STCE_RTAS_SUCCESS);
	assert_int_equal(f.ret[1], 0x120001);
	assert_int_equal(call_on(buid, GET_INFO, 4, 1, 2), STCE_RTAS_SUCCESS);
	assert_int_equal(f.ret[1], 2);
}

static void an_unavailable_pe_says_for_how_long(void **state)
{
	freeze(1);
	assert_int_equal(stce_eeh_unavailable(f.v.c.machine, 1, 60000), 0);
	assert_int_equal(call_on(f.config.buid, READ_STATE, 3, 0, 5), STCE_RTAS_SUCCESS);
	assert_int_equal(f.ret[1], STCE_EEH_UNAVAILABLE);
	assert_true(f.ret[3] > 0 && f.ret[3] <= 60000);
	assert_int_equal(f.ret[4], 0);
	assert_int_equal(set_option(ENABLE), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(set_option(THAW_MMIO), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(set_reset(HOT), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(set_reset(DEACTIVATE), STCE_RTAS_HARDWARE_ERROR);
	/* For ever. */
	assert_int_equal(stce_eeh_unavailable(f.v.c.machine, 1, 0), 0);
	assert_int_equal(read_state(), STCE_EEH_UNAVAILABLE);
	assert_int_equal(f.ret[3], 0);
}

/* To the guest the groups of a bridge are one PE [DIFF-73]. */
static void all_groups_of_a_bridge_are_one_pe(void **state)
{
	uint32_t token;

	add_second();
	map_first();
	for (int group = 1; group <= 2; group++) {
		freeze(group);
		assert_true(is_blind(group));
		assert_false(is_blind(3 - group));
		assert_int_equal(read_state(), STCE_EEH_STOPPED);
		assert_int_equal(set_reset(HOT), STCE_RTAS_SUCCESS);
		assert_true(is_blind(1) && is_blind(2));
		assert_int_equal(set_reset(DEACTIVATE), STCE_RTAS_SUCCESS);
		assert_int_equal(read_state(), STCE_EEH_NORMAL);
		assert_false(is_blind(1) || is_blind(2));
	}
	assert_int_equal(open_session(&token), STCE_RTAS_SUCCESS);
	assert_int_equal(inject(STCE_RTAS_IOA_BUS_ERROR, token, f.config.buid, 12), STCE_RTAS_SUCCESS);
	assert_true(is_blind(1) && is_blind(2));
}

/* Returns the section n of the log at LOG, and its length without the head. */
static const char *section(unsigned int n, size_t *length)
{
	const unsigned char *log = (const unsigned char *)f.v.ram + (LOG - GPA);
	size_t at = 8 + 16, end = 8 + (size_t)(log[6] << 8 | log[7]);

	for (; at < end; at += (size_t)(log[at + 2] << 8 | log[at + 3])) {
		assert_memory_equal(&log[at], "UD", 2);
		*length = (size_t)(log[at + 2] << 8 | log[at + 3]) - 8;
		if (!n--)
			return (const char *)&log[at + 8];
	}
	return NULL;
}

static void a_log_tells_the_cause_and_what_the_driver_says(void **state)
{
	const unsigned char *log = (const unsigned char *)f.v.ram + (LOG - GPA);
	size_t length;

	memset(f.v.ram + (LOG - GPA), 0x55, 4096);
	assert_int_equal(detail(DRIVER, 4, 1024, 1), STCE_RTAS_NO_LOG);
	assert_int_equal(log[0], 0x55);
	assert_int_equal(set_option(ENABLE), STCE_RTAS_SUCCESS);
	assert_true(stce_dma_read(f.v.c.machine, 1, 5 * PAGE + 8, &length, 4) < 0);
	memcpy(f.v.ram + (DRIVER - GPA), "nvme", 4);
	assert_int_equal(detail(DRIVER, 4, 1024, 1), STCE_RTAS_SUCCESS);
	assert_int_equal(log[0], 6);
	assert_int_equal(log[1], 4 << 5 | 1 << 3 | 4);
	assert_int_equal(log[3], 2);
	assert_memory_equal(&log[8 + 12], "IBM", 4);
	assert_string_equal(section(0, &length),
			    "group 1 frozen: fault unmapped at 0x5008, 4 bytes, access 0x10, entry 5 of the window at 0x0, "
			    "pages of 2^12");
	assert_memory_equal(section(1, &length), "nvme", 4);
	assert_int_equal(length, 4);
	assert_null(section(2, &length));
	/* The permanent log has the same cause, and says that the PE has not been recovered. */
	assert_int_equal(detail(0, 0, 1024, 2), STCE_RTAS_SUCCESS);
	assert_int_equal(log[1], 4 << 5 | 2 << 3 | 4);
	assert_null(section(1, &length));
}

static void a_log_fits_into_its_buffer(void **state)
{
	const char *ram = f.v.ram + (LOG - GPA);
	size_t length;

	freeze(1);
	for (uint32_t room = 24; room < 128; room++) {
		memset(f.v.ram + (LOG - GPA), 0x55, 4096);
		assert_int_equal(detail(DRIVER, 4096, room, 1), STCE_RTAS_SUCCESS);
		assert_int_equal(ram[room], 0x55);
		assert_int_equal(8 + (unsigned char)ram[7], room < 33 ? 24 : room < 54 ? room : room < 62 ? 53 : room);
	}
	assert_int_equal(detail(DRIVER, 4096, UINT32_MAX, 1), STCE_RTAS_SUCCESS);
	assert_non_null(section(1, &length));
	assert_int_equal(section(1, &length) + length - ram, STCE_RTAS_LOG_MAX);
	assert_int_equal(ram[STCE_RTAS_LOG_MAX], 0x55);
	assert_int_equal(detail(0, 0, 23, 1), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(detail(0, 0, 1024, 0), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(detail(0, 0, 1024, 3), STCE_RTAS_PARAMETER_ERROR);
	/* Nothing is at guest address 0. */
	assert_int_equal(detail(0, 4, 1024, 1), STCE_RTAS_PARAMETER_ERROR);
}

static void a_session_for_errors_is_opened_once(void **state)
{
	uint32_t token, other;

	assert_int_equal(close_session(0), STCE_RTAS_SESSION_ERROR);
	assert_int_equal(open_session(&token), STCE_RTAS_SUCCESS);
	assert_true(token > 0);
	assert_int_equal(open_session(&other), STCE_RTAS_SESSION_ERROR);
	assert_int_equal(close_session(token + 1), STCE_RTAS_SESSION_ERROR);
	assert_int_equal(close_session(token), STCE_RTAS_SUCCESS);
	assert_int_equal(close_session(token), STCE_RTAS_SESSION_ERROR);
	assert_int_equal(open_session(&other), STCE_RTAS_SUCCESS);
	assert_int_not_equal(other, token);
	assert_int_equal(stce_vm_reset(f.v.vm), 0);
	assert_int_equal(open_session(&other), STCE_RTAS_SUCCESS);
}

static void an_injected_error_meets_the_next_access(void **state)
{
	static const uint32_t kinds[] = { STCE_RTAS_IOA_BUS_ERROR, STCE_RTAS_IOA_BUS_ERROR_64 };
	uint32_t token;

	map_first();
	assert_int_equal(open_session(&token), STCE_RTAS_SUCCESS);
	for (unsigned int i = 0; i < ARRAY_COUNT(kinds); i++) {
		/* The device reads memory: at the 64-bit address it does not. */
		assert_int_equal(inject(kinds[i], token, f.config.buid, 12), STCE_RTAS_SUCCESS);
		assert_int_equal(read_state(), STCE_EEH_NORMAL);
		assert_int_equal(is_blind(1), i == 0);
		assert_int_equal(read_state(), i == 0 ? STCE_EEH_STOPPED : STCE_EEH_NORMAL);
		assert_int_equal(set_option(ENABLE), STCE_RTAS_SUCCESS);
		assert_false(is_blind(1));
	}
}

/* Each access here is the first of its kind after the injection. */
static void each_function_waits_for_its_kind_of_access(void **state)
{
	struct vfio_region_info config = { .argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	int device = (int)get_device(f.v.c.group, FIRST);
	uint32_t token, value = 0;

	assert_int_equal(stce_ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config), 0);
	assert_int_equal(open_session(&token), STCE_RTAS_SUCCESS);
	assert_int_equal(inject(STCE_RTAS_IOA_BUS_ERROR_64, token, f.config.buid, 4), STCE_RTAS_SUCCESS);
	assert_int_equal(stce_pwrite(device, &value, 1, (off_t)config.offset + 0x0c), 1);
	assert_int_equal(read_state(), STCE_EEH_NORMAL);
	assert_int_equal(stce_pread(device, &value, 4, (off_t)config.offset + 8), 4);
	assert_int_equal(value, UINT32_MAX);
	assert_int_equal(read_state(), STCE_EEH_STOPPED);
	stce_close(device);
}

static void errors_that_cannot_be_injected_are_refused(void **state)
{
	uint32_t token;

	assert_int_equal(inject(STCE_RTAS_IOA_BUS_ERROR, 1, f.config.buid, 0), STCE_RTAS_SESSION_ERROR);
	assert_int_equal(open_session(&token), STCE_RTAS_SUCCESS);
	assert_int_equal(inject(STCE_RTAS_IOA_BUS_ERROR, token + 1, f.config.buid, 0), STCE_RTAS_SESSION_ERROR);
	assert_int_equal(inject(1, token, f.config.buid, 0), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(inject(STCE_RTAS_IOA_BUS_ERROR, token, f.config.buid + 1, 0), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(inject(STCE_RTAS_IOA_BUS_ERROR, token, f.config.buid, 20), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(inject(STCE_RTAS_IOA_BUS_ERROR, token, f.config.buid, 0), STCE_RTAS_SUCCESS);
	memcpy(f.v.ram + (WORK + 512 - GPA), f.v.ram + (WORK - GPA), 64);
	assert_int_equal(inject_at(STCE_RTAS_IOA_BUS_ERROR, token, WORK + 512), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(inject_at(STCE_RTAS_IOA_BUS_ERROR, token, 0), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(read_state(), STCE_EEH_NORMAL);
	/* There is no I/O space, and nothing can be injected below a bridge that is away. */
	assert_int_equal(inject(STCE_RTAS_IOA_BUS_ERROR, token, f.config.buid, 2), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(stce_eeh_unavailable(f.v.c.machine, 1, 0), 0);
	assert_int_equal(inject(STCE_RTAS_IOA_BUS_ERROR, token, f.config.buid, 0), STCE_RTAS_HARDWARE_ERROR);
}

/* The status of ibm,open-errinjct is its second output, also if the call is malformed. */
static void a_session_that_cannot_be_told_is_not_open(void **state)
{
	const uint64_t end = GPA + RAM_PAGES * PAGE;
	uint32_t token, cells[] = { htobe32(TOKEN + OPEN), 0, htobe32(2), 0, 0 };

	memcpy(f.v.ram + RAM_PAGES * PAGE - 16, cells, 16);
	assert_int_equal(stce_vm_rtas(f.v.vm, end - 16), STCE_H_PARAMETER);
	takes_buffer_away = true;
	put_call(&f, BUFFER, TOKEN + OPEN, 0, NULL, 2);
	assert_int_equal(stce_vm_rtas(f.v.vm, BUFFER), STCE_H_PARAMETER);
	takes_buffer_away = false;
	assert_int_equal(mprotect(f.v.ram, OWN_PAGE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(raw_call(&f, TOKEN + OPEN, 0, NULL, 1), STCE_H_SUCCESS);
	assert_int_equal((int)f.ret[0], STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(raw_call(&f, TOKEN + OPEN, 0, NULL, 3), STCE_H_SUCCESS);
	assert_int_equal((int)f.ret[1], STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(open_session(&token), STCE_RTAS_SUCCESS);
}

/* Bare machine. */
static void tokens_are_different_and_set_once(void **state)
{
	const uint32_t usual[STCE_RTAS_CALLS] = { 1, 2, 3, TOKEN + 8 }, pair[] = { 5, TOKEN + 1 };
	uint32_t token[STCE_RTAS_EEH_CALLS];

	for (uint32_t i = 0; i < STCE_RTAS_EEH_CALLS; i++)
		token[i] = TOKEN + i;
	token[8] = TOKEN;
	assert_int_equal(stce_vm_set_rtas_eeh(f.v.vm, token), -EINVAL);
	token[8] = STCE_RTAS_CREATE_PE_DMA_WINDOW;
	assert_int_equal(stce_vm_set_rtas_eeh(f.v.vm, token), -EINVAL);
	set_tokens();
	assert_int_equal(stce_vm_set_rtas_tokens(f.v.vm, usual), -EINVAL);
	assert_int_equal(stce_vm_set_rtas_associate(f.v.vm, pair), -EINVAL);
	token[8] = TOKEN + 8;
	assert_int_equal(stce_vm_set_rtas_eeh(f.v.vm, token), -EBUSY);
	firmware_again(&f);
	assert_int_equal(raw_call(&f, TOKEN + OPEN, 0, NULL, 2), STCE_H_SUCCESS);
	/* The two calls of associations are still the VMM's. */
	assert_int_equal(raw_call(&f, 5, 0, NULL, 1), STCE_H_TOO_HARD);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
#define BARE(name) cmocka_unit_test_setup_teardown(name, start_bare, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BARE(without_the_vmms_leave_the_tokens_are_unknown),
		BARE(a_bridge_without_a_pe_has_no_eeh),
		T(an_unknown_bridge_has_no_pe),
		T(a_guest_recovers_a_frozen_pe),
		T(registers_and_dma_thaw_one_by_one),
		T(enabling_thaws_and_disabling_does_not),
		T(unknown_options_resets_and_questions_are_parameter_errors),
		T(the_address_of_a_pe_is_that_of_its_bus),
		T(an_unavailable_pe_says_for_how_long),
		T(all_groups_of_a_bridge_are_one_pe),
		T(a_log_tells_the_cause_and_what_the_driver_says),
		T(a_log_fits_into_its_buffer),
		T(a_session_for_errors_is_opened_once),
		T(an_injected_error_meets_the_next_access),
		T(each_function_waits_for_its_kind_of_access),
		T(errors_that_cannot_be_injected_are_refused),
		T(a_session_that_cannot_be_told_is_not_open),
		BARE(tokens_are_different_and_set_once),
	};

	return cmocka_run_group_tests_name("eeh by RTAS", tests, NULL, NULL);
}
