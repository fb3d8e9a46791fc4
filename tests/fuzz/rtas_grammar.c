/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of the target rtas that succeed in the right order, as take_step() there reads them. */
#include "steps.h"

#define RTAS(which, bridge)  0, which, bridge, 0

static const uint8_t calls[][STEPS_CALL] = {
	{ RTAS(0, 0) },                               /* query */
	{ RTAS(1, 0), 0, 0, 0, 12, 28 },              /* create: 256 MiB of 4K pages */
	{ RTAS(1, 1), 0, 0, 0, 16, 30 },              /* 1 GiB of 64K pages on the second bridge */
	{ RTAS(2, 0), 0, 2 },                         /* remove the second window of the first bridge */
	{ RTAS(2, 0), 0, 3 },                         /* of the second one */
	{ RTAS(2, 0), 0, 0 },                         /* the default window */
	{ RTAS(3, 0), 0, 0, 0, 0 },                   /* reset */
	{ RTAS(3, 0), 0, 0, 0, 1 },                   /* to limited addresses */
	{ RTAS(4, 1), 0, 0, 0, 0, 2 },                /* associate */
	{ RTAS(5, 1), 0, 0, 0, 0, 2 },                /* dissociate */
	{ RTAS(6, 0), 0, 0, 0, 1 },                   /* enable EEH */
	{ RTAS(6, 0), 0, 0, 0, 2 },                   /* thaw registers */
	{ RTAS(6, 0), 0, 0, 0, 3 },                   /* thaw DMA */
	{ RTAS(7, 0), 0, 0, 0, 1 },                   /* assert a hot reset */
	{ RTAS(7, 0), 0, 0, 0, 0 },                   /* deassert it */
	{ RTAS(8, 0) },                               /* read the state */
	{ RTAS(9, 0), 0, 0, 0, 1 },                   /* the PE's mode */
	{ RTAS(10, 0) },                              /* configure */
	{ RTAS(11, 0), 0, 0, 0, 0, 4, 8, 0, 8, 128, 1 },   /* the log of a freeze */
	{ RTAS(11, 0), 0, 0, 0, 0, 4, 8, 0, 8, 128, 2 },
	{ RTAS(12, 0) },                              /* open a session */
	{ RTAS(13, 0), 1, 0, 0 },                     /* inject what is described */
	{ RTAS(13, 0), 0, 0, 0 },
	{ RTAS(14, 0), 0 },                           /* close the session */
	{ RTAS(14, 0), 0xf0, 9 },                     /* another one */
	{ 1, 0, 0, 1, 0, 4, 3 },                      /* put page 5 at 1 in the default window */
	{ 1, 0, 2, 1, 1, 4, 3 },                      /* in the second window */
	{ 1, 1, 0, 1, 0, 4 },                         /* get it */
	{ 1, 2, 0, 0, 0, 16 },                        /* stuff 16 entries */
	{ 1, 3, 0, 0, 0, 6, 16 },                     /* put a list of 16 */
	{ 2, 0, 1, 0, 1 },                            /* the device reads it */
	{ 2, 0, 1, 1, 0 },                            /* and writes through the second window */
	{ 3, 0, 0, 0, 0, 0, 0, 4, 1 },                /* a load of a register */
	{ 3, 0, 1, 0, 0, 0, 0, 1, 1 },                /* a read of config space */
	{ 3, 0, 1, 6, 0, 0, 0, 1, 0 },                /* memory decoding and bus mastering on */
	{ 4, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 13 }, /* an error of a DMA read */
	{ 4, 0, 0 },                                  /* of any load */
	{ 4, 0, 1, 0, 0, 0, 0, 16 },                  /* with 64 bits */
	{ 5, 0, 0 },                                  /* freeze */
	{ 5, 0, 1 },                                  /* thaw */
	{ 6, 0, 0 },                                  /* reset the bridge */
	{ 6, 0, 1 },                                  /* the guest */
	{ 6, 0, 2 },                                  /* the group goes or comes */
};

const struct steps_grammar steps_grammar = { calls, ARRAY_COUNT(calls) };
