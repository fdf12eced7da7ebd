/* The forms in which lists of hashes come. */
#include <string.h>

#include "hash/hashlist-impl.h"

#define PROGRESS_BYTES (4 * 1024 * 1024)

/* Where in a record each column is; -1: nowhere. */
typedef struct {
  int places[WEIR_HASHLIST_COLUMNS];
  guint n_fields;  /* of each record */
  gboolean header; /* the first record names the columns */
} Form;

static const struct {
  const char *word;
  WeirHashlistColumn column;
} columns[] = {
  { "hash", WEIR_HASHLIST_COLUMN_HASH },
  { "quality", WEIR_HASHLIST_COLUMN_QUALITY },
  { "item", WEIR_HASHLIST_COLUMN_ITEM },
  { "file", WEIR_HASHLIST_COLUMN_FILE },
  { "seconds", WEIR_HASHLIST_COLUMN_SECONDS },
  { "entry", WEIR_HASHLIST_COLUMN_ENTRY },
  { "label", WEIR_HASHLIST_COLUMN_LABEL },
  { "labels", WEIR_HASHLIST_COLUMN_LABEL },
  { "owner", WEIR_HASHLIST_COLUMN_OWNER },
  { "note", WEIR_HASHLIST_COLUMN_NOTE },
  { "opinion", WEIR_HASHLIST_COLUMN_OPINION },
  { "disable_until", WEIR_HASHLIST_COLUMN_DISABLE_UNTIL },
  { "signal_type", WEIR_HASHLIST_COLUMN_TYPE },
  { "signal_str", WEIR_HASHLIST_COLUMN_HASH },
  { "collab", WEIR_HASHLIST_COLUMN_OWNER },
  { "category", WEIR_HASHLIST_COLUMN_OPINION },
  { "tags", WEIR_HASHLIST_COLUMN_LABEL },
};

/* What `tx dataset` and `weirctl bank export` print of nothing. */
static const char *const empty_lists[] = {
  "signal_type,signal_str,collab,category,tags",
  "hash,quality,disable_until,entry,item,label,owner,opinion,note,id",
};

static gboolean
is_hash (WeirSlice s)
{
  guint8 hash[WEIR_PDQ_HASH_BYTES];

  return weir_pdq_parse (s.text, s.size, hash);
}

static gboolean
is_uint (WeirSlice s)
{
  guint n;

  return weir_slice_to_uint (s, 999999999, &n);
}

static void
form_init (Form *form, guint n_fields)
{
  for (guint c = 0; c < WEIR_HASHLIST_COLUMNS; c++)
    form->places[c] = -1;
  form->n_fields = n_fields;
  form->header = FALSE;
}

/* Forms without a header, told by what stands where. FALSE for another. */
static gboolean
guess_form (const WeirCsvReader *r, Form *form)
{
  form_init (form, r->n_fields);
  if (r->n_fields == 4 && is_uint (r->fields[0]) && is_hash (r->fields[2])) {
    form->places[WEIR_HASHLIST_COLUMN_QUALITY] = 1;
    form->places[WEIR_HASHLIST_COLUMN_HASH] = 2;
    form->places[WEIR_HASHLIST_COLUMN_SECONDS] = 3;
    return TRUE;
  }
  if ((r->n_fields == 3 || r->n_fields == 4) && is_hash (r->fields[0])
      && is_uint (r->fields[1])) {
    form->places[WEIR_HASHLIST_COLUMN_HASH] = 0;
    form->places[WEIR_HASHLIST_COLUMN_QUALITY] = 1;
    form->places[WEIR_HASHLIST_COLUMN_FILE] = 2;
    if (r->n_fields == 4)
      form->places[WEIR_HASHLIST_COLUMN_SECONDS] = 3;
    return TRUE;
  }
  return FALSE;
}

static gboolean
read_header (const WeirCsvReader *r, Form *form, GError **error)
{
  gboolean found = FALSE;

  if (guess_form (r, form))
    return TRUE;
  form_init (form, r->n_fields);
  for (guint i = 0; i < r->n_fields; i++)
    for (guint k = 0; k < G_N_ELEMENTS (columns); k++) {
      int *place = &form->places[columns[k].column];

      if (!weir_slice_is (r->fields[i], columns[k].word))
        continue;
      if (*place >= 0)
        return weir_csv_fail (r, WEIR_HASH_ERROR_BROKEN, error,
            "column %s is there twice", columns[k].word);
      *place = (int) i;
      found = TRUE;
    }
  form->header = form->places[WEIR_HASHLIST_COLUMN_HASH] >= 0;
  if (!form->header && (found || r->n_fields > 1))
    return weir_csv_fail (
        r, WEIR_HASH_ERROR_BROKEN, error, "the header has no column hash");
  if (!form->header)
    form->places[WEIR_HASHLIST_COLUMN_HASH] = 0;
  return TRUE;
}

static gboolean
names_columns (const WeirCsvReader *r, const char *header)
{
  g_auto (GStrv) words = g_strsplit (header, ",", -1);
  guint i = 0;

  while (i < r->n_fields && words[i] != NULL
         && weir_slice_is (r->fields[i], words[i]))
    i++;
  return i == r->n_fields && words[i] == NULL;
}

/* R is at a header. Nothing behind it is right where a program that had nothing
 * to say wrote it; any other header was to have hashes. */
static gboolean
is_of_empty_list (const WeirCsvReader *r)
{
  for (guint i = 0; i < G_N_ELEMENTS (empty_lists); i++)
    if (names_columns (r, empty_lists[i]))
      return TRUE;
  return FALSE;
}

static gboolean
fail_only_header (const WeirCsvReader *r, GError **error)
{
  g_set_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_BROKEN,
      "a header and no hash behind it; an empty list has no line at all, or "
      "the header \"%s\"",
      empty_lists[1]);
  return FALSE;
}

/* "pdq HASH" in place of the hash: type and hash. */
static void
split_type (WeirSlice values[WEIR_HASHLIST_COLUMNS])
{
  WeirSlice *hash = &values[WEIR_HASHLIST_COLUMN_HASH];
  const char *space =
      hash->size > 0 ? memchr (hash->text, ' ', hash->size) : NULL;

  if (space == NULL)
    return;
  values[WEIR_HASHLIST_COLUMN_TYPE] =
      (WeirSlice){ hash->text, (gsize) (space - hash->text) };
  *hash = weir_slice_strip (
      (WeirSlice){ space, hash->size - (gsize) (space - hash->text) });
}

static gboolean
take_record (WeirHashlistBuilder *b, const WeirCsvReader *r, const Form *form,
    GError **error)
{
  WeirSlice values[WEIR_HASHLIST_COLUMNS] = { { NULL, 0 } };

  if (r->n_fields != form->n_fields)
    return weir_csv_fail (r, WEIR_HASH_ERROR_BROKEN, error,
        "%u fields, %u expected", r->n_fields, form->n_fields);
  for (guint c = 0; c < WEIR_HASHLIST_COLUMNS; c++)
    if (form->places[c] >= 0)
      values[c] = r->fields[form->places[c]];
  if (form->n_fields == 1)
    split_type (values);
  return weir_hashlist_add (b, r, values, error);
}

/* Tells of a refused line and goes on; FALSE, with ERROR, when nobody is to be
 * told or there is no room for more. */
static gboolean
refuse (
    WeirHashlistBuilder *b, const WeirCsvReader *r, GError *why, GError **error)
{
  const char *text = strstr (why->message, ": ");

  if (b->options->on_refused == NULL
      || b->array->len == WEIR_HASHLIST_MAX_ENTRIES) {
    g_propagate_error (error, why);
    return FALSE;
  }
  b->n_refused++;
  b->options->on_refused (
      r->record_line, text ? text + 2 : why->message, b->options->data);
  g_error_free (why);
  return TRUE;
}

static void
tell_progress (
    const WeirHashlistBuilder *b, const WeirCsvReader *r, gsize *last)
{
  gsize done = (gsize) (r->at - r->start);

  if (b->options->on_progress == NULL || done - *last < PROGRESS_BYTES)
    return;
  *last = done;
  b->options->on_progress (done, (gsize) (r->end - r->start), b->options->data);
}

/* The next record that can be read; n_fields is 0 at the end. */
static gboolean
next_record (WeirHashlistBuilder *b, WeirCsvReader *r, GError **error)
{
  GError *why = NULL;

  while (!weir_csv_reader_next (r, &why)) {
    if (!refuse (b, r, g_steal_pointer (&why), error))
      return FALSE;
    weir_csv_reader_skip (r);
  }
  return TRUE;
}

static gboolean
read_records (WeirHashlistBuilder *b, WeirCsvReader *r, GError **error)
{
  gsize told = 0;
  Form form;

  if (!weir_csv_reader_next (r, error))
    return FALSE;
  if (r->n_fields == 0)
    return TRUE;
  if (!read_header (r, &form, error))
    return FALSE;
  if (form.header) {
    gboolean may_be_empty = is_of_empty_list (r);

    if (!next_record (b, r, error))
      return FALSE;
    if (r->n_fields == 0 && !may_be_empty && b->n_refused == 0)
      return fail_only_header (r, error);
    b->list.only_header = r->n_fields == 0 && b->n_refused == 0;
  }
  while (r->n_fields > 0) {
    GError *why = NULL;

    if (!take_record (b, r, &form, &why) && !refuse (b, r, why, error))
      return FALSE;
    tell_progress (b, r, &told);
    if (!next_record (b, r, error))
      return FALSE;
  }
  return TRUE;
}

/* One string of vPDQ's array: hash,quality,seconds. */
static gboolean
take_string (
    WeirHashlistBuilder *b, const WeirCsvReader *r, WeirSlice s, GError **error)
{
  WeirSlice values[WEIR_HASHLIST_COLUMNS] = { { NULL, 0 } };
  const char *end = s.text + s.size;
  const char *first = memchr (s.text, ',', s.size);
  const char *second =
      first ? memchr (first + 1, ',', (gsize) (end - first - 1)) : NULL;

  if (second == NULL)
    return weir_csv_fail (r, WEIR_HASH_ERROR_BROKEN, error,
        "a string is not hash,quality,seconds");
  values[WEIR_HASHLIST_COLUMN_HASH] =
      (WeirSlice){ s.text, (gsize) (first - s.text) };
  values[WEIR_HASHLIST_COLUMN_QUALITY] =
      (WeirSlice){ first + 1, (gsize) (second - first - 1) };
  values[WEIR_HASHLIST_COLUMN_SECONDS] =
      (WeirSlice){ second + 1, (gsize) (end - second - 1) };
  return weir_hashlist_add (b, r, values, error);
}

static void
skip_space (WeirCsvReader *r)
{
  for (; r->at < r->end && g_ascii_isspace (*r->at); r->at++)
    r->line += *r->at == '\n';
  r->record_line = r->line;
}

static gboolean
json_broken (const WeirCsvReader *r, GError **error)
{
  return weir_csv_fail (r, WEIR_HASH_ERROR_BROKEN, error,
      "not a JSON array of strings without escapes");
}

/* The string whose opening quote is next. */
static gboolean
read_string (WeirCsvReader *r, WeirSlice *ret, GError **error)
{
  const char *quote;
  gsize most;

  if (r->at == r->end || *r->at != '"')
    return json_broken (r, error);
  r->at++;
  most = MIN ((gsize) (r->end - r->at), WEIR_CSV_MAX_RECORD_BYTES);
  quote = memchr (r->at, '"', most);
  if (quote == NULL)
    return json_broken (r, error);
  *ret = (WeirSlice){ r->at, (gsize) (quote - r->at) };
  r->at = quote + 1;
  if (memchr (ret->text, '\n', ret->size) != NULL
      || memchr (ret->text, '\\', ret->size) != NULL)
    return json_broken (r, error);
  return TRUE;
}

/* Takes C, with the space behind it, if it is next. */
static gboolean
take_char (WeirCsvReader *r, char c)
{
  if (r->at == r->end || *r->at != c)
    return FALSE;
  r->at++;
  skip_space (r);
  return TRUE;
}

/* Its strings hold hex digits and numbers, so there are no escapes. */
static gboolean
read_json (WeirHashlistBuilder *b, WeirCsvReader *r, GError **error)
{
  gsize told = 0;
  gboolean more;

  skip_space (r);
  if (!take_char (r, '['))
    return json_broken (r, error);
  more = !take_char (r, ']');
  while (more) {
    GError *why = NULL;
    WeirSlice string = { NULL, 0 };

    if (!read_string (r, &string, error))
      return FALSE;
    if (!take_string (b, r, string, &why) && !refuse (b, r, why, error))
      return FALSE;
    tell_progress (b, r, &told);
    skip_space (r);
    more = take_char (r, ',');
    if (!more && !take_char (r, ']'))
      return json_broken (r, error);
  }
  return r->at == r->end || json_broken (r, error);
}

gboolean
weir_hashlist_read (WeirHashlistBuilder *b, WeirCsvReader *r, GError **error)
{
  const WeirHashlistOptions *o = b->options;
  const char *at = r->at;
  gsize total = (gsize) (r->end - r->start);

  while (at < r->end && g_ascii_isspace (*at))
    at++;
  if (!(at < r->end && *at == '[' ? read_json (b, r, error)
                                  : read_records (b, r, error)))
    return FALSE;
  if (o->on_progress != NULL)
    o->on_progress (total, total, o->data);
  return TRUE;
}
