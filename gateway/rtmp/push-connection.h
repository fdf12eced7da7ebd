/* The socket of a push: resolve, connect, write what fits, read. For
 * rtmp/push.c only. Loop thread. */
#pragma once

#include <sys/uio.h>

#include "base/loop.h"

typedef struct _WeirPushConnection WeirPushConnection;

/* Called on the loop, never from inside a call on the connection. */
typedef struct {
  void (*on_connected) (gpointer data);
  void (*on_read) (const guint8 *bytes, gsize size, gpointer data);
  /* ERROR: words, or NULL when the peer closed. Nothing follows. */
  void (*on_lost) (const char *error, gpointer data);
} WeirPushConnectionEvents;

/* ATTEMPT chooses among several addresses of HOST. UNSENT_BYTES bounds what
 * the kernel keeps that was never sent. EVENTS are borrowed. */
WeirPushConnection *weir_push_connection_new (uv_loop_t *loop, const char *host,
    guint port, guint attempt, guint unsent_bytes,
    const WeirPushConnectionEvents *events, gpointer data);

/* Bytes taken, at once and without queueing: 0 when the socket is full, -1
 * when it is broken. */
gssize weir_push_connection_write (
    WeirPushConnection *connection, const struct iovec *pieces, guint n);

/* No more writes; the peer sees the end after what was written. */
void weir_push_connection_shutdown (WeirPushConnection *connection);

/* No events any more; frees itself on the loop. NULL is allowed. */
void weir_push_connection_close (WeirPushConnection *connection);
