/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The limits and structures of the card, which all files of igb/ share. model.h says in what the two
 * controllers differ, the 82576 and the 82545GM; everything else is the same for both.
 *
 * reg[] stores the registers, one word for each address below IGB_STORED. The function's lock guards
 * everything, with one exception: while worker.busy is set, the worker moves frames without the lock
 * and owns everything but the interrupt registers and the tails; it uses copies of the tails, which it
 * took under the lock. So an access to any other register first waits until the worker is not busy
 * (igb_quiesce). Code that bar.c calls need not do so.
 *
 * The worker makes all calls on the port while it is busy; start, stop and close are made while it is
 * not.
 */
#ifndef STCE_IGB_CARD_H
#define STCE_IGB_CARD_H

#include <pthread.h>
#include <stdatomic.h>

#include "abi/igb.h"
#include "dev/function_dma.h"
#include "dev/msix_table.h"
#include "net/port.h"

#define IGB_STORED        0x10000u                    /* the addresses above read 0 */
#define IGB_WORDS         (IGB_STORED / 4)
#define IGB_BAR_MSIX      3
#define IGB_BAR_MSIX_SIZE 0x4000
#define IGB_MSIX_PBA      0x2000
#define IGB_NVM_WORDS     1024
#define IGB_FETCH         32                          /* descriptors that are read at once */
#define IGB_BATCH         64                          /* frames that the worker moves without a look around */
#define IGB_FRAME_MAX     0x2600u                     /* with FCS [7.1.1.2] */
#define IGB_FCS_SIZE      4u
#define IGB_FRAME_MIN     60u                         /* without FCS */
#define IGB_PACKET_MAX    (256 * KIB)                 /* PAYLEN has 18 bits */
#define IGB_PIECES_MAX    256                         /* descriptors of one packet */
#define IGB_MAC_SIZE      6

/* Consecutive descriptors of a ring: those before `used` are done. */
struct igb_fetched {
	uint32_t first, count, used;
	uint32_t written;                             /* receive: those before it were written back */
	struct igb_descriptor entry[IGB_FETCH];
};

/* A ring as the worker sees it during one batch. */
struct igb_ring {
	struct function *fn;                          /* whose memory has it and its buffers */
	uint64_t base;
	uint32_t size;                                /* descriptors; 0: the queue is off or unusable */
	uint32_t head, tail;
};

struct igb_context {
	struct igb_descriptor descriptor;             /* as the driver wrote it */
};

struct igb_tx_queue {
	struct igb_ring ring;
	struct igb_fetched fetched;
	struct igb_context context[2];
	uint32_t done[IGB_BATCH], dones;              /* offsets of descriptors that must be reported in this batch */
	uint32_t waits_at;                            /* the tail at which the last packet had no end */
	bool waits;
	bool failed;                                  /* descriptors cannot be reached, until it is enabled again */
};

struct igb_rx_queue {
	struct igb_ring ring;
	struct igb_fetched fetched;
	bool failed;
	uint64_t starved_ns;                          /* since when it lacks descriptors for a frame; 0: it has them */
};

/* Where a context says that headers are; offsets from the start of the packet. */
struct igb_layout {
	uint32_t ip, l4, payload;
	uint32_t ip_size;
	bool is_ipv4;
	uint32_t kind;                 /* IGB_TX_L4_* */
	uint32_t l4_least;             /* bytes of the header that are touched */
	uint32_t l4_end;               /* what lies behind it is not summed up; 0: the packet's end */
	uint32_t checksum;             /* offset in the L4 header */
	uint32_t mss;
	uint16_t tag;                  /* VLAN */
};

/* A packet that has been gathered and is sent frame by frame. */
struct igb_packet {
	bool exists;
	unsigned int queue;
	uint32_t descriptors;                         /* that it takes from the ring */
	uint32_t length;                              /* bytes in `data` */
	uint32_t sent;                                /* bytes of payload that have been sent */
	uint32_t command, options;                    /* IGB_TX_* of the first data descriptor */
	bool has_tag;                                 /* of its own, and not of its context */
	uint16_t tag;                                 /* VLAN */
	struct igb_context context;
	struct igb_layout layout;
	uint32_t ranges;
	struct dma_range range[IGB_PIECES_MAX];
};

struct igb_worker {
	pthread_t thread;
	bool exists;
	bool busy;
	unsigned int quiescers;
	pthread_cond_t idle, resume;                  /* with the function's lock */
	atomic_bool stop;
	atomic_bool rung;                             /* there may be something to do */
	atomic_bool sleeps;
	pthread_mutex_t bell_lock;                    /* guards nothing but the sleep */
	pthread_cond_t bell;
	unsigned int credit, deaf;                    /* bell.c: whether it is worthwhile to listen */
	bool is_blocked;                              /* the port has no room */
	uint32_t tx_done, rx_done;                    /* queues with news, one bit each */
	uint32_t causes;                              /* bits of ICR */
};

struct igb_interrupts {
	uint64_t next_ns[IGB_EICR_COUNT];              /* no earlier than this may the vector be raised again */
	uint64_t wake_ns;                             /* when the first one that waits may be raised; 0: none waits */
	uint32_t told;                                /* vectors that were raised for a cause that is still set */
	bool asserted;                                /* without MSI-X */
};

/* The counters of a virtual function, in the order in which its registers have them. */
enum igb_vf_counter { IGB_VF_GPRC, IGB_VF_GPTC, IGB_VF_GORC, IGB_VF_GOTC, IGB_VF_MPRC, IGB_VF_COUNTERS };

/* What a virtual function has beyond the registers that the physical one has for it. */
struct igb_vf {
	struct function *fn;                          /* NULL: this process has none with the number */
	uint32_t ivar, ivar_misc;
	uint32_t count[IGB_VF_COUNTERS];              /* wrap around, and are never cleared by a read */
};

/* What the host's driver knows of a virtual function (host.h). */
#define IGB_HOST_HASHES 30                            /* as many as mail has room for */

struct igb_host_vf {
	bool may_ask;                                 /* it has reset itself by mail */
	bool wants_multicast;                         /* all of it */
	bool has_unread;                              /* it has not acknowledged the last message to it */
	bool owes_link;                               /* it has not been told yet that the link has come or gone */
	uint8_t mac[IGB_MAC_SIZE];                    /* zeros: none was chosen yet */
	unsigned int hashes;                          /* more than there is room for: all multicast */
	uint16_t hash[IGB_HOST_HASHES];               /* of multicast addresses, 12 bits each */
};

struct igb;

struct igb_host_ops {
	void (*reset)(struct igb *igb);               /* the card was reset, or has other virtual functions now */
	void (*mail)(struct igb *igb, unsigned int vf);   /* one of them has written mail, or was reset */
	void (*link)(struct igb *igb);                /* the link has come or gone */
};

struct igb_clock {
	uint64_t value;                               /* SYSTIM at the time `ticks` */
	uint64_t ticks;                               /* of 16 ns */
};

struct igb_settings {
	uint8_t mac[IGB_MAC_SIZE];
	char spec[256];
	char pcap[1024];
};

struct igb_model;

struct igb {
	struct function fn;
	const struct igb_model *model;
	struct igb_settings settings;
	struct net_port *port;
	struct msix_table msix;
	uint32_t reg[IGB_WORDS];
	uint8_t row_of[IGB_WORDS];                    /* registers.c: the row of each word */
	uint16_t nvm[IGB_NVM_WORDS];
	uint16_t phy[IGB_PHY_REGISTERS];
	bool is_started;                              /* the port */
	bool link;                                    /* as the port said last */
	struct igb_interrupts interrupts;
	struct igb_clock clock;
	struct igb_tx_queue tx[IGB_QUEUES];
	struct igb_rx_queue rx[IGB_QUEUES];
	unsigned int tx_next;                         /* the queue that is served first */
	uint32_t tx_left;                             /* queues that may have a packet in this batch, one bit each */
	bool is_held;                                 /* the port's next frame waits for descriptors */
	uint64_t hold_ns;                             /* for so long a queue without descriptors is waited for */
	struct igb_packet packet;
	struct igb_worker worker;
	struct igb_vf vf[IGB_VFS];
	const struct igb_host_ops *host;              /* NULL: a program drives the card, or nobody does */
	struct igb_host_vf host_vf[IGB_VFS];
	unsigned int vfs;                             /* that are enabled: those below this number */
	uint8_t data[IGB_PACKET_MAX + 64];            /* of the packet */
	uint8_t frame[NET_FRAME_SIZE_MAX];            /* received, or looped back */
};

static inline struct igb *igb_of(struct function *fn)
{
	return container_of(fn, struct igb, fn);
}

static inline uint32_t *igb_reg(struct igb *igb, uint32_t offset)
{
	return &igb->reg[offset / 4];
}

static inline uint32_t igb_get(const struct igb *igb, uint32_t offset)
{
	return igb->reg[offset / 4];
}

/* Returns whether queues belong to pools, one for each virtual function and one for the physical one. */
static inline bool igb_has_pools(const struct igb *igb)
{
	uint32_t mode = igb_get(igb, IGB_MRQC) & IGB_MRQC_MODE;

	return mode == IGB_MRQC_VMDQ || mode == IGB_MRQC_VMDQ_RSS;
}

static inline unsigned int igb_pool_of(unsigned int queue)
{
	return queue % IGB_POOLS;
}

/* Returns the virtual function that has the queue, or NULL: the physical one has it. */
static inline struct igb_vf *igb_vf_of_queue(struct igb *igb, unsigned int queue)
{
	return igb_pool_of(queue) < igb->vfs ? &igb->vf[igb_pool_of(queue)] : NULL;
}

/* Returns whether frames that the card sends come back to it instead of leaving. */
static inline bool igb_is_looped(const struct igb *igb)
{
	return (igb_get(igb, IGB_RCTL) & IGB_RCTL_LBM) == IGB_RCTL_LBM_MAC ||
	       igb->phy[IGB_PHY_CONTROL] & IGB_PHY_CONTROL_LOOPBACK;
}

/* Returns whether the MAC has a link. */
static inline bool igb_has_link(const struct igb *igb)
{
	return igb_get(igb, IGB_CTRL) & IGB_CTRL_SLU && !(igb->phy[IGB_PHY_CONTROL] & IGB_PHY_CONTROL_POWER) &&
	       (igb->link || igb_is_looped(igb));
}

#endif
