/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of checks. Each call is made with each of its possible defects, and with each pair of
 * them, in each state of a container. The answer for a pair shows which check comes first.
 */
#include "conformance.h"

#define BEHIND (1ULL << 40) /* in no window */

/* The argument of any call of these cases. */
union argument {
	struct {
		uint32_t argsz, flags;
	};
	struct vfio_iommu_type1_dma_map map;
	struct vfio_iommu_type1_dma_unmap unmap;
	struct vfio_iommu_spapr_register_memory memory;
	struct vfio_iommu_spapr_tce_create create;
	struct vfio_iommu_spapr_tce_remove remove;
	struct vfio_iommu_spapr_tce_info info;
	struct vfio_eeh_pe_op eeh;
};

struct defect {
	const char *name;
	void (*make)(union argument *argument);
};

struct call {
	const char *name;
	unsigned long request;
	void (*fill)(union argument *argument);
	const struct defect *defects; /* the last one has no name */
};

static void short_argsz(union argument *argument)
{
	argument->argsz--;
}

static void unknown_flag(union argument *argument)
{
	argument->flags |= 4;
}

static void fill_map(union argument *argument)
{
	argument->map = (struct vfio_iommu_type1_dma_map){
		.argsz = sizeof(argument->map), .flags = RW, .vaddr = (uintptr_t)at(2), .iova = 2 * page, .size = page };
}

static void map_behind(union argument *argument)
{
	argument->map.iova += BEHIND;
}

static void map_odd_iova(union argument *argument)
{
	argument->map.iova += 0x800;
}

static void map_odd_vaddr(union argument *argument)
{
	argument->map.vaddr += 0x800;
}

static void map_odd_size(union argument *argument)
{
	argument->map.size -= 0x800;
}

static void map_no_permission(union argument *argument)
{
	argument->flags &= ~(uint32_t)RW;
}

static void map_unregistered(union argument *argument)
{
	argument->map.vaddr += 32 * page;
}

static void map_no_memory(union argument *argument)
{
	argument->map.vaddr = 2 * page;
}

static void map_no_size(union argument *argument)
{
	argument->map.size = 0;
}

static const struct defect map_defects[] = {
	{ "argsz", short_argsz }, { "flags", unknown_flag }, { "iova outside", map_behind }, { "iova odd", map_odd_iova },
	{ "vaddr odd", map_odd_vaddr }, { "size odd", map_odd_size }, { "no permission", map_no_permission },
	{ "unregistered", map_unregistered }, { "no memory", map_no_memory }, { "no size", map_no_size }, { 0 },
};

static void fill_unmap(union argument *argument)
{
	argument->unmap = (struct vfio_iommu_type1_dma_unmap){
		.argsz = sizeof(argument->unmap), .iova = 2 * page, .size = page };
}

static void unmap_behind(union argument *argument)
{
	argument->unmap.iova += BEHIND;
}

static void unmap_odd_iova(union argument *argument)
{
	argument->unmap.iova += 0x800;
}

static void unmap_odd_size(union argument *argument)
{
	argument->unmap.size -= 0x800;
}

static void unmap_no_size(union argument *argument)
{
	argument->unmap.size = 0;
}

static const struct defect unmap_defects[] = {
	{ "argsz", short_argsz }, { "flags", unknown_flag }, { "iova outside", unmap_behind },
	{ "iova odd", unmap_odd_iova }, { "size odd", unmap_odd_size }, { "no size", unmap_no_size }, { 0 },
};

/*
 * Chooses pages 16 and 17, next to the memory that is registered in every state with registered
 * memory.
 */
static void fill_memory(union argument *argument)
{
	argument->memory = (struct vfio_iommu_spapr_register_memory){
		.argsz = sizeof(argument->memory), .vaddr = (uintptr_t)at(16), .size = 2 * page };
}

static void memory_odd_vaddr(union argument *argument)
{
	argument->memory.vaddr += 0x800;
}

static void memory_odd_size(union argument *argument)
{
	argument->memory.size += 0x800;
}

static void memory_wraps(union argument *argument)
{
	argument->memory.size = -page;
}

static void memory_overlaps(union argument *argument)
{
	argument->memory.vaddr -= page;
}

static void memory_none(union argument *argument)
{
	argument->memory.vaddr = 2 * page;
}

static const struct defect memory_defects[] = {
	{ "argsz", short_argsz }, { "flags", unknown_flag }, { "vaddr odd", memory_odd_vaddr },
	{ "size odd", memory_odd_size }, { "wraps", memory_wraps }, { "overlaps", memory_overlaps },
	{ "no memory", memory_none }, { 0 },
};

static void fill_create(union argument *argument)
{
	argument->create = (struct vfio_iommu_spapr_tce_create){
		.argsz = sizeof(argument->create), .page_shift = 12, .window_size = GIB2, .levels = 1 };
}

static void create_shift(union argument *argument)
{
	argument->create.page_shift = 13;
}

static void create_size(union argument *argument)
{
	argument->create.window_size--;
}

static void create_no_levels(union argument *argument)
{
	argument->create.levels = 0;
}

static void create_six_levels(union argument *argument)
{
	argument->create.levels = 6;
}

static void create_small(union argument *argument)
{
	argument->create.window_size = 256;
}

static const struct defect create_defects[] = {
	{ "argsz", short_argsz }, { "flags", unknown_flag }, { "shift", create_shift }, { "size", create_size },
	{ "no levels", create_no_levels }, { "six levels", create_six_levels }, { "small", create_small }, { 0 },
};

static void fill_remove(union argument *argument)
{
	argument->remove = (struct vfio_iommu_spapr_tce_remove){ .argsz = sizeof(argument->remove), .start_addr = BEHIND };
}

static const struct defect remove_defects[] = { { "argsz", short_argsz }, { "flags", unknown_flag }, { 0 } };

static void fill_info(union argument *argument)
{
	argument->info = (struct vfio_iommu_spapr_tce_info){ .argsz = 16 };
}

static const struct defect info_defects[] = { { "argsz", short_argsz }, { "flags", unknown_flag }, { 0 } };

static void fill_eeh(union argument *argument)
{
	argument->eeh = (struct vfio_eeh_pe_op){ .argsz = 12, .op = VFIO_EEH_PE_GET_STATE };
}

static void eeh_op(union argument *argument)
{
	argument->eeh.op = 10;
}

static void eeh_inject(union argument *argument)
{
	argument->eeh.op = VFIO_EEH_PE_INJECT_ERR;
}

static const struct defect eeh_defects[] = {
	{ "argsz", short_argsz }, { "flags", unknown_flag }, { "op", eeh_op }, { "short injection", eeh_inject }, { 0 },
};

static const struct call calls[] = {
	{ "MAP", VFIO_IOMMU_MAP_DMA, fill_map, map_defects },
	{ "UNMAP", VFIO_IOMMU_UNMAP_DMA, fill_unmap, unmap_defects },
	{ "REGISTER", VFIO_IOMMU_SPAPR_REGISTER_MEMORY, fill_memory, memory_defects },
	{ "UNREGISTER", VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, fill_memory, memory_defects },
	{ "CREATE", VFIO_IOMMU_SPAPR_TCE_CREATE, fill_create, create_defects },
	{ "REMOVE", VFIO_IOMMU_SPAPR_TCE_REMOVE, fill_remove, remove_defects },
	{ "GET_INFO", VFIO_IOMMU_SPAPR_TCE_GET_INFO, fill_info, info_defects },
	{ "EEH_PE_OP", VFIO_EEH_PE_OP, fill_eeh, eeh_defects },
};

static const struct call *call_named(const char *name)
{
	const struct call *call = calls;

	while (strcmp(call->name, name))
		call++;
	return call;
}

static void call_with(const struct call *call, const struct defect *one, const struct defect *two)
{
	union argument argument;

	memset(&argument, 0, sizeof(argument));
	call->fill(&argument);
	one->make(&argument);
	if (two)
		two->make(&argument);
	told(answer(ioctl(container, call->request, &argument)), "%s(%s%s%s)", call->name, one->name,
	     two ? ", " : "", two ? two->name : "");
}

/* Makes the call with each defect, each pair of defects, and a bad pointer. */
static void all_defects(const char *name)
{
	const struct call *call = call_named(name);

	told(answer(ioctl(container, call->request, NULL)), "%s(NULL)", name);
	for (const struct defect *one = call->defects; one->name; one++) {
		call_with(call, one, NULL);
		for (const struct defect *two = one + 1; two->name; two++)
			call_with(call, one, two);
	}
}

static void only_a_group(void)
{
	container = open_container();
	group = open_group();
	must(attach(group, container), "SET_CONTAINER");
}

static void v1_mapped(void)
{
	v1_enabled();
	map(2, 2 * page, 1);
}

static void v2_mapped(void)
{
	v2_registered();
	map(2, 2 * page, 1);
}

static void v2_without_windows(void)
{
	v2_registered();
	remove_window(0);
}

static void v2_with_two_windows(void)
{
	v2_registered();
	create(12, GIB2, 1);
}

/* The call made on a container of another process. */
static const char *in_the_child;

static void as_a_child(void)
{
	all_defects(in_the_child);
}

static void in_a_child(const char *name)
{
	v2_registered();
	in_the_child = name;
	in_child(as_a_child);
}

#define ORDER(id, name, state)                                                           \
	CASE(id, "the order of checks of " name ", " #state)                             \
	{                                                                                \
		state();                                                                 \
		all_defects(name);                                                       \
	}

#define ORDERS(id, name)                              \
	ORDER("O" id "a", name, only_a_group)         \
	ORDER("O" id "b", name, v1)                   \
	ORDER("O" id "c", name, v1_mapped)            \
	ORDER("O" id "d", name, v2)                   \
	ORDER("O" id "e", name, v2_registered)        \
	ORDER("O" id "f", name, v2_mapped)            \
	ORDER("O" id "g", name, v2_without_windows)   \
	ORDER("O" id "h", name, v2_with_two_windows)  \
	CASE("O" id "i", "the order of checks of " name ", in a child") { in_a_child(name); }

ORDERS("1", "MAP")
ORDERS("2", "UNMAP")
ORDERS("3", "REGISTER")
ORDERS("4", "UNREGISTER")
ORDERS("5", "CREATE")
ORDERS("6", "REMOVE")
ORDERS("7", "GET_INFO")
ORDERS("8", "EEH_PE_OP")
