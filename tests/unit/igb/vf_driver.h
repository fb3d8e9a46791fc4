/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two virtual functions of the card, each in a PE with memory of its own, and the driver of each. A virtual
 * function transmits from page 0, receives into page 1 with buffers from page VF_BUFFERS on, and page VF_DATA
 * belongs to the test. The physical function has pool 2.
 */
#ifndef STCE_TESTS_IGB_VF_DRIVER_H
#define STCE_TESTS_IGB_VF_DRIVER_H

#include "driver.h"

#define VF_COUNT   2u
#define VF_RING    16u         /* descriptors */
#define VF_BUFFERS 16u
#define VF_DATA    64u
#define VF_RX(reg) (0x2800u + (reg))
#define VF_TX(reg) (0x3800u + (reg))

struct vf {
	struct bus bus;
	struct function *fn;
	int event[IGB_VF_VECTORS];
	uint32_t tx_tail, rx_head;
};

extern struct vf v[VF_COUNT];

int vf_setup(void **state);     /* two virtual functions, the card as after a reset */
int vf_setup_hosted(void **state);   /* the same, and the host drives the card */
int vf_start(void **state);     /* and its driver has divided the queues and enabled both, which have rings */
int vf_teardown(void **state);
#define VF_TEST(test)      cmocka_unit_test_setup_teardown(test, vf_start, vf_teardown)
#define VF_TEST_HOSTED(test) cmocka_unit_test_setup_teardown(test, vf_setup_hosted, vf_teardown)
#define VF_TEST_COLD(test) cmocka_unit_test_setup_teardown(test, vf_setup, vf_teardown)

static inline uint32_t vf_read(unsigned int n, uint32_t offset)
{
	return bus_read32(v[n].fn, offset);
}

static inline void vf_write(unsigned int n, uint32_t offset, uint32_t value)
{
	bus_write32(v[n].fn, offset, value);
}

/* Sets the rings of queue 0 up. */
void vf_rings_on(unsigned int n);
/* Makes a frame of 64 bytes in page VF_DATA, from address `from` to address `to`, of which only the last byte counts. */
uint8_t *vf_frame(unsigned int n, uint8_t to, uint8_t from);
void vf_send(unsigned int n);
/* The same with `length` bytes of that page. */
void vf_send_long(unsigned int n, uint32_t length);
/* Copies all registers of the card while its worker does nothing. */
void vf_copy_registers(uint32_t to[IGB_WORDS]);
/* Returns the next received frame, or NULL. It has 64 bytes, or `length`. */
const uint8_t *vf_take(unsigned int n);
const uint8_t *vf_take_long(unsigned int n, uint32_t length);

#endif
