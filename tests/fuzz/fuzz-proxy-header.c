/* Fuzzes PROXY headers: whole and byte by byte must come to the same. */
#include <stdint.h>
#include <string.h>

#include "rtmp/proxy-header.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  WeirProxyHeader whole = { 0 };
  WeirProxyHeader pieces = { 0 };
  WeirProxyHeaderResult result, piecewise = WEIR_PROXY_HEADER_MORE;
  const guint8 *p = data;
  gsize left = size;
  gsize used = 0;

  result = weir_proxy_header_feed (&whole, &p, &left, NULL);
  while (piecewise == WEIR_PROXY_HEADER_MORE && used < size) {
    const guint8 *byte = data + used++;
    gsize one = 1;

    piecewise = weir_proxy_header_feed (&pieces, &byte, &one, NULL);
    g_assert_cmpuint (one, ==, 0);
  }
  g_assert_cmpint (result, ==, piecewise);
  g_assert_cmpuint (used, ==, size - left);
  g_assert_cmpint (whole.has_source, ==, pieces.has_source);
  if (result == WEIR_PROXY_HEADER_DONE && whole.has_source) {
    g_autofree char *text = weir_address_to_text (&whole.source);
    g_autofree char *again = weir_address_to_text (&pieces.source);

    g_assert_cmpstr (text, ==, again);
  }
  return 0;
}
