/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers, bits and descriptors of Intel's 82576 gigabit controller (datasheet 320961), as far as
 * the function has them. Lengths are in bytes, and all fields in memory are little-endian.
 */
#ifndef STCE_ABI_IGB_H
#define STCE_ABI_IGB_H

#include "abi/endian.h"

#define IGB_VENDOR        0x8086
#define IGB_DEVICE        0x10c9
#define IGB_SUBSYSTEM     0xa03c
#define IGB_CLASS_CODE    0x020000
#define IGB_VF_DEVICE     0x10ca

#define IGB_REGISTER_SPACE 0x20000   /* BAR 0 */
#define IGB_QUEUES         16
#define IGB_VECTORS        10        /* of the physical function's table */
#define IGB_EICR_COUNT     25        /* vectors of all functions */

/* Virtual functions [4.5.3, 7.10.2]: each has a pool of two queues, n and n + 8, and three vectors. */
#define IGB_VFS            8
#define IGB_VF_OFFSET      0x80
#define IGB_VF_STRIDE      2
#define IGB_VF_BAR_SIZE    0x4000    /* of BAR 0, and of BAR 3 with the MSI-X table */
#define IGB_VF_QUEUES      2
#define IGB_VF_VECTORS     3
#define IGB_VF_VECTOR(vf)  (22u - 3u * (vf))
#define IGB_VF_VECTOR_BITS(vf) (7u << IGB_VF_VECTOR(vf))   /* in EICR and the like */
#define IGB_POOLS          8         /* one for each virtual function, or else for the physical one */

/* General [8.2]. */
#define IGB_CTRL        0x0000
#define IGB_CTRL_DUP    0x0004
#define IGB_STATUS      0x0008
#define IGB_EECD        0x0010
#define IGB_EERD        0x0014
#define IGB_CTRL_EXT    0x0018
#define IGB_MDIC        0x0020
#define IGB_VET         0x0038
#define IGB_RCTL        0x0100
#define IGB_TCTL        0x0400
#define IGB_LEDCTL      0x0e00
#define IGB_EEMNGCTL    0x1010
#define IGB_FRTIMER     0x1048
#define IGB_RXPBS       0x2404
#define IGB_TXPBS       0x3404
#define IGB_DTXTCPFLGL  0x359c
#define IGB_DTXTCPFLGH  0x35a0
#define IGB_SWSM        0x5b50
#define IGB_FWSM        0x5b54
#define IGB_SW_FW_SYNC  0x5b5c

#define IGB_CTRL_EXT_PFRSTD  0x00004000u

#define IGB_CTRL_FD          0x00000001u
#define IGB_CTRL_NO_MASTER   0x00000004u
#define IGB_CTRL_SLU         0x00000040u
#define IGB_CTRL_RST         0x04000000u
#define IGB_CTRL_TFCE        0x10000000u
#define IGB_CTRL_VME         0x40000000u
#define IGB_CTRL_PHY_RST     0x80000000u

#define IGB_STATUS_FD        0x00000001u
#define IGB_STATUS_LU        0x00000002u
#define IGB_STATUS_TXOFF     0x00000010u
#define IGB_STATUS_1000      0x00000080u
#define IGB_STATUS_PHYRA     0x00000400u
#define IGB_STATUS_MASTER    0x00080000u

#define IGB_EECD_REQ         0x00000040u
#define IGB_EECD_GNT         0x00000080u
#define IGB_EECD_PRES        0x00000100u
#define IGB_EECD_AUTO_RD     0x00000200u
#define IGB_EECD_ADDR_BITS   0x00000400u
#define IGB_EECD_SIZE_SHIFT  11

#define IGB_EERD_START       0x00000001u
#define IGB_EERD_DONE        0x00000002u

#define IGB_MDIC_READ        0x08000000u
#define IGB_MDIC_WRITE       0x04000000u
#define IGB_MDIC_READY       0x10000000u
#define IGB_MDIC_ERROR       0x40000000u

#define IGB_SWSM_SMBI        0x1u
#define IGB_SWSM_SWESMBI     0x2u

#define IGB_RCTL_EN          0x00000002u
#define IGB_RCTL_SBP         0x00000004u
#define IGB_RCTL_UPE         0x00000008u
#define IGB_RCTL_MPE         0x00000010u
#define IGB_RCTL_LPE         0x00000020u
#define IGB_RCTL_LBM         0x000000c0u
#define IGB_RCTL_LBM_MAC     0x00000040u
#define IGB_RCTL_MO_SHIFT    12
#define IGB_RCTL_BAM         0x00008000u
#define IGB_RCTL_BSIZE_SHIFT 16
#define IGB_RCTL_VFE         0x00040000u
#define IGB_RCTL_BSEX        0x02000000u   /* 82545GM only */
#define IGB_RCTL_SECRC       0x04000000u

#define IGB_TCTL_EN          0x00000002u
#define IGB_TCTL_PSP         0x00000008u

/* Interrupts [8.8]. */
#define IGB_ICR         0x1500
#define IGB_ICS         0x1504
#define IGB_IMS         0x1508
#define IGB_IMC         0x150c
#define IGB_IAM         0x1510
#define IGB_GPIE        0x1514
#define IGB_EICS        0x1520
#define IGB_EIMS        0x1524
#define IGB_EIMC        0x1528
#define IGB_EIAC        0x152c
#define IGB_EIAM        0x1530
#define IGB_EICR        0x1580
#define IGB_EITR(n)     (0x1680u + 4u * (n))
#define IGB_IVAR(n)     (0x1700u + 4u * (n))
#define IGB_IVAR_MISC   0x1740

#define IGB_ICR_TXDW         0x00000001u
#define IGB_ICR_LSC          0x00000004u
#define IGB_ICR_RXO          0x00000040u
#define IGB_ICR_RXT0         0x00000080u
#define IGB_ICR_VMMB         0x00000100u
#define IGB_ICR_DRSTA        0x40000000u
#define IGB_ICR_DOUTSYNC     0x10000000u
#define IGB_ICR_ASSERTED     0x80000000u

#define IGB_GPIE_NSICR       0x00000001u
#define IGB_GPIE_MSIX        0x00000010u
#define IGB_GPIE_EIAME       0x40000000u

#define IGB_EICR_VECTORS     0x01ffffffu   /* one bit a vector with MSI-X */
#define IGB_EICR_OTHER       0x80000000u   /* without */
#define IGB_IVAR_VALID       0x80u
#define IGB_IVAR_VECTOR      0x1fu
#define IGB_EITR_INTERVAL    0x7ffcu       /* in units of a quarter of a microsecond */
#define IGB_EITR_WRITABLE    0x7fffffffu

/* Pools and mailboxes [8.14]. */
#define IGB_VMBMEM(vf)     (0x0800u + 0x40u * (vf))
#define IGB_VMBMEM_SIZE    0x40u
#define IGB_P2VMAILBOX(vf) (0x0c00u + 4u * (vf))
#define IGB_V2PMAILBOX(vf) (0x0c40u + 4u * (vf))
#define IGB_MBVFICR        0x0c80
#define IGB_MBVFIMR        0x0c84
#define IGB_VFLRE          0x0c88
#define IGB_VFRE           0x0c8c
#define IGB_VFTE           0x0c90
#define IGB_DTXSWC         0x3500
#define IGB_WVBR           0x3554
#define IGB_PSRTYPE(vf)    (0x5480u + 4u * (vf))
#define IGB_VT_CTL         0x581c
#define IGB_VMOLR(pool)    (0x5ad0u + 4u * (pool))
#define IGB_VLVF(n)        (0x5d00u + 4u * (n))
#define IGB_VLVF_COUNT     32
#define IGB_UTA            0xa000

#define IGB_P2VMAILBOX_STS   0x01u
#define IGB_P2VMAILBOX_ACK   0x02u
#define IGB_MAILBOX_VFU      0x04u   /* in both: the virtual function has the buffer */
#define IGB_MAILBOX_PFU      0x08u   /* the physical one has it */
#define IGB_P2VMAILBOX_RVFU  0x10u
#define IGB_V2PMAILBOX_REQ   0x01u
#define IGB_V2PMAILBOX_ACK   0x02u
#define IGB_V2PMAILBOX_PFSTS 0x10u
#define IGB_V2PMAILBOX_PFACK 0x20u
#define IGB_V2PMAILBOX_RSTI  0x40u
#define IGB_V2PMAILBOX_RSTD  0x80u
#define IGB_MBVFICR_REQ(vf)  (0x00000001u << (vf))
#define IGB_MBVFICR_ACK(vf)  (0x00010000u << (vf))
#define IGB_MBVFICR_BITS     0x00ff00ffu

#define IGB_DTXSWC_SPOOF(pool)  (0x00000001u << (pool))
#define IGB_DTXSWC_LOCAL(pool)  (0x00010000u << (pool))
#define IGB_DTXSWC_LOOPBACK     0x80000000u
#define IGB_VT_CTL_POOL_SHIFT   7
#define IGB_VT_CTL_NO_DEFAULT   0x20000000u
#define IGB_VMOLR_LENGTH        0x00003fffu
#define IGB_VMOLR_LPE           0x00010000u
#define IGB_VMOLR_RSSE          0x00020000u
#define IGB_VMOLR_AUPE          0x01000000u
#define IGB_VMOLR_ROMPE         0x02000000u
#define IGB_VMOLR_ROPE          0x04000000u
#define IGB_VMOLR_BAM           0x08000000u
#define IGB_VMOLR_MPME          0x10000000u
#define IGB_VMOLR_STRVLAN       0x40000000u
#define IGB_VMOLR_STRCRC        0x80000000u
#define IGB_RAH_POOL_SHIFT      18
#define IGB_VLVF_POOL_SHIFT     12
#define IGB_VLVF_ENABLE         0x80000000u

/* What the registers of a virtual function have in other places [8.26]. */
#define IGB_VF_PSRTYPE     0x0f0cu
#define IGB_VF_MAILBOX     0x0c40u
#define IGB_VF_VMBMEM      0x0800u

/* Queues [8.10, 8.12]: queue n has its registers from here on, 0x40 apart. */
#define IGB_RX_QUEUE(n)  (0xc000u + 0x40u * (n))
#define IGB_TX_QUEUE(n)  (0xe000u + 0x40u * (n))
/* The first four are there too, 0x100 apart. */
#define IGB_RX_OLD       0x2800u
#define IGB_TX_OLD       0x3800u
#define IGB_QUEUE_BAL    0x00u
#define IGB_QUEUE_BAH    0x04u
#define IGB_QUEUE_LEN    0x08u
#define IGB_QUEUE_SRRCTL 0x0cu       /* receive only */
#define IGB_QUEUE_HEAD   0x10u
#define IGB_QUEUE_DCA    0x14u
#define IGB_QUEUE_TAIL   0x18u
#define IGB_QUEUE_DCTL   0x28u
#define IGB_QUEUE_RQDPC  0x30u       /* receive only */
#define IGB_QUEUE_WBAL   0x38u       /* transmit only; receive has DVMOLR here */
#define IGB_QUEUE_WBAH   0x3cu

#define IGB_QUEUE_LEN_WRITABLE 0x000fff80u
#define IGB_DCTL_ENABLE  0x02000000u
#define IGB_DCTL_SWFLSH  0x04000000u
#define IGB_SRRCTL_PACKET      0x0000007fu   /* KiB */
#define IGB_SRRCTL_HEADER_SHIFT 8            /* units of 64 bytes */
#define IGB_SRRCTL_TYPE_SHIFT  25
#define IGB_SRRCTL_DROP        0x80000000u
#define IGB_WBAL_ENABLE  0x1u

/* Receive [8.10]. */
#define IGB_RXCSUM      0x5000
#define IGB_RLPML       0x5004
#define IGB_RFCTL       0x5008
#define IGB_MTA         0x5200
#define IGB_MTA_COUNT   128
#define IGB_RA          0x5400
#define IGB_RA2         0x54e0
#define IGB_RA_COUNT    24
#define IGB_VFTA        0x5600
#define IGB_MRQC        0x5818
#define IGB_RETA        0x5c00
#define IGB_RSSRK       0x5c80

#define IGB_RFCTL_IPFRSP_DIS 0x00004000u    /* headers of fragments are not split */
#define IGB_RXCSUM_IPOFL     0x00000100u
#define IGB_RXCSUM_TUOFL     0x00000200u
#define IGB_RXCSUM_CRCOFL    0x00000800u
#define IGB_RXCSUM_PCSD      0x00002000u
#define IGB_RAH_VALID        0x80000000u

#define IGB_MRQC_MODE        0x7u    /* one of the next three */
#define IGB_MRQC_RSS         0x2u
#define IGB_MRQC_VMDQ        0x3u    /* pools, which RSS does not divide */
#define IGB_MRQC_VMDQ_RSS    0x5u
#define IGB_MRQC_TCP_IPV4    0x00010000u
#define IGB_MRQC_IPV4        0x00020000u
#define IGB_MRQC_IPV6        0x00100000u
#define IGB_MRQC_TCP_IPV6    0x00200000u
#define IGB_MRQC_UDP_IPV4    0x00400000u
#define IGB_MRQC_UDP_IPV6    0x00800000u

/* Statistics [8.18]; each is cleared by a read. */
#define IGB_STATISTICS  0x4000
#define IGB_MPC         0x4010
#define IGB_XOFFTXC     0x4054
#define IGB_XONTXC      0x404c
#define IGB_PRC64       0x405c       /* and five more for longer frames */
#define IGB_GPRC        0x4074
#define IGB_BPRC        0x4078
#define IGB_MPRC        0x407c
#define IGB_GPTC        0x4080
#define IGB_GORCL       0x4088
#define IGB_GOTCL       0x4090
#define IGB_RNBC        0x40a0
#define IGB_ROC         0x40ac
#define IGB_TORL        0x40c0
#define IGB_TOTL        0x40c8
#define IGB_TPR         0x40d0
#define IGB_TPT         0x40d4
#define IGB_PTC64       0x40d8
#define IGB_MPTC        0x40f0
#define IGB_BPTC        0x40f4
#define IGB_TSCTC       0x40f8
#define IGB_TSCTFC      0x40fc
#define IGB_IAC         0x4100
#define IGB_RPTHC       0x4104
#define IGB_HGPTC       0x4118
#define IGB_HGORCL      0x4128
#define IGB_HGOTCL      0x4130
#define IGB_STATISTICS_END 0x4140

/* Time [8.16]. */
#define IGB_SYSTIML     0xb600
#define IGB_SYSTIMH     0xb604
#define IGB_TIMINCA     0xb608

/* The PHY [3.5.8]: the common registers of IEEE 802.3, and some of Intel's. */
#define IGB_PHY_CONTROL      0
#define IGB_PHY_STATUS       1
#define IGB_PHY_ID1          2
#define IGB_PHY_ID2          3
#define IGB_PHY_ADVERTISE    4
#define IGB_PHY_PARTNER      5
#define IGB_PHY_EXPANSION    6
#define IGB_PHY_1000_CONTROL 9
#define IGB_PHY_1000_STATUS  10
#define IGB_PHY_EXTENDED     15
#define IGB_PHY_PORT_STATUS  17
#define IGB_PHY_PAGE         31
#define IGB_PHY_REGISTERS    32

#define IGB_PHY_ID           0x02a80391u

#define IGB_PHY_CONTROL_RESET    0x8000
#define IGB_PHY_CONTROL_LOOPBACK 0x4000
#define IGB_PHY_CONTROL_AUTONEG  0x1000
#define IGB_PHY_CONTROL_POWER    0x0800   /* down */
#define IGB_PHY_CONTROL_RESTART  0x0200
#define IGB_PHY_STATUS_DONE      0x0020
#define IGB_PHY_STATUS_LINK      0x0004

/* Descriptors are two quadwords. */
struct igb_descriptor {
	struct le64 address;         /* what it is when the driver writes it */
	struct le32 low, high;
};

#define IGB_DESCRIPTOR_SIZE 16

/* Transmit descriptors [7.2.2]: the lower word of the second half. */
#define IGB_TX_LENGTH        0x0000ffffu
#define IGB_TX_TYPE          0x00f00000u
#define IGB_TX_CONTEXT       0x00200000u
#define IGB_TX_DATA          0x00300000u
#define IGB_TX_EOP           0x01000000u
#define IGB_TX_IFCS          0x02000000u
#define IGB_TX_IC            0x04000000u   /* legacy: insert a checksum */
#define IGB_TX_RS            0x08000000u
#define IGB_TX_DEXT          0x20000000u   /* not a legacy one */
#define IGB_TX_VLE           0x40000000u
#define IGB_TX_TSE           0x80000000u
/* The upper word. */
#define IGB_TX_DD            0x00000001u
#define IGB_TX_INDEX         0x00000010u   /* which of the two contexts */
#define IGB_TX_IXSM          0x00000100u
#define IGB_TX_TXSM          0x00000200u
/* A context's words. */
#define IGB_TX_IPV4          0x00000400u
#define IGB_TX_L4            0x00001800u
#define IGB_TX_L4_UDP        0x00000000u
#define IGB_TX_L4_TCP        0x00000800u
#define IGB_TX_L4_SCTP       0x00001000u

/* Receive descriptors as the card writes them [7.1.5]. */
#define IGB_RX_DD            0x00000001u
#define IGB_RX_EOP           0x00000002u
#define IGB_RX_VP            0x00000008u
#define IGB_RX_UDPCS         0x00000010u
#define IGB_RX_L4CS          0x00000020u
#define IGB_RX_IPCS          0x00000040u
#define IGB_RX_PIF           0x00000080u
#define IGB_RX_UDPV          0x00000400u
#define IGB_RX_HBO           0x00800000u
#define IGB_RX_L4E           0x20000000u
#define IGB_RX_IPE           0x40000000u
/* The first word: the size of the headers, that they are split, and from bit 4 on the packet type. */
#define IGB_RX_HEADER_SHIFT  21
#define IGB_RX_SPH           0x80000000u
#define IGB_RX_TYPE_IPV4     0x0010u
#define IGB_RX_TYPE_IPV4E    0x0020u
#define IGB_RX_TYPE_IPV6     0x0040u
#define IGB_RX_TYPE_IPV6E    0x0080u
#define IGB_RX_TYPE_TCP      0x0100u
#define IGB_RX_TYPE_UDP      0x0200u
#define IGB_RX_TYPE_SCTP     0x0400u

#endif
