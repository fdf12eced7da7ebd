/* The settings of SRT, checked. Pure. */
#pragma once

#include "core/settings.h"
#include "wire/srt.h"

#define WEIR_SRT_MAX_PORTS 32

typedef struct {
  const char *address; /* numeric; borrowed from the settings */
  guint16 ports[WEIR_SRT_MAX_PORTS];
  guint n_ports;
  guint latency_ms;
  guint max_latency_ms;
  guint idle_timeout_ms;
  guint max_connections;
  guint max_connections_per_address;
  const char *default_stream_id; /* or "" */
  guint16 programme;
  gint64 hang_timeout_us;
  gboolean waits; /* for what is missing, instead of leaving it out */
} WeirSrtSettings;

/* SETTINGS must outlive RET. WEIR_ERROR_CONFIG with section and key, and no
 * secret in it. */
gboolean weir_srt_settings_read (
    const WeirSettings *settings, WeirSrtSettings *ret, GError **error);

/* What publishers of application APP encrypt with, "" being those without a
 * section of their own; "" when they must not. Borrowed from SETTINGS. */
const char *
weir_srt_settings_passphrase (const WeirSettings *settings, const char *app);

/* The same of PUBLISHER in APP by its [publisher] section; NULL when there is
 * none. NAMED_APP: only if the section names APP. */
const char *
weir_srt_settings_publisher_passphrase (const WeirSettings *settings,
    const char *app, const char *publisher, gboolean named_app);

/* Least length of their keys, in bytes. */
guint8 weir_srt_settings_key_bytes (const WeirSettings *settings);
