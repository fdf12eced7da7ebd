/* Parses lists of networks and compares prefixes. */
#include "core/networks.h"

#include <string.h>

#include "base/error.h"

#define ADDRESS_BITS (WEIR_ADDRESS_BYTES * 8)
#define IPV4_BITS 32

typedef struct {
  WeirAddress address;
  guint bits; /* of the 128, also for IPv4 */
} Network;

struct _WeirNetworks {
  guint n;
  Network list[WEIR_NETWORKS_MAX];
};

static gboolean
same_prefix (const guint8 *a, const guint8 *b, guint bits)
{
  guint bytes = bits / 8;
  guint rest = bits % 8;

  return memcmp (a, b, bytes) == 0
         && (rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0);
}

static gboolean
fail (GError **error, const char *entry, const char *words)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG, "\"%s\" %s", entry, words);
  return FALSE;
}

/* Bits beyond the prefix are more often a slip than meant. */
static gboolean
has_host_bits (const Network *network)
{
  WeirAddress base = network->address;

  for (guint bit = network->bits; bit < ADDRESS_BITS; bit++)
    base.bytes[bit / 8] &= (guint8) ~(0x80u >> bit % 8);
  return memcmp (base.bytes, network->address.bytes, WEIR_ADDRESS_BYTES) != 0;
}

static gboolean
parse_network (const char *entry, Network *ret, GError **error)
{
  const char *slash = strchr (entry, '/');
  g_autofree char *address = slash != NULL
                                 ? g_strndup (entry, (gsize) (slash - entry))
                                 : g_strdup (entry);
  guint64 bits;
  guint most;

  if (!weir_address_parse (address, &ret->address))
    return fail (error, entry, "is no address and no network like 10.0.0.0/8");
  most = weir_address_is_ipv4 (&ret->address) ? IPV4_BITS : ADDRESS_BITS;
  bits = most;
  if (slash != NULL
      && !g_ascii_string_to_unsigned (slash + 1, 10, 0, most, &bits, NULL))
    return fail (error, entry, "has a prefix that is too long or no number");
  ret->bits = ADDRESS_BITS - most + (guint) bits;
  if (has_host_bits (ret))
    return fail (error, entry, "has bits set beyond its prefix");
  return TRUE;
}

WeirNetworks *
weir_networks_parse (const char *list, GError **error)
{
  g_autoptr (WeirNetworks) networks = g_new0 (WeirNetworks, 1);
  g_auto (GStrv) entries = g_strsplit_set (list, ", \t", -1);

  for (char **entry = entries; *entry != NULL; entry++) {
    if (**entry == '\0')
      continue;
    if (networks->n == WEIR_NETWORKS_MAX) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
          "more than %d addresses and networks", WEIR_NETWORKS_MAX);
      return NULL;
    }
    if (!parse_network (*entry, &networks->list[networks->n], error))
      return NULL;
    networks->n++;
  }
  return g_steal_pointer (&networks);
}

void
weir_networks_free (WeirNetworks *networks)
{
  g_free (networks);
}

gboolean
weir_networks_contain (const WeirNetworks *networks, const WeirAddress *address)
{
  for (guint i = 0; i < networks->n; i++) {
    const Network *network = &networks->list[i];

    if (weir_address_is_ipv4 (&network->address)
            == weir_address_is_ipv4 (address)
        && same_prefix (network->address.bytes, address->bytes, network->bits))
      return TRUE;
  }
  return FALSE;
}
