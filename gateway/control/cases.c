/* Findings become cases; cases are stored, then announced. */
#include "control/cases.h"

#include "base/ids.h"
#include "base/log.h"
#include "control/banks.h"
#include "control/describe.h"
#include "control/events.h"
#include "control/stream.h"
#include "core/case.h"

#include <string.h>

struct _WeirCases {
  WeirControl *control;
  GHashTable *by_id; /* id → WeirCase, owns */
  GQueue closed;     /* borrowed WeirCase, newest first */
  guint n_open;
  guint max_open;
  GHashTable *announced;    /* set of ids that case.opened went out for */
  GHashTable *restrictions; /* path → guint64 */
};

WeirCases *
weir_cases_new (WeirControl *control, GPtrArray *loaded)
{
  WeirCases *cases = g_new0 (WeirCases, 1);

  cases->control = control;
  cases->by_id = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) weir_case_free);
  cases->announced =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  cases->restrictions =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  cases->max_open =
      (guint) weir_settings_int (control->settings, "review", "max_open_cases");
  g_queue_init (&cases->closed);
  g_ptr_array_set_free_func (loaded, NULL);
  for (guint i = 0; i < loaded->len; i++) {
    WeirCase *c = g_ptr_array_index (loaded, i);

    g_hash_table_insert (cases->by_id, c->id, c);
    g_hash_table_add (cases->announced, g_strdup (c->id));
    if (c->open)
      cases->n_open++;
    else
      g_queue_push_tail (&cases->closed, c);
  }
  g_ptr_array_set_size (loaded, 0);
  return cases;
}

void
weir_cases_free (WeirCases *cases)
{
  if (cases == NULL)
    return;
  g_queue_clear (&cases->closed);
  g_hash_table_unref (cases->restrictions);
  g_hash_table_unref (cases->announced);
  g_hash_table_unref (cases->by_id);
  g_free (cases);
}

WeirCase *
weir_cases_find (const WeirCases *cases, const char *id)
{
  return g_hash_table_lookup (cases->by_id, id);
}

guint
weir_cases_count_open (const WeirCases *cases)
{
  return cases->n_open;
}

guint
weir_cases_count_open_of (const WeirCases *cases, const char *stream)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  g_hash_table_iter_init (&iter, cases->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const WeirCase *c = value;

    n += c->open && strcmp (c->stream, stream) == 0;
  }
  return n;
}

GPtrArray *
weir_cases_list_blanked (const WeirCases *cases, const char *path)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, cases->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const WeirCase *c = value;

    if (c->open && c->interim == WEIR_VERDICT_BLANK
        && strcmp (c->stream, path) == 0)
      g_ptr_array_add (list, value);
  }
  return list;
}

static gint
by_public_time (gconstpointer a, gconstpointer b)
{
  const WeirCase *ca = *(WeirCase *const *) a, *cb = *(WeirCase *const *) b;

  return ca->public_ms < cb->public_ms ? -1 : ca->public_ms > cb->public_ms;
}

GPtrArray *
weir_cases_list (const WeirCases *cases)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, cases->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((WeirCase *) value)->open
        && g_hash_table_contains (cases->announced, ((WeirCase *) value)->id))
      g_ptr_array_add (list, value);
  g_ptr_array_sort (list, by_public_time);
  for (GList *l = cases->closed.head; l != NULL; l = l->next)
    g_ptr_array_add (list, l->data);
  return list;
}

gint64
weir_cases_exposure_ms (const WeirCases *cases, const WeirCase *c)
{
  GPtrArray *list = weir_streams_list (cases->control->streams);

  for (guint i = 0; c->stream_number != 0 && i < list->len; i++) {
    const WeirStream *stream = g_ptr_array_index (list, i);

    if (stream->number == c->stream_number)
      return weir_gate_exposure_ms (stream->gate, c->from_ms, c->to_ms);
  }
  return c->exposure_ms;
}

void
weir_cases_announce (WeirCases *cases, WeirCase *c, const char *type)
{
  gboolean closed = strcmp (type, "case.closed") == 0;

  /* While it is on its way to the store nobody knows it: "case.opened" will
   * show it as it is then. */
  if (strcmp (type, "case.updated") == 0
      && !g_hash_table_contains (cases->announced, c->id))
    return;
  g_hash_table_add (cases->announced, g_strdup (c->id));
  if (closed && g_queue_find (&cases->closed, c) == NULL) {
    cases->n_open--;
    g_queue_push_head (&cases->closed, c);
  }
  weir_events_emit (cases->control->events, type,
      json_pack ("{s:o}", "case", weir_describe_case (cases->control, c)));
  if (closed && g_queue_get_length (&cases->closed) > WEIR_CASES_CLOSED_KEPT) {
    WeirCase *oldest = g_queue_pop_tail (&cases->closed);

    g_hash_table_remove (cases->announced, oldest->id);
    g_hash_table_remove (cases->by_id, oldest->id);
  }
}

typedef struct {
  WeirCases *cases;
  char *id;
} Pending;

static void
on_case_stored (const GError *error, gpointer data)
{
  Pending *pending = data;
  WeirCases *cases = pending->cases;
  WeirCase *c = weir_cases_find (cases, pending->id);

  weir_control_note_store (cases->control, error);
  /* A store that fails must not hide a case from those who can still act. */
  if (c != NULL && !g_hash_table_contains (cases->announced, c->id)) {
    weir_cases_announce (cases, c, "case.opened");
  } else if (c != NULL && c->open) {
    weir_cases_announce (cases, c, "case.updated");
  }
  g_free (pending->id);
  g_free (pending);
}

static void
store_case (
    WeirCases *cases, const WeirCase *c, gboolean opened, gboolean with_still)
{
  WeirTxn *txn = weir_txn_new ();
  Pending *pending = g_new0 (Pending, 1);

  weir_txn_put_case (txn, c, with_still);
  if (opened) {
    g_autofree char *subject = g_strconcat ("case:", c->id, NULL);
    g_autofree char *detail =
        weir_describe_dump (json_pack ("{s:s, s:s, s:I, s:s?, s:s?, s:i, s:i}",
            "stream", c->stream, "publisher", c->publisher, "from_ms",
            (json_int_t) c->from_ms, "bank", c->bank, "entry", c->entry,
            "distance", (int) c->distance, "quality", (int) c->quality));

    weir_txn_add_trail (txn, "weir", "case.open", subject, detail);
  }
  pending->cases = cases;
  pending->id = g_strdup (c->id);
  weir_store_submit (cases->control->store, txn, on_case_stored, pending);
}

void
weir_cases_store (WeirCases *cases, const WeirCase *c)
{
  store_case (cases, c, FALSE, FALSE);
}

void
weir_cases_restrict (WeirCases *cases, const char *path)
{
  guint64 n = weir_cases_get_restrictions (cases, path) + 1;

  g_hash_table_replace (
      cases->restrictions, g_strdup (path), g_memdup2 (&n, sizeof n));
}

guint64
weir_cases_get_restrictions (const WeirCases *cases, const char *path)
{
  const guint64 *n = g_hash_table_lookup (cases->restrictions, path);

  return n != NULL ? *n : 0;
}

/* The nearest hit that its bank's rules let stand. */
static gboolean
find_hit (WeirCases *cases, const WeirSample *sample, WeirCaseHit *ret)
{
  const WeirBanks *banks = cases->control->banks;
  WeirBankEntry entry;

  for (guint i = 0; banks != NULL && i < sample->n_hits; i++) {
    const WeirSampleHit *hit = &sample->hits[i];

    if (!banks->get (banks, hit->entry, &entry) || hit->distance > entry.radius
        || sample->quality < entry.min_quality)
      continue;
    *ret = (WeirCaseHit){
      .bank = entry.bank,
      .entry = entry.entry,
      .item = entry.item,
      .distance = hit->distance,
      .quality = sample->quality,
      .probe = hit->probe,
      .pts_ms = sample->pts_ms,
      .sampled_ms =
          weir_wall_ms () - (weir_now_us () - sample->arrival_us) / 1000,
      .still = sample->still,
    };
    return TRUE;
  }
  return FALSE;
}

static void
open_case (WeirCases *cases, WeirStream *stream, const WeirSample *sample,
    const WeirCaseHit *hit)
{
  const WeirEvidence *e = &stream->evidence;
  g_autofree char *id = NULL;
  WeirCase *c;

  if (cases->n_open >= cases->max_open) {
    weir_error ("review", stream->path,
        "%u cases are open ([review] max_open_cases): this finding gets none",
        cases->n_open);
    g_clear_pointer (&stream->case_id, g_free);
    return;
  }
  id = weir_id_new ();
  c = weir_case_new (id, stream->path, stream->publisher_id, weir_wall_ms ());
  c->stream_number = stream->number;
  weir_case_add_hit (c, hit);
  c->from_ms = e->from_ms;
  c->public_ms = weir_stream_due_wall_ms (
      stream, e->from_ms, sample->pts_ms, sample->arrival_us);
  g_hash_table_insert (cases->by_id, c->id, c);
  cases->n_open++;
  g_free (stream->case_id);
  stream->case_id = g_steal_pointer (&id);
  stream->dirty = TRUE;
  store_case (cases, c, TRUE, TRUE);
}

static void
join_case (WeirCases *cases, WeirStream *stream, const WeirSample *sample,
    const WeirCaseHit *hit)
{
  WeirCase *c =
      stream->case_id ? weir_cases_find (cases, stream->case_id) : NULL;
  guint distance;

  if (c == NULL || (!c->open && g_strcmp0 (c->item, hit->item) != 0)) {
    /* Decided, but this is something else. */
    if (c != NULL && c->to_ms < 0) {
      c->to_ms = MAX (hit->pts_ms, c->from_ms);
      store_case (cases, c, FALSE, FALSE);
    }
    weir_evidence_forget (&stream->evidence);
    weir_evidence_add (&stream->evidence, hit->pts_ms, TRUE);
    open_case (cases, stream, sample, hit);
    return;
  }
  distance = c->distance;
  c->to_ms = -1;
  weir_case_add_hit (c, hit);
  /* Released: more of the same passes, and is counted. */
  store_case (cases, c, FALSE, c->distance < distance);
}

void
weir_cases_take_sample (
    WeirCases *cases, WeirStream *stream, const WeirSample *sample)
{
  WeirCaseHit hit;
  gboolean is_hit = find_hit (cases, sample, &hit);
  WeirCase *c;

  switch (weir_evidence_add (&stream->evidence, sample->pts_ms, is_hit)) {
  case WEIR_EVIDENCE_NONE:
    break;
  case WEIR_EVIDENCE_BEGIN:
    open_case (cases, stream, sample, &hit);
    break;
  case WEIR_EVIDENCE_MORE:
    join_case (cases, stream, sample, &hit);
    break;
  case WEIR_EVIDENCE_END:
    c = stream->case_id ? weir_cases_find (cases, stream->case_id) : NULL;
    if (c != NULL) {
      c->to_ms = stream->evidence.to_ms;
      store_case (cases, c, FALSE, FALSE);
    }
    break;
  }
}

void
weir_cases_stream_ended (WeirCases *cases, WeirStream *stream)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, cases->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    WeirCase *c = value;

    if (c->stream_number != stream->number)
      continue;
    c->exposure_ms = weir_gate_exposure_ms (stream->gate, c->from_ms, c->to_ms);
    if (stream->cut_arrived_us != 0 && g_strcmp0 (stream->case_id, c->id) == 0)
      c->time_to_cut_us = weir_stream_get_time_to_cut_us (stream);
    c->stream_number = 0;
    store_case (cases, c, FALSE, FALSE);
    weir_cases_announce (cases, c, "case.updated");
  }
}
