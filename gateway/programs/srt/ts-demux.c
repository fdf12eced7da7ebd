/* tsdemux and parsers without threads or queues. */
#include "programs/srt/ts-demux.h"

#include <gst/gst.h>
#include <string.h>

#include "base/error.h"
#include "programs/srt/caps.h"

#define TRACKS 2 /* pictures, sound: WeirMediaKind */

/* tsdemux corrects times by when buffers came, unless all came at once: then
 * they are the stream's own, from here on. Far enough from 0 for what was
 * before the first clock reference. */
#define BASE_TIME (3600 * GST_SECOND)

typedef struct {
  WeirTsDemux *demux;
  WeirMediaKind kind;
  GstElement *parser; /* the bin's; NULL: there is no such track */
  GstPad *sink;       /* ours */
  WeirCodec codec;
  GBytes *config;
  guint held; /* buffers that went into the parser since one came out */
  gsize held_bytes;
  gsize barren_bytes; /* that went in since one came out, flushed ones too */
  gboolean need_key;  /* pictures: nothing before the next key frame */
  gboolean discont;
  gboolean zero;  /* pictures: the last byte that came is kept back */
  gboolean timed; /* LAST_DTS_MS is something */
  gint64 last_dts_ms;
  gint64 step_ms;
  gint64 composition_ms;
} Track;

struct _WeirTsDemux {
  const WeirTsDemuxFuncs *funcs;
  gpointer data;
  WeirTsGuard *guard;
  GstElement *bin;
  GstElement *tsdemux; /* the bin's */
  GstPad *push;        /* ours */
  Track tracks[TRACKS];
  gsize barren_bytes;
  guint changes;      /* recent ones */
  gsize forget_bytes; /* until one of them is forgotten */
  guint64 withheld;
  guint restarts;
  gboolean
      broken; /* the demuxer gave up; a new one comes with the next bytes */
};

static GstElement *
make (GstElement *bin, const char *factory)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  g_assert (element != NULL); /* weir_ts_demux_init () */
  gst_bin_add (GST_BIN (bin), element);
  return element;
}

gboolean
weir_ts_demux_init (GError **error)
{
  static const char *const plugins[] = { "mpegtsdemux", "mpegtsmux",
    "videoparsersbad", "audioparsers", "opusparse" };

  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
  g_setenv ("GST_REGISTRY_FORK", "no", TRUE);
  g_setenv ("GST_PLUGIN_SYSTEM_PATH_1_0", "", TRUE);
  g_setenv ("GST_PLUGIN_PATH_1_0", "", TRUE);
  g_unsetenv ("GST_PLUGIN_SYSTEM_PATH");
  g_unsetenv ("GST_PLUGIN_PATH");
  if (!gst_init_check (NULL, NULL, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (plugins); i++) {
    g_autofree char *file =
        g_strdup_printf (WEIR_GST_PLUGINS_DIR "/libgst%s.so", plugins[i]);
    GstPlugin *plugin = gst_plugin_load_file (file, error);

    if (plugin == NULL)
      return FALSE;
    gst_object_unref (plugin);
  }
  return TRUE;
}

static gboolean
holds_too_much (const Track *t)
{
  return t->held > WEIR_TS_MAX_HELD || t->held_bytes > WEIR_TS_MAX_HELD_BYTES;
}

static GstMemory *
new_zero (void)
{
  static guint8 zero = 0;

  return gst_memory_new_wrapped (
      GST_MEMORY_FLAG_READONLY, &zero, 1, 0, 1, NULL, NULL);
}

/* A zero between two pictures may stand at the end of the first one's PES
 * packet (ffmpeg puts it there when it copies HEVC). To the parsers it is the
 * beginning of the second picture, which would get the times of the first: it
 * goes over into the second one's buffer. Takes and returns one. */
static GstBuffer *
move_zero (Track *t, GstBuffer *buffer)
{
  gsize size = gst_buffer_get_size (buffer);
  gboolean before = t->zero;
  guint8 last = 0xff;

  if (size > 1)
    gst_buffer_extract (buffer, size - 1, &last, 1);
  t->zero = last == 0;
  if (t->zero || before)
    buffer = gst_buffer_make_writable (buffer);
  if (t->zero)
    gst_buffer_resize (buffer, 0, (gssize) size - 1);
  if (before)
    gst_buffer_prepend_memory (buffer, new_zero ());
  return buffer;
}

/* A picture that never ends would be copied again with each piece of it. */
static GstPadProbeReturn
on_parser_input (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Track *t = data;
  gsize size = gst_buffer_get_size (GST_PAD_PROBE_INFO_BUFFER (info));

  if (t->kind == WEIR_MEDIA_VIDEO)
    info->data = move_zero (t, info->data);

  t->held++;
  t->held_bytes += size;
  t->barren_bytes += size;
  return holds_too_much (t) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

/* What the parser has been given and can make nothing of goes. */
static void
flush (Track *t)
{
  GstPad *sink = gst_element_get_static_pad (t->parser, "sink");
  GstEvent *segment = gst_pad_get_sticky_event (sink, GST_EVENT_SEGMENT, 0);

  gst_pad_send_event (sink, gst_event_new_flush_start ());
  gst_pad_send_event (sink, gst_event_new_flush_stop (FALSE));
  if (segment != NULL)
    gst_pad_send_event (sink, segment);
  gst_object_unref (sink);
  t->held = 0;
  t->held_bytes = 0;
  t->discont = TRUE;
  t->zero = FALSE;
  t->need_key = t->kind == WEIR_MEDIA_VIDEO;
  t->demux->withheld++;
}

/* The times of a packet; FALSE when there is no telling. Where the stream does
 * not say (tsdemux is at a loss while its clock wraps), things go on as they
 * went. */
static gboolean
find_times (Track *t, GstBuffer *buffer, gint64 *ret_dts, gint64 *ret_pts)
{
  GstClockTime dts = GST_BUFFER_DTS (buffer), pts = GST_BUFFER_PTS (buffer);

  if (!GST_CLOCK_TIME_IS_VALID (dts))
    dts = pts;
  if (GST_CLOCK_TIME_IS_VALID (dts)) {
    *ret_dts = (gint64) GST_TIME_AS_MSECONDS (dts);
    *ret_pts = GST_CLOCK_TIME_IS_VALID (pts)
                   ? (gint64) GST_TIME_AS_MSECONDS (pts)
                   : *ret_dts;
    if (ABS (*ret_pts - *ret_dts) > WEIR_TS_MAX_COMPOSITION_MS)
      *ret_pts = *ret_dts;
    if (t->timed && *ret_dts > t->last_dts_ms
        && *ret_dts - t->last_dts_ms < 1000)
      t->step_ms = *ret_dts - t->last_dts_ms;
    t->composition_ms = *ret_pts - *ret_dts;
  } else if (t->timed) {
    *ret_dts = t->last_dts_ms + t->step_ms;
    *ret_pts = *ret_dts + t->composition_ms;
  } else {
    return FALSE;
  }
  t->timed = TRUE;
  t->last_dts_ms = *ret_dts;
  return TRUE;
}

static void
take_buffer (Track *t, GstBuffer *buffer)
{
  WeirTsDemux *self = t->demux;
  gboolean key =
      t->kind != WEIR_MEDIA_VIDEO
      || !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  WeirTsDemuxPacket packet = { .kind = t->kind };
  GstMapInfo map;

  if (t->codec == WEIR_CODEC_NONE || (t->need_key && !key)
      || gst_buffer_get_size (buffer) == 0
      || gst_buffer_get_size (buffer) > WEIR_TS_MAX_PES_BYTES
      || !find_times (t, buffer, &packet.dts_ms, &packet.pts_ms)
      || !gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    self->withheld++;
    return;
  }
  packet.flags = (guint8) ((key ? WEIR_PACKET_KEY : 0)
                           | (t->discont ? WEIR_PACKET_DISCONT : 0));
  packet.data = map.data;
  packet.size = map.size;
  t->need_key = FALSE;
  t->discont = FALSE;
  self->barren_bytes = 0;
  self->funcs->on_packet (&packet, self->data);
  gst_buffer_unmap (buffer, &map);
}

static GstFlowReturn
on_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  Track *t = gst_pad_get_element_private (pad);

  t->held = 0;
  t->held_bytes = 0;
  t->barren_bytes = 0;
  take_buffer (t, buffer);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
take_caps (Track *t, const GstCaps *caps)
{
  g_autoptr (GBytes) config = NULL;
  WeirCodec codec = weir_caps_to_config (caps, &config);

  if (codec == WEIR_CODEC_NONE
      || (codec == t->codec && g_bytes_equal (config, t->config)))
    return;
  /* Its packets are withheld; the push ends with that. */
  if (++t->demux->changes > WEIR_TS_MAX_CHANGES) {
    t->codec = WEIR_CODEC_NONE;
    return;
  }
  t->codec = codec;
  g_clear_pointer (&t->config, g_bytes_unref);
  t->config = g_bytes_ref (config);
  /* The packets before were of another configuration. */
  t->need_key = t->kind == WEIR_MEDIA_VIDEO;
  t->demux->funcs->on_config (t->kind, codec, g_bytes_get_data (config, NULL),
      g_bytes_get_size (config), t->demux->data);
}

static gboolean
on_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  Track *t = gst_pad_get_element_private (pad);
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    gst_event_parse_caps (event, &caps);
    take_caps (t, caps);
  }
  gst_event_unref (event);
  return TRUE;
}

static const char *
parser_for (const GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  const char *name = gst_structure_get_name (s);
  int version = 0;

  if (strcmp (name, "video/x-h264") == 0)
    return "h264parse";
  if (strcmp (name, "video/x-h265") == 0)
    return "h265parse";
  if (strcmp (name, "audio/x-ac3") == 0)
    return "ac3parse";
  if (strcmp (name, "audio/x-opus") == 0)
    return "opusparse"; /* several to a PES packet: it times them */
  if (strcmp (name, "audio/mpeg") != 0)
    return NULL;
  gst_structure_get_int (s, "mpegversion", &version);
  return version == 1 ? "mpegaudioparse" : "aacparse";
}

static void
unlink_track (Track *t)
{
  if (t->sink != NULL) {
    GstPad *peer = gst_pad_get_peer (t->sink);

    if (peer != NULL) {
      gst_pad_unlink (peer, t->sink);
      gst_object_unref (peer);
    }
    gst_pad_set_active (t->sink, FALSE);
    g_clear_pointer (&t->sink, gst_object_unref);
  }
  if (t->parser != NULL) {
    gst_element_set_state (t->parser, GST_STATE_NULL);
    gst_bin_remove (GST_BIN (t->demux->bin), t->parser);
    t->parser = NULL;
  }
}

static void
make_sink (Track *t)
{
  GstCaps *caps = weir_caps_wanted (t->kind);
  GstPadTemplate *template =
      gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps);

  t->sink = gst_object_ref_sink (gst_pad_new_from_template (template, NULL));
  gst_pad_set_element_private (t->sink, t);
  gst_pad_set_chain_function (t->sink, on_buffer);
  gst_pad_set_event_function (t->sink, on_event);
  gst_pad_set_active (t->sink, TRUE);
  gst_object_unref (template);
  gst_caps_unref (caps);
}

static void
trouble (WeirTsDemux *self, const char *text)
{
  self->funcs->on_trouble (text, self->data);
}

/* The parser stays when it fits: another table of the programme makes new pads
 * for tracks that go on. */
static gboolean
fits (const Track *t, const char *parser)
{
  return t->parser != NULL
         && strcmp (
                GST_OBJECT_NAME (gst_element_get_factory (t->parser)), parser)
                == 0;
}

static void
make_parser (Track *t, const char *parser)
{
  GstPad *source, *sink;

  unlink_track (t);
  make_sink (t);
  t->parser = make (t->demux->bin, parser);
  source = gst_element_get_static_pad (t->parser, "src");
  gst_pad_link (source, t->sink);
  gst_object_unref (source);
  sink = gst_element_get_static_pad (t->parser, "sink");
  gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_BUFFER, on_parser_input, t, NULL);
  gst_object_unref (sink);
  t->held = 0;
  t->held_bytes = 0;
  t->zero = FALSE;
  gst_element_set_state (t->parser, GST_STATE_PLAYING);
  t->need_key = t->kind == WEIR_MEDIA_VIDEO;
}

static void
link_track (Track *t, GstPad *pad)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const char *parser = caps != NULL ? parser_for (caps) : NULL;
  GstPad *to, *before;

  if (parser == NULL) {
    trouble (t->demux, "a track is of a kind that can't be carried");
    return;
  }
  if (!fits (t, parser))
    make_parser (t, parser);
  to = gst_element_get_static_pad (t->parser, "sink");
  before = gst_pad_get_peer (to);
  if (before != NULL) {
    gst_pad_unlink (before, to);
    gst_object_unref (before);
  }
  if (gst_pad_link (pad, to) != GST_PAD_LINK_OK)
    trouble (t->demux, "a track can't be understood");
  gst_object_unref (to);
}

/* Pads are named KIND_N_PID, the PID hexadecimal. */
static void
on_pad_added (GstElement *element, GstPad *pad, gpointer data)
{
  WeirTsDemux *self = data;
  const char *at = strrchr (GST_PAD_NAME (pad), '_');
  guint pid = at != NULL ? (guint) g_ascii_strtoull (at + 1, NULL, 16) : 0;

  for (guint kind = 0; kind < TRACKS; kind++)
    if (pid == weir_ts_guard_get_pid (self->guard, (WeirMediaKind) kind))
      link_track (&self->tracks[kind], pad);
}

static void
take_down (WeirTsDemux *self)
{
  for (guint i = 0; i < TRACKS; i++)
    unlink_track (&self->tracks[i]);
  if (self->push != NULL)
    gst_pad_set_active (self->push, FALSE);
  if (self->bin != NULL)
    gst_element_set_state (self->bin, GST_STATE_NULL);
  g_clear_pointer (&self->push, gst_object_unref);
  g_clear_pointer (&self->bin, gst_object_unref);
  self->tsdemux = NULL;
}

static void
set_up (WeirTsDemux *self)
{
  GstSegment segment;
  GstPad *sink;

  self->bin = gst_object_ref_sink (gst_bin_new (NULL));
  self->tsdemux = make (self->bin, "tsdemux");
  g_signal_connect (
      self->tsdemux, "pad-added", G_CALLBACK (on_pad_added), self);
  self->push = gst_object_ref_sink (gst_pad_new ("push", GST_PAD_SRC));
  sink = gst_element_get_static_pad (self->tsdemux, "sink");
  gst_pad_link (self->push, sink);
  gst_object_unref (sink);
  gst_pad_set_active (self->push, TRUE);
  gst_element_set_state (self->bin, GST_STATE_PLAYING);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->push, gst_event_new_stream_start ("srt"));
  gst_pad_push_event (self->push, gst_event_new_segment (&segment));
  for (guint i = 0; i < TRACKS; i++) {
    self->tracks[i].need_key = i == WEIR_MEDIA_VIDEO;
    self->tracks[i].timed = FALSE;
  }
  self->broken = FALSE;
}

static void
on_packets (const guint8 *packets, gsize size, gpointer data)
{
  WeirTsDemux *self = data;
  GstBuffer *buffer;
  GstFlowReturn flow;

  if (self->broken)
    return;
  buffer = gst_buffer_new_memdup (packets, size);
  GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = BASE_TIME;
  flow = gst_pad_push (self->push, buffer);
  if (flow != GST_FLOW_OK && flow != GST_FLOW_NOT_LINKED)
    self->broken = TRUE;
}

/* What the parser holds is whole: out with it before what comes after. */
static void
on_hole (WeirMediaKind kind, gpointer data)
{
  WeirTsDemux *self = data;
  Track *t = &self->tracks[kind];

  if (t->parser != NULL && !self->broken) {
    GstPad *sink = gst_element_get_static_pad (t->parser, "sink");

    gst_pad_send_event (
        sink, gst_event_new_gap (BASE_TIME, GST_CLOCK_TIME_NONE));
    gst_object_unref (sink);
  }
  t->need_key = kind == WEIR_MEDIA_VIDEO;
  t->discont = TRUE;
  t->zero = FALSE;
}

static void
on_program (const WeirTsPmt *pmt, gpointer data)
{
  WeirTsDemux *self = data;
  gboolean video = FALSE, sound = FALSE, carried = FALSE;

  self->changes++;
  for (guint i = 0; i < pmt->n_streams; i++) {
    video |= pmt->streams[i].video;
    sound |= pmt->streams[i].sound;
    carried |= pmt->streams[i].codec != WEIR_CODEC_NONE;
  }
  if (!carried)
    trouble (self, "no track of the programme can be carried");
  else if (video && weir_ts_pmt_find (pmt, WEIR_MEDIA_VIDEO) == NULL)
    trouble (self, "its pictures are of a kind that can't be carried: "
                   "H.264 and HEVC can");
  else if (sound && weir_ts_pmt_find (pmt, WEIR_MEDIA_AUDIO) == NULL)
    trouble (self, "its sound is of a kind that can't be carried: AAC in ADTS, "
                   "Opus, MP2, MP3 and AC-3 can");
}

static const WeirTsGuardFuncs guard_funcs = { on_packets, on_hole, on_program };

WeirTsDemux *
weir_ts_demux_new (guint program, const WeirTsDemuxFuncs *funcs, gpointer data)
{
  WeirTsDemux *self = g_new0 (WeirTsDemux, 1);

  self->funcs = funcs;
  self->data = data;
  self->guard = weir_ts_guard_new (program, &guard_funcs, self);
  for (guint i = 0; i < TRACKS; i++) {
    self->tracks[i].demux = self;
    self->tracks[i].kind = (WeirMediaKind) i;
  }
  set_up (self);
  return self;
}

void
weir_ts_demux_free (WeirTsDemux *demux)
{
  if (demux == NULL)
    return;
  take_down (demux);
  for (guint i = 0; i < TRACKS; i++)
    g_clear_pointer (&demux->tracks[i].config, g_bytes_unref);
  weir_ts_guard_free (demux->guard);
  g_free (demux);
}

static gboolean
over_limit (GError **error, const char *what)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT, "%s", what);
  return FALSE;
}

gboolean
weir_ts_demux_push (
    WeirTsDemux *demux, const guint8 *data, gsize size, GError **error)
{
  demux->barren_bytes += size;
  demux->forget_bytes += size;
  if (demux->forget_bytes >= WEIR_TS_BYTES_PER_CHANGE) {
    demux->forget_bytes = 0;
    if (demux->changes > 0)
      demux->changes--;
  }
  weir_ts_guard_push (demux->guard, data, size);
  for (guint i = 0; i < TRACKS; i++)
    if (demux->tracks[i].parser != NULL && holds_too_much (&demux->tracks[i]))
      flush (&demux->tracks[i]);
  if (demux->broken) {
    if (++demux->restarts > WEIR_TS_MAX_RESTARTS)
      return over_limit (error, "the demuxer gave up too often");
    take_down (demux);
    set_up (demux);
    weir_ts_guard_lost (demux->guard);
    for (guint i = 0; i < TRACKS; i++)
      demux->tracks[i].discont = TRUE;
  }
  if (demux->changes > WEIR_TS_MAX_CHANGES)
    return over_limit (error, "programme or configuration change too often");
  if (demux->barren_bytes > WEIR_TS_MAX_BARREN_BYTES)
    return over_limit (error, "no picture and no sound in all that came");
  if (demux->tracks[WEIR_MEDIA_VIDEO].barren_bytes > WEIR_TS_MAX_BARREN_BYTES)
    return over_limit (error, "no picture in all that came of its pictures");
  if (demux->tracks[WEIR_MEDIA_AUDIO].barren_bytes > WEIR_TS_MAX_BARREN_BYTES)
    return over_limit (error, "no sound in all that came of its sound");
  return TRUE;
}

void
weir_ts_demux_pass (WeirTsDemux *demux, gint64 us)
{
  weir_ts_guard_pass (demux->guard, us);
}

void
weir_ts_demux_lost (WeirTsDemux *demux)
{
  weir_ts_guard_lost (demux->guard);
}

void
weir_ts_demux_drain (WeirTsDemux *demux)
{
  if (!demux->broken)
    gst_pad_push_event (demux->push, gst_event_new_eos ());
}

void
weir_ts_demux_get_stats (const WeirTsDemux *demux, WeirTsDemuxStats *ret_stats)
{
  weir_ts_guard_get_stats (demux->guard, &ret_stats->guard);
  ret_stats->withheld = demux->withheld;
  ret_stats->restarts = demux->restarts;
}
