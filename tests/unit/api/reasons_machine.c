/* SPDX-License-Identifier: BSD-2-Clause */
/* Refusals by configs, machines, runs, devices and programs. */
#include "reasons.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "spapr-tce/control.h"
#include "spapr-tce/eeh.h"
#include "spapr-tce/program.h"
#include "util/guard.h"

#define NOWHERE "/nonexistent/spapr-tce"
#define FIRST_WINDOW_SIZE (2 * GIB)

static bool keeps_signals;

int __real_guard_install(void);
int __wrap_guard_install(void);

int __wrap_guard_install(void)
{
	return keeps_signals ? -EPERM : __real_guard_install();
}

static long config_new(void)
{
	struct stce_config *config;

	return WITHOUT_MEMORY(stce_config_new(&config));
}

/* Makes a config with one option, and passes it to a function. */
static long with(const char *option, const char *value, long (*act)(struct stce_config *config))
{
	struct stce_config *config;
	long r;

	assert_int_equal(stce_config_new(&config), 0);
	r = act ? stce_config_set(config, option, value, NULL) : 0;
	assert_int_equal(r, 0);
	plant_reason();
	r = act ? act(config) : stce_config_set(config, option, value, NULL);
	stce_config_free(config);
	return r;
}

static long set_unknown(void) { return with("colour", "red", NULL); }
static long set_platform(void) { return with("platform", "z15", NULL); }
static long set_device(void) { return with("device", "nvme,group=many", NULL); }

static long set_poor(struct stce_config *config)
{
	return WITHOUT_MEMORY(stce_config_set(config, "platform", "power8", NULL));
}

static long platform_unknown(void)
{
	struct stce_platform p;

	return stce_platform(99, &p, sizeof(p));
}

static long load(struct stce_config *config) { return stce_config_load(config, NOWHERE, NULL); }
static long check(struct stce_config *config) { return stce_config_check(config, NULL); }

static long new_machine(struct stce_config *config)
{
	struct stce_machine *machine;

	return stce_machine_new(config, &machine, NULL);
}

static long new_poor_machine(struct stce_config *config)
{
	struct stce_machine *machine;

	assert_int_equal(stce_config_check(config, NULL), 0);
	plant_reason();
	return WITHOUT_MEMORY(stce_machine_new(config, &machine, NULL));
}

static long new_run(struct stce_config *config)
{
	struct stce_run *run;

	return stce_run_new(config, &run, NULL);
}

static long new_poor_run(struct stce_config *config)
{
	struct stce_run *run;

	return WITHOUT_MEMORY(stce_run_new(config, &run, NULL));
}

static long set_poorly(void) { return with("platform", "power9", set_poor); }
static long load_nothing(void) { return with("platform", "power9", load); }
static long check_disk(void) { return with("device", "nvme,file=" NOWHERE, check); }
static long machine_without_disk(void) { return with("device", "nvme,file=" NOWHERE, new_machine); }
static long machine_poor(void) { return with("device", "dmatest", new_poor_machine); }
static long run_without_disk(void) { return with("device", "nvme,file=" NOWHERE, new_run); }
static long run_poor(void) { return with("device", "dmatest", new_poor_run); }

static long attach(void)
{
	struct stce_machine *machine;

	return stce_run_attach(NOWHERE, &machine, NULL);
}

static long open_no_run(void)
{
	struct stce_control *control;

	return stce_control_open(NOWHERE, &control, NULL);
}

static long open_poorly(void)
{
	struct stce_control *control;

	return WITHOUT_MEMORY(stce_control_open(NOWHERE, &control, NULL));
}

static int no_answer(void *context, const struct stce_answer *answer) { return 1; }

/* Asks the programs of a run that has none. */
static long ask_in_new_run(struct stce_config *config, const char *request)
{
	struct stce_control *control;
	struct stce_run *run;
	long r;

	assert_int_equal(stce_run_new(config, &run, NULL), 0);
	assert_int_equal(stce_control_open(stce_run_directory(run), &control, NULL), 0);
	plant_reason();
	r = stce_control_ask(control, 0, request, no_answer, NULL, NULL);
	stce_control_free(control);
	stce_run_free(run);
	return r;
}

static long ask_no_program(struct stce_config *config) { return ask_in_new_run(config, "help"); }
static long ask_two_lines(struct stce_config *config) { return ask_in_new_run(config, "help\nhelp"); }
static long control_no_program(void) { return with("device", "dmatest", ask_no_program); }
static long control_two_lines(void) { return with("device", "dmatest", ask_two_lines); }
static long plug(void) { return stce_run_plug(NOWHERE, "dmatest", NULL); }

static long unplug(void) { return stce_run_unplug(NOWHERE, "0000:01:00.0", NULL, NULL, NULL); }

static long tell(void) { return stce_run_tell(NOWHERE, "a line"); }

static long direct_dma(void)
{
	long r;

	keeps_signals = true;
	r = stce_machine_set_direct_dma(world.v.c.machine, true);
	keeps_signals = false;
	return r;
}

static long find(const char *name)
{
	char path[STCE_PROGRAM_PATH_SIZE];

	return stce_program_find(name, "/nonexistent", path);
}

static long find_nothing(void) { return find(""); }
static long find_unknown(void) { return find("no-such-program"); }
static long find_path(void) { return find(NOWHERE); }
static long find_folder(void) { return find("/etc/"); }

static long read_at(int group, uint64_t ioba)
{
	char bytes[16];

	return stce_dma_read(world.v.c.machine, group, ioba, bytes, sizeof(bytes));
}

static long eeh_get(void)
{
	struct stce_eeh eeh;

	return stce_eeh_get(world.v.c.machine, 77, &eeh, sizeof(eeh));
}

static long eeh_freeze(void) { return stce_eeh_freeze(world.v.c.machine, 77); }
static long eeh_thaw(void) { return stce_eeh_thaw(world.v.c.machine, 77); }
static long eeh_away(void) { return stce_eeh_unavailable(world.v.c.machine, 77, 1); }

static long eeh_inject(int group, uint32_t type, uint32_t function)
{
	return stce_eeh_inject(world.v.c.machine, group, &(struct stce_eeh_error){ type, function, 0, 0 });
}

static long rule_none(void) { return stce_eeh_rule(world.v.c.machine, "thaw:group=1", NULL); }
static long rule_no_group(void) { return stce_eeh_rule(world.v.c.machine, "freeze:group=77", NULL); }
static long inject_no_group(void) { return eeh_inject(77, 0, 0); }
static long inject_no_function(void) { return eeh_inject(1, 0, 20); }
static long inject_no_type(void) { return eeh_inject(1, 2, 0); }
static long inject_io(void) { return eeh_inject(1, 0, 2); }

static long read_no_group(void) { return read_at(77, 0); }
static long read_nowhere(void) { return read_at(1, HIGH); }

/* The first call that needs the default window makes it. */
static void make_window(void)
{
	assert_int_equal(unmap_dma(world.v.c.container, 0, PAGE), 0);
	plant_reason();
}

static long read_unmapped(void)
{
	make_window();
	return read_at(1, 0x3000);
}

static long read_over_the_end(void)
{
	make_window();
	return read_at(1, FIRST_WINDOW_SIZE - 8);
}

static long write_at(int group, uint64_t ioba)
{
	return stce_dma_write(world.v.c.machine, group, ioba, "text", 4);
}

static long write_no_group(void) { return write_at(77, 0); }

static long write_forbidden(void)
{
	assert_int_equal(map_dma(world.v.c.container, world.v.ram, 0, PAGE, VFIO_DMA_MAP_FLAG_READ), 0);
	plant_reason();
	return write_at(1, 0x10);
}

static long read_gone(void)
{
	long r;

	assert_int_equal(map_dma(world.v.c.container, world.v.ram, 0, PAGE, RW), 0);
	assert_int_equal(mprotect(world.v.ram, OWN_PAGE, PROT_NONE), 0);
	plant_reason();
	r = read_at(1, 0x10);
	assert_int_equal(mprotect(world.v.ram, OWN_PAGE, PROT_READ | PROT_WRITE), 0);
	return r;
}

static long read_frozen(void)
{
	struct vfio_eeh_pe_op op = { .argsz = sizeof(op), .op = VFIO_EEH_PE_ENABLE };

	assert_int_equal(stce_ioctl(world.v.c.container, VFIO_EEH_PE_OP, &op), 0);
	assert_int_equal(read_at(1, 0x3000), -EFAULT);
	plant_reason();
	return read_at(1, 0x3000);
}

static long copy_no_group(void) { return stce_dma_copy(world.v.c.machine, 77, 0, PAGE, 16); }

static long copy_unmapped(void)
{
	make_window();
	return stce_dma_copy(world.v.c.machine, 1, 0, PAGE, 16);
}

const struct reason_row reasons_machine[] = {
	REFUSED("stce_config_new", "no memory", config_new, -ENOMEM, "no memory for a config"),
	REFUSED("stce_config_set", "an option that nobody knows", set_unknown, -ENOENT, "unknown option \"colour\""),
	REFUSED("stce_config_set", "a value", set_platform, -EINVAL, "\"z15\" is not known"),
	REFUSED("stce_config_set", "a property of a device", set_device, -EINVAL, "\"many\" is not a number"),
	REFUSED("stce_config_set", "no memory", set_poorly, -ENOMEM, "out of memory"),
	REFUSED("stce_platform", "a number past the last", platform_unknown, -ENOENT, "there is no platform number 99"),
	REFUSED("stce_config_load", "no file", load_nothing, -ENOENT, NOWHERE ": No such file or directory"),
	REFUSED("stce_config_check", "a disk that is not there", check_disk, -ENOENT,
		NOWHERE ": No such file or directory"),
	REFUSED("stce_machine_new", "a disk that is not there", machine_without_disk, -ENOENT,
		NOWHERE ": No such file"),
	REFUSED("stce_machine_new", "no memory", machine_poor, -ENOMEM, "no memory for a config"),
	REFUSED("stce_machine_set_direct_dma", "signals that cannot be taken", direct_dma, -EPERM,
		"SIGSEGV and SIGBUS"),
	REFUSED("stce_run_new", "a disk that is not there", run_without_disk, -ENOENT, NOWHERE ": No such file"),
	REFUSED("stce_run_new", "no memory", run_poor, -ENOMEM, "out of memory"),
	REFUSED("stce_run_attach", "no directory", attach, -ENOENT, NOWHERE " is not the directory of a run"),
	REFUSED("stce_control_open", "no directory", open_no_run, -ENOENT, "there is no run \"" NOWHERE),
	REFUSED("stce_control_open", "no memory", open_poorly, -ENOMEM, "out of memory"),
	REFUSED("stce_control_ask", "nobody to ask", control_no_program, -ENOENT, "has opened a device file"),
	REFUSED("stce_control_ask", "no request", control_two_lines, -EINVAL, "a request is one line"),
	REFUSED("stce_run_plug", "no directory", plug, -ENOENT, NOWHERE " is not the directory of a run"),
	REFUSED("stce_run_unplug", "no directory", unplug, -ENOENT, NOWHERE " is not the directory of a run"),
	REFUSED("stce_run_tell", "no directory", tell, -ENOENT, "No such file or directory"),
	REFUSED("stce_program_find", "an empty name", find_nothing, -ENOENT, "the name is empty"),
	REFUSED("stce_program_find", "a name", find_unknown, -ENOENT, "no folder has a program \"no-such-program\""),
	REFUSED("stce_program_find", "a path", find_path, -ENOENT, NOWHERE ": No such file or directory"),
	REFUSED("stce_program_find", "a folder", find_folder, -EACCES, "/etc/ may not be executed"),
	REFUSED("stce_dma_read", "no such group", read_no_group, -ENODEV, "no group 77"),
	REFUSED("stce_dma_read", "no TCE", read_unmapped, -EFAULT,
		"bus address 0x3000, or one in the 16 bytes from there, has no valid TCE"),
	REFUSED("stce_dma_read", "no window", read_nowhere, -EFAULT, "no window is at bus address 0x800000000000000"),
	REFUSED("stce_dma_read", "over the end", read_over_the_end, -EFAULT,
		"bus address 0x7ffffff8, or one in the 16 bytes from there, lies outside the window"),
	REFUSED("stce_dma_read", "memory that has gone", read_gone, -EFAULT,
		"bytes from there, has memory that is gone or read-only"),
	REFUSED("stce_dma_read", "a frozen PE", read_frozen, -EFAULT,
		"the PE is frozen: no access at bus address 0x3000"),
	REFUSED("stce_eeh_get", "no such group", eeh_get, -ENODEV, "no group 77"),
	REFUSED("stce_eeh_freeze", "no such group", eeh_freeze, -ENODEV, "no group 77"),
	REFUSED("stce_eeh_thaw", "no such group", eeh_thaw, -ENODEV, "no group 77"),
	REFUSED("stce_eeh_unavailable", "no such group", eeh_away, -ENODEV, "no group 77"),
	REFUSED("stce_eeh_rule", "no rule", rule_none, -EINVAL, "\"thaw:group=1\": it must be freeze:group=N,..."),
	REFUSED("stce_eeh_rule", "no such group", rule_no_group, -ENODEV, "no group 77"),
	REFUSED("stce_eeh_inject", "no such group", inject_no_group, -ENODEV, "no group 77"),
	REFUSED("stce_eeh_inject", "no such function", inject_no_function, -EINVAL, "there is no error function 20"),
	REFUSED("stce_eeh_inject", "no such type", inject_no_type, -ERANGE, "there is no error type 2"),
	REFUSED("stce_eeh_inject", "I/O space", inject_io, -EIO, "group 1 has no I/O space for error function 2"),
	REFUSED("stce_dma_write", "no such group", write_no_group, -ENODEV, "no group 77"),
	REFUSED("stce_dma_write", "read only", write_forbidden, -EFAULT,
		"bus address 0x10, or one in the 4 bytes from there, has a TCE that forbids writing"),
	REFUSED("stce_dma_copy", "no such group", copy_no_group, -ENODEV, "no group 77"),
	REFUSED("stce_dma_copy", "no TCE", copy_unmapped, -EFAULT,
		"bus address 0x1000, or one in the 16 bytes from there"),
	{ .call = NULL },
};
