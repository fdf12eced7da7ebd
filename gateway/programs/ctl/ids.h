/* Ids by their beginnings. Pure. */
#pragma once

#include <glib.h>

/* An id's first 13 characters, "018f2b3c-4d5e", are the millisecond of its
 * making: shorter beginnings would soon mean another one. */
#define WEIR_CTL_IDS_MIN_LENGTH 13

/* The fewest first characters, but WEIR_CTL_IDS_MIN_LENGTH at least, that
 * tell IDS (elements: strings, all different) from one another. */
guint weir_ctl_ids_distinct_length (const GPtrArray *ids);

/* The one of IDS that is PREFIX or begins with it. Caller frees. NULL with
 * WEIR_ERROR when there is none or more than one; WHAT names the kind. */
char *weir_ctl_ids_find (
    const GPtrArray *ids, const char *prefix, const char *what, GError **error);
