/* Checks the trail as the API shows it, record by record from the newest to
 * the first. Pure.
 *
 * It finds what was changed, left out or put in below the newest record. That
 * the newest ones are missing, or that the whole chain was made anew, shows
 * only against a number and hash that were noted elsewhere before. */
#pragma once

#include <jansson.h>

#include "core/trail.h"

typedef struct {
  guint64 count; /* records seen */
  guint64 newest_number;
  char newest_hash[WEIR_TRAIL_HASH_LENGTH + 1];
  guint64 broken;        /* first broken record; 0: none */
  char *why;             /* what is wrong with it, or NULL */
  WeirTrailRecord *last; /* the oldest seen, not yet judged, or NULL */
} WeirCtlTrailCheck;

void weir_ctl_trail_check_clear (WeirCtlTrailCheck *check);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeirCtlTrailCheck, weir_ctl_trail_check_clear)

/* The next older record, a TrailRecord of the API. FALSE with WEIR_ERROR when
 * it is none, or not older than the one before. */
gboolean weir_ctl_trail_check_add (
    WeirCtlTrailCheck *check, const json_t *record, GError **error);

/* There is no older record. */
void weir_ctl_trail_check_finish (WeirCtlTrailCheck *check);
