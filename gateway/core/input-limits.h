/* What one publisher may send: rates, sizes of pictures, changes of codec
 * configuration. Pure: time comes in with the packets. */
#pragma once

#include "core/packet.h"

/* 0: no limit. */
typedef struct {
  guint max_bitrate_kbps;
  guint max_long_side; /* pixels, however the picture is turned */
  guint max_short_side;
  guint max_frame_rate;
  guint max_config_changes; /* a minute */
} WeirInputLimits;

/* Bitrate and pictures are counted as they arrive, into a bucket that holds
 * so long of the limit and empties at the limit: what an encoder sends at once
 * after a stall is normal, the same for long is not. */
#define WEIR_INPUT_BURST_MS 10000

/* Each frame of sound is a packet, which costs more than its bytes: a megabyte
 * can be a hundred thousand. The shortest there are, Opus of 2.5 ms, are 400 a
 * second. */
#define WEIR_INPUT_MAX_SOUND_RATE 1000

typedef struct {
  WeirInputLimits limits;
  struct {
    double level;
    gint64 at_us;
  } bytes, pictures, sounds, changes;
} WeirInputGuard;

void
weir_input_guard_init (WeirInputGuard *guard, const WeirInputLimits *limits);

/* Counts BYTES that came in at NOW_US, whatever becomes of them: tracks that
 * are passed over cost as much as others. Returns NULL, or words for the
 * publisher, who crossed the limit; caller frees. */
char *weir_input_guard_count_bytes (
    WeirInputGuard *guard, gsize bytes, gint64 now_us);

/* Counts PACKET, of which arrival_us must be set. NEW_CONFIG: its
 * configuration is the track's first or another one than before; FIRST: the
 * first. Returns NULL, or words for the publisher, who crossed a limit or sent
 * what can't be read; caller frees. */
char *weir_input_guard_check (WeirInputGuard *guard, const WeirPacket *packet,
    gboolean new_config, gboolean first);
