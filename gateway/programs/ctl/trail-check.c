/* The chain of hashes, walked backwards. */
#include "programs/ctl/trail-check.h"

#include <string.h>

#include "base/error.h"
#include "programs/ctl/text.h"

void
weir_ctl_trail_check_clear (WeirCtlTrailCheck *check)
{
  g_free (check->why);
  weir_trail_record_free (check->last);
  memset (check, 0, sizeof *check);
}

/* The detail as it was hashed: compact, keys sorted. */
static char *
dup_detail (const json_t *detail)
{
  char *text, *copy;

  if (json_is_string (detail))
    return g_strdup (json_string_value (detail));
  text = json_dumps (detail, JSON_COMPACT | JSON_SORT_KEYS);
  copy = g_strdup (text);
  free (text);
  return copy;
}

static WeirTrailRecord *
record_from_json (const json_t *json)
{
  const json_t *detail = json_object_get (json, "detail");
  const char *previous = weir_ctl_text_string (json, "previous");
  const char *hash = weir_ctl_text_string (json, "hash");
  gint64 number = weir_ctl_text_int (json, "number");
  WeirTrailRecord *record;

  if (number < 1 || strlen (hash) != WEIR_TRAIL_HASH_LENGTH
      || strlen (previous) != WEIR_TRAIL_HASH_LENGTH
      || !(json_is_object (detail) || json_is_array (detail)
           || json_is_string (detail)))
    return NULL;
  record = g_new0 (WeirTrailRecord, 1);
  record->number = (guint64) number;
  record->wall_ms = weir_ctl_text_int (json, "time");
  record->actor = g_strdup (weir_ctl_text_string (json, "actor"));
  record->action = g_strdup (weir_ctl_text_string (json, "action"));
  record->subject = g_strdup (weir_ctl_text_string (json, "subject"));
  record->detail = dup_detail (detail);
  g_strlcpy (record->previous, previous, sizeof record->previous);
  g_strlcpy (record->hash, hash, sizeof record->hash);
  return record;
}

/* OLDER: NULL when RECORD is the oldest there is. */
static void
judge (WeirCtlTrailCheck *check, const WeirTrailRecord *record,
    const WeirTrailRecord *older)
{
  char hash[WEIR_TRAIL_HASH_LENGTH + 1];
  guint64 before = record->number - 1;

  if (weir_trail_record_verify (record, older))
    return;
  check->broken = record->number;
  g_free (check->why);
  weir_trail_record_hash (record, hash);
  if (strcmp (hash, record->hash) != 0)
    check->why = g_strdup ("it is not what was hashed");
  else if (before != (older != NULL ? older->number : 0))
    check->why =
        g_strdup_printf ("record %" G_GUINT64_FORMAT " is missing", before);
  else if (older != NULL)
    check->why = g_strdup_printf (
        "it does not carry the hash of record %" G_GUINT64_FORMAT, before);
  else
    check->why = g_strdup ("it does not begin the chain");
}

gboolean
weir_ctl_trail_check_add (
    WeirCtlTrailCheck *check, const json_t *json, GError **error)
{
  WeirTrailRecord *record = record_from_json (json);

  if (record == NULL
      || (check->last != NULL && record->number >= check->last->number)) {
    weir_trail_record_free (record);
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "what the gateway sends after %" G_GUINT64_FORMAT
        " records is no older record of the trail",
        check->count);
    return FALSE;
  }
  if (check->last != NULL) {
    judge (check, check->last, record);
  } else {
    check->newest_number = record->number;
    g_strlcpy (check->newest_hash, record->hash, sizeof check->newest_hash);
  }
  weir_trail_record_free (check->last);
  check->last = record;
  check->count++;
  return TRUE;
}

void
weir_ctl_trail_check_finish (WeirCtlTrailCheck *check)
{
  if (check->last != NULL)
    judge (check, check->last, NULL);
  g_clear_pointer (&check->last, weir_trail_record_free);
}
