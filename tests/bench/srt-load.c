/* A light load: many SRT publishers in one process, all sending one transport
 * stream once, at the pace of its clock. They call from one UDP port, so that
 * libsrt runs one pair of threads for all of them. */
#include "bench/tally.h"
#include "bench/ts-file.h"

#include <arpa/inet.h>
#include <signal.h>
#include <srt/srt.h>
#include <stdio.h>
#include <string.h>

#define TICK_US 2000
#define LINGER_US (500 * 1000)

typedef enum { WAITING, CALLING, LIVE, DONE, OVER } State;

typedef struct {
  State state;
  SRTSOCKET socket;
  gint64 base_us;
  guint next;
} Publisher;

typedef struct {
  char *stream_id; /* with %d */
  char *passphrase;
  gint latency_ms;
  GArray *ports; /* guint16; publishers take turns */
  struct sockaddr_in from;
  BenchTs ts;
  Publisher *publishers;
  guint n;
  gint64 stagger_us;
  guint connected, refused, lost;
  guint64 bytes, chunks, unsent;
  gint64 retransmitted, dropped;
  BenchTally late;
  BenchTsCount media; /* what one publisher sends */
} Load;

static volatile sig_atomic_t ended;

static void
on_signal (int number)
{
  ended = 1;
}

static void
fail (Load *load, guint i)
{
  Publisher *p = &load->publishers[i];

  if (load->lost + load->refused < 5)
    fprintf (stderr, "srt-load: publisher %u %s: %s\n", i,
        p->state == LIVE ? "lost" : "refused",
        p->state == LIVE
            ? srt_getlasterror_str ()
            : srt_rejectreason_str (srt_getrejectreason (p->socket)));
  if (p->state == LIVE)
    load->lost++;
  else
    load->refused++;
  srt_close (p->socket);
  p->state = OVER;
}

static void
call (Load *load, guint i)
{
  Publisher *p = &load->publishers[i];
  g_autofree char *number = g_strdup_printf ("%u", i);
  g_auto (GStrv) parts = g_strsplit (load->stream_id, "%d", -1);
  g_autofree char *id = g_strjoinv (number, parts);
  struct sockaddr_in to = { .sin_family = AF_INET,
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int no = 0, size = sizeof load->from;

  to.sin_port =
      htons (g_array_index (load->ports, guint16, i % load->ports->len));
  p->socket = srt_create_socket ();
  srt_setsockflag (p->socket, SRTO_RCVSYN, &no, sizeof no);
  srt_setsockflag (p->socket, SRTO_SNDSYN, &no, sizeof no);
  srt_setsockflag (
      p->socket, SRTO_LATENCY, &load->latency_ms, sizeof load->latency_ms);
  srt_setsockflag (p->socket, SRTO_STREAMID, id, (int) strlen (id));
  if (load->passphrase != NULL)
    srt_setsockflag (p->socket, SRTO_PASSPHRASE, load->passphrase,
        (int) strlen (load->passphrase));
  p->state = CALLING;
  if (srt_bind (p->socket, (struct sockaddr *) &load->from, sizeof load->from)
          == SRT_ERROR
      || srt_connect (p->socket, (struct sockaddr *) &to, sizeof to)
             == SRT_ERROR) {
    fail (load, i);
    return;
  }
  srt_getsockname (p->socket, (struct sockaddr *) &load->from, &size);
}

static void
send_due (Load *load, guint i, gint64 now_us)
{
  Publisher *p = &load->publishers[i];

  for (; p->next < load->ts.n_chunks; p->next++) {
    gsize at = (gsize) p->next * BENCH_TS_CHUNK;
    gint64 due_us = p->base_us + load->ts.due_us[p->next];
    int n = (int) MIN (BENCH_TS_CHUNK, load->ts.size - at);

    if (due_us > now_us)
      return;
    if (srt_sendmsg (p->socket, load->ts.bytes + at, n, -1, 1) == SRT_ERROR) {
      if (srt_getlasterror (NULL) == SRT_EASYNCSND) {
        load->unsent++;
        continue;
      }
      fail (load, i);
      return;
    }
    load->chunks++;
    load->bytes += (guint64) n;
    bench_tally_add (&load->late, now_us - due_us);
  }
  p->base_us = now_us;
  p->state = DONE;
}

static void
hang_up (Load *load, guint i)
{
  Publisher *p = &load->publishers[i];
  SRT_TRACEBSTATS stats;

  if (srt_bstats (p->socket, &stats, 0) == 0) {
    load->retransmitted += stats.pktRetransTotal;
    load->dropped += stats.pktSndDropTotal;
  }
  srt_close (p->socket);
  p->state = OVER;
}

/* TRUE while there is something left to do. */
static gboolean
tick (Load *load, gint64 began_us)
{
  gint64 now_us = g_get_monotonic_time ();
  gboolean busy = FALSE;

  for (guint i = 0; i < load->n; i++) {
    Publisher *p = &load->publishers[i];

    switch (p->state) {
    case WAITING:
      if (now_us >= began_us + i * load->stagger_us)
        call (load, i);
      break;
    case CALLING:
      if (srt_getsockstate (p->socket) == SRTS_CONNECTED) {
        load->connected++;
        p->base_us = now_us;
        p->state = LIVE;
      } else if (srt_getsockstate (p->socket) > SRTS_CONNECTED) {
        fail (load, i);
      }
      break;
    case LIVE:
      send_due (load, i, now_us);
      if (ended && p->state == LIVE) {
        p->state = DONE;
        p->base_us = now_us;
      }
      break;
    case DONE: /* what is on the way gets there, lost packets included */
      if (now_us - p->base_us > LINGER_US + load->latency_ms * 1000)
        hang_up (load, i);
      break;
    case OVER:
      break;
    }
    busy |= p->state != OVER;
  }
  return busy;
}

static gboolean
read_ports (Load *load, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  load->ports = g_array_new (FALSE, FALSE, sizeof (guint16));
  for (char **part = parts; *part != NULL; part++) {
    guint64 number;
    guint16 port;

    if (!g_ascii_string_to_unsigned (*part, 10, 1, 65535, &number, NULL))
      return FALSE;
    port = (guint16) number;
    g_array_append_val (load->ports, port);
  }
  return TRUE;
}

static void
run (Load *load)
{
  gint64 began_us = g_get_monotonic_time ();
  gboolean said = FALSE;

  signal (SIGTERM, on_signal);
  signal (SIGINT, on_signal);
  load->publishers = g_new0 (Publisher, load->n);
  while (tick (load, began_us)) {
    if (!said && load->connected + load->refused == load->n) {
      said = TRUE;
      printf ("{\"event\":\"ready\",\"connected\":%u,\"refused\":%u}\n",
          load->connected, load->refused);
      fflush (stdout);
    }
    g_usleep (TICK_US);
  }
  printf ("{\"event\":\"end\",\"streams\":%u,\"connected\":%u,\"refused\":%u,"
          "\"lost\":%u,\"packets\":%" G_GUINT64_FORMAT
          ",\"bytes\":%" G_GUINT64_FORMAT ",\"unsent\":%" G_GUINT64_FORMAT
          ",\"retransmitted\":%" G_GINT64_FORMAT
          ",\"dropped\":%" G_GINT64_FORMAT ",\"pictures\":%" G_GUINT64_FORMAT
          ",\"ts_packets\":%" G_GUINT64_FORMAT ",\"late_p99_ms\":%u}\n",
      load->n, load->connected, load->refused, load->lost, load->chunks,
      load->bytes, load->unsent, load->retransmitted, load->dropped,
      load->media.pictures, load->media.packets,
      bench_tally_quantile_ms (&load->late, 0.99));
  g_free (load->publishers);
}

int
main (int argc, char **argv)
{
  g_autofree char *media = NULL;
  g_autofree char *ports = NULL;
  gint streams = 1, stagger_ms = 20;
  g_autofree Load *load = g_new0 (Load, 1);
  const GOptionEntry entries[] = {
    { "port", 0, 0, G_OPTION_ARG_STRING, &ports,
        "On 127.0.0.1; of several, publishers take turns", "PORT[,PORT…]" },
    { "stream-id", 0, 0, G_OPTION_ARG_STRING, &load->stream_id,
        "%d is the publisher's number", "ID" },
    { "passphrase", 0, 0, G_OPTION_ARG_STRING, &load->passphrase, NULL, NULL },
    { "latency-ms", 0, 0, G_OPTION_ARG_INT, &load->latency_ms, NULL, "MS" },
    { "streams", 0, 0, G_OPTION_ARG_INT, &streams, "Publishers", "N" },
    { "stagger-ms", 0, 0, G_OPTION_ARG_INT, &stagger_ms,
        "Time between two beginnings", "MS" },
    { "media", 0, 0, G_OPTION_ARG_FILENAME, &media, "Transport stream",
        "FILE" },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- publish many SRT streams");
  g_autoptr (GError) error = NULL;

  load->latency_ms = 120;
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || media == NULL
      || load->stream_id == NULL || streams < 1 || ports == NULL
      || !read_ports (load, ports)) {
    fprintf (stderr, "srt-load: %s\n",
        error != NULL ? error->message
                      : "--port, --stream-id and --media are needed");
    return 2;
  }
  if (!bench_ts_load (media, &load->ts, &error)) {
    fprintf (stderr, "srt-load: %s\n", error->message);
    return 2;
  }
  load->n = (guint) streams;
  load->stagger_us = stagger_ms * (gint64) 1000;
  load->from.sin_family = AF_INET;
  load->from.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  bench_ts_count (&load->media, (const guint8 *) load->ts.bytes, load->ts.size);
  srt_startup ();
  srt_setloglevel (LOG_CRIT);
  run (load);
  srt_cleanup ();
  bench_ts_clear (&load->ts);
  g_array_unref (load->ports);
  g_free (load->stream_id);
  g_free (load->passphrase);
  return 0;
}
