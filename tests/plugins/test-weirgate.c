/* weirgate between pads of ours: what goes in, what comes out, and when. It
 * runs on the pushing thread, so everything here is in order. */
#include <string.h>

#include <glib/gstdio.h>
#include <gst/gst.h>

#include "elements/elements.h"

#define FRAME (40 * GST_MSECOND)
#define GOP 25
#define DELAY (2 * GST_SECOND)

/* A slate's units: IDR and predicted pictures by their first bytes. */
static const guint8 slate_key[] = { 0, 0, 0, 3, 0x65, 0x88, 0x80 };
static const guint8 slate_next[] = { 0, 0, 0, 3, 0x41, 0x9a, 0x02 };
static const guint8 sei[] = { 0, 0, 0, 3, 0x06, 0x05, 0x80 };
static const guint8 silence[] = { 0x21, 0, 0, 0, 0, 0x1c };

typedef struct {
  GstPad *push; /* ours */
  GstPad *take; /* ours */
  GQueue out;   /* GstBuffer */
  GQueue caps;  /* GstCaps, in the order they came */
  guint eos;
  guint segments;
  guint n; /* buffers pushed */
} Way;

typedef struct {
  GstElement *gate;
  GstBus *bus;
  Way video;
  Way audio;
  GstPad *slate_push;
} Test;

static GstFlowReturn
on_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  Way *way = gst_pad_get_element_private (pad);

  g_assert_cmpuint (way->segments, >, 0);
  g_assert_false (g_queue_is_empty (&way->caps));
  g_queue_push_tail (&way->out, buffer);
  return GST_FLOW_OK;
}

static gboolean
on_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  Way *way = gst_pad_get_element_private (pad);
  const GstSegment *segment;
  GstCaps *caps;

  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_CAPS:
    gst_event_parse_caps (event, &caps);
    g_queue_push_tail (&way->caps, gst_caps_ref (caps));
    break;
  case GST_EVENT_SEGMENT:
    gst_event_parse_segment (event, &segment);
    g_assert_cmpuint (segment->start, ==, 0);
    way->segments++;
    break;
  case GST_EVENT_EOS:
    way->eos++;
    break;
  default:
    break;
  }
  gst_event_unref (event);
  return TRUE;
}

static GstBuffer *
load_file (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, name, NULL);
  char *data;
  gsize size;

  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  return gst_buffer_new_wrapped (data, size);
}

static GstCaps *
video_caps (void)
{
  g_autoptr (GstBuffer) avcc = load_file ("bbb_320x180.avcc");

  return gst_caps_new_simple ("video/x-h264", "stream-format", G_TYPE_STRING,
      "avc", "alignment", G_TYPE_STRING, "au", "codec_data", GST_TYPE_BUFFER,
      avcc, "note", G_TYPE_STRING, "content", NULL);
}

static GstCaps *
audio_caps (void)
{
  g_autoptr (GstBuffer) asc = gst_buffer_new_memdup ("\x12\x10", 2);

  return gst_caps_new_simple ("audio/mpeg", "mpegversion", G_TYPE_INT, 4,
      "stream-format", G_TYPE_STRING, "raw", "codec_data", GST_TYPE_BUFFER, asc,
      NULL);
}

static void
begin_stream (GstPad *pad, GstCaps *caps, GstClockTime start)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.time = start;
  g_assert_true (gst_pad_push_event (pad, gst_event_new_stream_start ("t")));
  g_assert_true (gst_pad_push_event (pad, gst_event_new_caps (caps)));
  g_assert_true (gst_pad_push_event (pad, gst_event_new_segment (&segment)));
  gst_caps_unref (caps);
}

static GstStaticPadTemplate any_sink = GST_STATIC_PAD_TEMPLATE (
    "take", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static void
connect (Test *t, Way *way, const char *sink, const char *src, GstCaps *caps)
{
  g_autoptr (GstPad) in = gst_element_request_pad_simple (t->gate, sink);
  g_autoptr (GstPad) out = gst_element_get_static_pad (t->gate, src);

  g_assert_nonnull (in);
  g_assert_nonnull (out);
  way->push = gst_pad_new ("push", GST_PAD_SRC);
  way->take = gst_pad_new_from_static_template (&any_sink, "take");
  gst_pad_set_element_private (way->take, way);
  gst_pad_set_chain_function (way->take, on_buffer);
  gst_pad_set_event_function (way->take, on_event);
  gst_pad_set_active (way->take, TRUE);
  gst_pad_set_active (way->push, TRUE);
  g_assert_cmpint (gst_pad_link (out, way->take), ==, GST_PAD_LINK_OK);
  g_assert_cmpint (gst_pad_link (way->push, in), ==, GST_PAD_LINK_OK);
  begin_stream (way->push, caps, 0);
}

static void
set_up (Test *t, gconstpointer data)
{
  *t = (Test){ .gate = gst_element_factory_make ("weirgate", NULL) };
  g_assert_nonnull (t->gate);
  gst_object_ref_sink (t->gate);
  g_object_set (t->gate, "delay", (guint64) DELAY, NULL);
  t->bus = gst_bus_new ();
  gst_element_set_bus (t->gate, t->bus);
  g_assert_cmpint (gst_element_set_state (t->gate, GST_STATE_PLAYING), ==,
      GST_STATE_CHANGE_SUCCESS);
  connect (t, &t->video, "video_sink", "video_src", video_caps ());
  connect (t, &t->audio, "audio_sink", "audio_src", audio_caps ());
}

static void
disconnect (Test *t, Way *way)
{
  g_autoptr (GstPad) in = gst_pad_get_peer (way->push);
  g_autoptr (GstPad) out = gst_pad_get_peer (way->take);

  gst_pad_unlink (way->push, in);
  gst_pad_unlink (out, way->take);
  gst_element_release_request_pad (t->gate, in);
  gst_object_unref (way->push);
  gst_object_unref (way->take);
  g_queue_clear_full (&way->out, (GDestroyNotify) gst_buffer_unref);
  g_queue_clear_full (&way->caps, (GDestroyNotify) gst_caps_unref);
}

static void
tear_down (Test *t, gconstpointer data)
{
  gst_element_set_state (t->gate, GST_STATE_NULL);
  disconnect (t, &t->video);
  disconnect (t, &t->audio);
  if (t->slate_push != NULL)
    gst_object_unref (t->slate_push);
  g_assert_cmpuint (GST_ELEMENT (t->gate)->numsrcpads, ==, 0);
  gst_element_set_bus (t->gate, NULL);
  gst_object_unref (t->bus);
  g_assert_cmpuint (G_OBJECT (t->gate)->ref_count, ==, 1);
  gst_object_unref (t->gate);
}

/* Its number stands in the bytes. */
static GstBuffer *
make_buffer (Way *way, char kind)
{
  g_autofree char *text = g_strdup_printf ("content %c %06u", kind, way->n);
  GstBuffer *buffer = gst_buffer_new_memdup (text, strlen (text));

  GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = way->n * FRAME + 333;
  return buffer;
}

static void
push_track (Way *way, char kind, guint n)
{
  while (n-- > 0) {
    GstBuffer *buffer = make_buffer (way, kind);

    if (way->n++ % GOP != 0 && kind == 'v')
      GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    g_assert_cmpint (gst_pad_push (way->push, buffer), ==, GST_FLOW_OK);
  }
}

/* N pictures and as much sound, a key frame first of every GOP. */
static void
push_some (Test *t, guint n)
{
  while (n-- > 0) {
    push_track (&t->video, 'v', 1);
    push_track (&t->audio, 'a', 1);
  }
}

static void
push_eos (Test *t)
{
  gst_pad_push_event (t->video.push, gst_event_new_eos ());
  gst_pad_push_event (t->audio.push, gst_event_new_eos ());
}

/* Three pictures with an SEI before the first, as encoders write it. */
static void
push_slate (Test *t)
{
  g_autoptr (GstPad) in =
      gst_element_request_pad_simple (t->gate, "slate_sink");
  GstBuffer *key = gst_buffer_new_memdup (sei, sizeof sei);

  g_assert_nonnull (in);
  gst_buffer_append_memory (key,
      gst_memory_new_wrapped (GST_MEMORY_FLAG_READONLY, (gpointer) slate_key,
          sizeof slate_key, 0, sizeof slate_key, NULL, NULL));
  t->slate_push = gst_pad_new ("slate", GST_PAD_SRC);
  gst_pad_set_active (t->slate_push, TRUE);
  g_assert_cmpint (gst_pad_link (t->slate_push, in), ==, GST_PAD_LINK_OK);
  begin_stream (t->slate_push, video_caps (), 0);
  gst_pad_push (t->slate_push, key);
  for (guint i = 0; i < 2; i++)
    gst_pad_push (
        t->slate_push, gst_buffer_new_memdup (slate_next, sizeof slate_next));
  gst_pad_push_event (t->slate_push, gst_event_new_eos ());
}

static gboolean
is_content (GstBuffer *buffer)
{
  return gst_buffer_memcmp (buffer, 0, "content", 7) == 0;
}

/* The number in it. */
static guint
number (GstBuffer *buffer)
{
  char text[7] = "";

  g_assert_true (is_content (buffer));
  gst_buffer_extract (buffer, 10, text, 6);
  return (guint) atoi (text);
}

static GstBuffer *
take (Way *way)
{
  GstBuffer *buffer = g_queue_pop_head (&way->out);

  g_assert_nonnull (buffer);
  return buffer;
}

/* Strictly rising, and no gap beyond two frames. */
static void
assert_times (const Way *way)
{
  GstClockTime last = GST_CLOCK_TIME_NONE;

  for (GList *l = way->out.head; l != NULL; l = l->next) {
    GstClockTime dts = GST_BUFFER_DTS (GST_BUFFER (l->data));

    if (GST_CLOCK_TIME_IS_VALID (last)) {
      g_assert_cmpuint (dts, >, last);
      g_assert_cmpuint (dts - last, <=, 2 * FRAME + GST_MSECOND);
    }
    last = dts;
  }
}

static guint
count_content (const Way *way)
{
  guint n = 0;

  for (GList *l = way->out.head; l != NULL; l = l->next)
    n += is_content (l->data);
  return n;
}

static void
assert_state (Test *t, const char *state, const char *shows)
{
  g_autofree char *is = NULL;
  g_autofree char *shown = NULL;

  g_object_get (t->gate, "state", &is, "shows", &shown, NULL);
  g_assert_cmpstr (is, ==, state);
  g_assert_cmpstr (shown, ==, shows);
}

/* Emits a command without arguments; it must be taken. */
static GstStructure *
command (Test *t, const char *name)
{
  GstStructure *answer = NULL;

  g_signal_emit_by_name (t->gate, name, &answer);
  g_assert_nonnull (answer);
  return answer;
}

static void
command_only (Test *t, const char *name)
{
  gst_structure_free (command (t, name));
}

static gint64
field (const GstStructure *s, const char *name)
{
  gint64 v;

  g_assert_true (gst_structure_get_int64 (s, name, &v));
  return v;
}

/* Held for the delay, then as it came, to the nanosecond. */
static void
test_delay (Test *t, gconstpointer data)
{
  push_some (t, 50);
  g_assert_cmpuint (t->video.out.length, ==, 0);
  assert_state (t, "pass", "nothing");
  push_some (t, 50);
  g_assert_cmpuint (t->video.out.length, ==, 50);
  g_assert_cmpuint (t->audio.out.length, >=, 49);
  assert_state (t, "pass", "content");
  push_eos (t);
  g_assert_cmpuint (t->video.out.length, ==, 100);
  g_assert_cmpuint (t->audio.out.length, ==, 100);
  g_assert_cmpuint (t->video.eos, ==, 1);
  g_assert_cmpuint (t->audio.eos, ==, 1);
  g_assert_cmpuint (t->video.caps.length, ==, 1);
  for (guint i = 0; i < 100; i++) {
    g_autoptr (GstBuffer) v = take (&t->video);
    g_autoptr (GstBuffer) a = take (&t->audio);

    g_assert_cmpuint (number (v), ==, i);
    g_assert_cmpuint (number (a), ==, i);
    g_assert_cmpuint (GST_BUFFER_PTS (v), ==, i * FRAME + 333);
    g_assert_cmpuint (GST_BUFFER_DTS (a), ==, i * FRAME + 333);
    g_assert_true (GST_BUFFER_FLAG_IS_SET (v, GST_BUFFER_FLAG_DELTA_UNIT)
                   == (i % GOP != 0));
  }
}

/* A track that ends early keeps nobody waiting. */
static void
test_one_ends (Test *t, gconstpointer data)
{
  push_some (t, 10);
  gst_pad_push_event (t->audio.push, gst_event_new_eos ());
  g_assert_cmpuint (t->audio.eos, ==, 0);
  push_track (&t->video, 'v', 70);
  g_assert_cmpuint (t->audio.out.length, ==, 10);
  g_assert_cmpuint (t->audio.eos, ==, 1);
  g_assert_cmpuint (t->video.eos, ==, 0);
  gst_pad_push_event (t->video.push, gst_event_new_eos ());
  g_assert_cmpuint (t->video.out.length, ==, 80);
  g_assert_cmpuint (t->video.eos, ==, 1);
  g_assert_cmpuint (t->audio.eos, ==, 1);
}

/* Pictures come a second before their sound, and leave with it. */
static void
test_interleaves (Test *t, gconstpointer data)
{
  GstEvent *gap;

  push_track (&t->video, 'v', 25);
  for (guint i = 0; i < 8; i++) {
    push_track (&t->audio, 'a', 25);
    push_track (&t->video, 'v', 25);
    g_assert_cmpuint (t->video.out.length, <=, t->audio.out.length + 1);
  }
  g_assert_cmpuint (t->audio.out.length, >, 100);
  /* Two seconds behind, it is not waited for any more; nor when it says that
   * nothing comes. */
  push_track (&t->video, 'v', 125);
  g_assert_cmpuint (t->video.out.length, >=, 290);
  gap = gst_event_new_gap (t->video.n * FRAME, FRAME);
  gst_pad_push_event (t->audio.push, gap);
  g_assert_cmpuint (t->video.out.length, >=, 299);
  g_assert_cmpuint (t->audio.out.length, ==, 200);
}

static gpointer
push_video (gpointer data)
{
  push_track (&((Test *) data)->video, 'v', 2000);
  return NULL;
}

static gpointer
push_audio (gpointer data)
{
  push_track (&((Test *) data)->audio, 'a', 2000);
  return NULL;
}

/* Tracks on threads of their own, commands on a third. */
static void
test_threads (Test *t, gconstpointer data)
{
  GThread *video, *audio;

  push_slate (t);
  video = g_thread_new ("video", push_video, t);
  audio = g_thread_new ("audio", push_audio, t);
  for (guint i = 0; i < 200; i++) {
    command_only (t, i % 4 == 0 ? "blank" : i % 4 == 1 ? "mute" : "unmute");
    command_only (t, "resume");
    g_thread_yield ();
  }
  g_thread_join (video);
  g_thread_join (audio);
  push_eos (t);
  assert_times (&t->video);
  assert_times (&t->audio);
  g_assert_cmpuint (t->video.out.length, ==, 2000);
}

static void
test_blank (Test *t, gconstpointer data)
{
  g_autoptr (GstStructure) answer = NULL;
  guint before, slates = 0;
  GstCaps *caps;

  push_slate (t);
  push_some (t, 60);
  before = t->video.out.length;
  answer = command (t, "blank");
  g_assert_cmpint (field (answer, "from"), >=,
      (gint64) ((before - 1) * FRAME / GST_MSECOND * GST_MSECOND));
  push_some (t, 60);
  assert_state (t, "blank", "slate");
  command_only (t, "blank"); /* again */
  command_only (t, "resume");
  push_some (t, 60);
  assert_state (t, "pass", "content");
  push_eos (t);
  assert_times (&t->video);
  assert_times (&t->audio);
  g_assert_cmpuint (t->video.out.length, ==, 180);
  /* Content's caps, the slate's, content's. */
  g_assert_cmpuint (t->video.caps.length, ==, 3);
  caps = g_queue_peek_nth (&t->video.caps, 1);
  g_assert_false (
      gst_structure_has_field (gst_caps_get_structure (caps, 0), "note"));
  g_assert_true (
      gst_structure_has_field (gst_caps_get_structure (caps, 0), "codec_data"));
  g_assert_true (gst_caps_is_equal (g_queue_peek_nth (&t->video.caps, 0),
      g_queue_peek_nth (&t->video.caps, 2)));
  for (guint i = 0; i < 180; i++) {
    g_autoptr (GstBuffer) v = take (&t->video);

    if (i < before) {
      g_assert_cmpuint (number (v), ==, i);
    } else if (!is_content (v)) {
      gboolean key = slates++ % 3 == 0;

      g_assert_cmpint (gst_buffer_memcmp (v, 0, key ? slate_key : slate_next,
                           sizeof slate_key),
          ==, 0);
      g_assert_cmpuint (gst_buffer_get_size (v), ==, sizeof slate_key);
      g_assert_true (
          GST_BUFFER_FLAG_IS_SET (v, GST_BUFFER_FLAG_DELTA_UNIT) == !key);
    } else {
      /* From the key frame on, everything. */
      g_assert_cmpuint (number (v), ==, i);
      g_assert_cmpuint (number (v) % GOP, ==, 0);
      break;
    }
  }
  g_assert_cmpuint (slates, >=, 60);
}

/* Without a slate pictures are missing; sound is silent all the same. */
static void
test_blank_without_slate (Test *t, gconstpointer data)
{
  guint silent = 0;

  push_some (t, 60);
  command_only (t, "blank");
  push_some (t, 60);
  assert_state (t, "blank", "nothing");
  push_eos (t);
  assert_times (&t->audio);
  g_assert_cmpuint (t->video.out.length, <=, 11);
  for (GList *l = t->audio.out.head; l != NULL; l = l->next)
    if (!is_content (l->data)) {
      g_assert_cmpint (
          gst_buffer_memcmp (l->data, 0, silence, sizeof silence), ==, 0);
      silent++;
    }
  g_assert_cmpuint (silent, >=, 100);
  g_assert_cmpuint (t->audio.caps.length, ==, 1);
}

static void
test_mute (Test *t, gconstpointer data)
{
  gboolean muted;

  push_some (t, 60);
  command_only (t, "mute");
  g_object_get (t->gate, "muted", &muted, NULL);
  g_assert_true (muted);
  push_some (t, 60);
  command_only (t, "unmute");
  push_some (t, 60);
  push_eos (t);
  g_assert_cmpuint (count_content (&t->video), ==, 180);
  g_assert_cmpuint (t->audio.out.length, ==, 180);
  g_assert_cmpuint (count_content (&t->audio), <=, 122);
  g_assert_cmpuint (count_content (&t->audio), >=, 118);
  assert_times (&t->audio);
}

static void
test_redact (Test *t, gconstpointer data)
{
  g_autoptr (GstStructure) answer = NULL;

  push_slate (t);
  push_some (t, 60);
  /* All of it is still in the window: pictures 30 to 49. */
  g_signal_emit_by_name (t->gate, "redact", (guint64) (30 * FRAME),
      (guint64) (50 * FRAME), &answer);
  g_assert_nonnull (answer);
  push_some (t, 60);
  push_eos (t);
  assert_times (&t->video);
  g_assert_cmpuint (t->video.out.length, ==, 120);
  for (guint i = 0; i < 120; i++) {
    g_autoptr (GstBuffer) v = take (&t->video);

    g_assert_true (is_content (v) == (i < 30 || i >= 50));
  }
}

static void
test_refused (Test *t, gconstpointer data)
{
  GstStructure *answer = NULL;

  push_some (t, 10);
  g_signal_emit_by_name (
      t->gate, "redact", (guint64) GST_SECOND, (guint64) GST_SECOND, &answer);
  g_assert_null (answer);
  g_signal_emit_by_name (t->gate, "redact", (guint64) GST_CLOCK_TIME_NONE,
      (guint64) GST_CLOCK_TIME_NONE, &answer);
  g_assert_null (answer);
  g_signal_emit_by_name (t->gate, "cut", (guint64) 0, &answer);
  g_assert_nonnull (answer);
  gst_structure_free (g_steal_pointer (&answer));
  g_signal_emit_by_name (t->gate, "blank", &answer);
  g_assert_null (answer);
  assert_state (t, "cut", "nothing");
}

static void
test_dump_and_cut (Test *t, gconstpointer data)
{
  GstStructure *answer = NULL;
  g_autoptr (GstStructure) stats = NULL;
  guint64 exposure;
  guint sent, withheld;

  push_slate (t);
  push_some (t, 75);
  sent = t->video.out.length;
  g_signal_emit_by_name (t->gate, "dump", (guint64) 0, &answer);
  g_assert_nonnull (answer);
  gst_structure_free (g_steal_pointer (&answer));
  push_some (t, 75);
  assert_times (&t->video);
  withheld = 75 - sent;
  g_assert_cmpuint (
      count_content (&t->video), ==, t->video.out.length - withheld);
  g_signal_emit_by_name (t->gate, "cut", (guint64) 0, &answer);
  g_assert_nonnull (answer);
  gst_structure_free (g_steal_pointer (&answer));
  sent = t->video.out.length;
  push_some (t, 75);
  push_eos (t);
  g_assert_cmpuint (t->video.out.length, ==, sent);
  g_assert_cmpuint (t->video.eos, ==, 1);
  g_object_get (t->gate, "exposure", &exposure, "stats", &stats, NULL);
  g_assert_cmpuint (exposure, ==, 0);
  g_assert_true (gst_structure_has_field (stats, "held-bytes"));
}

/* Longer: the slate fills the time. Shorter: it jumps to a key frame. Time
 * goes on. */
static void
test_set_delay (Test *t, gconstpointer data)
{
  GstStructure *answer = NULL;
  guint64 delay;

  push_slate (t);
  push_some (t, 100);
  g_signal_emit_by_name (
      t->gate, "set-delay", (guint64) (4 * GST_SECOND), &answer);
  g_assert_nonnull (answer);
  gst_structure_free (g_steal_pointer (&answer));
  g_object_get (t->gate, "delay", &delay, NULL);
  g_assert_cmpuint (delay, ==, 4 * GST_SECOND);
  push_some (t, 100);
  g_assert_cmpuint (count_content (&t->video), <, 110);
  g_object_set (t->gate, "delay", (guint64) GST_SECOND, NULL);
  push_some (t, 100);
  assert_times (&t->video);
  assert_times (&t->audio);
  assert_state (t, "pass", "content");
  g_assert_cmpuint (number (g_queue_peek_tail (&t->video.out)), >=, 270);
  push_eos (t);
}

static void
test_flush (Test *t, gconstpointer data)
{
  push_some (t, 100);
  g_assert_cmpuint (t->video.out.length, >, 0);
  for (guint i = 0; i < 2; i++) {
    Way *way = i == 0 ? &t->video : &t->audio;

    gst_pad_push_event (way->push, gst_event_new_flush_start ());
    gst_pad_push_event (way->push, gst_event_new_flush_stop (TRUE));
    g_queue_clear_full (&way->out, (GDestroyNotify) gst_buffer_unref);
    way->n = 0;
  }
  begin_stream (t->video.push, video_caps (), 0);
  begin_stream (t->audio.push, audio_caps (), 0);
  push_some (t, 100);
  g_assert_cmpuint (t->video.out.length, ==, 50);
  g_assert_cmpuint (number (g_queue_peek_head (&t->video.out)), ==, 0);
  g_assert_cmpuint (t->video.segments, ==, 2);
}

static void
test_broken_caps (Test *t, gconstpointer data)
{
  g_autoptr (GstBuffer) wrong = gst_buffer_new_memdup ("xyz", 3);
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("video/x-h264",
      "stream-format", G_TYPE_STRING, "avc", "alignment", G_TYPE_STRING, "au",
      "codec_data", GST_TYPE_BUFFER, wrong, NULL);
  g_autoptr (GstCaps) bare =
      gst_caps_new_simple ("video/x-h264", "stream-format", G_TYPE_STRING,
          "avc", "alignment", G_TYPE_STRING, "au", NULL);

  gst_pad_push_event (t->video.push, gst_event_new_caps (caps));
  g_assert_cmpint (gst_pad_push (t->video.push, make_buffer (&t->video, 'v')),
      ==, GST_FLOW_NOT_NEGOTIATED);
  gst_pad_push_event (t->video.push, gst_event_new_caps (bare));
  g_assert_cmpint (gst_pad_push (t->video.push, make_buffer (&t->video, 'v')),
      ==, GST_FLOW_NOT_NEGOTIATED);
}

static gboolean
has_message (Test *t, GstMessageType type, const char *name)
{
  gboolean found = FALSE;
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (t->bus, type)) != NULL) {
    const GstStructure *s = gst_message_get_structure (message);

    found = found || name == NULL || gst_structure_has_name (s, name);
    gst_message_unref (message);
  }
  return found;
}

static void
test_messages (Test *t, gconstpointer data)
{
  g_autoptr (GstPad) in = NULL;

  push_slate (t);
  g_assert_true (has_message (t, GST_MESSAGE_ELEMENT, "weir-slate"));
  push_some (t, 60);
  g_assert_true (has_message (t, GST_MESSAGE_ELEMENT, "weir-gate"));
  /* No IDR picture first. */
  begin_stream (t->slate_push, video_caps (), 0);
  gst_pad_push (
      t->slate_push, gst_buffer_new_memdup (slate_next, sizeof slate_next));
  gst_pad_push_event (t->slate_push, gst_event_new_eos ());
  g_assert_true (has_message (t, GST_MESSAGE_WARNING, NULL));
}

/* Released and asked for again, with data held. */
static void
test_pads_come_and_go (Test *t, gconstpointer data)
{
  push_some (t, 60);
  disconnect (t, &t->audio);
  t->audio = (Way){ 0 };
  push_slate (t);
  connect (t, &t->audio, "audio_sink", "audio_src", audio_caps ());
  t->audio.n = t->video.n;
  push_some (t, 60);
  push_eos (t);
  g_assert_cmpuint (t->video.out.length, ==, 120);
  g_assert_cmpuint (t->audio.out.length, >=, 60);
}

static void
test_restart (Test *t, gconstpointer data)
{
  push_some (t, 60);
  command_only (t, "blank");
  gst_element_set_state (t->gate, GST_STATE_READY);
  gst_element_set_state (t->gate, GST_STATE_PLAYING);
  assert_state (t, "pass", "nothing");
  g_queue_clear_full (&t->video.out, (GDestroyNotify) gst_buffer_unref);
  t->video.n = t->audio.n = 0;
  begin_stream (t->video.push, video_caps (), 0);
  begin_stream (t->audio.push, audio_caps (), 0);
  push_some (t, 60);
  g_assert_cmpuint (t->video.out.length, ==, 10);
}

static gboolean
on_latency (GstPad *pad, GstObject *parent, GstQuery *query)
{
  gst_query_set_latency (query, TRUE, 10 * GST_MSECOND, 20 * GST_MSECOND);
  return TRUE;
}

static void
test_latency (Test *t, gconstpointer data)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  GstClockTime min, max;
  gboolean live;

  gst_pad_set_query_function (t->video.push, on_latency);
  g_assert_true (gst_pad_peer_query (t->video.take, query));
  gst_query_parse_latency (query, &live, &min, &max);
  g_assert_true (live);
  g_assert_cmpuint (min, ==, DELAY + 10 * GST_MSECOND);
  g_assert_cmpuint (max, ==, DELAY + 20 * GST_MSECOND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("GST_PLUGIN_PATH_1_0"); /* the built-in one is tested */
  gst_init (&argc, &argv);
  g_assert_true (gst_weir_elements_register (NULL));
#define ADD(name, func)                                                        \
  g_test_add ("/plugins/weirgate/" name, Test, NULL, set_up, func, tear_down)
  ADD ("delay", test_delay);
  ADD ("one-ends", test_one_ends);
  ADD ("interleaves", test_interleaves);
  ADD ("threads", test_threads);
  ADD ("blank", test_blank);
  ADD ("blank-without-slate", test_blank_without_slate);
  ADD ("mute", test_mute);
  ADD ("redact", test_redact);
  ADD ("refused", test_refused);
  ADD ("dump-and-cut", test_dump_and_cut);
  ADD ("set-delay", test_set_delay);
  ADD ("flush", test_flush);
  ADD ("broken-caps", test_broken_caps);
  ADD ("messages", test_messages);
  ADD ("pads-come-and-go", test_pads_come_and_go);
  ADD ("restart", test_restart);
  ADD ("latency", test_latency);
  return g_test_run ();
}
