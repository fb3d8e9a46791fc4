/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements ibm,slot-error-detail [LoPAR 7.3.11.6]: an error log with the cause of the last freeze in
 * words, and with what the guest's driver wants to have beside it. The log is of version 6: a fixed part,
 * an extended part, and sections that the platform defines [linux rtas.h]. A PE that has never been frozen has no
 * log [DIFF-75]. The log stays until another freeze, so a guest may read it again.
 */
#include "papr/rtas.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/eeh_op.h"
#include "util/range.h"
#include "util/reason.h"

#define TEXT_SIZE 256

enum { LOG_TEMPORARY = 1, LOG_PERMANENT = 2 };

/* The parts of a log, in the order of its bytes. */
struct fixed_part {
	uint8_t version;              /* 6 */
	uint8_t severity;             /* in bits 0 to 2; disposition in 3 and 4; bit 5: an extended part follows */
	uint8_t initiator;            /* in bits 0 to 3; target in the others */
	uint8_t type;
	uint32_t extended_length;     /* big-endian */
};

struct extended_part {
	uint8_t flags;                /* valid, recoverable or not, new, big-endian */
	uint8_t reserved0;
	uint8_t format;               /* 14 is the format with sections */
	uint8_t reserved1[9];
	char company[4];
};

struct section_head {
	char id[2];
	uint16_t length;              /* big-endian, with this head */
	uint8_t version;
	uint8_t subtype;
	uint16_t creator;
};

#define HEADS_SIZE (sizeof(struct fixed_part) + sizeof(struct extended_part))

struct log {
	char bytes[STCE_RTAS_LOG_MAX];
	size_t length, room;
};

enum { SUBTYPE_CAUSE = 1, SUBTYPE_DRIVER = 2 };

/* Adds a section with as many of the bytes as there is room for, and returns where they begin, or NULL. */
static char *add_section(struct log *log, uint8_t subtype, size_t *length)
{
	struct section_head head = { .id = "UD", .version = 1, .subtype = subtype };
	char *place = &log->bytes[log->length];

	if (log->room - log->length <= sizeof(head) || !*length)
		return NULL;
	*length = min_u64(*length, log->room - log->length - sizeof(head));
	head.length = htobe16((uint16_t)(sizeof(head) + *length));
	memcpy(place, &head, sizeof(head));
	log->length += sizeof(head) + *length;
	return place + sizeof(head);
}

static void add_heads(struct log *log, const struct stce_eeh *eeh, bool is_permanent)
{
	const struct fixed_part fixed = {
		.version = 6,
		.severity = 4 << 5 | (is_permanent ? 2 : 1) << 3 | 1 << 2,     /* an error; recovered or not; extended */
		.initiator = 2 << 4 | 2,                                       /* PCI */
		.type = eeh->reason == STCE_EEH_FAULT ? 2 : 3,                 /* a TCE's, or a device's */
		.extended_length = htobe32((uint32_t)(log->length - sizeof(struct fixed_part))),
	};
	const struct extended_part extended = {
		.flags = 0x80 | (is_permanent ? 0x40 : 0x20) | 0x04 | 0x02,
		.format = 0x80 | 14,
		.company = "IBM",
	};

	memcpy(log->bytes, &fixed, sizeof(fixed));
	memcpy(&log->bytes[sizeof(fixed)], &extended, sizeof(extended));
}

/* Writes the cause as a sentence, and returns its length. */
static size_t say_cause(char *text, int group, const struct stce_eeh *eeh)
{
	int n = snprintf(text, TEXT_SIZE, "group %d frozen: %s", group, host_eeh_reason_name(eeh->reason));

	if (eeh->reason == STCE_EEH_FAULT)
		n += snprintf(text + n, TEXT_SIZE - (size_t)n, " %s", host_fault_name(eeh->fault));
	if (eeh->access)
		n += snprintf(text + n, TEXT_SIZE - (size_t)n, " at 0x%" PRIx64 ", %" PRIu64 " bytes, access %#x",
			      eeh->address, eeh->length, eeh->access);
	if (eeh->page_shift)
		n += snprintf(text + n, TEXT_SIZE - (size_t)n, ", entry %" PRIu64 " of the window at 0x%" PRIx64
			      ", pages of 2^%u", eeh->entry, eeh->window, eeh->page_shift);
	return (size_t)n + 1;
}

/* Makes the log. The driver's bytes are at arg[3], and there are arg[4] of them. */
static int make_log(struct papr_vm *vm, const struct papr_rtas *call, int group, const struct stce_eeh *eeh,
		    struct log *log)
{
	char text[TEXT_SIZE], *place;
	size_t length = say_cause(text, group, eeh);

	log->length = HEADS_SIZE;
	place = add_section(log, SUBTYPE_CAUSE, &length);
	if (place)
		memcpy(place, text, length);
	length = call->arg[4];
	place = add_section(log, SUBTYPE_DRIVER, &length);
	if (place && papr_rtas_read(vm, call->arg[3], place, length))
		return -EFAULT;
	add_heads(log, eeh, call->arg[7] == LOG_PERMANENT);
	return 0;
}

/* Finds the newest PE that has been frozen, or returns NULL. */
static struct host_pe *find_frozen(const struct papr_bridge *bridge, struct stce_eeh *eeh)
{
	for (struct papr_member *m = bridge->members; m; m = m->next) {
		host_eeh_describe(&m->pe->eeh, eeh, sizeof(*eeh));
		if (eeh->reason != STCE_EEH_NEVER)
			return m->pe;
	}
	return NULL;
}

int papr_rtas_slot_error_detail(struct papr_vm *vm, struct papr_rtas *call)
{
	struct papr_bridge *bridge = papr_rtas_find_eeh(vm, call, 1);
	struct log log = { .room = min_u64(call->arg[6], STCE_RTAS_LOG_MAX) };
	uint32_t function = call->arg[7];
	struct stce_eeh eeh;
	struct host_pe *pe;

	if (!bridge)
		return STCE_RTAS_PARAMETER_ERROR;
	if ((function != LOG_TEMPORARY && function != LOG_PERMANENT) || log.room < HEADS_SIZE) {
		REASON(-EINVAL, "there is no error log of kind %u in %zu bytes", function, log.room);
		return STCE_RTAS_PARAMETER_ERROR;
	}
	pe = find_frozen(bridge, &eeh);
	if (!pe)
		return STCE_RTAS_NO_LOG;
	if (make_log(vm, call, pe->group, &eeh, &log) || papr_rtas_write(vm, call->arg[5], log.bytes, log.length))
		return STCE_RTAS_PARAMETER_ERROR;
	return STCE_RTAS_SUCCESS;
}
