/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest whose driver keeps an NVMe function busy is saved while it runs. Its process ends, and
 * another continues with it; a file carries the guest's memory, which has another address there.
 * The driver keeps all its state in the guest's memory, and may be stopped after any step.
 *
 * Without arguments this is the test; with ROLE FOLDER it is one of its two processes.
 */
#include <endian.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/nvme.h"
#include "spapr-tce.h"
#include "stats_of.h"

#define PAGE        4096u
#define RAM_SIZE    (1u << 18)
#define DISK_SIZE   (1u << 22)
#define BATCH       8u
#define LANES       64u              /* blocks that the commands of a batch use in turn */
#define QUEUE_SIZE  16u
#define ROUNDS      600u             /* of the guest's whole life */
#define DIRECT      (1ull << 59)     /* bus address of the guest's memory in its direct window */

/* Pages of the guest's memory. */
enum { STATE_PAGE, ADMIN_SQ, ADMIN_CQ, IO_SQ, IO_CQ, RTAS, WRITTEN = 16, READ = 32 };

enum step { MAP, SUBMIT, RING, COMPLETE, UNMAP, CHECK, STEPS };

/* The driver's state, in the guest's memory. */
struct driver {
	uint32_t step, slot;          /* in the batch */
	uint32_t round, is_reading;
	uint32_t tail, head, phase;
	uint32_t is_broken;           /* the line that noticed a fault */
};

struct vmm {
	struct stce_machine *machine;
	struct stce_vm *vm;
	struct stce_phb *phb;
	struct stce_phb_config bridge;
	struct stce_state *state;
	char *ram;
	int container, group, device;
	uint64_t bar, config;         /* offsets of regions */
	struct driver *driver;
	_Atomic(bool) stop;
	uint32_t last;                /* this process ends before this round */
};

#define CHECK_THAT(condition) do { \
		if (!(condition)) { \
			fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #condition, stce_last_reason()); \
			_exit(1); \
		} \
	} while (0)

static void *page(struct vmm *v, unsigned int n)
{
	return v->ram + n * PAGE;
}

/* The host */

static void open_ram(struct vmm *v, const char *folder, uint64_t address)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/ram", folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK_THAT(fd >= 0 && !ftruncate(fd, RAM_SIZE));
	v->ram = mmap((void *)(uintptr_t)address, RAM_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
	CHECK_THAT(v->ram == (void *)(uintptr_t)address);
	close(fd);
	v->driver = page(v, STATE_PAGE);
}

static void make_machine(struct vmm *v, const char *folder)
{
	struct stce_config *config;
	char why[STCE_WHY_SIZE], device[300];

	snprintf(device, sizeof(device), "nvme,addr=0000:01:00.0,group=1,file=%s/disk", folder);
	CHECK_THAT(!stce_config_new(&config));
	CHECK_THAT(!stce_config_set(config, "memlock", "1G", why));
	CHECK_THAT(!stce_config_set(config, "device", device, why));
	CHECK_THAT(!stce_machine_new(config, &v->machine, why));
	stce_config_free(config);
}

static uint64_t region(struct vmm *v, uint32_t index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	CHECK_THAT(!stce_ioctl(v->device, VFIO_DEVICE_GET_REGION_INFO, &info));
	return info.offset;
}

static void open_device(struct vmm *v)
{
	v->container = stce_open(v->machine, "/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	v->group = stce_open(v->machine, "/dev/vfio/1", O_RDWR | O_CLOEXEC);
	CHECK_THAT(!stce_ioctl(v->group, VFIO_GROUP_SET_CONTAINER, &v->container));
	CHECK_THAT(!stce_ioctl(v->container, VFIO_SET_IOMMU, (void *)VFIO_SPAPR_TCE_v2_IOMMU));
	v->device = (int)stce_ioctl(v->group, VFIO_GROUP_GET_DEVICE_FD, "0000:01:00.0");
	CHECK_THAT(v->device >= 0);
	v->bar = region(v, VFIO_PCI_BAR0_REGION_INDEX);
	v->config = region(v, VFIO_PCI_CONFIG_REGION_INDEX);
}

/*
 * Both processes make this. The first also registers memory, which the stream registers in the
 * second.
 */
static void make_vmm(struct vmm *v, const char *folder, uint64_t ram)
{
	open_ram(v, folder, ram);
	make_machine(v, folder);
	open_device(v);
	CHECK_THAT(!stce_vm_new(v->machine, &v->vm));
	CHECK_THAT(!stce_vm_set_memory(v->vm, 0, 0, RAM_SIZE, v->ram));
	CHECK_THAT(!stce_phb_config_init(&v->bridge, "power9", 0));
	CHECK_THAT(!stce_phb_new(v->vm, &v->bridge, &v->phb));
	CHECK_THAT(!stce_phb_add_group(v->phb, v->container, v->group));
	CHECK_THAT(!stce_state_new(v->vm, &v->state));
	CHECK_THAT(!stce_state_add_memory(v->state, 1, v->ram, RAM_SIZE));
	CHECK_THAT(!stce_state_add_file(v->state, 1, v->container));
	CHECK_THAT(!stce_state_add_file(v->state, 1, v->group));
	CHECK_THAT(!stce_state_add_file(v->state, 1, v->device));
}

static void register_ram(struct vmm *v)
{
	struct vfio_iommu_spapr_register_memory p = {
		.argsz = sizeof(p), .vaddr = (uintptr_t)v->ram, .size = RAM_SIZE,
	};

	CHECK_THAT(!stce_ioctl(v->container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &p));
}

/* The guest */

static void write32(struct vmm *v, uint64_t offset, uint32_t value)
{
	CHECK_THAT(stce_pwrite(v->device, &value, 4, (off_t)(v->bar + offset)) == 4);
}

static void write64(struct vmm *v, uint64_t offset, uint64_t value)
{
	write32(v, offset, (uint32_t)value);
	write32(v, offset + 4, (uint32_t)(value >> 32));
}

static long put_tce(struct vmm *v, uint64_t liobn, uint64_t ioba, uint64_t tce)
{
	const uint64_t args[5] = { liobn, ioba, tce };

	return stce_vm_hcall(v->vm, STCE_H_PUT_TCE, args, NULL);
}

/* Makes the direct window: all memory, in 64K pages. */
static void make_direct_window(struct vmm *v)
{
	uint32_t *cell = page(v, RTAS);
	const uint32_t call[] = { STCE_RTAS_CREATE_PE_DMA_WINDOW, 5, 4, 0x10000,
				  (uint32_t)(v->bridge.buid >> 32), (uint32_t)v->bridge.buid, 16, 18 };

	for (unsigned int i = 0; i < 8; i++)
		cell[i] = htobe32(call[i]);
	CHECK_THAT(stce_vm_rtas(v->vm, RTAS * PAGE) == STCE_H_SUCCESS && !cell[8]);
	for (uint64_t at = 0; at < RAM_SIZE; at += 65536)
		CHECK_THAT(put_tce(v, v->bridge.liobn[1], DIRECT + at, at | 3) == STCE_H_SUCCESS);
}

/* Makes one admin command while the driver starts, and polls for its end. */
static void admin(struct vmm *v, unsigned int n, struct nvme_command command)
{
	volatile struct nvme_completion *done = (struct nvme_completion *)page(v, ADMIN_CQ) + n;

	((struct nvme_command *)page(v, ADMIN_SQ))[n] = command;
	write32(v, NVME_REG_DOORBELLS, n + 1);
	/* If serving takes long, the function's thread does it. */
	while (!(le16_get(done->status) & 1))
		sched_yield();
	CHECK_THAT(le16_get(done->status) == 1);
	write32(v, NVME_REG_DOORBELLS + 4, n + 1);
}

static void boot(struct vmm *v)
{
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

	make_direct_window(v);
	CHECK_THAT(stce_pwrite(v->device, &command, 2, (off_t)(v->config + PCI_COMMAND)) == 2);
	write32(v, NVME_REG_AQA, (QUEUE_SIZE - 1) << 16 | (QUEUE_SIZE - 1));
	write64(v, NVME_REG_ASQ, DIRECT + ADMIN_SQ * PAGE);
	write64(v, NVME_REG_ACQ, DIRECT + ADMIN_CQ * PAGE);
	write32(v, NVME_REG_CC, 4 << 20 | 6 << 16 | 1);
	admin(v, 0, (struct nvme_command){ .opcode = NVME_ADMIN_CREATE_CQ,
		.prp1 = le64_make(DIRECT + IO_CQ * PAGE),
		.cdw10 = le32_make((QUEUE_SIZE - 1) << 16 | 1), .cdw11 = le32_make(1) });
	admin(v, 1, (struct nvme_command){ .opcode = NVME_ADMIN_CREATE_SQ,
		.prp1 = le64_make(DIRECT + IO_SQ * PAGE),
		.cdw10 = le32_make((QUEUE_SIZE - 1) << 16 | 1), .cdw11 = le32_make(1 << 16 | 1) });
	v->driver->phase = 1;
}

static uint64_t block_of(uint32_t round, uint32_t slot)
{
	return slot * LANES + round % LANES;
}

static uint32_t word_of(uint64_t block, uint32_t round, unsigned int i)
{
	return (uint32_t)block * 65537 + round * 2654435761u + i;
}

static void break_at(struct vmm *v, uint32_t line)
{
	v->driver->is_broken = line;
}

static bool map_slot(struct vmm *v, struct driver *d)
{
	uint64_t to = (d->is_reading ? READ : WRITTEN) + d->slot;

	if (put_tce(v, v->bridge.liobn[0], d->slot * PAGE, to * PAGE | 3))
		break_at(v, __LINE__);
	return true;
}

static bool submit_slot(struct vmm *v, struct driver *d)
{
	uint64_t block = block_of(d->round, d->slot);
	uint32_t *words = page(v, WRITTEN + d->slot);

	for (unsigned int i = 0; i < PAGE / 4 && !d->is_reading; i++)
		words[i] = word_of(block, d->round, i);
	((struct nvme_command *)page(v, IO_SQ))[d->tail] = (struct nvme_command){
		.opcode = d->is_reading ? NVME_IO_READ : NVME_IO_WRITE,
		.nsid = le32_make(1),
		.cid = le16_make((uint16_t)d->slot),
		.prp1 = le64_make(d->slot * PAGE),
		.cdw10 = le32_make((uint32_t)(block * 8)),
		.cdw12 = le32_make(7),
	};
	d->tail = (d->tail + 1) % QUEUE_SIZE;
	return true;
}

/*
 * Each command has its own doorbell, so that some are done and some are not when the guest is
 * saved.
 */
static bool ring_slot(struct vmm *v, struct driver *d)
{
	write32(v, NVME_REG_DOORBELLS + 8, (d->tail + QUEUE_SIZE - BATCH + d->slot + 1) % QUEUE_SIZE);
	return true;
}

/* Returns false if it has not completed yet. */
static bool complete_slot(struct vmm *v, struct driver *d)
{
	struct nvme_completion *done = (struct nvme_completion *)page(v, IO_CQ) + d->head;
	uint16_t status = le16_get(done->status);

	if ((status & 1) != d->phase)
		return false;
	if (status >> 1 || le16_get(done->cid) != d->slot)
		break_at(v, __LINE__);
	d->head = (d->head + 1) % QUEUE_SIZE;
	d->phase ^= !d->head;
	write32(v, NVME_REG_DOORBELLS + 12, d->head);
	return true;
}

static bool unmap_slot(struct vmm *v, struct driver *d)
{
	if (put_tce(v, v->bridge.liobn[0], d->slot * PAGE, 0))
		break_at(v, __LINE__);
	return true;
}

static bool check_slot(struct vmm *v, struct driver *d)
{
	if (d->is_reading && memcmp(page(v, READ + d->slot), page(v, WRITTEN + d->slot), PAGE))
		break_at(v, __LINE__);
	return true;
}

static bool (*const steps[STEPS])(struct vmm *v, struct driver *d) = {
	map_slot, submit_slot, ring_slot, complete_slot, unmap_slot, check_slot,
};

static void go_on(struct driver *d)
{
	if (++d->slot < BATCH)
		return;
	d->slot = 0;
	if (++d->step < STEPS)
		return;
	d->step = 0;
	d->is_reading = !d->is_reading;
	d->round += !d->is_reading;
}

/* Runs a vCPU: the guest's steps until it is stopped, has finished, or is broken. */
static void *run(void *context)
{
	struct vmm *v = context;
	struct driver *d = v->driver;

	while (!atomic_load(&v->stop) && d->round < v->last && !d->is_broken)
		if (steps[d->step](v, d))
			go_on(d);
	return NULL;
}

/* The roles */

static int open_stream(const char *folder, int flags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/stream", folder);
	fd = open(path, flags | O_CLOEXEC, 0600);
	CHECK_THAT(fd >= 0);
	return fd;
}

/* However slow the passes are, the second half of the rounds is left for the other process. */
static int save(const char *folder)
{
	struct vmm v = { .last = ROUNDS / 2 };
	int fd = open_stream(folder, O_CREAT | O_WRONLY);
	pthread_t vcpu;
	long bytes = 0;

	make_vmm(&v, folder, 0x210000000000);
	register_ram(&v);
	boot(&v);
	CHECK_THAT(!pthread_create(&vcpu, NULL, run, &v));
	CHECK_THAT(!stce_state_save_begin(v.state, stce_state_write_fd, &fd));
	for (unsigned int pass = 0; pass < 10; pass++) {
		long n = stce_state_save_pass(v.state);

		CHECK_THAT(n >= 0);
		bytes += n;
		usleep(1000);
	}
	atomic_store(&v.stop, true);
	pthread_join(vcpu, NULL);
	CHECK_THAT(!stce_state_save_end(v.state));
	printf("# saved after round %u, in step %u of slot %u; %ld bytes while the guest ran, %lld in all\n",
	       v.driver->round, v.driver->step, v.driver->slot, bytes, (long long)lseek(fd, 0, SEEK_END));
	fflush(stdout);
	CHECK_THAT(!v.driver->is_broken);
	/* Nothing is freed, because the stream has all that is needed. */
	_exit(0);
}

static void check_disk(const char *folder)
{
	static uint32_t words[PAGE / 4];
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/disk", folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	for (uint32_t round = ROUNDS - LANES; round < ROUNDS; round++)
		for (uint32_t slot = 0; slot < BATCH; slot++) {
			uint64_t block = block_of(round, slot);

			CHECK_THAT(pread(fd, words, PAGE, (off_t)(block * PAGE)) == PAGE);
			for (unsigned int i = 0; i < PAGE / 4; i++)
				CHECK_THAT(words[i] == word_of(block, round, i));
		}
	close(fd);
}

static int resume(const char *folder)
{
	struct vmm v = { .last = ROUNDS };
	int fd = open_stream(folder, O_RDONLY);
	uint32_t before;

	make_vmm(&v, folder, 0x230000000000);
	before = v.driver->round;
	CHECK_THAT(!stce_state_restore(v.state, stce_state_read_fd, &fd));
	run(&v);
	CHECK_THAT(!v.driver->is_broken && v.driver->round == ROUNDS);
	check_disk(folder);
	printf("# went on from round %u to %u\n", before, v.driver->round);
	CHECK_THAT(!stce_vm_reset(v.vm) && !stats_of(v.machine).pages_mapped);
	stce_close(v.device);
	stce_phb_free(v.phb);
	stce_state_free(v.state);
	stce_vm_free(v.vm);
	stce_close(v.group);
	stce_close(v.container);
	CHECK_THAT(!stats_of(v.machine).locked_bytes);
	stce_machine_free(v.machine);
	return 0;
}

static int spawn(char *program, char *role, char *folder)
{
	extern char **environ;
	char *const argv[] = { program, role, folder, NULL };
	int status = -1;
	pid_t pid;

	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ) || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static void drop(const char *folder, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/saved-under-io-XXXXXX", path[64];
	bool is_saved, is_resumed;
	int fd;

	if (argc == 3)
		return strcmp(argv[1], "save") ? resume(argv[2]) : save(argv[2]);
	CHECK_THAT(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/disk", folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK_THAT(fd >= 0 && !ftruncate(fd, DISK_SIZE));
	close(fd);
	printf("1..2\n");
	fflush(stdout);
	is_saved = !spawn(argv[0], (char[]){ "save" }, folder);
	printf("%sok 1 - a guest that keeps its disk busy is saved\n", is_saved ? "" : "not ");
	fflush(stdout);
	is_resumed = is_saved && !spawn(argv[0], (char[]){ "resume" }, folder);
	printf("%sok 2 - it goes on in another process, and its disk holds what it wrote\n",
	       is_resumed ? "" : "not ");
	drop(folder, "disk");
	drop(folder, "ram");
	drop(folder, "stream");
	rmdir(folder);
	return !is_saved || !is_resumed;
}
