/* Stands in for the gateway at the other end of weir-srt's socket. Every wait
 * has a deadline that ends the test. */
#pragma once

#include <glib.h>

#include "core/packet.h"
#include "wire/wire.h"

#define DEADLINE_US (60 * G_USEC_PER_SEC)

typedef struct {
  guint64 number;
  char *app, *name, *secret;
  guint32 latency_ms;
  guint8 key_length;
  guint codec[2];
  GBytes *config[2];
  guint packets[2];
  guint keys[2];
  guint discont[2];
  gint64 first_dts_ms[2];
  gint64 last_dts_ms[2];
  guint not_rising[2]; /* DTS that did not rise */
  gint64 greatest_step_ms[2];
  guint64 bytes;
  guint troubles;
  gboolean has_stats;
  WeirSrtStats stats;
  gboolean closed;
  WeirSrtClosedWhy why;
} Publisher;

typedef struct {
  gboolean called, closed;
  WeirSrtCalled call;
  WeirSrtTaken taken;
  WeirSrtClosedWhy why;
  guint code;
  char words[128];
  guint64 packets;
  gboolean has_stats;
  WeirSrtStats stats;
} Egress;

typedef struct {
  GPid pid;
  int fd;
  GByteArray *in;
  GByteArray *out;
  gboolean ready;
  gboolean ended; /* it has closed its end */
  guint16 port;   /* that opened last */
  guint port_states[WEIR_SRT_PORT_STATES];
  char *port_text;
  GPtrArray *publishers; /* Publisher, in order of their coming */
  GHashTable *egresses;  /* number → Egress */
  GArray *refused;       /* WeirSrtRefused without text */
  guint pongs;
  gboolean admit; /* everybody, at once */
  guint program;
  /* What is done with a publisher's packets and configurations, if anything. */
  void (*on_media) (const WeirWireMessage *m, gpointer data);
  gpointer data;
} Srt;

/* Starts it and waits for READY. */
void srt_start (Srt *s);
/* Closes the socket; it must end with STATUS. */
void srt_finish (Srt *s, int status);
void srt_send (Srt *s, const WeirWireMessage *m);
/* A port on 127.0.0.1 with the usual bounds; returns the port number. */
guint16 srt_listen (Srt *s, guint32 id);
void srt_rule (Srt *s, WeirSrtRuleKind kind, guint flags, guint code,
    const char *key, const char *passphrase, guint key_length);
void srt_call_to (Srt *s, guint64 number, guint16 port, const char *stream_id,
    const char *passphrase);
void srt_close_it (Srt *s, guint64 number, WeirSrtCloseKind how);

/* Handles messages until DONE. */
void srt_wait (Srt *s, gboolean (*done) (Srt *s, gpointer data), gpointer data);
/* The same until CONDITION. */
#define SRT_UNTIL(s, condition)                                                \
  do {                                                                         \
    gint64 until_us_ = g_get_monotonic_time () + DEADLINE_US;                  \
    while (!(condition)) {                                                     \
      if (g_get_monotonic_time () > until_us_)                                 \
        g_error ("%s:%d: what was waited for did not come: %s", __FILE__,      \
            __LINE__, #condition);                                             \
      srt_step (s);                                                            \
    }                                                                          \
  } while (0)
/* Handles what comes within a moment. */
void srt_step (Srt *s);
/* The one that came as number N, or NULL. */
Publisher *srt_publisher (Srt *s, guint n);
Egress *srt_egress (Srt *s, guint64 number);

/* A program that runs beside; ended by id when the test ends. The format is
 * split at spaces. */
GPid peer_start (const char *format, ...) G_GNUC_PRINTF (1, 2);
void peer_stop (GPid pid);
/* Waits for it to end; returns its status. */
int peer_wait (GPid pid);
/* A UDP port that is free. */
guint16 free_port (void);
/* SECONDS of pictures and sound by ffmpeg with OPTIONS ("-c:v libx264 …") as
 * MPEG-TS in a new file; caller unlinks and frees. */
char *make_ts (guint seconds, const char *options);
