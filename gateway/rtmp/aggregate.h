/* Aggregate messages: audio, video and data messages in one, in the form of
 * FLV tags with back pointers (Adobe RTMP 1.0, 7.1.6). Pure.
 *
 * The aggregate's own timestamp is that of its first part, and the others keep
 * their distance from it; the specification's words say otherwise, its
 * implementations don't. Payloads are references into the aggregate. */
#pragma once

#include "rtmp/chunk-reader.h"

#define WEIR_RTMP_MAX_AGGREGATE_PARTS 1024

/* A plain value, zero when nothing is being taken apart. */
typedef struct {
  WeirRtmpMessage whole; /* owned */
  gsize at;
  guint parts;
  guint32 first; /* timestamp of the first part */
} WeirRtmpAggregate;

/* Takes MESSAGE and leaves it empty. Only when nothing is left of the last. */
void weir_rtmp_aggregate_begin (
    WeirRtmpAggregate *aggregate, WeirRtmpMessage *message);

/* Like weir_rtmp_chunk_reader_read (): MORE when nothing is left. Parts other
 * than audio, video and data fail, aggregates among them. */
WeirRtmpReadResult weir_rtmp_aggregate_next (
    WeirRtmpAggregate *aggregate, WeirRtmpMessage *ret_message, GError **error);

void weir_rtmp_aggregate_clear (WeirRtmpAggregate *aggregate);
