/* For those who look at pictures (workers/): control/ hands over packets and
 * gets results by calls of weir_streams_take_sample (). Loop thread. */
#pragma once

#include "core/packet.h"

typedef struct _WeirAnalysis WeirAnalysis;

typedef struct {
  /* A picture of the stream NUMBER to look at. Borrowed; never blocks. */
  void (*unit) (
      WeirAnalysis *analysis, guint64 number, const WeirPacket *packet);
  /* The next packet, in decoding order, of a stream that is decoded whole; of
   * its pictures at most one in GAP_MS is wanted, 0: all. BEGIN: the first, a
   * key frame; what came before is another matter. Borrowed; never blocks. */
  void (*whole_unit) (WeirAnalysis *analysis, guint64 number,
      const WeirPacket *packet, gint64 gap_ms, gboolean begin);
  /* No more such packets come. */
  void (*leave) (WeirAnalysis *analysis, guint64 number);
} WeirAnalysisClass;

struct _WeirAnalysis {
  const WeirAnalysisClass *klass;
};

#define WEIR_SAMPLE_HASH_BYTES 32
#define WEIR_SAMPLE_MAX_HITS 64
#define WEIR_SAMPLE_MAX_SCORES 8
#define WEIR_SAMPLE_UNSCORED G_MAXUINT16

typedef struct {
  guint32 entry; /* index into the banks' common list */
  guint16 distance;
  guint8 probe;
} WeirSampleHit;

/* What one picture showed. */
typedef struct {
  gint64 pts_ms;
  gint64 arrival_us; /* of the packet */
  guint cost_us;     /* CPU that it took */
  guint quality;
  guint8 hash[WEIR_SAMPLE_HASH_BYTES];
  guint n_hits;
  WeirSampleHit hits[WEIR_SAMPLE_MAX_HITS]; /* nearest first */
  gboolean is_near;   /* no hit, but an entry that is not far: */
  WeirSampleHit near; /* the nearest that was come across */
  guint n_scores;     /* of the scorers, in their order, in thousandths, or
                         WEIR_SAMPLE_UNSCORED: */
  guint16 scores[WEIR_SAMPLE_MAX_SCORES];
  GBytes *still; /* borrowed JPEG or NULL */
} WeirSample;
