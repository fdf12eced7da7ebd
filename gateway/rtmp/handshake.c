/* The simple RTMP handshake as a state machine over bytes. */
#include "rtmp/handshake.h"

#include <string.h>

#include "base/error.h"

#define VERSION 3

static void
append_challenge (WeirRtmpHandshake *handshake, GByteArray *out)
{
  guint8 bytes[1 + WEIR_RTMP_HANDSHAKE_BYTES] = { VERSION };
  guint32 x = handshake->seed | 1;

  /* Time and version stay zero: "simple". The rest is filler (xorshift32). */
  for (gsize i = 1 + 8; i < sizeof (bytes); i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    bytes[i] = (guint8) x;
  }
  g_byte_array_append (out, bytes, sizeof (bytes));
}

void
weir_rtmp_handshake_init (WeirRtmpHandshake *handshake, WeirRtmpSide side,
    guint32 seed, GByteArray *out)
{
  handshake->side = side;
  handshake->have = 0;
  handshake->echo_have = 0;
  handshake->seed = seed;
  if (side == WEIR_RTMP_CLIENT_SIDE)
    append_challenge (handshake, out);
}

static const char *
looks_like (guint8 version)
{
  switch (version) {
  case 'P':
    return "it looks like HTTP, or a PROXY header of a proxy that is not in "
           "proxy_from";
  case '\r':
    return "it looks like a PROXY header of a proxy that is not in proxy_from";
  case 'G':
  case 'H':
  case 'O':
    return "it looks like HTTP";
  case 0x16:
    return "it looks like TLS; RTMPS has a port of its own";
  case 0x80:
    return "it looks like old SSL";
  case 6:
  case 8:
    return "it looks like encrypted RTMPE, which is not supported";
  default:
    return "it is no known version of RTMP";
  }
}

WeirRtmpHandshakeResult
weir_rtmp_handshake_feed (WeirRtmpHandshake *handshake, const guint8 **data,
    gsize *size, GByteArray *out, GError **error)
{
  gsize n;

  if (handshake->have < sizeof (handshake->theirs)) {
    if (*size == 0)
      return WEIR_RTMP_HANDSHAKE_MORE;
    if (handshake->have == 0 && **data != VERSION) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
          "handshake: first byte is %u, not %d: %s", **data, VERSION,
          looks_like (**data));
      return WEIR_RTMP_HANDSHAKE_FAILED;
    }
    n = MIN (*size, sizeof (handshake->theirs) - handshake->have);
    memcpy (handshake->theirs + handshake->have, *data, n);
    handshake->have += n;
    *data += n;
    *size -= n;
    if (handshake->have < sizeof (handshake->theirs))
      return WEIR_RTMP_HANDSHAKE_MORE;
    if (handshake->side == WEIR_RTMP_SERVER_SIDE)
      append_challenge (handshake, out);
    g_byte_array_append (out, handshake->theirs + 1, WEIR_RTMP_HANDSHAKE_BYTES);
  }

  n = MIN (*size, WEIR_RTMP_HANDSHAKE_BYTES - handshake->echo_have);
  handshake->echo_have += n;
  *data += n;
  *size -= n;
  return handshake->echo_have == WEIR_RTMP_HANDSHAKE_BYTES
             ? WEIR_RTMP_HANDSHAKE_DONE
             : WEIR_RTMP_HANDSHAKE_MORE;
}
