/* Who is in a list of networks, and which lists are refused. */
#include "base/error.h"
#include "core/networks.h"

static gboolean
holds (const char *list, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirNetworks) networks = weir_networks_parse (list, &error);
  WeirAddress address;

  g_assert_no_error (error);
  g_assert_true (weir_address_parse (text, &address));
  return weir_networks_contain (networks, &address);
}

static void
test_contain (void)
{
  static const struct {
    const char *list;
    const char *address;
    gboolean in;
  } cases[] = {
    { "", "127.0.0.1", FALSE },
    { " ,, ", "::1", FALSE },
    { "127.0.0.1", "127.0.0.1", TRUE },
    { "127.0.0.1", "127.0.0.2", FALSE },
    { "10.0.0.0/8", "10.255.0.1", TRUE },
    { "10.0.0.0/8", "11.0.0.0", FALSE },
    { "10.0.0.0/8", "::a00:1", FALSE },
    { "10.128.0.0/9", "10.128.0.1", TRUE },
    { "10.128.0.0/9", "10.127.255.255", FALSE },
    { "192.0.2.4/30", "192.0.2.7", TRUE },
    { "192.0.2.4/30", "192.0.2.8", FALSE },
    { "0.0.0.0/0", "203.0.113.9", TRUE },
    { "0.0.0.0/0", "2001:db8::1", FALSE },
    { "::/0", "2001:db8::1", TRUE },
    { "::/0", "203.0.113.9", FALSE },
    { "2001:db8::/33", "2001:db8:7fff::1", TRUE },
    { "2001:db8::/33", "2001:db8:8000::1", FALSE },
    { "fd00::/8, 192.0.2.1 2001:db8::1", "192.0.2.1", TRUE },
    { "fd00::/8, 192.0.2.1 2001:db8::1", "2001:db8::1", TRUE },
    { "fd00::/8, 192.0.2.1 2001:db8::1", "2001:db8::2", FALSE },
    { "::ffff:192.0.2.1", "192.0.2.1", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    if (holds (cases[i].list, cases[i].address) != cases[i].in)
      g_error ("\"%s\", %s", cases[i].list, cases[i].address);
}

static void
test_refused (void)
{
  static const char *const lists[] = { "localhost", "10.0.0.0/33", "10.0.0.0/",
    "10.0.0.0/-1", "10.0.0.0/8/8", "/8", "10.0.0.1/8", "::/129", "fd00::1/8",
    "192.0.2.1, x" };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (WeirNetworks) networks = weir_networks_parse (lists[i], &error);

    if (networks != NULL)
      g_error ("\"%s\" was taken", lists[i]);
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG);
  }
}

static void
test_limit (void)
{
  g_autoptr (GString) list = g_string_new (NULL);
  g_autoptr (WeirNetworks) most = NULL;
  g_autoptr (WeirNetworks) more = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < WEIR_NETWORKS_MAX; i++)
    g_string_append_printf (list, "10.0.0.%u,", i);
  most = weir_networks_parse (list->str, &error);
  g_assert_no_error (error);
  g_string_append (list, "10.0.1.0");
  more = weir_networks_parse (list->str, &error);
  g_assert_null (more);
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "256"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/networks/contain", test_contain);
  g_test_add_func ("/networks/refused", test_refused);
  g_test_add_func ("/networks/limit", test_limit);
  return g_test_run ();
}
