/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions that prepare the rows of reasons_hcalls.c; reasons_tables.c has them. */
#ifndef STCE_TESTS_API_REASONS_TABLES_H
#define STCE_TESTS_API_REASONS_TABLES_H

#include "reasons.h"

#define NAME      5ul               /* the table's LIOBN */
#define EXTRA_GPA 0x400000ul        /* pages that no container has registered */

void reasons_table(void);
void reasons_present_table(void);
void reasons_linked(void);
void reasons_linked_and_extra(void);
void reasons_linked_by_64k_and_extra(void);
void reasons_present_and_extra(void);
void reasons_unreadable_extra(void);
void reasons_linked_to_64k(void);
void reasons_linked_to_a_hole(void);
void reasons_linked_twice(void);
void reasons_linked_to_v1(void);
void reasons_linked_and_suspended(void);
void reasons_linked_and_held(void);
void reasons_blind(void);
void reasons_disabled(void);
void reasons_linked_by_64k_list(void);
void reasons_list_of_no_page(void);

#endif
