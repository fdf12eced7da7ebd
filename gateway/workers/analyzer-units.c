/* Units: where they wait, who gets them, what becomes of them. */
#include "workers/analyzers-impl.h"

#include <string.h>

#include "control/streams.h"
#include "core/scorers.h"

/* A stream goes to another place when so many fewer wait there. */
#define MOVE_DIFFERENCE 4
/* Where a stream was looked at is forgotten so long after its last picture. */
#define HOME_FORGET_US (60 * G_USEC_PER_SEC)

WeirAnalyzerSlot *
weir_analyzers_spare (WeirAnalyzers *a)
{
  return &a->slots[a->n_slots];
}

WeirAnalyzerSlot *
weir_analyzers_apart (WeirAnalyzers *a)
{
  return &a->slots[a->n_slots + 1];
}

void
weir_analyzers_finish (WeirAnalyzers *a, WeirUnit *unit)
{
  WeirAnalyzerHome *home = g_hash_table_lookup (a->homes, &unit->stream);

  if (home != NULL && home->outstanding > 0)
    home->outstanding--;
  weir_unit_free (unit);
}

void
weir_analyzers_skip (WeirAnalyzers *a, WeirUnit *unit, const char *why)
{
  weir_streams_sample_skipped (a->control->streams, unit->stream, why);
  weir_analyzers_finish (a, unit);
}

void
weir_analyzers_feed (WeirAnalyzers *a, WeirAnalyzerSlot *slot)
{
  while (weir_slot_can_send (slot)) {
    WeirUnit *next = weir_slot_peek_next (slot), *refused;

    next->still = weir_streams_want_still (a->control->streams, next->stream);
    next->probes = weir_streams_get_probes (a->control->streams, next->stream);
    refused = weir_slot_send_next (slot);
    if (refused != NULL)
      weir_analyzers_skip (a, refused, "the analyzer does not read");
  }
}

/* The place that works and where the fewest wait. */
static guint
find_calm (const WeirAnalyzers *a)
{
  guint best = 0;

  for (guint i = 1; i < a->n_slots; i++) {
    const WeirAnalyzerSlot *slot = &a->slots[i], *least = &a->slots[best];

    if (slot->ready != least->ready
            ? slot->ready
            : slot->waiting.length < least->waiting.length)
      best = i;
  }
  return best;
}

WeirAnalyzerHome *
weir_analyzers_find_home (WeirAnalyzers *a, guint64 stream)
{
  WeirAnalyzerHome *home = g_hash_table_lookup (a->homes, &stream);
  const WeirAnalyzerSlot *here, *there;
  guint calm;

  if (home == NULL) {
    home = g_new0 (WeirAnalyzerHome, 1);
    home->stream = stream;
    home->slot = (guint) (stream % a->n_slots);
    g_hash_table_insert (a->homes, &home->stream, home);
  }
  home->last_us = weir_now_us ();
  if (home->outstanding > 0 || (home->is_whole && a->slots[home->slot].ready))
    return home;
  calm = find_calm (a);
  here = &a->slots[home->slot];
  there = &a->slots[calm];
  if (there->ready
      && (!here->ready
          || here->waiting.length >= there->waiting.length + MOVE_DIFFERENCE))
    home->slot = calm;
  /* Wherever it was, its decoder stayed there. */
  home->is_lost = home->is_lost || home->is_whole;
  return home;
}

static void
wait_in (WeirAnalyzers *a, WeirAnalyzerSlot *slot, WeirUnit *unit)
{
  if (g_queue_get_length (&slot->waiting) >= a->queue_units)
    weir_analyzers_skip (
        a, weir_unit_pop_surplus (&slot->waiting), "the analyzers are behind");
  g_queue_push_tail (&slot->waiting, unit);
  weir_analyzers_feed (a, slot);
}

void
weir_analyzers_wait_apart (
    WeirAnalyzers *a, guint64 stream, const WeirPacket *packet)
{
  WeirUnit *older;

  if (!weir_blame_take_turn (a->blame, stream, weir_now_us ())) {
    weir_streams_sample_skipped (a->control->streams, stream,
        "its pictures bring analyzers down: only some are looked at");
    return;
  }
  older = weir_unit_pop_of (&weir_analyzers_apart (a)->waiting, stream);
  if (older != NULL)
    weir_analyzers_skip (a, older, "the analyzers are behind");
  wait_in (a, weir_analyzers_apart (a),
      weir_unit_new (++a->last_job, stream, packet));
}

void
weir_analyzers_take_unit (
    WeirAnalyzers *a, guint64 stream, const WeirPacket *packet)
{
  WeirAnalyzerHome *home;

  if (packet->config == NULL
      || packet->payload.size > WEIR_WIRE_MAX_UNIT_BYTES) {
    weir_streams_sample_skipped (a->control->streams, stream,
        packet->config == NULL ? "no codec configuration came before it"
                               : "larger than an analyzer takes");
    return;
  }
  if (weir_blame_is_apart (a->blame, stream)) {
    weir_analyzers_wait_apart (a, stream, packet);
    return;
  }
  home = weir_analyzers_find_home (a, stream);
  weir_analyzers_count_in (home);
  wait_in (
      a, &a->slots[home->slot], weir_unit_new (++a->last_job, stream, packet));
}

void
weir_analyzers_note_loss (WeirAnalyzers *a, const WeirAnalyzerSlot *slot)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, a->homes);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    WeirAnalyzerHome *home = value;

    if (&a->slots[home->slot] != slot || home->is_moving)
      continue;
    home->is_moving = TRUE;
    home->wait_us = home->outstanding > 0 ? weir_now_us () : 0;
  }
}

void
weir_analyzers_count_in (WeirAnalyzerHome *home)
{
  home->outstanding++;
  if (home->is_moving && home->wait_us == 0)
    home->wait_us = weir_now_us ();
}

/* A stream is where it moved to when it gets an answer from there, whichever
 * process that is. */
static void
note_move (WeirAnalyzers *a, const WeirUnit *unit)
{
  WeirAnalyzerHome *home = g_hash_table_lookup (a->homes, &unit->stream);
  WeirControl *control = a->control;

  if (home == NULL || !home->is_moving)
    return;
  home->is_moving = FALSE;
  if (home->wait_us == 0)
    return;
  control->analyzers_move_us = weir_now_us () - home->wait_us;
  control->analyzers_longest_move_us =
      MAX (control->analyzers_longest_move_us, control->analyzers_move_us);
}

/* The unit that JOB answers, or NULL. */
static WeirUnit *
take_unit (WeirAnalyzers *a, WeirAnalyzerSlot *slot, guint64 job)
{
  GQueue lost = G_QUEUE_INIT;
  WeirUnit *unit = weir_slot_take (slot, job, &lost), *other;

  while ((other = g_queue_pop_head (&lost)) != NULL)
    weir_analyzers_skip (a, other, "the analyzer did not answer");
  if (unit != NULL && weir_blame_went_well (a->blame, unit->stream))
    weir_streams_set_apart (a->control->streams, unit->stream, FALSE);
  return unit;
}

/* A picture of a whole stream is of another packet than the one that brought it
 * out, by as much as their times differ. */
static void
note_time (
    WeirAnalyzers *a, const WeirUnit *unit, gint64 pts_ms, WeirSample *sample)
{
  WeirAnalyzerHome *home = g_hash_table_lookup (a->homes, &unit->stream);

  sample->pts_ms = unit->packet.pts_ms;
  sample->arrival_us = unit->packet.arrival_us;
  if (!unit->is_whole)
    return;
  sample->pts_ms = pts_ms;
  sample->arrival_us -= (unit->packet.pts_ms - pts_ms) * 1000;
  if (home == NULL)
    return;
  sample->cost_us += home->cost_us;
  home->cost_us = 0;
}

static void
fill_hits (WeirSample *sample, const WeirWireMessage *message)
{
  for (guint i = 0; i < message->sample.n_hits; i++) {
    const WeirWireHit *from = &message->sample.hits[i];
    WeirSampleHit hit = { from->entry, from->distance, from->probe };

    if (hit.probe == WEIR_WIRE_NEAR_MISS) {
      sample->is_near = TRUE;
      sample->near = (WeirSampleHit){ hit.entry, hit.distance, 0 };
    } else if (sample->n_hits < WEIR_SAMPLE_MAX_HITS) {
      sample->hits[sample->n_hits++] = hit;
    }
  }
}

/* In the order of the scorers that there are now, by their names. What was
 * another one under the same name says nothing about it. */
static void
fill_scores (const WeirAnalyzers *a, const WeirAnalyzerSlot *slot,
    const WeirWireMessage *message, WeirSample *sample)
{
  if (a->scorers == NULL || message->sample.n_scores == 0)
    return;
  sample->n_scores = MIN (a->scorers->len, WEIR_SAMPLE_MAX_SCORES);
  for (guint i = 0; i < sample->n_scores; i++) {
    const WeirScorerSetting *now = g_ptr_array_index (a->scorers, i);

    sample->scores[i] = WEIR_SAMPLE_UNSCORED;
    for (guint k = 0; k < message->sample.n_scores; k++) {
      const WeirScorerSetting *its = g_ptr_array_index (slot->scorers, k);

      if (its->generation == now->generation
          && strcmp (its->name, now->name) == 0)
        sample->scores[i] = message->sample.scores[k];
    }
  }
}

void
weir_analyzers_take_sample (
    WeirAnalyzers *a, WeirAnalyzerSlot *slot, const WeirWireMessage *message)
{
  const WeirUnit *unit = weir_slot_find (slot, message->sample.job);
  WeirSample sample = { 0 };
  g_autoptr (GBytes) still = NULL;

  if (unit == NULL)
    return;
  note_move (a, unit);
  if (message->sample.still_size > 0)
    still = g_bytes_new (message->sample.still, message->sample.still_size);
  sample.cost_us = message->sample.cost_us;
  note_time (a, unit, message->sample.pts_ms, &sample);
  sample.quality = message->sample.quality;
  memcpy (sample.hash, message->sample.hash, sizeof sample.hash);
  fill_hits (&sample, message);
  fill_scores (a, slot, message, &sample);
  sample.still = still;
  weir_streams_take_sample (a->control->streams, unit->stream, &sample);
  /* Of a whole stream more may come. */
  if (!unit->is_whole)
    weir_analyzers_finish (a, take_unit (a, slot, message->sample.job));
}

void
weir_analyzers_take_decoded (
    WeirAnalyzers *a, WeirAnalyzerSlot *slot, const WeirWireMessage *message)
{
  WeirUnit *unit = take_unit (a, slot, message->decoded.job);
  WeirAnalyzerHome *home;

  if (unit == NULL)
    return;
  note_move (a, unit);
  home = g_hash_table_lookup (a->homes, &unit->stream);
  if (home != NULL)
    home->cost_us += message->decoded.cost_us;
  weir_analyzers_finish (a, unit);
}

void
weir_analyzers_take_failed (
    WeirAnalyzers *a, WeirAnalyzerSlot *slot, const WeirWireMessage *message)
{
  gint64 cost_us = weir_slot_get_unit_cpu_us (slot);
  WeirUnit *unit = take_unit (a, slot, message->failed.job);
  WeirAnalyzerHome *home;
  g_autofree char *text =
      g_strndup (message->failed.text, message->failed.text_size);

  if (unit == NULL)
    return;
  note_move (a, unit);
  home = g_hash_table_lookup (a->homes, &unit->stream);
  if (home != NULL && unit->is_whole)
    home->is_lost = TRUE;
  weir_streams_sample_failed (a->control->streams, unit->stream, text, cost_us);
  weir_analyzers_finish (a, unit);
}

void
weir_analyzers_move_waiting (WeirAnalyzers *a, WeirAnalyzerSlot *slot)
{
  guint calm = find_calm (a);
  GQueue moving = slot->waiting;
  WeirUnit *unit;

  if (slot->ready || slot == weir_analyzers_apart (a) || !a->slots[calm].ready)
    return;
  g_queue_init (&slot->waiting);
  while ((unit = g_queue_pop_head (&moving)) != NULL) {
    WeirAnalyzerHome *home = g_hash_table_lookup (a->homes, &unit->stream);

    if (home != NULL)
      home->slot = calm;
    wait_in (a, &a->slots[calm], unit);
  }
}

void
weir_analyzers_drop_units_of (WeirAnalyzers *a, guint64 stream)
{
  WeirAnalyzerHome *home = g_hash_table_lookup (a->homes, &stream);
  WeirUnit *unit;

  if (!weir_blame_is_apart (a->blame, stream))
    return;
  /* It has no place of its own any more. */
  if (home != NULL)
    home->is_moving = FALSE;
  for (guint i = 0; i < a->n_slots; i++)
    while ((unit = weir_unit_pop_of (&a->slots[i].waiting, stream)) != NULL)
      weir_analyzers_skip (a, unit, "its pictures bring analyzers down");
  weir_analyzers_leave_whole (a, stream);
}

static gboolean
is_forgotten (gpointer key, gpointer value, gpointer now_us)
{
  const WeirAnalyzerHome *home = value;

  return home->outstanding == 0
         && *(gint64 *) now_us - home->last_us > HOME_FORGET_US;
}

void
weir_analyzers_forget_homes (WeirAnalyzers *a, gint64 now_us)
{
  g_hash_table_foreach_remove (a->homes, is_forgotten, &now_us);
}
