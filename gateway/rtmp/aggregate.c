/* Takes aggregate messages apart. */
#include "rtmp/aggregate.h"

#include "base/bytes.h"
#include "base/error.h"

#define STREAM_ID_BYTES 3
#define BACK_POINTER_BYTES 4

void
weir_rtmp_aggregate_begin (
    WeirRtmpAggregate *aggregate, WeirRtmpMessage *message)
{
  g_assert (aggregate->at == aggregate->whole.payload.size);
  weir_rtmp_aggregate_clear (aggregate);
  aggregate->whole = *message;
  *message = (WeirRtmpMessage){ 0 };
}

static gboolean
check_part (guint8 type, gsize size, GError **error)
{
  switch (type) {
  case WEIR_RTMP_TYPE_VIDEO:
    return TRUE;
  case WEIR_RTMP_TYPE_AUDIO:
  case WEIR_RTMP_TYPE_DATA:
  case WEIR_RTMP_TYPE_DATA_AMF3:
    if (size <= WEIR_RTMP_SMALL_MESSAGE_BYTES)
      return TRUE;
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "aggregate: a part of type %u is %" G_GSIZE_FORMAT
        " bytes long, the limit is %d",
        type, size, WEIR_RTMP_SMALL_MESSAGE_BYTES);
    return FALSE;
  default:
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "aggregate: a part is of type %u", type);
    return FALSE;
  }
}

WeirRtmpReadResult
weir_rtmp_aggregate_next (
    WeirRtmpAggregate *aggregate, WeirRtmpMessage *ret_message, GError **error)
{
  const WeirSlice *payload = &aggregate->whole.payload;
  WeirReader r;
  guint8 type;
  guint32 size, timestamp;
  gsize offset;

  if (aggregate->at == payload->size) {
    weir_rtmp_aggregate_clear (aggregate);
    return WEIR_RTMP_READ_MORE;
  }
  weir_reader_init (
      &r, payload->data + aggregate->at, payload->size - aggregate->at);
  type = weir_reader_u8 (&r);
  size = weir_reader_u24 (&r);
  timestamp = weir_reader_u24 (&r);
  timestamp |= (guint32) weir_reader_u8 (&r) << 24;
  weir_reader_take (&r, STREAM_ID_BYTES);
  offset = payload->size - weir_reader_left (&r);
  weir_reader_take (&r, size);
  if (r.failed) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "aggregate: a part ends after the message");
    return WEIR_RTMP_READ_FAILED;
  }
  if (!check_part (type, size, error))
    return WEIR_RTMP_READ_FAILED;
  if (++aggregate->parts > WEIR_RTMP_MAX_AGGREGATE_PARTS) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "aggregate: more than %d parts", WEIR_RTMP_MAX_AGGREGATE_PARTS);
    return WEIR_RTMP_READ_FAILED;
  }
  if (aggregate->parts == 1)
    aggregate->first = timestamp;
  /* The last back pointer is missing at times, and nobody needs any. */
  weir_reader_take (&r, MIN (weir_reader_left (&r), BACK_POINTER_BYTES));
  aggregate->at = payload->size - weir_reader_left (&r);

  *ret_message = (WeirRtmpMessage){ .csid = aggregate->whole.csid,
    .msid = aggregate->whole.msid,
    .timestamp = aggregate->whole.timestamp + (timestamp - aggregate->first),
    .type = type };
  if (size > 0)
    ret_message->payload = weir_slice_ref (payload, offset, size);
  return WEIR_RTMP_READ_MESSAGE;
}

void
weir_rtmp_aggregate_clear (WeirRtmpAggregate *aggregate)
{
  weir_rtmp_message_clear (&aggregate->whole);
  *aggregate = (WeirRtmpAggregate){ 0 };
}
