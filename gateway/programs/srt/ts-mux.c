/* mpegtsmux fed from outside. */
#include "programs/srt/ts-mux.h"

#include <gst/gst.h>

#include "base/error.h"
#include "programs/srt/caps.h"

#define TRACKS 2 /* pictures, sound */
#define ALIGNMENT 7
/* What the multiplexer may hold of a track before its feeder waits: no limit,
 * since the feeder is who would have to free it, whatever times it was given.
 * Gaps see to it that what is held goes on (fill_gaps ()). */
#define QUEUE_TIME (10000 * 3600 * GST_SECOND)
/* Room for sound that is behind the first picture: more than stream time lets
 * one be behind the other (core/timeline.h). */
#define FIRST_MS 4000

typedef struct {
  GstPad *push; /* ours; NULL until it is described */
  WeirCodec codec;
  gint64 last_ms; /* up to where the multiplexer knows it */
} Track;

struct _WeirTsMux {
  GstElement *bin;
  GstElement *mpegtsmux;
  GstPad *pull; /* ours */
  Track tracks[TRACKS];
  gboolean started;
  gint64 first_dts_ms;

  GMutex lock;
  GByteArray *out; /* {lock} */
  gboolean ended;  /* {lock} */
};

/* On the multiplexer's thread. */
static GstFlowReturn
on_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  WeirTsMux *self = gst_pad_get_element_private (pad);
  GstMapInfo map;

  if (gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    g_mutex_lock (&self->lock);
    g_byte_array_append (self->out, map.data, (guint) map.size);
    g_mutex_unlock (&self->lock);
    gst_buffer_unmap (buffer, &map);
  }
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static gboolean
on_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  WeirTsMux *self = gst_pad_get_element_private (pad);

  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
    g_mutex_lock (&self->lock);
    self->ended = TRUE;
    g_mutex_unlock (&self->lock);
  }
  gst_event_unref (event);
  return TRUE;
}

WeirTsMux *
weir_ts_mux_new (void)
{
  WeirTsMux *self = g_new0 (WeirTsMux, 1);
  GstPad *source;

  g_mutex_init (&self->lock);
  self->out = g_byte_array_new ();
  self->bin = gst_object_ref_sink (gst_bin_new (NULL));
  self->mpegtsmux = gst_element_factory_make ("mpegtsmux", NULL);
  g_assert (self->mpegtsmux != NULL); /* weir_ts_demux_init () */
  gst_bin_add (GST_BIN (self->bin), self->mpegtsmux);
  g_object_set (self->mpegtsmux, "alignment", ALIGNMENT, "latency",
      (guint64) QUEUE_TIME, NULL);
  self->pull = gst_object_ref_sink (gst_pad_new ("pull", GST_PAD_SINK));
  gst_pad_set_element_private (self->pull, self);
  gst_pad_set_chain_function (self->pull, on_buffer);
  gst_pad_set_event_function (self->pull, on_event);
  gst_pad_set_active (self->pull, TRUE);
  source = gst_element_get_static_pad (self->mpegtsmux, "src");
  gst_pad_link (source, self->pull);
  gst_object_unref (source);
  gst_element_set_state (self->bin, GST_STATE_PLAYING);
  return self;
}

void
weir_ts_mux_free (WeirTsMux *mux)
{
  if (mux == NULL)
    return;
  for (guint i = 0; i < TRACKS; i++)
    if (mux->tracks[i].push != NULL)
      gst_pad_set_active (mux->tracks[i].push, FALSE);
  gst_pad_set_active (mux->pull, FALSE);
  gst_element_set_state (mux->bin, GST_STATE_NULL);
  for (guint i = 0; i < TRACKS; i++)
    g_clear_pointer (&mux->tracks[i].push, gst_object_unref);
  gst_object_unref (mux->pull);
  gst_object_unref (mux->bin);
  g_byte_array_unref (mux->out);
  g_mutex_clear (&mux->lock);
  g_free (mux);
}

static GstElement *
add (WeirTsMux *self, const char *factory)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  g_assert (element != NULL);
  gst_bin_add (GST_BIN (self->bin), element);
  return element;
}

/* The multiplexer's pad, behind what makes the codec's form for MPEG-TS. */
static GstPad *
request_pad (WeirTsMux *self, WeirCodec codec)
{
  GstPad *mux_pad = gst_element_request_pad_simple (self->mpegtsmux, "sink_%d");
  const char *factory = codec == WEIR_CODEC_H264   ? "h264parse"
                        : codec == WEIR_CODEC_HEVC ? "h265parse"
                                                   : NULL;
  GstElement *parser;
  GstPad *source, *sink;

  if (mux_pad == NULL || factory == NULL)
    return mux_pad;
  parser = add (self, factory);
  /* Parameter sets before every key frame. */
  g_object_set (parser, "config-interval", -1, NULL);
  source = gst_element_get_static_pad (parser, "src");
  gst_pad_link (source, mux_pad);
  gst_object_unref (source);
  gst_object_unref (mux_pad);
  sink = gst_element_get_static_pad (parser, "sink");
  gst_element_sync_state_with_parent (parser);
  return sink;
}

static gboolean
open_track (WeirTsMux *self, Track *track, WeirCodec codec, GError **error)
{
  GstPad *to = request_pad (self, codec);
  g_autofree char *id =
      g_strdup_printf ("track%d", (int) (track - self->tracks));

  if (to == NULL) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "the multiplexer takes no further track");
    return FALSE;
  }
  track->codec = codec;
  track->push = gst_object_ref_sink (gst_pad_new (id, GST_PAD_SRC));
  gst_pad_link (track->push, to);
  gst_object_unref (to);
  gst_pad_set_active (track->push, TRUE);
  gst_pad_push_event (track->push, gst_event_new_stream_start (id));
  return TRUE;
}

static void
describe (Track *track, GstCaps *caps)
{
  gboolean first = !gst_pad_has_current_caps (track->push);
  GstSegment segment;

  gst_pad_push_event (track->push, gst_event_new_caps (caps));
  if (!first)
    return;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (track->push, gst_event_new_segment (&segment));
}

gboolean
weir_ts_mux_set_config (WeirTsMux *mux, WeirMediaKind kind, WeirCodec codec,
    const guint8 *data, gsize size, GError **error)
{
  Track *track = &mux->tracks[kind];
  GstCaps *caps = weir_caps_from_config (codec, data, size, error);
  gboolean taken = TRUE;

  if (caps == NULL)
    return FALSE;
  if (track->push != NULL && track->codec != codec) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "the codec changes from %s to %s", weir_codec_title (track->codec),
        weir_codec_title (codec));
    taken = FALSE;
  } else if (track->push == NULL) {
    taken = open_track (mux, track, codec, error);
  }
  if (taken)
    describe (track, caps);
  gst_caps_unref (caps);
  return taken;
}

static GstClockTime
to_time (gint64 ms)
{
  return (GstClockTime) MAX (ms, 0) * GST_MSECOND;
}

/* A track that has nothing is not waited for: the multiplexer is told that
 * there is nothing up to shortly before AT_MS. */
static void
fill_gaps (WeirTsMux *self, const Track *but, gint64 at_ms)
{
  gint64 to_ms = at_ms - WEIR_TS_MUX_MAX_SKEW_MS;

  for (guint i = 0; i < TRACKS; i++) {
    Track *track = &self->tracks[i];

    if (track == but || track->push == NULL || track->last_ms >= to_ms)
      continue;
    gst_pad_push_event (
        track->push, gst_event_new_gap (to_time (track->last_ms),
                         to_time (to_ms) - to_time (track->last_ms)));
    track->last_ms = to_ms;
  }
}

gboolean
weir_ts_mux_push (WeirTsMux *mux, WeirMediaKind kind, gboolean key,
    gint64 dts_ms, gint64 pts_ms, GBytes *payload)
{
  Track *track = &mux->tracks[kind];
  GstBuffer *buffer = gst_buffer_new_wrapped_bytes (payload);

  g_bytes_unref (payload);
  if (!mux->started) {
    mux->started = TRUE;
    mux->first_dts_ms = dts_ms - FIRST_MS;
    for (guint i = 0; i < TRACKS; i++)
      mux->tracks[i].last_ms = FIRST_MS;
  }
  dts_ms -= mux->first_dts_ms;
  pts_ms -= mux->first_dts_ms;
  pts_ms = kind == WEIR_MEDIA_VIDEO
               ? CLAMP (pts_ms, dts_ms, dts_ms + WEIR_TS_MUX_MAX_COMPOSITION_MS)
               : dts_ms;
  GST_BUFFER_DTS (buffer) = to_time (dts_ms);
  GST_BUFFER_PTS (buffer) = to_time (pts_ms);
  if (!key)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  fill_gaps (mux, track, dts_ms);
  track->last_ms = MAX (track->last_ms, dts_ms);
  return gst_pad_push (track->push, buffer) == GST_FLOW_OK;
}

void
weir_ts_mux_drain (WeirTsMux *mux)
{
  gboolean any = FALSE;

  for (guint i = 0; i < TRACKS; i++)
    if (mux->tracks[i].push != NULL && mux->started) {
      gst_pad_push_event (mux->tracks[i].push, gst_event_new_eos ());
      any = TRUE;
    }
  if (!any) {
    g_mutex_lock (&mux->lock);
    mux->ended = TRUE;
    g_mutex_unlock (&mux->lock);
  }
}

gboolean
weir_ts_mux_take (WeirTsMux *mux, GByteArray *to)
{
  gboolean ended;

  g_mutex_lock (&mux->lock);
  if (mux->out->len > 0) {
    g_byte_array_append (to, mux->out->data, mux->out->len);
    g_byte_array_set_size (mux->out, 0);
  }
  ended = mux->ended;
  g_mutex_unlock (&mux->lock);
  return ended;
}
