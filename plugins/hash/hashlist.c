/* The parser of bank files. */
#include "hash/hashlist.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#define SHORT_NAME_DIGITS 16

typedef enum {
  COLUMN_HASH,
  COLUMN_QUALITY,
  COLUMN_ITEM,
  COLUMN_FILE,
  COLUMN_SECONDS,
  COLUMN_ENTRY,
  COLUMN_LABEL,
  N_COLUMNS,
} Column;

static const char *const column_names[N_COLUMNS] = { "hash", "quality", "item",
  "file", "seconds", "entry", "label" };

typedef struct {
  WeirHashlist list; /* first: what the caller sees */
  GArray *array;     /* WeirHashlistEntry */
  GStringChunk *texts;
} List;

typedef struct {
  const char *at;
  const char *end;
  guint line;        /* where the next record begins, from 1 */
  guint record_line; /* where the current one began */
  GString *text;     /* the current record's fields, each with a NUL */
  gsize offsets[WEIR_HASHLIST_MAX_COLUMNS];
  guint n_fields;
} Reader;

static gboolean fail (const Reader *reader, int code, GError **error,
    const char *format, ...) G_GNUC_PRINTF (4, 5);

static gboolean
fail (const Reader *reader, int code, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (
      error, WEIR_HASH_ERROR, code, "line %u: %s", reader->record_line, text);
  return FALSE;
}

static const char *
field (const Reader *reader, guint i)
{
  return reader->text->str + reader->offsets[i];
}

static gboolean
begin_field (Reader *reader, GError **error)
{
  if (reader->n_fields == WEIR_HASHLIST_MAX_COLUMNS)
    return fail (reader, WEIR_HASH_ERROR_LIMIT, error, "more than %u columns",
        WEIR_HASHLIST_MAX_COLUMNS);
  reader->offsets[reader->n_fields++] = reader->text->len;
  return TRUE;
}

static gboolean
is_line_end (const Reader *reader)
{
  return reader->at == reader->end || *reader->at == '\n'
         || (*reader->at == '\r'
             && (reader->at + 1 == reader->end || reader->at[1] == '\n'));
}

/* The opening quote is behind. */
static gboolean
read_quoted (Reader *reader, const char *limit, GError **error)
{
  while (reader->at < limit) {
    char c = *reader->at++;

    if (c == '"') {
      if (reader->at == limit || *reader->at != '"')
        return TRUE;
      reader->at++;
    } else if (c == '\n') {
      reader->line++;
    }
    g_string_append_c (reader->text, c);
  }
  if (limit < reader->end)
    return fail (reader, WEIR_HASH_ERROR_LIMIT, error, "longer than %u bytes",
        WEIR_HASHLIST_MAX_LINE_BYTES);
  return fail (reader, WEIR_HASH_ERROR_BROKEN, error,
      "a quote is opened and not closed");
}

static gboolean
read_field (Reader *reader, const char *limit, GError **error)
{
  if (!begin_field (reader, error))
    return FALSE;
  if (reader->at < limit && *reader->at == '"') {
    reader->at++;
    if (!read_quoted (reader, limit, error))
      return FALSE;
    if (!is_line_end (reader) && *reader->at != ',')
      return fail (reader, WEIR_HASH_ERROR_BROKEN, error,
          "something follows a closing quote");
  }
  while (!is_line_end (reader) && *reader->at != ',') {
    if (reader->at == limit)
      return fail (reader, WEIR_HASH_ERROR_LIMIT, error, "longer than %u bytes",
          WEIR_HASHLIST_MAX_LINE_BYTES);
    if (*reader->at == '"')
      return fail (reader, WEIR_HASH_ERROR_BROKEN, error,
          "a quote inside a field that does not begin with one");
    if (*reader->at == '\0')
      return fail (reader, WEIR_HASH_ERROR_BROKEN, error, "a NUL byte");
    g_string_append_c (reader->text, *reader->at++);
  }
  if (strlen (field (reader, reader->n_fields - 1))
      != reader->text->len - reader->offsets[reader->n_fields - 1])
    return fail (reader, WEIR_HASH_ERROR_BROKEN, error, "a NUL byte");
  g_string_append_c (reader->text, '\0');
  return TRUE;
}

static void
skip_line (Reader *reader)
{
  const char *newline =
      memchr (reader->at, '\n', (gsize) (reader->end - reader->at));

  reader->at = newline ? newline + 1 : reader->end;
  reader->line++;
}

/* TRUE with n_fields 0 at the end of the text. */
static gboolean
read_record (Reader *reader, GError **error)
{
  const char *limit;

  reader->n_fields = 0;
  g_string_truncate (reader->text, 0);
  while (
      reader->at < reader->end && (is_line_end (reader) || *reader->at == '#'))
    skip_line (reader);
  reader->record_line = reader->line;
  if (reader->at == reader->end)
    return TRUE;
  limit =
      reader->at
      + MIN ((gsize) (reader->end - reader->at), WEIR_HASHLIST_MAX_LINE_BYTES);
  for (;;) {
    if (!read_field (reader, limit, error))
      return FALSE;
    if (is_line_end (reader))
      break;
    reader->at++; /* the comma */
  }
  skip_line (reader);
  return TRUE;
}

static gboolean
parse_hash (
    const Reader *reader, const char *text, guint8 *ret_hash, GError **error)
{
  static const guint8 zero[WEIR_PDQ_HASH_BYTES];
  gsize size = strlen (text);
  gsize digits = strspn (text, "0123456789abcdefABCDEF");

  if (digits < size)
    return fail (reader, WEIR_HASH_ERROR_BROKEN, error,
        "hash has something other than a hex digit at place %" G_GSIZE_FORMAT,
        digits + 1);
  if (!weir_pdq_parse (text, size, ret_hash))
    return fail (reader, WEIR_HASH_ERROR_BROKEN, error,
        "hash has %" G_GSIZE_FORMAT " digits, %d expected", size,
        WEIR_PDQ_HEX_DIGITS);
  if (memcmp (ret_hash, zero, sizeof zero) == 0)
    return fail (reader, WEIR_HASH_ERROR_BROKEN, error,
        "hash is all zeros, which every black picture has");
  return TRUE;
}

static gboolean
parse_quality (
    const Reader *reader, const char *text, guint8 *ret_quality, GError **error)
{
  guint64 quality;

  if (!g_ascii_string_to_unsigned (text, 10, 0, 100, &quality, NULL))
    return fail (reader, WEIR_HASH_ERROR_BROKEN, error,
        "quality is not a whole number from 0 to 100");
  *ret_quality = (guint8) quality;
  return TRUE;
}

static gboolean
check_seconds (const Reader *reader, const char *text, GError **error)
{
  char *end;
  double seconds = g_ascii_strtod (text, &end);

  if (*end != '\0' || !isfinite (seconds) || seconds < 0)
    return fail (reader, WEIR_HASH_ERROR_BROKEN, error,
        "seconds is not a number of seconds");
  return TRUE;
}

static gboolean
check_name (
    const Reader *reader, Column column, const char *text, GError **error)
{
  if (!g_utf8_validate (text, -1, NULL))
    return fail (reader, WEIR_HASH_ERROR_BROKEN, error, "%s is not UTF-8",
        column_names[column]);
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    if (g_unichar_iscntrl (g_utf8_get_char (at)))
      return fail (reader, WEIR_HASH_ERROR_BROKEN, error,
          "%s has a control character", column_names[column]);
  return TRUE;
}

/* VALUES are the record's known columns, NULL where there is none. */
static gboolean
add_entry (List *list, const Reader *reader,
    const char *const values[N_COLUMNS], GError **error)
{
  static const Column names[] = { COLUMN_ITEM, COLUMN_FILE, COLUMN_ENTRY,
    COLUMN_LABEL };
  const char *file = values[COLUMN_FILE], *seconds = values[COLUMN_SECONDS];
  const char *item = values[COLUMN_ITEM] ? values[COLUMN_ITEM] : file;
  WeirHashlistEntry entry = { .quality = 100 };
  char hex[WEIR_PDQ_HEX_DIGITS + 1];

  if (list->array->len == WEIR_HASHLIST_MAX_ENTRIES)
    return fail (reader, WEIR_HASH_ERROR_LIMIT, error, "more than %u entries",
        WEIR_HASHLIST_MAX_ENTRIES);
  if (!parse_hash (reader, values[COLUMN_HASH] ? values[COLUMN_HASH] : "",
          entry.hash, error))
    return FALSE;
  if (values[COLUMN_QUALITY]
      && !parse_quality (reader, values[COLUMN_QUALITY], &entry.quality, error))
    return FALSE;
  if (seconds && !check_seconds (reader, seconds, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (values[names[i]]
        && !check_name (reader, names[i], values[names[i]], error))
      return FALSE;

  if (values[COLUMN_ENTRY]) {
    entry.entry = g_string_chunk_insert (list->texts, values[COLUMN_ENTRY]);
  } else if (file && seconds) {
    g_autofree char *name = g_strconcat (file, "@", seconds, NULL);

    entry.entry = g_string_chunk_insert (list->texts, name);
  } else if (file) {
    entry.entry = g_string_chunk_insert (list->texts, file);
  } else {
    weir_pdq_format (entry.hash, hex);
    entry.entry =
        g_string_chunk_insert_len (list->texts, hex, SHORT_NAME_DIGITS);
  }
  if (item == NULL)
    entry.item = entry.entry;
  else if (list->array->len > 0
           && strcmp (item, g_array_index (list->array, WeirHashlistEntry,
                                list->array->len - 1)
                                .item)
                  == 0)
    entry.item =
        g_array_index (list->array, WeirHashlistEntry, list->array->len - 1)
            .item;
  else
    entry.item = g_string_chunk_insert (list->texts, item);
  if (values[COLUMN_LABEL])
    entry.label = g_string_chunk_insert (list->texts, values[COLUMN_LABEL]);
  g_array_append_val (list->array, entry);
  return TRUE;
}

/* RET_PLACES[i] is the field of column i, or -1. Without a header every record
 * is a hash alone: RET_IS_HEADER is FALSE then. */
static gboolean
read_header (Reader *reader, int ret_places[N_COLUMNS], gboolean *ret_is_header,
    GError **error)
{
  gboolean found = FALSE;

  for (guint c = 0; c < N_COLUMNS; c++)
    ret_places[c] = -1;
  for (guint i = 0; i < reader->n_fields; i++) {
    g_autofree char *name = g_strstrip (g_strdup (field (reader, i)));

    for (guint c = 0; c < N_COLUMNS; c++) {
      if (g_ascii_strcasecmp (name, column_names[c]) != 0)
        continue;
      if (ret_places[c] >= 0)
        return fail (reader, WEIR_HASH_ERROR_BROKEN, error,
            "column %s is there twice", column_names[c]);
      ret_places[c] = (int) i;
      found = TRUE;
    }
  }
  if (ret_places[COLUMN_HASH] < 0 && (found || reader->n_fields > 1))
    return fail (
        reader, WEIR_HASH_ERROR_BROKEN, error, "the header has no column hash");
  *ret_is_header = ret_places[COLUMN_HASH] >= 0;
  if (!*ret_is_header)
    ret_places[COLUMN_HASH] = 0;
  return TRUE;
}

static gboolean
read_entry (List *list, Reader *reader, const int places[N_COLUMNS],
    guint n_columns, GError **error)
{
  const char *values[N_COLUMNS] = { NULL };

  if (reader->n_fields != n_columns)
    return fail (reader, WEIR_HASH_ERROR_BROKEN, error,
        "%u fields, %u expected", reader->n_fields, n_columns);
  for (guint c = 0; c < N_COLUMNS; c++) {
    char *value;

    if (places[c] < 0)
      continue;
    value = g_strstrip (reader->text->str + reader->offsets[(guint) places[c]]);
    values[c] = value[0] != '\0' ? value : NULL;
  }
  return add_entry (list, reader, values, error);
}

static gboolean
read_list (List *list, Reader *reader, GError **error)
{
  int places[N_COLUMNS];
  gboolean is_header;
  guint n_columns;

  if (!read_record (reader, error))
    return FALSE;
  if (reader->n_fields == 0)
    return TRUE;
  if (!read_header (reader, places, &is_header, error))
    return FALSE;
  n_columns = reader->n_fields;
  if (is_header && !read_record (reader, error))
    return FALSE;
  while (reader->n_fields > 0)
    if (!read_entry (list, reader, places, n_columns, error)
        || !read_record (reader, error))
      return FALSE;
  return TRUE;
}

WeirHashlist *
weir_hashlist_parse (const char *text, gsize size, GError **error)
{
  Reader reader = { .at = text, .end = text + size, .line = 1 };
  List *list;
  gboolean done;

  if (size > WEIR_HASHLIST_MAX_FILE_BYTES) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_LIMIT,
        "%" G_GSIZE_FORMAT " bytes, at most %u are taken", size,
        WEIR_HASHLIST_MAX_FILE_BYTES);
    return NULL;
  }
  list = g_new0 (List, 1);
  list->array = g_array_new (FALSE, FALSE, sizeof (WeirHashlistEntry));
  list->texts = g_string_chunk_new (64 * 1024);
  if (size >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    reader.at += 3; /* some spreadsheets put a byte order mark first */
  reader.text = g_string_new (NULL);
  done = read_list (list, &reader, error);
  g_string_free (reader.text, TRUE);
  list->list.count = list->array->len;
  list->list.entries = (const WeirHashlistEntry *) list->array->data;
  if (done)
    return &list->list;
  weir_hashlist_free (&list->list);
  return NULL;
}

static gboolean
read_file (const char *path, char **ret_text, gsize *ret_size, GError **error)
{
  g_autoptr (GError) why = NULL;
  GStatBuf st;

  if (g_stat (path, &st) == 0
      && st.st_size > (goffset) WEIR_HASHLIST_MAX_FILE_BYTES) {
    g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_LIMIT,
        "%s: %" G_GINT64_FORMAT " bytes, at most %u are taken", path,
        (gint64) st.st_size, WEIR_HASHLIST_MAX_FILE_BYTES);
    return FALSE;
  }
  if (!g_file_get_contents (path, ret_text, ret_size, &why)) {
    g_set_error_literal (
        error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM, why->message);
    return FALSE;
  }
  return TRUE;
}

WeirHashlist *
weir_hashlist_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  WeirHashlist *list;
  gsize size;

  if (!read_file (path, &text, &size, error))
    return NULL;
  list = weir_hashlist_parse (text, size, error);
  if (list == NULL)
    g_prefix_error (error, "%s: ", path);
  return list;
}

void
weir_hashlist_free (WeirHashlist *public_list)
{
  List *list = (List *) public_list;

  if (list == NULL)
    return;
  g_array_free (list->array, TRUE);
  g_string_chunk_free (list->texts);
  g_free (list);
}

guint8 *
weir_hashlist_dup_hashes (const WeirHashlist *list)
{
  guint8 *hashes = g_malloc ((gsize) list->count * WEIR_PDQ_HASH_BYTES + 1);

  for (guint32 i = 0; i < list->count; i++)
    memcpy (hashes + (gsize) i * WEIR_PDQ_HASH_BYTES, list->entries[i].hash,
        WEIR_PDQ_HASH_BYTES);
  return hashes;
}
