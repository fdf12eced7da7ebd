/* Silence in coded form: a frame that fits what the stream's own decoder was
 * configured for, so that sound goes on without its configuration changing.
 * Pure. */
#pragma once

#include "core/packet.h"

#define WEIR_SILENCE_MAX_BYTES 1024

/* One frame; it may follow itself and whatever came before. */
typedef struct {
  guint8 data[WEIR_SILENCE_MAX_BYTES];
  gsize size;
  /* It lasts SAMPLES / SAMPLE_RATE seconds: count frames and divide, so that
   * nothing adds up to a drift. */
  guint samples;
  guint sample_rate;
} WeirSilence;

/* More have ambisonics and mapping family 255, if anything. */
#define WEIR_SILENCE_MAX_OPUS_STREAMS 8

/* Fills RET with what CONFIG's decoder turns into silence. CONFIG is one of
 * AAC (LC, Main, LTP, and HE of either version, explicitly signalled or not;
 * channels by number or by a program config element: ISO/IEC 14496-3) or of
 * Opus (RFC 6716, OpusHead of RFC 7845; none counts as stereo).
 * LIKE is a coded frame of the stream whose place it takes: Opus lasts as
 * long, or 20 ms without one.
 * FALSE, RET untouched, when there is none for CONFIG: other codecs, the
 * error-resilient and low-delay kinds of AAC, more Opus streams than above,
 * what can't be read. */
gboolean weir_silence_make (const WeirCodecConfig *config, const guint8 *like,
    gsize like_size, WeirSilence *ret);

/* WeirSilence.samples of what weir_silence_make () would give, or 0: who
 * keeps frames needs another only when it differs. */
guint weir_silence_samples (
    const WeirCodecConfig *config, const guint8 *like, gsize like_size);

/* When frame N of a run of silence begins, in milliseconds after the run's
 * start, rounded down. */
gint64 weir_silence_offset_ms (const WeirSilence *silence, guint64 n);
