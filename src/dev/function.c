/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part that all functions share: checks of register accesses, resets, and the wiring of INTx
 * through the command register. A type's operation is called only with the lock held, and a BAR
 * only if memory decoding is on and the PE is not frozen. The types give registers their meaning.
 */
#include "dev/function.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dev/irq_intx.h"
#include "dev/irq_setup.h"
#include "dev/pci_msi.h"
#include "util/range.h"
#include "util/reason.h"
#include "util/stats.h"

static void on_bus_reset(struct host_member *member)
{
	function_bus_reset(container_of(member, struct function, member));
}

static void on_thaw(struct host_member *member)
{
	irq_resume(&container_of(member, struct function, member)->irqs);
}

/* Returns the function's address in config cycles [PCI 3.0 3.2.2.3]. */
static uint64_t config_address(const struct function *fn, uint64_t offset)
{
	unsigned int domain = 0, bus = 0, device = 0, number = 0;

	sscanf(fn->address, "%x:%x:%x.%x", &domain, &bus, &device, &number);
	return (uint64_t)(bus << 8 | device << 3 | number) << HOST_EEH_BDF_SHIFT | offset;
}

static bool has_address(struct host_member *member, uint32_t kind, uint64_t address)
{
	struct function *fn = container_of(member, struct function, member);
	bool has = false;

	if (kind & (STCE_EEH_CONFIG_READ | STCE_EEH_CONFIG_WRITE))
		return address >> HOST_EEH_BDF_SHIFT == config_address(fn, 0) >> HOST_EEH_BDF_SHIFT;
	pthread_mutex_lock(&fn->lock);
	for (unsigned int i = 0; i < FUNCTION_BAR_COUNT && !has; i++)
		has = range_contains(pci_config_bar(&fn->config, i), fn->bar_size[i], address, 1);
	pthread_mutex_unlock(&fn->lock);
	return has;
}

static const struct host_member_ops member_ops = { .reset = on_bus_reset, .thawed = on_thaw, .has = has_address };

int function_init(struct function *fn, const struct function_type *type,
		  const struct function_ops *ops, const struct function_init *init,
		  const struct pci_identity *identity)
{
	const unsigned int counts[IRQ_INDEX_COUNT] = {
		[IRQ_INTX] = identity->has_intx,
		[IRQ_MSI] = identity->has_msi,
		[IRQ_MSIX] = identity->msix_vectors,
		[IRQ_ERR] = 1,
		[IRQ_REQ] = 1,
	};
	int r = irq_set_init(&fn->irqs, counts, init->pe->phb->stats);

	if (r)
		return r;
	fn->ops = ops;
	fn->type = type->name;
	fn->pe = init->pe;
	fn->physical = init->physical;
	fn->intx_level = false;
	snprintf(fn->address, sizeof(fn->address), "%s", init->address);
	pthread_mutex_init(&fn->lock, NULL);
	pci_config_init(&fn->config, identity);
	for (unsigned int i = 0; i < FUNCTION_BAR_COUNT; i++)
		fn->bar_size[i] = identity->bar[i].size;
	fn->irqs.pe = fn->pe;
	fn->member.ops = &member_ops;
	host_pe_add_member(fn->pe, &fn->member);
	return 0;
}

void function_fini(struct function *fn)
{
	host_pe_remove_member(fn->pe, &fn->member);
	irq_set_fini(&fn->irqs);
	pthread_mutex_destroy(&fn->lock);
}

int function_refuse(char *why, int error, const char *format, ...)
{
	char text[FUNCTION_WHY_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (why)
		memcpy(why, text, sizeof(text));
	return REASON(error, "%s", text);
}

static void update_intx(struct function *fn)
{
	irq_set_intx(&fn->irqs, fn->intx_level && !pci_config_intx_disabled(&fn->config));
}

void function_set_intx(struct function *fn, bool asserted)
{
	if (fn->intx_level == asserted)
		return;
	fn->intx_level = asserted;
	update_intx(fn);
}

static void quiesce_locked(struct function *fn)
{
	if (fn->ops->quiesce)
		fn->ops->quiesce(fn);
}

static void resume_locked(struct function *fn)
{
	if (fn->ops->resume)
		fn->ops->resume(fn);
}

static void reset_locked(struct function *fn)
{
	fn->ops->reset(fn);
	function_set_intx(fn, false);
}

void function_reset(struct function *fn)
{
	pthread_mutex_lock(&fn->lock);
	quiesce_locked(fn);
	reset_locked(fn);
	resume_locked(fn);
	pthread_mutex_unlock(&fn->lock);
}

void function_bus_reset(struct function *fn)
{
	pthread_mutex_lock(&fn->lock);
	quiesce_locked(fn);
	pci_config_bus_reset(&fn->config);
	reset_locked(fn);
	resume_locked(fn);
	pthread_mutex_unlock(&fn->lock);
}

void function_power_cycle(struct function *fn)
{
	pthread_mutex_lock(&fn->lock);
	quiesce_locked(fn);
	pci_config_reset(&fn->config);
	reset_locked(fn);
	resume_locked(fn);
	pthread_mutex_unlock(&fn->lock);
}

void function_set_vfs(struct function *fn, unsigned int count)
{
	pthread_mutex_lock(&fn->lock);
	quiesce_locked(fn);
	pci_config_set_vfs(&fn->config, count, fn->pe->phb->host_page_shift);
	if (fn->ops->set_vfs)
		fn->ops->set_vfs(fn, count);
	resume_locked(fn);
	pthread_mutex_unlock(&fn->lock);
}

void function_free(struct function *fn)
{
	if (fn)
		fn->ops->free(fn);
}

static int check_bar_access(const struct function *fn, unsigned int bar, uint64_t offset,
			    unsigned int size)
{
	if (!is_power_of_two(size) || size > 8 || !is_aligned(offset, size))
		return REASON(-EINVAL, "a register access must be aligned: %u bytes at %#llx", size,
			      (unsigned long long)offset);
	if (bar >= FUNCTION_BAR_COUNT || !range_contains(0, fn->bar_size[bar], offset, size))
		return REASON(-EINVAL, "BAR %u ends before %#llx", bar, (unsigned long long)offset);
	return 0;
}

/* Lets a trigger of the PE see a register access. */
static bool meets_trigger_locked(struct function *fn, uint32_t kind, unsigned int bar, uint64_t offset,
				 unsigned int size)
{
	return host_eeh_visit(fn->pe, &(struct host_eeh_visit){
		kind, pci_config_bar(&fn->config, bar) + offset, size });
}

/*
 * Returns 1 if the registers answer, 0 if the PE is frozen, -EIO if the function decodes no
 * address.
 */
static int registers_answer_locked(struct function *fn, uint32_t kind, unsigned int bar, uint64_t offset,
				   unsigned int size)
{
	const uint32_t word = host_eeh_word(&fn->pe->eeh);

	if (!pci_config_memory_enabled(&fn->config))
		return REASON(-EIO, "%s: memory decoding is off", fn->address);
	if (likely(!(word & (HOST_EEH_NO_MMIO | HOST_EEH_WATCHED))))
		return 1;
	return !(word & HOST_EEH_NO_MMIO || meets_trigger_locked(fn, kind, bar, offset, size));
}

int function_bar_read(struct function *fn, unsigned int bar, uint64_t offset,
		      unsigned int size, uint64_t *value)
{
	int r = check_bar_access(fn, bar, offset, size);

	if (r)
		return r;
	*value = UINT64_MAX >> (64 - 8 * size);
	STATS_ADD(fn->pe->phb->stats, mmio_reads, 1);
	pthread_mutex_lock(&fn->lock);
	r = registers_answer_locked(fn, STCE_EEH_LOAD, bar, offset, size);
	if (r > 0)
		*value &= fn->ops->bar_read(fn, bar, offset, size);
	pthread_mutex_unlock(&fn->lock);
	return r < 0 ? r : 0;
}

int function_bar_write(struct function *fn, unsigned int bar, uint64_t offset,
		       unsigned int size, uint64_t value)
{
	int r = check_bar_access(fn, bar, offset, size);

	if (r)
		return r;
	STATS_ADD(fn->pe->phb->stats, mmio_writes, 1);
	pthread_mutex_lock(&fn->lock);
	r = registers_answer_locked(fn, STCE_EEH_STORE, bar, offset, size);
	if (r > 0)
		fn->ops->bar_write(fn, bar, offset, size, value);
	pthread_mutex_unlock(&fn->lock);
	return r < 0 ? r : 0;
}

/*
 * Sets the bits of config space that follow the state of interrupts and not the program's writes.
 */
static void reflect_interrupts_locked(struct function *fn)
{
	uint8_t *value = fn->config.value;
	uint8_t *msix = &value[fn->config.msix_offset + PCI_MSIX_FLAGS + 1];

	value[PCI_STATUS] = (uint8_t)((value[PCI_STATUS] & ~PCI_STATUS_INTERRUPT) |
				      (fn->intx_level ? PCI_STATUS_INTERRUPT : 0));
	if (!fn->config.msix_offset)
		return;
	*msix = (uint8_t)((*msix & ~(PCI_MSIX_FLAGS_ENABLE >> 8)) |
			  (irq_is_enabled(&fn->irqs, IRQ_MSIX) ? PCI_MSIX_FLAGS_ENABLE >> 8 : 0));
}

int function_config_read(struct function *fn, uint64_t offset, void *buffer, unsigned int size)
{
	int r;

	pthread_mutex_lock(&fn->lock);
	reflect_interrupts_locked(fn);
	r = pci_config_read(&fn->config, offset, buffer, size);
	if (!r && host_eeh_stops(fn->pe, HOST_EEH_NO_MMIO, STCE_EEH_CONFIG_READ, config_address(fn, offset), size))
		r = pci_config_read_frozen(&fn->config, offset, buffer, size);
	pthread_mutex_unlock(&fn->lock);
	return r;
}

/* Reports a reset by config space; the presenter reports those that it asks for. */
static void tell_reset(struct function *fn)
{
	news_tell(&fn->pe->phb->news, &(struct stce_news){
		.kind = STCE_NEWS_DEVICE_RESET, .group = fn->pe->group });
}

/* In a frozen PE a write is judged and dropped. */
static int write_config_locked(struct function *fn, uint64_t offset, const void *buffer, unsigned int size)
{
	int r;

	if (!range_contains(0, PCI_CONFIG_SIZE, offset, size))
		return REASON(-EINVAL, "config space ends before %#llx", (unsigned long long)offset);
	if (host_eeh_stops(fn->pe, HOST_EEH_NO_MMIO, STCE_EEH_CONFIG_WRITE, config_address(fn, offset), size))
		return 0;
	r = pci_config_write(&fn->config, offset, buffer, size);
	pci_msi_settle(&fn->config, offset, size, irq_is_enabled(&fn->irqs, IRQ_MSI));
	return r;
}

int function_config_write(struct function *fn, uint64_t offset, const void *buffer,
			  unsigned int size)
{
	int r;

	pthread_mutex_lock(&fn->lock);
	quiesce_locked(fn);
	r = write_config_locked(fn, offset, buffer, size);
	if (r == PCI_CONFIG_WANTS_RESET)
		reset_locked(fn);
	if (r >= 0)
		update_intx(fn);
	resume_locked(fn);
	pthread_mutex_unlock(&fn->lock);
	if (r == PCI_CONFIG_WANTS_RESET)
		tell_reset(fn);
	return r < 0 ? r : 0;
}
