/* SPDX-License-Identifier: BSD-2-Clause */
/* The drivers of two virtual functions, and what the physical function's driver does for them. */
#include "vf_driver.h"

#include "testing.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dev/irq_setup.h"
#include "igb/vf.h"
#include "igb/worker.h"

struct vf v[VF_COUNT];

static void make(unsigned int n, bool has_host)
{
	struct function_init init;
	char why[FUNCTION_WHY_SIZE] = "", address[FUNCTION_ADDRESS_SIZE];

	bus_init(&v[n].bus);
	init = bus_parse(&v[n].bus, "");
	snprintf(address, sizeof(address), "0000:01:10.%u", 2 * n);
	init.address = address;
	init.physical = c.fn;
	init.number = n;
	init.physical_has_host = has_host;
	assert_int_equal(igb_vf_function_type.create(&init, &v[n].fn, why), 0);
	for (unsigned int i = 0; i < IGB_VF_VECTORS; i++)
		v[n].event[i] = bus_eventfd();
	assert_int_equal(irq_set_eventfds(&v[n].fn->irqs, IRQ_MSIX, 0, IGB_VF_VECTORS, v[n].event), 0);
	bus_enable(v[n].fn);
}

static void add_all(bool has_host)
{
	memset(v, 0, sizeof(v));
	for (unsigned int n = 0; n < VF_COUNT; n++)
		make(n, has_host);
	function_set_vfs(c.fn, VF_COUNT);
}

int vf_setup(void **state)
{
	card_setup(state);
	add_all(false);
	return 0;
}

int vf_setup_hosted(void **state)
{
	card_setup(state);
	add_all(true);
	return 0;
}

/* Address n + 1 belongs to pool n. */
static void own_address(unsigned int pool)
{
	card_write(IGB_RA + 8 * pool, 2);
	card_write(IGB_RA + 8 * pool + 4, IGB_RAH_VALID | 1u << (IGB_RAH_POOL_SHIFT + pool) | (pool + 1) << 8);
}

int vf_start(void **state)
{
	card_setup(state);
	add_all(false);
	card_write(IGB_CTRL, card_read(IGB_CTRL) | IGB_CTRL_SLU);
	card_write(IGB_MRQC, IGB_MRQC_VMDQ);
	card_write(IGB_VT_CTL, 2 << IGB_VT_CTL_POOL_SHIFT);
	card_write(IGB_DTXSWC, IGB_DTXSWC_LOOPBACK);
	for (unsigned int pool = 0; pool <= VF_COUNT; pool++) {
		own_address(pool);
		card_write(IGB_VMOLR(pool), IGB_VMOLR_STRCRC | IGB_VMOLR_BAM | IGB_VMOLR_AUPE);
	}
	card_tx_on(2);
	card_rx_on(2, 1 << IGB_SRRCTL_TYPE_SHIFT | CARD_BUFFER / 1024);
	card_write(IGB_VFRE, 7);
	card_write(IGB_VFTE, 7);
	card_write(IGB_CTRL_EXT, IGB_CTRL_EXT_PFRSTD);
	for (unsigned int n = 0; n < VF_COUNT; n++)
		vf_rings_on(n);
	card_write(IGB_TCTL, IGB_TCTL_EN | IGB_TCTL_PSP);
	card_write(IGB_RCTL, IGB_RCTL_EN | IGB_RCTL_SECRC);
	card_write(IGB_VFLRE, 0xff);
	card_read(IGB_ICR);
	return 0;
}

int vf_teardown(void **state)
{
	card_teardown(state);
	for (unsigned int n = 0; n < VF_COUNT; n++) {
		irq_disable_all(&v[n].fn->irqs);
		for (unsigned int i = 0; i < IGB_VF_VECTORS; i++)
			close(v[n].event[i]);
		function_free(v[n].fn);
		bus_fini(&v[n].bus);
	}
	return 0;
}

static struct igb_descriptor *slot(unsigned int n, unsigned int page, uint32_t index)
{
	return (struct igb_descriptor *)bus_page(&v[n].bus, page) + index % VF_RING;
}

static void ring_on(unsigned int n, uint32_t base, unsigned int page)
{
	memset(bus_page(&v[n].bus, page), 0, BUS_PAGE_SIZE);
	vf_write(n, base + IGB_QUEUE_BAL, (uint32_t)bus_ioba(page));
	vf_write(n, base + IGB_QUEUE_LEN, VF_RING * IGB_DESCRIPTOR_SIZE);
	vf_write(n, base + IGB_QUEUE_DCTL, IGB_DCTL_ENABLE);
}

void vf_rings_on(unsigned int n)
{
	v[n].tx_tail = v[n].rx_head = 0;
	ring_on(n, VF_TX(0), 0);
	ring_on(n, VF_RX(0), 1);
	vf_write(n, VF_RX(IGB_QUEUE_SRRCTL), 1 << IGB_SRRCTL_TYPE_SHIFT | 2);
	for (uint32_t i = 0; i < VF_RING; i++)
		slot(n, 1, i)->address = le64_make(bus_ioba(VF_BUFFERS + i));
	vf_write(n, VF_RX(IGB_QUEUE_TAIL), VF_RING - 1);
}

uint8_t *vf_frame(unsigned int n, uint8_t to, uint8_t from)
{
	const uint8_t head[14] = { 2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 0x88, 0xb5 };
	uint8_t *frame = bus_page(&v[n].bus, VF_DATA);

	memset(frame, 0x5a, 64);
	memcpy(frame, head, sizeof(head));
	return frame;
}

void vf_send_long(unsigned int n, uint32_t length)
{
	*slot(n, 0, v[n].tx_tail) = (struct igb_descriptor){
		le64_make(bus_ioba(VF_DATA)),
		le32_make(length | IGB_TX_DATA | IGB_TX_DEXT | IGB_TX_IFCS | IGB_TX_EOP | IGB_TX_RS), le32_make(0),
	};
	v[n].tx_tail = (v[n].tx_tail + 1) % VF_RING;
	vf_write(n, VF_TX(IGB_QUEUE_TAIL), v[n].tx_tail);
	card_wait();
}

void vf_send(unsigned int n)
{
	vf_send_long(n, 64);
}

const uint8_t *vf_take_long(unsigned int n, uint32_t length)
{
	const struct igb_descriptor *d = slot(n, 1, v[n].rx_head);

	if (!(le32_get(d->low) & IGB_RX_DD))
		return NULL;
	assert_int_equal(le32_get(d->low) & (IGB_RX_EOP | 0xff000000), IGB_RX_EOP);
	assert_int_equal(le32_get(d->high) & 0xffff, length);
	return bus_page(&v[n].bus, VF_BUFFERS + v[n].rx_head++ % VF_RING);
}

const uint8_t *vf_take(unsigned int n)
{
	return vf_take_long(n, 64);
}

void vf_copy_registers(uint32_t to[IGB_WORDS])
{
	struct igb *igb = igb_of(c.fn);

	pthread_mutex_lock(&c.fn->lock);
	igb_quiesce(c.fn);
	memcpy(to, igb->reg, sizeof(igb->reg));
	pthread_mutex_unlock(&c.fn->lock);
}
