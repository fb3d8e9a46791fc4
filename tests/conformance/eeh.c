/* SPDX-License-Identifier: BSD-2-Clause */
/* EEH operations, as far as they do not depend on the model of the bridge. */
#include "conformance.h"

static void pe_op(uint32_t argsz, uint32_t flags, uint32_t op, uint32_t type, uint32_t func)
{
	struct vfio_eeh_pe_op arg = { .argsz = argsz, .flags = flags, .op = op, .err = { .type = type, .func = func } };

	told(answer(ioctl(container, VFIO_EEH_PE_OP, &arg)), "EEH_PE_OP(argsz %u, flags %#x, op %u, type %u, func %u)",
	     argsz, flags, op, type, func);
}

CASE("C162", "EEH checks argsz, flags, op and the pointer")
{
	v2();
	pe_op(11, 0, 0, 0, 0);
	pe_op(12, 1, 0, 0, 0);
	pe_op(11, 1, 10, 0, 0);
	pe_op(12, 0, 10, 0, 0);
	pe_op(12, 1, 10, 0, 0);
	pe_op(12, 0, 0xffffffff, 0, 0);
	told(answer(ioctl(container, VFIO_EEH_PE_OP, NULL)), "EEH_PE_OP(NULL)");
}

CASE("C163", "the state can be asked for before ENABLE")
{
	v2();
	pe_op(12, 0, VFIO_EEH_PE_GET_STATE, 0, 0);
	pe_op(12, 0, VFIO_EEH_PE_ENABLE, 0, 0);
	pe_op(12, 0, VFIO_EEH_PE_GET_STATE, 0, 0);
}

CASE("C164", "an injection checks argsz, function and type")
{
	v2();
	pe_op(12, 0, VFIO_EEH_PE_INJECT_ERR, 0, 0);
	pe_op(39, 0, VFIO_EEH_PE_INJECT_ERR, 0, 0);
	pe_op(40, 0, VFIO_EEH_PE_INJECT_ERR, 0, 20);
	pe_op(40, 0, VFIO_EEH_PE_INJECT_ERR, 5, 20);
	pe_op(40, 0, VFIO_EEH_PE_INJECT_ERR, 5, 0);
	pe_op(40, 0, VFIO_EEH_PE_INJECT_ERR, 0xffffffff, 0);
}

CASE("C165", "ENABLE and DISABLE can be repeated")
{
	v2();
	pe_op(12, 0, VFIO_EEH_PE_ENABLE, 0, 0);
	pe_op(12, 0, VFIO_EEH_PE_ENABLE, 0, 0);
	pe_op(12, 0, VFIO_EEH_PE_DISABLE, 0, 0);
	pe_op(12, 0, VFIO_EEH_PE_DISABLE, 0, 0);
	pe_op(4096, 0, VFIO_EEH_PE_ENABLE, 0, 0);
}

CASE("E01", "a healthy PE is thawed and configured without ENABLE")
{
	v2();
	pe_op(12, 0, VFIO_EEH_PE_UNFREEZE_IO, 0, 0);
	pe_op(12, 0, VFIO_EEH_PE_UNFREEZE_DMA, 0, 0);
	pe_op(12, 0, VFIO_EEH_PE_CONFIGURE, 0, 0);
	pe_op(12, 0, VFIO_EEH_PE_GET_STATE, 0, 0);
}

CASE("E02", "v1 has the same operations before its ENABLE")
{
	v1();
	pe_op(12, 0, VFIO_EEH_PE_GET_STATE, 0, 0);
	pe_op(12, 0, VFIO_EEH_PE_ENABLE, 0, 0);
	pe_op(11, 1, 99, 0, 0);
	pe_op(12, 0, 10, 0, 0);
}

static void reset_by(uint32_t op)
{
	v2();
	device_fd(device_name);
	pe_op(12, 0, VFIO_EEH_PE_ENABLE, 0, 0);
	pe_op(12, 0, op, 0, 0);
	pe_op(12, 0, VFIO_EEH_PE_GET_STATE, 0, 0);
	pe_op(12, 0, VFIO_EEH_PE_RESET_DEACTIVATE, 0, 0);
	pe_op(12, 0, VFIO_EEH_PE_GET_STATE, 0, 0);
}

CASE("E03", "a hot reset, and its end")
{
	reset_by(VFIO_EEH_PE_RESET_HOT);
}

CASE("E04", "a fundamental reset, and its end")
{
	reset_by(VFIO_EEH_PE_RESET_FUNDAMENTAL);
}
