/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Intel's 82545GM has in another way than the 82576 (manual 317453, PCI/PCI-X family of gigabit
 * controllers). Everything else is in abi/igb.h.
 */
#ifndef STCE_ABI_E1000_H
#define STCE_ABI_E1000_H

#define E1000_DEVICE         0x1026
#define E1000_SUBSYSTEM      0x1002

#define E1000_ITR            0x00c4
#define E1000_ITR_INTERVAL   0xffffu       /* in units of 256 ns */
#define E1000_TXCW           0x0178
#define E1000_RXCW           0x0180
#define E1000_AIT            0x0458
#define E1000_PBA            0x1000
#define E1000_QUEUE_RDTR     0x20u         /* of a ring: receive delay, or TIDV */
#define E1000_QUEUE_RADV     0x2cu         /* and its limit, or TADV */
#define E1000_TSPMT          0x30u         /* of the transmit ring */
#define E1000_STATISTICS_END 0x4100
#define E1000_RA_COUNT       16

#define E1000_ICR_CAUSES     0x0001ffffu

/* The pins of the EEPROM [13.4.3]. */
#define E1000_EECD_SK        0x00000001u
#define E1000_EECD_CS        0x00000002u
#define E1000_EECD_DI        0x00000004u
#define E1000_EECD_DO        0x00000008u

#define E1000_EERD_START     0x00000001u
#define E1000_EERD_DONE      0x00000010u

#define E1000_PHY_ID         0x01410c20u   /* M88E1011 */

/* Transmit descriptors [3.3]: the lower word of the second half. */
#define E1000_TX_LENGTH      0x000fffffu
#define E1000_TX_TYPE        0x00f00000u
#define E1000_TX_CONTEXT     0x00000000u
#define E1000_TX_DATA        0x00100000u
#define E1000_TX_TCP         0x01000000u   /* of a context */
#define E1000_TX_IPV4        0x02000000u
#define E1000_TX_TSE         0x04000000u   /* of an extended descriptor */

#endif
