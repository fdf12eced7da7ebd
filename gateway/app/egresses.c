/* Makes egresses of sections. */
#include "app/egresses.h"

#include "base/log.h"
#include "rtmp/push-url.h"
#include "rtmp/push.h"
#include "workers/srt-url.h"

struct _WeirEgresses {
  const WeirSettings *settings;
  GHashTable *tls; /* section's name to WeirTlsContext; rtmps:// only */
};

static char *
expand (const char *template, const char *app, const char *name)
{
  GString *url = g_string_new (template);

  g_string_replace (url, "{app}", app, 0);
  g_string_replace (url, "{name}", name, 0);
  return g_string_free (url, FALSE);
}

static WeirTlsContext *
load_tls (const WeirSettings *settings, const WeirPaths *paths,
    const char *name, GError **error)
{
  const char *file =
      weir_settings_named_string (settings, "egress", name, "ca_file");
  g_autofree char *path =
      *file != '\0' ? weir_paths_from_config (paths, file) : NULL;
  WeirTlsContext *context = weir_tls_context_new_client (path,
      weir_settings_named_bool (settings, "egress", name, "verify"), error);

  if (context == NULL)
    g_prefix_error (error, "[egress %s] ca_file: ", name);
  return context;
}

static gboolean
check_srt (const char *url, GError **error)
{
  g_auto (WeirSrtUrl) parsed = { 0 };

  return weir_srt_url_parse (url, &parsed, error);
}

static gboolean
add_section (WeirEgresses *egresses, const WeirPaths *paths, const char *name,
    GError **error)
{
  g_autofree char *url = expand (
      weir_settings_named_string (egresses->settings, "egress", name, "url"),
      "app", "name");
  g_auto (WeirRtmpPushUrl) parsed = { 0 };
  WeirTlsContext *tls;

  if (weir_srt_url_is_one (url)
          ? !check_srt (url, error)
          : !weir_rtmp_push_url_parse (url, &parsed, error)) {
    g_prefix_error (error, "[egress %s] url: ", name);
    return FALSE;
  }
  if (!parsed.tls)
    return TRUE;
  tls = load_tls (egresses->settings, paths, name, error);
  if (tls != NULL)
    g_hash_table_insert (egresses->tls, g_strdup (name), tls);
  return tls != NULL;
}

WeirEgresses *
weir_egresses_load (
    const WeirSettings *settings, const WeirPaths *paths, GError **error)
{
  g_autoptr (WeirEgresses) egresses = g_new0 (WeirEgresses, 1);
  g_auto (GStrv) names = weir_settings_names (settings, "egress");

  egresses->settings = settings;
  egresses->tls = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) weir_tls_context_unref);
  for (char **name = names; *name != NULL; name++)
    if (!add_section (egresses, paths, *name, error))
      return NULL;
  return g_steal_pointer (&egresses);
}

void
weir_egresses_free (WeirEgresses *egresses)
{
  if (egresses == NULL)
    return;
  g_hash_table_unref (egresses->tls);
  g_free (egresses);
}

static WeirRtmpEnhanced
read_enhanced (const WeirSettings *settings, const char *name)
{
  const char *text =
      weir_settings_named_string (settings, "egress", name, "enhanced");

  return g_str_equal (text, "yes")  ? WEIR_RTMP_ENHANCED_YES
         : g_str_equal (text, "no") ? WEIR_RTMP_ENHANCED_NO
                                    : WEIR_RTMP_ENHANCED_AUTO;
}

WeirEgress *
weir_egresses_make (WeirEgresses *egresses, WeirLoop *loop, WeirSrt *srt,
    const char *name, const char *app, const char *stream)
{
  const WeirSettings *settings = egresses->settings;
  const char *only =
      weir_settings_named_string (settings, "egress", name, "app");
  WeirRtmpPushOptions options = {
    .name = name,
    .tls = g_hash_table_lookup (egresses->tls, name),
    .ping = weir_settings_named_bool (settings, "egress", name, "ping"),
    .enhanced = read_enhanced (settings, name),
  };
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;
  WeirEgress *egress;

  if (*only != '\0' && g_strcmp0 (only, app) != 0)
    return NULL;
  options.url = url =
      expand (weir_settings_named_string (settings, "egress", name, "url"), app,
          stream);
  egress = weir_srt_url_is_one (url)
               ? weir_srt_make_egress (srt, name, url, &error)
               : weir_rtmp_push_new (loop, &options, &error);
  if (egress == NULL)
    weir_error ("app", name, "%s", error->message);
  return egress;
}
