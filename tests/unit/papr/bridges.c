/* SPDX-License-Identifier: BSD-2-Clause */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "bridges.h"

static const uint32_t tokens[STCE_RTAS_ASSOCIATE_CALLS] = { ASSOCIATE, DISSOCIATE };

static void open_bus(struct bridges *b, unsigned int n)
{
	struct client *c = &b->f.v.c;
	char path[32];

	b->container[n] = n ? open_container(c) : c->container;
	snprintf(path, sizeof(path), "/dev/vfio/%u", n + 1);
	b->group[n] = n ? stce_open(c->machine, path, O_RDWR) : c->group;
	if (!n)
		return;
	assert_int_equal(set_container(b->group[n], b->container[n]), 0);
	assert_int_equal(set_iommu(b->container[n], VFIO_SPAPR_TCE_v2_IOMMU), 0);
	assert_int_equal(register_memory(b->container[n], b->f.v.ram, RAM_PAGES * PAGE), 0);
}

void bridges_add_group(struct bridges *b, unsigned int n)
{
	assert_int_equal(stce_phb_add_group(b->phb[n], b->container[n], b->group[n]), 0);
}

static void start(struct bridges *b)
{
	stce_phb_free(b->f.phb);
	b->f.phb = NULL;
	assert_int_equal(stce_vm_set_rtas_associate(b->f.v.vm, tokens), 0);
	for (unsigned int page = 0; page < RAM_PAGES; page++)
		memset(b->f.v.ram + page * PAGE, 'a' + (int)page, PAGE);
	for (unsigned int n = 0; n < b->count; n++) {
		assert_int_equal(stce_phb_config_init(&b->config[n], "power9", n), 0);
		assert_int_equal(stce_phb_new(b->f.v.vm, &b->config[n], &b->phb[n]), 0);
		open_bus(b, n);
		bridges_add_group(b, n);
	}
}

void bridges_start(struct bridges *b)
{
	memset(b, 0, sizeof(*b));
	b->count = BRIDGES;
	firmware_start_with(&b->f, "power9", "device", "dmatest,addr=0000:03:00.0,group=3");
	start(b);
}

void bridges_start_with(struct bridges *b, const char *option, const char *value)
{
	memset(b, 0, sizeof(*b));
	b->count = 2;
	firmware_start_with(&b->f, "power9", option, value);
	start(b);
}

void bridges_free(struct bridges *b, unsigned int n)
{
	stce_phb_free(b->phb[n]);
	b->phb[n] = NULL;
}

void bridges_again(struct bridges *b, unsigned int n)
{
	bridges_free(b, n);
	assert_int_equal(stce_phb_new(b->f.v.vm, &b->config[n], &b->phb[n]), 0);
	bridges_add_group(b, n);
}

void bridges_stop(struct bridges *b)
{
	for (unsigned int n = 0; n < b->count; n++)
		bridges_free(b, n);
	for (unsigned int n = 1; n < b->count; n++) {
		stce_close(b->group[n]);
		stce_close(b->container[n]);
	}
	firmware_stop(&b->f);
}

static int call_on(struct bridges *b, unsigned int n, uint32_t token, uint32_t nargs, uint32_t x, uint32_t y,
		   uint32_t nret)
{
	uint64_t buid = b->config[n].buid;
	const uint32_t args[5] = { CONFIG_ADDRESS, (uint32_t)(buid >> 32), (uint32_t)buid, x, y };

	assert_int_equal(raw_call(&b->f, token, nargs, args, nret), STCE_H_SUCCESS);
	return (int)b->f.ret[0];
}

int associate(struct bridges *b, unsigned int n, uint32_t liobn)
{
	return call_on(b, n, ASSOCIATE, 4, liobn, 0, 1);
}

int dissociate(struct bridges *b, unsigned int n, uint32_t liobn)
{
	return call_on(b, n, DISSOCIATE, 4, liobn, 0, 1);
}

int create_on(struct bridges *b, unsigned int n, uint32_t page_shift, uint32_t window_shift)
{
	return call_on(b, n, STCE_RTAS_CREATE_PE_DMA_WINDOW, 5, page_shift, window_shift, 4);
}

int reset_of(struct bridges *b, unsigned int n)
{
	return call_on(b, n, STCE_RTAS_RESET_PE_DMA_WINDOWS, 3, 0, 0, 1);
}

uint32_t left_on(struct bridges *b, unsigned int n)
{
	assert_int_equal(call_on(b, n, STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, 0, 0, 5), 0);
	return b->f.ret[1];
}

void map_page(struct bridges *b, uint32_t liobn, uint64_t ioba, unsigned int page)
{
	assert_int_equal(h_put(&b->f.v, liobn, ioba, (GPA + page * PAGE) | 3), STCE_H_SUCCESS);
}

int sees(struct bridges *b, unsigned int n, uint64_t ioba, unsigned int page)
{
	char byte = 0;

	return !stce_dma_read(b->f.v.c.machine, (int)n + 1, ioba, &byte, 1) && byte == (char)('a' + (int)page);
}

int is_blind(struct bridges *b, unsigned int n, uint64_t ioba)
{
	char byte;

	return stce_dma_read(b->f.v.c.machine, (int)n + 1, ioba, &byte, 1) == -EFAULT;
}
