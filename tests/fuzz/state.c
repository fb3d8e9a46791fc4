/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream to restore from, either as it is, or cut into sections with correct numbers and
 * checksums, so that their content is read. A refused stream changes nothing, so the VMM serves the next
 * input as well; after an accepted one it ends, and nothing is left.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <linux/vfio.h>
#include <sys/mman.h>

#include "spapr-tce.h"
#include "state/stream.h"
#include "stats_of.h"

#define PAGE      4096u
#define RAM_PAGES 32u
#define GPA       0x100000u

#define USES_MAX  256u             /* inputs before the VMM ends in any case */

static struct stce_machine *machine;
static uint8_t *ram;

static void start(void)
{
	struct stce_config *config;
	char why[STCE_WHY_SIZE];

	ram = mmap(NULL, RAM_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FUZZ_CHECK(!stce_config_new(&config));
	FUZZ_CHECK(!stce_config_set(config, "page-size", "4K", why));
	FUZZ_CHECK(!stce_config_set(config, "memlock", "8M", why));
	FUZZ_CHECK(!stce_config_set(config, "pin", "lazy", why));
	FUZZ_CHECK(!stce_config_set(config, "device", "nvme,addr=0000:01:00.0,group=1,size=1M,queues=2", why));
	FUZZ_CHECK(!stce_config_set(config, "device", "dmatest,addr=0000:02:00.0,group=2", why));
	FUZZ_CHECK(!stce_machine_new(config, &machine, why));
	stce_config_free(config);
}

/* A VMM at the start of a guest: group 1 is on a bridge, group 2 is not. */
struct vmm {
	struct stce_vm *vm;
	struct stce_phb *phb;
	struct stce_state *state;
	int container[2], group[2], device;
};

static void open_group(struct vmm *v, unsigned int n)
{
	v->container[n] = stce_open(machine, "/dev/vfio/vfio", O_RDWR);
	v->group[n] = stce_open(machine, n ? "/dev/vfio/2" : "/dev/vfio/1", O_RDWR);
	FUZZ_CHECK(!stce_ioctl(v->group[n], VFIO_GROUP_SET_CONTAINER, &v->container[n]));
	FUZZ_CHECK(!stce_ioctl(v->container[n], VFIO_SET_IOMMU, (void *)VFIO_SPAPR_TCE_v2_IOMMU));
	FUZZ_CHECK(!stce_state_add_file(v->state, 1 + n, v->container[n]));
	FUZZ_CHECK(!stce_state_add_file(v->state, 1 + n, v->group[n]));
}

static void begin(struct vmm *v)
{
	struct stce_phb_config config;

	FUZZ_CHECK(!stce_vm_new(machine, &v->vm));
	FUZZ_CHECK(!stce_vm_set_memory(v->vm, 0, GPA, RAM_PAGES * PAGE, ram));
	FUZZ_CHECK(!stce_state_new(v->vm, &v->state));
	FUZZ_CHECK(!stce_state_add_memory(v->state, 7, ram, RAM_PAGES * PAGE));
	open_group(v, 0);
	open_group(v, 1);
	v->device = (int)stce_ioctl(v->group[0], VFIO_GROUP_GET_DEVICE_FD, "0000:01:00.0");
	FUZZ_CHECK(!stce_state_add_file(v->state, 1, v->device));
	FUZZ_CHECK(!stce_phb_config_init(&config, "power9", 0));
	config.default_size = MIB;
	FUZZ_CHECK(!stce_phb_new(v->vm, &config, &v->phb));
	FUZZ_CHECK(!stce_phb_add_group(v->phb, v->container[0], v->group[0]));
}

static void end(struct vmm *v)
{
	stce_close(v->device);
	stce_phb_free(v->phb);
	stce_state_free(v->state);
	for (unsigned int n = 0; n < 2; n++) {
		stce_close(v->group[n]);
		stce_close(v->container[n]);
	}
	stce_vm_free(v->vm);
}

/* Receives the output of state_writer_put(). */
static int append(void *context, const void *bytes, size_t size)
{
	pack_bytes(context, bytes, size);
	return 0;
}

/* Reads sections of one byte of type, two of length, and the payload. */
static void make_stream(struct fuzz_input *in, struct pack *stream)
{
	struct state_writer writer;

	FUZZ_CHECK(!state_writer_begin(&writer, append, stream));
	while (fuzz_has_more(in)) {
		enum state_section type = fuzz_u8(in) % STATE_SECTION_COUNT;
		uint16_t length = fuzz_u16(in);
		struct pack payload = { 0 };

		length = (uint16_t)min_u64(length, (size_t)(in->end - in->at));
		pack_bytes(&payload, in->at, length);
		in->at += length;
		FUZZ_CHECK(!state_writer_put(&writer, type, &payload));
		pack_fini(&payload);
	}
	FUZZ_CHECK(!state_writer_put(&writer, STATE_END, &(struct pack){ 0 }));
}

static ssize_t read_stream(void *context, void *bytes, size_t size)
{
	struct unpack *from = context;

	size = min_u64(size, unpack_left(from));
	if (size)
		memcpy(bytes, unpack_bytes(from, size), size);
	return (ssize_t)size;
}

/* Returns whether the stream was accepted. */
static bool restore(struct vmm *v, struct unpack *from)
{
	struct stce_stats before = stats_of(machine), after;
	int r = stce_state_restore(v->state, read_stream, from);
	uint64_t word;

	FUZZ_CHECK(r <= 0);
	if (r) {
		FUZZ_CHECK(*stce_last_reason());
		after = stats_of(machine);
		FUZZ_CHECK(after.pages_mapped == before.pages_mapped);
		FUZZ_CHECK(after.registered_bytes == before.registered_bytes);
		/* A default window that had not been made yet is not made again. */
		FUZZ_CHECK(after.locked_bytes <= before.locked_bytes);
		FUZZ_CHECK(after.table_bytes <= before.table_bytes);
	}
	for (uint64_t ioba = 0; ioba < 4 * PAGE; ioba += PAGE)
		stce_dma_read(machine, 1, ioba, &word, sizeof(word));
	return !r;
}

/* Resets the guest and ends the VMM, which must leave nothing. */
static void end_clean(struct vmm *v)
{
	struct stce_stats stats;

	FUZZ_CHECK(!stce_vm_reset(v->vm));
	end(v);
	stats = stats_of(machine);
	FUZZ_CHECK(stats.pages_mapped == 0);
	FUZZ_CHECK(stats.registered_bytes == 0);
	FUZZ_CHECK(stats.locked_bytes == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vmm v;
	static unsigned int uses;
	struct fuzz_input in = { data, data + size };
	struct pack stream = { 0 };
	struct unpack from;

	if (!machine)
		start();
	if (fuzz_u8(&in) & 1)
		make_stream(&in, &stream);
	else
		pack_bytes(&stream, in.at, (size_t)(in.end - in.at));
	from = unpack_begin(stream.bytes, stream.size);
	if (!uses)
		begin(&v);
	fuzz_calls++;
	if (restore(&v, &from) || ++uses == USES_MAX) {
		end_clean(&v);
		uses = 0;
	}
	pack_fini(&stream);
	return 0;
}
