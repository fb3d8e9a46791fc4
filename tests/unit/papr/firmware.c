/* SPDX-License-Identifier: BSD-2-Clause */
#include "testing.h"

#include "firmware.h"
#include "stats_of.h"

#include <endian.h>
#include <string.h>

void firmware_again(struct firmware *f)
{
	stce_phb_free(f->phb);
	f->phb = NULL;
	assert_int_equal(stce_phb_new(f->v.vm, &f->config, &f->phb), 0);
}

static void start_vm(struct vmm *v)
{
	v->table = v->device = -1;
	v->ram = get_pages(RAM_PAGES);
	assert_int_equal(stce_vm_new(v->c.machine, &v->vm), 0);
	assert_int_equal(stce_vm_set_memory(v->vm, 0, GPA, RAM_PAGES * PAGE, v->ram), 0);
}

void firmware_start(struct firmware *f, const char *bridge)
{
	firmware_start_with(f, bridge, NULL, NULL);
}

void firmware_start_bare(struct firmware *f, const char *bridge, const char *option, const char *value)
{
	memset(f, 0, sizeof(*f));
	client_start(&f->v.c, "memlock", "1T", option, value, NULL);
	start_vm(&f->v);
	assert_int_equal(stce_phb_config_init(&f->config, bridge, 0), 0);
	firmware_again(f);
}

void firmware_start_with(struct firmware *f, const char *bridge, const char *option, const char *value)
{
	firmware_start_bare(f, bridge, option, value);
	client_open(&f->v.c, VFIO_SPAPR_TCE_v2_IOMMU);
	assert_int_equal(register_memory(f->v.c.container, f->v.ram, RAM_PAGES * PAGE), 0);
}

void firmware_stop(struct firmware *f)
{
	stce_phb_free(f->phb);
	vmm_stop(&f->v);
}

void put_call(struct firmware *f, uint64_t gpa, uint32_t token, uint32_t nargs,
	      const uint32_t *args, uint32_t nret)
{
	uint32_t *cell = (uint32_t *)(f->v.ram + (gpa - GPA));

	*cell++ = htobe32(token);
	*cell++ = htobe32(nargs);
	*cell++ = htobe32(nret);
	for (uint32_t i = 0; i < nargs; i++)
		*cell++ = htobe32(args[i]);
	for (uint32_t i = 0; i < 16; i++)
		*cell++ = htobe32(UNTOUCHED);
}

long raw_call(struct firmware *f, uint32_t token, uint32_t nargs, const uint32_t *args,
	      uint32_t nret)
{
	const uint32_t *cell = (const uint32_t *)f->v.ram + 3 + nargs;
	long r;

	put_call(f, BUFFER, token, nargs, args, nret);
	r = stce_vm_rtas(f->v.vm, BUFFER);
	for (uint32_t i = 0; i < 16; i++)
		f->ret[i] = be32toh(cell[i]);
	/* The memory behind the outputs must not change. */
	assert_int_equal(f->ret[nret < 15 ? nret : 15], UNTOUCHED);
	return r;
}

static int call(struct firmware *f, uint32_t token, uint32_t nargs, uint32_t a, uint32_t b,
		uint32_t nret)
{
	uint64_t buid = f->config.buid;
	uint32_t args[5] = { CONFIG_ADDRESS, (uint32_t)(buid >> 32), (uint32_t)buid, a, b };

	assert_int_equal(raw_call(f, token, nargs, args, nret), STCE_H_SUCCESS);
	return (int)f->ret[0];
}

int query(struct firmware *f, uint32_t nret)
{
	return call(f, STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, 0, 0, nret);
}

int create(struct firmware *f, uint32_t page_shift, uint32_t window_shift)
{
	return call(f, STCE_RTAS_CREATE_PE_DMA_WINDOW, 5, page_shift, window_shift, 4);
}

int remove_liobn(struct firmware *f, uint32_t liobn)
{
	assert_int_equal(raw_call(f, STCE_RTAS_REMOVE_PE_DMA_WINDOW, 1, &liobn, 1), STCE_H_SUCCESS);
	return (int)f->ret[0];
}

int reset(struct firmware *f)
{
	return call(f, STCE_RTAS_RESET_PE_DMA_WINDOWS, 3, 0, 0, 1);
}

int reset_mode(struct firmware *f, uint32_t limited)
{
	return call(f, STCE_RTAS_RESET_PE_DMA_WINDOWS, 4, limited, 0, 1);
}

uint64_t created_start(const struct firmware *f)
{
	return (uint64_t)f->ret[2] << 32 | f->ret[3];
}

uint32_t windows_left(struct firmware *f)
{
	assert_int_equal(query(f, 6), 0);
	return f->ret[1];
}

int has_table(struct firmware *f, uint32_t liobn, uint64_t ioba)
{
	return h_put(&f->v, liobn, ioba, 0) == STCE_H_SUCCESS;
}

uint64_t locked(const struct firmware *f)
{
	return stats_of(f->v.c.machine).locked_bytes;
}
