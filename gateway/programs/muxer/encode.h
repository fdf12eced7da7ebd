/* From a picture to the coded loop of a slate, with an encoder of GStreamer's.
 * Everything runs on the calling thread. */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "core/packet.h"

/* Either side, after rounding up to even. */
#define WEIR_ENCODE_MIN_SIDE 16
#define WEIR_ENCODE_MAX_SIDE 4096
/* How long a picture is shown: 1/240 s to 1 s. */
#define WEIR_ENCODE_MIN_FRAME_US 4166
#define WEIR_ENCODE_MAX_FRAME_US 1000000

typedef struct {
  WeirCodec codec;
  guint profile; /* as in WeirVideoConfig; the nearest that has an encoder */
  gint64 frame_us;
  guint n_units;
} WeirEncoding;

typedef struct {
  GBytes *config;   /* avcC or hvcC */
  GPtrArray *units; /* GBytes: length-prefixed NAL units: slices, before the
                       first the parameter sets again */
} WeirEncoded;

void weir_encoded_clear (WeirEncoded *encoded);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeirEncoded, weir_encoded_clear)

/* Starts GStreamer without its registry and without looking for plugins.
 * Once a process, before anything else here. */
gboolean weir_encode_init (GError **error);

/* NULL when there is an encoder for CODEC, else what to say instead. */
const char *weir_encode_missing (WeirCodec codec);

/* Encodes PICTURE, CAIRO_FORMAT_RGB24 with even sides, as a key frame and
 * N_UNITS - 1 predicted pictures of the same. RET is untouched on failure. */
gboolean weir_encode (cairo_surface_t *picture, const WeirEncoding *encoding,
    WeirEncoded *ret, GError **error);
