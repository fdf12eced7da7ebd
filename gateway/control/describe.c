/* State to JSON. */
#include "control/describe.h"

#include "base/log.h"
#include "control/admission.h"
#include "control/bars.h"
#include "control/banks.h"
#include "control/cases.h"
#include "control/closures.h"
#include "control/describe-sampling.h"
#include "control/load.h"
#include "control/stream.h"
#include "base/version.h"
#include "core/case.h"

char *
weir_describe_dump (json_t *json)
{
  char *text = json_dumps (json, JSON_COMPACT | JSON_SORT_KEYS);
  char *copy = g_strdup (text);

  free (text);
  json_decref (json);
  return copy;
}

json_t *
weir_describe_text (const char *text)
{
  g_autofree char *escaped = NULL;
  json_t *json;

  if (text == NULL)
    return json_null ();
  json = json_string (text);
  if (json != NULL)
    return json;
  escaped = weir_log_escape (text, 1000);
  return json_string (escaped);
}

static json_t *
int_or_null (gint64 value)
{
  return value >= 0 ? json_integer (value) : json_null ();
}

/* The bound of the bucket that holds the quantile, in milliseconds. */
static double
late_quantile (const WeirGateStats *stats, double q)
{
  guint64 total = 0, sum = 0;

  for (guint i = 0; i < G_N_ELEMENTS (stats->late_buckets); i++)
    total += stats->late_buckets[i];
  for (guint i = 0; i < G_N_ELEMENTS (weir_gate_late_bounds_us); i++) {
    sum += stats->late_buckets[i];
    if (total > 0 && (double) sum >= q * (double) total)
      return MIN (weir_gate_late_bounds_us[i], stats->late_max_us) / 1000.0;
  }
  return stats->late_max_us / 1000.0;
}

static json_t *
describe_video (const WeirStreamTrack *track)
{
  if (track->config == NULL)
    return json_null ();
  return json_pack ("{s:s, s:i, s:i, s:I}", "codec",
      weir_codec_name (track->config->codec), "width",
      (int) track->config->video.width, "height",
      (int) track->config->video.height, "bitrate_bps",
      (json_int_t) track->bitrate_bps);
}

static json_t *
describe_audio (const WeirStreamTrack *track)
{
  if (track->config == NULL)
    return json_null ();
  return json_pack ("{s:s, s:i, s:i, s:I}", "codec",
      weir_codec_name (track->config->codec), "sample_rate",
      (int) track->config->sample_rate, "channels",
      (int) track->config->channels, "bitrate_bps",
      (json_int_t) track->bitrate_bps);
}

static json_t *
describe_link (const WeirLink *link)
{
  json_t *json;

  if (link == NULL)
    return json_null ();
  json = json_pack ("{s:i, s:i, s:f, s:I, s:I, s:I, s:I}", "latency_ms",
      (int) link->latency_ms, "key_bits", (int) link->key_bits, "rtt_ms",
      (double) link->rtt_us / 1000, "bandwidth_kbit",
      (json_int_t) link->bandwidth_kbit, "buffer_ms",
      (json_int_t) link->buffer_ms, "buffer_bytes",
      (json_int_t) link->buffer_bytes, "packets", (json_int_t) link->packets);
  json_object_update_new (
      json, json_pack ("{s:I, s:I, s:I, s:I, s:I, s:I}", "lost",
                (json_int_t) link->lost, "retransmitted",
                (json_int_t) link->retransmitted, "dropped",
                (json_int_t) link->dropped, "undecrypted",
                (json_int_t) link->undecrypted, "holes",
                (json_int_t) link->holes, "broken", (json_int_t) link->broken));
  return json;
}

static json_t *
describe_egresses (const WeirStream *stream)
{
  json_t *list = json_array ();

  for (guint i = 0; i < stream->n_egresses; i++) {
    const WeirEgress *e = stream->egresses[i];

    json_array_append_new (list,
        json_pack ("{s:s, s:s, s:o, s:i, s:I, s:o}", "name", e->name, "state",
            weir_egress_state_name (e->state), "error",
            weir_describe_text (e->last_error), "connects", (int) e->connects,
            "bytes", (json_int_t) e->bytes, "link", describe_link (e->link)));
  }
  return list;
}

static gint64
window_ms (const WeirStream *stream)
{
  guint64 first = weir_window_first (stream->window);
  guint64 end = weir_window_end (stream->window);

  if (first == end)
    return 0;
  return (weir_window_get (stream->window, end - 1)->arrival_us
             - weir_window_get (stream->window, first)->arrival_us)
         / 1000;
}

json_t *
weir_describe_causes (guint causes)
{
  static const char *const names[] = { "reviewer", "analysis", "unattended",
    "store" };
  json_t *list = json_array ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (causes & 1u << i)
      json_array_append_new (list, json_string (names[i]));
  return list;
}

/* What is, or will be, withheld by stream time. */
static json_t *
describe_spans (const WeirGateSpans *spans)
{
  static const char *const kinds[] = { "redact", "dump", "hold" };
  json_t *list = json_array ();

  for (guint i = 0; i < spans->count; i++) {
    const WeirGateSpan *span = &spans->spans[i];

    json_array_append_new (
        list, json_pack ("{s:s, s:I, s:o, s:b}", "kind", kinds[span->kind],
                  "from_ms", (json_int_t) MAX (span->from_ms, 0), "to_ms",
                  span->to_ms == G_MAXINT64 ? json_null ()
                                            : json_integer (span->to_ms),
                  "under_way", span->under_way));
  }
  return list;
}

/* Adds what the gate does. */
static void
add_gate (json_t *json, const WeirStream *stream)
{
  const WeirGate *gate = stream->gate;

  json_object_set_new (json, "gate",
      json_string (weir_gate_state_name (weir_gate_get_state (gate))));
  json_object_set_new (json, "shows",
      json_string (weir_gate_shows_name (weir_gate_get_shows (gate))));
  json_object_set_new (json, "muted", json_boolean (weir_gate_is_muted (gate)));
  json_object_set_new (
      json, "blanked_by", weir_describe_causes (weir_gate_get_causes (gate)));
  json_object_set_new (json, "closed",
      weir_closures_describe_stream (stream->control->closures, stream));
  json_object_set_new (
      json, "spans", describe_spans (weir_gate_get_spans (gate)));
  json_object_set_new (json, "delay_wanted_ms",
      json_integer (weir_gate_get_wanted_delay_us (gate) / 1000));
  json_object_set_new (json, "time_to_close_us",
      int_or_null (weir_stream_get_time_to_close_us (stream)));
  json_object_set_new (json, "shadow", json_boolean (stream->shadow));
}

json_t *
weir_describe_stream (const WeirControl *control, const WeirStream *stream)
{
  g_autofree char *notice = weir_stream_dup_notice (stream);
  WeirGateStats stats;
  json_t *json;

  weir_gate_get_stats (stream->gate, &stats);
  json = json_pack ("{s:s, s:s, s:s, s:s, s:s, s:s?, s:s, s:i}", "path",
      stream->path, "app", stream->app, "name", stream->name, "publisher",
      stream->publisher_id, "protocol", stream->protocol, "peer", stream->peer,
      "state", weir_stream_state_name (stream->state), "session",
      (int) stream->session);
  json_object_set_new (json, "started_ms", json_integer (stream->started_ms));
  json_object_set_new (
      json, "stream_time_ms", json_integer (stream->newest_ms));
  json_object_set_new (json, "delay_ms",
      json_integer (weir_gate_get_delay_us (stream->gate) / 1000));
  add_gate (json, stream);
  json_object_set_new (
      json, "video", describe_video (&stream->tracks[WEIR_MEDIA_VIDEO]));
  json_object_set_new (
      json, "audio", describe_audio (&stream->tracks[WEIR_MEDIA_AUDIO]));
  json_object_set_new (json, "window",
      json_pack ("{s:I, s:I, s:I}", "bytes",
          (json_int_t) weir_window_get_bytes (stream->window), "ms",
          (json_int_t) window_ms (stream), "packets",
          (json_int_t) (weir_window_end (stream->window)
                        - weir_window_first (stream->window))));
  json_object_set_new (json, "sampling", weir_describe_sampling (stream));
  json_object_set_new (json, "lateness",
      json_pack ("{s:f, s:f, s:f}", "p50_ms", late_quantile (&stats, 0.5),
          "p99_ms", late_quantile (&stats, 0.99), "max_ms",
          stats.late_max_us / 1000.0));
  json_object_set_new (json, "packets",
      json_pack ("{s:I, s:I, s:I, s:I}", "sent", (json_int_t) stats.sent,
          "withheld", (json_int_t) stats.withheld, "replaced",
          (json_int_t) stats.replaced, "skipped", (json_int_t) stats.skipped));
  json_object_set_new (json, "egress", describe_egresses (stream));
  json_object_set_new (json, "link",
      describe_link (
          stream->publisher != NULL ? stream->publisher->link : NULL));
  json_object_set_new (json, "notice", weir_describe_text (notice));
  json_object_set_new (json, "thumbnail_ms",
      stream->thumbnail != NULL ? json_integer (stream->thumbnail_ms)
                                : json_null ());
  json_object_set_new (json, "noted",
      stream->note == NULL
          ? json_null ()
          : json_pack ("{s:I, s:o}", "time", (json_int_t) stream->noted_ms,
              "reason", weir_describe_text (stream->note)));
  json_object_set_new (json, "cases_open",
      json_integer (weir_cases_count_open_of (control->cases, stream->path)));
  json_object_set_new (json, "barred",
      json_boolean (
          weir_bars_find (control->bars, stream->path, stream->publisher_id)
          != NULL));
  return json;
}

void
weir_banks_name_probe (const WeirBanks *banks, guint probe,
    const char **ret_name, const char **ret_text)
{
  *ret_name = probe == 0 ? "plain" : "other";
  *ret_text = probe == 0 ? "" : "changed";
  if (banks != NULL && banks->klass->name_probe != NULL && probe <= G_MAXUINT8)
    banks->klass->name_probe ((guint8) probe, ret_name, ret_text);
}

void
weir_describe_hit (json_t *json, const char *name, guint distance)
{
  gboolean scored = weir_policy_is_score (distance);

  json_object_set_new (json, "bank", weir_describe_text (scored ? NULL : name));
  json_object_set_new (
      json, "distance", scored ? json_null () : json_integer (distance));
  json_object_set_new (
      json, "scorer", weir_describe_text (scored ? name : NULL));
  json_object_set_new (json, "score",
      scored ? json_real (weir_policy_score_of_distance (distance)
                          / (double) WEIR_POLICY_SCORE_ONE)
             : json_null ());
}

json_t *
weir_describe_case (const WeirControl *control, const WeirCase *c)
{
  const char *probe, *edit;
  gint64 exposure = c->open || c->exposure_ms < 0
                        ? weir_cases_exposure_ms (control->cases, c)
                        : c->exposure_ms;
  json_t *json = json_pack ("{s:s, s:s, s:s, s:s, s:I, s:I}", "id", c->id,
      "stream", c->stream, "publisher", c->publisher, "state",
      c->open ? "open" : "closed", "opened_ms", (json_int_t) c->opened_ms,
      "public_ms", (json_int_t) c->public_ms);

  json_object_set_new (json, "span",
      json_pack ("{s:I, s:o}", "from_ms", (json_int_t) c->from_ms, "to_ms",
          int_or_null (c->to_ms)));
  json_object_set_new (json, "entry", weir_describe_text (c->entry));
  json_object_set_new (json, "item", weir_describe_text (c->item));
  weir_describe_hit (json, c->bank, c->distance);
  json_object_set_new (json, "quality", json_integer (c->quality));
  weir_banks_name_probe (control->banks, c->probe, &probe, &edit);
  json_object_set_new (json, "probe", json_string (probe));
  json_object_set_new (json, "hits", json_integer (c->hits));
  json_object_set_new (json, "first_hit_ms", json_integer (c->first_hit_ms));
  json_object_set_new (json, "last_hit_ms", json_integer (c->last_hit_ms));
  json_object_set_new (json, "sampled_ms", json_integer (c->sampled_ms));
  json_object_set_new (
      json, "still", json_sprintf ("/api/v1/cases/%s/still", c->id));
  json_object_set_new (
      json, "reason", json_string (c->reason ? c->reason : ""));
  json_object_set_new (
      json, "action", json_string (weir_action_name (c->action)));
  json_object_set_new (
      json, "policy", json_string (c->policy ? c->policy : ""));
  json_object_set_new (json, "priority", json_integer (c->priority));
  json_object_set_new (json, "deadline_ms",
      c->open && c->deadline_ms > 0 ? json_integer (c->deadline_ms)
                                    : json_null ());
  json_object_set_new (
      json, "on_timeout", json_string (weir_timeout_name (c->on_timeout)));
  json_object_set_new (
      json, "interim", weir_describe_text (weir_verdict_name (c->interim)));
  json_object_set_new (
      json, "verdict", weir_describe_text (weir_verdict_name (c->verdict)));
  json_object_set_new (json, "decided_by", weir_describe_text (c->decided_by));
  json_object_set_new (json, "decided_ms",
      c->decided_ms > 0 ? json_integer (c->decided_ms) : json_null ());
  json_object_set_new (json, "exposure_ms", int_or_null (exposure));
  json_object_set_new (json, "time_to_cut_us", int_or_null (c->time_to_cut_us));
  json_object_set_new (json, "note", json_string (c->note ? c->note : ""));
  return json;
}

json_t *
weir_describe_key (const WeirKey *key)
{
  return json_pack ("{s:s, s:s, s:s, s:s, s:I, s:o}", "id", key->id, "app",
      key->app, "name", key->name, "publisher", key->publisher, "created_ms",
      (json_int_t) key->created_ms, "rotated_ms",
      key->rotated_ms > 0 ? json_integer (key->rotated_ms) : json_null ());
}

json_t *
weir_describe_bar (const WeirBar *bar)
{
  return json_pack ("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "id", bar->id,
      "stream", bar->stream, "publisher", bar->publisher, "reason", bar->reason,
      "case", bar->case_id, "by", bar->by, "since_ms",
      (json_int_t) bar->since_ms, "until_ms",
      bar->until_ms > 0 ? json_integer (bar->until_ms) : json_null ());
}

json_t *
weir_describe_trail (const WeirTrailRecord *r)
{
  json_t *detail = json_loads (r->detail, 0, NULL);

  return json_pack ("{s:I, s:I, s:s, s:s, s:s, s:o, s:s, s:s}", "number",
      (json_int_t) r->number, "time", (json_int_t) r->wall_ms, "actor",
      r->actor, "action", r->action, "subject", r->subject, "detail",
      detail != NULL ? detail : json_string (r->detail), "previous",
      r->previous, "hash", r->hash);
}

json_t *
weir_describe_system (const WeirControl *control)
{
  json_t *json = json_pack ("{s:i, s:i, s:i, s:s, s:i, s:i, s:i, s:I, s:s}",
      "analyzers", (int) control->analyzers, "analyzers_ready",
      (int) control->analyzers_ready, "analyzers_restarts",
      (int) control->analyzers_restarts, "store",
      control->store_failing ? "failing" : "ok", "reviewers",
      (int) control->reviewers, "streams",
      (int) weir_streams_count (control->streams), "cases_open",
      (int) weir_cases_count_open (control->cases), "uptime_ms",
      (json_int_t) ((weir_now_us () - control->started_us) / 1000), "version",
      WEIR_VERSION);

  json_object_set_new (json, "analyzers_apart",
      json_integer ((json_int_t) control->analyzers_apart));
  json_object_set_new (json, "analyzers_error",
      control->analyzers_error != NULL ? json_string (control->analyzers_error)
                                       : json_null ());
  json_object_update_new (json,
      json_pack ("{s:i, s:i, s:i}", "srt_workers", (int) control->srt_workers,
          "srt_workers_ready", (int) control->srt_workers_ready, "srt_restarts",
          (int) control->srt_restarts));
  weir_load_look (control->load);
  json_object_set_new (json, "loop_busy_percent",
      json_integer ((json_int_t) weir_load_get_busy_percent (control->load)));
  json_object_set_new (
      json, "sampling", weir_describe_budget (control->sampling));
  json_object_set_new (json, "addresses_locked_out",
      json_integer (weir_admission_count_locked_out (control->admission)));
  json_object_set_new (json, "held_bytes",
      json_integer ((json_int_t) weir_load_get_held_bytes (control->load)));
  json_object_set_new (json, "held_bytes_max",
      json_integer ((json_int_t) MIN (
          weir_load_get_max_bytes (control->load), G_MAXINT64)));
  return json;
}

json_t *
weir_describe_streams (const WeirControl *control)
{
  const GPtrArray *streams = weir_streams_list (control->streams);
  json_t *list = json_array ();

  for (guint i = 0; i < streams->len; i++)
    json_array_append_new (
        list, weir_describe_stream (control, g_ptr_array_index (streams, i)));
  return list;
}

json_t *
weir_describe_cases (const WeirControl *control)
{
  g_autoptr (GPtrArray) cases = weir_cases_list (control->cases);
  json_t *list = json_array ();

  for (guint i = 0; i < cases->len; i++)
    json_array_append_new (
        list, weir_describe_case (control, g_ptr_array_index (cases, i)));
  return list;
}
