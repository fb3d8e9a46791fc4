/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: dmatest
 *
 * The registers of the DMA test function, for its drivers. BAR 0 is 4 KiB of
 * little-endian registers. A driver accesses them 4 bytes at a time, or 8 where
 * the register has 64 bits. A write to %STCE_DMATEST_COMMAND returns when the
 * command has ended; bus mastering must be on in the PCI command register.
 * Meanwhile other threads can read registers, but their writes and resets wait.
 */
#ifndef SPAPR_TCE_DMATEST_H
#define SPAPR_TCE_DMATEST_H

#ifdef __cplusplus
extern "C" {
#endif

/* PCI identity. Virtual hardware uses vendor 0x1234 by convention; no vendor owns it. */
#define STCE_DMATEST_VENDOR 0x1234
#define STCE_DMATEST_DEVICE 0x7ce0

#define STCE_DMATEST_BAR_SIZE     4096
#define STCE_DMATEST_VECTOR_COUNT 4
/* The MSI-X table and the pending bits, as byte offsets in BAR 0. */
#define STCE_DMATEST_MSIX_TABLE   0x800
#define STCE_DMATEST_MSIX_PBA     0xc00

#define STCE_DMATEST_MAGIC_VALUE  0x45435453 /* "STCE" */
#define STCE_DMATEST_VERSION_1    1
/* The largest @STCE_DMATEST_LENGTH of a command, in bytes. */
#define STCE_DMATEST_LENGTH_MAX   (1ull << 30)

/**
 * enum stce_dmatest_register - byte offsets in BAR 0.
 * @STCE_DMATEST_MAGIC: 32 bits, reads %STCE_DMATEST_MAGIC_VALUE.
 * @STCE_DMATEST_VERSION: 32 bits, reads %STCE_DMATEST_VERSION_1.
 * @STCE_DMATEST_SOURCE: 64 bits, the bus address to read from.
 * @STCE_DMATEST_TARGET: 64 bits, the bus address to write to.
 * @STCE_DMATEST_LENGTH: 64 bits, in bytes.
 * @STCE_DMATEST_PATTERN: 32 bits; %STCE_DMATEST_FILL writes its low byte.
 * @STCE_DMATEST_CONTROL: 32 bits, see enum stce_dmatest_control.
 * @STCE_DMATEST_VECTOR: 32 bits, the MSI-X vector to raise, below
 *	%STCE_DMATEST_VECTOR_COUNT.
 * @STCE_DMATEST_COMMAND: 32 bits, see enum stce_dmatest_command; reads 0.
 * @STCE_DMATEST_STATUS: 32 bits, read only, see enum stce_dmatest_status.
 * @STCE_DMATEST_INTERRUPT: 32 bits; bit 0 is set while INTx is asserted.
 *	Writing 1 to it deasserts INTx. MSI-X does not use it.
 * @STCE_DMATEST_RESULT: 64 bits, read only: the result of the last checksum
 *	command that succeeded, the 64-bit FNV-1a hash of the bytes.
 * @STCE_DMATEST_MOVED: 64 bits, read only: the bytes that the last command has
 *	moved, or has moved so far.
 * @STCE_DMATEST_FAULT: 64 bits, read only: after %STCE_DMATEST_FAULTED a bus
 *	address in the 4 KiB that could not be read or written; after a copy, the
 *	source address of the piece that failed.
 */
enum stce_dmatest_register {
	STCE_DMATEST_MAGIC = 0x00,
	STCE_DMATEST_VERSION = 0x04,
	STCE_DMATEST_SOURCE = 0x08,
	STCE_DMATEST_TARGET = 0x10,
	STCE_DMATEST_LENGTH = 0x18,
	STCE_DMATEST_PATTERN = 0x20,
	STCE_DMATEST_CONTROL = 0x24,
	STCE_DMATEST_VECTOR = 0x28,
	STCE_DMATEST_COMMAND = 0x2c,
	STCE_DMATEST_STATUS = 0x30,
	STCE_DMATEST_INTERRUPT = 0x34,
	STCE_DMATEST_RESULT = 0x38,
	STCE_DMATEST_MOVED = 0x40,
	STCE_DMATEST_FAULT = 0x48
};

/**
 * enum stce_dmatest_control - bits of %STCE_DMATEST_CONTROL.
 * @STCE_DMATEST_NOTIFY: raise an interrupt when a command ends, well or not.
 */
enum stce_dmatest_control {
	STCE_DMATEST_NOTIFY = 1
};

/**
 * enum stce_dmatest_command - the values of %STCE_DMATEST_COMMAND.
 * @STCE_DMATEST_COPY: copy @LENGTH bytes from @SOURCE to @TARGET.
 * @STCE_DMATEST_FILL: fill @LENGTH bytes at @TARGET with @PATTERN.
 * @STCE_DMATEST_CHECKSUM: hash @LENGTH bytes at @SOURCE into @RESULT.
 * @STCE_DMATEST_RAISE: raise the interrupt and do nothing else.
 */
enum stce_dmatest_command {
	STCE_DMATEST_COPY = 1,
	STCE_DMATEST_FILL = 2,
	STCE_DMATEST_CHECKSUM = 3,
	STCE_DMATEST_RAISE = 4
};

/**
 * enum stce_dmatest_status - how the last command ended.
 * @STCE_DMATEST_IDLE: no command since the last reset.
 * @STCE_DMATEST_DONE: it succeeded.
 * @STCE_DMATEST_FAULTED: a DMA access failed; see @MOVED and @FAULT.
 * @STCE_DMATEST_BAD: no such command, or a length or vector out of range; the
 *	function did nothing.
 * @STCE_DMATEST_BUSY: it has not ended. Only other threads see this, because the
 *	thread that wrote the command executes it.
 */
enum stce_dmatest_status {
	STCE_DMATEST_IDLE = 0,
	STCE_DMATEST_DONE = 1,
	STCE_DMATEST_FAULTED = 2,
	STCE_DMATEST_BAD = 3,
	STCE_DMATEST_BUSY = 4
};

#ifdef __cplusplus
}
#endif

#endif
