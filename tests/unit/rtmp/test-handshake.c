/* Both sides of the handshake against each other, and against strangers. */
#include "base/error.h"
#include "rtmp/handshake.h"

/* Gives up to STEP bytes from FROM to TO at a time, until neither moves. */
static void
test_both_sides (gconstpointer data)
{
  gsize step = GPOINTER_TO_SIZE (data);
  g_autoptr (GByteArray) to_server = g_byte_array_new ();
  g_autoptr (GByteArray) to_client = g_byte_array_new ();
  WeirRtmpHandshake server, client;
  WeirRtmpHandshakeResult at_server = WEIR_RTMP_HANDSHAKE_MORE;
  WeirRtmpHandshakeResult at_client = WEIR_RTMP_HANDSHAKE_MORE;

  weir_rtmp_handshake_init (&server, WEIR_RTMP_SERVER_SIDE, 1, to_client);
  weir_rtmp_handshake_init (&client, WEIR_RTMP_CLIENT_SIDE, 2, to_server);
  g_assert_cmpuint (to_client->len, ==, 0);
  g_assert_cmpuint (to_server->len, ==, 1537);

  while (to_server->len + to_client->len > 0) {
    const guint8 *p = to_server->data;
    gsize size = MIN (to_server->len, step);
    gsize before = size;

    at_server = weir_rtmp_handshake_feed (&server, &p, &size, to_client, NULL);
    g_assert_cmpint (at_server, !=, WEIR_RTMP_HANDSHAKE_FAILED);
    g_byte_array_remove_range (to_server, 0, (guint) (before - size));
    p = to_client->data;
    before = size = MIN (to_client->len, step);
    at_client = weir_rtmp_handshake_feed (&client, &p, &size, to_server, NULL);
    g_byte_array_remove_range (to_client, 0, (guint) (before - size));
  }
  g_assert_cmpint (at_server, ==, WEIR_RTMP_HANDSHAKE_DONE);
  g_assert_cmpint (at_client, ==, WEIR_RTMP_HANDSHAKE_DONE);
}

/* GStreamer's C2 is not what S1 was. */
static void
test_strange_echo (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  guint8 bytes[1 + 2 * WEIR_RTMP_HANDSHAKE_BYTES + 4] = { 3 };
  const guint8 *p = bytes;
  gsize size = sizeof (bytes);
  WeirRtmpHandshake server;

  weir_rtmp_handshake_init (&server, WEIR_RTMP_SERVER_SIDE, 1, out);
  g_assert_cmpint (weir_rtmp_handshake_feed (&server, &p, &size, out, NULL), ==,
      WEIR_RTMP_HANDSHAKE_DONE);
  g_assert_cmpuint (size, ==, 4);
  g_assert_cmpuint (out->len, ==, 1 + 2 * WEIR_RTMP_HANDSHAKE_BYTES);
}

static void
test_strangers (void)
{
  static const struct {
    guint8 first;
    const char *word;
  } cases[] = {
    { 'G', "HTTP" },
    { 'P', "HTTP" },
    { 0x16, "TLS" },
    { 6, "RTMPE" },
    { 0, "no known version" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) out = g_byte_array_new ();
    g_autoptr (GError) error = NULL;
    const guint8 *p = &cases[i].first;
    gsize size = 1;
    WeirRtmpHandshake server;

    weir_rtmp_handshake_init (&server, WEIR_RTMP_SERVER_SIDE, 1, out);
    g_assert_cmpint (weir_rtmp_handshake_feed (&server, &p, &size, out, &error),
        ==, WEIR_RTMP_HANDSHAKE_FAILED);
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
    g_assert_nonnull (strstr (error->message, cases[i].word));
    g_assert_cmpuint (out->len, ==, 0);
  }
}

/* --- digests, computed apart from the code under test --- */

#define KEY_TAIL                                                               \
  "\360\356\302\112\200\150\276\350\056\000\320\321\002\236\176\127"           \
  "\156\354\135\055\051\200\157\253\223\270\346\066\317\353\061\256"

/* As hexadecimal text, of BYTES without the 32 at SKIP. */
static char *
hmac (const void *key, gsize key_size, const guint8 *bytes, gsize size,
    gsize skip)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();

  g_byte_array_append (all, bytes, (guint) size);
  if (skip < size)
    g_byte_array_remove_range (all, (guint) skip, 32);
  return g_compute_hmac_for_data (
      G_CHECKSUM_SHA256, key, key_size, all->data, all->len);
}

static void
from_hex (const char *hex, guint8 *ret)
{
  for (; *hex != '\0'; hex += 2)
    *ret++ = (guint8) (g_ascii_xdigit_value (hex[0]) << 4
                       | g_ascii_xdigit_value (hex[1]));
}

static gsize
place (const guint8 *c, gsize base)
{
  gsize sum = 0;

  for (gsize i = 0; i < 4; i++)
    sum += c[base + i];
  return base + 4 + sum % 728;
}

/* C0 and C1 whose digest is in the field at BASE, at its ends when FILLER
 * makes it so. */
static void
make_client (guint8 bytes[1537], gsize base, guint8 filler)
{
  guint8 *c1 = bytes + 1;
  g_autofree char *digest = NULL;

  memset (bytes, filler, 1537);
  bytes[0] = 3;
  memcpy (c1, "\0\0\0\0\11\0\174\2", 8);
  digest =
      hmac ("Genuine Adobe Flash Player 001", 30, c1, 1536, place (c1, base));
  from_hex (digest, c1 + place (c1, base));
}

static void
assert_signed (const guint8 *answer, const guint8 *client_digest, gsize base)
{
  static const char key[] = "Genuine Adobe Flash Media Server 001" KEY_TAIL;
  const guint8 *s1 = answer + 1, *s2 = s1 + 1536;
  guint8 digest[32];
  g_autofree char *of_s1 = hmac (key, 36, s1, 1536, place (s1, base));
  g_autofree char *of_client =
      hmac (key, sizeof (key) - 1, client_digest, 32, G_MAXSIZE);
  g_autofree char *of_s2 = NULL;

  g_assert_cmpuint (answer[0], ==, 3);
  g_assert_cmpuint (s1[4], >=, 3);
  from_hex (of_s1, digest);
  g_assert_cmpmem (s1 + place (s1, base), 32, digest, 32);
  from_hex (of_client, digest);
  of_s2 = hmac (digest, 32, s2, 1536 - 32, G_MAXSIZE);
  from_hex (of_s2, digest);
  g_assert_cmpmem (s2 + 1536 - 32, 32, digest, 32);
}

static void
test_digest (void)
{
  static const gsize bases[] = { 772, 8 };

  for (guint b = 0; b < G_N_ELEMENTS (bases); b++) {
    for (guint filler = 0; filler < 256; filler++) {
      g_autoptr (GByteArray) out = g_byte_array_new ();
      guint8 client[1537];
      const guint8 *p = client;
      gsize size = sizeof (client);
      WeirRtmpHandshake server;

      make_client (client, bases[b], (guint8) filler);
      weir_rtmp_handshake_init (&server, WEIR_RTMP_SERVER_SIDE, filler, out);
      g_assert_cmpint (weir_rtmp_handshake_feed (&server, &p, &size, out, NULL),
          ==, WEIR_RTMP_HANDSHAKE_MORE);
      g_assert_cmpuint (out->len, ==, 3073);
      assert_signed (
          out->data, client + 1 + place (client + 1, bases[b]), bases[b]);
    }
  }
}

/* Says that it has a digest, and has none, or one that is wrong. */
static void
test_no_digest (void)
{
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GByteArray) out = g_byte_array_new ();
    guint8 client[1537];
    const guint8 *p = client;
    gsize size = sizeof (client);
    WeirRtmpHandshake server;

    make_client (client, 8, 7);
    if (i == 0)
      client[1 + 1535] ^= 1; /* outside the digest: it signs this too */
    else
      memset (client + 9, 0, 1537 - 9);
    weir_rtmp_handshake_init (&server, WEIR_RTMP_SERVER_SIDE, 1, out);
    weir_rtmp_handshake_feed (&server, &p, &size, out, NULL);
    g_assert_cmpuint (out->len, ==, 3073);
    g_assert_cmpmem (out->data + 1 + 4, 4, "\0\0\0\0", 4);
    g_assert_cmpmem (out->data + 1537, 1536, client + 1, 1536);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func (
      "/rtmp/handshake/byte-by-byte", GSIZE_TO_POINTER (1), test_both_sides);
  g_test_add_data_func (
      "/rtmp/handshake/odd-pieces", GSIZE_TO_POINTER (1000), test_both_sides);
  g_test_add_data_func (
      "/rtmp/handshake/whole", GSIZE_TO_POINTER (100000), test_both_sides);
  g_test_add_func ("/rtmp/handshake/strange-echo", test_strange_echo);
  g_test_add_func ("/rtmp/handshake/digest", test_digest);
  g_test_add_func ("/rtmp/handshake/no-digest", test_no_digest);
  g_test_add_func ("/rtmp/handshake/strangers", test_strangers);
  return g_test_run ();
}
