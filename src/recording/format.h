/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one description of a recording, which is the file of `spapr-tce run --record`; spapr-tce-record(5)
 * tells users the same. Numbers are little-endian. A file is a header with the machine's options, then
 * blocks in the order in which programs wrote them, then one block of kind END, behind which are only
 * blocks that programs were writing when the run ended. A block is one program's, and can be read
 * without the blocks before it. encode.c and decode.c have the records inside a block.
 */
#ifndef STCE_RECORDING_FORMAT_H
#define STCE_RECORDING_FORMAT_H

#include "util/types.h"

#define RECORDING_VERSION 1

#define RECORDING_MAGIC     UINT64_C(0x4345524543545053)   /* "SPTCEREC" */
#define RECORDING_BLOCK     0x4b4c4253u                    /* "SBLK" */
#define RECORDING_END       0x444e4553u                    /* "SEND" */

#define RECORDING_LITTLE_ENDIAN 1

/* The options follow: one "option value" in each line. */
struct recording_header {
	uint64_t magic;
	uint32_t version;
	uint32_t page_size;      /* of the machine that recorded */
	uint32_t byte_order;     /* of the bytes that calls read and write */
	uint32_t options_size;
	uint32_t reserved;       /* 0 */
	uint32_t checksum;       /* CRC-32 of what precedes it, and of the options */
};

/* The records follow. */
struct recording_block {
	uint32_t kind;           /* RECORDING_BLOCK; RECORDING_END, without records */
	uint32_t size;           /* bytes of the records */
	uint64_t first;          /* number of the first record; in END: how many there were in all */
	uint32_t process;
	uint32_t count;          /* records */
	uint32_t reserved;       /* 0 */
	uint32_t checksum;       /* CRC-32 of what precedes it, and of the records */
};

_Static_assert(sizeof(struct recording_header) == 32 && sizeof(struct recording_block) == 32, "no padding");

#define RECORDING_OPTIONS_MAX 65536u
#define RECORDING_BLOCK_MAX   32768u     /* bytes of the records of one block */
#define RECORDING_BYTES_MAX   512u       /* bytes that a call reads or writes, as far as they are kept */
#define RECORDING_RECORD_MAX  2048u      /* an encoded record is not longer */

/* What happened. The numbers are the file's. */
enum recording_kind {
	RECORDING_PROCESS = 1,   /* a program joined the run, or was forked */
	RECORDING_EXIT,          /* it ended by exit(3) */
	RECORDING_OPEN,
	RECORDING_CLOSE,
	RECORDING_DUP,
	RECORDING_IOCTL,
	RECORDING_MMAP,
	RECORDING_UNMAP,         /* devices lost memory, or the program lost mapped registers */
	RECORDING_READ,          /* pread(2) and the like */
	RECORDING_WRITE,
	RECORDING_LOAD,          /* of a mapped register */
	RECORDING_STORE,
	RECORDING_DMA_READ,
	RECORDING_DMA_WRITE,
	RECORDING_ARRIVED,       /* a descriptor came by exec or through a socket */
	RECORDING_WATCHES,       /* the program learns what devices write, as QEMU does: it maps no registers */
	RECORDING_DATA,          /* with --record-data: a part of what the next DMA reads in memory */
	RECORDING_KINDS,
};

/* The numbers of a record. Those from RECORDING_A on depend on the kind. */
enum recording_field {
	RECORDING_THREAD,
	RECORDING_RESULT,        /* or -errno */
	RECORDING_FD,
	RECORDING_IN,            /* bytes in `in` */
	RECORDING_OUT,           /* bytes in `out` */
	RECORDING_A,
	RECORDING_B,
	RECORDING_C,
	RECORDING_FIELDS,

	RECORDING_PARENT = RECORDING_A,       /* of PROCESS: who forked it; 0: it joined by itself */
	RECORDING_FLAGS = RECORDING_A,        /* of OPEN; `in` is the path */
	RECORDING_COPY = RECORDING_A,         /* of DUP: the new number */
	RECORDING_CALL = RECORDING_A,         /* of IOCTL: its row in calls.c; 0: none */
	RECORDING_REQUEST = RECORDING_B,      /* of IOCTL: its request on the machine that recorded */
	RECORDING_NUMBER = RECORDING_C,       /* of IOCTL: its argument, if that is a number or has no row */
	RECORDING_ADDRESS = RECORDING_A,      /* of MMAP (the result), UNMAP, LOAD, STORE, DATA */
	RECORDING_LENGTH = RECORDING_B,       /* of MMAP, UNMAP, READ, WRITE, DMA_* */
	RECORDING_OFFSET = RECORDING_C,       /* of MMAP, READ, WRITE; of DMA_*: the bus address */
	RECORDING_FUNCTION = RECORDING_A,     /* of DMA_*: domain << 16 | bus << 8 | device << 3 | function */
};

/* MMAP has these in `in`. */
struct recording_mapping {
	uint32_t prot;
	uint32_t flags;
};

/* A record. Once it is decoded, bytes behind those that RECORDING_IN and RECORDING_OUT count are 0. */
struct recording_record {
	enum recording_kind kind;
	uint64_t number;         /* its place in the run, from 1 */
	uint64_t field[RECORDING_FIELDS];
	uint8_t in[RECORDING_BYTES_MAX];
	uint8_t out[RECORDING_BYTES_MAX];
};

#endif
