/* A caller that builds its datagrams itself, so that it can say what libsrt
 * would not (draft-sharabayko-srt, 3 and 4.3). */
#pragma once

#include <glib.h>

typedef struct {
  int fd;
  guint32 cookie;
  guint32 peer; /* the socket that has been made for it */
} RawCaller;

typedef struct {
  guint32 mtu;
  guint32 flow_window;
  gboolean encrypted; /* with a passphrase that is not the right one */
  guint latency_ms;   /* 0: 120 */
} RawClaims;

/* As far as the cookie, from 127.0.0.N. */
void raw_caller_start (RawCaller *c, guint n, guint16 port);
void raw_caller_stop (RawCaller *c);

/* Asks, as socket ID, to publish STREAM_ID. */
void raw_caller_conclude (
    RawCaller *c, guint32 id, const RawClaims *claims, const char *stream_id);
/* Passes over all answers that are there. */
void raw_caller_forget_answers (RawCaller *c);
/* The socket that the next answer to a conclusion is for; FALSE in RET_IN: it
 * refuses. Waits for it. */
guint32 raw_caller_answered (RawCaller *c, gboolean *ret_in);

/* A control packet of TYPE with WORDS, and a packet of media. */
void raw_caller_control (
    RawCaller *c, guint type, const guint32 *words, guint n_words);
void
raw_caller_media (RawCaller *c, guint32 seq, const guint8 *data, gsize size);
