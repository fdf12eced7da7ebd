/* Reads CSV in place. */
#include "hash/csv-reader.h"

#include <string.h>

#include "hash/hash-error.h"

void
weir_csv_reader_init (WeirCsvReader *reader, const char *text, gsize size)
{
  reader->start = reader->at = reader->record_start = text;
  reader->end = text + size;
  reader->line = reader->record_line = 1;
  reader->n_fields = 0;
  reader->n_unquoted = 0;
  /* Some spreadsheets put a byte order mark first. */
  if (size >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    reader->at += 3;
}

gboolean
weir_csv_fail (const WeirCsvReader *reader, int code, GError **error,
    const char *format, ...)
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

WeirSlice
weir_slice_strip (WeirSlice s)
{
  while (s.size > 0 && g_ascii_isspace (s.text[0])) {
    s.text++;
    s.size--;
  }
  while (s.size > 0 && g_ascii_isspace (s.text[s.size - 1]))
    s.size--;
  return s;
}

gboolean
weir_slice_is (WeirSlice slice, const char *word)
{
  return strlen (word) == slice.size
         && g_ascii_strncasecmp (slice.text, word, slice.size) == 0;
}

gboolean
weir_slice_to_uint (WeirSlice slice, guint max, guint *ret)
{
  guint value = 0;

  if (slice.size == 0 || slice.size > 9)
    return FALSE;
  for (gsize i = 0; i < slice.size; i++) {
    if (!g_ascii_isdigit (slice.text[i]))
      return FALSE;
    value = value * 10 + (guint) (slice.text[i] - '0');
  }
  if (value > max)
    return FALSE;
  *ret = value;
  return TRUE;
}

static gboolean
is_line_end (const WeirCsvReader *r)
{
  return r->at == r->end || *r->at == '\n'
         || (*r->at == '\r' && (r->at + 1 == r->end || r->at[1] == '\n'));
}

static gboolean
too_long (const WeirCsvReader *r, GError **error)
{
  return weir_csv_fail (r, WEIR_HASH_ERROR_LIMIT, error, "longer than %u bytes",
      WEIR_CSV_MAX_RECORD_BYTES);
}

/* The opening quote is behind. */
static gboolean
read_quoted (
    WeirCsvReader *r, const char *limit, WeirSlice *ret, GError **error)
{
  ret->text = r->unquoted + r->n_unquoted;
  while (r->at < limit) {
    char c = *r->at++;

    if (c == '"') {
      if (r->at == limit || *r->at != '"') {
        ret->size = (gsize) (r->unquoted + r->n_unquoted - ret->text);
        return TRUE;
      }
      r->at++;
    } else if (c == '\n') {
      r->line++;
    }
    r->unquoted[r->n_unquoted++] = c; /* there are fewer than the record's */
  }
  if (limit < r->end)
    return too_long (r, error);
  return weir_csv_fail (
      r, WEIR_HASH_ERROR_BROKEN, error, "a quote is opened and not closed");
}

static gboolean
read_field (WeirCsvReader *r, const char *limit, GError **error)
{
  WeirSlice field = { r->at, 0 };

  if (r->n_fields == WEIR_CSV_MAX_FIELDS)
    return weir_csv_fail (r, WEIR_HASH_ERROR_LIMIT, error,
        "more than %u columns", WEIR_CSV_MAX_FIELDS);
  if (r->at < limit && *r->at == '"') {
    r->at++;
    if (!read_quoted (r, limit, &field, error))
      return FALSE;
    if (!is_line_end (r) && *r->at != ',')
      return weir_csv_fail (r, WEIR_HASH_ERROR_BROKEN, error,
          "something follows a closing quote");
  } else {
    while (!is_line_end (r) && *r->at != ',') {
      if (r->at == limit)
        return too_long (r, error);
      if (*r->at == '"')
        return weir_csv_fail (r, WEIR_HASH_ERROR_BROKEN, error,
            "a quote inside a field that does not begin with one");
      r->at++;
    }
    field.size = (gsize) (r->at - field.text);
  }
  if (memchr (field.text, '\0', field.size) != NULL)
    return weir_csv_fail (r, WEIR_HASH_ERROR_BROKEN, error, "a NUL byte");
  r->fields[r->n_fields++] = weir_slice_strip (field);
  return TRUE;
}

static void
skip_line (WeirCsvReader *r)
{
  const char *newline = memchr (r->at, '\n', (gsize) (r->end - r->at));

  r->at = newline ? newline + 1 : r->end;
  r->line++;
}

gboolean
weir_csv_reader_next (WeirCsvReader *r, GError **error)
{
  const char *limit;

  r->n_fields = 0;
  r->n_unquoted = 0;
  while (r->at < r->end && (is_line_end (r) || *r->at == '#'))
    skip_line (r);
  r->record_line = r->line;
  r->record_start = r->at;
  if (r->at == r->end)
    return TRUE;
  limit = r->at + MIN ((gsize) (r->end - r->at), WEIR_CSV_MAX_RECORD_BYTES);
  for (;;) {
    if (!read_field (r, limit, error))
      return FALSE;
    if (is_line_end (r))
      break;
    r->at++; /* the comma */
  }
  skip_line (r);
  return TRUE;
}

void
weir_csv_reader_skip (WeirCsvReader *r)
{
  r->at = r->record_start;
  r->line = r->record_line;
  skip_line (r);
}
