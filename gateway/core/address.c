/* One form for the addresses of all peers. */
#include "core/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define IPV4_AT 12 /* where an IPv4 address begins in its mapped form */
#define NETWORK_BYTES 8

void
weir_address_set_ipv4 (WeirAddress *address, const guint8 bytes[4])
{
  memset (address->bytes, 0, 10);
  memset (address->bytes + 10, 0xff, 2);
  memcpy (address->bytes + IPV4_AT, bytes, 4);
}

gboolean
weir_address_is_ipv4 (const WeirAddress *address)
{
  static const guint8 prefix[IPV4_AT] = { [10] = 0xff, [11] = 0xff };

  return memcmp (address->bytes, prefix, sizeof (prefix)) == 0;
}

gboolean
weir_address_from_sockaddr (
    const struct sockaddr *from, WeirAddress *ret_address)
{
  const struct sockaddr_in *in4 = (const struct sockaddr_in *) from;
  const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) from;

  if (from->sa_family == AF_INET) {
    weir_address_set_ipv4 (ret_address, (const guint8 *) &in4->sin_addr);
    ret_address->port = ntohs (in4->sin_port);
    return TRUE;
  }
  if (from->sa_family != AF_INET6)
    return FALSE;
  memcpy (ret_address->bytes, &in6->sin6_addr, WEIR_ADDRESS_BYTES);
  ret_address->port = ntohs (in6->sin6_port);
  return TRUE;
}

gboolean
weir_address_parse (const char *text, WeirAddress *ret_address)
{
  WeirAddress address = { .port = 0 };
  guint8 in4[4];

  if (inet_pton (AF_INET, text, in4) == 1)
    weir_address_set_ipv4 (&address, in4);
  else if (inet_pton (AF_INET6, text, address.bytes) != 1)
    return FALSE;
  *ret_address = address;
  return TRUE;
}

static void
print (const WeirAddress *address, char text[INET6_ADDRSTRLEN])
{
  if (weir_address_is_ipv4 (address))
    inet_ntop (AF_INET, address->bytes + IPV4_AT, text, INET6_ADDRSTRLEN);
  else
    inet_ntop (AF_INET6, address->bytes, text, INET6_ADDRSTRLEN);
}

char *
weir_address_to_text (const WeirAddress *address)
{
  char text[INET6_ADDRSTRLEN];

  print (address, text);
  return g_strdup_printf (weir_address_is_ipv4 (address) ? "%s:%u" : "[%s]:%u",
      text, address->port);
}

char *
weir_address_to_key (const WeirAddress *address)
{
  WeirAddress network = *address;
  char text[INET6_ADDRSTRLEN];

  if (!weir_address_is_ipv4 (address))
    memset (
        network.bytes + NETWORK_BYTES, 0, WEIR_ADDRESS_BYTES - NETWORK_BYTES);
  print (&network, text);
  return g_strdup (text);
}
