/* What stands before the payload in the bodies of RTMP audio and video
 * messages (Adobe FLV 10.1, annex E; Enhanced RTMP v1 and v2). Pure. For
 * flv-reader.c.
 *
 * Of several tracks in one message, track 0 is the one. Metadata (colorInfo)
 * and channel layouts are passed over: what they say stands in the codec
 * configuration or the coded picture as well. */
#pragma once

#include "core/packet.h"

/* Modifiers before one packet type. */
#define WEIR_FLV_MAX_MODEX 16
/* Tracks of one message: their number has eight bits. */
#define WEIR_FLV_MAX_TRACKS 256

typedef enum {
  WEIR_FLV_CONFIG,
  WEIR_FLV_FRAME,
} WeirFlvContent;

typedef struct {
  WeirFlvContent content;
  WeirCodec codec;
  gboolean legacy; /* the codec was named by number, not by FourCC */
  gboolean key;    /* as the tag says */
  gint32 composition_ms;
  const guint8 *payload; /* within the body; at least one byte */
  gsize size;
  guint other_tracks; /* that the body holds besides; set in every case */
} WeirFlvTag;

typedef enum {
  WEIR_FLV_TAG_OK,
  WEIR_FLV_TAG_NOTHING, /* nothing to decode in it, or it is broken */
  WEIR_FLV_TAG_REFUSED, /* ERROR is set */
} WeirFlvTagResult;

/* KIND is audio or video. */
WeirFlvTagResult weir_flv_tag_read (WeirMediaKind kind, const guint8 *body,
    gsize size, WeirFlvTag *ret_tag, GError **error);
