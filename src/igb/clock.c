/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SYSTIM grows by an increment at each period of 16 ns ticks, both of which are in TIMINCA. Frames get
 * no time stamps [DIFF-76].
 */
#include "igb/clock.h"

#include "util/os.h"

#define TICK_NS 16

uint64_t igb_clock_ticks(void)
{
	return os_now_ns() / TICK_NS;
}

/* Counts units of 1.024 us [8.2]. */
uint32_t igb_timer_read(struct igb *igb, uint32_t offset)
{
	(void)igb, (void)offset;
	return (uint32_t)(os_now_ns() / 1024);
}

/* Brings the clock up to now. */
static void advance(struct igb *igb)
{
	uint32_t timinca = igb_get(igb, IGB_TIMINCA);
	uint64_t ticks = igb_clock_ticks(), period = timinca >> 24;
	uint64_t periods = period ? (ticks - igb->clock.ticks) / period : 0;

	igb->clock.value += periods * (timinca & 0xffffff);
	igb->clock.ticks = period ? igb->clock.ticks + periods * period : ticks;
}

uint32_t igb_systim_read(struct igb *igb, uint32_t offset)
{
	if (offset == IGB_SYSTIMH)
		return igb_get(igb, offset);
	advance(igb);
	*igb_reg(igb, IGB_SYSTIMH) = (uint32_t)(igb->clock.value >> 32);
	return (uint32_t)igb->clock.value;
}

/* The driver writes the lower word first. */
void igb_systim_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	advance(igb);
	if (offset == IGB_SYSTIML)
		igb->clock.value = (igb->clock.value & ~UINT64_C(0xffffffff)) | value;
	else
		igb->clock.value = (uint32_t)igb->clock.value | (uint64_t)value << 32;
}

void igb_timinca_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	advance(igb);
	*igb_reg(igb, offset) = value;
}
