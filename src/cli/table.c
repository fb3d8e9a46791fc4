/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints rows of counters. A counter that no row names follows in a row of its own, with its text
 * from stats.h, so that no counter is ever missing.
 */
#include "table.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "cli.h"

#define PARTS_PER_ROW 8

enum unit { count, bytes };

struct part {
	size_t offset;      /* offset in struct stce_stats, plus 1; 0 ends the row */
	enum unit unit;
	const char *text;
};

#define PART(field, unit, text) { offsetof(struct stce_stats, field) + 1, unit, text }

static const struct row {
	const char *name;
	struct part parts[PARTS_PER_ROW];
} rows[] = {
	{ "windows", {
		PART(windows_created, count, "made"),
		PART(windows_removed, count, "removed") } },
	{ "tables", {
		PART(table_bytes, bytes, "at the end"),
		PART(table_bytes_peak, bytes, "peak") } },
	{ "without sharing", {
		PART(table_bytes_unshared, bytes, "of tables at the end"),
		PART(table_bytes_unshared_peak, bytes, "peak") } },
	{ "VFIO calls", {
		PART(map_calls, count, "map"),
		PART(unmap_calls, count, "unmap"),
		PART(register_calls, count, "register"),
		PART(unregister_calls, count, "unregister"),
		PART(create_calls, count, "create"),
		PART(remove_calls, count, "remove"),
		PART(other_calls, count, "other"),
		PART(refused_calls, count, "of them refused") } },
	{ "TCE hypercalls", {
		PART(h_put_tce, count, "H_PUT_TCE"),
		PART(h_put_tce_indirect, count, "H_PUT_TCE_INDIRECT"),
		PART(h_stuff_tce, count, "H_STUFF_TCE"),
		PART(h_get_tce, count, "H_GET_TCE") } },
	{ "finished", {
		PART(hcalls_real, count, "in real mode"),
		PART(hcalls_virtual, count, "in virtual mode"),
		PART(hcalls_user, count, "by the program") } },
	{ "guest tables", {
		PART(guest_tables, count, "made"),
		PART(links, count, "linked to windows") } },
	{ "pages mapped", {
		PART(pages_mapped, count, "at the end"),
		PART(pages_mapped_peak, count, "peak"),
		PART(tces_written, count, "TCEs written") } },
	{ "registered memory", {
		PART(registered_bytes, bytes, "still registered at the end"),
		PART(registered_bytes_peak, bytes, "peak") } },
	{ "locked memory", {
		PART(locked_bytes, bytes, "still charged at the end"),
		PART(locked_bytes_peak, bytes, "peak") } },
	{ "DMA", {
		PART(dma_read_bytes, bytes, "read by devices"),
		PART(dma_write_bytes, bytes, "written by devices"),
		PART(dma_accesses, count, "accesses") } },
	{ "device registers", {
		PART(mmio_reads, count, "reads"),
		PART(mmio_writes, count, "writes") } },
	{ "iothread", {
		PART(doorbells_handed, count, "doorbells served"),
		PART(uring_transfers, count, "transfers through io_uring"),
		PART(uring_refused, count, "without io_uring, which the kernel refuses") } },
	{ "interrupts", {
		PART(interrupts, count, "raised") } },
	{ "groups", {
		PART(groups_opened, count, "opened") } },
	{ "/dev/vfio", {
		PART(opens, count, "opens") } },
	{ "DMA faults", {
		PART(fault_no_window, count, "no window there"),
		PART(fault_beyond_window, count, "beyond the window"),
		PART(fault_unmapped, count, "no valid TCE"),
		PART(fault_no_read, count, "TCE forbids reading"),
		PART(fault_no_write, count, "TCE forbids writing"),
		PART(fault_memory_gone, count, "memory gone or read-only"),
		PART(fault_frozen, count, "PE frozen"),
		PART(fault_bus_master_off, count, "bus mastering off") } },
};

/* All counters of the public header; those without a row above are found here. */
static const struct part all[] = {
#define LISTED_PART(field, unit, text) PART(field, unit, text),
	STCE_STATS(LISTED_PART)
#undef LISTED_PART
};

static uint64_t value_of(const struct stce_stats *stats, const struct part *part)
{
	uint64_t value;

	memcpy(&value, (const char *)stats + part->offset - 1, sizeof(value));
	return value;
}

static void print_part(FILE *out, const struct part *part, uint64_t value)
{
	char size[HUMAN_SIZE];

	if (part->unit == bytes)
		fprintf(out, "%s %s", human_size(value, size), part->text);
	else
		fprintf(out, "%" PRIu64 " %s", value, part->text);
}

static void print_row_of(FILE *out, const struct row *row, const struct stce_stats *stats)
{
	bool is_open = false;

	for (size_t i = 0; i < PARTS_PER_ROW && row->parts[i].offset; i++) {
		uint64_t value = value_of(stats, &row->parts[i]);

		if (!value)
			continue;
		if (is_open)
			fputs(", ", out);
		else
			fprintf(out, "spapr-tce:   %-18s ", row->name);
		is_open = true;
		print_part(out, &row->parts[i], value);
	}
	if (is_open)
		fputc('\n', out);
}

static bool has_row(const struct part *part)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t j = 0; j < PARTS_PER_ROW; j++)
			if (rows[i].parts[j].offset == part->offset)
				return true;
	return false;
}

/* A row that opens with its first part. */
struct open_row {
	FILE *out;
	const char *name;
	bool is_open;
};

static void add_count(struct open_row *row, uint64_t n, const char *what)
{
	if (!n)
		return;
	if (row->is_open)
		fputs(", ", row->out);
	else
		fprintf(row->out, "spapr-tce:   %-18s ", row->name);
	row->is_open = true;
	fprintf(row->out, "%" PRIu64 " %s", n, what);
}

static void add_frames(struct open_row *row, uint64_t frames, uint64_t size, const char *what)
{
	char human[HUMAN_SIZE];

	add_count(row, frames, what);
	if (frames)
		fprintf(row->out, " (%s)", human_size(size, human));
}

void table_print_port(FILE *out, const struct stce_port *port)
{
	struct open_row row = { .out = out, .name = port->address };

	add_frames(&row, port->sent_frames, port->sent_bytes, "frames sent");
	add_frames(&row, port->received_frames, port->received_bytes, "received");
	add_count(&row, port->missed, "missed for want of descriptors");
	add_count(&row, port->dropped, "dropped");
	add_count(&row, port->errors, port->errors == 1 ? "error of the far end" : "errors of the far end");
	add_count(&row, port->link_changes, port->link_changes == 1 ? "change of the link" : "changes of the link");
	if (row.is_open)
		fprintf(out, "; net=%s\n", port->net);
}

void table_print(FILE *out, const struct stce_stats *stats)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		print_row_of(out, &rows[i], stats);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct row own = { "other", { all[i] } };

		if (!has_row(&all[i]))
			print_row_of(out, &own, stats);
	}
}
