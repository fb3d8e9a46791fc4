/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BAR 0 holds the controller's registers [NVMe 1.4 3.1], then the doorbells, then the MSI-X table.
 * Registers and doorbells are accessed by 32-bit words, and a narrower write is dropped.
 */
#include "nvme/registers.h"

#include <string.h>

#include "nvme/doorbell.h"
#include "nvme/feature.h"
#include "nvme/queue.h"
#include "nvme/serve.h"
#include "nvme/worker.h"

/* The controller is ready at once, so the time-out needs to cover only a busy host machine. */
#define READY_HALF_SECONDS 15

static uint64_t capabilities(void)
{
	return NVME_CAP_MQES(NVME_QUEUE_ENTRIES) | NVME_CAP_CQR |
	       NVME_CAP_TO(READY_HALF_SECONDS) | NVME_CAP_CSS_NVM |
	       NVME_CAP_MPSMIN(NVME_PAGE_SHIFT_MIN) | NVME_CAP_MPSMAX(NVME_PAGE_SHIFT_MAX);
}

void nvme_reset_controller(struct nvme *nvme)
{
	memset(nvme->sq, 0, sizeof(nvme->sq));
	memset(nvme->cq, 0, sizeof(nvme->cq));
	memset(&nvme->events, 0, sizeof(nvme->events));
	nvme->staged.count = 0;
	nvme->csts = 0;
	nvme->intms = 0;
	nvme_features_reset(nvme);
	nvme_update_intx(nvme);
}

static bool can_enable(const struct nvme *nvme)
{
	unsigned int shift = NVME_CC_MPS_SHIFT(nvme->cc);

	return NVME_CC_CSS(nvme->cc) == 0 && NVME_CC_AMS(nvme->cc) == 0 &&
	       shift <= NVME_PAGE_SHIFT_MAX &&
	       is_aligned(nvme->asq, bit64(shift)) && is_aligned(nvme->acq, bit64(shift)) &&
	       NVME_AQA_ASQS(nvme->aqa) >= 2 && NVME_AQA_ACQS(nvme->aqa) >= 2;
}

static void enable_controller(struct nvme *nvme)
{
	if (!can_enable(nvme)) {
		nvme->csts = NVME_CSTS_CFS;
		return;
	}
	nvme->page_shift = NVME_CC_MPS_SHIFT(nvme->cc);
	nvme_cq_create(nvme, 0, nvme->acq, NVME_AQA_ACQS(nvme->aqa), 0, true);
	nvme_sq_create(nvme, 0, nvme->asq, NVME_AQA_ASQS(nvme->aqa), 0);
	nvme->csts = NVME_CSTS_RDY;
}

static void write_cc(struct nvme *nvme, uint32_t value)
{
	uint32_t old;

	nvme_quiesce(&nvme->fn);
	old = nvme->cc;
	nvme->cc = value & NVME_CC_WRITABLE;
	if (old & ~nvme->cc & NVME_CC_EN)
		nvme_reset_controller(nvme);
	if (nvme->cc & ~old & NVME_CC_EN)
		enable_controller(nvme);
	if (NVME_CC_SHN(nvme->cc) && !NVME_CC_SHN(old)) {
		backing_flush(&nvme->backing);
		nvme->csts = (nvme->csts & ~NVME_CSTS_SHST_MASK) | NVME_CSTS_SHST_COMPLETE;
	}
}

static void write_intms(struct nvme *nvme, uint32_t value)
{
	nvme->intms |= value;
}

static void write_intmc(struct nvme *nvme, uint32_t value)
{
	nvme->intms &= ~value;
}

static void write_aqa(struct nvme *nvme, uint32_t value)
{
	nvme->aqa = value & NVME_AQA_WRITABLE;
}

static uint64_t set_low(uint64_t old, uint32_t value)
{
	return (old & ~UINT64_C(0xffffffff)) | (value & ~UINT32_C(0xfff));
}

static uint64_t set_high(uint64_t old, uint32_t value)
{
	return (uint32_t)old | (uint64_t)value << 32;
}

#define READ(name, expression) \
	static uint32_t read_##name(const struct nvme *nvme) { return (uint32_t)(expression); }
#define WRITE(name, statement) \
	static void write_##name(struct nvme *nvme, uint32_t value) { statement; }

READ(cap_low, capabilities())
READ(cap_high, capabilities() >> 32)
READ(vs, NVME_VERSION_1_4)
READ(intm, nvme->intms)
READ(cc, nvme->cc)
READ(csts, nvme->csts)
READ(aqa, nvme->aqa)
READ(asq_low, nvme->asq)
READ(asq_high, nvme->asq >> 32)
READ(acq_low, nvme->acq)
READ(acq_high, nvme->acq >> 32)
WRITE(asq_low, nvme->asq = set_low(nvme->asq, value))
WRITE(asq_high, nvme->asq = set_high(nvme->asq, value))
WRITE(acq_low, nvme->acq = set_low(nvme->acq, value))
WRITE(acq_high, nvme->acq = set_high(nvme->acq, value))

/* One row for each word. A missing register reads 0 and ignores writes. */
static const struct {
	uint32_t (*read)(const struct nvme *nvme);
	void (*write)(struct nvme *nvme, uint32_t value);
} registers[] = {
	[NVME_REG_CAP / 4] = { read_cap_low, NULL },
	[NVME_REG_CAP / 4 + 1] = { read_cap_high, NULL },
	[NVME_REG_VS / 4] = { read_vs, NULL },
	[NVME_REG_INTMS / 4] = { read_intm, write_intms },
	[NVME_REG_INTMC / 4] = { read_intm, write_intmc },
	[NVME_REG_CC / 4] = { read_cc, write_cc },
	[NVME_REG_CSTS / 4] = { read_csts, NULL },
	[NVME_REG_AQA / 4] = { read_aqa, write_aqa },
	[NVME_REG_ASQ / 4] = { read_asq_low, write_asq_low },
	[NVME_REG_ASQ / 4 + 1] = { read_asq_high, write_asq_high },
	[NVME_REG_ACQ / 4] = { read_acq_low, write_acq_low },
	[NVME_REG_ACQ / 4 + 1] = { read_acq_high, write_acq_high },
};

static uint32_t read_word(const struct nvme *nvme, uint64_t offset)
{
	uint64_t index = offset / 4;

	return index < ARRAY_COUNT(registers) && registers[index].read ?
	       registers[index].read(nvme) : 0;
}

static void write_word(struct nvme *nvme, uint64_t offset, uint32_t value)
{
	uint64_t index = offset / 4;

	if (index < ARRAY_COUNT(registers) && registers[index].write)
		registers[index].write(nvme, value);
	else if (offset >= NVME_REG_DOORBELLS)
		nvme_doorbell(nvme, (uint32_t)(offset - NVME_REG_DOORBELLS) / 4, value);
}

static bool in_msix(uint64_t offset)
{
	return offset >= NVME_MSIX_TABLE;
}

uint64_t nvme_bar_read(struct function *fn, unsigned int bar, uint64_t offset,
		       unsigned int size)
{
	struct nvme *nvme = nvme_of(fn);
	uint64_t value;

	if (in_msix(offset))
		return msix_table_read(&nvme->msix, offset - NVME_MSIX_TABLE, size);
	value = read_word(nvme, offset);
	if (size == 8)
		value |= (uint64_t)read_word(nvme, offset + 4) << 32;
	return value >> 8 * (offset % 4);
}

void nvme_bar_write(struct function *fn, unsigned int bar, uint64_t offset,
		    unsigned int size, uint64_t value)
{
	struct nvme *nvme = nvme_of(fn);

	if (in_msix(offset)) {
		msix_table_write(&nvme->msix, offset - NVME_MSIX_TABLE, size, value);
		return;
	}
	if (size >= 4)
		write_word(nvme, offset, (uint32_t)value);
	if (size == 8)
		write_word(nvme, offset + 4, (uint32_t)(value >> 32));
	/* A busy worker posts completions by itself. */
	if (!nvme->worker.busy)
		nvme_post(nvme);
}
