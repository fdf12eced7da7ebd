/* A publisher's TCP connection: bytes in on the tick, bytes out at once, who
 * it is. Knows nothing of the protocol. For rtmp/session.c and
 * rtmp/listener.c only. Loop thread. */
#pragma once

#include "base/loop.h"
#include "base/poll-set.h"
#include "core/address.h"

#define WEIR_RTMP_READ_BUFFER_BYTES (64 * 1024)
/* Full reads in a row before the others have their turn. */
#define WEIR_RTMP_READS_A_TURN 8
/* Publishers are read on every fourth tick, a quarter of them on each: 25
 * reads a second for the 75 messages that a stream has, and 100 Mbit/s at
 * most. 40 ms are little beside the delay; SRS's merged reads wait 350. */
#define WEIR_RTMP_READ_TICKS 4
/* What the peer has not taken of its answers; more breaks the connection. */
#define WEIR_RTMP_MAX_OUTPUT_BYTES (256 * 1024)

/* What the sockets of a listener share: when they are read, and into what. */
typedef struct {
  WeirLoop *loop;
  WeirTimer *timer;   /* runs while there are sockets */
  WeirPollSet *eager; /* on every tick: connections that don't publish yet */
  WeirPollSet *calm[WEIR_RTMP_READ_TICKS];
  guint n_sockets;
  gint64 tick; /* number of the last one */
  guint64 bytes_received;
  guint8 buffer[WEIR_RTMP_READ_BUFFER_BYTES];
} WeirRtmpReaders;

WeirRtmpReaders *weir_rtmp_readers_new (WeirLoop *loop);
/* Every socket must be closed. */
void weir_rtmp_readers_free (WeirRtmpReaders *readers);

typedef struct _WeirRtmpSocket WeirRtmpSocket;

/* None is called from inside a function of this header, none after
 * weir_rtmp_socket_close (). */
typedef struct {
  /* BYTES came in; ARRIVAL_US is the tick they count as having come at. */
  void (*on_input) (
      const guint8 *bytes, gsize size, gint64 arrival_us, gpointer data);
  /* The peer is gone. WHY is text for people. Close. */
  void (*on_gone) (const char *why, gpointer data);
} WeirRtmpSocketEvents;

/* Accepts from SERVER and begins to read. NULL when the system refuses. */
WeirRtmpSocket *weir_rtmp_socket_accept (WeirRtmpReaders *readers,
    uv_stream_t *server, const WeirRtmpSocketEvents *events, gpointer data);

/* The other end of the connection, which may be a proxy. */
const WeirAddress *weir_rtmp_socket_get_address (const WeirRtmpSocket *socket);

/* Leaves what comes with the kernel, from now on until weir_rtmp_socket_resume
 * () or weir_rtmp_socket_calm_down (). A peer that goes away is seen. */
void weir_rtmp_socket_pause (WeirRtmpSocket *socket);
void weir_rtmp_socket_resume (WeirRtmpSocket *socket);

/* It publishes now: it is read less often, in larger pieces. */
void weir_rtmp_socket_calm_down (WeirRtmpSocket *socket);

/* Writes all of BYTES and empties it; what the kernel doesn't take waits.
 * FALSE when more than WEIR_RTMP_MAX_OUTPUT_BYTES would wait: the peer does
 * not read its answers. */
gboolean weir_rtmp_socket_write (WeirRtmpSocket *socket, GByteArray *bytes);

/* Ends our side once everything is written; input goes on, so that closing
 * with unread input does not reset the connection under the last words.
 * FALSE when there is nothing left to end. */
gboolean weir_rtmp_socket_shut_down (WeirRtmpSocket *socket);

/* No event any more; ON_CLOSED, if not NULL, when SOCKET is about to be
 * freed, on the loop's next turn. */
void
weir_rtmp_socket_close (WeirRtmpSocket *socket, void (*on_closed) (gpointer));
