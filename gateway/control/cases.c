/* Findings become cases; cases are stored, then announced. */
#include "control/cases.h"

#include "base/ids.h"
#include "base/log.h"
#include "control/bank-hits.h"
#include "control/banks.h"
#include "control/recent.h"
#include "control/describe.h"
#include "control/events.h"
#include "control/hit-counts.h"
#include "control/policing.h"
#include "control/quarantines.h"
#include "control/sightings.h"
#include "control/stream.h"
#include "core/case.h"
#include "core/scorers.h"

#include <string.h>

struct _WeirCases {
  WeirControl *control;
  GHashTable *by_id; /* id → WeirCase, owns */
  GQueue closed;     /* borrowed WeirCase, newest first */
  guint n_open;
  guint max_open;
  GHashTable *announced;    /* set of ids that case.opened went out for */
  GHashTable *restrictions; /* path → guint64 */
  WeirRecent *recent;
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
  cases->recent = weir_recent_new ();
  g_queue_init (&cases->closed);
  g_ptr_array_set_free_func (loaded, NULL);
  for (guint i = 0; i < loaded->len; i++) {
    WeirCase *c = g_ptr_array_index (loaded, i);

    g_hash_table_insert (cases->by_id, c->id, c);
    g_hash_table_add (cases->announced, g_strdup (c->id));
    if (c->open) {
      cases->n_open++;
      weir_policing_watch (control->policing, c);
    } else {
      g_queue_push_tail (&cases->closed, c);
    }
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
  weir_recent_free (cases->recent);
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

/* The most urgent first; of equals what is public first. */
static gint
by_urgency (gconstpointer a, gconstpointer b)
{
  const WeirCase *ca = *(WeirCase *const *) a, *cb = *(WeirCase *const *) b;

  if (ca->priority != cb->priority)
    return ca->priority > cb->priority ? -1 : 1;
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
  g_ptr_array_sort (list, by_urgency);
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
    json_t *json = json_pack ("{s:s, s:s, s:I, s:s?, s:i, s:s, s:s, s:i}",
        "stream", c->stream, "publisher", c->publisher, "from_ms",
        (json_int_t) c->from_ms, "entry", c->entry, "quality", (int) c->quality,
        "action", weir_action_name (c->action), "policy",
        c->policy ? c->policy : "", "priority", (int) c->priority);
    g_autofree char *detail = NULL;

    weir_describe_hit (json, c->bank, c->distance);
    detail = weir_describe_dump (json);
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

/* What SAMPLE hit, with the names of the entries. Returns how many; none when
 * it is near enough to something known to be good, as RET_GOOD says. */
static guint
name_hits (WeirCases *cases, const WeirStream *stream, const WeirSample *sample,
    WeirPolicyHit *hits, gboolean *ret_good)
{
  const WeirBanks *banks = cases->control->banks;
  WeirBankEntry entry, good = { 0 };
  const char *probe, *edit;
  guint n = 0;

  for (guint i = 0; banks != NULL && i < sample->n_hits; i++) {
    const WeirSampleHit *hit = &sample->hits[i];

    if (!banks->klass->get (banks, hit->entry, &entry))
      continue;
    if (weir_quarantines_has (
            cases->control->quarantines, entry.bank, entry.entry)) {
      cases->control->quarantined++;
      continue;
    }
    if (entry.known_good) {
      if (hit->distance <= entry.radius && sample->quality >= entry.min_quality)
        good = entry;
      continue;
    }
    weir_banks_name_probe (banks, hit->probe, &probe, &edit);
    hits[n++] = (WeirPolicyHit){
      .bank = entry.bank,
      .entry = entry.entry,
      .item = entry.item,
      .distance = hit->distance,
      .probe = hit->probe,
      .edit = edit,
      .radius = entry.radius,
      .min_quality = entry.min_quality,
      .action = entry.action,
      .priority = entry.priority,
    };
  }
  *ret_good = good.entry != NULL;
  if (good.entry == NULL || n == 0)
    return n;
  if (weir_recent_tell_once (cases->recent, stream->number, good.entry))
    weir_info ("review", stream->path,
        "%s of %s is not flagged: it is %s, known to be good by bank %s",
        hits[0].entry, hits[0].bank, good.entry, good.bank);
  cases->control->known_good++;
  return 0;
}

/* The scores of SAMPLE that have reached their scorer's threshold, or a lower
 * one of a policy. Returns how many. */
static guint
name_scores (
    const WeirCases *cases, const WeirSample *sample, WeirPolicyHit *hits)
{
  const GPtrArray *scorers = cases->control->scorers;
  guint n = 0;

  for (guint i = 0; scorers != NULL && i < MIN (sample->n_scores, scorers->len);
       i++) {
    const WeirScorerSetting *scorer = g_ptr_array_index (scorers, i);
    const char *by;

    if (sample->scores[i] == WEIR_SAMPLE_UNSCORED
        || sample->scores[i] < weir_policy_get_threshold (
               cases->control->policy, scorer->name, scorer->threshold, &by))
      continue;
    hits[n++] = (WeirPolicyHit){
      .bank = scorer->name,
      .entry = scorer->name,
      .item = scorer->name,
      .distance = weir_policy_distance_of_score (sample->scores[i]),
      .radius = weir_policy_distance_of_score (scorer->threshold),
      .action = scorer->action,
      .priority = scorer->priority,
    };
  }
  return n;
}

static void
add_hit (WeirCase *c, const WeirSample *sample, const WeirFinding *finding)
{
  weir_case_add_hit (
      c, &(WeirCaseHit){
             .bank = finding->hit.bank,
             .entry = finding->hit.entry,
             .item = finding->hit.item,
             .distance = finding->hit.distance,
             .quality = sample->quality,
             .probe = finding->hit.probe,
             .pts_ms = sample->pts_ms,
             .sampled_ms =
                 weir_wall_ms () - (weir_now_us () - sample->arrival_us) / 1000,
             .still = sample->still,
             .reason = finding->reason,
         });
}

/* What withholds needs no reviewer, so it finds room where they have none. */
static gboolean
has_room (const WeirCases *cases, const WeirFinding *finding)
{
  guint most = cases->max_open;

  if (finding->action > WEIR_ACTION_CASE)
    most *= 2;
  return cases->n_open < most;
}

static void
open_case (WeirCases *cases, WeirStream *stream, const WeirSample *sample,
    const WeirFinding *finding)
{
  g_autofree char *id = NULL;
  WeirCase *c;

  if (!has_room (cases, finding)) {
    weir_error ("review", stream->path,
        "%u cases are open ([review] max_open_cases): this finding gets none",
        cases->n_open);
    g_clear_pointer (&stream->case_id, g_free);
    return;
  }
  id = weir_id_new ();
  c = weir_case_new (id, stream->path, stream->publisher_id, weir_wall_ms ());
  c->stream_number = stream->number;
  add_hit (c, sample, finding);
  c->hits = MAX (finding->hits, 1);
  c->first_hit_ms = finding->first_hit_ms;
  c->from_ms = finding->from_ms;
  c->public_ms = weir_stream_due_wall_ms (
      stream, finding->from_ms, sample->pts_ms, sample->arrival_us);
  weir_policing_ask (cases->control->policing, c, finding);
  g_hash_table_insert (cases->by_id, c->id, c);
  cases->n_open++;
  g_free (stream->case_id);
  stream->case_id = g_steal_pointer (&id);
  stream->dirty = TRUE;
  store_case (cases, c, TRUE, TRUE);
  weir_policing_act (cases->control->policing, c);
}

static void
join_case (WeirCases *cases, WeirStream *stream, const WeirSample *sample,
    WeirFinding *finding)
{
  WeirCase *c =
      stream->case_id ? weir_cases_find (cases, stream->case_id) : NULL;
  gboolean stricter;
  guint distance;

  if (c == NULL || (!c->open && g_strcmp0 (c->item, finding->hit.item) != 0)) {
    /* Decided, but this is something else; and a finding of its own once its
     * own evidence suffices. */
    if (!weir_finder_restart (stream->finder, finding))
      return;
    if (c != NULL && c->to_ms < 0) {
      c->to_ms = MAX (sample->pts_ms, c->from_ms);
      store_case (cases, c, FALSE, FALSE);
    }
    open_case (cases, stream, sample, finding);
    return;
  }
  distance = c->distance;
  c->to_ms = -1;
  add_hit (c, sample, finding);
  /* Released: more of the same passes, and is counted. */
  stricter =
      c->open && weir_policing_ask (cases->control->policing, c, finding);
  store_case (cases, c, FALSE, c->distance < distance);
  if (stricter)
    weir_policing_act (cases->control->policing, c);
}

/* A nearer hit than HITS[I] has told of the picture. */
static gboolean
is_of_bank_before (const WeirPolicyHit *hits, guint i)
{
  for (guint k = 0; k < i; k++)
    if (strcmp (hits[k].bank, hits[i].bank) == 0)
      return TRUE;
  return FALSE;
}

static void
take_sample (WeirCases *cases, WeirStream *stream, guint picture,
    const WeirSample *sample)
{
  WeirControl *control = cases->control;
  WeirPolicyHit hits[WEIR_SAMPLE_MAX_HITS + WEIR_SAMPLE_MAX_SCORES];
  gboolean good;
  guint n_listed = name_hits (cases, stream, sample, hits, &good);
  guint n_hits =
      n_listed + (good ? 0 : name_scores (cases, sample, hits + n_listed));
  gint64 now_ms = weir_wall_ms ();
  WeirFinding finding, note;
  WeirCase *c;

  for (guint i = 0; i < n_listed; i++)
    if (sample->quality >= hits[i].min_quality) {
      weir_quarantines_note_hit (control->quarantines, stream, &hits[i]);
      if (hits[i].distance > hits[i].radius)
        continue;
      if (!is_of_bank_before (hits, i)) {
        weir_bank_hits_note (control->bank_hits, hits[i].bank, now_ms);
        weir_hit_counts_note (control->hit_counts, hits[i].bank, "", now_ms);
      }
      weir_hit_counts_note (
          control->hit_counts, hits[i].bank, hits[i].entry, now_ms);
      weir_recent_tell (
          cases->recent, stream->number, picture, hits[i].bank, hits[i].entry);
    }
  weir_finder_add (stream->finder, control->policy, sample->pts_ms,
      sample->quality, hits, n_hits, &finding, &note);
  weir_sightings_add (control->sightings, stream, sample, hits, n_hits);
  if (note.change == WEIR_FINDING_NOTE)
    weir_policing_note (control->policing, stream, &note);
  switch (finding.change) {
  case WEIR_FINDING_NONE:
  case WEIR_FINDING_NOTE:
    break;
  case WEIR_FINDING_BEGIN:
    open_case (cases, stream, sample, &finding);
    break;
  case WEIR_FINDING_MORE:
    join_case (cases, stream, sample, &finding);
    break;
  case WEIR_FINDING_END:
    c = stream->case_id ? weir_cases_find (cases, stream->case_id) : NULL;
    if (c != NULL) {
      c->to_ms = finding.to_ms;
      store_case (cases, c, FALSE, FALSE);
    }
    break;
  }
}

void
weir_cases_take_sample (
    WeirCases *cases, WeirStream *stream, const WeirSample *sample)
{
  take_sample (cases, stream,
      weir_recent_note (cases->recent, stream->number, sample), sample);
}

WeirRecent *
weir_cases_get_recent (WeirCases *cases)
{
  return cases->recent;
}

gboolean
weir_cases_take_late (
    WeirCases *cases, guint64 number, guint picture, const WeirSample *sample)
{
  const GPtrArray *list = weir_streams_list (cases->control->streams);

  for (guint i = 0; i < list->len; i++) {
    WeirStream *stream = g_ptr_array_index (list, i);

    if (stream->number != number)
      continue;
    take_sample (cases, stream, picture, sample);
    return TRUE;
  }
  return FALSE;
}

void
weir_cases_stream_ended (WeirCases *cases, WeirStream *stream)
{
  GHashTableIter iter;
  gpointer value;

  weir_recent_forget (cases->recent, stream->number);
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
