/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce platform prints what the bridges of the platforms can do: all of them as a table, or
 * one of them with the numbers that a VMM needs. <spapr-tce/machine.h> knows the platforms.
 */
#include "cli.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <spapr-tce/machine.h>

#include "complete.h"
#include "hint.h"

#define TEXT_SIZE 256

static void append(char text[TEXT_SIZE], const char *separator, const char *word)
{
	size_t length = strlen(text);

	snprintf(text + length, TEXT_SIZE - length, "%s%s", length ? separator : "", word);
}

/* Writes "4K 64K 2M". */
static void page_sizes(const struct stce_platform *p, char text[TEXT_SIZE])
{
	char size[HUMAN_SIZE];

	text[0] = 0;
	for (uint64_t sizes = p->page_sizes; sizes; sizes &= sizes - 1)
		append(text, " ", human_size(sizes & -sizes, size));
}

static bool makes_windows(const struct stce_platform *p)
{
	return p->bus_offset_min != STCE_PLATFORM_NO_OFFSET;
}

/* Writes where the 64-bit window can start. */
static void bus_offsets(const struct stce_platform *p, char text[TEXT_SIZE])
{
	if (!makes_windows(p))
		snprintf(text, TEXT_SIZE, "none");
	else if (p->bus_offset_min == p->bus_offset_max)
		snprintf(text, TEXT_SIZE, "0x%" PRIx64, p->bus_offset_min);
	else
		snprintf(text, TEXT_SIZE, "0x%" PRIx64 " to 0x%" PRIx64, p->bus_offset_min, p->bus_offset_max);
}

static void default_window(const struct stce_platform *p, char text[TEXT_SIZE])
{
	char size[HUMAN_SIZE];

	snprintf(text, TEXT_SIZE, "%s at 0x%" PRIx64, human_size(p->default_size, size), p->default_start);
}

static void print_table(void)
{
	const char *const form = "%-9s %-10s %-16s %-7s %-6s %-15s %s\n";
	struct stce_platform p;

	printf(form, "platform", "bridge", "IOMMU pages", "windows", "levels", "default window", "64-bit window at");
	for (unsigned int n = 0; !stce_platform(n, &p, sizeof(p)); n++) {
		char pages[TEXT_SIZE], low[TEXT_SIZE], high[TEXT_SIZE], windows[16], levels[16];

		page_sizes(&p, pages);
		default_window(&p, low);
		bus_offsets(&p, high);
		snprintf(windows, sizeof(windows), "%" PRIu32, p.window_count);
		snprintf(levels, sizeof(levels), "%" PRIu32, p.levels);
		printf(form, p.name, p.bridge, pages, windows, levels, low, high);
	}
}

/* Prints the start of the 64-bit window as KVM_CREATE_SPAPR_TCE_64 counts it. */
static void print_offsets(const struct stce_platform *p)
{
	for (uint64_t sizes = p->page_sizes; sizes; sizes &= sizes - 1) {
		uint64_t page = sizes & -sizes;
		char size[HUMAN_SIZE];

		printf("    in pages of %-5s 0x%" PRIx64, human_size(page, size), p->bus_offset_min / page);
		if (p->bus_offset_min != p->bus_offset_max)
			printf(" to 0x%" PRIx64, p->bus_offset_max / page);
		printf("\n");
	}
}

static void print_windows(const struct stce_platform *p)
{
	char text[TEXT_SIZE], size[HUMAN_SIZE];

	if (!makes_windows(p)) {
		printf("  dynamic windows     none: a container has the default window only\n");
		return;
	}
	printf("  dynamic windows     %" PRIu32 " in a container, up to %s\n", p->window_count,
	       human_size(p->window_size_max, size));
	bus_offsets(p, text);
	printf("  bus_offset          %s, of the window beside the default one\n", text);
	print_offsets(p);
}

static void print_one(const struct stce_platform *p)
{
	char text[TEXT_SIZE];

	printf("%s: %s\n", p->name, p->bridge);
	page_sizes(p, text);
	printf("  IOMMU pages         %s\n", text);
	printf("  levels of a table   %" PRIu32 "\n", p->levels);
	default_window(p, text);
	printf("  default window      %s, 4K pages\n", text);
	print_windows(p);
	printf("  EEH                 %s\n", p->has_eeh ? "yes" : "no");
	printf("  host's bypass       %s\n", p->has_bypass ? "yes" : "no");
}

/* Complains in one line that names what there is. */
static int unknown(const char *name)
{
	char names[TEXT_SIZE] = "";
	struct stce_platform p;

	for (unsigned int n = 0; !stce_platform(n, &p, sizeof(p)); n++)
		append(names, ", ", p.name);
	complain("platform \"%s\" is not known (%s)%s", name, names, hint_platform(name));
	return EXIT_OURS;
}

static int platform(int argc, char **argv)
{
	struct stce_platform p;

	if (argc > 2) {
		complain("platform takes one name");
		return EXIT_OURS;
	}
	if (argc < 2) {
		print_table();
		return 0;
	}
	for (unsigned int n = 0; !stce_platform(n, &p, sizeof(p)); n++)
		if (!strcmp(p.name, argv[1])) {
			print_one(&p);
			return 0;
		}
	return unknown(argv[1]);
}

static void complete_platform(char **words, int count)
{
	if (count == 1)
		complete_platforms();
}

static void platform_help(void)
{
	printf("usage: spapr-tce platform [NAME]\n\n"
	       "Prints what the bridge of each platform can do, or of one: its IOMMU pages, windows and\n"
	       "levels, and where its windows start. `spapr-tce run --platform NAME` chooses one.\n");
}

const struct command command_platform = {
	.name = "platform",
	.arguments = "[NAME]",
	.text = "show the bridges that --platform knows",
	.run = platform,
	.help = platform_help,
	.complete = complete_platform,
};
