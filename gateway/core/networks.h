/* A list of addresses and networks that a peer is or is not in. Pure. */
#pragma once

#include "core/address.h"

/* Entries of one list; more is an error. Matching looks at each. */
#define WEIR_NETWORKS_MAX 256

typedef struct _WeirNetworks WeirNetworks;

/* LIST: addresses (10.0.0.1, 2001:db8::1) and networks (10.0.0.0/8, fd00::/8)
 * separated by commas or blanks; "" holds nobody. NULL with WEIR_ERROR_CONFIG
 * and the entry at fault. */
WeirNetworks *weir_networks_parse (const char *list, GError **error);
void weir_networks_free (WeirNetworks *networks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirNetworks, weir_networks_free)

/* A network of one family never holds an address of the other: ::/0 is all of
 * IPv6 and nothing of IPv4. The port does not matter. */
gboolean weir_networks_contain (
    const WeirNetworks *networks, const WeirAddress *address);
