/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: counters
 *
 * The counters of one machine, 64 bits each; sizes are in bytes. Each thread
 * counts for itself, and a reader adds up, so that calls of many threads do not
 * wait for each other. A sum is exact once the calls that it counts have
 * returned. Peaks are exact while one thread maps; each further thread that maps
 * may add up to 64 to pages_mapped_peak.
 */
#ifndef SPAPR_TCE_STATS_H
#define SPAPR_TCE_STATS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(field, unit, text for the reader) */
#define STCE_STATS(X)                                                       \
	X(windows_created, count, "windows created")                        \
	X(windows_removed, count, "windows removed")                        \
	X(table_bytes, bytes, "memory in TCE tables now")                   \
	X(table_bytes_peak, bytes, "memory in TCE tables, peak")            \
	X(map_calls, count, "VFIO MAP_DMA calls")                           \
	X(unmap_calls, count, "VFIO UNMAP_DMA calls")                       \
	X(register_calls, count, "VFIO REGISTER_MEMORY calls")              \
	X(unregister_calls, count, "VFIO UNREGISTER_MEMORY calls")          \
	X(create_calls, count, "VFIO TCE_CREATE calls")                     \
	X(remove_calls, count, "VFIO TCE_REMOVE calls")                     \
	X(other_calls, count, "other VFIO calls")                           \
	X(refused_calls, count, "calls refused")                            \
	X(pages_mapped, count, "TCEs valid now")                            \
	X(pages_mapped_peak, count, "TCEs valid, peak")                     \
	X(tces_written, count, "TCEs written")                              \
	X(registered_bytes, bytes, "memory registered now")                 \
	X(registered_bytes_peak, bytes, "memory registered, peak")          \
	X(locked_bytes, bytes, "locked memory charged now")                 \
	X(locked_bytes_peak, bytes, "locked memory charged, peak")          \
	X(dma_read_bytes, bytes, "read by devices")                         \
	X(dma_write_bytes, bytes, "written by devices")                     \
	X(dma_accesses, count, "DMA accesses")                              \
	X(fault_no_window, count, "faults: no window there")                \
	X(fault_beyond_window, count, "faults: beyond the window")          \
	X(fault_unmapped, count, "faults: no valid TCE")                    \
	X(fault_no_read, count, "faults: TCE forbids reading")              \
	X(fault_no_write, count, "faults: TCE forbids writing")             \
	X(fault_memory_gone, count, "faults: program memory gone or read-only") \
	X(fault_frozen, count, "faults: PE frozen")                         \
	X(fault_bus_master_off, count, "faults: bus mastering off")         \
	X(interrupts, count, "interrupts raised")                           \
	X(mmio_reads, count, "device register reads")                       \
	X(mmio_writes, count, "device register writes")                     \
	X(groups_opened, count, "groups opened")                            \
	X(hcalls_real, count, "TCE hypercalls finished in real mode")       \
	X(hcalls_virtual, count, "TCE hypercalls finished in virtual mode") \
	X(hcalls_user, count, "TCE hypercalls handed to the VMM")           \
	X(h_put_tce, count, "H_PUT_TCE calls")                              \
	X(h_put_tce_indirect, count, "H_PUT_TCE_INDIRECT calls")            \
	X(h_stuff_tce, count, "H_STUFF_TCE calls")                          \
	X(h_get_tce, count, "H_GET_TCE calls")                              \
	X(guest_tables, count, "guest tables made")                         \
	X(links, count, "links from a LIOBN to a window made")              \
	X(doorbells_handed, count, "doorbells served by a function's own thread") \
	X(uring_transfers, count, "transfers through io_uring")             \
	X(uring_refused, count, "functions without io_uring: the kernel refuses it") \
	X(opens, count, "opens below /dev/vfio, refused ones too")          \
	X(table_bytes_unshared, bytes, "memory in TCE tables now, if windows held no parts together") \
	X(table_bytes_unshared_peak, bytes, "memory in TCE tables, if windows held no parts together, peak")

/**
 * struct stce_stats - the counters of one machine.
 *
 * New fields come at the end of the list, and the calls that fill a struct take
 * its size. A program compiled with fewer fields than the library gets its own;
 * one compiled with more gets 0 in the rest.
 */
struct stce_stats {
#define STCE_STATS_FIELD(field, unit, text) uint64_t field;
	STCE_STATS(STCE_STATS_FIELD)
#undef STCE_STATS_FIELD
};

#ifdef __cplusplus
}
#endif

#endif
