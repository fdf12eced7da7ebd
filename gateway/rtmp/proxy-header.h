/* The PROXY protocol's header, versions 1 and 2: with which a proxy tells on
 * whose behalf it connects (HAProxy, doc/proxy-protocol.txt, 2020/03/05).
 * Pure, incremental. */
#pragma once

#include "core/address.h"

/* Version 1, from its first letter to its line feed. */
#define WEIR_PROXY_HEADER_V1_BYTES 107
/* Version 2, with everything that it may carry besides the addresses. */
#define WEIR_PROXY_HEADER_V2_BYTES 4096

typedef struct {
  guint8 bytes[WEIR_PROXY_HEADER_V1_BYTES];
  gsize have;
  gsize skip; /* bytes of version 2 that are passed over */
  gboolean done;
  gboolean has_source; /* else the socket's own address stands */
  WeirAddress source;
} WeirProxyHeader; /* all zero at first */

typedef enum {
  WEIR_PROXY_HEADER_MORE,
  WEIR_PROXY_HEADER_DONE,
  WEIR_PROXY_HEADER_FAILED,
} WeirProxyHeaderResult;

/* Consumes from *DATA, *SIZE what belongs to the header and nothing after it.
 * DONE: HAS_SOURCE and SOURCE are valid. A proxy speaks for itself (LOCAL), or
 * for a client that has no IP address and port over TCP, without a source.
 * FAILED sets WEIR_ERROR_PROTOCOL, or WEIR_ERROR_LIMIT when it is too long, as
 * soon as the bytes can't become a header. */
WeirProxyHeaderResult weir_proxy_header_feed (
    WeirProxyHeader *header, const guint8 **data, gsize *size, GError **error);
