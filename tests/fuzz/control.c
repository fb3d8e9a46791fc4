/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client of the control channel: lines of any bytes, whole, cut and too long, while devices meet faults, mappings change
 * and PEs freeze. Each answer is whole: "ok" and a text, which is JSON where that is promised, or one line of a reason.
 */
#include "machine/control_serve.h"

#include "fuzz.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <linux/vfio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "machine/control.h"
#include "spapr-tce.h"
#include "util/own_fd.h"

#define PAGE       4096u
#define RAM_PAGES  16u
#define GROUPS     2
#define ANSWER_MAX (64 * 1024)

/* A line that begins with one of these is an event of the machine, and not a request. */
enum { ACCESS = 1, MAP, UNMAP, WRITE_REGISTER, RULE, EVENTS_END };

static struct stce_machine *machine;
static struct control_client client;
static uint8_t *ram;
static int container, group[GROUPS], device[GROUPS];

static const char *const path[GROUPS] = { "/dev/vfio/1", "/dev/vfio/2" };
static const char *const name[GROUPS] = { "0000:01:00.0", "0000:02:00.0" };

static void make_machine(void)
{
	struct stce_config *config;
	char why[STCE_WHY_SIZE];

	FUZZ_CHECK(!stce_config_new(&config));
	FUZZ_CHECK(!stce_config_set(config, "page-size", "4K", why));
	FUZZ_CHECK(!stce_config_set(config, "pin", "lazy", why));
	FUZZ_CHECK(!stce_config_set(config, "history", "on", why));
	FUZZ_CHECK(!stce_config_set(config, "device", "dmatest,addr=0000:01:00.0,group=1", why));
	FUZZ_CHECK(!stce_config_set(config, "device", "igb,addr=0000:02:00.0,group=2,net=sink", why));
	FUZZ_CHECK(!stce_machine_new(config, &machine, why));
	stce_config_free(config);
}

static void start(void)
{
	struct vfio_iommu_spapr_register_memory memory = { sizeof(memory), 0, 0, RAM_PAGES * PAGE };
	int wake = eventfd(0, EFD_CLOEXEC);

	make_machine();
	ram = mmap(NULL, RAM_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memory.vaddr = (uintptr_t)ram;
	container = stce_open(machine, "/dev/vfio/vfio", O_RDWR);
	for (unsigned int n = 0; n < GROUPS; n++) {
		group[n] = stce_open(machine, path[n], O_RDWR);
		FUZZ_CHECK(!stce_ioctl(group[n], VFIO_GROUP_SET_CONTAINER, &container));
	}
	FUZZ_CHECK(!stce_ioctl(container, VFIO_SET_IOMMU, (void *)VFIO_SPAPR_TCE_v2_IOMMU));
	FUZZ_CHECK(!stce_ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory));
	for (unsigned int n = 0; n < GROUPS; n++) {
		device[n] = (int)stce_ioctl(group[n], VFIO_GROUP_GET_DEVICE_FD, (void *)(uintptr_t)name[n]);
		FUZZ_CHECK(device[n] >= 0);
	}
	client.machine = machine;
	FUZZ_CHECK(wake >= 0 && !own_fd_new(wake, &client.wake));
}

/* Asks, and returns the length of the answer. Both ends are gone afterwards. */
static size_t ask(const uint8_t *bytes, size_t size, char answer[ANSWER_MAX])
{
	size_t length = 0;
	ssize_t r;
	int pair[2];

	FUZZ_CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	FUZZ_CHECK(write(pair[0], bytes, size) == (ssize_t)size && !shutdown(pair[0], SHUT_WR));
	FUZZ_CHECK(!own_fd_new(pair[1], &client.socket));
	control_serve(&client);
	own_fd_free(client.socket);
	while (length < ANSWER_MAX - 1 && (r = read(pair[0], answer + length, ANSWER_MAX - 1 - length)) > 0)
		length += (size_t)r;
	close(pair[0]);
	answer[length] = 0;
	return length;
}

static bool has_verb(const uint8_t *bytes, size_t size, const char *verb)
{
	while (size && (*bytes == ' ' || *bytes == '\t')) {
		bytes++;
		size--;
	}
	return size > strlen(verb) && !memcmp(bytes, verb, strlen(verb)) && bytes[strlen(verb)] == '\n';
}

static void check_json(const char *text)
{
	struct json_object *object = json_tokener_parse(text);

	FUZZ_CHECK(object);
	json_object_put(object);
}

static void request(const uint8_t *bytes, size_t size)
{
	static char answer[ANSWER_MAX];
	size_t length = ask(bytes, size, answer);

	/* Half a line, and nothing, get no answer. */
	if (!memchr(bytes, '\n', min_u64(size, CONTROL_REQUEST_MAX)) && size < CONTROL_REQUEST_MAX) {
		FUZZ_CHECK(!length);
		return;
	}
	FUZZ_CHECK(length && strlen(answer) == length && answer[length - 1] == '\n');
	if (!strncmp(answer, "error: ", strlen("error: "))) {
		FUZZ_CHECK(length > strlen("error: \n") && strchr(answer, '\n') == answer + length - 1);
		return;
	}
	FUZZ_CHECK(!strncmp(answer, "ok\n", strlen("ok\n")));
	if (has_verb(bytes, size, "show"))
		check_json(answer + strlen("ok\n"));
}

static void event(struct fuzz_input *in)
{
	uint8_t kind = fuzz_u8(in);
	uint64_t ioba = (uint64_t)(fuzz_u8(in) % 32) * PAGE, word = 0;
	int n = fuzz_u8(in) % GROUPS;
	struct vfio_iommu_type1_dma_map map = { sizeof(map), 1 + fuzz_u8(in) % 3, (uintptr_t)ram, ioba, PAGE };
	struct vfio_iommu_type1_dma_unmap unmap = { sizeof(unmap), 0, ioba, PAGE };

	switch (kind) {
	case ACCESS:
		if (fuzz_u8(in) & 1)
			stce_dma_read(machine, 1 + n, ioba, &word, sizeof(word));
		else
			stce_dma_write(machine, 1 + n, ioba, &word, sizeof(word));
		break;
	case MAP:
		stce_ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
		break;
	case UNMAP:
		stce_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
		break;
	case WRITE_REGISTER:
		stce_pwrite(device[n], &word, 4, (off_t)(ioba / 32));
		break;
	case RULE:
		stce_eeh_rule(machine, n ? "freeze:group=2,after=1dma" : "freeze:group=1,after=1load", NULL);
		break;
	}
}

/* Begins an input: nothing is mapped, and no PE is frozen. */
static void begin(void)
{
	struct vfio_iommu_type1_dma_unmap unmap = { sizeof(unmap), 0, 0, 32 * PAGE };

	stce_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
	for (int n = 0; n < GROUPS; n++)
		FUZZ_CHECK(!stce_eeh_thaw(machine, 1 + n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!machine)
		start();
	begin();
	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t length = end ? (size_t)(end - data) + 1 : size;

		if (*data && *data < EVENTS_END)
			event(&(struct fuzz_input){ data, data + length });
		else
			request(data, length);
		fuzz_calls++;
		data += length;
		size -= length;
	}
	return 0;
}
