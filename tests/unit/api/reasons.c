/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stce_last_reason() tells the innermost cause of the last refusal, whatever was refused before.
 * Each public call and each hypercall is refused after another reason has been planted. Every
 * symbol of the library has rows here, or is in the list of calls that refuse nothing.
 */
#include "reasons.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "util/reason.h"
#include "util/trace.h"

#define PLANTED "planted"
#define ROWS_MAX 256

struct firmware world;
unsigned int times_formatted;

static const char *map_path;

/* These return a value, a truth or nothing. */
static const char *const refuse_nothing[] = {
	"stce_adopt", "stce_config_free", "stce_config_option", "stce_config_rule", "stce_control_free", "stce_control_run", "stce_control_stats", "stce_device_option", "stce_device_type",
	"stce_duplicated", "stce_fault_text", "stce_flush", "stce_forget", "stce_handle_fault", "stce_in_handler", "stce_is_internal", "stce_is_lost", "stce_is_ours",
	"stce_kvm_check_extension", "stce_last_reason", "stce_lend", "stce_look", "stce_look_at", "stce_machine_free",
	"stce_machine_has_memory", "stce_machine_locked", "stce_machine_on_device_write", "stce_machine_on_news",
	"stce_machine_platform", "stce_machine_stats", "stce_machine_unmap_begin", "stce_machine_unmap_end",
	"stce_on_mapping", "stce_on_wait", "stce_path", "stce_phb_free", "stce_program_judge", "stce_program_sentence",
	"stce_run_directory", "stce_run_explained", "stce_run_free", "stce_run_news", "stce_run_pci_devices",
	"stce_run_port", "stce_run_programs", "stce_run_stats", "stce_run_sysfs", "stce_run_told", "stce_runs", "stce_state_free", "stce_state_limit",
	"stce_trace_event", "stce_version", "stce_vm_enter_thread", "stce_vm_free", "stce_vm_set_strict",
	"stce_vm_share_tables",
};

static const struct reason_row *const lists[] = {
	reasons_machine, reasons_files, reasons_vm, reasons_state, reasons_hcalls,
};

int __real_vsnprintf(char *to, size_t size, const char *format, va_list args);
int __wrap_vsnprintf(char *to, size_t size, const char *format, va_list args);
int __wrap_snprintf(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

int __wrap_vsnprintf(char *to, size_t size, const char *format, va_list args)
{
	times_formatted++;
	return __real_vsnprintf(to, size, format, args);
}

int __wrap_snprintf(char *to, size_t size, const char *format, ...)
{
	va_list args;
	int r;

	times_formatted++;
	va_start(args, format);
	r = __real_vsnprintf(to, size, format, args);
	va_end(args);
	return r;
}

void plant_reason(void)
{
	struct stce_phb_config config;

	assert_int_equal(stce_phb_config_init(&config, PLANTED, 0), -ENOENT);
	assert_non_null(strstr(stce_last_reason(), PLANTED));
}

static long make_hcall(const struct reason_row *row)
{
	const struct reason_hcall *hcall = row->hcall;
	bool is_real = !strcmp(row->call, "stce_vm_hcall_real");
	unsigned int before;
	uint64_t ret;
	long r;

	if (hcall->prepare)
		hcall->prepare();
	stce_vm_set_strict(world.v.vm, hcall->is_strict);
	plant_reason();
	before = times_formatted;
	if (is_real)
		r = stce_vm_hcall_real(world.v.vm, hcall->nr, hcall->args, &ret);
	else if (!strcmp(row->call, "stce_vm_hcall"))
		r = stce_vm_hcall(world.v.vm, hcall->nr, hcall->args, &ret);
	else
		r = stce_vm_hcall_virtual(world.v.vm, hcall->nr, hcall->args, &ret);
	assert_true(!is_real || times_formatted == before);
	return r;
}

static void is_told(void **state)
{
	const struct reason_row *row = *state;
	const char *share = row->hcall ? row->hcall->share : NULL;
	long r;

	firmware_start_with(&world, "power9", share ? "share" : NULL, share);
	assert_int_equal(stce_vm_enable_hcall(world.v.vm, STCE_H_STUFF_TCE, true), 0);
	assert_int_equal(stce_vm_enable_hcall(world.v.vm, STCE_H_PUT_TCE_INDIRECT, true), 0);
	plant_reason();
	r = row->hcall ? make_hcall(row) : row->refused();
	if (r != row->answer || !strstr(stce_last_reason(), row->text))
		fail_msg("answers %ld (%s), not %ld (%s)", r, stce_last_reason(), row->answer, row->text);
	reasons_hcalls_end();
	firmware_stop(&world);
}

static bool has_rows(const char *call)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(lists); i++)
		for (const struct reason_row *row = lists[i]; row->call; row++)
			if (!strcmp(row->call, call))
				return true;
	return false;
}

static bool refuses_nothing(const char *call)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(refuse_nothing); i++)
		if (!strcmp(refuse_nothing[i], call))
			return true;
	return false;
}

static void every_public_call_has_rows_or_refuses_nothing(void **state)
{
	FILE *map = fopen(map_path, "re");
	char line[128], call[128];
	unsigned int count = 0;

	assert_non_null(map);
	while (fgets(line, sizeof(line), map)) {
		if (line[0] != '\t' || sscanf(line, "\t%127[a-z0-9_]", call) != 1)
			continue;
		count++;
		if (has_rows(call) == refuses_nothing(call))
			fail_msg("%s has %s", call, has_rows(call) ? "rows, and refuses nothing" : "no row");
	}
	fclose(map);
	assert_true(count > 80);
}

static void numbers_are_told_when_somebody_asks(void **state)
{
	unsigned int before = times_formatted;

	assert_int_equal(REASON_QUICK(-EINVAL, "one %llu two %#llx three %llu", 1ull, 2ull, 3ull), -EINVAL);
	assert_int_equal(times_formatted, before);
	assert_string_equal(stce_last_reason(), "one 1 two 0x2 three 3");
	assert_string_equal(stce_last_reason(), "one 1 two 0x2 three 3");
	assert_int_equal(times_formatted, before + 1);
	assert_int_equal(REASON(-EINVAL, "%s", "a text"), -EINVAL);
	assert_string_equal(stce_last_reason(), "a text");
}

static void a_refusal_without_a_reason_has_its_errnos(void **state)
{
	unsigned int count = reason_count();

	plant_reason();
	assert_int_equal(REASON_END(reason_count(), -ENOMEM), -ENOMEM);
	assert_string_equal(stce_last_reason(), "Cannot allocate memory");
	/* A reason that was given after the count stays. */
	assert_int_equal(REASON_END(count, -EPERM), -EPERM);
	assert_string_equal(stce_last_reason(), "Cannot allocate memory");
	plant_reason();
	assert_int_equal(REASON_END(reason_count(), 0), 0);
	assert_int_equal(REASON_END(reason_count(), STCE_NOT_OURS), STCE_NOT_OURS);
	assert_non_null(strstr(stce_last_reason(), PLANTED));
}

static void the_trace_event_has_the_text(void **state)
{
	int fd = memfd_create("trace", 0);
	char line[160] = "";
	const char *bad;

	assert_true(fd >= 0);
	trace_set_fd(fd);
	assert_int_equal(trace_enable("reason", &bad), 0);
	REASON_QUICK(-EINVAL, "page %#llx", 0x1234ull);
	assert_int_equal(trace_enable("-reason", &bad), 0);
	trace_set_fd(STDERR_FILENO);
	assert_true(pread(fd, line, sizeof(line) - 1, 0) > 0);
	close(fd);
	assert_non_null(strstr(line, "error=-22 page 0x1234"));
}

int main(int argc, char **argv)
{
	static char titles[ROWS_MAX][160];
	static struct CMUnitTest tests[ROWS_MAX];
	const struct CMUnitTest others[] = {
		cmocka_unit_test(every_public_call_has_rows_or_refuses_nothing),
		cmocka_unit_test(numbers_are_told_when_somebody_asks),
		cmocka_unit_test(a_refusal_without_a_reason_has_its_errnos),
		cmocka_unit_test(the_trace_event_has_the_text),
	};
	size_t n = ARRAY_COUNT(others);

	stce_vm_enter_thread();
	map_path = argc > 1 ? argv[1] : "src/spapr-tce.map";
	memcpy(tests, others, sizeof(others));
	for (unsigned int i = 0; i < ARRAY_COUNT(lists); i++)
		for (const struct reason_row *row = lists[i]; row->call; row++, n++) {
			if (n == ROWS_MAX)
				abort();
			snprintf(titles[n], sizeof(titles[n]), "%s: %s", row->call, row->title);
			tests[n] = (struct CMUnitTest){ titles[n], is_told, NULL, NULL, (void *)row };
		}
	return _cmocka_run_group_tests("api/reasons", tests, n, NULL, NULL);
}
