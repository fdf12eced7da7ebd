/* Hash-chained records. */
#include "core/trail.h"

#include "base/bytes.h"

static const char zeros[] =
    "0000000000000000000000000000000000000000000000000000000000000000";

static void
add (GChecksum *sum, const char *text)
{
  guint8 length[8];
  gsize n = strlen (text);

  weir_put_uint (length, n, 8);
  g_checksum_update (sum, length, sizeof length);
  g_checksum_update (sum, (const guchar *) text, (gssize) n);
}

void
weir_trail_record_hash (
    const WeirTrailRecord *record, char ret_hash[WEIR_TRAIL_HASH_LENGTH + 1])
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 numbers[16];

  weir_put_uint (
      weir_put_uint (numbers, record->number, 8), (guint64) record->wall_ms, 8);
  g_checksum_update (sum, numbers, sizeof numbers);
  add (sum, record->actor);
  add (sum, record->action);
  add (sum, record->subject);
  add (sum, record->detail);
  add (sum, record->previous);
  g_strlcpy (ret_hash, g_checksum_get_string (sum), WEIR_TRAIL_HASH_LENGTH + 1);
}

WeirTrailRecord *
weir_trail_record_new (guint64 previous_number, const char *previous_hash,
    gint64 wall_ms, const char *actor, const char *action, const char *subject,
    const char *detail)
{
  WeirTrailRecord *record = g_new0 (WeirTrailRecord, 1);

  record->number = previous_number + 1;
  record->wall_ms = wall_ms;
  record->actor = g_strdup (actor);
  record->action = g_strdup (action);
  record->subject = g_strdup (subject);
  record->detail = g_strdup (detail);
  g_strlcpy (record->previous, previous_hash ? previous_hash : zeros,
      sizeof record->previous);
  weir_trail_record_hash (record, record->hash);
  return record;
}

void
weir_trail_record_free (WeirTrailRecord *record)
{
  if (record == NULL)
    return;
  g_free (record->actor);
  g_free (record->action);
  g_free (record->subject);
  g_free (record->detail);
  g_free (record);
}

gboolean
weir_trail_record_verify (
    const WeirTrailRecord *record, const WeirTrailRecord *previous)
{
  char hash[WEIR_TRAIL_HASH_LENGTH + 1];

  weir_trail_record_hash (record, hash);
  return strcmp (hash, record->hash) == 0
         && record->number == (previous ? previous->number + 1 : 1)
         && strcmp (record->previous, previous ? previous->hash : zeros) == 0;
}
