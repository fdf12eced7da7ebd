/* Addresses of peers: shown, counted and compared. Pure, no look-ups.
 *
 * IPv4 is kept as IPv4-mapped IPv6 (::ffff:1.2.3.4), so that an address is
 * the same through whichever kind of socket it came. */
#pragma once

#include <glib.h>

struct sockaddr;

#define WEIR_ADDRESS_BYTES 16

typedef struct {
  guint8 bytes[WEIR_ADDRESS_BYTES];
  guint16 port; /* host order */
} WeirAddress;

/* FALSE for anything but IPv4 and IPv6. */
gboolean weir_address_from_sockaddr (
    const struct sockaddr *from, WeirAddress *ret_address);
/* BYTES are an IPv4 address in network order. */
void weir_address_set_ipv4 (WeirAddress *address, const guint8 bytes[4]);
gboolean weir_address_is_ipv4 (const WeirAddress *address);
/* TEXT without port or brackets. The port becomes 0. */
gboolean weir_address_parse (const char *text, WeirAddress *ret_address);

/* "1.2.3.4:5" or "[2001:db8::1]:5". Newly allocated, as is the next. */
char *weir_address_to_text (const WeirAddress *address);
/* What a limit per address counts by: the IPv4 address, or the /64 network of
 * an IPv6 address, since that is what one subscriber has. */
char *weir_address_to_key (const WeirAddress *address);
