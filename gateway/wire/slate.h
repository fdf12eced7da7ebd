/* Messages between weir and weir-muxer about slates: what wire/wire.h says of
 * frames holds for them. weir-muxer says HELLO and READY, answers each DRAW
 * with SLATE or FAILED, in order, before it reads the next. Not to be included
 * alone. */
#pragma once

#include <glib.h>

#define WEIR_SLATE_MAX_TEXT_BYTES 1024
#define WEIR_SLATE_MAX_PICTURE_BYTES (4 * 1024 * 1024)
#define WEIR_SLATE_MAX_CODED_BYTES (4 * 1024 * 1024)
#define WEIR_SLATE_MAX_CODED_UNITS 256

/* To weir-muxer: make a slate. */
typedef struct {
  guint64 job;    /* comes back in SLATE or FAILED */
  guint8 codec;   /* WeirCodec */
  guint8 profile; /* as in WeirVideoConfig */
  guint16 width;
  guint16 height;
  guint32 frame_us; /* how long a picture is shown */
  guint16 n_units;  /* 1 to WEIR_SLATE_MAX_CODED_UNITS */
  const char *text; /* UTF-8, lines ended by \n; no NUL when parsed */
  gsize text_size;
  const guint8 *picture; /* PNG; NULL: the project's own */
  gsize picture_size;
} WeirSlateDraw;

/* From weir-muxer. */
typedef struct {
  guint64 job;
  const guint8 *config; /* avcC, hvcC */
  gsize config_size;
  guint16 n_units;
  /* All of them, each with its length before it in 4 bytes: read with
   * weir_wire_next_unit (). */
  const guint8 *units;
  gsize units_size;
} WeirSlateCoded;

/* The unit of a parsed SLATE that begins AT bytes from the first, 0 for this;
 * AT is moved to the next. Borrowed; NULL after the last. */
const guint8 *
weir_wire_next_unit (const WeirSlateCoded *slate, gsize *at, gsize *ret_size);
