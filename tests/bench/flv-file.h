/* An FLV file in memory, as the messages a publisher sends over and over. */
#pragma once

#include <glib.h>

typedef struct {
  guint8 type;        /* RTMP's message type, which FLV shares */
  gboolean once;      /* metadata and configurations: first round only */
  guint32 timestamp;  /* milliseconds from the file's beginning */
  const guint8 *body; /* borrowed from the file */
  gsize size;
} BenchFlvTag;

typedef struct {
  GBytes *bytes;
  GArray *tags;      /* BenchFlvTag, timestamps never fall */
  guint32 period_ms; /* of one round */
} BenchFlv;

/* Timestamps count from the first picture; sound before it or behind the end
 * of the picture is left out, so that rounds join without a gap and without
 * timestamps going back. */
gboolean bench_flv_load (const char *path, BenchFlv *ret_flv, GError **error);
void bench_flv_clear (BenchFlv *flv);
