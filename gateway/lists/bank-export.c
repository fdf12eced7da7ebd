/* Writes a bank's entries out. */
#include "lists/bank-export.h"

#include "hash/hashlist-write.h"
#include "lists/banks-impl.h"

#include <jansson.h>
#include <string.h>

struct _WeirBankExport {
  const Banks *banks;
  WeirBankSet *set;
  const WeirBank *bank; /* of SET */
  gboolean ndjson;
  WeirHashlistForm form; /* else */
  gboolean added;        /* what was put in is wanted, too */
  gboolean begun;
  guint32 in_file; /* the next one of the file */
  guint32 n_in_file;
  guint in_lives; /* the next one of those */
  guint32 place;  /* written so far */
};

/* FALSE when it is none. */
static gboolean
read_format (const char *format, WeirBankExport *ret, const char **ret_type)
{
  ret->ndjson = strcmp (format, "ndjson") == 0;
  *ret_type = "application/x-ndjson";
  if (ret->ndjson)
    return TRUE;
  if (strcmp (format, "text") == 0)
    ret->form = WEIR_HASHLIST_FORM_LINES;
  else if (!weir_hashlist_form_parse (format, &ret->form))
    return FALSE;
  *ret_type = "text/plain; charset=utf-8";
  if (ret->form == WEIR_HASHLIST_FORM_CSV || ret->form == WEIR_HASHLIST_FORM_TX)
    *ret_type = "text/csv; charset=utf-8";
  else if (ret->form == WEIR_HASHLIST_FORM_VPDQ_JSON)
    *ret_type = "application/json";
  return TRUE;
}

WeirBankExport *
weir_banks_export_new (WeirBanks *base, const char *bank, const char *format,
    WeirBankExportSource source, const char **ret_type, char **ret_wrong)
{
  WeirBankExport *e = g_new0 (WeirBankExport, 1);

  e->banks = (const Banks *) base;
  e->bank = weir_bank_set_find (e->banks->set, bank);
  if (e->bank == NULL || !read_format (format, e, ret_type)) {
    if (e->bank != NULL) {
      g_autofree char *names =
          g_strjoinv (", ", (char **) weir_hashlist_form_names ());

      *ret_wrong = g_strdup_printf (
          "\"format\" must be one of text, ndjson, %s.", names);
    }
    g_free (e);
    return NULL;
  }
  e->set = weir_bank_set_ref (e->banks->set);
  e->added = source != WEIR_BANK_EXPORT_FILE;
  e->n_in_file = source != WEIR_BANK_EXPORT_ADDED ? e->bank->list->count : 0;
  return e;
}

void
weir_banks_export_free (WeirBankExport *e)
{
  weir_bank_set_unref (e->set);
  g_free (e);
}

/* Whatever bytes a file has become UTF-8. */
static void
set_text (json_t *object, const char *name, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);

  json_object_set_new (object, name, json_string (valid));
}

/* ID: "" for one of the file. */
static void
write_object (GString *to, const WeirHashlistEntry *entry, const char *id)
{
  static const WeirHashlistMore none;
  const WeirHashlistMore *more = entry->more != NULL ? entry->more : &none;
  g_autofree char *hex = weir_signal_dup_hex (entry->hash);
  json_t *object = json_pack ("{s:s, s:s, s:i}", "hash", hex, "source",
      *id != '\0' ? "added" : "file", "quality", (int) entry->quality);
  char *text;

  set_text (object, "entry", entry->entry);
  set_text (object, "item", entry->item);
  set_text (object, "label", more->label);
  set_text (object, "owner", more->owner);
  set_text (object, "opinion", weir_hashlist_opinion_text (more->opinion));
  set_text (object, "note", more->note);
  json_object_set_new (object, "disable_until_ms",
      json_integer ((json_int_t) more->disable_until_s * 1000));
  if (*id != '\0')
    json_object_set_new (object, "id", json_string (id));
  text = json_dumps (object, JSON_COMPACT);
  g_string_append (to, text);
  g_string_append_c (to, '\n');
  free (text);
  json_decref (object);
}

static void
write_entry (WeirBankExport *e, GString *to, const WeirHashlistEntry *entry,
    const char *id)
{
  if (e->ndjson)
    write_object (to, entry, id);
  else
    weir_hashlist_write_entry (to, e->form, e->place, entry, id);
  e->place++;
}

static void
write_signal (WeirBankExport *e, GString *to, const WeirSignal *s)
{
  WeirHashlistMore more = { .label = s->label,
    .owner = s->owner,
    .note = s->note,
    .disable_until_s = (s->disable_until_ms + 999) / 1000 };
  WeirHashlistEntry entry = { .quality = (guint8) s->quality,
    .entry = s->entry,
    .item = s->item,
    .more = &more };

  memcpy (entry.hash, s->hash, sizeof entry.hash);
  weir_hashlist_parse_opinion (s->opinion, &more.opinion);
  write_entry (e, to, &entry, s->id);
}

gboolean
weir_banks_export_more (WeirBankExport *e, GString *to)
{
  const GPtrArray *lives = e->banks->lives;

  if (!e->begun && !e->ndjson)
    weir_hashlist_write_head (to, e->form);
  e->begun = TRUE;
  for (guint n = 0; n < WEIR_BANK_EXPORT_MAX_LOOKED_AT
                    && to->len < WEIR_BANK_EXPORT_PART_BYTES;
       n++) {
    if (e->in_file < e->n_in_file) {
      write_entry (e, to, &e->bank->list->entries[e->in_file++], "");
    } else if (e->added && e->in_lives < lives->len) {
      const WeirSignal *signal =
          ((const Live *) g_ptr_array_index (lives, e->in_lives++))->signal;

      if (signal != NULL && strcmp (signal->bank, e->bank->name) == 0)
        write_signal (e, to, signal);
    } else {
      if (!e->ndjson)
        weir_hashlist_write_tail (to, e->form);
      return FALSE;
    }
  }
  return TRUE;
}
