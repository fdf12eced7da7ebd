/* The address of an SRT egress:
 *
 *   srt://HOST:PORT?streamid=…[&passphrase=…][&pbkeylen=16|24|32][&latency=MS]
 *
 * as srt-live-transmit has it, with latency in milliseconds. Values may be
 * percent-encoded; "#" and "," may stand as they are, since a stream id is
 * full of them. Pure. */
#pragma once

#include <glib.h>

#define WEIR_SRT_URL_DEFAULT_LATENCY_MS 120
#define WEIR_SRT_URL_MAX_LATENCY_MS 30000
/* libsrt's bounds of a passphrase. */
#define WEIR_SRT_PASSPHRASE_MIN_BYTES 10
#define WEIR_SRT_PASSPHRASE_MAX_BYTES 79

typedef struct {
  char *host; /* without brackets */
  guint port;
  char *stream_id;  /* or "" */
  char *passphrase; /* or "": not encrypted */
  guint key_bytes;  /* 16, 24, 32; 0: the receiver chooses */
  guint latency_ms;
} WeirSrtUrl;

/* TRUE when TEXT is meant to be one. */
gboolean weir_srt_url_is_one (const char *text);

/* WEIR_ERROR_CONFIG, and no secret of TEXT's in it. */
gboolean
weir_srt_url_parse (const char *text, WeirSrtUrl *ret_url, GError **error);
void weir_srt_url_clear (WeirSrtUrl *url);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeirSrtUrl, weir_srt_url_clear)

/* NULL when TEXT can be a passphrase, else what is wrong with it; static. */
const char *weir_srt_passphrase_complaint (const char *text);
