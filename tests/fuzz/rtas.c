/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest of two bridges: RTAS calls with any arguments, of windows, of frozen PEs and of errors to inject, among
 * hypercalls, accesses of the devices, freezes, resets, groups that come and go, and memory that goes. A refused call
 * changes nothing; when the guest ends, nothing is left. steps.h says what an input consists of.
 */
#include "steps.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <sys/mman.h>

#include "spapr-tce.h"
#include "stats_of.h"

#define PAGE       4096u
#define RAM_PAGES  32u
#define GPA        0x100000u
#define BRIDGES    2u
#define BUFFER     GPA                 /* of each call */
#define WORK       (GPA + 2 * PAGE)    /* the description of an error */
#define CONFIG     0x10000u
#define ASSOCIATE  0x3000u             /* the first of each set of tokens */
#define EEH        0x4000u
#define CELLS      16u
#define UNTOUCHED  0x77777777u

enum { QUERY, CREATE, REMOVE, RESET, ASSOC, DISSOC, SET_OPTION, SET_RESET, READ_STATE, GET_INFO, CONFIGURE, DETAIL,
       OPEN, INJECT, CLOSE, CALLS };

/*
 * What a good call has: c, the config address; h and l, the BUID; n, a small number; L, a LIOBN; g, an address in
 * memory; s, a size; k, a kind of error; t, the session; w, the description of an error.
 */
static const struct {
	uint32_t token;
	const char *args;
	uint32_t nret;
} calls[CALLS] = {
	[QUERY] = { STCE_RTAS_QUERY_PE_DMA_WINDOW, "chl", 6 },
	[CREATE] = { STCE_RTAS_CREATE_PE_DMA_WINDOW, "chlnn", 4 },
	[REMOVE] = { STCE_RTAS_REMOVE_PE_DMA_WINDOW, "L", 1 },
	[RESET] = { STCE_RTAS_RESET_PE_DMA_WINDOWS, "chln", 1 },
	[ASSOC] = { ASSOCIATE, "chlL", 1 },
	[DISSOC] = { ASSOCIATE + 1, "chlL", 1 },
	[SET_OPTION] = { EEH, "chln", 1 },
	[SET_RESET] = { EEH + 1, "chln", 1 },
	[READ_STATE] = { EEH + 2, "chl", 5 },
	[GET_INFO] = { EEH + 3, "chln", 2 },
	[CONFIGURE] = { EEH + 4, "chl", 1 },
	[DETAIL] = { EEH + 5, "chlgsgsn", 1 },
	[OPEN] = { EEH + 6, "", 2 },
	[INJECT] = { EEH + 7, "ktw", 1 },
	[CLOSE] = { EEH + 8, "t", 1 },
};

static struct stce_machine *machine;
static uint8_t *ram;
static struct stce_vm *vm;
static bool has_memory;
static uint32_t session;          /* the last that was opened */
static bool has_session;

static struct {
	struct stce_phb *phb;
	struct stce_phb_config config;
	int container, group, device;
	bool has_group;
} bridge[BRIDGES];

static void start(void)
{
	struct stce_config *config;
	char why[STCE_WHY_SIZE];

	ram = mmap(NULL, RAM_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FUZZ_CHECK(ram != MAP_FAILED);
	FUZZ_CHECK(!stce_config_new(&config));
	FUZZ_CHECK(!stce_config_set(config, "page-size", "4K", why));
	FUZZ_CHECK(!stce_config_set(config, "memlock", "64M", why));
	FUZZ_CHECK(!stce_config_set(config, "pin", "lazy", why));
	FUZZ_CHECK(!stce_config_set(config, "device", "dmatest,addr=0000:01:00.0,group=1", why));
	FUZZ_CHECK(!stce_config_set(config, "device", "dmatest,addr=0000:02:00.0,group=2", why));
	FUZZ_CHECK(!stce_machine_new(config, &machine, why));
	stce_config_free(config);
}

static void toggle_group(unsigned int n)
{
	int r = bridge[n].has_group ? stce_phb_remove_group(bridge[n].phb, bridge[n].group) :
				      stce_phb_add_group(bridge[n].phb, bridge[n].container, bridge[n].group);

	FUZZ_CHECK(!bridge[n].has_group || !r);
	if (!r)
		bridge[n].has_group = !bridge[n].has_group;
}

static void begin_bridge(unsigned int n)
{
	struct vfio_iommu_spapr_register_memory memory = { sizeof(memory), 0, (uintptr_t)ram, RAM_PAGES * PAGE };

	bridge[n].container = stce_open(machine, "/dev/vfio/vfio", O_RDWR);
	bridge[n].group = stce_open(machine, n ? "/dev/vfio/2" : "/dev/vfio/1", O_RDWR);
	FUZZ_CHECK(!stce_ioctl(bridge[n].group, VFIO_GROUP_SET_CONTAINER, &bridge[n].container));
	FUZZ_CHECK(!stce_ioctl(bridge[n].container, VFIO_SET_IOMMU, (void *)VFIO_SPAPR_TCE_v2_IOMMU));
	FUZZ_CHECK(!stce_ioctl(bridge[n].container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory));
	bridge[n].device = (int)stce_ioctl(bridge[n].group, VFIO_GROUP_GET_DEVICE_FD, n ? "0000:02:00.0" : "0000:01:00.0");
	FUZZ_CHECK(bridge[n].device >= 0);
	FUZZ_CHECK(!stce_phb_config_init(&bridge[n].config, "power9", n));
	bridge[n].config.default_size = MIB;
	FUZZ_CHECK(!stce_phb_new(vm, &bridge[n].config, &bridge[n].phb));
	bridge[n].has_group = false;
	toggle_group(n);
	FUZZ_CHECK(bridge[n].has_group);
}

static void begin(void)
{
	uint32_t eeh[STCE_RTAS_EEH_CALLS];

	for (uint32_t i = 0; i < STCE_RTAS_EEH_CALLS; i++)
		eeh[i] = EEH + i;
	memset(ram, 0, RAM_PAGES * PAGE);
	session = 0;
	has_session = false;
	FUZZ_CHECK(!stce_vm_new(machine, &vm));
	FUZZ_CHECK(!stce_vm_set_memory(vm, 0, GPA, RAM_PAGES * PAGE, ram));
	has_memory = true;
	FUZZ_CHECK(!stce_vm_enable_hcall(vm, STCE_H_STUFF_TCE, true));
	FUZZ_CHECK(!stce_vm_enable_hcall(vm, STCE_H_PUT_TCE_INDIRECT, true));
	FUZZ_CHECK(!stce_vm_set_rtas_associate(vm, (uint32_t[]){ ASSOCIATE, ASSOCIATE + 1 }));
	FUZZ_CHECK(!stce_vm_set_rtas_eeh(vm, eeh));
	for (unsigned int n = 0; n < BRIDGES; n++)
		begin_bridge(n);
}

/* Ends the guest, which must leave nothing. */
static void end(void)
{
	struct stce_stats stats;

	for (unsigned int n = 0; n < BRIDGES; n++) {
		stce_phb_free(bridge[n].phb);
		stce_close(bridge[n].device);
		stce_close(bridge[n].group);
		stce_close(bridge[n].container);
	}
	stce_vm_free(vm);
	stats = stats_of(machine);
	FUZZ_CHECK(stats.pages_mapped == 0);
	FUZZ_CHECK(stats.registered_bytes == 0);
	FUZZ_CHECK(stats.locked_bytes == 0);
}

static uint32_t take_liobn(struct fuzz_input *in)
{
	uint8_t kind = fuzz_u8(in);

	return kind < 0xf0 ? bridge[kind % BRIDGES].config.liobn[kind / BRIDGES % STCE_PHB_WINDOWS] : fuzz_u32(in);
}

static uint32_t take_gpa(struct fuzz_input *in)
{
	uint8_t kind = fuzz_u8(in);

	return kind < 0xf0 ? GPA + (1 + kind % (RAM_PAGES - 1)) * PAGE : fuzz_u32(in);
}

/* Returns an argument that the call may have there; in one of 16 cases any number. */
static uint32_t take_argument(struct fuzz_input *in, char role, uint64_t buid)
{
	uint8_t kind = fuzz_u8(in);

	if (kind >= 0xf0)
		return fuzz_u32(in);
	switch (role) {
	case 'c':
		return CONFIG;
	case 'h':
		return (uint32_t)(buid >> 32);
	case 'l':
		return (uint32_t)buid;
	case 'L':
		return take_liobn(in);
	case 'g':
		return take_gpa(in);
	case 's':
		return (uint32_t)kind * 16;
	case 'k':
		return kind & 1 ? STCE_RTAS_IOA_BUS_ERROR : STCE_RTAS_IOA_BUS_ERROR_64;
	case 't':
		return session;
	case 'w':
		return WORK;
	}
	return kind;
}

/* Describes an error in the guest's memory, with addresses and masks of one cell or of two. */
static void describe_error(struct fuzz_input *in)
{
	const struct stce_phb_config *config = &bridge[fuzz_u8(in) % BRIDGES].config;
	unsigned int cells = 1 + (fuzz_u8(in) & 1), at = 0;
	uint32_t cell[8] = { 0 };

	while (at < 2 * cells)
		cell[at++] = fuzz_u8(in) & 1 ? fuzz_u32(in) : fuzz_u16(in) * 256u;
	cell[at++] = take_argument(in, 'c', 0);
	cell[at++] = take_argument(in, 'h', config->buid);
	cell[at++] = take_argument(in, 'l', config->buid);
	cell[at++] = fuzz_u8(in) % 24;
	for (unsigned int i = 0; i < ARRAY_COUNT(cell); i++)
		((uint32_t *)(ram + (WORK - GPA)))[i] = htobe32(cell[i]);
}

static bool is_status(uint32_t status)
{
	switch ((int32_t)status) {
	case STCE_RTAS_SUCCESS:
	case STCE_RTAS_HARDWARE_ERROR:
	case STCE_RTAS_PARAMETER_ERROR:
	case STCE_RTAS_NO_LOG:
	case STCE_RTAS_SESSION_ERROR:
		return true;
	}
	return false;
}

/* Makes a call at the buffer. Returns its status, or a number that is none if it was not made. */
static uint32_t make_call(unsigned int which, uint32_t token, const uint32_t *arg, uint32_t nargs, uint32_t nret)
{
	uint32_t *cell = (uint32_t *)ram, *ret = cell + 3 + min_u64(nargs, CELLS);
	uint32_t status_at = which == OPEN && nargs == 0 && nret == 2;
	long r;

	for (unsigned int i = 0; i < 3 * CELLS; i++)
		cell[i] = UNTOUCHED;
	cell[0] = htobe32(token);
	cell[1] = htobe32(nargs);
	cell[2] = htobe32(nret);
	for (unsigned int i = 0; i < nargs && i < CELLS; i++)
		cell[3 + i] = htobe32(arg[i]);
	r = stce_vm_rtas(vm, BUFFER);
	FUZZ_CHECK(r == STCE_H_SUCCESS || r == STCE_H_PARAMETER || r == STCE_H_TOO_HARD);
	FUZZ_CHECK(has_memory || r == STCE_H_PARAMETER);
	if (r) {
		FUZZ_CHECK(*stce_last_reason());
		FUZZ_CHECK(ret[0] == UNTOUCHED);
		return UNTOUCHED;
	}
	if (which != DETAIL)
		FUZZ_CHECK(ret[nret] == UNTOUCHED);
	FUZZ_CHECK(is_status(be32toh(ret[status_at])));
	if (status_at && !ret[1])
		session = be32toh(ret[0]);
	return be32toh(ret[status_at]);
}

/* At most one session is open, and only its token closes it or injects. */
static void follow_session(unsigned int which, const uint32_t *arg)
{
	if (which == OPEN)
		FUZZ_CHECK(!has_session);
	if (which == CLOSE)
		FUZZ_CHECK(has_session && arg[0] == session);
	if (which == INJECT)
		FUZZ_CHECK(has_session && arg[1] == session);
	if (which == OPEN || which == CLOSE)
		has_session = which == OPEN;
}

static unsigned int call_of(uint32_t token)
{
	unsigned int which = 0;

	while (which < CALLS && calls[which].token != token)
		which++;
	return which;
}

/* A refused call has changed nothing. */
static void rtas(struct fuzz_input *in)
{
	unsigned int which = fuzz_u8(in) % CALLS;
	uint64_t buid = bridge[fuzz_u8(in) % BRIDGES].config.buid;
	uint8_t odd = fuzz_u8(in);
	uint32_t token = calls[which].token, nargs = (uint32_t)strlen(calls[which].args), nret = calls[which].nret;
	uint32_t arg[CELLS] = { 0 }, status;
	struct stce_stats before = stats_of(machine), after;

	if (odd >= 0xf8)
		token = fuzz_u16(in);
	else if (odd >= 0xf0)
		nargs = odd & 4 ? fuzz_u8(in) % CELLS : fuzz_u32(in);
	else if (odd >= 0xe0)
		nret = odd & 12 ? fuzz_u8(in) % (CELLS + 2) : fuzz_u32(in);
	for (unsigned int i = 0; i < nargs && i < CELLS; i++)
		arg[i] = take_argument(in, i < strlen(calls[which].args) ? calls[which].args[i] : 'n', buid);
	which = call_of(token);
	status = make_call(which, token, arg, nargs, nret);
	if (!status)
		follow_session(which, arg);
	if (!status || status == (uint32_t)STCE_RTAS_HARDWARE_ERROR)
		return;
	after = stats_of(machine);
	FUZZ_CHECK(after.pages_mapped == before.pages_mapped);
	FUZZ_CHECK(after.locked_bytes == before.locked_bytes);
}

/* Returns an address in the first window of a bridge, or in the second. */
static uint64_t take_ioba(struct fuzz_input *in)
{
	uint64_t ioba = fuzz_u8(in) * (uint64_t)PAGE;

	return fuzz_u8(in) & 1 ? ioba + bridge[0].config.start[1] : ioba;
}

static void hcall(struct fuzz_input *in)
{
	static const uint64_t nrs[] = { STCE_H_PUT_TCE, STCE_H_GET_TCE, STCE_H_STUFF_TCE, STCE_H_PUT_TCE_INDIRECT };
	uint64_t nr = nrs[fuzz_u8(in) % ARRAY_COUNT(nrs)], ret;
	uint64_t args[5] = { take_liobn(in) };
	long r;

	args[1] = take_ioba(in);
	if (nr != STCE_H_STUFF_TCE)
		args[2] = take_gpa(in);
	if (nr == STCE_H_PUT_TCE)
		args[2] |= fuzz_u8(in) & 3;
	else
		args[3] = fuzz_u8(in);
	r = stce_vm_hcall(vm, nr, args, &ret);
	FUZZ_CHECK(r == STCE_H_SUCCESS || r == STCE_H_PARAMETER || r == STCE_H_TOO_HARD);
}

static void access_memory(struct fuzz_input *in)
{
	int group = 1 + (fuzz_u8(in) & 1);
	uint64_t ioba = take_ioba(in), word = 0;

	if (fuzz_u8(in) & 1)
		stce_dma_read(machine, group, ioba, &word, sizeof(word));
	else
		stce_dma_write(machine, group, ioba, &word, sizeof(word));
}

/* Accesses a register or config space; a device interrupts now and then. */
static void access_device(struct fuzz_input *in)
{
	int device = bridge[fuzz_u8(in) % BRIDGES].device;
	uint64_t offset = (uint64_t)(fuzz_u8(in) & 1 ? VFIO_PCI_CONFIG_REGION_INDEX : VFIO_PCI_BAR0_REGION_INDEX) << 40;
	uint32_t word = fuzz_u32(in);

	offset += fuzz_u8(in) * 4u;
	if (fuzz_u8(in) & 1)
		stce_pread(device, &word, sizeof(word), (off_t)offset);
	else
		stce_pwrite(device, &word, sizeof(word), (off_t)offset);
}

static void host_event(struct fuzz_input *in)
{
	int group = 1 + (fuzz_u8(in) & 1);
	struct stce_eeh eeh;

	switch (fuzz_u8(in) % 4) {
	case 0:
		FUZZ_CHECK(!stce_eeh_freeze(machine, group));
		break;
	case 1:
		FUZZ_CHECK(!stce_eeh_thaw(machine, group));
		break;
	case 2:
		FUZZ_CHECK(!stce_eeh_unavailable(machine, group, fuzz_u8(in)));
		break;
	case 3:
		FUZZ_CHECK(!stce_eeh_get(machine, group, &eeh, sizeof(eeh)));
		break;
	}
}

/* The VMM resets, moves groups, changes memory, or enforces LoPAR's rules. */
static void vmm_event(struct fuzz_input *in)
{
	unsigned int n = fuzz_u8(in) % BRIDGES;

	switch (fuzz_u8(in) % 5) {
	case 0:
		FUZZ_CHECK(!stce_phb_reset(bridge[n].phb));
		break;
	case 1:
		FUZZ_CHECK(!stce_vm_reset(vm));
		has_session = false;
		break;
	case 2:
		toggle_group(n);
		break;
	case 3:
		has_memory = !has_memory;
		FUZZ_CHECK(!stce_vm_set_memory(vm, 0, GPA, has_memory ? RAM_PAGES * PAGE : 0, ram));
		break;
	case 4:
		stce_vm_set_strict(vm, fuzz_u8(in) & 1);
		break;
	}
}

static void take_step(struct fuzz_input *in)
{
	static void (*const steps[])(struct fuzz_input *) = {
		rtas, hcall, access_memory, access_device, describe_error, host_event, vmm_event, rtas,
	};

	steps[fuzz_u8(in) % ARRAY_COUNT(steps)](in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!machine)
		start();
	begin();
	fuzz_calls += steps_take(data, size, take_step);
	end();
	return 0;
}
