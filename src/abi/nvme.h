/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defines the registers, commands, status codes and data structures of NVM Express 1.4 that a
 * controller of one namespace needs, as far as nvme/ uses them. Names follow the specification.
 */
#ifndef STCE_ABI_NVME_H
#define STCE_ABI_NVME_H

#include <stddef.h>

#include "abi/endian.h"

#define NVME_CLASS_CODE 0x010802

/* Controller registers, as byte offsets in BAR 0 [NVMe 1.4 3.1]. */
enum nvme_register {
	NVME_REG_CAP = 0x00,
	NVME_REG_VS = 0x08,
	NVME_REG_INTMS = 0x0c,
	NVME_REG_INTMC = 0x10,
	NVME_REG_CC = 0x14,
	NVME_REG_CSTS = 0x1c,
	NVME_REG_AQA = 0x24,
	NVME_REG_ASQ = 0x28,
	NVME_REG_ACQ = 0x30,
	NVME_REG_DOORBELLS = 0x1000,
};

#define NVME_VERSION_1_4 0x00010400u

#define NVME_CAP_MQES(entries)   ((uint64_t)(entries) - 1)
#define NVME_CAP_CQR             (UINT64_C(1) << 16)
#define NVME_CAP_TO(half_seconds) ((uint64_t)(half_seconds) << 24)
#define NVME_CAP_CSS_NVM         (UINT64_C(1) << 37)
#define NVME_CAP_MPSMIN(shift)   ((uint64_t)((shift) - 12) << 48)
#define NVME_CAP_MPSMAX(shift)   ((uint64_t)((shift) - 12) << 52)

#define NVME_CC_EN           0x1u
#define NVME_CC_CSS(cc)      ((cc) >> 4 & 0x7)
#define NVME_CC_MPS_SHIFT(cc) (((cc) >> 7 & 0xf) + 12)
#define NVME_CC_AMS(cc)      ((cc) >> 11 & 0x7)
#define NVME_CC_SHN(cc)      ((cc) >> 14 & 0x3)
#define NVME_CC_IOSQES(cc)   ((cc) >> 16 & 0xf)
#define NVME_CC_IOCQES(cc)   ((cc) >> 20 & 0xf)
#define NVME_CC_WRITABLE     0x00fffff1u

#define NVME_CSTS_RDY           0x1u
#define NVME_CSTS_CFS           0x2u
#define NVME_CSTS_SHST_MASK     0xcu
#define NVME_CSTS_SHST_COMPLETE 0x8u

#define NVME_AQA_ASQS(aqa) (((aqa) & 0xfff) + 1)
#define NVME_AQA_ACQS(aqa) (((aqa) >> 16 & 0xfff) + 1)
#define NVME_AQA_WRITABLE  0x0fff0fffu

#define NVME_SQE_SHIFT 6
#define NVME_CQE_SHIFT 4

enum nvme_admin_opcode {
	NVME_ADMIN_DELETE_SQ = 0x00,
	NVME_ADMIN_CREATE_SQ = 0x01,
	NVME_ADMIN_GET_LOG_PAGE = 0x02,
	NVME_ADMIN_DELETE_CQ = 0x04,
	NVME_ADMIN_CREATE_CQ = 0x05,
	NVME_ADMIN_IDENTIFY = 0x06,
	NVME_ADMIN_ABORT = 0x08,
	NVME_ADMIN_SET_FEATURES = 0x09,
	NVME_ADMIN_GET_FEATURES = 0x0a,
	NVME_ADMIN_ASYNC_EVENT = 0x0c,
};

enum nvme_io_opcode {
	NVME_IO_FLUSH = 0x00,
	NVME_IO_WRITE = 0x01,
	NVME_IO_READ = 0x02,
	NVME_IO_COMPARE = 0x05,
	NVME_IO_WRITE_ZEROES = 0x08,
	NVME_IO_DATASET_MANAGEMENT = 0x09,
};

/* A status is the status code type << 8 | the status code [NVMe 1.4 4.6.1]. */
enum nvme_status {
	NVME_OK = 0x000,
	NVME_INVALID_OPCODE = 0x001,
	NVME_INVALID_FIELD = 0x002,
	NVME_DATA_TRANSFER_ERROR = 0x004,
	NVME_INTERNAL_ERROR = 0x006,
	NVME_ABORT_REQUESTED = 0x007,
	NVME_INVALID_NAMESPACE = 0x00b,
	NVME_COMMAND_SEQUENCE_ERROR = 0x00c,
	NVME_INVALID_PRP_OFFSET = 0x013,
	NVME_WRITE_PROTECTED = 0x020,
	NVME_LBA_OUT_OF_RANGE = 0x080,
	NVME_CAPACITY_EXCEEDED = 0x081,
	NVME_INVALID_CQ = 0x100,
	NVME_INVALID_QUEUE_ID = 0x101,
	NVME_INVALID_QUEUE_SIZE = 0x102,
	NVME_EVENT_LIMIT_EXCEEDED = 0x105,
	NVME_INVALID_VECTOR = 0x108,
	NVME_INVALID_LOG_PAGE = 0x109,
	NVME_INVALID_QUEUE_DELETION = 0x10c,
	NVME_FEATURE_NOT_SAVEABLE = 0x10d,
	NVME_FEATURE_NOT_PER_NAMESPACE = 0x10f,
	NVME_WRITE_FAULT = 0x280,
	NVME_UNRECOVERED_READ = 0x281,
	NVME_COMPARE_FAILURE = 0x285,
	NVME_STATUS_MASK = 0x7ff,
	NVME_DO_NOT_RETRY = 0x4000,
};

#define NVME_NSID_ALL 0xffffffffu

struct nvme_command {
	uint8_t opcode;
	uint8_t flags;          /* fused operation 1:0, PRP or SGL 7:6 */
	struct le16 cid;
	struct le32 nsid;
	struct le32 cdw2, cdw3;
	struct le64 metadata;
	struct le64 prp1, prp2;
	struct le32 cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};
_Static_assert(sizeof(struct nvme_command) == 1 << NVME_SQE_SHIFT, "submission queue entry");

#define NVME_COMMAND_FUSED 0x03
#define NVME_COMMAND_PSDT  0xc0

struct nvme_completion {
	struct le32 result;
	struct le32 reserved;
	struct le16 sq_head;
	struct le16 sq_id;
	struct le16 cid;
	struct le16 status;     /* phase in bit 0 */
};
_Static_assert(sizeof(struct nvme_completion) == 1 << NVME_CQE_SHIFT, "completion queue entry");

#define NVME_QUEUE_CONTIGUOUS 0x1u   /* create I/O queue, dword 11 */
#define NVME_CQ_INTERRUPTS    0x2u

#define NVME_RW_FUA           (UINT64_C(1) << 30)   /* dword 12 */
#define NVME_ZEROES_DEALLOCATE (UINT64_C(1) << 25)
#define NVME_DSM_DEALLOCATE   0x4u        /* dword 11 */

struct nvme_dsm_range {
	struct le32 attributes;
	struct le32 blocks;
	struct le64 start;
};
_Static_assert(sizeof(struct nvme_dsm_range) == 16, "dataset management range");

enum nvme_cns {
	NVME_CNS_NAMESPACE = 0x00,
	NVME_CNS_CONTROLLER = 0x01,
	NVME_CNS_ACTIVE_NAMESPACES = 0x02,
	NVME_CNS_NAMESPACE_DESCRIPTORS = 0x03,
};

#define NVME_IDENTIFY_SIZE 4096

struct nvme_power_state {
	struct le16 max_power;           /* centiwatts */
	uint8_t reserved2;
	uint8_t flags;
	struct le32 entry_latency, exit_latency;   /* microseconds */
	uint8_t reserved12[20];
};
_Static_assert(sizeof(struct nvme_power_state) == 32, "power state descriptor");

/* [NVMe 1.4 figure 247] */
struct nvme_identify_controller {
	struct le16 vid, ssvid;
	char sn[20];
	char mn[40];
	char fr[8];
	uint8_t rab;
	uint8_t ieee[3];
	uint8_t cmic;
	uint8_t mdts;
	struct le16 cntlid;
	struct le32 ver;
	struct le32 rtd3r, rtd3e;
	struct le32 oaes;
	struct le32 ctratt;
	uint8_t reserved100[11];
	uint8_t cntrltype;
	uint8_t reserved112[144];
	struct le16 oacs;
	uint8_t acl, aerl;
	uint8_t frmw, lpa, elpe, npss;
	uint8_t avscc, apsta;
	struct le16 wctemp, cctemp;
	uint8_t reserved270[10];
	struct le64 tnvmcap[2];
	uint8_t reserved296[216];
	uint8_t sqes, cqes;
	struct le16 maxcmd;
	struct le32 nn;
	struct le16 oncs;
	struct le16 fuses;
	uint8_t fna, vwc;
	struct le16 awun, awupf;
	uint8_t nvscc, nwpc;
	struct le16 acwu;
	uint8_t reserved534[2];
	struct le32 sgls, mnan;
	uint8_t reserved544[224];
	char subnqn[256];
	uint8_t reserved1024[1024];
	struct nvme_power_state psd[32];
	uint8_t vendor[1024];
};
_Static_assert(offsetof(struct nvme_identify_controller, ver) == 80, "VER");
_Static_assert(offsetof(struct nvme_identify_controller, cntrltype) == 111, "CNTRLTYPE");
_Static_assert(offsetof(struct nvme_identify_controller, oacs) == 256, "OACS");
_Static_assert(offsetof(struct nvme_identify_controller, tnvmcap) == 280, "TNVMCAP");
_Static_assert(offsetof(struct nvme_identify_controller, sqes) == 512, "SQES");
_Static_assert(offsetof(struct nvme_identify_controller, sgls) == 536, "SGLS");
_Static_assert(offsetof(struct nvme_identify_controller, subnqn) == 768, "SUBNQN");
_Static_assert(offsetof(struct nvme_identify_controller, psd) == 2048, "PSD0");
_Static_assert(sizeof(struct nvme_identify_controller) == NVME_IDENTIFY_SIZE, "controller");

#define NVME_CNTRLTYPE_IO        1
#define NVME_FRMW_ONE_SLOT_RO    0x03
#define NVME_LPA_EFFECTS         0x02
#define NVME_LPA_EXTENDED        0x04
#define NVME_ONCS_COMPARE        0x01
#define NVME_ONCS_DSM            0x04
#define NVME_ONCS_WRITE_ZEROES   0x08
#define NVME_VWC_PRESENT         0x01
#define NVME_VWC_FLUSH_ALL       0x06

/* [NVMe 1.4 figure 245] */
struct nvme_identify_namespace {
	struct le64 nsze, ncap, nuse;
	uint8_t nsfeat, nlbaf, flbas, mc, dpc, dps, nmic, rescap, fpi, dlfeat;
	uint8_t reserved34[14];
	struct le64 nvmcap[2];
	struct le16 npwg, npwa, npdg, npda, nows;
	uint8_t reserved74[25];
	uint8_t nsattr;
	uint8_t reserved100[4];
	uint8_t nguid[16];
	uint8_t eui64[8];
	struct le32 lbaf[16];
	uint8_t reserved192[3904];
};
_Static_assert(offsetof(struct nvme_identify_namespace, nvmcap) == 48, "NVMCAP");
_Static_assert(offsetof(struct nvme_identify_namespace, nsattr) == 99, "NSATTR");
_Static_assert(offsetof(struct nvme_identify_namespace, nguid) == 104, "NGUID");
_Static_assert(offsetof(struct nvme_identify_namespace, lbaf) == 128, "LBAF0");
_Static_assert(sizeof(struct nvme_identify_namespace) == NVME_IDENTIFY_SIZE, "namespace");

#define NVME_NSFEAT_OPTPERF          0x10
#define NVME_NSATTR_WRITE_PROTECTED  0x01
#define NVME_DLFEAT_ZEROES           0x01
#define NVME_DLFEAT_WRITE_ZEROES     0x08
#define NVME_LBAF(shift)             ((uint32_t)(shift) << 16)

struct nvme_namespace_descriptor {
	uint8_t type;
	uint8_t length;
	uint8_t reserved[2];
	uint8_t id[16];
};
#define NVME_NIDT_UUID 3

enum nvme_log {
	NVME_LOG_ERROR = 0x01,
	NVME_LOG_SMART = 0x02,
	NVME_LOG_FIRMWARE = 0x03,
	NVME_LOG_EFFECTS = 0x05,
};

#define NVME_LOG_RETAIN_EVENT 0x8000u   /* dword 10 */

struct nvme_error_entry {
	struct le64 count;
	struct le16 sq_id;
	struct le16 cid;
	struct le16 status;
	struct le16 parameter;
	struct le64 lba;
	struct le32 nsid;
	uint8_t vendor, transport;
	uint8_t reserved30[34];
};
_Static_assert(sizeof(struct nvme_error_entry) == 64, "error log entry");

struct nvme_smart_log {
	uint8_t critical_warning;
	uint8_t temperature[2];          /* kelvin, unaligned */
	uint8_t spare, spare_threshold, used;
	uint8_t reserved6[26];
	/* The counters have 128 bits, low half first. */
	struct le64 units_read[2], units_written[2];   /* thousands of 512 bytes */
	struct le64 reads[2], writes[2];
	struct le64 busy_minutes[2];
	struct le64 power_cycles[2], power_on_hours[2], unsafe_shutdowns[2];
	struct le64 media_errors[2], error_entries[2];
	uint8_t reserved192[320];
};
_Static_assert(offsetof(struct nvme_smart_log, units_read) == 32, "data units read");
_Static_assert(offsetof(struct nvme_smart_log, error_entries) == 176, "error log entries");
_Static_assert(sizeof(struct nvme_smart_log) == 512, "SMART log");

#define NVME_SMART_TEMPERATURE 0x02
#define NVME_SMART_READ_ONLY   0x08

struct nvme_firmware_log {
	uint8_t active;
	uint8_t reserved1[7];
	char revision[7][8];
	uint8_t reserved64[448];
};
_Static_assert(sizeof(struct nvme_firmware_log) == 512, "firmware slot log");

struct nvme_effects_log {
	struct le32 admin[256];
	struct le32 io[256];
	uint8_t reserved[2048];
};
_Static_assert(sizeof(struct nvme_effects_log) == 4096, "commands supported log");

#define NVME_EFFECT_SUPPORTED 0x1u
#define NVME_EFFECT_CONTENT   0x2u   /* changes logical block content */

enum nvme_feature {
	NVME_FEATURE_ARBITRATION = 0x01,
	NVME_FEATURE_POWER = 0x02,
	NVME_FEATURE_TEMPERATURE = 0x04,
	NVME_FEATURE_ERROR_RECOVERY = 0x05,
	NVME_FEATURE_WRITE_CACHE = 0x06,
	NVME_FEATURE_QUEUES = 0x07,
	NVME_FEATURE_COALESCING = 0x08,
	NVME_FEATURE_VECTOR = 0x09,
	NVME_FEATURE_ATOMICITY = 0x0a,
	NVME_FEATURE_EVENTS = 0x0b,
};

/* Asynchronous events [NVMe 1.4 5.2]. */
enum nvme_event_type {
	NVME_EVENT_ERROR = 0,
	NVME_EVENT_HEALTH = 1,
	NVME_EVENT_TYPE_COUNT,
};

#define NVME_EVENT_INVALID_DOORBELL       0x00   /* of NVME_EVENT_ERROR */
#define NVME_EVENT_INVALID_DOORBELL_VALUE 0x01
#define NVME_EVENT_TEMPERATURE            0x01   /* of NVME_EVENT_HEALTH */

#endif
