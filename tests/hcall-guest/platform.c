/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A walk over the flattened device tree, and RTAS by the hypercall that QEMU's own RTAS blob makes.
 * The guest and the tree are both big-endian, so cells are read without conversion.
 */
#include "platform.h"

#include "console.h"
#include "hcall.h"

#include <stddef.h>

enum { FDT_BEGIN_NODE = 1, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END = 9 };

struct fdt_header {
	uint32_t magic, size, structure, strings;
};

static const char *tree;

static bool equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

void platform_init(const void *device_tree)
{
	tree = device_tree;
}

const uint32_t *platform_property(const char *name, uint32_t *cell_count)
{
	const struct fdt_header *header = (const void *)tree;
	const uint32_t *cell = (const void *)(tree + header->structure);

	for (;;) {
		switch (*cell++) {
		case FDT_BEGIN_NODE: {
			const char *end = (const char *)cell;

			while (*end)
				end++;
			cell = (const void *)(((uintptr_t)end + 4) & ~(uintptr_t)3);
			break;
		}
		case FDT_PROP:
			if (equal(tree + header->strings + cell[1], name)) {
				*cell_count = cell[0] / 4;
				return cell + 2;
			}
			cell += 2 + (cell[0] + 3) / 4;
			break;
		case FDT_END_NODE:
		case FDT_NOP:
			break;
		default:
			return NULL;
		}
	}
}

struct rtas_answer rtas(const char *name, unsigned inputs, unsigned outputs, const uint32_t *input)
{
	static struct {
		uint32_t token, inputs, outputs, word[2 * RTAS_ARGUMENTS];
	} call;
	struct rtas_answer answer = { .status = -9999 };
	uint32_t cell_count;
	const uint32_t *token = platform_property(name, &cell_count);

	if (!token)
		return answer;
	call.token = *token;
	call.inputs = inputs;
	call.outputs = outputs;
	for (unsigned i = 0; i < inputs; i++)
		call.word[i] = input[i];
	for (unsigned i = 0; i < outputs; i++)
		call.word[inputs + i] = 0;
	if (hcall(H_RTAS, (uintptr_t)&call, 0, 0, 0).status != H_SUCCESS)
		return answer;
	answer.status = (int32_t)call.word[inputs];
	for (unsigned i = 1; i < outputs; i++)
		answer.output[i - 1] = call.word[inputs + i];
	return answer;
}

void power_off(void)
{
	flush();
	rtas("power-off", 2, 1, (const uint32_t[]){ ~UINT32_C(0), ~UINT32_C(0) });
	for (;;)
		;
}

void exception(uint64_t vector)
{
	print("\nexception ");
	print_hex(vector);
	print("\n");
	power_off();
}
