/* Banks as JSON. */
#include "control/describe-banks.h"

#include "control/bank-hits.h"
#include "control/banks.h"
#include "control/hit-counts.h"
#include "control/quarantines.h"

#include <string.h>

typedef struct {
  const WeirControl *control;
  json_t *list;
} Listing;

/* A page of the signals of a bank. */
typedef struct {
  Listing listing;
  const char *after; /* id of the last one before it; NULL: from the first */
  guint limit;
  guint n; /* that would be in it without LIMIT */
} Paging;

/* Times and counts that only people who look at banks ask for. */
static void
set_lately (json_t *object, const WeirControl *control, const WeirBankInfo *b)
{
  json_t *refusals = json_array ();
  gint64 last_ms;

  json_object_set_new (object, "changed_ms",
      b->changed_ms != 0 ? json_integer (b->changed_ms) : json_null ());
  json_object_set_new (object, "hits_hour",
      json_integer (weir_bank_hits_count (
          control->bank_hits, b->name, weir_wall_ms (), &last_ms)));
  weir_hit_counts_describe (control->hit_counts, b->name, "", object);
  for (guint i = 0; i < b->refusals->len; i++)
    json_array_append_new (
        refusals, json_string (g_ptr_array_index (b->refusals, i)));
  json_object_set_new (object, "refused", json_integer (b->refused));
  json_object_set_new (object, "refusals", refusals);
}

static void
add_bank (const WeirBankInfo *b, gpointer data)
{
  const Listing *listing = data;
  json_t *object = json_pack (
      "{s:s, s:s, s:b, s:b, s:i, s:i, s:s, s:i, s:i, s:i, s:i, s:i, s:i}",
      "name", b->name, "source", b->source, "enabled", b->enabled, "known_good",
      b->known_good, "radius", (int) b->radius, "min_quality",
      (int) b->min_quality, "action", weir_action_name (b->action), "priority",
      (int) b->priority, "in_file", (int) b->in_file, "left_out",
      (int) b->left_out, "entries", (int) b->signals, "held", (int) b->held,
      "quarantined",
      (int) weir_quarantines_count (listing->control->quarantines, b->name));

  set_lately (object, listing->control, b);
  json_array_append_new (listing->list, object);
}

json_t *
weir_describe_banks (const WeirControl *control)
{
  Listing listing = { control, json_array () };

  control->banks->klass->each (control->banks, add_bank, &listing);
  return listing.list;
}

static void
add_held (const WeirBankHeld *held, gpointer data)
{
  g_autofree char *hex = weir_signal_dup_hex (held->hash);

  json_array_append_new (
      data, json_pack ("{s:s, s:s, s:s, s:s, s:I, s:s, s:i, s:s?, s:o}", "kind",
                "left_out", "entry", held->entry, "reason", held->reason, "by",
                held->by != NULL ? held->by : "weir", "since_ms",
                (json_int_t) held->since_ms, "hash", hex, "quality",
                (int) held->quality, "id", held->id, "line",
                held->line > 0 ? json_integer (held->line) : json_null ()));
}

json_t *
weir_describe_quarantines (
    const WeirControl *control, const char *bank, gboolean with_left_out)
{
  g_autoptr (GPtrArray) list = NULL;
  json_t *array;

  if (!control->banks->klass->has (control->banks, bank))
    return NULL;
  list = weir_quarantines_list (control->quarantines, bank);
  array = json_array ();
  for (guint i = 0; i < list->len; i++) {
    const WeirQuarantine *q = g_ptr_array_index (list, i);

    json_array_append_new (array,
        json_pack ("{s:s, s:s, s:s, s:s, s:I, s:o}", "kind", "passed_over",
            "entry", q->entry, "reason", q->reason, "by", q->by, "since_ms",
            (json_int_t) q->since_ms, "until_ms",
            q->until_ms > 0 ? json_integer (q->until_ms) : json_null ()));
  }
  if (with_left_out)
    control->banks->klass->each_held (control->banks, bank, add_held, array);
  return array;
}

/* Why S is not looked for or is passed over, as Q may say; NULL when it counts.
 * Caller frees. */
static char *
dup_reason (
    const WeirControl *control, const WeirSignal *s, const WeirQuarantine *q)
{
  char *why = control->banks->klass->dup_fault (control->banks, s);

  return why == NULL && q != NULL ? g_strdup (q->reason) : why;
}

static json_t *
describe_signal (const WeirControl *control, const WeirSignal *s)
{
  g_autofree char *hex = weir_signal_dup_hex (s->hash);
  json_t *object =
      json_pack ("{s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s}",
          "id", s->id, "hash", hex, "quality", (int) s->quality, "entry",
          s->entry, "item", s->item, "label", s->label, "owner", s->owner,
          "opinion", s->opinion, "note", s->note, "disable_until_ms",
          (json_int_t) s->disable_until_ms, "created_ms",
          (json_int_t) s->created_ms, "by", s->by);

  weir_hit_counts_describe (control->hit_counts, s->bank, s->entry, object);
  if (s->released_ms != 0)
    json_object_set_new (object, "released",
        json_pack ("{s:I, s:s, s:s, s:b}", "at_ms", (json_int_t) s->released_ms,
            "by", s->released_by, "note", s->release_note, "of_file",
            s->of_file));
  return object;
}

json_t *
weir_describe_page (const WeirControl *control, const WeirBrowsePage *page,
    gboolean with_hashes)
{
  json_t *list = json_array ();

  for (guint i = 0; i < page->rows->len; i++) {
    const WeirBrowseRow *row = g_ptr_array_index (page->rows, i);
    json_t *object = describe_signal (control, row->signal);

    if (!with_hashes)
      json_object_del (object, "hash");
    if (*row->signal->id == '\0') {
      json_object_set_new (object, "id", json_null ());
      json_object_set_new (object, "created_ms", json_null ());
    }
    if (row->why != NULL)
      json_object_set_new (object, "quarantined", json_string (row->why));
    json_array_append_new (list, object);
  }
  return json_pack ("{s:o, s:s?}", "entries", list, "next", page->next);
}

static void
add_signal (const WeirSignal *s, gpointer data)
{
  const Listing *listing = data;
  const WeirQuarantine *q = weir_quarantines_find_in_effect (
      listing->control->quarantines, s->bank, s->entry);
  g_autofree char *why = dup_reason (listing->control, s, q);
  json_t *object = describe_signal (listing->control, s);

  if (q != NULL && q->until_ms > s->disable_until_ms)
    json_object_set_new (
        object, "disable_until_ms", json_integer (q->until_ms));

  if (why != NULL)
    json_object_set_new (object, "quarantined", json_string (why));
  json_array_append_new (listing->list, object);
}

static void
page_signal (const WeirSignal *s, gpointer data)
{
  Paging *paging = data;

  if (paging->after != NULL) {
    if (strcmp (s->id, paging->after) == 0)
      paging->after = NULL;
    return;
  }
  if (paging->n++ < paging->limit)
    add_signal (s, &paging->listing);
}

json_t *
weir_describe_signals (const WeirControl *control, const char *bank,
    const char *after, guint limit, gboolean *ret_gone, gboolean *ret_more)
{
  Paging paging = {
    .listing = { control, json_array () }, .after = after, .limit = limit
  };
  gboolean is_bank = control->banks->klass->each_signal (
      control->banks, bank, page_signal, &paging);

  *ret_gone = paging.after != NULL;
  *ret_more = paging.n > limit;
  if (is_bank)
    return paging.listing.list;
  json_decref (paging.listing.list);
  return NULL;
}
