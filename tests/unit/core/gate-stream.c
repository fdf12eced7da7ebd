/* An encoder, a publisher and a network, all of them random. */
#include "gate-stream.h"

#include "core/silence.h"

#include <string.h>

static const guint8 magic[8] = "content!";

/* 64 x 64, from x264. */
static const guint8 avcc[] = { 0x01, 0x64, 0x10, 0x0a, 0xff, 0xe1, 0x00, 0x13,
  0x67, 0x64, 0x10, 0x0a, 0xac, 0xb8, 0x84, 0xd8, 0x08, 0x80, 0x00, 0x00, 0x03,
  0x00, 0x80, 0x00, 0x00, 0x19, 0x02, 0x01, 0x00, 0x05, 0x68, 0xee, 0x0f, 0x2c,
  0x8b, 0xfd, 0xf8, 0xf8, 0x00 };
static const guint8 av1c[] = { 0x81, 5, 12, 0 };
/* AAC-LC, 48 kHz, stereo. */
static const guint8 asc[] = { 0x11, 0x90 };

#define IDR "\0\0\0\3\x65\x88\x80"
#define P "\0\0\0\3\x41\x9a\x02"

/* SplitMix64 */
static guint64
draw (GateStream *s)
{
  guint64 z = s->random += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ z >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ z >> 31;
}

guint
gate_stream_below (GateStream *s, guint limit)
{
  return (guint) (draw (s) % limit);
}

#define below(s, limit) gate_stream_below (s, limit)
#define chance(s, per_cent) (below (s, 100) < (per_cent))

static WeirSlate *
make_slate (guint n)
{
  g_autoptr (WeirCodecConfig) config =
      weir_codec_config_new (WEIR_CODEC_H264, avcc, sizeof avcc, NULL);
  g_autoptr (GPtrArray) units =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  WeirSlate *slate;

  g_ptr_array_add (units, g_bytes_new (IDR, sizeof IDR - 1));
  while (units->len < n)
    g_ptr_array_add (units, g_bytes_new (P, sizeof P - 1));
  slate = weir_slate_new (config, (GBytes *const *) units->pdata, units->len,
      GATE_STREAM_SLATE_MS * 1000, NULL);
  g_assert_nonnull (slate);
  return slate;
}

static WeirCodecConfig *
make_config (GateStream *s, WeirCodec codec)
{
  WeirCodecConfig *config;
  guint8 data[64];
  gsize size;

  switch (codec) {
  case WEIR_CODEC_H264:
    size = sizeof avcc;
    memcpy (data, avcc, size);
    break;
  case WEIR_CODEC_AV1:
    size = sizeof av1c;
    memcpy (data, av1c, size);
    break;
  case WEIR_CODEC_AAC:
    size = sizeof asc;
    memcpy (data, asc, size);
    break;
  default:
    size = 0;
  }
  config = weir_codec_config_new (codec, data, size, NULL);
  g_assert_nonnull (config);
  g_ptr_array_add (s->configs, config);
  return config;
}

static WeirCodecConfig *
config_of (GateStream *s, WeirCodec codec)
{
  for (guint i = s->configs->len; i-- > 0;) {
    WeirCodecConfig *config = g_ptr_array_index (s->configs, i);

    if (config->codec == codec)
      return config;
  }
  return make_config (s, codec);
}

static void
take (GateStream *s, WeirMediaKind kind, gint64 dts_ms, gint64 pts_ms,
    gboolean key)
{
  WeirCodec codec = kind == WEIR_MEDIA_VIDEO   ? s->video
                    : kind == WEIR_MEDIA_AUDIO ? s->audio
                                               : WEIR_CODEC_METADATA;
  gsize size = sizeof magic + 8 + below (s, 400);
  guint64 seq = s->packets->len;
  SourcePacket note;
  WeirPacket packet;

  if (s->broken > 0 && kind != WEIR_MEDIA_DATA && chance (s, s->broken)) {
    gint64 by_ms = below (s, 100);

    switch (kind == WEIR_MEDIA_VIDEO ? below (s, 3) : 0) {
    case 0:
      dts_ms = MAX (dts_ms - by_ms, 0);
      if (kind == WEIR_MEDIA_AUDIO)
        pts_ms = dts_ms;
      break;
    case 1: /* negative composition offset */
      pts_ms = MAX (dts_ms - by_ms, 0);
      break;
    default: /* a wild one */
      pts_ms = dts_ms + by_ms * 20;
    }
  }
  packet = (WeirPacket){ .dts_ms = dts_ms,
    .pts_ms = pts_ms,
    .arrival_us = s->now_us,
    .kind = (guint8) kind,
    .codec = (guint8) codec,
    .flags = key ? WEIR_PACKET_KEY : 0 };
  if (!s->steady && kind == WEIR_MEDIA_VIDEO && below (s, 300) == 0)
    packet.flags |= WEIR_PACKET_DISCONT;
  if (!s->steady && below (s, 400) == 0)
    packet.flags |= WEIR_PACKET_MISSING;
  if (kind != WEIR_MEDIA_DATA) {
    WeirCodecConfig *config = config_of (s, codec);

    if (!s->steady && below (s, 300) == 0)
      config = make_config (s, codec);
    packet.config = weir_codec_config_ref (config);
  }
  packet.payload = weir_arena_alloc (s->arena, size);
  memcpy (packet.payload.data, magic, sizeof magic);
  memcpy (packet.payload.data + sizeof magic, &seq, sizeof seq);
  note = (SourcePacket){ .dts_ms = dts_ms,
    .pts_ms = pts_ms,
    .config = packet.config,
    .kind = (guint8) kind,
    .key = key,
    .missing = (packet.flags & WEIR_PACKET_MISSING) != 0 };
  g_array_append_val (s->packets, note);
  s->newest_ms = MAX (s->newest_ms, pts_ms);
  if (kind == WEIR_MEDIA_VIDEO)
    s->first_video = MIN (s->first_video, seq);
  g_assert_cmpuint (weir_window_take (s->window, &packet), ==, seq);
}

/* One group is a reference and REORDER pictures shown before it. A key frame
 * stands alone, or with an open GOP takes the place of a reference. */
static void
feed_picture (GateStream *s)
{
  gint64 ahead = s->reorder > 0 ? 1 : 0;
  gboolean begins = s->in_group == 0;
  gboolean key = begins && s->gop > 0 && s->groups % s->gop == 0;
  gint64 dts_ms = s->next_video_ms;
  gint64 shown;

  if (s->video_n == 0 || (key && !s->open_gop)) {
    s->shown_n += s->video_n > 0;
    shown = s->shown_n;
    s->groups++;
  } else if (begins) {
    s->shown_n += s->reorder + 1;
    shown = s->shown_n;
    s->in_group = s->reorder;
    s->groups++;
  } else {
    shown = s->shown_n - s->in_group;
    s->in_group--;
  }
  take (s, WEIR_MEDIA_VIDEO, dts_ms,
      dts_ms + (shown + ahead - s->video_n) * s->video_ms, key);
  s->video_n++;
  s->next_video_ms += s->video_ms;
}

static void
feed_sound (GateStream *s)
{
  take (s, WEIR_MEDIA_AUDIO, s->next_audio_ms, s->next_audio_ms, FALSE);
  s->audio_n++;
  s->next_audio_ms += s->audio_ms;
}

static void
go_wrong (GateStream *s)
{
  gint64 gap_ms = below (s, 2000);

  switch (below (s, 4)) {
  case 0:
    s->next_audio_ms += gap_ms;
    break;
  case 1:
    s->next_video_ms += gap_ms;
    s->next_audio_ms += gap_ms;
    break;
  case 2:
    s->speed = 50 + below (s, 200);
    break;
  default:
    s->clock_us += gap_ms * 500; /* a burst */
  }
}

void
gate_stream_feed (GateStream *s, guint ms)
{
  s->now_us += ms * 1000;
  s->clock_us += ms * 10 * s->speed;
  if (!s->steady && below (s, 150) == 0)
    go_wrong (s);
  for (;;) {
    gint64 video_ms = s->has_video ? s->next_video_ms : G_MAXINT64;
    gint64 audio_ms = s->has_audio ? s->next_audio_ms + s->skew_ms : G_MAXINT64;

    if (MIN (video_ms, audio_ms) * 1000 > s->clock_us)
      break;
    if (video_ms <= audio_ms)
      feed_picture (s);
    else
      feed_sound (s);
    if (below (s, 60) == 0) {
      gint64 back_ms = below (s, 50);
      gint64 at_ms = MAX (s->newest_ms - back_ms, 0);

      take (s, WEIR_MEDIA_DATA, at_ms, at_ms, chance (s, 50));
    }
  }
}

void
gate_stream_init (GateStream *s, guint64 seed)
{
  static const WeirCodec sounds[] = { WEIR_CODEC_AAC, WEIR_CODEC_AAC,
    WEIR_CODEC_OPUS, WEIR_CODEC_MP3 };
  guint shape;

  *s = (GateStream){ .seed = seed, .random = seed, .first_video = G_MAXUINT64 };
  s->arena = weir_arena_new ();
  s->window = weir_window_new ();
  s->packets = g_array_new (FALSE, FALSE, sizeof (SourcePacket));
  s->configs =
      g_ptr_array_new_with_free_func ((GDestroyNotify) weir_codec_config_unref);
  shape = below (s, 12);
  s->has_video = shape != 0;
  s->has_audio = shape != 1;
  s->steady = chance (s, 50);
  s->broken = s->steady || chance (s, 50) ? 0 : 1 + below (s, 10);
  s->video = chance (s, 80) ? WEIR_CODEC_H264 : WEIR_CODEC_AV1;
  s->audio = sounds[below (s, G_N_ELEMENTS (sounds))];
  s->has_silence = s->audio != WEIR_CODEC_MP3;
  s->video_ms = 10 + below (s, 40);
  s->audio_ms = s->audio == WEIR_CODEC_AAC ? 21 : 20;
  s->gop = shape == 2 ? 0 : 1 + below (s, shape == 3 ? 300 : 30);
  s->reorder = below (s, 4);
  s->open_gop = s->reorder > 0 && chance (s, 30);
  s->speed = chance (s, 80) ? 100 : 200;
  s->skew_ms = (gint64) below (s, 200) - 100;
  s->now_us = below (s, 1000000);
  for (guint i = 0; i < 2 && s->video == WEIR_CODEC_H264; i++)
    s->slates[i] = make_slate (1 + below (s, 40));
}

gboolean
gate_stream_clear (GateStream *s)
{
  gboolean ok;

  weir_window_free (s->window);
  /* Small payloads leave at most the block they share. */
  ok = weir_arena_get_bytes (s->arena) <= 33 * 1024;
  for (guint i = 0; i < s->configs->len; i++)
    ok = ok
         && ((WeirCodecConfig *) g_ptr_array_index (s->configs, i))->refs == 1;
  for (guint i = 0; i < 2; i++) {
    ok = ok && (s->slates[i] == NULL || s->slates[i]->refs == 1);
    weir_slate_unref (s->slates[i]);
  }
  g_ptr_array_unref (s->configs);
  g_array_unref (s->packets);
  weir_arena_unref (s->arena);
  return ok;
}

const SourcePacket *
gate_stream_packet (const GateStream *s, guint64 seq)
{
  return &g_array_index (s->packets, SourcePacket, seq);
}

gint64
gate_stream_find (const GateStream *s, const WeirSlice *payload)
{
  guint64 seq;

  if (payload->size < sizeof magic + sizeof seq
      || memcmp (payload->data, magic, sizeof magic) != 0)
    return -1;
  memcpy (&seq, payload->data + sizeof magic, sizeof seq);
  g_assert_cmpuint (seq, <, s->packets->len);
  return (gint64) seq;
}

gboolean
gate_stream_slate_follows (
    const GateStream *s, const guint8 *previous, const guint8 *next)
{
  for (guint i = 0; i < 2 && s->slates[i] != NULL; i++)
    for (guint u = 0; u + 1 < s->slates[i]->n_units; u++)
      if (s->slates[i]->units[u].data == previous)
        return s->slates[i]->units[u + 1].data == next;
  return FALSE;
}
