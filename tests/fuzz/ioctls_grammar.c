/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of the target ioctls that succeed in the right order, as take_step() there reads them. Bytes at random seldom
 * bind a container, without which most calls end at their first check.
 */
#include "steps.h"

#define WILD    0x18u              /* a request by its number */
#define CALLED  0x40u              /* one of the calls of container_call() and the like */
#define BAR0    0u
#define CONFIG  7u

/* Files: 0 and 1 are containers, 2 and 3 groups, 4 to 7 devices. Of some calls the other end exists, too. */
static const uint8_t calls[][STEPS_CALL] = {
	{ 0, CALLED, 11 },                            /* open the container */
	{ 2, CALLED, 0, 0 },                          /* put the group into it */
	{ 3, CALLED, 0, 0 },
	{ 3, CALLED, 0, 1 },
	{ 0, CALLED, 0, 1 },                          /* SPAPR_TCE_v2 */
	{ 0, CALLED, 0, 0, 1 },                       /* SPAPR_TCE */
	{ 1, CALLED, 0, 0, 1 },
	{ 0, CALLED, 9, 1 },                          /* ENABLE */
	{ 1, CALLED, 9, 1 },
	{ 1, CALLED, 9, 0 },                          /* DISABLE */
	{ 0, CALLED, 10, 1 },                         /* CHECK_EXTENSION: types of IOMMU, EEH */
	{ 0, CALLED, 10, 7 },
	{ 0, CALLED, 10, 5 },
	{ 0, CALLED, 1, 0, 0, 0x60, 0x10, 0 },        /* REGISTER 16 pages */
	{ 0, CALLED, 1, 0, 0, 0x60, 0x10, 1 },        /* UNREGISTER them */
	{ 0, CALLED, 2, 0, 0, 0x60, 0x00, 0x01 },     /* MAP the first at 0 */
	{ 1, CALLED, 2, 0, 0, 0x60, 0x00, 0x01 },
	{ 0, CALLED, 2, 0, 0, 0x62, 0xc0, 0x04 },     /* four in the second window */
	{ 0, CALLED, 4, 0, 0, 0x00, 0x02 },           /* UNMAP */
	{ 1, CALLED, 4, 0, 0, 0x00, 0x02 },
	{ 0, CALLED, 5, 0, 0, 1, 0x9c, 1 },           /* CREATE 256 MiB of 4K pages */
	{ 0, CALLED, 5, 0, 0, 1, 0xa4, 3 },           /* 64 GiB, three levels */
	{ 0, CALLED, 5, 0, 0, 0, 0, 0xa0, 1 },        /* 4 GiB of 64K pages */
	{ 0, CALLED, 6, 0, 0, 0xc0 },                 /* REMOVE the second window */
	{ 0, CALLED, 6, 0, 0, 0x00 },
	{ 0, CALLED, 7, 0 },                          /* GET_INFO */
	{ 0, CALLED, 8, 0, 0xf1 },                    /* EEH: enable */
	{ 0, CALLED, 8, 0, 0xf2 },                    /* thaw registers */
	{ 0, CALLED, 8, 0, 0xf3 },                    /* thaw DMA */
	{ 0, CALLED, 8, 0, 0 },                       /* tell the state */
	{ 0, CALLED, 8, 0, 0xf5 },                    /* end a reset */
	{ 0, CALLED, 8, 0, 0xf6 },                    /* begin a hot one */
	{ 0, CALLED, 8, 0, 0xf7 },                    /* a fundamental one */
	{ 0, CALLED, 8, 0, 0xff, 8 },                 /* configure */
	{ 0, CALLED, 8, 0, 0xff, 9 },                 /* inject */
	{ 2, CALLED, 3, 1 },                          /* a device's file */
	{ 3, CALLED, 3, 1 },
	{ 2, CALLED, 2 },                             /* GET_STATUS */
	{ 2, CALLED, 1 },                             /* take the group out */
	{ 4, CALLED, 0 },                             /* GET_INFO of the device */
	{ 4, CALLED, 1, 0, 0xf8 },                    /* GET_REGION_INFO: BAR 0 */
	{ 4, CALLED, 1, 0, 0xf7 },                    /* config space */
	{ 4, CALLED, 2 },                             /* GET_IRQ_INFO */
	{ 4, CALLED, 3, 0, 0x24, 2, 0, 0, 1, 1 },     /* SET_IRQS: an eventfd for an MSI-X vector */
	{ 4, CALLED, 3, 0, 0x24, 0, 0, 0, 1, 1 },     /* for INTx */
	{ 4, CALLED, 3, 0, 0x24, 4, 0, 0, 1, 1 },     /* for a request to give the device back */
	{ 4, CALLED, 3, 0, 0x21, 2, 0, 0, 1 },        /* trigger it */
	{ 4, CALLED, 3, 0, 0x21, 2, 0, 0, 0 },        /* switch MSI-X off */
	{ 4, CALLED, 4 },                             /* RESET */
	{ 4, CALLED, 5, 4, CONFIG, 0, 4, 0, 6 },      /* write config space: memory decoding, bus mastering */
	{ 4, CALLED, 5, 4, CONFIG, 0, 0, 0, 0, 0, 0, 0, 1 },         /* read it */
	{ 4, CALLED, 5, 4, BAR0, 0, 0, 0, 0, 0, 0, 0, 1 },           /* read a register */
	{ 4, CALLED, 5, 8, BAR0, 0, 0x18, 0, 0, 0x10 },              /* dmatest: the length */
	{ 4, CALLED, 5, 4, BAR0, 0, 0x24, 0, 1 },     /* interrupts on */
	{ 4, CALLED, 5, 4, BAR0, 0, 0x2c, 0, 1 },     /* copy */
	{ 4, CALLED, 5, 4, BAR0, 0, 0x2c, 0, 2 },     /* fill */
	{ 4, CALLED, 5, 4, BAR0, 0, 0x2c, 0, 3 },     /* checksum */
	{ 4, CALLED, 5, 4, BAR0, 0, 0x2c, 0, 4 },     /* raise the interrupt */
	{ 4, CALLED, 5, 4, BAR0, 0, 0x00, 8, 1 },     /* write to the MSI-X table */
	{ 4, CALLED, 5, 8, BAR0, 0, 0x00, 8, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ 4, WILD, 0, 3 },                            /* requests of no row */
	{ 0, WILD, 0, 3 },
	{ 2, WILD, 0, 3 },
	{ 0, 9 },                                     /* a device reads */
	{ 0, 8, 0xc0 },                               /* in the second window */
	{ 0, 0 },                                     /* close */
	{ 2, 0 },
	{ 4, 0 },
};

const struct steps_grammar steps_grammar = { calls, ARRAY_COUNT(calls) };
