/* weir-hasher's two ways to a hash. */
#pragma once

#include <glib.h>

#include "hash/probes.h"

typedef struct {
  guint8 hash[WEIR_PDQ_HASH_BYTES];
  int quality;
  double seconds;              /* place in a video; -1 for a picture */
  const WeirProbeHash *probes; /* borrowed, of a video's picture */
  guint n_probes;
} WeirHashed;

typedef void (*WeirHashedFunc) (const WeirHashed *hashed, gpointer data);

/* Hashes the picture file in BYTES as the reference's file reader does. */
gboolean weir_hash_picture_file (
    const guint8 *bytes, gsize size, WeirHashed *ret, GError **error);

/* Hashes the first picture at or after PHASE seconds and each multiple of EVERY
 * after it of the video in the file PATH, whole and as it is coded, and its
 * PROBES. FUNC is called from another thread, one call at a time. */
gboolean weir_hash_video_file (const char *path, double every, double phase,
    WeirProbeSet probes, WeirHashedFunc func, gpointer data, GError **error);
