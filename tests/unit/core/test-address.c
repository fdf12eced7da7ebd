/* Addresses in one form, whichever socket they came through. */
#include "core/address.h"

#include <netinet/in.h>
#include <sys/socket.h>

static void
assert_shown (const WeirAddress *address, const char *text, const char *key)
{
  g_autofree char *shown = weir_address_to_text (address);
  g_autofree char *counted = weir_address_to_key (address);

  g_assert_cmpstr (shown, ==, text);
  g_assert_cmpstr (counted, ==, key);
}

static void
test_sockets (void)
{
  static const guint8 mapped[16] = {
    [10] = 0xff, [11] = 0xff, [12] = 192, 0, 2, 1
  };
  struct sockaddr_in in4 = { .sin_family = AF_INET,
    .sin_port = htons (1935),
    .sin_addr.s_addr = htonl (0xc0000201) };
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
    .sin6_port = htons (65535) };
  struct sockaddr local = { .sa_family = AF_UNIX };
  WeirAddress a, b;

  g_assert_true (weir_address_from_sockaddr ((struct sockaddr *) &in4, &a));
  g_assert_true (weir_address_is_ipv4 (&a));
  assert_shown (&a, "192.0.2.1:1935", "192.0.2.1");
  memcpy (&in6.sin6_addr, mapped, sizeof (mapped));
  g_assert_true (weir_address_from_sockaddr ((struct sockaddr *) &in6, &b));
  assert_shown (&b, "192.0.2.1:65535", "192.0.2.1");
  g_assert_cmpmem (a.bytes, sizeof (a.bytes), b.bytes, sizeof (b.bytes));
  g_assert_false (weir_address_from_sockaddr (&local, &a));
}

/* One subscriber has a /64 network, and all its addresses count as one. */
static void
test_ipv6_key (void)
{
  WeirAddress a;

  g_assert_true (weir_address_parse ("2001:db8:1:2:aaaa::5", &a));
  a.port = 7;
  g_assert_false (weir_address_is_ipv4 (&a));
  assert_shown (&a, "[2001:db8:1:2:aaaa::5]:7", "2001:db8:1:2::");
}

static void
test_no_address (void)
{
  static const char *const texts[] = { "", "host", "1.2.3", "1.2.3.4.5",
    "256.0.0.1", "01.2.3.4", "1.2.3.4 ", "[::1]", "::1%lo", "1.2.3.4:5",
    "1:2:3:4:5:6:7:8:9" };
  WeirAddress a;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (weir_address_parse (texts[i], &a))
      g_error ("\"%s\" is no address", texts[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address/sockets", test_sockets);
  g_test_add_func ("/address/ipv6-key", test_ipv6_key);
  g_test_add_func ("/address/no-address", test_no_address);
  return g_test_run ();
}
