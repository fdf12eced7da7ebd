/* Reads PROXY headers byte by byte. */
#include "rtmp/proxy-header.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

#define V1_PREFIX "PROXY "
#define V1_PREFIX_BYTES 6
#define V2_PREFIX_BYTES 12
/* Prefix, version and command, family and protocol, length. */
#define V2_HEAD_BYTES 16
#define V2_VERSION 2
#define V2_LOCAL 0
#define V2_PROXY 1
#define V2_TCP_OVER_IPV4 0x11
#define V2_TCP_OVER_IPV6 0x21
/* The highest values that are specified: AF_UNIX, datagrams. */
#define V2_MAX_FAMILY 3
#define V2_MAX_TRANSPORT 2

static const guint8 v2_prefix[V2_PREFIX_BYTES] = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00,
  0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a };

static WeirProxyHeaderResult
fail (GError **error, const char *words)
{
  g_set_error (
      error, WEIR_ERROR, WEIR_ERROR_PROTOCOL, "PROXY header: %s", words);
  return WEIR_PROXY_HEADER_FAILED;
}

static WeirProxyHeaderResult
fail_length (GError **error, guint limit)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
      "PROXY header: longer than %u bytes", limit);
  return WEIR_PROXY_HEADER_FAILED;
}

static WeirProxyHeaderResult
finish (WeirProxyHeader *header)
{
  header->done = TRUE;
  return WEIR_PROXY_HEADER_DONE;
}

/* Decimal, without leading zeros. */
static gboolean
parse_port (const char *text, guint16 *ret_port)
{
  guint64 port;

  if ((text[0] == '0' && text[1] != '\0')
      || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, &port, NULL))
    return FALSE;
  *ret_port = (guint16) port;
  return TRUE;
}

/* "PROXY TCP4 SOURCE DESTINATION SOURCE-PORT DESTINATION-PORT", or
 * "PROXY UNKNOWN" with anything behind it. */
static WeirProxyHeaderResult
read_v1 (WeirProxyHeader *header, GError **error)
{
  g_autofree char *line =
      g_strndup ((const char *) header->bytes, header->have - 2);
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  WeirAddress destination;
  gboolean ipv4;

  if (strlen (line) != header->have - 2)
    return fail (error, "a NUL byte");
  if (g_strcmp0 (words[1], "UNKNOWN") == 0)
    return finish (header);
  ipv4 = g_strcmp0 (words[1], "TCP4") == 0;
  if (!ipv4 && g_strcmp0 (words[1], "TCP6") != 0)
    return fail (error, "neither TCP4, TCP6 nor UNKNOWN");
  if (g_strv_length (words) != 6)
    return fail (error, "not two addresses and two ports");
  if (!weir_address_parse (words[2], &header->source)
      || !weir_address_parse (words[3], &destination)
      || (strchr (words[2], ':') == NULL) != ipv4
      || (strchr (words[3], ':') == NULL) != ipv4)
    return fail (error, "a broken address");
  if (!parse_port (words[4], &header->source.port)
      || !parse_port (words[5], &destination.port))
    return fail (error, "a broken port");
  header->has_source = TRUE;
  return finish (header);
}

static WeirProxyHeaderResult
feed_v1 (WeirProxyHeader *header, GError **error)
{
  if (header->bytes[header->have - 1] == '\n') {
    if (header->bytes[header->have - 2] != '\r')
      return fail (error, "a line feed without carriage return");
    return read_v1 (header, error);
  }
  if (header->have == WEIR_PROXY_HEADER_V1_BYTES)
    return fail_length (error, WEIR_PROXY_HEADER_V1_BYTES);
  return WEIR_PROXY_HEADER_MORE;
}

/* How much of the LENGTH bytes behind the head is needed. */
static gsize
v2_address_bytes (const WeirProxyHeader *header)
{
  if ((header->bytes[12] & 0x0f) == V2_LOCAL)
    return 0;
  if (header->bytes[13] == V2_TCP_OVER_IPV4)
    return 12;
  return header->bytes[13] == V2_TCP_OVER_IPV6 ? 36 : 0;
}

static WeirProxyHeaderResult
check_v2_head (WeirProxyHeader *header, gsize length, GError **error)
{
  guint8 family = header->bytes[13] >> 4;
  guint8 transport = header->bytes[13] & 0x0f;

  if (header->bytes[12] >> 4 != V2_VERSION)
    return fail (error, "a version that is neither 1 nor 2");
  if ((header->bytes[12] & 0x0f) > V2_PROXY)
    return fail (error, "a command that is neither LOCAL nor PROXY");
  if (family > V2_MAX_FAMILY || transport > V2_MAX_TRANSPORT)
    return fail (error, "an address family or transport that does not exist");
  if (length > WEIR_PROXY_HEADER_V2_BYTES - V2_HEAD_BYTES)
    return fail_length (error, WEIR_PROXY_HEADER_V2_BYTES);
  if (length < v2_address_bytes (header))
    return fail (error, "too short for its addresses");
  return WEIR_PROXY_HEADER_MORE;
}

static void
read_v2_source (WeirProxyHeader *header, gsize bytes)
{
  WeirReader r;

  weir_reader_init (&r, header->bytes + V2_HEAD_BYTES, bytes);
  if (bytes == 12) {
    weir_address_set_ipv4 (&header->source, weir_reader_take (&r, 4));
    weir_reader_take (&r, 4);
  } else {
    memcpy (header->source.bytes, weir_reader_take (&r, WEIR_ADDRESS_BYTES),
        WEIR_ADDRESS_BYTES);
    weir_reader_take (&r, WEIR_ADDRESS_BYTES);
  }
  header->source.port = weir_reader_u16 (&r);
  header->has_source = TRUE;
}

static WeirProxyHeaderResult
feed_v2 (WeirProxyHeader *header, GError **error)
{
  gsize length, wanted;

  if (header->have < V2_HEAD_BYTES)
    return WEIR_PROXY_HEADER_MORE;
  length = (gsize) header->bytes[14] << 8 | header->bytes[15];
  if (header->have == V2_HEAD_BYTES
      && check_v2_head (header, length, error) == WEIR_PROXY_HEADER_FAILED)
    return WEIR_PROXY_HEADER_FAILED;
  wanted = v2_address_bytes (header);
  if (header->have < V2_HEAD_BYTES + wanted)
    return WEIR_PROXY_HEADER_MORE;
  if (wanted > 0)
    read_v2_source (header, wanted);
  header->skip = length - wanted;
  return header->skip > 0 ? WEIR_PROXY_HEADER_MORE : finish (header);
}

/* One more byte is in BYTES. */
static WeirProxyHeaderResult
step (WeirProxyHeader *header, GError **error)
{
  gsize have = header->have;
  gsize at = have - 1;
  gboolean v1 = header->bytes[0] == V1_PREFIX[0];

  if (v1 ? at < V1_PREFIX_BYTES && header->bytes[at] != (guint8) V1_PREFIX[at]
         : at < V2_PREFIX_BYTES && header->bytes[at] != v2_prefix[at])
    return fail (error, "there is none, though the address is in proxy_from");
  if (have < (v1 ? V1_PREFIX_BYTES : V2_PREFIX_BYTES))
    return WEIR_PROXY_HEADER_MORE;
  return v1 ? feed_v1 (header, error) : feed_v2 (header, error);
}

static WeirProxyHeaderResult
skip (WeirProxyHeader *header, const guint8 **data, gsize *size)
{
  gsize n = MIN (header->skip, *size);

  header->skip -= n;
  *data += n;
  *size -= n;
  return header->skip > 0 ? WEIR_PROXY_HEADER_MORE : finish (header);
}

WeirProxyHeaderResult
weir_proxy_header_feed (
    WeirProxyHeader *header, const guint8 **data, gsize *size, GError **error)
{
  while (!header->done && *size > 0) {
    WeirProxyHeaderResult result;

    if (header->skip > 0) {
      skip (header, data, size);
      continue;
    }
    header->bytes[header->have++] = *(*data)++;
    (*size)--;
    result = step (header, error);
    if (result == WEIR_PROXY_HEADER_FAILED)
      return result;
  }
  return header->done ? WEIR_PROXY_HEADER_DONE : WEIR_PROXY_HEADER_MORE;
}
