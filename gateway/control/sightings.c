/* Collects signatures and hits for the store. */
#include "control/sightings.h"

#include "base/log.h"
#include "control/describe.h"
#include "control/stream.h"

#include <string.h>

#define FLUSH_MS 1000
#define HOUR_MS (60 * 60 * G_GINT64_CONSTANT (1000))

struct _WeirSightings {
  WeirControl *control;
  WeirSightingsBatch *batch; /* NULL: nothing is pending */
  WeirTimer *flush;
  gboolean failing; /* the last batch was lost */
};

WeirSightings *
weir_sightings_new (WeirControl *control)
{
  WeirSightings *sightings = g_new0 (WeirSightings, 1);

  sightings->control = control;
  return sightings;
}

void
weir_sightings_free (WeirSightings *sightings)
{
  if (sightings == NULL)
    return;
  weir_timer_free (sightings->flush);
  weir_sightings_batch_free (sightings->batch);
  g_free (sightings);
}

static void
on_stored (const GError *error, gpointer data)
{
  WeirSightings *sightings = data;

  if (error != NULL && !sightings->failing)
    weir_warn (
        "store", NULL, "signatures and hits are lost: %s", error->message);
  sightings->failing = error != NULL;
}

static WeirSightingsLimit
limit_of (const WeirSettings *settings, const char *rows, const char *hours)
{
  return (WeirSightingsLimit){
    .rows = (guint64) weir_settings_int (settings, "store", rows),
    .since_ms = weir_wall_ms ()
                - weir_settings_int (settings, "store", hours) * HOUR_MS,
  };
}

void
weir_sightings_flush (WeirSightings *sightings)
{
  WeirSightingsBatch *batch = g_steal_pointer (&sightings->batch);
  const WeirSettings *settings = sightings->control->settings;
  WeirTxn *txn;

  g_clear_pointer (&sightings->flush, weir_timer_free);
  if (batch == NULL)
    return;
  batch->limit[WEIR_SIGHTINGS_SIGNATURES] =
      limit_of (settings, "keep_signatures", "keep_signatures_hours");
  batch->limit[WEIR_SIGHTINGS_HITS] =
      limit_of (settings, "keep_hits", "keep_hits_hours");
  txn = weir_txn_new ();
  weir_txn_add_sightings (txn, batch);
  weir_store_submit (sightings->control->store, txn, on_stored, sightings);
}

static void
on_flush (gpointer data)
{
  weir_sightings_flush (data);
}

static json_t *
describe_match (const WeirPolicyHit *hit)
{
  if (weir_policy_is_score (hit->distance))
    return json_pack ("{s:s, s:f}", "scorer", hit->bank, "score",
        weir_policy_score_of_distance (hit->distance)
            / (double) WEIR_POLICY_SCORE_ONE);
  return json_pack ("{s:s, s:s, s:s, s:i, s:i}", "bank", hit->bank, "entry",
      hit->entry, "item", hit->item, "distance", (int) hit->distance, "probe",
      (int) hit->probe);
}

/* The nearest of each bank, and the scores: no rule can ask for more. */
static char *
describe_matches (const WeirPolicyHit *hits, guint n_hits)
{
  json_t *list = json_array ();

  for (guint i = 0;
       i < n_hits && json_array_size (list) < WEIR_FINDER_MAX_BANKS; i++) {
    gboolean known = FALSE;

    for (guint k = 0; k < i && !known; k++)
      known = strcmp (hits[k].bank, hits[i].bank) == 0;
    if (!known)
      json_array_append_new (list, describe_match (&hits[i]));
  }
  return weir_describe_dump (list);
}

static WeirSighting
sighting_of (const WeirStream *stream, const WeirSample *sample)
{
  WeirSighting s = {
    .wall_ms = weir_wall_ms () - (weir_now_us () - sample->arrival_us) / 1000,
    .stream = g_strdup (stream->path),
    .started_ms = stream->started_ms,
    .pts_ms = sample->pts_ms,
    .quality = sample->quality,
  };

  memcpy (s.hash, sample->hash, sizeof s.hash);
  return s;
}

static void
count_clean (WeirStreamSightings *of, gint64 pts_ms)
{
  if (of->clean++ == 0)
    of->clean_from_ms = of->clean_to_ms = pts_ms;
  of->clean_from_ms = MIN (of->clean_from_ms, pts_ms);
  of->clean_to_ms = MAX (of->clean_to_ms, pts_ms);
}

void
weir_sightings_add (WeirSightings *sightings, WeirStream *stream,
    const WeirSample *sample, const WeirPolicyHit *hits, guint n_hits)
{
  WeirStreamSightings *of = &stream->sightings;
  WeirSighting s = sighting_of (stream, sample);
  WeirSightingsBatch *batch;

  if (sightings->batch == NULL)
    sightings->batch = weir_sightings_batch_new ();
  batch = sightings->batch;
  g_array_append_val (batch->list[WEIR_SIGHTINGS_SIGNATURES], s);
  if (n_hits == 0) {
    count_clean (of, sample->pts_ms);
  } else {
    s = sighting_of (stream, sample);
    s.matches = describe_matches (hits, n_hits);
    s.clean = of->clean;
    s.clean_from_ms = of->clean > 0 ? of->clean_from_ms : -1;
    s.clean_to_ms = of->clean > 0 ? of->clean_to_ms : -1;
    g_array_append_val (batch->list[WEIR_SIGHTINGS_HITS], s);
    of->clean = 0;
  }
  if (batch->list[WEIR_SIGHTINGS_SIGNATURES]->len >= WEIR_SIGHTINGS_MAX_PENDING)
    weir_sightings_flush (sightings);
  else if (sightings->flush == NULL)
    sightings->flush = weir_timer_new (
        sightings->control->loop, FLUSH_MS, 0, on_flush, sightings);
}
