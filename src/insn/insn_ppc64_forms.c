/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loads and stores of 64-bit POWER, as the Power ISA numbers them. Multiples and strings do not
 * exist in little-endian mode. Reservations, dcbz and quadwords of general registers are unknown:
 * on registers of a device they fail on real hardware too.
 */
#include "insn/insn_ppc64.h"

#define KEY(primary, extended) ((primary) << 10 | (extended))
#define X(extended) KEY(31, extended)
#define ROW(key, kind, flags, size) { key, kind, flags, size, 0 }
#define VECTOR(key, flags, element) { key, PPC_VSX, flags, 16, element }
#define SCALAR(key, flags, size) { key, PPC_VSX, flags, size, 0 }

static const struct ppc_form rows[] = {
	ROW(KEY(32, 0), PPC_GPR, 0, 4),                             /* lwz */
	ROW(KEY(36, 0), PPC_GPR, PPC_STORE, 4),
	ROW(KEY(58, 0), PPC_GPR, 0, 8),                             /* ld */
	ROW(KEY(62, 0), PPC_GPR, PPC_STORE, 8),
	ROW(KEY(34, 0), PPC_GPR, 0, 1),                             /* lbz */
	ROW(KEY(38, 0), PPC_GPR, PPC_STORE, 1),
	ROW(KEY(40, 0), PPC_GPR, 0, 2),                             /* lhz */
	ROW(KEY(44, 0), PPC_GPR, PPC_STORE, 2),
	ROW(KEY(42, 0), PPC_GPR, PPC_SIGNED, 2),                    /* lha */
	ROW(KEY(58, 2), PPC_GPR, PPC_SIGNED, 4),                    /* lwa */
	ROW(KEY(33, 0), PPC_GPR, PPC_UPDATE, 4),
	ROW(KEY(37, 0), PPC_GPR, PPC_UPDATE | PPC_STORE, 4),
	ROW(KEY(58, 1), PPC_GPR, PPC_UPDATE, 8),
	ROW(KEY(62, 1), PPC_GPR, PPC_UPDATE | PPC_STORE, 8),
	ROW(KEY(35, 0), PPC_GPR, PPC_UPDATE, 1),
	ROW(KEY(39, 0), PPC_GPR, PPC_UPDATE | PPC_STORE, 1),
	ROW(KEY(41, 0), PPC_GPR, PPC_UPDATE, 2),
	ROW(KEY(45, 0), PPC_GPR, PPC_UPDATE | PPC_STORE, 2),
	ROW(KEY(43, 0), PPC_GPR, PPC_UPDATE | PPC_SIGNED, 2),
	ROW(X(23), PPC_GPR, 0, 4),                                  /* lwzx */
	ROW(X(151), PPC_GPR, PPC_STORE, 4),
	ROW(X(21), PPC_GPR, 0, 8),                                  /* ldx */
	ROW(X(149), PPC_GPR, PPC_STORE, 8),
	ROW(X(87), PPC_GPR, 0, 1),                                  /* lbzx */
	ROW(X(215), PPC_GPR, PPC_STORE, 1),
	ROW(X(279), PPC_GPR, 0, 2),                                 /* lhzx */
	ROW(X(407), PPC_GPR, PPC_STORE, 2),
	ROW(X(343), PPC_GPR, PPC_SIGNED, 2),                        /* lhax */
	ROW(X(341), PPC_GPR, PPC_SIGNED, 4),                        /* lwax */
	ROW(X(55), PPC_GPR, PPC_UPDATE, 4),
	ROW(X(183), PPC_GPR, PPC_UPDATE | PPC_STORE, 4),
	ROW(X(53), PPC_GPR, PPC_UPDATE, 8),
	ROW(X(181), PPC_GPR, PPC_UPDATE | PPC_STORE, 8),
	ROW(X(119), PPC_GPR, PPC_UPDATE, 1),
	ROW(X(247), PPC_GPR, PPC_UPDATE | PPC_STORE, 1),
	ROW(X(311), PPC_GPR, PPC_UPDATE, 2),
	ROW(X(439), PPC_GPR, PPC_UPDATE | PPC_STORE, 2),
	ROW(X(375), PPC_GPR, PPC_UPDATE | PPC_SIGNED, 2),
	ROW(X(373), PPC_GPR, PPC_UPDATE | PPC_SIGNED, 4),
	ROW(X(534), PPC_GPR, PPC_REVERSED, 4),                      /* lwbrx */
	ROW(X(662), PPC_GPR, PPC_REVERSED | PPC_STORE, 4),
	ROW(X(532), PPC_GPR, PPC_REVERSED, 8),
	ROW(X(660), PPC_GPR, PPC_REVERSED | PPC_STORE, 8),
	ROW(X(790), PPC_GPR, PPC_REVERSED, 2),
	ROW(X(918), PPC_GPR, PPC_REVERSED | PPC_STORE, 2),
	ROW(KEY(48, 0), PPC_FPR, PPC_SINGLE, 4),                          /* lfs */
	ROW(KEY(49, 0), PPC_FPR, PPC_SINGLE | PPC_UPDATE, 4),
	ROW(KEY(52, 0), PPC_FPR, PPC_SINGLE | PPC_STORE, 4),
	ROW(KEY(53, 0), PPC_FPR, PPC_SINGLE | PPC_UPDATE | PPC_STORE, 4),
	ROW(X(535), PPC_FPR, PPC_SINGLE, 4),
	ROW(X(567), PPC_FPR, PPC_SINGLE | PPC_UPDATE, 4),
	ROW(X(663), PPC_FPR, PPC_SINGLE | PPC_STORE, 4),
	ROW(X(695), PPC_FPR, PPC_SINGLE | PPC_UPDATE | PPC_STORE, 4),
	ROW(KEY(50, 0), PPC_FPR, 0, 8),                             /* lfd */
	ROW(KEY(51, 0), PPC_FPR, PPC_UPDATE, 8),
	ROW(KEY(54, 0), PPC_FPR, PPC_STORE, 8),
	ROW(KEY(55, 0), PPC_FPR, PPC_UPDATE | PPC_STORE, 8),
	ROW(X(599), PPC_FPR, 0, 8),
	ROW(X(631), PPC_FPR, PPC_UPDATE, 8),
	ROW(X(727), PPC_FPR, PPC_STORE, 8),
	ROW(X(759), PPC_FPR, PPC_UPDATE | PPC_STORE, 8),
	ROW(X(855), PPC_FPR, PPC_SIGNED, 4),                        /* lfiwax */
	ROW(X(887), PPC_FPR, 0, 4),                                 /* lfiwzx */
	ROW(X(983), PPC_FPR, PPC_STORE, 4),                         /* stfiwx */
	VECTOR(X(103), PPC_UPPER | PPC_ALIGN, 16),                  /* lvx, lvxl */
	VECTOR(X(359), PPC_UPPER | PPC_ALIGN, 16),
	VECTOR(X(231), PPC_UPPER | PPC_ALIGN | PPC_STORE, 16),
	VECTOR(X(487), PPC_UPPER | PPC_ALIGN | PPC_STORE, 16),
	ROW(X(7), PPC_VR_ELEMENT, PPC_UPPER | PPC_ALIGN, 1),        /* lvebx, lvehx, lvewx */
	ROW(X(39), PPC_VR_ELEMENT, PPC_UPPER | PPC_ALIGN, 2),
	ROW(X(71), PPC_VR_ELEMENT, PPC_UPPER | PPC_ALIGN, 4),
	ROW(X(135), PPC_VR_ELEMENT, PPC_UPPER | PPC_ALIGN | PPC_STORE, 1),
	ROW(X(167), PPC_VR_ELEMENT, PPC_UPPER | PPC_ALIGN | PPC_STORE, 2),
	ROW(X(199), PPC_VR_ELEMENT, PPC_UPPER | PPC_ALIGN | PPC_STORE, 4),
	VECTOR(X(844), 0, 8),                                       /* lxvd2x */
	VECTOR(X(972), PPC_STORE, 8),
	VECTOR(X(780), 0, 4),                                       /* lxvw4x */
	VECTOR(X(908), PPC_STORE, 4),
	VECTOR(X(812), 0, 2),                                       /* lxvh8x */
	VECTOR(X(940), PPC_STORE, 2),
	VECTOR(X(876), 0, 1),                                       /* lxvb16x */
	VECTOR(X(1004), PPC_STORE, 1),
	VECTOR(X(268), 0, 16),                                      /* lxvx */
	VECTOR(X(396), PPC_STORE, 16),
	VECTOR(KEY(61, 1), 0, 16),                                  /* lxv */
	VECTOR(KEY(61, 5), PPC_STORE, 16),
	{ X(332), PPC_VSX, PPC_SPLAT, 8, 8 },                       /* lxvdsx */
	{ X(364), PPC_VSX, PPC_SPLAT, 4, 4 },                       /* lxvwsx */
	SCALAR(X(588), 0, 8),                                       /* lxsdx */
	SCALAR(X(716), PPC_STORE, 8),
	SCALAR(X(76), PPC_SIGNED, 4),                               /* lxsiwax */
	SCALAR(X(12), 0, 4),                                        /* lxsiwzx */
	SCALAR(X(140), PPC_STORE, 4),
	SCALAR(X(781), 0, 1),                                       /* lxsibzx */
	SCALAR(X(909), PPC_STORE, 1),
	SCALAR(X(813), 0, 2),                                       /* lxsihzx */
	SCALAR(X(941), PPC_STORE, 2),
	SCALAR(KEY(57, 2), PPC_UPPER, 8),                           /* lxsd */
	SCALAR(KEY(61, 2), PPC_UPPER | PPC_STORE, 8),
	SCALAR(X(524), PPC_SINGLE, 4),                              /* lxsspx */
	SCALAR(X(652), PPC_SINGLE | PPC_STORE, 4),
	SCALAR(KEY(57, 3), PPC_SINGLE | PPC_UPPER, 4),              /* lxssp */
	SCALAR(KEY(61, 3), PPC_SINGLE | PPC_UPPER | PPC_STORE, 4),
};

/* The extended opcode has 10 bits in X-form, 2 in DS-form, and 3 in DQ-form, whose lower two are 1. */
static uint16_t key_of(uint32_t code)
{
	uint32_t primary = code >> 26;

	switch (primary) {
	case 31:
		return (uint16_t)X(code >> 1 & 0x3ff);
	case 61:
		return (uint16_t)KEY(primary, (code & 3) == 1 ? code & 7 : code & 3);
	case 57: case 58: case 62:
		return (uint16_t)KEY(primary, code & 3);
	}
	return (uint16_t)KEY(primary, 0);
}

/* Bit 31 of an X-form is part of a VSX register's number; elsewhere it is 0. */
static bool is_valid(uint32_t code, const struct ppc_form *form)
{
	bool has_record_bit = code >> 26 == 31 && (form->kind != PPC_VSX || form->flags & PPC_UPPER);

	return !has_record_bit || !(code & 1);
}

const struct ppc_form *ppc_find_form(uint32_t code)
{
	uint16_t key = key_of(code);

	for (unsigned int i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].key == key)
			return is_valid(code, &rows[i]) ? &rows[i] : NULL;
	return NULL;
}
