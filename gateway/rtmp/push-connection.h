/* The socket of a push: resolve, connect, TLS if wanted, write what fits, read.
 * For rtmp/push.c only. Loop thread. */
#pragma once

#include <sys/uio.h>

#include "base/loop.h"
#include "rtmp/tls.h"

/* TLS answers that the server does not take; more breaks the connection. */
#define WEIR_PUSH_CONNECTION_MAX_WAITING_BYTES (64 * 1024)

typedef struct _WeirPushConnection WeirPushConnection;

/* Called on the loop, never from inside a call on the connection. */
typedef struct {
  void (*on_connected) (gpointer data); /* and TLS agreed on */
  void (*on_read) (const guint8 *bytes, gsize size, gpointer data);
  /* ERROR: words, or NULL when the peer closed. Nothing follows. */
  void (*on_lost) (const char *error, gpointer data);
} WeirPushConnectionEvents;

/* TLS: NULL for none. ATTEMPT chooses among several addresses of HOST.
 * UNSENT_BYTES bounds what the kernel keeps that was never sent. EVENTS are
 * borrowed. */
WeirPushConnection *weir_push_connection_new (uv_loop_t *loop, const char *host,
    guint port, WeirTlsContext *tls, guint attempt, guint unsent_bytes,
    const WeirPushConnectionEvents *events, gpointer data);

/* Bytes taken, at once: 0 when the socket is full, -1 when it is broken.
 * Without TLS nothing is queued. With TLS the last record taken may wait here
 * in part, and nothing more is taken before all of it is with the kernel. */
gssize weir_push_connection_write (
    WeirPushConnection *connection, const struct iovec *pieces, guint n);
/* Goes on with that record. FALSE while some of it waits. */
gboolean weir_push_connection_flush (WeirPushConnection *connection);

/* Bytes given to the kernel, and how many of them the server's kernel has
 * confirmed: it has them, whether or not the server reads. */
guint64 weir_push_connection_get_written (const WeirPushConnection *connection);
guint64
weir_push_connection_get_confirmed (const WeirPushConnection *connection);

/* No more writes; the peer sees the end after what was taken. */
void weir_push_connection_shutdown (WeirPushConnection *connection);

/* No events any more; frees itself on the loop. NULL is allowed. */
void weir_push_connection_close (WeirPushConnection *connection);
