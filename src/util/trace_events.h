/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace events, one row each: name, printf format, the names of the arguments, what the event is
 * (enum trace_kind), the bus addresses that it concerns, and how it tells failure (trace_line.h).
 * Events that QEMU has too keep QEMU's name and order of arguments. The conversions of the formats
 * are s, d, u, x, and lu, ld, lx for 64 bits. spapr-tce-trace(7) describes each event. The rows are
 * expanded more than once, so there is no include guard.
 */
TRACE_EVENT(reason, "%s error=%d %s", "function,error,text", MARK, NOWHERE, FAILED)
TRACE_EVENT(file_open, "path=%s fd=%d", "path,fd", MARK, NOWHERE, ERRNO(1))
TRACE_EVENT(file_release, "kind=%s", "kind", MARK, NOWHERE, DONE)
TRACE_EVENT(vfio_container_ioctl, "request=0x%x ret=%d", "request,ret", CALL, NOWHERE, ERRNO(1))
TRACE_EVENT(vfio_group_ioctl, "group=%d request=0x%x ret=%d", "group,request,ret", CALL, NOWHERE, ERRNO(2))
TRACE_EVENT(vfio_device_ioctl, "device=%s request=0x%x ret=%d", "device,request,ret", CALL, NOWHERE, ERRNO(2))
TRACE_EVENT(vfio_prereg_register, "va=0x%" PRIx64 " size=0x%" PRIx64 " ret=%d", "va,size,ret", CALL, NOWHERE, ERRNO(2))
TRACE_EVENT(vfio_prereg_unregister, "va=0x%" PRIx64 " size=0x%" PRIx64 " ret=%d", "va,size,ret", CALL, NOWHERE,
	    ERRNO(2))
TRACE_EVENT(vfio_spapr_create_window, "pageshift=0x%x levels=%u winsize=0x%" PRIx64 " offset=0x%" PRIx64,
	    "pageshift,levels,winsize,offset", OPEN, BYTES(3, 2), DONE)
TRACE_EVENT(vfio_spapr_remove_window, "offset=0x%" PRIx64, "offset", CLOSE, ONE(0), DONE)
TRACE_EVENT(vfio_spapr_map, "iova=0x%" PRIx64 " size=0x%" PRIx64 " vaddr=0x%" PRIx64 " flags=0x%x ret=%d",
	    "iova,size,vaddr,flags,ret", CALL, BYTES(0, 1), NONZERO(4))
TRACE_EVENT(vfio_spapr_unmap, "iova=0x%" PRIx64 " size=0x%" PRIx64 " ret=%d", "iova,size,ret", CALL, BYTES(0, 1),
	    NONZERO(2))
TRACE_EVENT(vfio_region_read, "device=%s region=%u offset=0x%" PRIx64 " size=%u", "device,region,offset,size", CALL,
	    NOWHERE, DONE)
TRACE_EVENT(vfio_region_write, "device=%s region=%u offset=0x%" PRIx64 " size=%u", "device,region,offset,size", CALL,
	    NOWHERE, DONE)
TRACE_EVENT(vfio_set_irqs, "device=%s index=%u start=%u count=%u ret=%d", "device,index,start,count,ret", CALL, NOWHERE,
	    ERRNO(4))
TRACE_EVENT(pe_ownership, "group=%d host=%d", "group,host", MARK, NOWHERE, DONE)
TRACE_EVENT(pe_eeh_state, "group=%d state=%d", "group,state", MARK, NOWHERE, DONE)
TRACE_EVENT(pe_frozen, "group=%d reason=%s address=0x%" PRIx64, "group,reason,address", MARK, ONE(2), FAILED)
TRACE_EVENT(pe_thawed, "group=%d", "group", MARK, NOWHERE, DONE)
TRACE_EVENT(dma_fault, "group=%d ioba=0x%" PRIx64 " size=0x%" PRIx64 " cause=%s", "group,ioba,size,cause", MARK,
	    BYTES(1, 2), FAILED)
TRACE_EVENT(dma_read, "device=%s ioba=0x%" PRIx64 " size=0x%" PRIx64 " ret=%d", "device,ioba,size,ret", DMA,
	    BYTES(1, 2), ERRNO(3))
TRACE_EVENT(dma_write, "device=%s ioba=0x%" PRIx64 " size=0x%" PRIx64 " ret=%d", "device,ioba,size,ret", DMA,
	    BYTES(1, 2), ERRNO(3))
TRACE_EVENT(nvme_admin_cmd, "device=%s cid=%u opcode=0x%x status=0x%x", "device,cid,opcode,status", FUNCTION, NOWHERE,
	    NONZERO(3))
TRACE_EVENT(nvme_io_cmd, "device=%s sqid=%u cid=%u opcode=0x%x slba=0x%" PRIx64 " nlb=%u status=0x%x",
	    "device,sqid,cid,opcode,slba,nlb,status", FUNCTION, NOWHERE, NONZERO(6))
TRACE_EVENT(spapr_iommu_put, "liobn=%" PRIx64 " ioba=0x%" PRIx64 " tce=0x%" PRIx64 " ret=%ld", "liobn,ioba,tce,ret",
	    CALL, ONE(1), NONZERO(3))
TRACE_EVENT(spapr_iommu_get, "liobn=%" PRIx64 " ioba=0x%" PRIx64 " ret=%ld tce=0x%" PRIx64, "liobn,ioba,ret,tce", CALL,
	    ONE(1), NONZERO(2))
TRACE_EVENT(spapr_iommu_indirect, "liobn=%" PRIx64 " ioba=0x%" PRIx64 " tceList=0x%" PRIx64 " npages=%" PRIu64
	    " ret=%ld", "liobn,ioba,tceList,npages,ret", CALL, PAGES(1, 3), NONZERO(4))
TRACE_EVENT(spapr_iommu_stuff, "liobn=%" PRIx64 " ioba=0x%" PRIx64 " tcevalue=0x%" PRIx64 " npages=%" PRIu64 " ret=%ld",
	    "liobn,ioba,tcevalue,npages,ret", CALL, PAGES(1, 3), NONZERO(4))
TRACE_EVENT(spapr_iommu_new_table, "liobn=%" PRIx64 " page_shift=%u offset=0x%" PRIx64 " size=0x%" PRIx64 " fd=%d",
	    "liobn,page_shift,offset,size,fd", MARK, NOWHERE, ERRNO(4))
TRACE_EVENT(kvm_link, "liobn=%" PRIx64 " group=%d ret=%d", "liobn,group,ret", MARK, NOWHERE, ERRNO(2))
TRACE_EVENT(spapr_iommu_ddw_query, "buid=0x%" PRIx64 " addr=0x%x, %u windows available, largest block=0x%"
	    PRIx64 ", mask=0x%x", "buid,addr,windows,block,mask", CALL, NOWHERE, DONE)
TRACE_EVENT(spapr_iommu_ddw_create, "buid=0x%" PRIx64 " addr=0x%x, page size=0x%" PRIx64 ", requested=0x%" PRIx64
	    ", start addr=0x%" PRIx64 ", liobn=0x%x ret=%d", "buid,addr,page_size,requested,start,liobn,ret", CALL,
	    BYTES(4, 3), NONZERO(6))
TRACE_EVENT(spapr_iommu_ddw_remove, "liobn=0x%x ret=%d", "liobn,ret", CALL, NOWHERE, NONZERO(1))
TRACE_EVENT(spapr_iommu_ddw_associate, "buid=0x%" PRIx64 " addr=0x%x liobn=0x%x ret=%d", "buid,addr,liobn,ret", CALL,
	    NOWHERE, NONZERO(3))
TRACE_EVENT(spapr_iommu_ddw_dissociate, "buid=0x%" PRIx64 " addr=0x%x liobn=0x%x ret=%d", "buid,addr,liobn,ret", CALL,
	    NOWHERE, NONZERO(3))
TRACE_EVENT(spapr_iommu_ddw_reset, "buid=0x%" PRIx64 " addr=0x%x limited=%u ret=%d", "buid,addr,limited,ret", CALL,
	    NOWHERE, NONZERO(3))
