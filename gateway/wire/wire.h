/* Messages between weir and its workers over a stream socket: a pure codec.
 *
 * A frame is a 32-bit length of the payload, an 8-bit type and the payload,
 * all numbers big-endian. The first frame in either direction is HELLO with
 * magic and version; another version is refused, since gateway and workers
 * are built together. Every length is checked against a named limit before
 * anything is allocated; a frame with bytes left over is an error. */
#pragma once

#include <glib.h>

#include "wire/slate.h"
#include "wire/srt.h"

#define WEIR_WIRE_MAGIC 0x57454952u /* "WEIR" */
#define WEIR_WIRE_VERSION 7
#define WEIR_WIRE_HEADER_BYTES 5
#define WEIR_WIRE_MAX_PAYLOAD_BYTES (9 * 1024 * 1024)
#define WEIR_WIRE_MAX_UNIT_BYTES (8 * 1024 * 1024)
#define WEIR_WIRE_MAX_CONFIG_BYTES (64 * 1024)
#define WEIR_WIRE_MAX_STILL_BYTES (256 * 1024)
#define WEIR_WIRE_MAX_TEXT_BYTES 1024
#define WEIR_WIRE_MAX_HITS 64
/* In place of a probe: no hit, but an entry just beyond the radius. */
#define WEIR_WIRE_NEAR_MISS 255
#define WEIR_WIRE_HASH_BYTES 32
/* Classifiers whose scores a SAMPLE has; each is in thousandths. */
#define WEIR_WIRE_MAX_SCORES 8
#define WEIR_WIRE_SCORE_ONE 1000

typedef enum {
  WEIR_WIRE_HELLO = 1,   /* both ways, first */
  WEIR_WIRE_CONFIG = 2,  /* to the analyzer: a codec configuration */
  WEIR_WIRE_FORGET = 3,  /* to the analyzer: a configuration is not used more */
  WEIR_WIRE_UNIT = 4,    /* to the analyzer: an access unit to look at */
  WEIR_WIRE_READY = 5,   /* from a worker: warmed up */
  WEIR_WIRE_SAMPLE = 6,  /* from the analyzer: what one unit showed */
  WEIR_WIRE_FAILED = 7,  /* from a worker: why a job gave nothing */
  WEIR_WIRE_GROUP = 8,   /* to the analyzer: a unit of a stream that is decoded
                            whole */
  WEIR_WIRE_DECODED = 9, /* from the analyzer: such a unit is done; SAMPLEs of
                            what it showed came before */
  WEIR_WIRE_LEAVE = 10,  /* to the analyzer: such a stream needs its decoder no
                            more */
  WEIR_WIRE_INDEX = 11,  /* to the analyzer: a generation of the banks' index,
                            whose descriptor waits in the channel */

  /* wire/slate.h */
  WEIR_WIRE_DRAW = 16,
  WEIR_WIRE_SLATE,

  /* wire/srt.h; weir-srt says READY, too */
  WEIR_WIRE_SRT_LISTEN = 32,
  WEIR_WIRE_SRT_UNLISTEN,
  WEIR_WIRE_SRT_RULE,
  WEIR_WIRE_SRT_ADMIT,
  WEIR_WIRE_SRT_CLOSE,
  WEIR_WIRE_SRT_CALL,
  WEIR_WIRE_SRT_CONFIG,
  WEIR_WIRE_SRT_PACKET,
  WEIR_WIRE_SRT_PORT,
  WEIR_WIRE_SRT_REFUSED,
  WEIR_WIRE_SRT_CALLER,
  WEIR_WIRE_SRT_BYTES,
  WEIR_WIRE_SRT_CALLED,
  WEIR_WIRE_SRT_TAKEN,
  WEIR_WIRE_SRT_CLOSED,
  WEIR_WIRE_SRT_STATS,
  WEIR_WIRE_SRT_TROUBLE,
  WEIR_WIRE_SRT_PING,
  WEIR_WIRE_SRT_PONG,
} WeirWireType;

typedef struct {
  guint32 entry;    /* its id in the index of the banks */
  guint16 distance; /* Hamming, 0 to 256 */
  guint8 probe;     /* which view of the picture; 0 plain */
} WeirWireHit;

/* Pointers are borrowed from the payload when parsed, from the caller when
 * written. */
typedef struct {
  WeirWireType type;
  union {
    struct {
      guint16 version;
      const char *program; /* not NUL-terminated when parsed */
      gsize program_size;
    } hello;
    struct {
      guint32 id;   /* chosen by the gateway, names it in UNIT and FORGET */
      guint8 codec; /* WeirCodec */
      const guint8 *data;
      gsize size;
    } config;
    struct {
      guint32 id;
    } forget;
    struct {
      guint16 radius; /* greatest of any bank, 0 to 256 */
    } index;
    struct {
      guint64 job; /* comes back in SAMPLE or FAILED; rises by one */
      guint32 config;
      gint64 pts_ms;
      guint8 flags; /* WeirWireUnitFlags */
      const guint8 *data;
      gsize size;
    } unit;
    struct {
      guint64 job; /* comes back in SAMPLEs, then in DECODED or FAILED */
      guint64 stream;
      guint32 config;
      guint32 gap_ms; /* at most one picture in so long; 0: all */
      gint64 pts_ms;
      guint8 flags; /* WeirWireGroupFlags */
      const guint8 *data;
      gsize size;
    } group;
    struct {
      guint64 job;
      guint32 cost_us; /* CPU time, less what its SAMPLEs said */
    } decoded;
    struct {
      guint64 stream;
    } leave;
    struct {
      guint64 job;
      gint64 pts_ms;
      guint8 quality;                    /* 0 to 100 */
      guint8 hash[WEIR_WIRE_HASH_BYTES]; /* PDQ, in the order of its text */
      guint16 n_hits;
      WeirWireHit hits[WEIR_WIRE_MAX_HITS];
      guint8 n_scores; /* in the order in which they were given */
      guint16 scores[WEIR_WIRE_MAX_SCORES];
      guint32 cost_us;     /* CPU time the unit took */
      const guint8 *still; /* JPEG or NULL */
      gsize still_size;
    } sample;
    struct {
      guint64 job;
      const char *text; /* not NUL-terminated when parsed */
      gsize text_size;
    } failed;
    WeirSlateDraw draw;
    WeirSlateCoded slate;
    WeirSrtListen srt_listen;
    WeirSrtUnlisten srt_unlisten;
    WeirSrtRule srt_rule;
    WeirSrtAdmit srt_admit;
    WeirSrtClose srt_close;
    WeirSrtCall srt_call;
    WeirSrtConfig srt_config;
    WeirSrtPacket srt_packet;
    WeirSrtPort srt_port;
    WeirSrtRefused srt_refused;
    WeirSrtCaller srt_caller;
    WeirSrtBytes srt_bytes;
    WeirSrtCalled srt_called;
    WeirSrtTaken srt_taken;
    WeirSrtClosed srt_closed;
    WeirSrtStats srt_stats;
    WeirSrtTrouble srt_trouble;
    WeirSrtPing srt_ping; /* and PONG */
  };
} WeirWireMessage;

typedef enum {
  WEIR_WIRE_UNIT_STILL = 1 << 0, /* send a still even without a hit */
} WeirWireUnitFlags;

/* In the upper bits of the flags of UNIT and GROUP: which WeirProbeSet of each
 * picture is looked up. A set that the analyzer does not know is its largest.
 */
#define WEIR_WIRE_PROBES_SHIFT 6

typedef enum {
  WEIR_WIRE_GROUP_KEY = 1 << 0,   /* decoding can begin here */
  WEIR_WIRE_GROUP_BEGIN = 1 << 1, /* and must: what came before is another
                                     matter */
  WEIR_WIRE_GROUP_STILL = 1 << 2, /* send a still with the next picture */
} WeirWireGroupFlags;

/* Reads header H. FALSE with WEIR_ERROR_LIMIT for a payload over
 * WEIR_WIRE_MAX_PAYLOAD_BYTES, with WEIR_ERROR_PROTOCOL for an unknown type. */
gboolean weir_wire_parse_header (const guint8 h[WEIR_WIRE_HEADER_BYTES],
    guint32 *ret_payload_size, WeirWireType *ret_type, GError **error);

/* Reads one payload. RET borrows from it; untouched on failure. */
gboolean weir_wire_parse (WeirWireType type, const guint8 *payload, gsize size,
    WeirWireMessage *ret, GError **error);

/* Appends a whole frame (header and payload) to OUT. The caller keeps to the
 * limits: crossing one is a programming error. */
void weir_wire_write (const WeirWireMessage *message, GByteArray *out);
