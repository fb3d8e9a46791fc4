/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EEH in the states that need a frozen PE. QEMU's machines freeze nothing, so no real run has given these answers:
 * eeh_source.txt has those that follow from the source of Linux, and each case names the function. On a machine whose
 * bridge freezes, the cases can be run like any other; an error of config space is one that all its firmware knows.
 */
#include "conformance.h"

#include <linux/pci_regs.h>
#include <unistd.h>

#define ANY_CONFIG_READ 4

static int device;

static void pe_op(const char *name, uint32_t op)
{
	struct vfio_eeh_pe_op arg = { .argsz = sizeof(arg), .op = op, .err = { .func = ANY_CONFIG_READ } };

	told(answer(ioctl(container, VFIO_EEH_PE_OP, &arg)), "%s", name);
}

#define OP(name) pe_op(#name, VFIO_EEH_PE_##name)

/* The class of a function is not 0xffffffff, and Linux keeps no copy of it. */
static void read_class(void)
{
	uint32_t class = 0;
	ssize_t r = pread(device, &class, sizeof(class), ((off_t)VFIO_PCI_CONFIG_REGION_INDEX << 40) + PCI_CLASS_REVISION);

	told(r == sizeof(class) ? class == UINT32_MAX : -1, "the class reads as ones");
}

static void freeze(void)
{
	v2();
	device = device_fd(device_name);
	OP(ENABLE);
	OP(INJECT_ERR);
	OP(GET_STATE);
	read_class();
	OP(GET_STATE);
}

CASE("S01", "an injected error meets the next access and acts once [linux pnv_eeh_err_inject, skiboot phb4_err_inject]")
{
	freeze();
	read_class();
	OP(ENABLE);
	read_class();
	OP(GET_STATE);
}

CASE("S02", "registers are thawed first [linux eeh_pci_enable, eeh_pe_get_state]")
{
	freeze();
	OP(UNFREEZE_IO);
	OP(GET_STATE);
	read_class();
	OP(UNFREEZE_DMA);
	OP(GET_STATE);
}

CASE("S03", "DMA alone is thawed [linux eeh_pe_get_state]")
{
	freeze();
	OP(UNFREEZE_DMA);
	OP(GET_STATE);
	OP(UNFREEZE_IO);
	OP(GET_STATE);
}

CASE("S04", "ENABLE thaws, DISABLE and CONFIGURE do not [linux eeh_pe_set_option, eeh_pe_change_owner, eeh_pe_configure]")
{
	freeze();
	OP(DISABLE);
	OP(CONFIGURE);
	OP(GET_STATE);
	OP(ENABLE);
	OP(GET_STATE);
}

static void recover(const char *name, uint32_t op)
{
	freeze();
	pe_op(name, op);
	OP(GET_STATE);
	read_class();
	OP(RESET_DEACTIVATE);
	OP(GET_STATE);
	read_class();
}

CASE("S05", "a hot reset recovers [linux eeh_pe_reset, eeh_pe_reenable_devices; LoPAR 7.3.11.2 for the state]")
{
	recover("RESET_HOT", VFIO_EEH_PE_RESET_HOT);
}

CASE("S06", "a fundamental reset recovers [linux eeh_pe_reset, eeh_pe_reenable_devices; LoPAR 7.3.11.2 for the state]")
{
	recover("RESET_FUNDAMENTAL", VFIO_EEH_PE_RESET_FUNDAMENTAL);
}

CASE("S07", "the end of a reset that never began thaws [linux eeh_pe_reset]")
{
	freeze();
	OP(RESET_DEACTIVATE);
	OP(GET_STATE);
}

CASE("S08", "a function's own reset thaws nothing [linux vfio_pci_ioctl_reset]")
{
	freeze();
	told(answer(ioctl(device, VFIO_DEVICE_RESET)), "VFIO_DEVICE_RESET");
	OP(GET_STATE);
	OP(ENABLE);
}

CASE("S09", "ENABLE ends a reset [linux eeh_pe_change_owner, eeh_unfreeze_pe]")
{
	freeze();
	OP(RESET_HOT);
	OP(ENABLE);
	OP(GET_STATE);
	OP(RESET_DEACTIVATE);
	OP(GET_STATE);
}

CASE("S10", "the last close of a device thaws [linux eeh_dev_release]")
{
	freeze();
	close(device);
	OP(GET_STATE);
}

CASE("S11", "an injection replaces the one before [skiboot phb4_err_inject: clear leftover from last time]")
{
	freeze();
	OP(ENABLE);
	OP(INJECT_ERR);
	OP(INJECT_ERR);
	read_class();
	OP(ENABLE);
	read_class();
	OP(GET_STATE);
}
