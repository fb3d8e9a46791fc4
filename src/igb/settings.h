/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of a card, which are the same for all models. */
#ifndef STCE_IGB_SETTINGS_H
#define STCE_IGB_SETTINGS_H

#include "igb/card.h"

extern const struct function_option_help e1000_options[];
extern const struct function_option_help igb_options[];

/* Reads them all. -EINVAL: one is wrong, of which `why` tells. */
int igb_settings_read(const struct function_type *type, const struct function_init *init,
		      struct igb_settings *settings, char *why);

#endif
