/* Prometheus text format 0.0.4. Stream names are [A-Za-z0-9._/-], so labels
 * need no escaping. */
#include "web/metrics.h"

#include "control/admission.h"
#include "control/cases.h"
#include "control/load.h"
#include "control/quarantines.h"
#include "control/stream.h"

static void
head (GString *out, const char *name, const char *type, const char *help)
{
  g_string_append_printf (
      out, "# HELP weir_%s %s\n# TYPE weir_%s %s\n", name, help, name, type);
}

static void
one (GString *out, const char *name, const char *type, const char *help,
    gint64 value)
{
  head (out, name, type, help);
  g_string_append_printf (out, "weir_%s %" G_GINT64_FORMAT "\n", name, value);
}

typedef gint64 (*StreamFigure) (const WeirStream *stream);

static gint64
window_bytes (const WeirStream *stream)
{
  return (gint64) weir_window_get_bytes (stream->window);
}

static gint64
samples_asked (const WeirStream *stream)
{
  return (gint64) stream->sampler.wish.taken;
}

static gint64
samples_granted (const WeirStream *stream)
{
  return (gint64) stream->sampler.grant.taken;
}

static gint64
samples_done (const WeirStream *stream)
{
  return (gint64) stream->samples_done;
}

static gint64
samples_skipped (const WeirStream *stream)
{
  return (gint64) stream->samples_skipped;
}

static gint64
sent (const WeirStream *stream)
{
  WeirGateStats stats;

  weir_gate_get_stats (stream->gate, &stats);
  return (gint64) stats.sent;
}

static gint64
withheld (const WeirStream *stream)
{
  WeirGateStats stats;

  weir_gate_get_stats (stream->gate, &stats);
  return (gint64) stats.withheld;
}

static void
each (GString *out, const WeirControl *control, const char *name,
    const char *type, const char *help, StreamFigure figure)
{
  const GPtrArray *streams = weir_streams_list (control->streams);

  head (out, name, type, help);
  for (guint i = 0; i < streams->len; i++) {
    const WeirStream *stream = g_ptr_array_index (streams, i);

    g_string_append_printf (out,
        "weir_%s{stream=\"%s\"} %" G_GINT64_FORMAT "\n", name, stream->path,
        figure (stream));
  }
}

typedef gint64 (*LinkFigure) (const WeirLink *link);

#define LINK_FIGURE(name)                                                      \
  static gint64 link_##name (const WeirLink *link)                             \
  {                                                                            \
    return (gint64) link->name;                                                \
  }
LINK_FIGURE (rtt_us)
LINK_FIGURE (buffer_ms)
LINK_FIGURE (packets)
LINK_FIGURE (lost)
LINK_FIGURE (retransmitted)
LINK_FIGURE (dropped)
LINK_FIGURE (undecrypted)
LINK_FIGURE (holes)
LINK_FIGURE (broken)

static void
link_line (GString *out, const char *name, const WeirStream *stream,
    const char *egress, gint64 value)
{
  g_string_append_printf (out,
      "weir_%s{stream=\"%s\",egress=\"%s\"} %" G_GINT64_FORMAT "\n", name,
      stream->path, egress, value);
}

/* Of every SRT connection; what comes in has an empty egress. */
static void
each_link (GString *out, const WeirControl *control, const char *name,
    const char *type, const char *help, LinkFigure figure)
{
  const GPtrArray *streams = weir_streams_list (control->streams);

  head (out, name, type, help);
  for (guint i = 0; i < streams->len; i++) {
    const WeirStream *stream = g_ptr_array_index (streams, i);

    if (stream->publisher != NULL && stream->publisher->link != NULL)
      link_line (out, name, stream, "", figure (stream->publisher->link));
    for (guint k = 0; k < stream->n_egresses; k++)
      if (stream->egresses[k]->link != NULL)
        link_line (out, name, stream, stream->egresses[k]->name,
            figure (stream->egresses[k]->link));
  }
}

static void
links (GString *out, const WeirControl *control)
{
  static const struct {
    const char *name;
    const char *type;
    const char *help;
    LinkFigure figure;
  } figures[] = {
    { "srt_rtt_microseconds", "gauge", "Round-trip time of SRT connections.",
        link_rtt_us },
    { "srt_buffer_milliseconds", "gauge", "Waiting in SRT's buffer.",
        link_buffer_ms },
    { "srt_packets_total", "counter", "SRT packets received, or sent.",
        link_packets },
    { "srt_packets_lost_total", "counter", "SRT packets lost on the way.",
        link_lost },
    { "srt_packets_retransmitted_total", "counter", "SRT packets sent again.",
        link_retransmitted },
    { "srt_packets_dropped_total", "counter", "SRT packets that were too late.",
        link_dropped },
    { "srt_packets_undecrypted_total", "counter",
        "SRT packets that could not be decrypted.", link_undecrypted },
    { "srt_ts_holes_total", "counter", "Gaps in transport streams.",
        link_holes },
    { "srt_ts_broken_total", "counter", "Damaged transport stream packets.",
        link_broken },
  };

  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    each_link (out, control, figures[i].name, figures[i].type, figures[i].help,
        figures[i].figure);
}

/* Sent minus due of all streams together. */
static void
lateness (GString *out, const WeirControl *control)
{
  const GPtrArray *streams = weir_streams_list (control->streams);
  guint64 buckets[8] = { 0 }, sum = 0;

  for (guint i = 0; i < streams->len; i++) {
    const WeirStream *stream = g_ptr_array_index (streams, i);
    WeirGateStats stats;

    weir_gate_get_stats (stream->gate, &stats);
    for (guint b = 0; b < 8; b++)
      buckets[b] += stats.late_buckets[b];
  }
  head (out, "lateness_seconds", "histogram",
      "Sent minus due of the packets of running streams.");
  for (guint b = 0; b < 8; b++) {
    sum += buckets[b];
    if (b < 7)
      g_string_append_printf (out,
          "weir_lateness_seconds_bucket{le=\"%g\"} %" G_GUINT64_FORMAT "\n",
          (double) weir_gate_late_bounds_us[b] / 1e6, sum);
    else
      g_string_append_printf (out,
          "weir_lateness_seconds_bucket{le=\"+Inf\"} %" G_GUINT64_FORMAT
          "\nweir_lateness_seconds_count %" G_GUINT64_FORMAT "\n",
          sum, sum);
  }
}

static void
admissions (GString *out, const WeirAdmission *admission)
{
  head (out, "publishers_total", "counter",
      "Publishers that asked, by what came of it.");
  for (guint r = 0; r < WEIR_ADMISSION_RESULTS; r++)
    g_string_append_printf (out,
        "weir_publishers_total{result=\"%s\"} %" G_GUINT64_FORMAT "\n",
        weir_admission_result_name (r),
        weir_admission_get_count (admission, r));
  one (out, "publishers_waiting", "gauge",
      "Publishers that wait for a hook or for their refusal.",
      weir_admission_count_waiting (admission));
  one (out, "addresses_locked_out", "gauge",
      "Addresses that are refused after wrong keys.",
      weir_admission_count_locked_out (admission));
}

static void
analysis (GString *out, const WeirSampling *sampling)
{
  WeirSamplingFigures f;

  weir_sampling_get_figures (sampling, &f);
  one (out, "analysis_budget_us", "gauge",
      "CPU that analysis may use of each second.", f.budget_us);
  one (out, "analysis_limit_us", "gauge",
      "The same, or less after pictures had to wait.", f.round.limit_us);
  one (out, "analysis_asked_us", "gauge",
      "CPU of each second that everything asked for would cost.",
      f.round.asked_us);
  one (out, "analysis_granted_us", "gauge",
      "CPU of each second that what is granted costs.", f.round.granted_us);
  one (out, "analysis_floor_us", "gauge",
      "CPU of each second that the floors cost.", f.round.floor_us);
  one (out, "analysis_spent_us", "gauge",
      "CPU of the last second that analysis used.", f.spent_us);
  one (out, "analysis_streams_lowered", "gauge",
      "Streams that are looked at less than asked for.", f.round.lowered);
}

GBytes *
weir_metrics_text (const WeirControl *control)
{
  GString *out = g_string_new (NULL);

  one (out, "streams", "gauge", "Streams in the gateway.",
      weir_streams_count (control->streams));
  admissions (out, control->admission);
  one (out, "cases_open", "gauge", "Cases that wait for a decision.",
      weir_cases_count_open (control->cases));
  one (
      out, "reviewers", "gauge", "Open review WebSockets.", control->reviewers);
  one (out, "analyzers", "gauge", "Analyzer processes meant to work.",
      control->analyzers);
  one (out, "analyzers_ready", "gauge", "Analyzer processes that do.",
      control->analyzers_ready);
  one (out, "analyzers_restarts_total", "counter", "Analyzers replaced.",
      control->analyzers_restarts);
  one (out, "analyzers_failing", "gauge",
      "1 while analyzers keep ending and the next one is waited with.",
      control->analyzers_error != NULL);
  one (out, "analyzers_move_us", "gauge",
      "From the loss of its analyzer to a stream's first answer from another: "
      "of the last stream.",
      control->analyzers_move_us);
  one (out, "analyzers_move_max_us", "gauge",
      "The longest of these, of all streams.",
      control->analyzers_longest_move_us);
  one (out, "streams_apart", "gauge",
      "Streams looked at alone, as their pictures brought analyzers down.",
      control->analyzers_apart);
  one (out, "muxer_restarts_total", "counter", "weir-muxer replaced.",
      control->muxer_restarts);
  one (out, "srt_workers", "gauge", "Processes meant to serve SRT.",
      control->srt_workers);
  one (out, "srt_workers_ready", "gauge", "Processes that do.",
      control->srt_workers_ready);
  one (out, "srt_restarts_total", "counter", "weir-srt replaced.",
      control->srt_restarts);
  one (out, "quarantined_entries", "gauge",
      "Entries of banks whose matches are passed over.",
      weir_quarantines_count (control->quarantines, NULL));
  one (out, "quarantined_matches_total", "counter",
      "Matches passed over, as their entry is quarantined.",
      (gint64) control->quarantined);
  analysis (out, control->sampling);
  one (out, "store_failing", "gauge", "1 while nothing can be stored.",
      control->store_failing);
  weir_load_look (control->load);
  one (out, "loop_busy_percent", "gauge", "Share of its time the loop is busy.",
      (gint64) weir_load_get_busy_percent (control->load));
  one (out, "held_bytes", "gauge", "Coded bytes that all streams hold.",
      (gint64) weir_load_get_held_bytes (control->load));
  one (out, "held_bytes_max", "gauge", "Most that they may.",
      (gint64) MIN (weir_load_get_max_bytes (control->load), G_MAXINT64));
  each (
      out, control, "window_bytes", "gauge", "Coded bytes held.", window_bytes);
  each (out, control, "packets_sent_total", "counter",
      "Packets handed to the kernel.", sent);
  each (out, control, "packets_withheld_total", "counter",
      "Packets that were due and did not pass.", withheld);
  each (out, control, "samples_asked_total", "counter",
      "Pictures that settings and risk ask for.", samples_asked);
  each (out, control, "samples_granted_total", "counter",
      "Of them, handed to the analyzers.", samples_granted);
  each (out, control, "samples_total", "counter", "Pictures looked at.",
      samples_done);
  each (out, control, "samples_skipped_total", "counter",
      "Pictures that should have been looked at and were not.",
      samples_skipped);
  links (out, control);
  lateness (out, control);
  return g_string_free_to_bytes (out);
}
