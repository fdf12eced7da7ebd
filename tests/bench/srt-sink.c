/* A cheap far end: takes what any number of SRT callers send to one port, and
 * counts packets, access units and gaps. */
#include "bench/ts-file.h"

#include <arpa/inet.h>
#include <signal.h>
#include <srt/srt.h>
#include <stdio.h>
#include <string.h>

#define BACKLOG 1024
#define EVENTS 256
#define WAIT_MS 100
#define MESSAGE_BYTES 1456
#define LOOK_US 100000

typedef struct {
  BenchTsCount count;
  /* libsrt has no figures any more of a connection that the caller closed. */
  gint64 looked_us;
  gint64 lost, dropped;
} Caller;

typedef struct {
  SRTSOCKET listener;
  int epoll;
  GHashTable *sockets; /* SRTSOCKET → Caller */
  guint callers;
  guint64 bytes, packets, pictures, sounds, gaps, broken;
  gint64 lost, dropped;
} Sink;

static volatile sig_atomic_t ended;

static void
on_signal (int number)
{
  ended = 1;
}

static void
accept_all (Sink *sink)
{
  SRTSOCKET socket;

  while (
      (socket = srt_accept (sink->listener, NULL, NULL)) != SRT_INVALID_SOCK) {
    int events = SRT_EPOLL_IN | SRT_EPOLL_ERR;

    sink->callers++;
    g_hash_table_insert (
        sink->sockets, GINT_TO_POINTER (socket), g_new0 (Caller, 1));
    srt_epoll_add_usock (sink->epoll, socket, &events);
  }
}

static void
look (Caller *caller, SRTSOCKET socket)
{
  SRT_TRACEBSTATS stats;

  caller->looked_us = g_get_monotonic_time ();
  if (srt_bstats (socket, &stats, 0) == 0) {
    caller->lost = stats.pktRcvLossTotal;
    caller->dropped = stats.pktRcvDropTotal;
  }
}

static void
forget (Sink *sink, SRTSOCKET socket)
{
  Caller *caller =
      g_hash_table_lookup (sink->sockets, GINT_TO_POINTER (socket));
  const BenchTsCount *count = &caller->count;

  look (caller, socket);
  sink->lost += caller->lost;
  sink->dropped += caller->dropped;
  sink->packets += count->packets;
  sink->pictures += count->pictures;
  sink->sounds += count->sounds;
  sink->gaps += count->gaps;
  sink->broken += count->broken;
  srt_epoll_remove_usock (sink->epoll, socket);
  srt_close (socket);
  g_hash_table_remove (sink->sockets, GINT_TO_POINTER (socket));
}

static void
read_all (Sink *sink, SRTSOCKET socket)
{
  Caller *caller =
      g_hash_table_lookup (sink->sockets, GINT_TO_POINTER (socket));
  char message[MESSAGE_BYTES];
  int n;

  while ((n = srt_recvmsg (socket, message, sizeof message)) > 0) {
    sink->bytes += (guint64) n;
    bench_ts_count (&caller->count, (const guint8 *) message, (gsize) n);
  }
  if (g_get_monotonic_time () - caller->looked_us >= LOOK_US)
    look (caller, socket);
  if (srt_getsockstate (socket) > SRTS_CONNECTED)
    forget (sink, socket);
}

static void
run (Sink *sink)
{
  SRT_EPOLL_EVENT ready[EVENTS];
  GHashTableIter iter;
  gpointer socket;

  while (!ended) {
    int n = srt_epoll_uwait (sink->epoll, ready, EVENTS, WAIT_MS);

    for (int i = 0; i < MIN (n, EVENTS); i++) {
      if (ready[i].fd == sink->listener)
        accept_all (sink);
      else
        read_all (sink, ready[i].fd);
    }
  }
  for (;;) {
    g_hash_table_iter_init (&iter, sink->sockets);
    if (!g_hash_table_iter_next (&iter, &socket, NULL))
      break;
    forget (sink, GPOINTER_TO_INT (socket));
  }
  printf ("{\"event\":\"end\",\"callers\":%u,\"bytes\":%" G_GUINT64_FORMAT
          ",\"packets\":%" G_GUINT64_FORMAT ",\"pictures\":%" G_GUINT64_FORMAT
          ",\"sounds\":%" G_GUINT64_FORMAT ",\"gaps\":%" G_GUINT64_FORMAT
          ",\"broken\":%" G_GUINT64_FORMAT ",\"lost\":%" G_GINT64_FORMAT
          ",\"dropped\":%" G_GINT64_FORMAT "}\n",
      sink->callers, sink->bytes, sink->packets, sink->pictures, sink->sounds,
      sink->gaps, sink->broken, sink->lost, sink->dropped);
}

static gboolean
listen_on (Sink *sink, int port, int latency_ms, const char *passphrase)
{
  struct sockaddr_in at = { .sin_family = AF_INET,
    .sin_port = htons ((guint16) port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int size = sizeof at, no = 0, events = SRT_EPOLL_IN | SRT_EPOLL_ERR;

  sink->listener = srt_create_socket ();
  srt_setsockflag (sink->listener, SRTO_RCVSYN, &no, sizeof no);
  srt_setsockflag (
      sink->listener, SRTO_LATENCY, &latency_ms, sizeof latency_ms);
  if (passphrase != NULL)
    srt_setsockflag (
        sink->listener, SRTO_PASSPHRASE, passphrase, (int) strlen (passphrase));
  if (srt_bind (sink->listener, (struct sockaddr *) &at, sizeof at) == SRT_ERROR
      || srt_listen (sink->listener, BACKLOG) == SRT_ERROR) {
    fprintf (stderr, "srt-sink: %s\n", srt_getlasterror_str ());
    return FALSE;
  }
  srt_getsockname (sink->listener, (struct sockaddr *) &at, &size);
  sink->epoll = srt_epoll_create ();
  srt_epoll_add_usock (sink->epoll, sink->listener, &events);
  printf ("{\"event\":\"listening\",\"port\":%u}\n", ntohs (at.sin_port));
  fflush (stdout);
  return TRUE;
}

int
main (int argc, char **argv)
{
  Sink sink = { 0 };
  gint port = 0, latency_ms = 120;
  g_autofree char *passphrase = NULL;
  const GOptionEntry entries[] = {
    { "port", 0, 0, G_OPTION_ARG_INT, &port, "On 127.0.0.1; 0: any", "PORT" },
    { "latency-ms", 0, 0, G_OPTION_ARG_INT, &latency_ms, NULL, "MS" },
    { "passphrase", 0, 0, G_OPTION_ARG_STRING, &passphrase, NULL, NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- count what SRT callers send");
  g_autoptr (GError) error = NULL;
  gboolean ok;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    fprintf (stderr, "srt-sink: %s\n", error->message);
    return 2;
  }
  signal (SIGTERM, on_signal);
  signal (SIGINT, on_signal);
  srt_startup ();
  srt_setloglevel (LOG_CRIT);
  sink.sockets = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  ok = listen_on (&sink, port, latency_ms, passphrase);
  if (ok)
    run (&sink);
  srt_cleanup ();
  g_hash_table_unref (sink.sockets);
  return ok ? 0 : 1;
}
