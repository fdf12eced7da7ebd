/* weirgate: the element around the gate: properties, commands, states. */
#include "elements/gstweirgate.h"

#include "elements/gatecaps.h"
#include "elements/gstweirgate-impl.h"

GST_DEBUG_CATEGORY (gst_weir_gate_debug);
#define GST_CAT_DEFAULT gst_weir_gate_debug

#define DELAY_DEFAULT_NS (8 * GST_SECOND)
#define DELAY_MAX_NS (WEIR_GATE_MAX_DELAY_US * G_GUINT64_CONSTANT (1000))
#define NS_PER_MS 1000000

enum {
  PROP_0,
  PROP_DELAY,
  PROP_STATE,
  PROP_SHOWS,
  PROP_MUTED,
  PROP_EXPOSURE,
  PROP_STATS,
};

static GstStaticPadTemplate video_sink_template =
    GST_STATIC_PAD_TEMPLATE ("video_sink", GST_PAD_SINK, GST_PAD_REQUEST,
        GST_STATIC_CAPS (WEIR_GATE_VIDEO_CAPS));
static GstStaticPadTemplate audio_sink_template =
    GST_STATIC_PAD_TEMPLATE ("audio_sink", GST_PAD_SINK, GST_PAD_REQUEST,
        GST_STATIC_CAPS (WEIR_GATE_AUDIO_CAPS));
static GstStaticPadTemplate slate_sink_template =
    GST_STATIC_PAD_TEMPLATE ("slate_sink", GST_PAD_SINK, GST_PAD_REQUEST,
        GST_STATIC_CAPS (WEIR_GATE_VIDEO_CAPS));
static GstStaticPadTemplate video_src_template =
    GST_STATIC_PAD_TEMPLATE ("video_src", GST_PAD_SRC, GST_PAD_SOMETIMES,
        GST_STATIC_CAPS (WEIR_GATE_VIDEO_CAPS));
static GstStaticPadTemplate audio_src_template =
    GST_STATIC_PAD_TEMPLATE ("audio_src", GST_PAD_SRC, GST_PAD_SOMETIMES,
        GST_STATIC_CAPS (WEIR_GATE_AUDIO_CAPS));

G_DEFINE_TYPE_WITH_CODE (GstWeirGate, gst_weir_gate, GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT (gst_weir_gate_debug, "weirgate", 0, "Weir's gate"))

void
gst_weir_gate_reset (GstWeirGate *self)
{
  weir_gate_free (self->gate);
  weir_window_free (self->window);
  self->window = weir_window_new ();
  self->gate = weir_gate_new (self->window, self->delay_us);
  weir_gate_set_slate (self->gate, self->slate);
  self->cursor = (WeirGateCursor){ .need_key = TRUE };
  self->now_us = 0;
  self->start_delay_us = self->delay_us;
  self->exposure_ms = 0;
  for (guint i = 0; i < G_N_ELEMENTS (self->tracks); i++) {
    gst_weir_gate_drop_waiting (&self->tracks[i]);
    self->tracks[i].newest_ns = G_MININT64 / 2;
    self->tracks[i].last_dts_ms = G_MININT64 / 2;
    self->tracks[i].last_seq = G_MAXUINT64;
    self->tracks[i].eos = FALSE;
  }
}

/* {lock} */
static gboolean
set_delay (GstWeirGate *self, guint64 delay_ns, WeirGateAnswer *ret)
{
  gboolean begun = weir_window_end (self->window) > 0;

  if (!weir_gate_set_delay (
          self->gate, (gint64) (delay_ns / 1000), self->now_us, ret))
    return FALSE;
  self->delay_us = (gint64) (delay_ns / 1000);
  if (!begun)
    self->start_delay_us = self->delay_us;
  return TRUE;
}

static GstStructure *
describe_stats (GstWeirGate *self)
{
  WeirGateStats s;

  weir_gate_get_stats (self->gate, &s);
  return gst_structure_new ("stats", "sent", G_TYPE_UINT64, s.sent, "withheld",
      G_TYPE_UINT64, s.withheld, "replaced", G_TYPE_UINT64, s.replaced,
      "skipped", G_TYPE_UINT64, s.skipped, "jumped", G_TYPE_UINT64, s.jumped,
      "held-bytes", G_TYPE_UINT64,
      (guint64) weir_window_get_bytes (self->window), NULL);
}

static void
gst_weir_gate_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstWeirGate *self = GST_WEIR_GATE (object);

  if (id != PROP_DELAY) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    return;
  }
  g_mutex_lock (&self->lock);
  set_delay (self, g_value_get_uint64 (value), NULL);
  g_mutex_unlock (&self->lock);
}

static void
gst_weir_gate_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstWeirGate *self = GST_WEIR_GATE (object);

  g_mutex_lock (&self->lock);
  switch (id) {
  case PROP_DELAY:
    g_value_set_uint64 (value, (guint64) self->delay_us * 1000);
    break;
  case PROP_STATE:
    g_value_set_static_string (
        value, weir_gate_state_name (weir_gate_get_state (self->gate)));
    break;
  case PROP_SHOWS:
    g_value_set_static_string (
        value, weir_gate_shows_name (weir_gate_get_shows (self->gate)));
    break;
  case PROP_MUTED:
    g_value_set_boolean (value, weir_gate_is_muted (self->gate));
    break;
  case PROP_EXPOSURE:
    g_value_set_uint64 (value, (guint64) self->exposure_ms * NS_PER_MS);
    break;
  case PROP_STATS:
    g_value_take_boxed (value, describe_stats (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  g_mutex_unlock (&self->lock);
}

static gint64
to_ns (gint64 ms)
{
  return ms < 0 ? -1 : ms * NS_PER_MS;
}

/* Commands stand between these two. */
static WeirGate *
begin_command (GstWeirGate *self)
{
  g_mutex_lock (&self->lock);
  return self->gate;
}

/* NULL when it was not TAKEN. */
static GstStructure *
end_command (GstWeirGate *self, gboolean taken, const WeirGateAnswer *a)
{
  if (taken)
    self->exposure_ms = a->exposure_ms;
  g_mutex_unlock (&self->lock);
  if (!taken)
    return NULL;
  return gst_structure_new ("answer", "from", G_TYPE_INT64, to_ns (a->from_ms),
      "to", G_TYPE_INT64, to_ns (a->to_ms), "exposure", G_TYPE_UINT64,
      (guint64) a->exposure_ms * NS_PER_MS, "span", G_TYPE_UINT64, a->span,
      NULL);
}

static GstStructure *
gst_weir_gate_blank (GstWeirGate *self)
{
  WeirGateAnswer answer = { 0 };
  WeirGate *gate = begin_command (self);

  return end_command (
      self, weir_gate_blank (gate, WEIR_GATE_BY_REVIEWER, &answer), &answer);
}

static GstStructure *
gst_weir_gate_resume (GstWeirGate *self)
{
  WeirGateAnswer answer = { 0 };
  WeirGate *gate = begin_command (self);

  return end_command (self,
      weir_gate_resume (gate, WEIR_GATE_BY_REVIEWER, TRUE, &answer), &answer);
}

static GstStructure *
gst_weir_gate_mute (GstWeirGate *self)
{
  WeirGateAnswer answer = { 0 };
  WeirGate *gate = begin_command (self);

  return end_command (self, weir_gate_mute (gate, TRUE, &answer), &answer);
}

static GstStructure *
gst_weir_gate_unmute (GstWeirGate *self)
{
  WeirGateAnswer answer = { 0 };
  WeirGate *gate = begin_command (self);

  return end_command (self, weir_gate_mute (gate, FALSE, &answer), &answer);
}

static GstStructure *
gst_weir_gate_redact (GstWeirGate *self, guint64 from, guint64 to)
{
  WeirGateAnswer answer = { 0 };
  gint64 to_ms = GST_CLOCK_TIME_IS_VALID (to) ? (gint64) (to / NS_PER_MS) : -1;
  WeirGate *gate;

  if (!GST_CLOCK_TIME_IS_VALID (from) || to <= from)
    return NULL;
  gate = begin_command (self);
  return end_command (self,
      weir_gate_redact (gate, WEIR_GATE_SPAN_REDACT,
          (gint64) (from / NS_PER_MS), to_ms, &answer),
      &answer);
}

static GstStructure *
gst_weir_gate_dump (GstWeirGate *self, guint64 newest)
{
  WeirGateAnswer answer = { 0 };
  WeirGate *gate = begin_command (self);

  gst_weir_gate_interleave (self, TRUE);
  return end_command (self,
      weir_gate_dump (gate, (gint64) (newest / NS_PER_MS), &answer), &answer);
}

static GstStructure *
gst_weir_gate_cut (GstWeirGate *self, guint64 slate)
{
  WeirGateAnswer answer = { 0 };
  WeirGate *gate = begin_command (self);

  return end_command (self,
      weir_gate_cut (gate, (gint64) (slate / NS_PER_MS), &answer), &answer);
}

static GstStructure *
gst_weir_gate_set_delay (GstWeirGate *self, guint64 delay)
{
  WeirGateAnswer answer = { 0 };

  begin_command (self);
  return end_command (
      self, set_delay (self, MIN (delay, DELAY_MAX_NS), &answer), &answer);
}

static GstPad *
gst_weir_gate_request_new_pad (GstElement *element, GstPadTemplate *template,
    const gchar *name, const GstCaps *caps)
{
  return gst_weir_gate_add_pad (GST_WEIR_GATE (element), template);
}

static void
gst_weir_gate_release_pad (GstElement *element, GstPad *pad)
{
  gst_weir_gate_drop_pad (GST_WEIR_GATE (element), pad);
}

static GstStateChangeReturn
gst_weir_gate_change_state (GstElement *element, GstStateChange transition)
{
  GstWeirGate *self = GST_WEIR_GATE (element);
  GstStateChangeReturn result = GST_ELEMENT_CLASS (gst_weir_gate_parent_class)
                                    ->change_state (element, transition);

  if (transition != GST_STATE_CHANGE_PAUSED_TO_READY)
    return result;
  g_mutex_lock (&self->push_lock);
  g_mutex_lock (&self->lock);
  gst_weir_gate_reset (self);
  for (guint i = 0; i < G_N_ELEMENTS (self->tracks); i++) {
    GstWeirGateTrack *track = &self->tracks[i];

    g_clear_pointer (&track->sent, weir_codec_config_unref);
    g_clear_pointer (&track->config, weir_codec_config_unref);
    gst_clear_caps (&track->caps);
    gst_segment_init (&track->segment, GST_FORMAT_UNDEFINED);
    track->begun = track->ended = track->was_slate = FALSE;
  }
  gst_flow_combiner_reset (self->combiner);
  g_mutex_unlock (&self->lock);
  g_mutex_unlock (&self->push_lock);
  return result;
}

static void
gst_weir_gate_finalize (GObject *object)
{
  GstWeirGate *self = GST_WEIR_GATE (object);

  for (guint i = 0; i < G_N_ELEMENTS (self->tracks); i++) {
    weir_codec_config_unref (self->tracks[i].sent);
    weir_codec_config_unref (self->tracks[i].config);
    gst_clear_caps (&self->tracks[i].caps);
    gst_weir_gate_drop_waiting (&self->tracks[i]);
  }
  weir_gate_free (self->gate);
  weir_window_free (self->window);
  weir_slate_unref (self->slate);
  gst_flow_combiner_free (self->combiner);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->push_lock);
  G_OBJECT_CLASS (gst_weir_gate_parent_class)->finalize (object);
}

static void
add_action (GType type, const char *name, GCallback callback, guint n_times)
{
  g_signal_new_class_handler (name, type, G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      callback, NULL, NULL, NULL, GST_TYPE_STRUCTURE, n_times, G_TYPE_UINT64,
      G_TYPE_UINT64);
}

static void
add_actions (GType type)
{
  add_action (type, "blank", G_CALLBACK (gst_weir_gate_blank), 0);
  add_action (type, "resume", G_CALLBACK (gst_weir_gate_resume), 0);
  add_action (type, "mute", G_CALLBACK (gst_weir_gate_mute), 0);
  add_action (type, "unmute", G_CALLBACK (gst_weir_gate_unmute), 0);
  add_action (type, "redact", G_CALLBACK (gst_weir_gate_redact), 2);
  add_action (type, "dump", G_CALLBACK (gst_weir_gate_dump), 1);
  add_action (type, "cut", G_CALLBACK (gst_weir_gate_cut), 1);
  add_action (type, "set-delay", G_CALLBACK (gst_weir_gate_set_delay), 1);
}

static void
add_properties (GObjectClass *klass)
{
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  g_object_class_install_property (klass, PROP_DELAY,
      g_param_spec_uint64 ("delay", "Delay",
          "How long everything is held, in nanoseconds of stream time", 0,
          DELAY_MAX_NS, DELAY_DEFAULT_NS,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_property (klass, PROP_STATE,
      g_param_spec_string ("state", "State", "pass, redact, hold, blank or cut",
          "pass", readable));
  g_object_class_install_property (klass, PROP_SHOWS,
      g_param_spec_string ("shows", "Shows",
          "What goes out: nothing, content or slate", "nothing", readable));
  g_object_class_install_property (klass, PROP_MUTED,
      g_param_spec_boolean (
          "muted", "Muted", "Silence goes out for sound", FALSE, readable));
  g_object_class_install_property (klass, PROP_EXPOSURE,
      g_param_spec_uint64 ("exposure", "Exposure",
          "How much of what the last command withholds had gone out, in "
          "nanoseconds",
          0, G_MAXUINT64, 0, readable));
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "sent, withheld, replaced, skipped, jumped, held-bytes",
          GST_TYPE_STRUCTURE, readable));
}

static void
gst_weir_gate_class_init (GstWeirGateClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = gst_weir_gate_set_property;
  object_class->get_property = gst_weir_gate_get_property;
  object_class->finalize = gst_weir_gate_finalize;
  add_properties (object_class);
  add_actions (G_TYPE_FROM_CLASS (klass));

  gst_element_class_add_static_pad_template (
      element_class, &video_sink_template);
  gst_element_class_add_static_pad_template (
      element_class, &audio_sink_template);
  gst_element_class_add_static_pad_template (
      element_class, &slate_sink_template);
  gst_element_class_add_static_pad_template (
      element_class, &video_src_template);
  gst_element_class_add_static_pad_template (
      element_class, &audio_src_template);
  gst_element_class_set_static_metadata (element_class, "Gate", "Generic",
      "Holds coded picture and sound for a delay; blanks, mutes, redacts and "
      "cuts what has not gone out",
      "The Weir authors");

  element_class->request_new_pad =
      GST_DEBUG_FUNCPTR (gst_weir_gate_request_new_pad);
  element_class->release_pad = GST_DEBUG_FUNCPTR (gst_weir_gate_release_pad);
  element_class->change_state = GST_DEBUG_FUNCPTR (gst_weir_gate_change_state);
}

static void
gst_weir_gate_init (GstWeirGate *self)
{
  g_mutex_init (&self->lock);
  g_mutex_init (&self->push_lock);
  self->combiner = gst_flow_combiner_new ();
  self->delay_us = (gint64) (DELAY_DEFAULT_NS / 1000);
  for (guint i = 0; i < G_N_ELEMENTS (self->tracks); i++) {
    self->tracks[i].gate = self;
    self->tracks[i].kind = (WeirMediaKind) i;
  }
  gst_weir_gate_reset (self);
}
