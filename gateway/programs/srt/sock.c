/* libsrt's sockets with our options. */
#include "programs/srt/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/error.h"
#include "programs/srt/datagrams.h"

/* Earlier ones can't send a stream id. */
#define OLDEST_PEER 0x010300
/* Again each time the receiver says that it misses a packet, not only once a
 * round trip: the more tries fit into the latency. Costs a packet or two more
 * for each that was lost. */
#define RETRANSMIT_WHEN_ASKED 0

/* It writes what peers say unescaped, and a line per refused caller. */
static void
on_log (void *opaque, int level, const char *file, int line, const char *area,
    const char *message)
{
}

gboolean
weir_sock_startup (GError **error)
{
  if (srt_startup () < 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "libsrt: %s",
        srt_getlasterror_str ());
    return FALSE;
  }
  srt_setloglevel (LOG_CRIT);
  srt_setloghandler (NULL, on_log);
  return TRUE;
}

void
weir_sock_cleanup (void)
{
  srt_cleanup ();
}

gboolean
weir_sock_set_int (SRTSOCKET sock, SRT_SOCKOPT option, int value)
{
  return srt_setsockflag (sock, option, &value, sizeof value) == 0;
}

static gboolean
set_bool (SRTSOCKET sock, SRT_SOCKOPT option, gboolean value)
{
  bool v = value;

  return srt_setsockflag (sock, option, &v, sizeof v) == 0;
}

gboolean
weir_sock_set_schedule (SRTSOCKET sock, gboolean on)
{
  return set_bool (sock, SRTO_TSBPDMODE, on)
         && set_bool (sock, SRTO_TLPKTDROP, on);
}

int
weir_sock_get_int (SRTSOCKET sock, SRT_SOCKOPT option)
{
  int value = 0, size = sizeof value;

  return srt_getsockflag (sock, option, &value, &size) == 0 ? value : 0;
}

static SRTSOCKET
fail (SRTSOCKET sock, const char *what, GError **error)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "%s: %s", what,
      srt_getlasterror_str ());
  if (sock != SRT_INVALID_SOCK)
    srt_close (sock);
  return SRT_INVALID_SOCK;
}

int
weir_sock_receive_bytes (guint max_latency_ms)
{
  guint64 bytes = ((guint64) max_latency_ms + WEIR_SOCK_RECEIVE_MORE_MS)
                  * WEIR_SOCK_RECEIVE_KBIT / 8;

  return (int) MIN (bytes, WEIR_SOCK_RECEIVE_MAX_BYTES);
}

static SRTSOCKET
create (guint latency_ms, int receive_bytes, GError **error)
{
  SRTSOCKET s = srt_create_socket ();

  if (s == SRT_INVALID_SOCK || !weir_sock_set_int (s, SRTO_TRANSTYPE, SRTT_LIVE)
      || !set_bool (s, SRTO_RCVSYN, FALSE) || !set_bool (s, SRTO_SNDSYN, FALSE)
      || !weir_sock_set_int (s, SRTO_MINVERSION, OLDEST_PEER)
      || !weir_sock_set_int (s, SRTO_PEERIDLETIMEO, WEIR_SOCK_PEER_IDLE_MS)
      || !weir_sock_set_int (s, SRTO_LATENCY, (int) latency_ms)
      || !weir_sock_set_int (s, SRTO_RCVBUF, receive_bytes))
    return fail (s, "socket", error);
  return s;
}

static gboolean
make_address (const char *text, gsize size, guint16 port,
    struct sockaddr_storage *ret, int *ret_size, GError **error)
{
  g_autofree char *address = g_strndup (text != NULL ? text : "", size);
  struct sockaddr_in *v4 = (struct sockaddr_in *) ret;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) ret;

  memset (ret, 0, sizeof *ret);
  if (inet_pton (AF_INET, address, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons (port);
    *ret_size = sizeof *v4;
    return TRUE;
  }
  if (inet_pton (AF_INET6, address[0] != '\0' ? address : "::", &v6->sin6_addr)
      == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons (port);
    *ret_size = sizeof *v6;
    return TRUE;
  }
  g_set_error (
      error, WEIR_ERROR, WEIR_ERROR_CONFIG, "the address is no number");
  return FALSE;
}

/* A UDP socket with our filter, or -1. On "::" it hears IPv4, too. */
static int
open_udp (const struct sockaddr_storage *to, int size, GError **error)
{
  const int v6_only = 0;
  int fd = socket (to->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);

  if (fd >= 0
      && (to->ss_family != AF_INET6
          || setsockopt (
                 fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only)
                 == 0)
      && bind (fd, (const struct sockaddr *) to, (socklen_t) size) == 0) {
    if (weir_datagrams_filter (fd, error))
      return fd;
  } else {
    g_set_error (
        error, WEIR_ERROR, WEIR_ERROR_FAILED, "bind: %s", g_strerror (errno));
  }
  if (fd >= 0)
    close (fd);
  return -1;
}

SRTSOCKET
weir_sock_bind (const char *address, gsize address_size, guint16 port,
    guint latency_ms, guint max_latency_ms, GError **error)
{
  g_autoptr (GError) why = NULL;
  struct sockaddr_storage to;
  SRTSOCKET s;
  int size, fd;

  if (!make_address (address, address_size, port, &to, &size, error))
    return SRT_INVALID_SOCK;
  fd = open_udp (&to, size, &why);
  /* A machine without IPv6. */
  if (fd < 0 && address_size == 0)
    return weir_sock_bind (
        "0.0.0.0", 7, port, latency_ms, max_latency_ms, error);
  if (fd < 0) {
    g_propagate_error (error, g_steal_pointer (&why));
    return SRT_INVALID_SOCK;
  }
  s = create (latency_ms, weir_sock_receive_bytes (max_latency_ms), error);
  if (s == SRT_INVALID_SOCK) {
    close (fd);
    return s;
  }
  if (to.ss_family == AF_INET6)
    weir_sock_set_int (s, SRTO_IPV6ONLY, 0);
  /* libsrt closes FD, whatever comes of it. */
  if (srt_bind_acquire (s, fd) != 0)
    return fail (s, "bind", error);
  return s;
}

static guint16
port_of (const struct sockaddr_storage *address)
{
  if (address->ss_family == AF_INET6)
    return ntohs (((const struct sockaddr_in6 *) address)->sin6_port);
  return ntohs (((const struct sockaddr_in *) address)->sin_port);
}

guint16
weir_sock_get_port (SRTSOCKET sock)
{
  struct sockaddr_storage address;
  int size = sizeof address;

  if (srt_getsockname (sock, (struct sockaddr *) &address, &size) != 0)
    return 0;
  return port_of (&address);
}

SRTSOCKET
weir_sock_call (const WeirSockCall *call, GError **error)
{
  struct sockaddr_storage to;
  SRTSOCKET s;
  int size;

  if (!make_address (
          call->address, call->address_size, call->port, &to, &size, error))
    return SRT_INVALID_SOCK;
  s = create (call->latency_ms, WEIR_SOCK_RECEIVE_MAX_BYTES, error);
  if (s == SRT_INVALID_SOCK)
    return s;
  if (!weir_sock_set_int (s, SRTO_CONNTIMEO, (int) call->timeout_ms)
      || !weir_sock_set_int (s, SRTO_SNDBUF, WEIR_SOCK_SEND_BUFFER_BYTES)
      || !weir_sock_set_int (s, SRTO_RETRANSMITALGO, RETRANSMIT_WHEN_ASKED)
      || (call->stream_id_size > 0
          && srt_setsockflag (
                 s, SRTO_STREAMID, call->stream_id, (int) call->stream_id_size)
                 != 0)
      || (call->passphrase_size > 0
          && srt_setsockflag (s, SRTO_PASSPHRASE, call->passphrase,
                 (int) call->passphrase_size)
                 != 0)
      || (call->key_length > 0
          && !weir_sock_set_int (s, SRTO_PBKEYLEN, (int) call->key_length)))
    return fail (s, "options", error);
  if (srt_connect (s, (struct sockaddr *) &to, size) == SRT_ERROR)
    return fail (s, "connect", error);
  return s;
}

void
weir_sock_close (SRTSOCKET sock)
{
  if (sock != SRT_INVALID_SOCK)
    srt_close (sock);
}

guint8
weir_sock_get_key_length (SRTSOCKET sock)
{
  if (weir_sock_get_int (sock, SRTO_RCVKMSTATE) != SRT_KM_S_SECURED
      && weir_sock_get_int (sock, SRTO_SNDKMSTATE) != SRT_KM_S_SECURED)
    return 0;
  return (guint8) weir_sock_get_int (sock, SRTO_PBKEYLEN);
}

gboolean
weir_sock_get_peer (SRTSOCKET sock, WeirAddress *ret_address)
{
  struct sockaddr_storage address;
  int size = sizeof address;

  return srt_getpeername (sock, (struct sockaddr *) &address, &size) == 0
         && weir_address_from_sockaddr (
             (struct sockaddr *) &address, ret_address);
}

gboolean
weir_sock_get_stats (SRTSOCKET sock, SRT_TRACEBSTATS *ret_stats)
{
  return srt_bistats (sock, ret_stats, 0, 1) == 0;
}
