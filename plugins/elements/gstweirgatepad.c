/* weirgate's pads: from buffers to the gate's packets and back. */
#include <string.h>

#include "base/error.h"
#include "elements/gatecaps.h"
#include "elements/gstweirgate-impl.h"

GST_DEBUG_CATEGORY_EXTERN (gst_weir_gate_debug);
#define GST_CAT_DEFAULT gst_weir_gate_debug

#define ADVANCE_BATCH 256
#define END_OF_TIME_US (G_MAXINT64 / 4)

/* What a packet's payload belongs to. */
typedef struct {
  GstBuffer *buffer;
  GstMapInfo map;
  GstCaps *caps;
  WeirCodecConfig *config;
  gint64 pts_ns; /* running time */
  gint64 dts_ns;
  gint64 pts_ms; /* as the gate was told */
  gint64 dts_ms;
} Held;

/* Something to hand on. */
typedef struct {
  GstWeirGateTrack *track;
  GstBuffer *buffer;
  GstCaps *caps; /* where they are others than before; else NULL */
} Item;

/* {lock} */
static void
held_free (gpointer data)
{
  Held *held = data;

  weir_codec_config_unref (held->config);
  gst_buffer_unmap (held->buffer, &held->map);
  gst_buffer_unref (held->buffer);
  gst_caps_unref (held->caps);
  g_free (held);
}

/* Signed: a stream with B-frames may begin before 0. FALSE without a time. */
static gboolean
running_ns (const GstSegment *segment, GstClockTime time, gint64 *ret)
{
  guint64 running;
  int sign;

  if (!GST_CLOCK_TIME_IS_VALID (time) || segment->format != GST_FORMAT_TIME)
    return FALSE;
  sign = gst_segment_to_running_time_full (
      segment, GST_FORMAT_TIME, time, &running);
  if (sign == 0)
    return FALSE;
  *ret = sign > 0 ? (gint64) running : -(gint64) running;
  return TRUE;
}

static gint64
floor_ms (gint64 ns)
{
  return ns >= 0 ? ns / 1000000 : -((-ns + 999999) / 1000000);
}

/* {lock} */
static void
fill_packet (GstWeirGateTrack *track, Held *held, WeirPacket *ret)
{
  gboolean key =
      !GST_BUFFER_FLAG_IS_SET (held->buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  guint flags = 0;

  if (track->kind == WEIR_MEDIA_VIDEO && key)
    flags |= WEIR_PACKET_KEY;
  if (GST_BUFFER_FLAG_IS_SET (held->buffer, GST_BUFFER_FLAG_DISCONT))
    flags |= WEIR_PACKET_DISCONT;
  /* The gate wants times that rise; what they were comes back with the
   * buffer. */
  held->dts_ms = MAX (floor_ms (held->dts_ns), track->last_dts_ms + 1);
  held->pts_ms = MAX (floor_ms (held->pts_ns), held->dts_ms);
  track->last_dts_ms = held->dts_ms;
  *ret = (WeirPacket){ .dts_ms = held->dts_ms,
    .pts_ms = held->pts_ms,
    .config = weir_codec_config_ref (held->config),
    .payload =
        weir_slice_wrap (held->map.data, held->map.size, held, held_free),
    .kind = (guint8) track->kind,
    .codec = (guint8) held->config->codec,
    .flags = (guint8) flags };
}

/* {lock} */
static void
take (GstWeirGateTrack *track, Held *held)
{
  GstWeirGate *self = track->gate;
  WeirPacket packet;

  fill_packet (track, held, &packet);
  packet.arrival_us = held->dts_ms * 1000;
  track->last_seq = weir_window_take (self->window, &packet);
}

/* {lock} Whether something of TRACK may still come before DTS_NS. */
static gboolean
may_precede (const GstWeirGateTrack *track, gint64 dts_ns)
{
  return track->sink != NULL && !track->eos
         && g_queue_is_empty ((GQueue *) &track->waiting)
         && track->newest_ns < dts_ns
         && track->gate->now_us * 1000 - dts_ns <= GST_WEIR_GATE_MAX_SKEW_NS;
}

void
gst_weir_gate_interleave (GstWeirGate *self, gboolean all)
{
  for (;;) {
    GstWeirGateTrack *first = NULL;
    const Held *head = NULL;

    for (guint i = 0; i < G_N_ELEMENTS (self->tracks); i++) {
      const Held *held = g_queue_peek_head (&self->tracks[i].waiting);

      if (held != NULL && (head == NULL || held->dts_ns < head->dts_ns)) {
        first = &self->tracks[i];
        head = held;
      }
    }
    if (head == NULL)
      return;
    for (guint i = 0; i < G_N_ELEMENTS (self->tracks) && !all; i++)
      if (may_precede (&self->tracks[i], head->dts_ns))
        return;
    take (first, g_queue_pop_head (&first->waiting));
  }
}

void
gst_weir_gate_drop_waiting (GstWeirGateTrack *track)
{
  g_queue_clear_full (&track->waiting, held_free);
}

/* {lock} Until DTS_NS TRACK is known. */
static void
note_time (GstWeirGateTrack *track, gint64 dts_ns)
{
  GstWeirGate *self = track->gate;

  track->newest_ns = MAX (track->newest_ns, dts_ns);
  self->now_us = MAX (self->now_us, floor_ms (dts_ns) * 1000);
  gst_weir_gate_interleave (self, FALSE);
}

/* {lock} The times of OUTPUT, as exactly as they came. */
static GstBuffer *
make_buffer (const WeirGateOutput *output, gboolean *ret_changed_caps,
    GstWeirGateTrack *track, GstCaps **ret_caps)
{
  const WeirPacket *p = &output->packet;
  const Held *held = weir_slice_get_owner (&p->payload);
  gint64 pts_ns = p->pts_ms * 1000000, dts_ns = p->dts_ms * 1000000;
  GstBuffer *buffer;

  if (held != NULL) {
    buffer = gst_buffer_copy (held->buffer);
    pts_ns = held->pts_ns + (p->pts_ms - held->pts_ms) * 1000000;
    dts_ns = held->dts_ns + (p->dts_ms - held->dts_ms) * 1000000;
  } else {
    buffer = gst_buffer_new_memdup (p->payload.data, p->payload.size);
    if (track->kind == WEIR_MEDIA_VIDEO && !(p->flags & WEIR_PACKET_KEY))
      GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  }
  GST_BUFFER_PTS (buffer) = (GstClockTime) MAX (pts_ns, 0);
  GST_BUFFER_DTS (buffer) =
      dts_ns >= 0 ? (GstClockTime) dts_ns : GST_CLOCK_TIME_NONE;
  *ret_changed_caps = p->config != track->sent;
  *ret_caps = NULL;
  if (*ret_changed_caps)
    *ret_caps = held != NULL ? gst_caps_ref (held->caps)
                             : weir_gate_caps_from_config (p->config);
  return buffer;
}

/* {push_lock} The next buffer that may go out; FALSE when there is none. */
static gboolean
next_item (GstWeirGate *self, Item *ret)
{
  const WeirGateOutput *output;
  gboolean found = FALSE, changed;
  guint due = ADVANCE_BATCH;

  g_mutex_lock (&self->lock);
  while (!found && due > 0) {
    due = weir_gate_advance_some (self->gate, self->now_us, ADVANCE_BATCH);
    while ((output = weir_gate_peek (self->gate, &self->cursor)) != NULL
           && !found) {
      GstWeirGateTrack *track =
          output->packet.kind < G_N_ELEMENTS (self->tracks)
              ? &self->tracks[output->packet.kind]
              : NULL;

      if (track != NULL && track->src != NULL
          && output->kind != WEIR_GATE_OUTPUT_NOTHING) {
        gboolean is_slate = output->kind == WEIR_GATE_OUTPUT_SLATE;

        ret->track = track;
        ret->buffer = make_buffer (output, &changed, track, &ret->caps);
        if (is_slate != track->was_slate || output->begins)
          GST_BUFFER_FLAG_SET (ret->buffer, GST_BUFFER_FLAG_DISCONT);
        track->was_slate = is_slate;
        if (changed) {
          weir_codec_config_unref (track->sent);
          track->sent = weir_codec_config_ref (output->packet.config);
        }
        found = TRUE;
      }
      weir_gate_sent (
          self->gate, &self->cursor, MIN (self->now_us, output->due_us));
    }
    weir_gate_release (self->gate, self->cursor.position);
    weir_window_trim (self->window, weir_gate_get_needed_seq (self->gate));
  }
  g_mutex_unlock (&self->lock);
  return found;
}

/* {push_lock} */
static void
begin (GstWeirGateTrack *track)
{
  GstSegment segment;

  if (track->begun)
    return;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (track->src, gst_event_new_segment (&segment));
  track->begun = TRUE;
}

/* {push_lock} */
static GstFlowReturn
push_item (GstWeirGate *self, Item *item)
{
  if (item->caps != NULL) {
    gst_pad_push_event (item->track->src, gst_event_new_caps (item->caps));
    gst_caps_unref (item->caps);
  }
  begin (item->track);
  return gst_flow_combiner_update_pad_flow (self->combiner, item->track->src,
      gst_pad_push (item->track->src, item->buffer));
}

/* Tells the pipeline that viewers get something else. */
static void
tell_switch (GstWeirGate *self)
{
  WeirGateSwitch change;
  gboolean changed;
  GstStructure *s;

  g_mutex_lock (&self->lock);
  changed = weir_gate_take_switch (self->gate, &change);
  g_mutex_unlock (&self->lock);
  if (!changed)
    return;
  s = gst_structure_new ("weir-gate", "shows", G_TYPE_STRING,
      weir_gate_shows_name (change.shows), "from", G_TYPE_INT64,
      change.from_ms * 1000000, NULL);
  gst_element_post_message (
      GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self), s));
}

/* {push_lock} A track that has ended and is through says so, so that nobody
 * waits for it. */
static void
push_ends (GstWeirGate *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->tracks); i++) {
    GstWeirGateTrack *track = &self->tracks[i];
    gboolean through;

    g_mutex_lock (&self->lock);
    through = track->eos && g_queue_is_empty (&track->waiting)
              && (track->last_seq == G_MAXUINT64
                  || weir_gate_get_needed_seq (self->gate) > track->last_seq);
    g_mutex_unlock (&self->lock);
    if (!through || track->ended || track->src == NULL)
      continue;
    begin (track);
    track->ended = TRUE;
    gst_pad_push_event (track->src, gst_event_new_eos ());
  }
}

static GstFlowReturn
push_all (GstWeirGate *self, GstWeirGateTrack *track)
{
  GstFlowReturn flow = GST_FLOW_OK;
  Item item = { 0 };

  g_mutex_lock (&self->push_lock);
  while (flow == GST_FLOW_OK && next_item (self, &item)) {
    flow = push_item (self, &item);
    tell_switch (self);
  }
  tell_switch (self);
  if (flow == GST_FLOW_OK)
    push_ends (self);
  g_mutex_unlock (&self->push_lock);
  return flow;
}

static GstFlowReturn
gst_weir_gate_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstWeirGate *self = GST_WEIR_GATE (parent);
  GstWeirGateTrack *track = gst_pad_get_element_private (pad);
  gboolean full;
  Held *held;

  held = g_new0 (Held, 1);
  if (!running_ns (&track->segment, GST_BUFFER_PTS (buffer), &held->pts_ns)
      || !gst_buffer_map (buffer, &held->map, GST_MAP_READ)) {
    GST_DEBUG_OBJECT (pad, "a buffer without a time is dropped");
    gst_buffer_unref (buffer);
    g_free (held);
    return GST_FLOW_OK;
  }
  if (!running_ns (&track->segment, GST_BUFFER_DTS (buffer), &held->dts_ns))
    held->dts_ns = held->pts_ns;
  held->buffer = buffer;

  g_mutex_lock (&self->lock);
  if (track->config == NULL) {
    held->caps = gst_caps_new_any ();
    held_free (held);
    g_mutex_unlock (&self->lock);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  held->caps = gst_caps_ref (track->caps);
  held->config = weir_codec_config_ref (track->config);
  g_queue_push_tail (&track->waiting, held);
  note_time (track, held->dts_ns);
  full = weir_window_get_bytes (self->window) > GST_WEIR_GATE_MAX_BYTES;
  g_mutex_unlock (&self->lock);
  if (full) {
    GST_ELEMENT_ERROR (self, RESOURCE, NO_SPACE_LEFT,
        ("The window is full: lower the delay or the bitrate."), (NULL));
    return GST_FLOW_ERROR;
  }
  return push_all (self, track);
}

static gboolean
take_caps (GstWeirGateTrack *track, GstCaps *caps)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirCodecConfig) config =
      weir_gate_config_from_caps (caps, &error);

  if (config == NULL) {
    GST_WARNING_OBJECT (track->sink, "%s", error->message);
    return FALSE;
  }
  g_mutex_lock (&track->gate->lock);
  if (!weir_codec_config_equal (config, track->config)) {
    weir_codec_config_unref (track->config);
    track->config = g_steal_pointer (&config);
  }
  gst_caps_replace (&track->caps, caps);
  g_mutex_unlock (&track->gate->lock);
  return TRUE;
}

/* All that is held goes out once the last track has ended. */
static void
take_eos (GstWeirGate *self, GstWeirGateTrack *track)
{
  gboolean all = TRUE;

  g_mutex_lock (&self->lock);
  track->eos = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (self->tracks); i++)
    all = all && (self->tracks[i].sink == NULL || self->tracks[i].eos);
  gst_weir_gate_interleave (self, all);
  if (all)
    self->now_us = END_OF_TIME_US;
  g_mutex_unlock (&self->lock);
  push_all (self, track);
}

/* Nothing comes until its end: the other track need not wait. */
static void
take_gap (GstWeirGateTrack *track, GstEvent *event)
{
  GstClockTime start, duration;
  gint64 end_ns;

  gst_event_parse_gap (event, &start, &duration);
  if (GST_CLOCK_TIME_IS_VALID (duration))
    start += duration;
  if (!running_ns (&track->segment, start, &end_ns))
    return;
  g_mutex_lock (&track->gate->lock);
  note_time (track, end_ns);
  g_mutex_unlock (&track->gate->lock);
  push_all (track->gate, track);
}

static void
take_flush (GstWeirGate *self, GstWeirGateTrack *track)
{
  g_mutex_lock (&self->push_lock);
  g_mutex_lock (&self->lock);
  gst_weir_gate_reset (self);
  g_mutex_unlock (&self->lock);
  gst_segment_init (&track->segment, GST_FORMAT_UNDEFINED);
  gst_flow_combiner_reset (self->combiner);
  track->begun = track->ended = FALSE;
  g_mutex_unlock (&self->push_lock);
}

static gboolean
gst_weir_gate_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstWeirGate *self = GST_WEIR_GATE (parent);
  GstWeirGateTrack *track = gst_pad_get_element_private (pad);
  GstCaps *caps;
  gboolean ok = TRUE;

  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_CAPS:
    gst_event_parse_caps (event, &caps);
    ok = take_caps (track, caps);
    break;
  case GST_EVENT_SEGMENT:
    gst_event_copy_segment (event, &track->segment);
    break;
  case GST_EVENT_EOS:
    take_eos (self, track);
    break;
  case GST_EVENT_GAP:
    take_gap (track, event);
    break;
  case GST_EVENT_TAG: /* would come before what is held */
    break;
  case GST_EVENT_FLUSH_STOP:
    take_flush (self, track);
    return gst_pad_push_event (track->src, event);
  case GST_EVENT_STREAM_START:
  case GST_EVENT_FLUSH_START:
    return gst_pad_push_event (track->src, event);
  default:
    return gst_pad_event_default (pad, parent, event);
  }
  gst_event_unref (event);
  return ok;
}

/* What is held is as late as the delay was at the beginning: a delay that
 * changes later moves the times instead. */
static gboolean
gst_weir_gate_src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstWeirGate *self = GST_WEIR_GATE (parent);
  GstWeirGateTrack *track = gst_pad_get_element_private (pad);
  GstClockTime min, max, delay;
  gboolean live;

  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return gst_pad_query_default (pad, parent, query);
  if (!gst_pad_peer_query (track->sink, query))
    return FALSE;
  gst_query_parse_latency (query, &live, &min, &max);
  g_mutex_lock (&self->lock);
  delay = (GstClockTime) self->start_delay_us * 1000;
  g_mutex_unlock (&self->lock);
  if (GST_CLOCK_TIME_IS_VALID (max))
    max += delay;
  gst_query_set_latency (query, live, min + delay, max);
  return TRUE;
}

static GstIterator *
gst_weir_gate_links (GstPad *pad, GstObject *parent)
{
  GstWeirGateTrack *track = gst_pad_get_element_private (pad);
  GValue value = G_VALUE_INIT;
  GstIterator *it;

  g_value_init (&value, GST_TYPE_PAD);
  g_value_set_object (&value, pad == track->sink ? track->src : track->sink);
  it = gst_iterator_new_single (GST_TYPE_PAD, &value);
  g_value_unset (&value);
  return it;
}

static GstPad *
add_track (GstWeirGate *self, GstWeirGateTrack *track, GstPadTemplate *template)
{
  GstElementClass *klass = GST_ELEMENT_GET_CLASS (self);
  gboolean video = track->kind == WEIR_MEDIA_VIDEO;

  if (track->sink != NULL)
    return NULL;
  gst_segment_init (&track->segment, GST_FORMAT_UNDEFINED);
  track->last_dts_ms = track->newest_ns = G_MININT64 / 2;
  track->last_seq = G_MAXUINT64;
  track->eos = track->begun = track->ended = FALSE;
  track->sink =
      gst_pad_new_from_template (template, video ? "video_sink" : "audio_sink");
  track->src =
      gst_pad_new_from_template (gst_element_class_get_pad_template (
                                     klass, video ? "video_src" : "audio_src"),
          video ? "video_src" : "audio_src");
  gst_pad_set_element_private (track->sink, track);
  gst_pad_set_element_private (track->src, track);
  gst_pad_set_chain_function (track->sink, gst_weir_gate_chain);
  gst_pad_set_event_function (track->sink, gst_weir_gate_event);
  gst_pad_set_iterate_internal_links_function (
      track->sink, gst_weir_gate_links);
  gst_pad_set_iterate_internal_links_function (track->src, gst_weir_gate_links);
  gst_pad_set_query_function (track->src, gst_weir_gate_src_query);
  gst_pad_use_fixed_caps (track->src);
  gst_flow_combiner_add_pad (self->combiner, track->src);
  gst_pad_set_active (track->src, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), track->src);
  gst_pad_set_active (track->sink, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), track->sink);
  return track->sink;
}

GstPad *
gst_weir_gate_add_pad (GstWeirGate *self, GstPadTemplate *template)
{
  const char *name = GST_PAD_TEMPLATE_NAME_TEMPLATE (template);

  if (strcmp (name, "slate_sink") == 0)
    return gst_weir_gate_add_slate_pad (self, template);
  return add_track (self,
      &self->tracks[strcmp (name, "video_sink") == 0 ? WEIR_MEDIA_VIDEO
                                                     : WEIR_MEDIA_AUDIO],
      template);
}

void
gst_weir_gate_drop_pad (GstWeirGate *self, GstPad *pad)
{
  GstElement *element = GST_ELEMENT (self);
  GstWeirGateTrack *track;

  gst_pad_set_active (pad, FALSE);
  if (pad == self->slate_sink) {
    gst_weir_gate_drop_slate_pad (self);
    return;
  }
  track = gst_pad_get_element_private (pad);
  gst_pad_set_active (track->src, FALSE);
  g_mutex_lock (&self->push_lock);
  gst_flow_combiner_remove_pad (self->combiner, track->src);
  g_mutex_lock (&self->lock);
  g_clear_pointer (&track->sent, weir_codec_config_unref);
  g_clear_pointer (&track->config, weir_codec_config_unref);
  gst_clear_caps (&track->caps);
  gst_weir_gate_drop_waiting (track);
  gst_element_remove_pad (element, g_steal_pointer (&track->src));
  track->sink = NULL;
  g_mutex_unlock (&self->lock);
  g_mutex_unlock (&self->push_lock);
  gst_element_remove_pad (element, pad);
}
