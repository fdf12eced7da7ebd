/* Feeds risk and governor, hands out rates. */
#include "control/sampling.h"

#include "base/cgroup.h"
#include "control/banks.h"
#include "control/cases.h"
#include "control/quarantines.h"
#include "control/stream.h"
#include "core/case.h"
#include "core/lookalikes.h"
#include "core/scorers.h"

#include <string.h>

/* A new sample's cost counts for one part of so many. */
#define SMOOTH 8
/* Until something was measured: an H.264 key frame of film at 2.5 Mbit/s on
 * one core of a server of 2020, with everything after it. */
#define FIRST_NS_PER_PIXEL 12.0
#define FIRST_PIXELS (1280 * 720)
/* What a stream says about its size is believed within bounds: what is larger
 * is not looked at, and one that claims to be tiny, and is not, would make all
 * others seem dear. */
#define MOST_PIXELS (8192 * 4320)
#define MOST_NS_PER_PIXEL (8 * FIRST_NS_PER_PIXEL)
/* Results that take so long mean that pictures wait. */
#define BEHIND_MS 250
/* Pictures of lower quality look all alike. */
#define MIN_QUALITY 50
#define LOOKALIKE_MAX_AGE_MS 60000
/* A publisher who was on air for so long is not new any more. */
#define FAMILIAR_MS (10 * 60 * 1000)
/* Publishers remembered; beyond it all are forgotten until the next start. */
#define MAX_FAMILIAR WEIR_STORE_MAX_PUBLISHERS
/* Who comes and goes at once says nothing and costs the disk nothing. */
#define MIN_STORED_MS (10 * 1000)

struct _WeirSampling {
  WeirControl *control;
  WeirGovernor governor;
  WeirLookalikes *lookalikes;
  GHashTable *aired; /* publisher → gint64, milliseconds on air */
  double ns_per_pixel;
  guint cpu_permille; /* of a core, that the process may use */
  gint64 look_us;
  WeirSamplingFigures figures;

  /* Since the last look: */
  gint64 spent_us;
  gint64 waited_ms; /* sum */
  guint samples;
};

static void
remember (WeirSampling *self, const char *publisher, gint64 aired_ms)
{
  if (g_hash_table_size (self->aired) >= MAX_FAMILIAR)
    g_hash_table_remove_all (self->aired);
  g_hash_table_replace (self->aired, g_strdup (publisher),
      g_memdup2 (&aired_ms, sizeof aired_ms));
}

WeirSampling *
weir_sampling_new (WeirControl *control, const GPtrArray *publishers)
{
  WeirSampling *self = g_new0 (WeirSampling, 1);
  g_auto (GStrv) cpu_max = weir_cgroup_read ("cpu.max");

  self->control = control;
  weir_governor_init (&self->governor);
  self->lookalikes = weir_lookalikes_new (LOOKALIKE_MAX_AGE_MS);
  self->aired = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->ns_per_pixel = FIRST_NS_PER_PIXEL;
  self->cpu_permille = weir_cgroup_cpu_permille (
      (const char *const *) cpu_max, g_get_num_processors ());
  for (guint i = 0; publishers != NULL && i < publishers->len; i++) {
    const WeirPublisherRecord *record = g_ptr_array_index (publishers, i);

    remember (self, record->name, record->aired_ms);
  }
  return self;
}

void
weir_sampling_free (WeirSampling *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->aired);
  weir_lookalikes_free (self->lookalikes);
  g_free (self);
}

static gint64
now_ms (void)
{
  return weir_now_us () / 1000;
}

/* How long ago the latest verdict against PUBLISHER was; -1: never. */
static gint64
verdict_age_ms (const WeirControl *control, const char *publisher)
{
  g_autoptr (GPtrArray) cases = weir_cases_list (control->cases);
  gint64 latest_ms = 0;

  for (guint i = 0; i < cases->len; i++) {
    const WeirCase *c = g_ptr_array_index (cases, i);

    if ((c->verdict == WEIR_VERDICT_CUT || c->interim == WEIR_VERDICT_BLANK)
        && strcmp (c->publisher, publisher) == 0)
      latest_ms = MAX (latest_ms, c->decided_ms);
  }
  return latest_ms > 0 ? MAX (weir_wall_ms () - latest_ms, 0) : -1;
}

static gint64
app_int (const WeirSampling *self, const WeirStream *stream, const char *key)
{
  return weir_settings_app_int (
      self->control->settings, stream->app, "sampling", key);
}

static WeirSamplingProbes
app_probes (const WeirSampling *self, const WeirStream *stream, const char *key)
{
  WeirSamplingProbes probes = WEIR_SAMPLING_STANDARD;

  weir_sampling_probes_from_string (
      weir_settings_app_string (
          self->control->settings, stream->app, "sampling", key),
      &probes);
  return probes;
}

/* What the settings say of STREAM's application. */
static void
read_calm (const WeirSampling *self, WeirStream *stream)
{
  WeirStreamSampling *s = &stream->sampling;

  s->calm.mode = WEIR_SAMPLING_KEYFRAMES;
  weir_sampling_mode_from_string (
      weir_settings_app_string (
          self->control->settings, stream->app, "sampling", "mode"),
      &s->calm.mode);
  s->calm.gap_ms = s->calm.mode == WEIR_SAMPLING_FPS
                       ? 1000 / app_int (self, stream, "fps")
                   : s->calm.mode == WEIR_SAMPLING_ALL
                       ? 0
                       : app_int (self, stream, "min_gap_ms");
  s->alert_gap_ms = app_int (self, stream, "alert_gap_ms");
  s->calm_probes = app_probes (self, stream, "probes");
  s->asked_probes = s->granted_probes = s->calm_probes;
}

void
weir_sampling_begin (WeirSampling *self, WeirStream *stream)
{
  WeirStreamSampling *s = &stream->sampling;
  const gint64 *aired = g_hash_table_lookup (self->aired, stream->publisher_id);
  gint64 aired_ms = aired != NULL ? MIN (*aired, FAMILIAR_MS) : 0;
  gint64 age_ms = verdict_age_ms (self->control, stream->publisher_id);
  gint64 now = now_ms ();

  read_calm (self, stream);
  weir_risk_init (&s->risk, app_int (self, stream, "risk_half_life_ms"),
      now - MAX (age_ms, 0));
  if (age_ms >= 0)
    weir_risk_raise (&s->risk, WEIR_RISK_VERDICT, 1, now - age_ms);
  weir_risk_raise (&s->risk, WEIR_RISK_NEW_PUBLISHER,
      1 - (double) aired_ms / FAMILIAR_MS, now);
  weir_sampler_init (
      &stream->sampler, &s->calm, app_int (self, stream, "floor_gap_ms"));
  stream->sampler.longest_ms = app_int (self, stream, "longest_gap_ms");
  s->alert_probes = app_probes (self, stream, "alert_probes");
  s->granted = G_MAXUINT;
}

void
weir_sampling_reload (WeirSampling *self)
{
  const GPtrArray *list = weir_streams_list (self->control->streams);

  for (guint i = 0; i < list->len; i++) {
    WeirStream *stream = g_ptr_array_index (list, i);

    stream->sampler.floor_ms = app_int (self, stream, "floor_gap_ms");
    stream->sampler.longest_ms = app_int (self, stream, "longest_gap_ms");
    /* The scorers may be others. */
    memset (stream->sampling.trends, 0, sizeof stream->sampling.trends);
    stream->sampling.alert_gap_ms = app_int (self, stream, "alert_gap_ms");
    stream->sampling.alert_probes = app_probes (self, stream, "alert_probes");
    stream->sampling.risk.half_life_ms =
        app_int (self, stream, "risk_half_life_ms");
    if (stream->sampling.is_set)
      continue;
    read_calm (self, stream);
    weir_sampler_set_rates (
        &stream->sampler, &stream->sampling.calm, &stream->sampling.calm);
    stream->dirty = TRUE;
  }
}

void
weir_sampling_end (WeirSampling *self, const WeirStream *stream)
{
  const gint64 *aired = g_hash_table_lookup (self->aired, stream->publisher_id);
  gint64 on_ms = (weir_now_us () - stream->started_us) / 1000;
  gint64 sum_ms = (aired != NULL ? *aired : 0) + on_ms;
  WeirTxn *txn;

  remember (self, stream->publisher_id, sum_ms);
  if (on_ms < MIN_STORED_MS)
    return;
  txn = weir_txn_new ();
  weir_txn_put_publisher (txn, stream->publisher_id, sum_ms, weir_wall_ms ());
  weir_store_submit (self->control->store, txn, NULL, NULL);
}

void
weir_sampling_set_calm (WeirSampling *self, WeirStream *stream,
    const WeirSamplingRate *calm, WeirSamplingProbes probes)
{
  stream->sampling.is_set = TRUE;
  stream->sampling.calm = *calm;
  stream->sampling.calm_probes = probes;
  stream->sampling.asked_probes = stream->sampling.granted_probes = probes;
  weir_sampler_set_rates (&stream->sampler, calm, calm);
  stream->dirty = TRUE;
}

static double
pixels_of (const WeirStream *stream)
{
  const WeirCodecConfig *config = stream->tracks[WEIR_MEDIA_VIDEO].config;
  double pixels = config != NULL ? (double) config->video.width
                                       * (double) config->video.height
                                 : 0;

  return pixels > 0 ? MIN (pixels, MOST_PIXELS) : FIRST_PIXELS;
}

static gint64
sample_cost_us (const WeirSampling *self, const WeirStream *stream)
{
  if (stream->sampling.cost_us > 0)
    return stream->sampling.cost_us;
  return (gint64) (pixels_of (stream) * self->ns_per_pixel / 1000);
}

gint64
weir_sampling_estimate_us (const WeirSampling *self, const WeirStream *stream,
    const WeirSamplingRate *rate)
{
  return weir_ladder_cost_us (
      rate, stream->sampler.key_gap_ms, sample_cost_us (self, stream));
}

void
weir_sampling_note_cost (WeirSampling *self, WeirStream *stream, gint64 cost_us)
{
  WeirStreamSampling *s = &stream->sampling;

  if (cost_us <= 0)
    return;
  self->spent_us += cost_us;
  s->cost_us = s->cost_us == 0 ? cost_us
                               : (s->cost_us * (SMOOTH - 1) + cost_us) / SMOOTH;
}

/* The same of a picture, which has as many pixels as were announced. */
static void
note_picture (WeirSampling *self, WeirStream *stream, gint64 cost_us)
{
  double ns =
      MIN ((double) cost_us * 1000 / pixels_of (stream), MOST_NS_PER_PIXEL);

  if (cost_us > 0)
    self->ns_per_pixel += (ns - self->ns_per_pixel) / (SMOOTH * SMOOTH);
  weir_sampling_note_cost (self, stream, cost_us);
}

/* FALSE when HIT says nothing. */
static gboolean
note_hit (WeirSampling *self, WeirStream *stream, const WeirSample *sample,
    const WeirSampleHit *hit)
{
  const WeirBanks *banks = self->control->banks;
  WeirBankEntry entry;

  if (banks == NULL || !banks->klass->get (banks, hit->entry, &entry)
      || entry.known_good || sample->quality < entry.min_quality
      || weir_quarantines_has (
          self->control->quarantines, entry.bank, entry.entry))
    return FALSE;
  weir_risk_raise (&stream->sampling.risk,
      hit->distance <= entry.radius ? WEIR_RISK_HIT : WEIR_RISK_NEAR_MISS,
      weir_risk_nearness (hit->distance, entry.radius), now_ms ());
  return TRUE;
}

/* The nearest listed picture, within its bank's radius or just beyond. */
static void
note_hits (WeirSampling *self, WeirStream *stream, const WeirSample *sample)
{
  for (guint i = 0; i < sample->n_hits; i++)
    if (note_hit (self, stream, sample, &sample->hits[i]))
      return;
  if (sample->is_near)
    note_hit (self, stream, sample, &sample->near);
}

static void
note_scores (WeirSampling *self, WeirStream *stream, const WeirSample *sample)
{
  const GPtrArray *scorers = self->control->scorers;
  double most = 0;

  for (guint i = 0; scorers != NULL && i < MIN (sample->n_scores, scorers->len);
       i++) {
    const WeirScorerSetting *scorer = g_ptr_array_index (scorers, i);
    const char *by;
    guint threshold = weir_policy_get_threshold (
        self->control->policy, scorer->name, scorer->threshold, &by);

    if (sample->scores[i] != WEIR_SAMPLE_UNSCORED)
      most = MAX (most, weir_score_trend_add (&stream->sampling.trends[i],
                            sample->scores[i], threshold));
  }
  if (most > 0)
    weir_risk_hold (
        &stream->sampling.risk, WEIR_RISK_RISING_SCORE, most, now_ms ());
}

static WeirStream *
find_number (const WeirSampling *self, guint64 number)
{
  const GPtrArray *list = weir_streams_list (self->control->streams);

  for (guint i = 0; i < list->len; i++)
    if (((WeirStream *) g_ptr_array_index (list, i))->number == number)
      return g_ptr_array_index (list, i);
  return NULL;
}

static void
note_lookalike (
    WeirSampling *self, WeirStream *stream, const WeirSample *sample)
{
  guint64 number;
  WeirStream *other;

  if (sample->quality < MIN_QUALITY)
    return;
  number = weir_lookalikes_add (self->lookalikes, sample->hash, stream->number,
      g_str_hash (stream->publisher_id), now_ms ());
  if (number == 0)
    return;
  weir_risk_raise (
      &stream->sampling.risk, WEIR_RISK_SHARED_PICTURE, 1, now_ms ());
  other = find_number (self, number);
  if (other != NULL)
    weir_risk_raise (
        &other->sampling.risk, WEIR_RISK_SHARED_PICTURE, 1, now_ms ());
}

void
weir_sampling_take_sample (
    WeirSampling *self, WeirStream *stream, const WeirSample *sample)
{
  note_picture (self, stream, sample->cost_us);
  self->waited_ms += (weir_now_us () - sample->arrival_us) / 1000;
  self->samples++;
  note_hits (self, stream, sample);
  note_scores (self, stream, sample);
  note_lookalike (self, stream, sample);
}

void
weir_sampling_note_report (WeirSampling *self, WeirStream *stream)
{
  weir_risk_raise (&stream->sampling.risk, WEIR_RISK_REPORT, 1, now_ms ());
}

/* Of a second. The workers have a thread each. */
static gint64
budget_us (const WeirSampling *self)
{
  gint64 percent =
      weir_settings_int (self->control->settings, "analysis", "cpu_percent");
  gint64 permille =
      MIN (self->cpu_permille, MAX (self->control->analyzers, 1) * 1000);

  return permille * percent * (G_USEC_PER_SEC / 100000);
}

/* What passed since the last look, as of one second. */
static void
take_stock (WeirSampling *self)
{
  gint64 now_us = weir_now_us ();
  gint64 passed_us = MAX (now_us - self->look_us, 1);

  self->figures.budget_us = budget_us (self);
  self->figures.spent_us =
      self->look_us > 0 ? self->spent_us * G_USEC_PER_SEC / passed_us : 0;
  self->figures.waited_ms =
      self->samples > 0 ? self->waited_ms / self->samples : 0;
  if (self->figures.waited_ms > BEHIND_MS)
    weir_governor_note_behind (
        &self->governor, self->figures.budget_us, self->figures.spent_us);
  self->look_us = now_us;
  self->spent_us = self->waited_ms = 0;
  self->samples = 0;
}

/* Between pictures that can be had as the settings are: of key frames, or where
 * these are too rare, of the decoded ones between them. */
static gint64
picture_gap_ms (const WeirStream *stream)
{
  const WeirSampler *sampler = &stream->sampler;

  return stream->whole && sampler->longest_ms > 0
             ? MIN (sampler->key_gap_ms, sampler->longest_ms)
             : sampler->key_gap_ms;
}

static void
build_ladder (const WeirSampling *self, WeirStream *stream)
{
  WeirStreamSampling *s = &stream->sampling;
  const WeirLadderSource source = {
    .calm = s->calm,
    .alert_gap_ms = s->alert_gap_ms,
    .floor_ms = stream->sampler.floor_ms,
    .key_gap_ms = picture_gap_ms (stream),
    .cost_us = sample_cost_us (self, stream),
  };

  s->band = weir_risk_band (weir_risk_get (&s->risk, now_ms ()), s->band);
  weir_ladder_build (&source, s->band, &s->ladder);
}

/* More is undone of a stream at risk, nothing of one that the budget lowers. */
static void
set_probes (WeirStream *stream)
{
  WeirStreamSampling *s = &stream->sampling;
  WeirSamplingProbes granted;

  s->asked_probes = s->band >= WEIR_RISK_BANDS / 2
                        ? MAX (s->calm_probes, s->alert_probes)
                        : s->calm_probes;
  granted =
      s->granted + 1 < s->ladder.n ? WEIR_SAMPLING_PLAIN : s->asked_probes;
  stream->dirty = stream->dirty || granted != s->granted_probes;
  s->granted_probes = granted;
}

void
weir_sampling_look (WeirSampling *self)
{
  const GPtrArray *list = weir_streams_list (self->control->streams);
  g_autofree WeirGovernorStream *rows = g_new (WeirGovernorStream, list->len);

  take_stock (self);
  for (guint i = 0; i < list->len; i++) {
    WeirStream *stream = g_ptr_array_index (list, i);
    WeirStreamSampling *s = &stream->sampling;

    build_ladder (self, stream);
    rows[i] = (WeirGovernorStream){ .number = stream->number,
      .band = s->band,
      .n_levels = s->ladder.n,
      .granted = s->granted };
    memcpy (rows[i].costs_us, s->ladder.costs_us, sizeof rows[i].costs_us);
    /* Nothing comes of it any more. */
    if (stream->publisher == NULL)
      memset (rows[i].costs_us, 0, sizeof rows[i].costs_us);
  }
  weir_governor_share (&self->governor, self->figures.budget_us, rows,
      list->len, &self->figures.round);
  for (guint i = 0; i < list->len; i++) {
    WeirStream *stream = g_ptr_array_index (list, i);
    WeirStreamSampling *s = &stream->sampling;

    stream->dirty =
        stream->dirty
        || (s->granted != rows[i].granted && s->granted < s->ladder.n);
    s->granted = rows[i].granted;
    set_probes (stream);
    weir_sampler_set_rates (&stream->sampler, &s->ladder.rates[s->ladder.n - 1],
        &s->ladder.rates[s->granted]);
  }
}

void
weir_sampling_get_figures (const WeirSampling *self, WeirSamplingFigures *ret)
{
  *ret = self->figures;
}
