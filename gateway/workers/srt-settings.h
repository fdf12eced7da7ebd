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
} WeirSrtSettings;

/* SETTINGS must outlive RET. WEIR_ERROR_CONFIG with section and key, and no
 * secret in it. */
gboolean weir_srt_settings_read (
    const WeirSettings *settings, WeirSrtSettings *ret, GError **error);

/* How a connection is to be encrypted. */
typedef struct {
  const char *passphrase; /* "": not at all; borrowed from the settings */
  guint8 key_bytes;       /* at least */
} WeirSrtSecrecy;

/* Of application APP; "" is for those without a section of their own. */
WeirSrtSecrecy
weir_srt_settings_secrecy (const WeirSettings *settings, const char *app);

/* Of PUBLISHER in APP by its [publisher] section; FALSE when there is none.
 * NAMED_APP: only if the section names APP. */
gboolean weir_srt_settings_publisher_secrecy (const WeirSettings *settings,
    const char *app, const char *publisher, gboolean named_app,
    WeirSrtSecrecy *ret);
