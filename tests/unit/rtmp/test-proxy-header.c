/* PROXY headers of both versions, however their bytes arrive. */
#include "base/error.h"
#include "rtmp/proxy-header.h"

#include <string.h>

#define V2 "\r\n\r\n\0\r\nQUIT\n"
#define BYTES(text) (const guint8 *) (text), sizeof (text) - 1
#define REST "\x03rest"
#define REST_BYTES 5

/* Feeds STEP bytes at a time; what follows the header must be left alone. */
static WeirProxyHeaderResult
feed (WeirProxyHeader *header, const guint8 *bytes, gsize size, gsize step,
    GError **error)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  WeirProxyHeaderResult result = WEIR_PROXY_HEADER_MORE;
  gsize at = 0;

  *header = (WeirProxyHeader){ 0 };
  g_byte_array_append (all, bytes, (guint) size);
  g_byte_array_append (all, (const guint8 *) REST, REST_BYTES);
  while (result == WEIR_PROXY_HEADER_MORE && at < all->len) {
    /* Of its own size, so that a sanitizer sees a read too far. */
    gsize n = MIN (step, all->len - at);
    g_autofree guint8 *part = g_memdup2 (all->data + at, n);
    const guint8 *p = part;
    gsize left = n;

    result = weir_proxy_header_feed (header, &p, &left, error);
    g_assert_true (p == part + (n - left));
    at += n - left;
    if (result == WEIR_PROXY_HEADER_MORE)
      g_assert_cmpuint (left, ==, 0);
  }
  if (result == WEIR_PROXY_HEADER_DONE)
    g_assert_cmpuint (at, ==, size);
  return result;
}

static void
assert_source (const guint8 *bytes, gsize size, const char *source)
{
  for (gsize step = 1; step <= size + REST_BYTES; step++) {
    g_autoptr (GError) error = NULL;
    WeirProxyHeader header;
    WeirProxyHeaderResult result = feed (&header, bytes, size, step, &error);

    g_assert_no_error (error);
    g_assert_cmpint (result, ==, WEIR_PROXY_HEADER_DONE);
    g_assert_cmpint (header.has_source, ==, source != NULL);
    if (source != NULL) {
      g_autofree char *text = weir_address_to_text (&header.source);

      g_assert_cmpstr (text, ==, source);
    }
  }
}

static void
assert_refused (const guint8 *bytes, gsize size, const char *words)
{
  for (gsize step = 1; step <= size; step++) {
    g_autoptr (GError) error = NULL;
    WeirProxyHeader header;
    WeirProxyHeaderResult result = feed (&header, bytes, size, step, &error);

    if (result != WEIR_PROXY_HEADER_FAILED)
      g_error ("not refused: %s", words);
    if (strstr (error->message, words) == NULL)
      g_error ("\"%s\" holds no \"%s\"", error->message, words);
  }
}

static void
test_v1 (void)
{
  assert_source (BYTES ("PROXY TCP4 192.0.2.1 192.0.2.2 56324 1935\r\n"),
      "192.0.2.1:56324");
  assert_source (BYTES ("PROXY TCP6 2001:db8::1 2001:db8::2 0 65535\r\n"),
      "[2001:db8::1]:0");
  assert_source (
      BYTES ("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n"), "192.0.2.1:1");
  assert_source (BYTES ("PROXY UNKNOWN\r\n"), NULL);
  assert_source (BYTES ("PROXY UNKNOWN ffff::1 anything 1 2 3\r\n"), NULL);
  /* The longest that is allowed. */
  assert_source (
      BYTES ("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 "
             "65535 0123456789012345678901234567890123456789012\r\n"),
      NULL);
}

static void
test_v1_refused (void)
{
  g_autofree char *long_line = g_strnfill (WEIR_PROXY_HEADER_V1_BYTES, 'x');

  assert_refused (BYTES ("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n"), "carriage");
  assert_refused (BYTES ("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n"), "two");
  assert_refused (BYTES ("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n"), "two");
  assert_refused (BYTES ("PROXY TCP4 192.0.2.1  192.0.2.2 1\r\n"), "address");
  assert_refused (BYTES ("PROXY TCP4 ::1 ::2 1 2\r\n"), "address");
  assert_refused (BYTES ("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n"), "address");
  assert_refused (
      BYTES ("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n"), "address");
  assert_refused (BYTES ("PROXY TCP4 192.0.2.1 x 1 2\r\n"), "address");
  assert_refused (BYTES ("PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n"), "port");
  assert_refused (BYTES ("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n"), "port");
  assert_refused (BYTES ("PROXY TCP4 192.0.2.1 192.0.2.2 1 -2\r\n"), "port");
  assert_refused (BYTES ("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n"), "TCP4");
  assert_refused (BYTES ("PROXY \r\n"), "TCP4");
  assert_refused (BYTES ("PROXY UNKNOWN\0\r\n"), "NUL");
  memcpy (long_line, "PROXY ", 6);
  assert_refused (
      (const guint8 *) long_line, WEIR_PROXY_HEADER_V1_BYTES, "107 bytes");
  assert_refused (BYTES ("PROXX"), "there is none");
  assert_refused (BYTES ("\x03"), "there is none");
  assert_refused (BYTES ("\x16\x03\x01"), "there is none");
  assert_refused (BYTES ("\r\n\r\n\r"), "there is none");
}

#define IPV4 "\xc0\x00\x02\x01\xc0\x00\x02\x02\xdc\x04\x07\x8f"
#define IPV6                                                                   \
  "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"                                 \
  "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\xff\xff\x07\x8f"

static void
test_v2 (void)
{
  assert_source (BYTES (V2 "\x21\x11\0\x0c" IPV4), "192.0.2.1:56324");
  assert_source (BYTES (V2 "\x21\x21\0\x24" IPV6), "[2001:db8::1]:65535");
  /* A TLV behind the addresses. */
  assert_source (BYTES (V2 "\x21\x11\0\x12" IPV4 "\x02\0\x03"
                           "abc"),
      "192.0.2.1:56324");
  /* LOCAL: the proxy speaks for itself, whatever stands behind. */
  assert_source (BYTES (V2 "\x20\x00\0\0"), NULL);
  assert_source (BYTES (V2 "\x20\x11\0\x0c" IPV4), NULL);
  /* Unspecified, datagrams, and a socket of the proxy's own machine. */
  assert_source (BYTES (V2 "\x21\x00\0\x02xx"), NULL);
  assert_source (BYTES (V2 "\x21\x12\0\x0c" IPV4), NULL);
  assert_source (BYTES (V2 "\x21\x31\0\x04/tmp"), NULL);
}

static void
test_v2_refused (void)
{
  assert_refused (BYTES (V2 "\x11\x11\0\x0c"), "version");
  assert_refused (BYTES (V2 "\x22\x11\0\x0c"), "command");
  assert_refused (BYTES (V2 "\x21\x41\0\x0c"), "family");
  assert_refused (BYTES (V2 "\x21\x13\0\x0c"), "family");
  assert_refused (BYTES (V2 "\x21\x11\0\x0b"), "too short");
  assert_refused (BYTES (V2 "\x21\x21\0\x23"), "too short");
  assert_refused (BYTES (V2 "\x20\x00\xff\xff"), "4096 bytes");
  assert_refused (BYTES (V2 "\x21\x11\x0f\xf1"), "4096 bytes");
}

/* The longest version 2 that is taken. */
static void
test_v2_limit (void)
{
  g_autofree guint8 *bytes = g_malloc0 (WEIR_PROXY_HEADER_V2_BYTES);

  memcpy (bytes, V2 "\x21\x11\x0f\xf0" IPV4, 28);
  for (gsize step = 1; step < 5000; step = step * 3 + 1) {
    WeirProxyHeader header;

    g_assert_cmpint (
        feed (&header, bytes, WEIR_PROXY_HEADER_V2_BYTES, step, NULL), ==,
        WEIR_PROXY_HEADER_DONE);
    g_assert_true (header.has_source);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proxy-header/v1", test_v1);
  g_test_add_func ("/proxy-header/v1-refused", test_v1_refused);
  g_test_add_func ("/proxy-header/v2", test_v2);
  g_test_add_func ("/proxy-header/v2-refused", test_v2_refused);
  g_test_add_func ("/proxy-header/v2-limit", test_v2_limit);
  return g_test_run ();
}
