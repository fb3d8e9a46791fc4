/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 82576: its registers as rows, its advanced transmit descriptors [7.2.2], its PHY at power-on. QEMU has
 * another model of it [DIFF-78].
 */
#include "igb/clock.h"
#include "igb/interrupt.h"
#include "igb/mailbox.h"
#include "igb/model.h"
#include "igb/nvm.h"
#include "igb/phy.h"
#include "igb/registers.h"
#include "igb/statistics.h"

#define ALL 0xffffffffu

static uint32_t read_status(struct igb *igb, uint32_t offset)
{
	(void)offset;
	return IGB_STATUS_FD | IGB_STATUS_1000 | (igb_has_link(igb) ? IGB_STATUS_LU : 0) |
	       (igb->worker.is_blocked ? IGB_STATUS_TXOFF : 0) |
	       (igb_get(igb, IGB_CTRL) & IGB_CTRL_NO_MASTER ? 0 : IGB_STATUS_MASTER);
}

static const struct igb_row rows[] = {
	{ 0, 0, 0, NULL, NULL },
	{ IGB_CTRL, IGB_CTRL, ALL, NULL, igb_ctrl_write },
	{ IGB_STATUS, IGB_STATUS, 0, read_status, NULL },
	{ IGB_EECD, IGB_EECD, 0, NULL, igb_eecd_write },
	{ IGB_EERD, IGB_EERD, 0, NULL, igb_eerd_write },
	{ IGB_CTRL_EXT, IGB_CTRL_EXT, ALL, NULL, igb_ctrl_ext_write },
	{ IGB_MDIC, IGB_MDIC, 0, NULL, igb_mdic_write },
	{ 0x0028, IGB_VET, ALL, NULL, NULL },                    /* flow control, CONNSW */
	{ IGB_RCTL, IGB_RCTL, ALL, NULL, NULL },
	{ 0x0170, 0x0170, ALL, NULL, NULL },                     /* FCTTV */
	{ IGB_TCTL, 0x0404, ALL, NULL, NULL },
	{ 0x0410, 0x0410, ALL, NULL, NULL },                     /* TIPG */
	{ IGB_LEDCTL, IGB_LEDCTL, ALL, NULL, NULL },
	{ IGB_VMBMEM(0), IGB_VMBMEM(IGB_VFS) - 4, ALL, NULL, NULL },
	{ IGB_P2VMAILBOX(0), IGB_P2VMAILBOX(IGB_VFS) - 4, 0, NULL, igb_p2vmailbox_write },
	{ IGB_V2PMAILBOX(0), IGB_V2PMAILBOX(IGB_VFS) - 4, 0, NULL, NULL },
	{ IGB_MBVFICR, IGB_MBVFICR, 0, NULL, igb_ones_clear },
	{ IGB_MBVFIMR, IGB_MBVFIMR, 0xff, NULL, NULL },
	{ IGB_VFLRE, IGB_VFLRE, 0, NULL, igb_ones_clear },
	{ IGB_VFRE, IGB_VFTE, 0xff, NULL, NULL },
	{ IGB_EEMNGCTL, IGB_EEMNGCTL, 0, NULL, NULL },
	{ IGB_FRTIMER, IGB_FRTIMER, 0, igb_timer_read, NULL },
	{ 0x104c, 0x104c, ALL, NULL, NULL },                     /* TCPTIMER */
	{ IGB_ICR, IGB_ICR, 0, igb_icr_read, igb_icr_write },
	{ IGB_ICS, IGB_ICS, 0, igb_write_only, igb_ics_write },
	{ IGB_IMS, IGB_IMS, 0, NULL, igb_ims_write },
	{ IGB_IMC, IGB_IMC, 0, igb_write_only, igb_imc_write },
	{ IGB_IAM, IGB_GPIE, ALL, NULL, NULL },
	{ IGB_EICS, IGB_EICS, 0, igb_write_only, igb_eics_write },
	{ IGB_EIMS, IGB_EIMS, 0, NULL, igb_eims_write },
	{ IGB_EIMC, IGB_EIMC, 0, igb_write_only, igb_eimc_write },
	{ IGB_EIAC, IGB_EIAM, ALL, NULL, NULL },
	{ IGB_EICR, IGB_EICR, 0, igb_eicr_read, igb_eicr_write },
	{ IGB_EITR(0), IGB_EITR(24), IGB_EITR_WRITABLE, NULL, NULL },
	{ IGB_IVAR(0), IGB_IVAR(7), ALL, NULL, NULL },
	{ IGB_IVAR_MISC, IGB_IVAR_MISC, ALL, NULL, NULL },
	{ 0x2160, 0x2168, ALL, NULL, NULL },                     /* FCRTL, FCRTH */
	{ IGB_RXPBS, IGB_RXPBS, 0x7f, NULL, NULL },
	{ 0x2460, 0x2460, ALL, NULL, NULL },                     /* FCRTV */
	{ 0x3004, 0x3004, ALL, NULL, NULL },                     /* SWPBS */
	{ IGB_TXPBS, IGB_TXPBS, 0x3f, NULL, NULL },
	{ 0x3500, 0x3500, ALL, NULL, NULL },                     /* DTXSWC */
	{ 0x3540, 0x3540, ALL, NULL, NULL },                     /* DTXMXSZRQ */
	{ IGB_WVBR, IGB_WVBR, 0, igb_statistics_read, NULL },
	{ 0x3590, IGB_DTXTCPFLGH, ALL, NULL, NULL },
	{ 0x3700, 0x371c, ALL, NULL, NULL },                     /* VMVIR */
	{ IGB_STATISTICS, IGB_STATISTICS_END - 4, 0, igb_statistics_read, NULL },
	{ 0x4200, 0x4208, ALL, NULL, NULL },                     /* PCS */
	{ 0x4218, 0x4218, ALL, NULL, NULL },
	{ IGB_RXCSUM, IGB_RFCTL, ALL, NULL, NULL },
	{ IGB_MTA, IGB_MTA + 0x1fc, ALL, NULL, NULL },
	{ IGB_RA, IGB_RA + 0x7c, ALL, NULL, NULL },
	{ 0x5480, 0x549c, ALL, NULL, NULL },                     /* PSRTYPE */
	{ IGB_RA2, IGB_RA2 + 0x3c, ALL, NULL, NULL },
	{ 0x55b0, 0x55b0, ALL, NULL, NULL },                     /* VLANPQF */
	{ 0x55fc, 0x55fc, ALL, NULL, NULL },                     /* SYNQF */
	{ IGB_VFTA, IGB_VFTA + 0x1fc, ALL, NULL, NULL },
	{ 0x5800, 0x5810, ALL, NULL, NULL },                     /* wake-up */
	{ IGB_MRQC, 0x5820, ALL, NULL, NULL },                   /* and VT_CTL, MANC */
	{ 0x5838, 0x59fc, ALL, NULL, NULL },                     /* addresses and filters */
	{ 0x5a80, 0x5af0, ALL, NULL, NULL },                     /* IMIR, VMOLR, RPLOLR */
	{ 0x5b00, 0x5b1c, ALL, NULL, NULL },                     /* GCR, GSCL */
	{ IGB_SWSM, IGB_SWSM, 3, igb_swsm_read, NULL },
	{ IGB_SW_FW_SYNC, IGB_SW_FW_SYNC, ALL, NULL, NULL },
	{ 0x5b64, 0x5b64, ALL, NULL, NULL },                     /* GCR2 */
	{ 0x5b74, 0x5b74, ALL, NULL, NULL },                     /* DCA_CTRL */
	{ IGB_RETA, IGB_RETA + 0x7c, 0x0f0f0f0f, NULL, NULL },
	{ IGB_RSSRK, IGB_RSSRK + 0x24, ALL, NULL, NULL },
	{ 0x5cb0, 0x5ccc, ALL, NULL, NULL },                     /* ETQF */
	{ 0x5d00, 0x5dbc, ALL, NULL, NULL },                     /* VLVF and what mirrors */
	{ 0x5f50, 0x5f50, ALL, NULL, NULL },                     /* TSYNCRXCFG */
	{ 0xa000, 0xa1fc, ALL, NULL, NULL },                     /* UTA */
	{ IGB_SYSTIML, IGB_SYSTIMH, ALL, igb_systim_read, igb_systim_write },
	{ IGB_TIMINCA, IGB_TIMINCA, ALL, NULL, igb_timinca_write },
	{ 0xb60c, 0xb614, ALL, NULL, NULL },                     /* TIMADJ, TSYNCTXCTL */
	{ 0xb620, 0xb620, ALL, NULL, NULL },                     /* TSYNCRXCTL */
	{ IGB_RX_QUEUE(0), IGB_RX_QUEUE(IGB_QUEUES) - 4, ALL, igb_rx_queue_read, igb_rx_queue_write },
	{ IGB_TX_QUEUE(0), IGB_TX_QUEUE(IGB_QUEUES) - 4, ALL, NULL, igb_tx_queue_write },
};

_Static_assert(ARRAY_COUNT(rows) < 256, "a row's number is a byte");

/* The mailbox of a virtual function says that the card is in a reset; its pool strips the FCS. */
#define POOL_VALUES(n) { IGB_V2PMAILBOX(n), IGB_V2PMAILBOX_RSTI }, { IGB_VMOLR(n), 0x2600 | IGB_VMOLR_STRCRC }

static const struct igb_value values[] = {
	{ IGB_CTRL, IGB_CTRL_FD },
	{ IGB_EECD, IGB_EECD_PRES | IGB_EECD_AUTO_RD | IGB_EECD_ADDR_BITS | 4 << IGB_EECD_SIZE_SHIFT },
	{ IGB_VET, 0x81008100 },
	{ IGB_LEDCTL, 0x07068302 },
	{ IGB_EEMNGCTL, 0x000c0000 },                    /* both ports are configured */
	{ IGB_RXPBS, 64 },
	{ IGB_TXPBS, 40 },
	{ IGB_DTXTCPFLGL, 0x0f760ff6 },
	{ IGB_DTXTCPFLGH, 0x00000f7f },
	{ IGB_RLPML, IGB_FRAME_MAX },
	{ IGB_RXCSUM, IGB_RXCSUM_IPOFL | IGB_RXCSUM_TUOFL },
	{ IGB_RX_QUEUE(0) + IGB_QUEUE_DCTL, IGB_DCTL_ENABLE | 1 << 16 },
	{ IGB_TX_QUEUE(0) + IGB_QUEUE_DCTL, IGB_DCTL_ENABLE },
	{ IGB_MBVFIMR, 0xff },
	POOL_VALUES(0), POOL_VALUES(1), POOL_VALUES(2), POOL_VALUES(3),
	POOL_VALUES(4), POOL_VALUES(5), POOL_VALUES(6), POOL_VALUES(7),
};

/* The registers of the first four queues, and the interrupt registers, have older addresses too. */
static uint32_t place_of(uint32_t offset)
{
	static const struct {
		uint32_t old, now;
	} old[] = {
		{ IGB_CTRL_DUP, IGB_CTRL }, { 0x00c0, IGB_ICR }, { 0x00c8, IGB_ICS }, { 0x00d0, IGB_IMS },
		{ 0x00d8, IGB_IMC }, { 0x00e0, IGB_IAM },
	};

	if ((offset & ~0x3ffu) == IGB_RX_OLD && (offset & 0xff) < 0x40)
		return IGB_RX_QUEUE((offset - IGB_RX_OLD) >> 8) + (offset & 0x3f);
	if ((offset & ~0x3ffu) == IGB_TX_OLD && (offset & 0xff) < 0x40)
		return IGB_TX_QUEUE((offset - IGB_TX_OLD) >> 8) + (offset & 0x3f);
	for (size_t i = 0; i < ARRAY_COUNT(old); i++)
		if (old[i].old == offset)
			return old[i].now;
	return offset < IGB_STORED ? offset : IGB_STORED;
}

static const uint16_t phy[IGB_PHY_REGISTERS] = {
	[IGB_PHY_CONTROL] = 0x1140,            /* negotiate, gigabit, full duplex */
	[IGB_PHY_STATUS] = 0x7949,             /* what it can do */
	[IGB_PHY_ID1] = IGB_PHY_ID >> 16,
	[IGB_PHY_ID2] = IGB_PHY_ID & 0xffff,
	[IGB_PHY_ADVERTISE] = 0x0de1,          /* all speeds, and both kinds of pause */
	[IGB_PHY_PARTNER] = 0x4de1,
	[IGB_PHY_EXPANSION] = 0x0003,
	[IGB_PHY_1000_CONTROL] = 0x0300,
	[IGB_PHY_1000_STATUS] = 0x3c00,
	[IGB_PHY_EXTENDED] = 0x3000,
	[IGB_PHY_PORT_STATUS] = 0xc00c,        /* gigabit, full duplex, known */
};

static uint64_t interval_ns(const struct igb *igb, unsigned int vector)
{
	return (uint64_t)(igb_get(igb, IGB_EITR(vector)) & IGB_EITR_INTERVAL) * 250;
}

static void read_part(const struct igb_descriptor *d, struct igb_part *part)
{
	uint32_t command = le32_get(d->low), type = command & IGB_TX_TYPE;

	*part = (struct igb_part){
		.kind = IGB_PART_DATA,
		.length = command & IGB_TX_LENGTH,
		.command = command,
		.options = le32_get(d->high),
	};
	if (!(command & IGB_TX_DEXT)) {
		part->has_tag = command & IGB_TX_VLE;
		part->tag = (uint16_t)(part->options >> 16);
	} else if (type == IGB_TX_CONTEXT) {
		part->kind = IGB_PART_CONTEXT;
	} else if (type != IGB_TX_DATA) {
		part->kind = IGB_PART_BAD;
	}
}

static unsigned int context_of(uint32_t low, uint32_t high)
{
	(void)low;
	return high & IGB_TX_INDEX ? 1 : 0;
}

static void lay_out(const struct igb_context *c, struct igb_layout *h)
{
	uint32_t lengths = (uint32_t)le64_get(c->descriptor.address), command = le32_get(c->descriptor.low),
		 mss = le32_get(c->descriptor.high);

	*h = (struct igb_layout){
		.ip = lengths >> 9 & 0x7f,
		.ip_size = lengths & 0x1ff,
		.is_ipv4 = command & IGB_TX_IPV4,
		.kind = command & IGB_TX_L4,
		.mss = mss >> 16,
		.tag = (uint16_t)(lengths >> 16),
	};
	h->l4 = h->ip + h->ip_size;
	h->payload = h->l4 + (mss >> 8 & 0xff);
	h->l4_least = h->kind == IGB_TX_L4_TCP ? IGB_TCP_SIZE : h->kind == IGB_TX_L4_UDP ? IGB_UDP_SIZE : IGB_SCTP_SIZE;
	h->checksum = h->kind == IGB_TX_L4_TCP ? 16 : h->kind == IGB_TX_L4_UDP ? 6 : 8;
}

const struct pci_sriov igb_sriov = {
	.total = IGB_VFS,
	.offset = IGB_VF_OFFSET,
	.stride = IGB_VF_STRIDE,
	.device = IGB_VF_DEVICE,
	/* PowerNV's bridges have room for virtual functions in their 64-bit window alone [linux powernv/pci-sriov.c]. */
	.bar = { [0] = { IGB_VF_BAR_SIZE, true, true }, [IGB_BAR_MSIX] = { IGB_VF_BAR_SIZE, true, true } },
};

const struct igb_model igb_82576 = {
	.identity = {
		.vendor = IGB_VENDOR,
		.device = IGB_DEVICE,
		.subsystem_vendor = IGB_VENDOR,
		.subsystem = IGB_SUBSYSTEM,
		.class_code = IGB_CLASS_CODE,
		.revision = 1,
		.bar = { [0] = { IGB_REGISTER_SPACE, false, false }, [IGB_BAR_MSIX] = { IGB_BAR_MSIX_SIZE, false, false } },
		.msix_vectors = IGB_VECTORS,
		.msix_bar = IGB_BAR_MSIX,
		.msix_pba_offset = IGB_MSIX_PBA,
		.has_intx = true,
		.has_msi = true,
		.has_extended = true,
		.sriov = &igb_sriov,
	},
	.rows = rows,
	.row_count = ARRAY_COUNT(rows),
	.values = values,
	.value_count = ARRAY_COUNT(values),
	.place_of = place_of,
	.causes = ~0u,
	.interval_ns = interval_ns,
	.phy = phy,
	.queues_have_enable = true,
	.rx_status = 0xff,
	.read_part = read_part,
	.context_of = context_of,
	.lay_out = lay_out,
};
