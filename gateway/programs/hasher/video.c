/* Hashes video files with the elements that look at streams. */
#include <gst/gst.h>

#include "base/error.h"
#include "elements/elements.h"
#include "elements/gstweirpdqmeta.h"
#include "programs/hasher/hasher.h"

typedef struct {
  GstClockTime every;
  GstClockTime phase;
  guint64 next; /* multiple of EVERY that the next picture is for */
  guint pictures;
  WeirHashedFunc func;
  gpointer data;
} Video;

static GstClockTime
stream_time (GstPad *pad, GstBuffer *buffer)
{
  g_autoptr (GstEvent) event =
      gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;

  if (event == NULL || !GST_BUFFER_PTS_IS_VALID (buffer))
    return GST_CLOCK_TIME_NONE;
  gst_event_parse_segment (event, &segment);
  return gst_segment_to_stream_time (
      segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
}

/* Before weirpdq: only what is to be hashed passes. */
static GstPadProbeReturn
choose (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Video *v = data;
  GstClockTime at = stream_time (pad, GST_PAD_PROBE_INFO_BUFFER (info));

  if (!GST_CLOCK_TIME_IS_VALID (at) || at < v->phase
      || (at - v->phase) / v->every < v->next)
    return GST_PAD_PROBE_DROP;
  v->next = (at - v->phase) / v->every + 1;
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
take (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Video *v = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  const GstWeirPdqMeta *meta = gst_buffer_get_weir_pdq_meta (buffer);
  WeirHashed hashed;

  if (meta == NULL)
    return GST_PAD_PROBE_OK;
  memcpy (hashed.hash, meta->hash, sizeof hashed.hash);
  hashed.quality = meta->quality;
  hashed.seconds = (double) stream_time (pad, buffer) / GST_SECOND;
  hashed.probes = meta->probes;
  hashed.n_probes = meta->n_probes;
  v->pictures++;
  v->func (&hashed, v->data);
  return GST_PAD_PROBE_OK;
}

static gboolean
start_gstreamer (GError **error)
{
  if (!gst_init_check (NULL, NULL, error))
    return FALSE;
  if (gst_weir_elements_register (NULL))
    return TRUE;
  g_set_error (
      error, WEIR_ERROR, WEIR_ERROR_FAILED, "the elements can't be registered");
  return FALSE;
}

static void
tap (GstElement *pdq, const char *pad_name, GstPadProbeCallback call, Video *v)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (pdq, pad_name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, call, v, NULL);
}

static gboolean
play (GstElement *pipeline, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return TRUE;
  gst_message_parse_error (message, error, NULL);
  return FALSE;
}

gboolean
weir_hash_video_file (const char *path, double every, double phase,
    WeirProbeSet probes, WeirHashedFunc func, gpointer data, GError **error)
{
  Video v = { .every = (GstClockTime) (every * GST_SECOND),
    .phase = (GstClockTime) (phase * GST_SECOND),
    .func = func,
    .data = data };
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) pdq = NULL;
  gboolean done;

  if (!start_gstreamer (error))
    return FALSE;
  /* Decoded picture by picture as fast as it goes; formats that weirpdq knows
   * pass the converter untouched. */
  pipeline = gst_parse_launch ("filesrc name=source ! decodebin ! "
                               "videoconvert ! weirpdq name=pdq ! "
                               "fakesink sync=false",
      error);
  if (pipeline == NULL)
    return FALSE;
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_object_set (source, "location", path, NULL);
  pdq = gst_bin_get_by_name (GST_BIN (pipeline), "pdq");
  g_object_set (pdq, "probes", probes, NULL);
  tap (pdq, "sink", choose, &v);
  tap (pdq, "src", take, &v);
  done = play (pipeline, error);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (done && v.pictures == 0) {
    g_set_error (
        error, WEIR_ERROR, WEIR_ERROR_FAILED, "there is no video in it");
    done = FALSE;
  }
  return done;
}
