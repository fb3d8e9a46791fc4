/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce report reads a report, writes its page into memory, and puts that where it belongs.
 */
#include "page_parts.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "complete.h"
#include "page_write.h"
#include "whole_file.h"

#define FORMAT 1

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<title>spapr-tce: ";

static const char style[] =
	"</title>\n<style>\n"
	"body { font: 14px sans-serif; color: #222; background: #fff; max-width: 920px; margin: 2em auto; }\n"
	"h1 { font-size: 20px; } h2 { font-size: 16px; margin-top: 2em; }\n"
	"table { border-collapse: collapse; } td, th { padding: 2px 12px 2px 0; text-align: left; }\n"
	"td.n { text-align: right; font-variant-numeric: tabular-nums; } code { font-size: 12px; }\n"
	"svg { display: block; font: 11px sans-serif; }\n"
	"</style>\n</head>\n<body>\n";

static void put_program(FILE *out, struct json_object *report)
{
	struct json_object *words = page_array(report, "program");

	for (size_t i = 0; i < page_length(words); i++) {
		fputs(i ? " " : "", out);
		page_text(out, json_object_get_string(json_object_array_get_idx(words, i)) ?: "");
	}
}

static void put_facts(FILE *out, struct json_object *report)
{
	fprintf(out, "<p id=\"facts\">It ran for %.3f s", page_number(report, "duration"));
	if (!page_count(report, "complete"))
		fputs("; this is the last sample of a run that had not ended", out);
	else if (page_count(report, "signal"))
		fprintf(out, " and was ended by signal %u", (unsigned int)page_count(report, "signal"));
	else
		fprintf(out, " and ended with status %u", (unsigned int)page_count(report, "exit_status"));
	fprintf(out, ". %u of its programs attached. Made by spapr-tce ",
		(unsigned int)page_count(report, "programs_attached"));
	page_text(out, page_string(report, "version"));
	fputs(".</p>\n", out);
}

static void put_page(FILE *out, struct json_object *report)
{
	fputs(head, out);
	put_program(out, report);
	fputs(style, out);
	fputs("<h1><code>", out);
	put_program(out, report);
	fputs("</code></h1>\n", out);
	put_facts(out, report);
	page_windows(out, report);
	page_charts(out, report);
	page_counts(out, report);
	fputs("</body>\n</html>\n", out);
}

static int write_page(struct json_object *report, const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int r;

	if (!out)
		return -ENOMEM;
	put_page(out, report);
	r = fclose(out) ? -errno : whole_file_write(path, text, size);
	free(text);
	return r;
}

/* json-c tells no reason that a user would understand. */
static const char *reason(const char *path)
{
	return access(path, R_OK) ? strerror(errno) : "it is not JSON";
}

/* Reads the report, or complains. */
static struct json_object *read_report(const char *path)
{
	struct json_object *report = json_object_from_file(path);

	if (!report) {
		complain("%s: %s", path, reason(path));
		return NULL;
	}
	if (page_count(report, "format") == FORMAT)
		return report;
	complain("%s is no report of format %d, which spapr-tce run --report writes", path, FORMAT);
	json_object_put(report);
	return NULL;
}

static int report(int argc, char **argv)
{
	struct json_object *read;
	int r;

	if (argc != 4 || strcmp(argv[2], "-o")) {
		complain("usage: spapr-tce report RUN.json -o REPORT.html");
		return EXIT_OURS;
	}
	read = read_report(argv[1]);
	if (!read)
		return EXIT_OURS;
	r = write_page(read, argv[3]);
	json_object_put(read);
	if (r)
		complain("%s: %s", argv[3], strerror(-r));
	return r ? EXIT_OURS : 0;
}

static void complete_report(char **words, int count)
{
	if (count == 2)
		puts("-o");
	else if (count <= 3)
		complete_files();
}

static void report_help(void)
{
	printf("usage: spapr-tce report RUN.json -o REPORT.html\n\n"
	       "Makes a page with pictures from a report, which spapr-tce run --report RUN.json has\n"
	       "written: the windows in the bus address space and over time, pages mapped, DMA and\n"
	       "tables over time, calls by kind, and faults. It is one file that needs no network.\n");
}

const struct command command_report = {
	.name = "report",
	.arguments = "RUN.json -o REPORT.html",
	.text = "make a page with pictures from a report",
	.run = report,
	.help = report_help,
	.complete = complete_report,
};
