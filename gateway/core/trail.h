/* The trail: what was decided, by whom, about what, in records each of which
 * carries the hash of the one before. Pure; the store keeps them. */
#pragma once

#include <glib.h>

#define WEIR_TRAIL_HASH_LENGTH 64 /* hex digits of SHA-256 */

typedef struct {
  guint64 number; /* from 1, without gaps */
  gint64 wall_ms;
  char *actor;   /* "user:admin", "program:NAME", "policy", "weir" */
  char *action;  /* "stream.cut" */
  char *subject; /* "stream:live/cam1", "case:ID", "key:ID" */
  char *detail;  /* JSON object, compact, as it was hashed */
  char previous[WEIR_TRAIL_HASH_LENGTH + 1]; /* zeros for the first */
  char hash[WEIR_TRAIL_HASH_LENGTH + 1];
} WeirTrailRecord;

/* Makes the record that follows the one with NUMBER and HASH (0 and NULL for
 * the first). Strings are copied. */
WeirTrailRecord *weir_trail_record_new (guint64 previous_number,
    const char *previous_hash, gint64 wall_ms, const char *actor,
    const char *action, const char *subject, const char *detail);
void weir_trail_record_free (WeirTrailRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirTrailRecord, weir_trail_record_free)

/* SHA-256 over the length-prefixed fields, previous hash included. */
void weir_trail_record_hash (
    const WeirTrailRecord *record, char ret_hash[WEIR_TRAIL_HASH_LENGTH + 1]);

/* FALSE when RECORD does not follow PREVIOUS (NULL for the first) or its
 * content is not what was hashed. */
gboolean weir_trail_record_verify (
    const WeirTrailRecord *record, const WeirTrailRecord *previous);
