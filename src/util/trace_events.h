/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace events, one row each: name and printf format. Events that QEMU has too keep QEMU's name
 * and order of arguments. The rows are expanded more than once, so there is no include guard.
 */
TRACE_EVENT(reason, "%s error=%d %s")
TRACE_EVENT(file_open, "path=%s fd=%d")
TRACE_EVENT(file_release, "kind=%s")
TRACE_EVENT(vfio_container_ioctl, "request=0x%x ret=%d")
TRACE_EVENT(vfio_group_ioctl, "group=%d request=0x%x ret=%d")
TRACE_EVENT(vfio_device_ioctl, "device=%s request=0x%x ret=%d")
TRACE_EVENT(vfio_prereg_register, "va=0x%" PRIx64 " size=0x%" PRIx64 " ret=%d")
TRACE_EVENT(vfio_prereg_unregister, "va=0x%" PRIx64 " size=0x%" PRIx64 " ret=%d")
TRACE_EVENT(vfio_spapr_create_window, "pageshift=0x%x levels=%u winsize=0x%" PRIx64 " offset=0x%" PRIx64)
TRACE_EVENT(vfio_spapr_remove_window, "offset=0x%" PRIx64)
TRACE_EVENT(vfio_spapr_map, "iova=0x%" PRIx64 " size=0x%" PRIx64 " vaddr=0x%" PRIx64 " flags=0x%x ret=%d")
TRACE_EVENT(vfio_spapr_unmap, "iova=0x%" PRIx64 " size=0x%" PRIx64 " ret=%d")
TRACE_EVENT(vfio_region_read, "device=%s region=%u offset=0x%" PRIx64 " size=%u")
TRACE_EVENT(vfio_region_write, "device=%s region=%u offset=0x%" PRIx64 " size=%u")
TRACE_EVENT(vfio_set_irqs, "device=%s index=%u start=%u count=%u ret=%d")
TRACE_EVENT(pe_ownership, "group=%d host=%d")
TRACE_EVENT(pe_eeh_state, "group=%d state=%d")
TRACE_EVENT(pe_frozen, "group=%d reason=%s address=0x%" PRIx64)
TRACE_EVENT(pe_thawed, "group=%d")
TRACE_EVENT(dma_fault, "group=%d ioba=0x%" PRIx64 " size=0x%" PRIx64 " cause=%s")
TRACE_EVENT(nvme_admin_cmd, "device=%s cid=%u opcode=0x%x status=0x%x")
TRACE_EVENT(nvme_io_cmd, "device=%s sqid=%u cid=%u opcode=0x%x slba=0x%" PRIx64 " nlb=%u status=0x%x")
TRACE_EVENT(spapr_iommu_put, "liobn=%" PRIx64 " ioba=0x%" PRIx64 " tce=0x%" PRIx64 " ret=%ld")
TRACE_EVENT(spapr_iommu_get, "liobn=%" PRIx64 " ioba=0x%" PRIx64 " ret=%ld tce=0x%" PRIx64)
TRACE_EVENT(spapr_iommu_indirect, "liobn=%" PRIx64 " ioba=0x%" PRIx64 " tceList=0x%" PRIx64 " npages=%" PRIu64
	    " ret=%ld")
TRACE_EVENT(spapr_iommu_stuff, "liobn=%" PRIx64 " ioba=0x%" PRIx64 " tcevalue=0x%" PRIx64 " npages=%" PRIu64 " ret=%ld")
TRACE_EVENT(spapr_iommu_new_table, "liobn=%" PRIx64 " page_shift=%u offset=0x%" PRIx64 " size=0x%" PRIx64 " fd=%d")
TRACE_EVENT(kvm_link, "liobn=%" PRIx64 " group=%d ret=%d")
TRACE_EVENT(spapr_iommu_ddw_query, "buid=0x%" PRIx64 " addr=0x%x, %u windows available, largest block=0x%"
	    PRIx64 ", mask=0x%x")
TRACE_EVENT(spapr_iommu_ddw_create, "buid=0x%" PRIx64 " addr=0x%x, page size=0x%" PRIx64 ", requested=0x%" PRIx64
	    ", start addr=0x%" PRIx64 ", liobn=0x%x ret=%d")
TRACE_EVENT(spapr_iommu_ddw_remove, "liobn=0x%x ret=%d")
TRACE_EVENT(spapr_iommu_ddw_associate, "buid=0x%" PRIx64 " addr=0x%x liobn=0x%x ret=%d")
TRACE_EVENT(spapr_iommu_ddw_dissociate, "buid=0x%" PRIx64 " addr=0x%x liobn=0x%x ret=%d")
TRACE_EVENT(spapr_iommu_ddw_reset, "buid=0x%" PRIx64 " addr=0x%x limited=%u ret=%d")
