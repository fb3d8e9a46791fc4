/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random sequences over two VMs with two tables each, and two containers with a group each, whose
 * windows follow the tables. The sequences avoid calls by which Linux corrupts, leaks or miscounts
 * [spapr-tce-abi(7)]. So ranges stay in their table, no list has an entry without permissions, and
 * memory is registered by 16 pages. A group is linked to a table once, and removed before its
 * window. A table's mapping is removed before its descriptor is closed, and all mappings of a
 * window before the memory is unregistered.
 */
#include "kvm.h"

#define TABLES  2                /* of a VM */
#define GROUPS  2
#define ENTRIES 64               /* of a table */
#define BLOCK   16               /* pages that are registered together; there are two blocks */
#define SPAN    (ENTRIES << 16)  /* bus addresses of a window that are used */

static int containers[GROUPS], groups[GROUPS];

struct random_table {
	int fd;                  /* -1: there is none */
	uint64_t liobn;
	uint32_t shift;
	uint64_t start;          /* bus address */
	volatile uint64_t *entry;
	bool is_linked[GROUPS];
};

static struct random_vm {
	int device;
	bool has_group[GROUPS];
	struct random_table table[TABLES];
} vms[VM_COUNT];
static int current, which;       /* VM; container and group */

static void choose_vm(int number)
{
	current = number;
	use_vm(number);
	device = vms[number].device;
}

static void choose_group(int number)
{
	which = number;
	container = containers[number];
	group = groups[number];
}

static void choose(void)
{
	choose_vm((int)below(VM_COUNT));
	choose_group((int)below(GROUPS));
	note("VM %d, group %d", current, which);
}

static const char *group_name(int number)
{
	return number ? "group 1" : "group 0";
}

/* Tables */

static struct random_table *any_table(void)
{
	return &vms[current].table[below(TABLES)];
}

static void do_create_table(void)
{
	static const uint32_t shifts[] = { 12, 12, 12, 16, 16, 13 };
	struct random_table *t = any_table();
	uint64_t start = below(3) ? 0 : SECOND;
	uint32_t shift = shifts[below(6)];
	uint64_t liobn = below(3);
	int fd;

	if (t->fd >= 0)
		return;
	fd = table_raw(liobn, shift, 0, start >> shift, ENTRIES);
	if (fd >= 0)
		*t = (struct random_table){ fd, liobn, shift, start, view(fd, 1), { false } };
}

static void do_create_odd(void)
{
	static const uint32_t shifts[] = { 11, 12, 34, 35, 64 };
	uint32_t shift = shifts[below(5)];
	uint32_t flags = below(4) == 0;
	uint64_t offset = below(3) ? 0 : ~0ULL >> shift % 64;
	uint64_t size = below(4) ? 1 + below(1000) : 0;
	uint64_t liobn = below(3);
	int fd = offset > ~size ? -1 : table_raw(liobn, shift, flags, offset, size);

	if (fd >= 0)
		close_fd(fd, "the table");
}

static void forget_links(struct random_vm *v, int number)
{
	for (int i = 0; i < TABLES; i++)
		v->table[i].is_linked[number] = false;
}

static void close_table(struct random_table *t)
{
	unmap_view(t->entry, 1);
	close_fd(t->fd, "a table");
	t->fd = -1;
}

static void do_close_table(void)
{
	struct random_table *t = any_table();

	if (t->fd >= 0)
		close_table(t);
}

static void do_look(void)
{
	struct random_table *t = any_table();

	if (t->fd >= 0)
		entries(t->entry, below(ENTRIES - 8), 8);
}

static void do_poke(void)
{
	struct random_table *t = any_table();
	unsigned int index = below(ENTRIES);
	uint64_t value = (uint64_t)below(1000) << 12;

	if (t->fd >= 0)
		poke(&t->entry[index], value, "an entry");
}

/* Hypercalls */

/* Returns a table's LIOBN and an address in it for count entries; or a LIOBN that may be unused. */
static uint64_t choose_entry(uint64_t count, uint64_t *liobn, uint32_t *shift)
{
	struct random_table *t = any_table();
	uint64_t index = below((uint32_t)(ENTRIES + 1 - count));
	bool exists = t->fd >= 0;

	*liobn = exists ? t->liobn : below(4);
	*shift = exists ? t->shift : 12;
	/*
	 * The tables that have this LIOBN differ in page size, so only the first entry is in all.
	 */
	return exists ? t->start + (index << t->shift) : 0;
}

/* Returns an address in memory that is registered, may be registered, or does not exist. */
static uint64_t any_page(uint32_t shift)
{
	uint32_t kind = below(8);
	uint64_t address = kind == 0 ? gpa(RAM_PAGES + (int)below(4)) : kind == 1 ? gpa(2 * BLOCK) : gpa((int)below(2 * BLOCK));

	if (kind > 1 && page > 4096)
		address += below(16) * 4096;
	return address & ~((1ULL << shift) - 1);
}

static void do_put(void)
{
	uint64_t liobn, ioba, tce;
	uint32_t shift, kind;

	ioba = choose_entry(1, &liobn, &shift);
	tce = any_page(shift);
	tce |= 1 + below(3);
	kind = below(12);
	if (kind < 3)
		tce = kind ? 0 : (uint64_t)below(1000) << 2;
	else if (kind == 3)
		tce |= 1U << (2 + below(10));
	put(liobn, ioba, tce);
}

static void do_put_odd(void)
{
	uint64_t liobn, ioba;
	uint32_t shift;

	ioba = choose_entry(1, &liobn, &shift);
	if (below(2))
		ioba += 1 + below((1U << shift) - 1);
	else
		ioba += (uint64_t)ENTRIES << shift;
	put(liobn, ioba, any_page(shift) | 3);
}

static void do_get(void)
{
	uint64_t liobn, ioba;
	uint32_t shift;

	ioba = choose_entry(1, &liobn, &shift);
	get(liobn, below(10) ? ioba : ioba + 8);
}

static void do_indirect(void)
{
	uint64_t count = 1 + below(8), liobn, ioba, list = gpa(LIST_PAGE);
	uint32_t shift, kind;

	ioba = choose_entry(count, &liobn, &shift);
	for (unsigned int i = 0; i < count; i++) {
		uint64_t tce = below(6) ? gpa((int)below(BLOCK)) & ~((1ULL << shift) - 1) : any_page(shift);

		tce |= 1 + below(3);
		write_entry(i, tce);
		note("list %u: %#llx", i, (unsigned long long)tce);
	}
	kind = below(12);
	if (!kind)
		list += 8;
	else if (kind == 1)
		list = gpa(RAM_PAGES);
	indirect(liobn, ioba, list, kind == 2 ? 513 : count);
}

static void do_stuff(void)
{
	uint64_t count = below(16), liobn, ioba, value;
	uint32_t shift;

	ioba = choose_entry(count, &liobn, &shift);
	value = below(3) ? 0 : (uint64_t)below(1000) << 2;
	if (!below(10))
		value |= 1;
	stuff(liobn, ioba, value, count);
}

static void do_enable(void)
{
	static const uint64_t calls[] = { H_GET_TCE, H_PUT_TCE, H_STUFF_TCE, H_PUT_TCE_INDIRECT };
	uint64_t nr = calls[below(4)];

	enable_hcall(nr, below(8) != 0);
}

static void do_slot(void)
{
	int at_page = RAM_PAGES + (int)below(2);

	slot(1, at_page, 50, (int)below(3));
}

/* Links */

static void do_add(void)
{
	if (!add(group, group_name(which)))
		vms[current].has_group[which] = true;
}

static void take_out(int vm_number)
{
	struct random_vm *v = &vms[vm_number];
	int before = current;

	choose_vm(vm_number);
	if (!del(group, group_name(which)))
		v->has_group[which] = false;
	forget_links(v, which);
	choose_vm(before);
}

static void do_del(void)
{
	take_out(current);
}

static void do_link(void)
{
	struct random_vm *v = &vms[current];
	int number = (int)below(TABLES);
	struct random_table *t = &v->table[number];

	if (t->fd >= 0 && !t->is_linked[which] &&
	    !link_table(group, t->fd, number ? "the group, table 1" : "the group, table 0"))
		t->is_linked[which] = true;
}

static void do_link_odd(void)
{
	uint32_t kind = below(3);

	link_table(kind ? group : -1, kind == 1 ? -1 : container, kind ? kind == 1 ? "the group, -1" : "the group, the container"
								       : "-1, the container");
}

static void do_reopen_device(void)
{
	struct random_vm *v = &vms[current];

	close_fd(device, "the device");
	new_device();
	v->device = device;
	for (int i = 0; i < GROUPS; i++) {
		v->has_group[i] = false;
		forget_links(v, i);
	}
}

/* Below */

static void clear_all(void)
{
	int before = which;

	for (int i = 0; i < GROUPS; i++) {
		choose_group(i);
		unmap_raw(24, 0, 0, SPAN);
		unmap_raw(24, 0, SECOND, SPAN);
	}
	choose_group(before);
}

static void do_register(void)
{
	reg((int)below(2) * BLOCK, BLOCK);
}

static void do_unregister(void)
{
	int first = (int)below(2) * BLOCK;

	clear_all();
	unreg(first, BLOCK);
}

static void do_map(void)
{
	int first = (int)below(2 * BLOCK);
	uint64_t iova = below(3) ? 0 : SECOND;
	int pages = 1 + (int)below((uint32_t)(BLOCK - first % BLOCK));

	iova += below(32) * page;
	map(first, iova, pages);
}

static void do_unmap(void)
{
	uint64_t iova = below(3) ? 0 : SECOND;

	iova += below(32) * page;
	unmap(iova, 1 + (int)below(16));
}

static void do_create_window(void)
{
	uint32_t shift = below(3) ? 12 : 16;
	uint64_t size = 1ULL << (below(2) ? 28 : 31);

	create(shift, size, 1 + below(2));
}

static void do_remove_window(void)
{
	for (int i = 0; i < VM_COUNT; i++)
		take_out(i);
	remove_window(below(2) ? 0 : SECOND);
}

static const struct {
	void (*run)(void);
	uint32_t weight;
} calls[] = {
	{ choose, 25 }, { do_create_table, 30 }, { do_create_odd, 4 }, { do_close_table, 4 }, { do_look, 20 }, { do_poke, 5 },
	{ do_put, 80 }, { do_put_odd, 5 }, { do_get, 25 }, { do_indirect, 25 }, { do_stuff, 20 }, { do_enable, 4 },
	{ do_slot, 4 }, { do_add, 15 }, { do_del, 3 }, { do_link, 40 }, { do_link_odd, 2 }, { do_reopen_device, 2 },
	{ do_register, 10 }, { do_unregister, 5 }, { do_map, 20 }, { do_unmap, 10 }, { do_create_window, 8 },
	{ do_remove_window, 3 },
};

void run_random_kvm(uint64_t seed, int steps)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		sum += calls[i].weight;
	begin_random(seed);
	groups[0] = open_group();
	groups[1] = open_second_group();
	for (int i = GROUPS - 1; i >= 0; i--) {
		containers[i] = open_container();
		choose_group(i);
		set_container();
		set_iommu(VFIO_SPAPR_TCE_v2_IOMMU);
		reg(0, BLOCK);
		if (i)
			reg(BLOCK, BLOCK);
		unmap(0, 1);
	}
	for (int i = 0; i < VM_COUNT; i++) {
		new_vm();
		ram();
		new_device();
		vms[i].device = device;
		for (int j = 0; j < TABLES; j++)
			vms[i].table[j].fd = -1;
		choose_vm(i);
		do_create_table();
		for (int j = 0; j < GROUPS; j++) {
			choose_group(j);
			do_add();
			do_link();
		}
	}
	for (int n = 0; n < steps; n++) {
		uint32_t at_weight = below(sum);
		size_t i = 0;

		while (at_weight >= calls[i].weight)
			at_weight -= calls[i++].weight;
		calls[i].run();
	}
	clear_all();
}
