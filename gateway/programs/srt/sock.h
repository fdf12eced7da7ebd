/* Sockets of libsrt, the way both sides of weir-srt use them: live mode, never
 * blocking, a silent line noticed within seconds. */
#pragma once

#include <srt/srt.h>
#include <sys/socket.h>

#include "core/address.h"

/* Nothing heard from the other side for so long: it is gone. */
#define WEIR_SOCK_PEER_IDLE_MS 3000
/* Lets a stream of 50 Mbit/s have a round trip of 300 ms; more than what the
 * line takes does not pile up in it. */
#define WEIR_SOCK_SEND_BUFFER_BYTES (2 * 1024 * 1024)

/* libsrt, quiet. It starts threads with the first socket. */
gboolean weir_sock_startup (GError **error);
void weir_sock_cleanup (void);

/* What libsrt keeps of a publisher at most: so much as RATE brings within the
 * greatest latency that it may have and MORE, for which the gateway may stand
 * still; what comes beyond is lost. */
#define WEIR_SOCK_RECEIVE_KBIT 32000
#define WEIR_SOCK_RECEIVE_MORE_MS 1000
#define WEIR_SOCK_RECEIVE_MAX_BYTES (16 * 1024 * 1500)
int weir_sock_receive_bytes (guint max_latency_ms);

/* A socket bound to ADDRESS (numeric; "": any) and PORT, or SRT_INVALID_SOCK
 * with an error. Not listening yet. */
SRTSOCKET weir_sock_bind (const char *address, gsize address_size, guint16 port,
    guint latency_ms, guint max_latency_ms, GError **error);
/* Of a socket that is not connected yet, or a listening one for those it will
 * accept. On, as at first: libsrt keeps what comes for the latency and leaves
 * out what is missing. Off: it hands it out at once, and asks for what is
 * missing until it has come. (SRTO_TLPKTDROP alone does not do: off in libsrt
 * 1.5.1, the thread that delivers packets spins while one is missing.) */
gboolean weir_sock_set_schedule (SRTSOCKET sock, gboolean on);
/* The port that it has got. */
guint16 weir_sock_get_port (SRTSOCKET sock);

typedef struct {
  const char *address; /* numeric */
  gsize address_size;
  guint16 port;
  const char *stream_id;
  gsize stream_id_size;
  const char *passphrase;
  gsize passphrase_size;
  guint key_length;
  guint latency_ms;
  guint timeout_ms;
} WeirSockCall;

/* Begins to connect. */
SRTSOCKET weir_sock_call (const WeirSockCall *call, GError **error);

/* At once: what is not sent yet is dropped. */
void weir_sock_close (SRTSOCKET sock);

gboolean weir_sock_set_int (SRTSOCKET sock, SRT_SOCKOPT option, int value);
/* 0 when it can't be told. */
int weir_sock_get_int (SRTSOCKET sock, SRT_SOCKOPT option);
/* Bytes of the key that connection uses; 0: not encrypted. */
guint8 weir_sock_get_key_length (SRTSOCKET sock);
gboolean weir_sock_get_peer (SRTSOCKET sock, WeirAddress *ret_address);
/* FALSE when the connection is gone. Counts are from its beginning. */
gboolean weir_sock_get_stats (SRTSOCKET sock, SRT_TRACEBSTATS *ret_stats);
