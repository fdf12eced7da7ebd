/* A slate: what is shown instead of content, in coded form. A key frame with
 * nothing but predicted pictures behind it, to be shown in this order and,
 * after the last, from the key frame on again. Pure. Never changes once made,
 * so that the gates of many streams share one. Loop thread: counts are not
 * atomic. */
#pragma once

#include "core/packet.h"

/* Two seconds of 120 pictures a second, and some. */
#define WEIR_SLATE_MAX_UNITS 256
#define WEIR_SLATE_MAX_BYTES (4 * 1024 * 1024)
/* Of one picture: 1/240 s to 1 s. */
#define WEIR_SLATE_MIN_FRAME_US 4166
#define WEIR_SLATE_MAX_FRAME_US G_USEC_PER_SEC

typedef struct {
  guint refs;
  WeirCodecConfig *config; /* owned; not the one of the content */
  gint64 frame_us;         /* how long a picture is meant to be shown */
  gsize bytes;             /* of all units */
  guint n_units;
  WeirSlice *units; /* access units as in core/packet.h; [0] is the key frame.
                       DTS and PTS are the same: nothing is reordered */
} WeirSlate;

/* Copies the N_UNITS UNITS. NULL with WEIR_ERROR_LIMIT beyond the limits
 * above, with WEIR_ERROR_PROTOCOL where it is no slate: CONFIG is not of
 * pictures, NAL units or OBUs don't fit the unit, the first unit is not an IDR
 * picture (AV1, VP9: a key frame) or another one is, a picture is not shown
 * as it is decoded, or there is anything else in a unit: no SEI, nothing that
 * a player could show. The first may begin with CONFIG's own parameter sets,
 * and in AV1 begins with its sequence header. */
WeirSlate *weir_slate_new (WeirCodecConfig *config, GBytes *const *units,
    guint n_units, gint64 frame_us, GError **error);
/* What of an access unit a slate may have: slices, and in the first unit
 * parameter sets. NAL_SIZE_BYTES 1 to 4. NULL with
 * WEIR_ERROR_PROTOCOL when the lengths don't fit. */
GBytes *weir_slate_strip_unit (WeirCodec codec, guint nal_size_bytes,
    gboolean first, const guint8 *data, gsize size, GError **error);
WeirSlate *weir_slate_ref (WeirSlate *slate);
void weir_slate_unref (WeirSlate *slate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirSlate, weir_slate_unref)

/* When picture N of a run begins, in milliseconds after the run's start,
 * rounded down; N goes on over the end of the loop. */
gint64 weir_slate_offset_ms (const WeirSlate *slate, guint64 n);

/* RET becomes picture N of a run with codec, configuration, payload and flags
 * set and everything else zero: the caller gives times, track and arrival. */
void weir_slate_get_packet (const WeirSlate *slate, guint64 n, WeirPacket *ret);
