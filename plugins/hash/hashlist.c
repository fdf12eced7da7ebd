/* Lists of hashes: what an entry is. The forms are in hashlist-forms.c. */
#include "hash/hashlist.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash/hashlist-impl.h"

#define SHORT_NAME_DIGITS 16
#define MAX_SECONDS_TEXT 32
#define READ_BYTES ((gsize) 1024 * 1024)

static const char *const column_names[WEIR_HASHLIST_COLUMNS] = { "hash",
  "quality", "item", "file", "seconds", "entry", "label", "owner", "note",
  "opinion", "disable_until", "signal_type" };

#define USUAL_BITS (WEIR_PDQ_HASH_BYTES * 8 / 2)

static int
count_bits (const guint8 hash[WEIR_PDQ_HASH_BYTES])
{
  guint64 words[4];
  int bits = 0;

  memcpy (words, hash, sizeof words);
  for (guint w = 0; w < 4; w++)
    bits += __builtin_popcountll (words[w]);
  return bits;
}

WeirHashlistHealth
weir_hashlist_judge (const guint8 hash[WEIR_PDQ_HASH_BYTES], guint quality)
{
  int bits = count_bits (hash);

  if (bits == 0)
    return WEIR_HASHLIST_ZEROS;
  if (ABS (bits - USUAL_BITS) > WEIR_HASHLIST_MAX_IMBALANCE)
    return WEIR_HASHLIST_UNEVEN;
  return quality == 0 ? WEIR_HASHLIST_FLAT : WEIR_HASHLIST_SOUND;
}

char *
weir_hashlist_dup_fault (const guint8 hash[WEIR_PDQ_HASH_BYTES], guint quality)
{
  switch (weir_hashlist_judge (hash, quality)) {
  case WEIR_HASHLIST_SOUND:
    return NULL;
  case WEIR_HASHLIST_ZEROS:
    return g_strdup_printf ("0 of %d bits are set, as in the hash of every "
                            "black picture",
        2 * USUAL_BITS);
  case WEIR_HASHLIST_UNEVEN:
    return g_strdup_printf ("%d of %d bits are set; %d to %d are usual",
        count_bits (hash), 2 * USUAL_BITS,
        USUAL_BITS - WEIR_HASHLIST_MAX_IMBALANCE,
        USUAL_BITS + WEIR_HASHLIST_MAX_IMBALANCE);
  case WEIR_HASHLIST_FLAT:
    return g_strdup ("quality 0, a plain picture's, whose hash is noise");
  }
  return NULL;
}

static const struct {
  const char *word;
  WeirHashlistOpinion opinion;
} opinions[] = {
  { "positive", WEIR_HASHLIST_POSITIVE },
  { "negative", WEIR_HASHLIST_NEGATIVE },
  { "investigation", WEIR_HASHLIST_INVESTIGATION },
  { "disputed", WEIR_HASHLIST_DISPUTED },
  { "POSITIVE_CLASS", WEIR_HASHLIST_POSITIVE },
  { "NEGATIVE_CLASS", WEIR_HASHLIST_NEGATIVE },
  { "INVESTIGATION_SEED", WEIR_HASHLIST_INVESTIGATION },
};

const char *
weir_hashlist_opinion_text (WeirHashlistOpinion opinion)
{
  for (guint i = 0; i < G_N_ELEMENTS (opinions); i++)
    if (opinions[i].opinion == opinion)
      return opinions[i].word;
  return NULL;
}

static gboolean
parse_opinion (WeirSlice word, WeirHashlistOpinion *ret)
{
  for (guint i = 0; i < G_N_ELEMENTS (opinions); i++)
    if (weir_slice_is (word, opinions[i].word)) {
      *ret = opinions[i].opinion;
      return TRUE;
    }
  return FALSE;
}

gboolean
weir_hashlist_parse_opinion (const char *word, WeirHashlistOpinion *ret)
{
  return parse_opinion ((WeirSlice){ word, strlen (word) }, ret);
}

static gboolean
parse_hash (const WeirCsvReader *reader, WeirSlice text, guint8 *ret_hash,
    GError **error)
{
  if (weir_pdq_parse (text.text, text.size, ret_hash))
    return TRUE;
  for (gsize i = 0; i < text.size; i++)
    if (!g_ascii_isxdigit (text.text[i]))
      return weir_csv_fail (reader, WEIR_HASH_ERROR_BROKEN, error,
          "hash has something other than a hex digit at place "
          "%" G_GSIZE_FORMAT,
          i + 1);
  return weir_csv_fail (reader, WEIR_HASH_ERROR_BROKEN, error,
      "hash has %" G_GSIZE_FORMAT " digits, %d expected", text.size,
      WEIR_PDQ_HEX_DIGITS);
}

/* vPDQ writes 1234.5 as 1.23e+03. */
static gboolean
check_seconds (const WeirCsvReader *reader, WeirSlice text, GError **error)
{
  char copy[MAX_SECONDS_TEXT];
  double seconds = -1;
  char *end = copy;

  if (text.size < sizeof copy) {
    memcpy (copy, text.text, text.size);
    copy[text.size] = '\0';
    seconds = g_ascii_strtod (copy, &end);
  }
  if (end == copy || *end != '\0' || !isfinite (seconds) || seconds < 0)
    return weir_csv_fail (reader, WEIR_HASH_ERROR_BROKEN, error,
        "seconds is not a number of seconds");
  return TRUE;
}

static gboolean
check_name (const WeirCsvReader *reader, WeirHashlistColumn column,
    WeirSlice text, GError **error)
{
  const char *end = text.text + text.size;

  if (!g_utf8_validate_len (text.text, text.size, NULL))
    return weir_csv_fail (reader, WEIR_HASH_ERROR_BROKEN, error,
        "%s is not UTF-8", column_names[column]);
  for (const char *at = text.text; at < end; at = g_utf8_next_char (at))
    if (g_unichar_iscntrl (g_utf8_get_char (at)))
      return weir_csv_fail (reader, WEIR_HASH_ERROR_BROKEN, error,
          "%s has a control character", column_names[column]);
  return TRUE;
}

static gboolean
check_names (
    const WeirCsvReader *reader, const WeirSlice *values, GError **error)
{
  static const WeirHashlistColumn names[] = { WEIR_HASHLIST_COLUMN_ITEM,
    WEIR_HASHLIST_COLUMN_FILE, WEIR_HASHLIST_COLUMN_ENTRY,
    WEIR_HASHLIST_COLUMN_LABEL, WEIR_HASHLIST_COLUMN_OWNER,
    WEIR_HASHLIST_COLUMN_NOTE };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (values[names[i]].size > 0
        && !check_name (reader, names[i], values[names[i]], error))
      return FALSE;
  return TRUE;
}

static const char *
keep (WeirHashlistBuilder *b, WeirSlice text)
{
  return text.size == 0 ? NULL
                        : g_string_chunk_insert_len (
                            b->texts, text.text, (gssize) text.size);
}

static gboolean
read_more (WeirHashlistBuilder *b, const WeirCsvReader *reader,
    const WeirSlice *values, WeirHashlistEntry *entry, GError **error)
{
  WeirHashlistMore more = { 0 };
  WeirSlice opinion = values[WEIR_HASHLIST_COLUMN_OPINION];
  WeirSlice until = values[WEIR_HASHLIST_COLUMN_DISABLE_UNTIL];
  gboolean any = opinion.size > 0 || until.size > 0;

  for (guint c = WEIR_HASHLIST_COLUMN_LABEL; c <= WEIR_HASHLIST_COLUMN_NOTE;
       c++)
    any = any || values[c].size > 0;
  if (!any)
    return TRUE;
  if (opinion.size > 0 && !parse_opinion (opinion, &more.opinion))
    return weir_csv_fail (reader, WEIR_HASH_ERROR_BROKEN, error,
        "opinion is none of positive, negative, investigation, disputed");
  if (until.size > 0) {
    g_autofree char *text = g_strndup (until.text, until.size);

    if (!g_ascii_string_to_signed (
            text, 10, 0, 99999999999, &more.disable_until_s, NULL))
      return weir_csv_fail (reader, WEIR_HASH_ERROR_BROKEN, error,
          "disable_until is not a number of Unix seconds");
  }
  more.label = keep (b, values[WEIR_HASHLIST_COLUMN_LABEL]);
  more.owner = keep (b, values[WEIR_HASHLIST_COLUMN_OWNER]);
  more.note = keep (b, values[WEIR_HASHLIST_COLUMN_NOTE]);
  entry->more = g_memdup2 (&more, sizeof more);
  g_ptr_array_add (b->mores, (gpointer) entry->more);
  return TRUE;
}

/* Entries that follow each other are often of one item: it is kept once. */
static const char *
keep_item (WeirHashlistBuilder *b, WeirSlice item)
{
  if (b->array->len > 0) {
    const char *last =
        g_array_index (b->array, WeirHashlistEntry, b->array->len - 1).item;

    if (strlen (last) == item.size && memcmp (last, item.text, item.size) == 0)
      return last;
  }
  return keep (b, item);
}

static void
name_entry (
    WeirHashlistBuilder *b, const WeirSlice *values, WeirHashlistEntry *entry)
{
  WeirSlice file = values[WEIR_HASHLIST_COLUMN_FILE];
  WeirSlice seconds = values[WEIR_HASHLIST_COLUMN_SECONDS];
  WeirSlice item = values[WEIR_HASHLIST_COLUMN_ITEM];
  char hex[WEIR_PDQ_HEX_DIGITS + 1];

  /* vPDQ has a time and no name of a file but that of the list. */
  if (file.size == 0 && seconds.size > 0 && b->file != NULL)
    file = (WeirSlice){ b->file, strlen (b->file) };
  if (values[WEIR_HASHLIST_COLUMN_ENTRY].size > 0) {
    entry->entry = keep (b, values[WEIR_HASHLIST_COLUMN_ENTRY]);
  } else if (file.size > 0 && seconds.size > 0) {
    g_autofree char *name = g_strdup_printf ("%.*s@%.*s", (int) file.size,
        file.text, (int) seconds.size, seconds.text);

    entry->entry = g_string_chunk_insert (b->texts, name);
  } else if (file.size > 0) {
    entry->entry = keep (b, file);
  } else {
    weir_pdq_format (entry->hash, hex);
    entry->entry = keep (b, (WeirSlice){ hex, SHORT_NAME_DIGITS });
  }
  if (item.size == 0)
    item = file;
  entry->item = item.size > 0 ? keep_item (b, item) : entry->entry;
}

gboolean
weir_hashlist_add (WeirHashlistBuilder *b, const WeirCsvReader *reader,
    const WeirSlice values[WEIR_HASHLIST_COLUMNS], GError **error)
{
  WeirHashlistEntry entry = { .quality = 100, .line = reader->record_line };
  WeirSlice type = values[WEIR_HASHLIST_COLUMN_TYPE];
  WeirSlice quality_text = values[WEIR_HASHLIST_COLUMN_QUALITY];
  WeirSlice seconds = values[WEIR_HASHLIST_COLUMN_SECONDS];
  const char *why;
  guint quality;

  if (b->array->len == WEIR_HASHLIST_MAX_ENTRIES)
    return weir_csv_fail (reader, WEIR_HASH_ERROR_LIMIT, error,
        "more than %u entries", WEIR_HASHLIST_MAX_ENTRIES);
  if (type.size > 0 && !weir_slice_is (type, "pdq"))
    return weir_csv_fail (reader, WEIR_HASH_ERROR_BROKEN, error,
        "a signal of another type than pdq");
  if (!parse_hash (
          reader, values[WEIR_HASHLIST_COLUMN_HASH], entry.hash, error))
    return FALSE;
  if (quality_text.size > 0) {
    if (!weir_slice_to_uint (quality_text, 100, &quality))
      return weir_csv_fail (reader, WEIR_HASH_ERROR_BROKEN, error,
          "quality is not a whole number from 0 to 100");
    entry.quality = (guint8) quality;
  }
  if ((seconds.size > 0 && !check_seconds (reader, seconds, error))
      || !check_names (reader, values, error)
      || !read_more (b, reader, values, &entry, error))
    return FALSE;
  entry.health = (guint8) weir_hashlist_judge (entry.hash, entry.quality);
  name_entry (b, values, &entry);
  why = b->options->check != NULL ? b->options->check (&entry, b->options->data)
                                  : NULL;
  if (why != NULL)
    return weir_csv_fail (reader, WEIR_HASH_ERROR_BROKEN, error, "%s", why);
  g_array_append_val (b->array, entry);
  return TRUE;
}

WeirHashlist *
weir_hashlist_parse (const char *text, gsize size,
    const WeirHashlistOptions *options, GError **error)
{
  static const WeirHashlistOptions none = { 0 };
  g_autofree WeirCsvReader *reader = NULL;
  WeirHashlistBuilder *b;
  gboolean done;

  if (size > WEIR_HASHLIST_MAX_FILE_BYTES) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_LIMIT,
        "%" G_GSIZE_FORMAT " bytes, at most %llu are taken", size,
        WEIR_HASHLIST_MAX_FILE_BYTES);
    return NULL;
  }
  reader = g_new (WeirCsvReader, 1);
  weir_csv_reader_init (reader, text, size);
  b = g_new0 (WeirHashlistBuilder, 1);
  b->array = g_array_new (FALSE, FALSE, sizeof (WeirHashlistEntry));
  b->texts = g_string_chunk_new (64 * 1024);
  b->mores = g_ptr_array_new_with_free_func (g_free);
  b->options = options ? options : &none;
  if (b->options->file != NULL)
    b->file = g_string_chunk_insert (b->texts, b->options->file);
  done = weir_hashlist_read (b, reader, error);
  b->list.count = b->array->len;
  b->list.entries = (const WeirHashlistEntry *) b->array->data;
  if (done)
    return &b->list;
  weir_hashlist_free (&b->list);
  return NULL;
}

static gboolean
fail_errno (const char *path, GError **error)
{
  g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM, "%s: %s", path,
      g_strerror (errno));
  return FALSE;
}

static gboolean
too_large (const char *path, guint64 size, GError **error)
{
  g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_LIMIT,
      "%s: %" G_GUINT64_FORMAT " bytes, at most %llu are taken", path, size,
      WEIR_HASHLIST_MAX_FILE_BYTES);
  return FALSE;
}

/* All that comes out of FD, which may be a pipe. */
static gboolean
read_all (int fd, const char *path, GString *to, GError **error)
{
  for (;;) {
    gsize was = to->len;
    gssize n;

    if (was > WEIR_HASHLIST_MAX_FILE_BYTES)
      return too_large (path, was, error);
    g_string_set_size (to, was + READ_BYTES);
    n = read (fd, to->str + was, READ_BYTES);
    g_string_truncate (to, was + (n > 0 ? (gsize) n : 0));
    if (n == 0)
      return TRUE;
    if (n < 0 && errno != EINTR)
      return fail_errno (path, error);
  }
}

/* A device may have no end: only files and pipes are read. */
GString *
weir_hashlist_read_file (const char *path, GError **error)
{
  g_autoptr (GString) text = NULL;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  struct stat st;
  gboolean ok;

  if (fd < 0) {
    fail_errno (path, error);
    return NULL;
  }
  if (fstat (fd, &st) != 0) {
    ok = fail_errno (path, error);
  } else if (!S_ISREG (st.st_mode) && !S_ISFIFO (st.st_mode)
             && !S_ISDIR (st.st_mode)) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM,
        "%s: neither a file nor a pipe", path);
    ok = FALSE;
  } else if ((guint64) st.st_size > WEIR_HASHLIST_MAX_FILE_BYTES) {
    ok = too_large (path, (guint64) st.st_size, error);
  } else {
    text = g_string_sized_new ((gsize) st.st_size + READ_BYTES + 1);
    ok = read_all (fd, path, text, error);
  }
  close (fd);
  return ok ? g_steal_pointer (&text) : NULL;
}

WeirHashlist *
weir_hashlist_load (
    const char *path, const WeirHashlistOptions *options, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  WeirHashlistOptions own = options ? *options : (WeirHashlistOptions){ 0 };
  g_autoptr (GString) text = NULL;
  WeirHashlist *list;

  if (own.file == NULL && g_utf8_validate (name, -1, NULL))
    own.file = name;
  text = weir_hashlist_read_file (path, error);
  if (text == NULL)
    return NULL;
  list = weir_hashlist_parse (text->str, text->len, &own, error);
  if (list == NULL)
    g_prefix_error (error, "%s: ", path);
  return list;
}

void
weir_hashlist_free (WeirHashlist *list)
{
  WeirHashlistBuilder *b = (WeirHashlistBuilder *) list;

  if (b == NULL)
    return;
  g_array_free (b->array, TRUE);
  g_string_chunk_free (b->texts);
  g_ptr_array_unref (b->mores);
  g_free (b);
}

guint32
weir_hashlist_collect (const WeirHashlist *list, guint min_quality,
    guint8 **ret_hashes, guint32 **ret_places)
{
  guint8 *hashes = g_malloc ((gsize) list->count * WEIR_PDQ_HASH_BYTES + 1);
  guint32 *places = g_new (guint32, (gsize) list->count + 1);
  guint32 count = 0;

  for (guint32 i = 0; i < list->count; i++) {
    const WeirHashlistEntry *entry = &list->entries[i];

    if (entry->health != WEIR_HASHLIST_SOUND || entry->quality < min_quality)
      continue;
    memcpy (hashes + (gsize) count * WEIR_PDQ_HASH_BYTES, entry->hash,
        WEIR_PDQ_HASH_BYTES);
    places[count++] = i;
  }
  *ret_hashes = hashes;
  *ret_places = places;
  return count;
}
