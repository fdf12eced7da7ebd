/* From a list's bytes to signals: the limits are those of entries that come one
 * by one. */
#include "lists/list-reading.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/ids.h"
#include "base/loop.h"
#include "control/commands.h"
#include "hash/hashlist.h"

#define HASH_BYTES WEIR_PDQ_HASH_BYTES

static gboolean
is_long (const char *text)
{
  return text != NULL && strlen (text) > WEIR_COMMAND_MAX_TEXT_BYTES;
}

static const char *
check (const WeirHashlistEntry *entry, gpointer data)
{
  WeirBankReading *reading = data;
  const WeirHashlistMore *more = entry->more;

  if (is_long (entry->entry) || is_long (entry->item)
      || (more != NULL
          && (is_long (more->label) || is_long (more->owner)
              || is_long (more->note))))
    return "a text is longer than " G_STRINGIFY (
        WEIR_COMMAND_MAX_TEXT_BYTES) " bytes";
  g_atomic_int_inc (&reading->lines);
  return NULL;
}

static void
on_refused (guint line, const char *why, gpointer data)
{
  WeirBankReading *reading = data;
  WeirBankRefusal refusal = { line, NULL };

  g_atomic_int_inc (&reading->lines);
  if (reading->refused++ >= WEIR_BANK_READING_MAX_REFUSALS)
    return;
  refusal.why = g_strdup (why);
  g_array_append_val (reading->refusals, refusal);
}

static guint
hash_hash (gconstpointer key)
{
  guint64 words[HASH_BYTES / 8];
  guint64 sum = 0;

  memcpy (words, key, sizeof words);
  for (guint w = 0; w < G_N_ELEMENTS (words); w++)
    sum = (sum ^ words[w]) * 0x9e3779b97f4a7c15u;
  return (guint) (sum >> 32);
}

static gboolean
hash_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, HASH_BYTES) == 0;
}

static char *
dup_text (const char *text)
{
  return g_strdup (text != NULL ? text : "");
}

static WeirSignal *
make_signal (
    const WeirBankReading *reading, const WeirHashlistEntry *e, gint64 now_ms)
{
  static const WeirHashlistMore none = { 0 };
  const WeirHashlistMore *more = e->more != NULL ? e->more : &none;
  WeirSignal *signal = g_new0 (WeirSignal, 1);

  signal->id = weir_id_new ();
  signal->bank = g_strdup (reading->bank);
  memcpy (signal->hash, e->hash, HASH_BYTES);
  signal->quality = e->quality;
  signal->entry = g_strdup (e->entry);
  signal->item = g_strdup (e->item);
  signal->label = dup_text (more->label);
  signal->owner = dup_text (more->owner);
  signal->opinion = dup_text (weir_hashlist_opinion_text (more->opinion));
  signal->note = dup_text (more->note);
  signal->disable_until_ms = more->disable_until_s * 1000;
  signal->created_ms = now_ms;
  signal->by = g_strdup (reading->by);
  return signal;
}

/* The places in LIST of those whose hash is in neither KNOWN nor above it. */
static GArray *
find_new (WeirBankReading *reading, const WeirHashlist *list,
    const guint8 *known, gsize n_known)
{
  g_autoptr (GHashTable) there = g_hash_table_new (hash_hash, hash_equal);
  GArray *places = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (gsize i = 0; i < n_known; i++)
    g_hash_table_add (there, (gpointer) (known + i * HASH_BYTES));
  for (guint32 i = 0; i < list->count; i++) {
    if (g_hash_table_add (there, (gpointer) list->entries[i].hash))
      g_array_append_val (places, i);
    else
      reading->same++;
  }
  return places;
}

static void
take (WeirBankReading *reading, const WeirHashlist *list, const guint8 *known,
    gsize n_known)
{
  g_autoptr (GArray) places = find_new (reading, list, known, n_known);
  gint64 now_ms = weir_wall_ms ();

  if (places->len > reading->max) {
    g_set_error (&reading->error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "%u entries of the list would be new, and there is room for %u "
        "([store] bank_entries, all banks together), so nothing was changed. "
        "Name the list's file in [bank %s] instead, and reload (SIGHUP).",
        places->len, reading->max, reading->bank);
    return;
  }
  reading->signals =
      g_ptr_array_new_full (places->len, (GDestroyNotify) weir_signal_free);
  for (guint i = 0; i < places->len; i++) {
    const WeirHashlistEntry *e =
        &list->entries[g_array_index (places, guint32, i)];

    reading->quarantined += e->health != WEIR_HASHLIST_SOUND;
    g_ptr_array_add (reading->signals, make_signal (reading, e, now_ms));
  }
}

void
weir_list_read (WeirBankReading *reading, const guint8 *known, gsize n_known)
{
  const WeirHashlistOptions options = {
    .file = *reading->source != '\0' ? reading->source : NULL,
    .check = check,
    .on_refused = on_refused,
    .data = reading,
  };
  g_autoptr (WeirHashlist) list = NULL;
  g_autoptr (GError) error = NULL;
  gpointer text =
      mmap (NULL, reading->size, PROT_READ, MAP_PRIVATE, reading->fd, 0);

  if (text == MAP_FAILED) {
    g_set_error (&reading->error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "The list can't be read: %s. Nothing was changed.", g_strerror (errno));
    return;
  }
  reading->sha256 =
      g_compute_checksum_for_data (G_CHECKSUM_SHA256, text, reading->size);
  list = weir_hashlist_parse (text, reading->size, &options, &error);
  munmap (text, reading->size);
  if (list != NULL)
    take (reading, list, known, n_known);
  else
    g_set_error (&reading->error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "The list can't be used, so nothing was changed: %s", error->message);
}
