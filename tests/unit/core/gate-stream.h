/* Random streams for the gate's tests: the pictures of an encoder in decoding
 * order, sound beside them, and what goes wrong with both. */
#pragma once

#include "core/slate.h"
#include "core/window.h"

#define GATE_STREAM_SLATE_MS 40 /* a picture of the slates */

typedef struct {
  gint64 dts_ms;
  gint64 pts_ms;
  const WeirCodecConfig *config;
  guint8 kind;
  gboolean key;
  gboolean missing;
} SourcePacket;

typedef struct {
  guint64 seed;
  guint64 random;
  WeirArena *arena;
  WeirWindow *window;
  GArray *packets; /* SourcePacket by sequence number */
  GPtrArray *configs;
  WeirSlate *slates[2]; /* NULL when there are none for the codec */
  gint64 now_us;

  /* How the stream is made. */
  gboolean has_video;
  gboolean has_audio;
  gboolean has_silence;
  gboolean open_gop;
  gboolean steady; /* nothing goes wrong */
  guint broken;    /* per cent of timestamps that don't rise, or worse */
  WeirCodec video;
  WeirCodec audio;
  gint64 video_ms;
  gint64 audio_ms;
  guint gop; /* groups of B-frames and P in it; 0: no key frame ever */
  guint reorder;
  guint speed;    /* per cent of real time */
  gint64 skew_ms; /* sound comes so much later than pictures of its time */

  /* Where it stands. */
  gint64 clock_us; /* its own time */
  gint64 video_n;  /* pictures so far, in decoding order */
  guint in_group;
  guint groups;
  gint64 shown_n; /* of the newest reference, in order of showing */
  gint64 next_video_ms;
  gint64 next_audio_ms;
  gint64 audio_n;
  gint64 newest_ms;
  guint64 first_video; /* sequence number; G_MAXUINT64 before it */
} GateStream;

void gate_stream_init (GateStream *s, guint64 seed);
/* TRUE when nothing has leaked; the gate must be gone. */
gboolean gate_stream_clear (GateStream *s);

guint gate_stream_below (GateStream *s, guint limit);

/* Lets MS pass, and what the publisher sends meanwhile into the window. */
void gate_stream_feed (GateStream *s, guint ms);

const SourcePacket *gate_stream_packet (const GateStream *s, guint64 seq);
/* The sequence number that PAYLOAD was made with, or -1: not of this stream. */
gint64 gate_stream_find (const GateStream *s, const WeirSlice *payload);
/* Picture NEXT of a slate may come behind PREVIOUS. */
gboolean gate_stream_slate_follows (
    const GateStream *s, const guint8 *previous, const guint8 *next);
