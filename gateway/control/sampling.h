/* Once a second: how often each stream is looked at. Collects what speaks for
 * looking closer, knows what looking costs, and lets core/governor share the
 * CPU budget. Loop thread. */
#pragma once

#include "control/analysis-impl.h"
#include "control/control.h"
#include "control/ingest.h"
#include "core/governor.h"
#include "core/ladder.h"
#include "core/risk.h"
#include "core/score-trend.h"

/* Of one stream; a part of it. */
typedef struct {
  WeirRisk risk;
  guint band; /* of the risk */
  WeirSamplingRate calm;
  gint64 alert_gap_ms;
  WeirSamplingProbes calm_probes;
  WeirSamplingProbes alert_probes;
  gboolean is_set; /* by somebody, not by the settings */
  gint64 cost_us;  /* of one sample, smoothed; 0: none yet */
  WeirScoreTrend trends[WEIR_SAMPLE_MAX_SCORES]; /* of the scorers, in order */
  /* As of the last look: */
  WeirLadder ladder;
  guint granted; /* level of the ladder */
  WeirSamplingProbes asked_probes;
  WeirSamplingProbes granted_probes;
} WeirStreamSampling;

/* PUBLISHERS: WeirPublisherRecord, who was on air before. */
WeirSampling *
weir_sampling_new (WeirControl *control, const GPtrArray *publishers);
void weir_sampling_free (WeirSampling *sampling);

/* STREAM begins: its rate by the settings, its risk by who publishes. */
void weir_sampling_begin (WeirSampling *sampling, WeirStream *stream);
void weir_sampling_end (WeirSampling *sampling, const WeirStream *stream);

/* The settings have changed: they hold at once, but for streams whose rate was
 * set. */
void weir_sampling_reload (WeirSampling *sampling);

/* Another rate and set of probes for STREAM than the settings'; in effect at
 * once, until a governor's next round lowers it. */
void weir_sampling_set_calm (WeirSampling *sampling, WeirStream *stream,
    const WeirSamplingRate *calm, WeirSamplingProbes probes);

/* CPU in microseconds that a second of STREAM costs at RATE, before it is set.
 * Measured on the stream itself where it was looked at, else on others of its
 * number of pixels. */
gint64 weir_sampling_estimate_us (const WeirSampling *sampling,
    const WeirStream *stream, const WeirSamplingRate *rate);

void weir_sampling_take_sample (
    WeirSampling *sampling, WeirStream *stream, const WeirSample *sample);

/* A unit of STREAM that could not be looked at cost so much CPU time, whatever
 * size it claims to have. */
void weir_sampling_note_cost (
    WeirSampling *sampling, WeirStream *stream, gint64 cost_us);

/* Somebody reports STREAM. */
void weir_sampling_note_report (WeirSampling *sampling, WeirStream *stream);

/* Once a second, all streams. */
void weir_sampling_look (WeirSampling *sampling);

typedef struct {
  gint64 budget_us; /* of a second, from settings and cores */
  WeirGovernorRound round;
  gint64 spent_us;  /* of a second, measured */
  gint64 waited_ms; /* from arrival to result, mean */
} WeirSamplingFigures;

/* As of the last look. */
void weir_sampling_get_figures (
    const WeirSampling *sampling, WeirSamplingFigures *ret);
