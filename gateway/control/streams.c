/* The registry of streams: ticks, results, the end. */
#include "control/streams.h"

#include "base/log.h"
#include "control/admission.h"
#include "control/cases.h"
#include "control/closures.h"
#include "control/describe.h"
#include "control/events.h"
#include "control/fail-policy.h"
#include "control/load.h"
#include "control/sampling.h"
#include "control/stream.h"

#include <string.h>

#define LOOK_MS 1000 /* bitrates, and what changed for those who watch */

struct _WeirStreams {
  WeirControl *control;
  GPtrArray *list;     /* WeirStream, owns; ending ones included */
  GHashTable *by_path; /* borrowed; without ending ones */
  GHashTable *by_number;
  guint64 last_number;
  WeirEgressFactory factory;
  gpointer factory_data;
  WeirAnalysis *analysis;
  WeirSlates *slates;
  WeirTimer *tick; /* releases all of them; runs while there are streams */
  gint64 look_us;

  gboolean shutting_down;
  gint64 shutdown_deadline_us;
  void (*shutdown_func) (gpointer data);
  gpointer shutdown_data;
};

WeirStreams *
weir_streams_new (WeirControl *control)
{
  WeirStreams *streams = g_new0 (WeirStreams, 1);

  streams->control = control;
  streams->list =
      g_ptr_array_new_with_free_func ((GDestroyNotify) weir_stream_free);
  streams->by_path = g_hash_table_new (g_str_hash, g_str_equal);
  streams->by_number = g_hash_table_new (g_int64_hash, g_int64_equal);
  return streams;
}

void
weir_streams_free (WeirStreams *streams)
{
  if (streams == NULL)
    return;
  weir_timer_free (streams->tick);
  g_hash_table_unref (streams->by_path);
  g_hash_table_unref (streams->by_number);
  g_ptr_array_unref (streams->list);
  g_free (streams);
}

WeirControl *
weir_streams_get_control (const WeirStreams *streams)
{
  return streams->control;
}

gboolean
weir_streams_is_shutting_down (const WeirStreams *streams)
{
  return streams->shutting_down;
}

void
weir_streams_set_egress_factory (
    WeirStreams *streams, WeirEgressFactory factory, gpointer data)
{
  streams->factory = factory;
  streams->factory_data = data;
}

void
weir_streams_set_analysis (WeirStreams *streams, WeirAnalysis *analysis)
{
  streams->analysis = analysis;
}

void
weir_streams_set_slates (WeirStreams *streams, WeirSlates *slates)
{
  streams->slates = slates;
}

WeirSlates *
weir_streams_get_slates (const WeirStreams *streams)
{
  return streams->slates;
}

WeirAnalysis *
weir_streams_get_analysis (const WeirStreams *streams)
{
  return streams->analysis;
}

WeirStream *
weir_streams_find (const WeirStreams *streams, const char *path)
{
  return g_hash_table_lookup (streams->by_path, path);
}

WeirStream *
weir_streams_find_open (const WeirStreams *streams, const char *path)
{
  WeirStream *stream = weir_streams_find (streams, path);

  /* One that was cut may still show its slate. */
  return stream != NULL && stream->state != WEIR_STREAM_ENDING
                 && weir_gate_get_state (stream->gate) != WEIR_GATE_CUT
             ? stream
             : NULL;
}

GPtrArray *
weir_streams_list (const WeirStreams *streams)
{
  return streams->list;
}

guint
weir_streams_count (const WeirStreams *streams)
{
  return streams->list->len;
}

gint64
weir_streams_get_longest_delay_ms (const WeirStreams *streams)
{
  gint64 longest_us = 0;

  for (guint i = 0; i < streams->list->len; i++) {
    const WeirStream *stream = g_ptr_array_index (streams->list, i);

    longest_us = MAX (longest_us, weir_gate_get_delay_us (stream->gate));
  }
  return longest_us / 1000;
}

static void
tell (WeirStream *stream, const char *type)
{
  stream->dirty = FALSE;
  weir_events_emit (stream->control->events, type,
      json_pack (
          "{s:o}", "stream", weir_describe_stream (stream->control, stream)));
}

static void
end_stream (WeirStreams *streams, WeirStream *stream)
{
  weir_stream_look_away (stream);
  weir_cases_stream_ended (streams->control->cases, stream);
  weir_sampling_end (streams->control->sampling, stream);
  weir_closures_end_stream (streams->control->closures, stream);
  tell (stream, "stream.stopped");
  weir_info ("stream", stream->path, "ended");
  g_hash_table_remove (streams->by_number, &stream->number);
  if (g_hash_table_lookup (streams->by_path, stream->path) == stream)
    g_hash_table_remove (streams->by_path, stream->path);
  g_ptr_array_remove (streams->list, stream);
}

static void
look (WeirStreams *streams, gint64 now_us)
{
  gint64 passed_us = now_us - streams->look_us;

  streams->look_us = now_us;
  weir_load_look (streams->control->load);
  weir_fail_policy_look (streams->control->fail_policy, now_us);
  weir_sampling_look (streams->control->sampling);
  for (guint i = 0; i < streams->list->len; i++) {
    WeirStream *stream = g_ptr_array_index (streams->list, i);

    weir_stream_look_for_slate (stream, now_us);
    for (guint k = 0; k < WEIR_MEDIA_KINDS; k++) {
      WeirStreamTrack *track = &stream->tracks[k];

      track->bitrate_bps = (track->bytes - track->bytes_before) * 8
                           * G_USEC_PER_SEC / (guint64) passed_us;
      track->bytes_before = track->bytes;
    }
    if (stream->dirty || streams->control->reviewers > 0)
      tell (stream, "stream.updated");
  }
}

static void
on_tick (gpointer data)
{
  WeirStreams *streams = data;
  gint64 now_us = weir_now_us ();

  if (streams->shutting_down && now_us > streams->shutdown_deadline_us)
    for (guint i = 0; i < streams->list->len; i++)
      weir_stream_end (g_ptr_array_index (streams->list, i), FALSE);

  for (guint i = streams->list->len; i-- > 0;) {
    WeirStream *stream = g_ptr_array_index (streams->list, i);

    if (weir_stream_tick (stream, now_us)) {
      end_stream (streams, stream);
      continue;
    }
    /* From here on its name is free for a new stream. */
    if (stream->state == WEIR_STREAM_ENDING
        && weir_streams_find (streams, stream->path) == stream)
      g_hash_table_remove (streams->by_path, stream->path);
  }
  if (now_us - streams->look_us >= LOOK_MS * 1000)
    look (streams, now_us);
  if (streams->list->len == 0) {
    g_clear_pointer (&streams->tick, weir_timer_free);
    if (streams->shutting_down)
      streams->shutdown_func (streams->shutdown_data);
  }
}

/* When no server takes what a publisher sends, its sender is told. Which
 * setting could help is for who runs the gateway and stands in the log. */
static void
disconnect_if_refused (WeirStream *stream, WeirCodec codec)
{
  g_autofree char *words = NULL;

  for (guint i = 0; i < stream->n_egresses; i++)
    if (stream->egresses[i]->state != WEIR_EGRESS_REFUSED)
      return;
  words = g_strdup_printf (
      "%s can't be passed on: no server behind this one takes it.",
      weir_codec_title (codec));
  weir_warn ("stream", stream->path, "publisher %s: %s", stream->peer, words);
  weir_stream_disconnect (stream, words);
}

static void
on_egress_state (WeirEgress *egress, gpointer data)
{
  WeirStream *stream = data;

  stream->dirty = TRUE;
  stream->quiet_until_us = 0;
  if (egress->state == WEIR_EGRESS_REFUSED)
    disconnect_if_refused (stream, egress->refused);
}

static void
on_egress_closed (WeirEgress *egress, gpointer data)
{
  WeirStream *stream = data;

  stream->n_closed++;
  stream->dirty = TRUE;
  stream->quiet_until_us = 0;
}

static WeirCodecConfig *
peek_config (WeirEgress *egress, WeirMediaKind kind, gpointer data)
{
  WeirStream *stream = data;

  return stream->tracks[kind].config;
}

static void
add_egresses (WeirStreams *streams, WeirStream *stream)
{
  g_auto (GStrv) names =
      weir_settings_names (streams->control->settings, "egress");

  for (char **n = names; *n != NULL && streams->factory != NULL; n++) {
    WeirEgress *egress;

    if (stream->n_egresses == WEIR_STREAM_MAX_EGRESSES) {
      weir_warn ("stream", stream->path, "only the first %d egresses are used",
          WEIR_STREAM_MAX_EGRESSES);
      break;
    }
    egress =
        streams->factory (streams->factory_data, *n, stream->app, stream->name);
    if (egress == NULL)
      continue;
    egress->gate = stream->gate;
    egress->cursor = (WeirGateCursor){ 0, TRUE };
    egress->stream = stream->path;
    egress->peek_config = peek_config;
    egress->on_state = on_egress_state;
    egress->on_closed = on_egress_closed;
    egress->data = stream;
    stream->egresses[stream->n_egresses++] = egress;
  }
}

/* Blanked while somebody decides: who goes away and comes back is so still. */
static gboolean
is_held (const WeirControl *control, const WeirStream *stream)
{
  g_autoptr (GPtrArray) cases = weir_cases_list (control->cases);

  for (guint i = 0; i < cases->len; i++) {
    const WeirCase *c = g_ptr_array_index (cases, i);

    if (c->open && c->interim == WEIR_VERDICT_BLANK
        && strcmp (c->stream, stream->path) == 0)
      return TRUE;
  }
  return FALSE;
}

static guint
limit (const WeirSettings *settings, const char *app, const char *key)
{
  return (guint) weir_settings_app_int (settings, app, "limits", key);
}

static WeirWindowFull
on_window_full (const WeirSettings *settings, const char *app)
{
  const char *word =
      weir_settings_app_string (settings, app, "gate", "on_window_full");

  if (strcmp (word, "blank") == 0)
    return WEIR_WINDOW_FULL_BLANK;
  return strcmp (word, "open") == 0 ? WEIR_WINDOW_FULL_OPEN
                                    : WEIR_WINDOW_FULL_CUT;
}

static WeirStream *
add_stream (WeirStreams *streams, const char *app, const char *name,
    const char *publisher_id)
{
  WeirControl *control = streams->control;
  WeirSettings *settings = control->settings;
  WeirStream *stream = weir_stream_new (
      streams, ++streams->last_number, app, name, publisher_id);

  stream->control = control;
  stream->shadow = weir_settings_app_bool (settings, app, "gate", "shadow");
  stream->gate = weir_gate_new (stream->window,
      stream->shadow
          ? 0
          : weir_settings_app_int (settings, app, "gate", "delay_ms") * 1000);
  weir_input_guard_init (&stream->guard,
      &(WeirInputLimits){
          .max_bitrate_kbps = limit (settings, app, "max_bitrate_kbps"),
          .max_long_side = limit (settings, app, "max_long_side"),
          .max_short_side = limit (settings, app, "max_short_side"),
          .max_frame_rate = limit (settings, app, "max_frame_rate"),
          .max_config_changes = limit (settings, app, "max_config_changes"),
      });
  stream->max_window_bytes = (guint64) weir_settings_app_int (
      settings, app, "gate", "max_window_bytes");
  stream->on_window_full = on_window_full (settings, app);
  stream->key_frame_timeout_us =
      weir_settings_app_int (settings, app, "gate", "key_frame_timeout_ms")
      * 1000;
  stream->grace_us =
      weir_settings_app_int (settings, app, "gate", "grace_ms") * 1000;
  weir_sampling_begin (control->sampling, stream);
  stream->finder = weir_finder_new (
      app, weir_settings_app_int (settings, app, "review", "case_gap_ms"));
  add_egresses (streams, stream);
  if (is_held (control, stream))
    weir_gate_blank (stream->gate, WEIR_GATE_BY_REVIEWER, NULL);
  weir_closures_begin_stream (control->closures, stream);
  stream->told_state = weir_gate_get_state (stream->gate);
  weir_fail_policy_begin (control->fail_policy, stream);

  g_ptr_array_add (streams->list, stream);
  /* The key too: a predecessor's goes with it. */
  g_hash_table_replace (streams->by_path, stream->path, stream);
  g_hash_table_insert (streams->by_number, &stream->number, stream);
  if (streams->tick == NULL) {
    streams->look_us = weir_now_us ();
    streams->tick = weir_timer_new_on_tick (control->loop, on_tick, streams);
  }
  return stream;
}

WeirStream *
weir_streams_join (WeirStreams *streams, const char *app, const char *name,
    const char *publisher_id, WeirPublisher *publisher)
{
  g_autofree char *path = g_strconcat (app, "/", name, NULL);
  WeirStream *stream = weir_streams_find_open (streams, path);
  gboolean fresh = stream == NULL;

  if (fresh)
    stream = add_stream (streams, app, name, publisher_id);
  weir_stream_attach (stream, publisher);
  tell (stream, fresh ? "stream.started" : "stream.updated");
  weir_info ("stream", stream->path, "session %u from %s over %s",
      stream->session, publisher->peer, publisher->protocol);
  return stream;
}

WeirSamplingProbes
weir_streams_get_probes (WeirStreams *streams, guint64 number)
{
  const WeirStream *stream = g_hash_table_lookup (streams->by_number, &number);

  return stream != NULL ? stream->sampling.granted_probes : WEIR_SAMPLING_PLAIN;
}

gboolean
weir_streams_want_still (WeirStreams *streams, guint64 number)
{
  WeirStream *stream = g_hash_table_lookup (streams->by_number, &number);
  gint64 now_us = weir_now_us ();
  gint64 gap_us;

  if (stream == NULL)
    return FALSE;
  gap_us = weir_settings_app_int (streams->control->settings, stream->app,
               "sampling", "thumbnail_gap_ms")
           * 1000;
  if (gap_us == 0
      || (stream->still_asked_us != 0
          && now_us - stream->still_asked_us < gap_us))
    return FALSE;
  stream->still_asked_us = now_us;
  return TRUE;
}

static void
take_thumbnail (WeirStream *stream, const WeirSample *sample)
{
  if (sample->still == NULL)
    return;
  g_clear_pointer (&stream->thumbnail, g_bytes_unref);
  stream->thumbnail = g_bytes_ref (sample->still);
  stream->thumbnail_ms =
      weir_wall_ms () - (weir_now_us () - sample->arrival_us) / 1000;
  stream->dirty = TRUE;
}

void
weir_streams_take_sample (
    WeirStreams *streams, guint64 number, const WeirSample *sample)
{
  WeirStream *stream = g_hash_table_lookup (streams->by_number, &number);

  if (stream == NULL)
    return;
  stream->samples_done++;
  stream->dirty = stream->dirty || stream->skipping;
  stream->skipping = FALSE;
  take_thumbnail (stream, sample);
  weir_sampling_take_sample (streams->control->sampling, stream, sample);
  weir_cases_take_sample (streams->control->cases, stream, sample);
}

void
weir_streams_take_slate (WeirStreams *streams, guint64 number, WeirSlate *slate)
{
  WeirStream *stream = g_hash_table_lookup (streams->by_number, &number);

  if (stream != NULL)
    weir_stream_set_slate (stream, slate);
}

void
weir_streams_slate_refused (WeirStreams *streams, guint64 number,
    const char *reason, gboolean may_retry)
{
  WeirStream *stream = g_hash_table_lookup (streams->by_number, &number);

  if (stream != NULL)
    weir_stream_refuse_slate (stream, reason, may_retry);
}

void
weir_streams_sample_skipped (
    WeirStreams *streams, guint64 number, const char *reason)
{
  WeirStream *stream = g_hash_table_lookup (streams->by_number, &number);

  if (stream == NULL)
    return;
  if (stream->samples_skipped++ == 0
      || g_strcmp0 (stream->skip_reason, reason) != 0)
    weir_warn (
        "stream", stream->path, "a picture was not looked at: %s", reason);
  g_free (stream->skip_reason);
  stream->skip_reason = g_strdup (reason);
  stream->skipping = TRUE;
  stream->dirty = TRUE;
}

void
weir_streams_sample_failed (
    WeirStreams *streams, guint64 number, const char *reason, gint64 cost_us)
{
  WeirStream *stream = g_hash_table_lookup (streams->by_number, &number);

  if (stream != NULL)
    weir_sampling_note_cost (streams->control->sampling, stream, cost_us);
  weir_streams_sample_skipped (streams, number, reason);
}

void
weir_streams_look_again (WeirStreams *streams, guint64 number)
{
  WeirStream *stream = g_hash_table_lookup (streams->by_number, &number);

  if (stream != NULL)
    weir_stream_look_again (stream);
}

void
weir_streams_set_apart (WeirStreams *streams, guint64 number, gboolean apart)
{
  WeirStream *stream = g_hash_table_lookup (streams->by_number, &number);

  if (stream == NULL)
    return;
  stream->apart = apart;
  stream->dirty = TRUE;
  weir_warn ("stream", stream->path, "%s",
      apart ? "its pictures brought several analyzers down: looked at alone "
              "and slower"
            : "its pictures went well for long enough: looked at as usual");
}

void
weir_streams_shut_down (WeirStreams *streams, guint timeout_ms,
    void (*func) (gpointer data), gpointer data)
{
  streams->shutting_down = TRUE;
  streams->shutdown_deadline_us = weir_now_us () + (gint64) timeout_ms * 1000;
  streams->shutdown_func = func;
  streams->shutdown_data = data;
  weir_admission_shut_down (streams->control->admission);
  for (guint i = 0; i < streams->list->len; i++) {
    WeirStream *stream = g_ptr_array_index (streams->list, i);

    weir_stream_disconnect (stream, "The server is shutting down.");
    weir_stream_stop_waiting (stream);
  }
  /* The tick calls FUNC once the list is empty; make sure that it runs. */
  if (streams->tick == NULL)
    streams->tick =
        weir_timer_new_on_tick (streams->control->loop, on_tick, streams);
}
