/* Reads [srt], and what [app] and [publisher] say about SRT. */
#include "workers/srt-settings.h"

#include "base/error.h"
#include "core/address.h"
#include "core/stream-id.h"
#include "workers/srt-url.h"

#include <string.h>

static gboolean
fail (GError **error, const char *where, const char *words)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG, "%s: %s", where, words);
  return FALSE;
}

static gboolean
read_ports (const char *text, WeirSrtSettings *ret, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  ret->n_ports = 0;
  if (*text == '\0')
    return TRUE;
  for (char **part = parts; *part != NULL; part++) {
    guint64 port;

    if (!g_ascii_string_to_unsigned (
            g_strstrip (*part), 10, 0, G_MAXUINT16, &port, NULL))
      return fail (error, "[srt] port", "not a list of numbers up to 65535");
    if (ret->n_ports == WEIR_SRT_MAX_PORTS)
      return fail (error, "[srt] port", "more than 32");
    for (guint i = 0; port != 0 && i < ret->n_ports; i++)
      if (ret->ports[i] == port)
        return fail (error, "[srt] port", "one stands twice");
    ret->ports[ret->n_ports++] = (guint16) port;
  }
  return TRUE;
}

static gboolean
check_passphrase (const char *where, const char *text, GError **error)
{
  const char *complaint =
      *text != '\0' ? weir_srt_passphrase_complaint (text) : NULL;

  return complaint == NULL || fail (error, where, complaint);
}

static gboolean
check_passphrases (const WeirSettings *settings, GError **error)
{
  g_auto (GStrv) apps = weir_settings_names (settings, "app");
  g_auto (GStrv) publishers = weir_settings_names (settings, "publisher");
  const char *all = weir_settings_string (settings, "srt", "passphrase");

  if (!check_passphrase ("[srt] passphrase", all, error))
    return FALSE;
  for (char **app = apps; *app != NULL; app++) {
    g_autofree char *where = g_strdup_printf ("[app %s] srt_passphrase", *app);
    const char *own =
        weir_settings_app_string (settings, *app, "srt", "passphrase");

    if (!check_passphrase (where, own, error))
      return FALSE;
    if (*own == '\0' && *all != '\0')
      return fail (error, where, "can't be empty while [srt] has one");
  }
  for (char **name = publishers; *name != NULL; name++) {
    g_autofree char *where =
        g_strdup_printf ("[publisher %s] srt_passphrase", *name);
    const char *own = weir_settings_named_string (
        settings, "publisher", *name, "srt_passphrase");

    if (*own == '\0')
      return fail (error, where, "must be given");
    if (!check_passphrase (where, own, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_default_stream_id (const char *text, GError **error)
{
  g_auto (WeirStreamId) id = { 0 };

  if (*text == '\0'
      || weir_stream_id_parse (text, strlen (text), "", &id, error))
    return TRUE;
  if (error != NULL && *error != NULL)
    (*error)->code = WEIR_ERROR_CONFIG;
  g_prefix_error (error, "[srt] default_stream_id: ");
  return FALSE;
}

gboolean
weir_srt_settings_read (
    const WeirSettings *settings, WeirSrtSettings *ret, GError **error)
{
  WeirAddress address;

#define INT(key) ((guint) weir_settings_int (settings, "srt", key))
  *ret = (WeirSrtSettings){
    .address = weir_settings_string (settings, "srt", "address"),
    .latency_ms = INT ("latency_ms"),
    .max_latency_ms = INT ("max_latency_ms"),
    .idle_timeout_ms = INT ("idle_timeout_ms"),
    .max_connections = INT ("max_connections"),
    .max_connections_per_address = INT ("max_connections_per_address"),
    .default_stream_id =
        weir_settings_string (settings, "srt", "default_stream_id"),
    .programme = (guint16) INT ("programme"),
    .waits =
        strcmp (weir_settings_string (settings, "srt", "late"), "wait") == 0,
    .hang_timeout_us = INT ("hang_timeout_ms") * (gint64) 1000,
  };
#undef INT
  if (!weir_address_parse (ret->address, &address))
    return fail (error, "[srt] address", "no IPv4 or IPv6 address");
  if (!read_ports (weir_settings_string (settings, "srt", "port"), ret, error))
    return FALSE;
  if (ret->latency_ms > ret->max_latency_ms)
    return fail (error, "[srt] latency_ms", "more than max_latency_ms");
  return check_default_stream_id (ret->default_stream_id, error)
         && check_passphrases (settings, error);
}

const char *
weir_srt_settings_passphrase (const WeirSettings *settings, const char *app)
{
  return weir_settings_app_string (settings, app, "srt", "passphrase");
}

const char *
weir_srt_settings_publisher_passphrase (const WeirSettings *settings,
    const char *app, const char *publisher, gboolean named_app)
{
  const char *only;

  if (!weir_settings_has (settings, "publisher", publisher))
    return NULL;
  only = weir_settings_named_string (settings, "publisher", publisher, "app");
  if (*only == '\0' ? named_app : strcmp (only, app) != 0)
    return NULL;
  return weir_settings_named_string (
      settings, "publisher", publisher, "srt_passphrase");
}

guint8
weir_srt_settings_key_bytes (const WeirSettings *settings)
{
  const char *bits = weir_settings_string (settings, "srt", "key_bits");

  return (guint8) (g_ascii_strtoull (bits, NULL, 10) / 8);
}
