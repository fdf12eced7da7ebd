/* Reads and checks a configuration. */
#include "app/configuration.h"

#include "base/error.h"
#include "core/address.h"
#include "core/networks.h"
#include "hooks/publish-hook.h"
#include "workers/srt-settings.h"

static gboolean
check_address (
    const WeirSettings *settings, const char *section, GError **error)
{
  const char *text = weir_settings_string (settings, section, "address");
  WeirAddress address;

  if (weir_address_parse (text, &address))
    return TRUE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
      "[%s] address: \"%s\" is no IPv4 or IPv6 address", section, text);
  return FALSE;
}

/* RET: NULL when no certificate is set. Everything that publishers of RTMP
 * meet is checked here, without a port. */
static gboolean
load_rtmp (const WeirSettings *settings, const WeirPaths *paths,
    WeirTlsContext **ret, GError **error)
{
  g_autoptr (WeirNetworks) proxies = weir_networks_parse (
      weir_settings_string (settings, "rtmp", "proxy_from"), error);
  const char *certificate =
      weir_settings_string (settings, "rtmps", "certificate");
  const char *key = weir_settings_string (settings, "rtmps", "key");
  g_autofree char *certificate_path = NULL;
  g_autofree char *key_path = NULL;
  g_autoptr (WeirTlsContext) tls = NULL;

  if (proxies == NULL) {
    g_prefix_error (error, "[rtmp] proxy_from: ");
    return FALSE;
  }
  if (!check_address (settings, "rtmp", error)
      || !check_address (settings, "rtmps", error))
    return FALSE;
  if (*certificate == '\0') {
    *ret = NULL;
    return TRUE;
  }
  certificate_path = weir_paths_from_config (paths, certificate);
  key_path = weir_paths_from_config (paths, *key != '\0' ? key : certificate);
  tls = weir_tls_context_new_server (certificate_path, error);
  if (tls == NULL) {
    g_prefix_error (error, "[rtmps] certificate: ");
    return FALSE;
  }
  if (!weir_tls_context_load_key (tls, key_path, error)) {
    g_prefix_error (error, "[rtmps] key: ");
    return FALSE;
  }
  *ret = g_steal_pointer (&tls);
  return TRUE;
}

static gboolean
check_srt (const WeirSettings *settings, GError **error)
{
  WeirSrtSettings srt;

  return weir_srt_settings_read (settings, &srt, error);
}

gboolean
weir_configuration_load (const char *path, const WeirPaths *paths,
    WeirConfiguration *ret, GError **error)
{
  g_auto (WeirConfiguration) c = { 0 };
  gboolean ok;

  c.settings = weir_settings_load (path, error); /* which names PATH */
  if (c.settings == NULL)
    return FALSE;
  ok = weir_publish_hook_check_settings (c.settings, error)
       && check_srt (c.settings, error)
       && (c.egresses = weir_egresses_load (c.settings, paths, error)) != NULL
       && (c.styles = weir_slate_styles_load (c.settings, paths, error)) != NULL
       && load_rtmp (c.settings, paths, &c.tls, error)
       && (c.policy = weir_policy_new (c.settings, NULL, error)) != NULL;
  if (!ok) {
    g_prefix_error (error, "%s: ", path);
    return FALSE;
  }
  *ret = c;
  c = (WeirConfiguration){ 0 };
  return TRUE;
}

void
weir_configuration_clear (WeirConfiguration *c)
{
  g_clear_pointer (&c->models, weir_models_free);
  g_clear_pointer (&c->policy, weir_policy_free);
  g_clear_pointer (&c->tls, weir_tls_context_unref);
  g_clear_pointer (&c->styles, weir_slate_styles_free);
  g_clear_pointer (&c->egresses, weir_egresses_free);
  g_clear_pointer (&c->settings, weir_settings_free);
}
