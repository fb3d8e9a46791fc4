/* SPDX-License-Identifier: BSD-2-Clause */
/* The NVMe function: registers, queues and commands, while memory and mappings change. */
#include "function.h"

#include "abi/nvme.h"

#define QUEUE_SIZE  16
#define QUEUES      4       /* admin and I/O */
#define SQ_PAGE(n)  (2 * (n))
#define CQ_PAGE(n)  (2 * (n) + 1)
#define DATA_PAGE   (2 * QUEUES)

static uint32_t tail[QUEUES];

/* This is refused if the input has switched memory decoding off. */
static void write_register(unsigned int size, uint64_t offset, uint64_t value)
{
	function_bar_write(fn, 0, offset, size, value);
}

static void enable_controller(void)
{
	write_register(4, NVME_REG_CC, 0);
	write_register(4, NVME_REG_AQA, (QUEUE_SIZE - 1) << 16 | (QUEUE_SIZE - 1));
	write_register(8, NVME_REG_ASQ, bus_ioba(SQ_PAGE(0)));
	write_register(8, NVME_REG_ACQ, bus_ioba(CQ_PAGE(0)));
	write_register(4, NVME_REG_CC, 4 << 20 | 6 << 16 | 1);
	memset(tail, 0, sizeof(tail));
}

static void submit(unsigned int queue, const struct nvme_command *command)
{
	struct nvme_command *slots = bus_page(&bus, SQ_PAGE(queue));

	slots[tail[queue]] = *command;
	tail[queue] = (tail[queue] + 1) % QUEUE_SIZE;
	write_register(4, NVME_REG_DOORBELLS + 8 * queue, tail[queue]);
	/* Acknowledges all completions. */
	write_register(4, NVME_REG_DOORBELLS + 8 * queue + 4, tail[queue]);
}

static struct nvme_command create_queue(bool is_cq, uint16_t id)
{
	return (struct nvme_command){
		.opcode = is_cq ? 5 : 1,
		.prp1 = le64_make(bus_ioba(is_cq ? CQ_PAGE(id) : SQ_PAGE(id))),
		.cdw10 = le32_make((uint32_t)(QUEUE_SIZE - 1) << 16 | id),
		.cdw11 = le32_make(is_cq ? 3 : (uint32_t)id << 16 | 1),
	};
}

static void create_queue_pair(uint16_t id)
{
	struct nvme_command cq = create_queue(true, id), sq = create_queue(false, id);

	submit(0, &cq);
	submit(0, &sq);
	tail[id] = 0;
}

static struct nvme_command take_command(struct fuzz_input *in)
{
	struct nvme_command command = {
		.opcode = fuzz_u8(in),
		.flags = fuzz_u8(in) & 1 ? fuzz_u8(in) : 0,
		.cid = le16_make(fuzz_u8(in)),
		.nsid = le32_make(fuzz_u8(in) & 7 ? 1 : fuzz_u32(in)),
		.prp1 = le64_make(take_ioba(in)),
		.prp2 = le64_make(take_ioba(in)),
		.cdw10 = le32_make(fuzz_u8(in) & 1 ? fuzz_u32(in) : fuzz_u8(in)),
		.cdw11 = le32_make(fuzz_u8(in) & 1 ? fuzz_u32(in) : fuzz_u8(in)),
		.cdw12 = le32_make(fuzz_u8(in) & 1 ? fuzz_u32(in) : fuzz_u8(in)),
	};

	return command;
}

static void poke(struct fuzz_input *in)
{
	uint8_t *page = bus_page(&bus, fuzz_u8(in) % PAGES_USED);
	uint64_t value = fuzz_u8(in) & 1 ? take_ioba(in) : fuzz_u64(in);

	memcpy(page + fuzz_u16(in) % (BUS_PAGE_SIZE - sizeof(value)), &value, sizeof(value));
}

static void access_bar(struct fuzz_input *in)
{
	unsigned int bar = fuzz_u8(in) & 1 ? fuzz_u8(in) : 0, size = 1u << (fuzz_u8(in) & 3);
	uint64_t offset = fuzz_u8(in) & 1 ? fuzz_u64(in) : align_down(fuzz_u16(in), size), value = fuzz_u64(in);

	if (fuzz_u8(in) & 1)
		function_bar_read(fn, bar, offset, size, &value);
	else
		function_bar_write(fn, bar, offset, size, value);
}

static void access_config(struct fuzz_input *in)
{
	uint32_t value = fuzz_u32(in);
	uint64_t offset = fuzz_u16(in);
	unsigned int size = 1u << (fuzz_u8(in) & 3);

	if (fuzz_u8(in) & 1)
		function_config_read(fn, offset, &value, min_u64(size, sizeof(value)));
	else
		function_config_write(fn, offset, &value, min_u64(size, sizeof(value)));
}

static void take_step(struct fuzz_input *in)
{
	struct nvme_command command;
	unsigned int queue;

	switch (fuzz_u8(in) % 12) {
	case 0:
		enable_controller();
		break;
	case 1:
		create_queue_pair((uint16_t)(1 + fuzz_u8(in) % (QUEUES - 1)));
		break;
	case 2:
	case 3:
	case 4:
	case 5:
		queue = fuzz_u8(in) % QUEUES;
		command = take_command(in);
		submit(queue, &command);
		break;
	case 6:
		poke(in);
		break;
	case 7:
		access_bar(in);
		break;
	case 8:
		access_config(in);
		break;
	case 9:
		take_mapping(in);
		break;
	case 10:
		write_register(4, NVME_REG_DOORBELLS + 4 * (fuzz_u8(in) % 16), fuzz_u16(in));
		break;
	case 11:
		function_reset(fn);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, data + size };

	begin("nvme", "size=1M");
	enable_controller();
	for (; fuzz_has_more(&in); fuzz_calls++)
		take_step(&in);
	return 0;
}
