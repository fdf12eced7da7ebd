/* What the index's tests share: hashes, and a search that looks at each. */
#pragma once

#include "hash/index-build.h"

/* COUNT hashes; every third is one of 30 others with up to 40 bits changed, so
 * that there is something within each radius, with doubles. */
guint8 *index_help_hashes (guint count);
void index_help_flip (guint8 *hash, guint bits);

/* COUNT needles near those 30 others and at random. */
guint8 *index_help_needles (const guint8 *hashes, guint count);

typedef gboolean (*IndexHelpGone) (guint32 entry);

/* WeirIndexMatch in the index's own order. Entry i is IDS[i], or i. GONE may be
 * NULL. */
GArray *
index_help_search (const guint8 *hashes, const guint32 *ids, guint count,
    const guint8 *needles, guint n_needles, guint radius, IndexHelpGone gone);

void index_help_assert_same (GArray *got, GArray *wanted);
