/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual functions: their registers, rings, mail and resets, while the driver of their card changes filters, reads their
 * mail, is reset, and takes some or all of them away. The first byte of an input says whether the host drives the card or
 * the input does. A driver that does what drivers do is one of the steps, so that frames move. igbvf_others.h says what
 * must stay as it is.
 */
#include "igbvf_others.h"

#include "dev/irq_setup.h"
#include "igb/vf.h"

#include "function.h"
#include "util/os.h"

#define VFS       3u
#define RING      16u          /* descriptors */
#define RX_PAGE   1u
#define DATA_PAGE 2u
#define FRAMES    8u           /* pages, from DATA_PAGE on */
#define BUFFERS   16u          /* pages from here on */
#define RX(reg)   (IGB_RX_OLD + (reg))
#define TX(reg)   (IGB_TX_OLD + (reg))
#define MAIL_ANSWERS 0xc0000000u

static struct virtual {
	struct bus bus;
	struct function *fn;
	uint32_t tail;
} v[VFS];

static int event;
static bool has_host;

/* A write is refused if the input has switched memory decoding off. */
static void write_card(uint32_t offset, uint32_t value)
{
	function_bar_write(fn, 0, offset, 4, value);
}

static void write_vf(unsigned int n, uint32_t offset, uint32_t value)
{
	function_bar_write(v[n].fn, 0, offset, 4, value);
}

static uint32_t read_vf(unsigned int n, uint32_t offset)
{
	uint64_t value;

	function_bar_read(v[n].fn, 0, offset, 4, &value);
	return (uint32_t)value;
}

static void make_vf(unsigned int n)
{
	char why[FUNCTION_WHY_SIZE] = "", address[FUNCTION_ADDRESS_SIZE];
	struct function_init init = bus_parse(&v[n].bus, "");

	snprintf(address, sizeof(address), "0000:01:10.%u", 2 * n);
	init.address = address;
	init.physical = fn;
	init.number = n;
	init.physical_has_host = has_host;
	FUZZ_CHECK(!igb_vf_function_type.create(&init, &v[n].fn, why));
	bus_enable(v[n].fn);
}

static void remove_vfs(void)
{
	for (unsigned int n = 0; n < VFS; n++) {
		if (!v[n].fn)
			continue;
		irq_disable_all(&v[n].fn->irqs);
		function_free(v[n].fn);
		v[n].fn = NULL;
	}
}

/* The host takes all virtual functions away, and makes them again. */
static void make_vfs_again(void)
{
	remove_vfs();
	function_set_vfs(fn, 0);
	for (unsigned int n = 0; n < VFS; n++) {
		make_vf(n);
		function_set_vfs(fn, n + 1);
	}
}

/* Every pool has the address of its number, and takes broadcasts. */
static void card_set_up(void)
{
	if (has_host)
		return;
	write_card(IGB_CTRL, IGB_CTRL_SLU);
	write_card(IGB_MRQC, IGB_MRQC_VMDQ);
	write_card(IGB_VT_CTL, VFS << IGB_VT_CTL_POOL_SHIFT);
	write_card(IGB_DTXSWC, IGB_DTXSWC_LOOPBACK);
	for (unsigned int pool = 0; pool <= VFS; pool++) {
		write_card(IGB_RA + 8 * pool, 2);
		write_card(IGB_RA + 8 * pool + 4, IGB_RAH_VALID | 1u << (IGB_RAH_POOL_SHIFT + pool) | (pool + 1) << 8);
		write_card(IGB_VMOLR(pool), IGB_VMOLR_STRCRC | IGB_VMOLR_BAM | IGB_VMOLR_AUPE);
	}
	write_card(IGB_VFRE, 0xff);
	write_card(IGB_VFTE, 0xff);
	write_card(IGB_IMS, IGB_ICR_VMMB);
	write_card(IGB_MBVFIMR, 0xff);
	write_card(IGB_TCTL, IGB_TCTL_EN | IGB_TCTL_PSP);
	write_card(IGB_RCTL, IGB_RCTL_EN | IGB_RCTL_SECRC);
	write_card(IGB_CTRL_EXT, IGB_CTRL_EXT_PFRSTD);
}

static void ring_on(unsigned int n, uint32_t base, unsigned int page)
{
	write_vf(n, base + IGB_QUEUE_DCTL, 0);
	write_vf(n, base + IGB_QUEUE_BAL, (uint32_t)bus_ioba(page));
	write_vf(n, base + IGB_QUEUE_BAH, 0);
	write_vf(n, base + IGB_QUEUE_LEN, RING * IGB_DESCRIPTOR_SIZE);
	write_vf(n, base + IGB_QUEUE_HEAD, 0);
	write_vf(n, base + IGB_QUEUE_TAIL, 0);
	write_vf(n, base + IGB_QUEUE_DCTL, IGB_DCTL_ENABLE);
}

static void give_buffers(unsigned int n)
{
	struct igb_descriptor *ring = bus_page(&v[n].bus, RX_PAGE);

	for (unsigned int i = 0; i < RING; i++)
		ring[i] = (struct igb_descriptor){ .address = le64_make(bus_ioba(BUFFERS + i)) };
	write_vf(n, RX(IGB_QUEUE_TAIL), RING - 1);
}

/* Puts mail into the mailbox and tells the card's driver. The host's answers at once, unless it is an answer itself. */
static void send_mail(unsigned int n, const uint32_t *word, unsigned int words)
{
	bool is_answered = igb_of(fn)->host && n < igb_of(fn)->vfs && pci_config_memory_enabled(&v[n].fn->config) &&
			   !(word[0] & MAIL_ANSWERS);

	write_vf(n, IGB_VF_MAILBOX, IGB_MAILBOX_VFU);
	for (unsigned int i = 0; i < words; i++)
		write_vf(n, IGB_VF_VMBMEM + 4 * i, word[i]);
	write_vf(n, IGB_VF_MAILBOX, IGB_V2PMAILBOX_REQ);
	if (is_answered) {
		FUZZ_CHECK(read_vf(n, IGB_VF_MAILBOX) & IGB_V2PMAILBOX_PFSTS);
		FUZZ_CHECK(read_vf(n, IGB_VF_VMBMEM) & MAIL_ANSWERS);
	}
	write_vf(n, IGB_VF_MAILBOX, IGB_V2PMAILBOX_ACK);
}

static void vf_set_up(unsigned int n, struct fuzz_input *in)
{
	const uint32_t reset = 1;

	(void)in;
	send_mail(n, &reset, 1);
	ring_on(n, TX(0), 0);
	ring_on(n, RX(0), RX_PAGE);
	write_vf(n, RX(IGB_QUEUE_SRRCTL), 1u << IGB_SRRCTL_TYPE_SHIFT | 1);
	write_vf(n, IGB_IVAR(0), 0x81808180);
	write_vf(n, IGB_EIMS, 7);
	give_buffers(n);
	v[n].tail = 0;
}

/* A frame to another one, to all, or to any address. */
static void vf_send(unsigned int n, struct fuzz_input *in)
{
	struct igb_descriptor *ring = bus_page(&v[n].bus, 0);
	uint8_t to = fuzz_u8(in), page = DATA_PAGE + to / (256 / FRAMES);
	uint32_t flags = fuzz_u16(in);
	uint8_t head[14] = { 2, 0, 0, 0, 0, (uint8_t)(to % 8), 2, 0, 0, 0, 0, (uint8_t)(n + 1), 0x88, 0xb5 };

	if (flags & 1)
		memset(head, 0xff, 6);
	if (flags & 2)
		memcpy(head + 6, igb_of(fn)->host_vf[n].mac, 6);
	if (!(flags & 4))
		memcpy(bus_page(&v[n].bus, page), head, sizeof(head));
	ring[v[n].tail] = (struct igb_descriptor){
		le64_make(bus_ioba(page)), le32_make((flags & 8 ? flags >> 4 : 64) | IGB_TX_DATA | IGB_TX_DEXT |
						     IGB_TX_IFCS | IGB_TX_EOP | IGB_TX_RS), le32_make(0),
	};
	v[n].tail = (v[n].tail + 1) % RING;
	write_vf(n, TX(IGB_QUEUE_TAIL), v[n].tail);
}

/* Any descriptor. */
static void vf_put(unsigned int n, struct fuzz_input *in)
{
	unsigned int page = fuzz_u8(in) & 1, slot = fuzz_u8(in) % RING;
	struct igb_descriptor *ring = bus_page(&v[n].bus, page);
	uint64_t address = take_ioba(in);
	uint32_t low = fuzz_u32(in), high = fuzz_u32(in);

	ring[slot] = (struct igb_descriptor){ le64_make(address), le32_make(low), le32_make(high) };
	write_vf(n, page == RX_PAGE ? RX(IGB_QUEUE_TAIL) : TX(IGB_QUEUE_TAIL), fuzz_u8(in));
}

/* Mail of a kind that exists, or of another, with any words. */
static void vf_mail(unsigned int n, struct fuzz_input *in)
{
	uint32_t word[16] = { fuzz_u8(in) % 9 };
	unsigned int words = 1 + fuzz_u8(in) % 16;

	word[0] |= (uint32_t)fuzz_u8(in) << 16;
	if (fuzz_u8(in) == 0xff)
		word[0] = fuzz_u32(in);
	for (unsigned int i = 1; i < words; i++)
		word[i] = fuzz_u32(in);
	send_mail(n, word, words);
}

/* Mail out of turn. */
static void vf_mailbox(unsigned int n, struct fuzz_input *in)
{
	uint32_t word = fuzz_u8(in), value = fuzz_u32(in);

	write_vf(n, word & 1 ? IGB_VF_VMBMEM + 4 * (word >> 1 & 15) : IGB_VF_MAILBOX, value);
}

static void vf_access(unsigned int n, struct fuzz_input *in)
{
	unsigned int bar = fuzz_u8(in) & 7 ? 0 : fuzz_u8(in), size = 1u << (fuzz_u8(in) & 3);
	uint64_t offset = align_down(fuzz_u16(in) % IGB_VF_BAR_SIZE, size), value = fuzz_u64(in);

	if (fuzz_u8(in) & 1)
		function_bar_read(v[n].fn, bar, offset, size, &value);
	else
		function_bar_write(v[n].fn, bar, offset, size, value);
}

/* Any bits of a register that exists, of its own queues or behind them. */
static void vf_access_known(unsigned int n, struct fuzz_input *in)
{
	static const struct {
		uint32_t first, words;
	} known[] = {
		{ RX(0), 192 }, { TX(0), 192 }, { IGB_VF_VMBMEM, 32 }, { IGB_EICS, 6 }, { IGB_EICR, 1 }, { IGB_EITR(0), 8 },
		{ IGB_IVAR(0), 8 }, { IGB_IVAR_MISC, 1 }, { IGB_VF_PSRTYPE, 16 }, { IGB_VF_MAILBOX, 2 },
	};
	unsigned int row = fuzz_u8(in) % ARRAY_COUNT(known);
	uint32_t offset = known[row].first + 4 * (fuzz_u8(in) % known[row].words);

	if (fuzz_u8(in) & 1)
		read_vf(n, offset);
	else
		write_vf(n, offset, fuzz_u32(in));
}

static void vf_config(unsigned int n, struct fuzz_input *in)
{
	uint32_t value = fuzz_u32(in);

	function_config_write(v[n].fn, fuzz_u16(in) & ~3u, &value, sizeof(value));
}

static void vf_reset(unsigned int n, struct fuzz_input *in)
{
	switch (fuzz_u8(in) % 3) {
	case 0:
		function_reset(v[n].fn);
		break;
	case 1:
		write_vf(n, IGB_CTRL, IGB_CTRL_RST);
		break;
	case 2:
		function_bus_reset(v[n].fn);
		bus_enable(v[n].fn);
		break;
	}
}

static void vf_map(unsigned int n, struct fuzz_input *in)
{
	unsigned int page = fuzz_u8(in) % PAGES_USED;

	bus_map(&v[n].bus, bus_ioba(page), page, fuzz_u8(in) & 3);
}

static void vf_interrupts(unsigned int n, struct fuzz_input *in)
{
	int fds[IGB_VF_VECTORS] = { event, event, event };

	if (fuzz_u8(in) & 1)
		irq_disable(&v[n].fn->irqs, IRQ_MSIX);
	else
		irq_set_eventfds(&v[n].fn->irqs, IRQ_MSIX, 0, 1 + fuzz_u8(in) % IGB_VF_VECTORS, fds);
}

static void vf_buffers(unsigned int n, struct fuzz_input *in)
{
	(void)in;
	give_buffers(n);
}

static void (*const vf_step[])(unsigned int n, struct fuzz_input *in) = {
	vf_set_up, vf_send, vf_send, vf_put, vf_mail, vf_mailbox, vf_access, vf_access_known, vf_config, vf_reset, vf_map,
	vf_interrupts, vf_buffers,
};

/* A register that virtual functions depend on. */
static void card_write_known(struct fuzz_input *in)
{
	static const struct {
		uint32_t first, words;
	} known[] = {
		{ IGB_CTRL, 1 }, { IGB_RCTL, 1 }, { IGB_TCTL, 1 }, { IGB_CTRL_EXT, 1 }, { IGB_MRQC, 1 }, { IGB_VT_CTL, 1 },
		{ IGB_DTXSWC, 1 }, { IGB_VFRE, 2 }, { IGB_VMOLR(0), 8 }, { IGB_VLVF(0), 32 }, { IGB_RA, 32 }, { IGB_UTA, 128 },
		{ IGB_MTA, 128 }, { IGB_P2VMAILBOX(0), 8 }, { IGB_V2PMAILBOX(0), 8 }, { IGB_VMBMEM(0), 128 },
		{ IGB_MBVFICR, 3 }, { IGB_PSRTYPE(0), 8 }, { IGB_GPIE, 1 }, { IGB_EIMS, 6 }, { IGB_EITR(0), 25 },
		{ IGB_ICS, 4 }, { IGB_TX_QUEUE(0), 256 }, { IGB_RX_QUEUE(0), 256 },
	};
	unsigned int row = fuzz_u8(in) % ARRAY_COUNT(known);
	uint32_t offset = known[row].first + 4 * (fuzz_u8(in) % known[row].words);
	uint64_t value = fuzz_u8(in) & 1 ? fuzz_u32(in) : bit64(fuzz_u8(in) % 32);

	if (fuzz_u8(in) & 1)
		function_bar_read(fn, 0, offset, 4, &value);
	else
		write_card(offset, (uint32_t)value);
}

/* Gives the worker time to take what was rung for, now and then. */
static void wait_for_worker(void)
{
	const struct igb_worker *w = &igb_of(fn)->worker;

	for (unsigned int i = 0; i < 100 && w->exists && (atomic_load(&w->rung) || !atomic_load(&w->sleeps)); i++)
		os_sleep_us(20);
}

/* What the host does to a card, and the driver of a card that no virtual function's is. */
static void take_card_step(struct fuzz_input *in)
{
	switch (fuzz_u8(in) % 8) {
	case 0:
		card_set_up();
		break;
	case 1:
		function_reset(fn);
		break;
	case 2:
		function_set_vfs(fn, fuzz_u8(in) % (IGB_VFS + 1));
		break;
	case 3:
		make_vfs_again();
		break;
	case 4:
		wait_for_worker();
		break;
	default:
		if (!has_host)
			card_write_known(in);
		break;
	}
}

static void take_step(struct fuzz_input *in)
{
	unsigned int n = fuzz_u8(in) % (VFS + 1);
	struct others others;

	if (n == VFS) {
		take_card_step(in);
		return;
	}
	others_note(&others, igb_of(fn), n);
	vf_step[fuzz_u8(in) % ARRAY_COUNT(vf_step)](n, in);
	others_check(&others, igb_of(fn), n);
}

static void begin_vfs(void)
{
	for (unsigned int n = 0; n < VFS; n++) {
		if (!v[n].bus.arena)
			bus_init(&v[n].bus);
		memset(v[n].bus.arena, 0, PAGES_USED * BUS_PAGE_SIZE);
		for (unsigned int i = 0; i < PAGES_USED; i++)
			bus_map(&v[n].bus, bus_ioba(i), i, TCE_READ | TCE_WRITE);
	}
	make_vfs_again();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, data + size };

	if (!fn)
		event = bus_eventfd();
	has_host = fuzz_u8(&in) & 1;
	begin("igb", "net=sink,mac=02:00:00:00:00:01");
	begin_vfs();
	card_set_up();
	for (; fuzz_has_more(&in); fuzz_calls++)
		take_step(&in);
	wait_for_worker();
	remove_vfs();
	function_set_vfs(fn, 0);
	function_reset(fn);
	return 0;
}
