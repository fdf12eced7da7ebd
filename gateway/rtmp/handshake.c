/* The RTMP handshake as a state machine over bytes. */
#include "rtmp/handshake.h"

#include <string.h>

#include "base/error.h"

#define VERSION 3
#define DIGEST_BYTES 32
#define VERSION_AT 4 /* of C1 and S1: four bytes, all zero when simple */
#define FILLER_AT 8
/* The four bytes before a field of digest and filler say where in it the
 * digest stands. Either field may be the one. */
#define DIGEST_FIELD_BYTES 728

static const gsize digest_bases[] = { 772, 8 };

/* The first 36 and 30 bytes sign S1 and C1, all of them S2 and C2. */
#define SERVER_NAME "Genuine Adobe Flash Media Server 001"
#define CLIENT_NAME "Genuine Adobe Flash Player 001"
#define KEY_TAIL                                                               \
  "\xf0\xee\xc2\x4a\x80\x68\xbe\xe8\x2e\x00\xd0\xd1\x02\x9e\x7e\x57\x6e\xec"   \
  "\x5d\x2d\x29\x80\x6f\xab\x93\xb8\xe6\x36\xcf\xeb\x31\xae"

static const guint8 server_key[] = SERVER_NAME KEY_TAIL;

/* Some clients look at what the server calls itself: at least 3. */
static const guint8 server_version[] = { 4, 5, 0, 1 };

/* HMAC-SHA256 over both parts. */
static void
sign (const void *key, gsize key_size, const guint8 *first, gsize first_size,
    const guint8 *second, gsize second_size, guint8 ret[DIGEST_BYTES])
{
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, key, key_size);
  gsize size = DIGEST_BYTES;

  g_hmac_update (hmac, first, (gssize) first_size);
  if (second_size > 0)
    g_hmac_update (hmac, second, (gssize) second_size);
  g_hmac_get_digest (hmac, ret, &size);
}

static gsize
digest_offset (const guint8 *challenge, gsize base)
{
  const guint8 *p = challenge + base;

  return base + 4 + (gsize) (p[0] + p[1] + p[2] + p[3]) % DIGEST_FIELD_BYTES;
}

/* Over C1 or S1 but the digest itself. */
static void
sign_challenge (const guint8 *challenge, gsize at, const void *key,
    gsize key_size, guint8 ret[DIGEST_BYTES])
{
  sign (key, key_size, challenge, at, challenge + at + DIGEST_BYTES,
      WEIR_RTMP_HANDSHAKE_BYTES - at - DIGEST_BYTES, ret);
}

/* The digest in C1 and the BASE of its field, or NULL. */
static const guint8 *
find_client_digest (const guint8 *c1, gsize *ret_base)
{
  static const guint8 simple[4] = { 0 };
  guint8 digest[DIGEST_BYTES];

  if (memcmp (c1 + VERSION_AT, simple, sizeof (simple)) == 0)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (digest_bases); i++) {
    gsize at = digest_offset (c1, digest_bases[i]);

    sign_challenge (c1, at, CLIENT_NAME, strlen (CLIENT_NAME), digest);
    if (memcmp (digest, c1 + at, DIGEST_BYTES) == 0) {
      *ret_base = digest_bases[i];
      return c1 + at;
    }
  }
  return NULL;
}

static void
fill (WeirRtmpHandshake *handshake, guint8 *bytes, gsize size)
{
  guint32 x = handshake->seed | 1;

  for (gsize i = 0; i < size; i++) {
    x ^= x << 13; /* xorshift32 */
    x ^= x >> 17;
    x ^= x << 5;
    bytes[i] = (guint8) x;
  }
  handshake->seed = x;
}

/* C0 C1 or S0 S1 in the simple form: time and version stay zero. */
static void
append_challenge (WeirRtmpHandshake *handshake, GByteArray *out)
{
  guint8 bytes[1 + WEIR_RTMP_HANDSHAKE_BYTES] = { VERSION };

  fill (handshake, bytes + 1 + FILLER_AT, sizeof (bytes) - 1 - FILLER_AT);
  g_byte_array_append (out, bytes, sizeof (bytes));
}

static void
append_signed_answer (WeirRtmpHandshake *handshake, const guint8 *client_digest,
    gsize base, GByteArray *out)
{
  guint8 s0_s1[1 + WEIR_RTMP_HANDSHAKE_BYTES] = { VERSION };
  guint8 s2[WEIR_RTMP_HANDSHAKE_BYTES];
  guint8 *s1 = s0_s1 + 1;
  guint8 key[DIGEST_BYTES];
  gsize at;

  memcpy (s1 + VERSION_AT, server_version, sizeof (server_version));
  fill (handshake, s1 + FILLER_AT, WEIR_RTMP_HANDSHAKE_BYTES - FILLER_AT);
  at = digest_offset (s1, base);
  sign_challenge (s1, at, SERVER_NAME, strlen (SERVER_NAME), s1 + at);

  fill (handshake, s2, sizeof (s2));
  sign (server_key, sizeof (server_key) - 1, client_digest, DIGEST_BYTES, NULL,
      0, key);
  sign (key, sizeof (key), s2, sizeof (s2) - DIGEST_BYTES, NULL, 0,
      s2 + sizeof (s2) - DIGEST_BYTES);
  g_byte_array_append (out, s0_s1, sizeof (s0_s1));
  g_byte_array_append (out, s2, sizeof (s2));
}

static void
append_answer (WeirRtmpHandshake *handshake, GByteArray *out)
{
  const guint8 *challenge = handshake->theirs + 1;
  const guint8 *digest;
  gsize base;

  if (handshake->side == WEIR_RTMP_SERVER_SIDE) {
    digest = find_client_digest (challenge, &base);
    if (digest != NULL) {
      append_signed_answer (handshake, digest, base, out);
      return;
    }
    append_challenge (handshake, out);
  }
  g_byte_array_append (out, challenge, WEIR_RTMP_HANDSHAKE_BYTES);
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
    append_answer (handshake, out);
  }

  n = MIN (*size, WEIR_RTMP_HANDSHAKE_BYTES - handshake->echo_have);
  handshake->echo_have += n;
  *data += n;
  *size -= n;
  return handshake->echo_have == WEIR_RTMP_HANDSHAKE_BYTES
             ? WEIR_RTMP_HANDSHAKE_DONE
             : WEIR_RTMP_HANDSHAKE_MORE;
}
