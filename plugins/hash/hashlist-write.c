/* The forms that lists of hashes are written in. */
#include "hash/hashlist-write.h"

#include <string.h>

static const char *const names[] = { "lines", "pdq", "csv", "tx", "vpdq",
  "vpdq-json", NULL };

const char *const *
weir_hashlist_form_names (void)
{
  return names;
}

gboolean
weir_hashlist_form_parse (const char *name, WeirHashlistForm *ret)
{
  for (guint i = 0; i < WEIR_HASHLIST_FORMS; i++)
    if (strcmp (names[i], name) == 0) {
      *ret = (WeirHashlistForm) i;
      return TRUE;
    }
  return FALSE;
}

void
weir_hashlist_write_head (GString *to, WeirHashlistForm form)
{
  if (form == WEIR_HASHLIST_FORM_CSV)
    g_string_append (to,
        "hash,quality,disable_until,entry,item,label,owner,opinion,note,id\n");
  else if (form == WEIR_HASHLIST_FORM_TX)
    g_string_append (to, "signal_type,signal_str,collab,category,tags\n");
  else if (form == WEIR_HASHLIST_FORM_VPDQ_JSON)
    g_string_append_c (to, '[');
}

void
weir_hashlist_write_tail (GString *to, WeirHashlistForm form)
{
  if (form == WEIR_HASHLIST_FORM_VPDQ_JSON)
    g_string_append (to, "]\n");
}

/* TEXT, which may be NULL, as a field of RFC 4180, and END. */
static void
put_field (GString *to, const char *text, char end)
{
  const char *plain = text != NULL ? text : "";

  if (strpbrk (plain, ",\"\r\n") == NULL) {
    g_string_append (to, plain);
  } else {
    g_string_append_c (to, '"');
    for (; *plain != '\0'; plain++) {
      if (*plain == '"')
        g_string_append_c (to, '"');
      g_string_append_c (to, *plain);
    }
    g_string_append_c (to, '"');
  }
  g_string_append_c (to, end);
}

static const char *
tx_category (WeirHashlistOpinion opinion)
{
  switch (opinion) {
  case WEIR_HASHLIST_POSITIVE:
    return "POSITIVE_CLASS";
  case WEIR_HASHLIST_NEGATIVE:
    return "NEGATIVE_CLASS";
  case WEIR_HASHLIST_INVESTIGATION:
    return "INVESTIGATION_SEED";
  default:
    /* It has no word for disputed; ours is read again. */
    return weir_hashlist_opinion_text (opinion);
  }
}

/* Of "FILE@SECONDS"; 0 without. */
static double
seconds_of (const WeirHashlistEntry *entry)
{
  const char *at = strrchr (entry->entry, '@');
  char *end = NULL;
  double seconds = at != NULL ? g_ascii_strtod (at + 1, &end) : 0;

  return at != NULL && end > at + 1 && *end == '\0' && seconds >= 0
                 && seconds < 1e9
             ? seconds
             : 0;
}

static void
put_csv (GString *to, const char *hex, const WeirHashlistEntry *entry,
    const char *id)
{
  static const WeirHashlistMore none = { 0 };
  const WeirHashlistMore *more = entry->more != NULL ? entry->more : &none;

  g_string_append_printf (to, "%s,%u,", hex, entry->quality);
  if (more->disable_until_s > 0)
    g_string_append_printf (to, "%" G_GINT64_FORMAT, more->disable_until_s);
  g_string_append_c (to, ',');
  put_field (to, entry->entry, ',');
  put_field (to, entry->item, ',');
  put_field (to, more->label, ',');
  put_field (to, more->owner, ',');
  put_field (to, weir_hashlist_opinion_text (more->opinion), ',');
  put_field (to, more->note, ',');
  put_field (to, id, '\n');
}

static void
put_tx (GString *to, const char *hex, const WeirHashlistEntry *entry)
{
  const WeirHashlistMore *more = entry->more;

  g_string_append_printf (to, "pdq,%s,", hex);
  put_field (to, more != NULL ? more->owner : NULL, ',');
  put_field (to, more != NULL ? tx_category (more->opinion) : NULL, ',');
  put_field (to, more != NULL ? more->label : NULL, '\n');
}

void
weir_hashlist_write_entry (GString *to, WeirHashlistForm form, guint32 place,
    const WeirHashlistEntry *entry, const char *id)
{
  char hex[WEIR_PDQ_HEX_DIGITS + 1];

  weir_pdq_format (entry->hash, hex);
  switch (form) {
  case WEIR_HASHLIST_FORM_LINES:
    g_string_append_printf (to, "%s\n", hex);
    break;
  case WEIR_HASHLIST_FORM_PDQ:
    g_string_append_printf (to, "pdq %s\n", hex);
    break;
  case WEIR_HASHLIST_FORM_CSV:
    put_csv (to, hex, entry, id);
    break;
  case WEIR_HASHLIST_FORM_TX:
    put_tx (to, hex, entry);
    break;
  case WEIR_HASHLIST_FORM_VPDQ:
    g_string_append_printf (
        to, "%u,%u,%s,%.3f\n", place, entry->quality, hex, seconds_of (entry));
    break;
  case WEIR_HASHLIST_FORM_VPDQ_JSON:
    g_string_append_printf (to, "%s\"%s,%u,%.3f\"", place > 0 ? ",\n " : "",
        hex, entry->quality, seconds_of (entry));
    break;
  default:
    g_assert_not_reached ();
  }
}
