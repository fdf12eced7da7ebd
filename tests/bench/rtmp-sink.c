/* A far end that takes every RTMP publisher and only counts: what came,
 * whether timestamps rise, whether pictures are missing. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/loop.h"
#include "rtmp/server.h"

#define BACKLOG 1024
#define BUFFER_BYTES (256 * 1024)

typedef struct {
  WeirLoop *loop;
  uv_tcp_t tcp;
  uv_signal_t signals[2];
  GHashTable *peers; /* set of Peer */
  double frame_ms;
  guint8 *buffer;
  guint seed;

  guint streams; /* publishes so far */
  guint64 reads;
  guint64 bytes;
  guint64 messages; /* sound and pictures, without configurations */
  guint64 video;
  guint64 reordered; /* timestamps that do not rise within their kind */
  guint64 gaps;      /* steps of more than one and a half frames */
  guint64 missing;   /* pictures that would fit into the gaps */
} Sink;

typedef struct {
  Sink *sink;
  uv_tcp_t tcp;
  WeirArena *arena;
  WeirRtmpServer *server;
  gint64 last_ms[WEIR_MEDIA_KINDS]; /* -1: none yet */
} Peer;

static void
on_peer_closed (uv_handle_t *handle)
{
  Peer *peer = handle->data;

  weir_rtmp_server_free (peer->server);
  weir_arena_unref (peer->arena);
  g_free (peer);
}

static void
close_peer (Peer *peer)
{
  if (g_hash_table_remove (peer->sink->peers, peer))
    uv_close ((uv_handle_t *) &peer->tcp, on_peer_closed);
}

static void
count_packet (Peer *peer, const WeirPacket *packet)
{
  Sink *sink = peer->sink;
  gint64 *last_ms = &peer->last_ms[packet->kind];
  gint64 step_ms = packet->dts_ms - *last_ms;

  if (packet->kind == WEIR_MEDIA_DATA)
    return;
  sink->messages++;
  sink->video += packet->kind == WEIR_MEDIA_VIDEO;
  if (*last_ms >= 0) {
    if (step_ms <= 0)
      sink->reordered++;
    if (packet->kind == WEIR_MEDIA_VIDEO
        && (double) step_ms > 1.5 * sink->frame_ms) {
      sink->gaps++;
      sink->missing += (guint64) ((double) step_ms / sink->frame_ms - 0.5);
    }
  }
  *last_ms = packet->dts_ms;
}

/* Answers are small and rare: a peer that does not take them at once is none
 * that a bench has. */
static void
flush_output (Peer *peer)
{
  GByteArray *out = weir_rtmp_server_get_output (peer->server);
  uv_buf_t buf = uv_buf_init ((char *) out->data, out->len);
  int n;

  if (out->len == 0)
    return;
  n = uv_try_write ((uv_stream_t *) &peer->tcp, &buf, 1);
  if (n > 0)
    g_byte_array_remove_range (out, 0, (guint) n);
  else if (n != UV_EAGAIN)
    close_peer (peer);
}

static void
take_input (Peer *peer, const guint8 *data, gsize size)
{
  gint64 now_us = weir_now_us ();

  for (;;) {
    g_autoptr (GError) error = NULL;
    WeirPacket packet = { 0 };

    switch (weir_rtmp_server_read (
        peer->server, &data, &size, now_us, &packet, &error)) {
    case WEIR_RTMP_SERVER_MORE:
      flush_output (peer);
      return;
    case WEIR_RTMP_SERVER_PUBLISH:
      peer->sink->streams++;
      weir_rtmp_server_accept (peer->server);
      break;
    case WEIR_RTMP_SERVER_PACKET:
      count_packet (peer, &packet);
      weir_packet_clear (&packet);
      break;
    case WEIR_RTMP_SERVER_ENDED:
      close_peer (peer);
      return;
    case WEIR_RTMP_SERVER_FAILED:
      fprintf (stderr, "rtmp-sink: %s\n", error->message);
      close_peer (peer);
      return;
    }
  }
}

static void
on_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  Peer *peer = handle->data;

  *buf = uv_buf_init ((char *) peer->sink->buffer, BUFFER_BYTES);
}

static void
on_read (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  Peer *peer = stream->data;

  if (n < 0) {
    close_peer (peer);
    return;
  }
  if (n == 0)
    return;
  peer->sink->reads++;
  peer->sink->bytes += (guint64) n;
  take_input (peer, (const guint8 *) buf->base, (gsize) n);
}

static void
on_connection (uv_stream_t *server, int status)
{
  const WeirRtmpServerConfig config = { .chunk_size = 65536,
    .max_message_bytes = 8 * 1024 * 1024,
    .window_ack_bytes = 2500000 };
  Sink *sink = server->data;
  Peer *peer;

  if (status != 0)
    return;
  peer = g_new0 (Peer, 1);
  peer->sink = sink;
  peer->arena = weir_arena_new ();
  peer->server = weir_rtmp_server_new (peer->arena, &config);
  for (guint i = 0; i < WEIR_MEDIA_KINDS; i++)
    peer->last_ms[i] = -1;
  uv_tcp_init (weir_loop_uv (sink->loop), &peer->tcp);
  peer->tcp.data = peer;
  g_hash_table_add (sink->peers, peer);
  if (uv_accept (server, (uv_stream_t *) &peer->tcp) != 0
      || uv_read_start ((uv_stream_t *) &peer->tcp, on_alloc, on_read) != 0) {
    close_peer (peer);
    return;
  }
  uv_tcp_nodelay (&peer->tcp, 1);
}

static void
on_signal (uv_signal_t *signal, int number)
{
  Sink *sink = signal->data;
  g_autoptr (GList) peers = g_hash_table_get_keys (sink->peers);

  printf ("{\"event\":\"end\",\"streams\":%u,\"messages\":%" G_GUINT64_FORMAT
          ",\"video\":%" G_GUINT64_FORMAT ",\"bytes\":%" G_GUINT64_FORMAT
          ",\"reads\":%" G_GUINT64_FORMAT ",\"reordered\":%" G_GUINT64_FORMAT
          ",\"gaps\":%" G_GUINT64_FORMAT ",\"missing\":%" G_GUINT64_FORMAT
          ",\"open\":%u}\n",
      sink->streams, sink->messages, sink->video, sink->bytes, sink->reads,
      sink->reordered, sink->gaps, sink->missing, g_list_length (peers));
  fflush (stdout);
  for (GList *l = peers; l != NULL; l = l->next)
    close_peer (l->data);
  uv_close ((uv_handle_t *) &sink->tcp, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (sink->signals); i++)
    uv_close ((uv_handle_t *) &sink->signals[i], NULL);
}

static gboolean
listen_on (Sink *sink, const char *address, guint port)
{
  struct sockaddr_in at = { 0 };
  int size = sizeof (at);
  int r = uv_ip4_addr (address, (int) port, &at);

  uv_tcp_init (weir_loop_uv (sink->loop), &sink->tcp);
  sink->tcp.data = sink;
  if (r == 0)
    r = uv_tcp_bind (&sink->tcp, (struct sockaddr *) &at, 0);
  if (r == 0)
    r = uv_listen ((uv_stream_t *) &sink->tcp, BACKLOG, on_connection);
  if (r == 0)
    r = uv_tcp_getsockname (&sink->tcp, (struct sockaddr *) &at, &size);
  if (r != 0) {
    fprintf (stderr, "rtmp-sink: can't listen on %s port %u: %s\n", address,
        port, uv_strerror (r));
    return FALSE;
  }
  printf ("{\"event\":\"listening\",\"port\":%u}\n", ntohs (at.sin_port));
  fflush (stdout);
  return TRUE;
}

int
main (int argc, char **argv)
{
  static const int numbers[] = { SIGTERM, SIGINT };
  g_autofree char *address = g_strdup ("127.0.0.1");
  gint port = 0;
  double fps = 30;
  const GOptionEntry entries[] = {
    { "address", 0, 0, G_OPTION_ARG_STRING, &address, "IPv4 address", "A" },
    { "port", 0, 0, G_OPTION_ARG_INT, &port, "0: printed", "PORT" },
    { "fps", 0, 0, G_OPTION_ARG_DOUBLE, &fps, "What a gap is measured by",
        "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- take RTMP publishers and count");
  g_autoptr (GError) error = NULL;
  struct rlimit limit;
  Sink sink = { 0 };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    fprintf (stderr, "rtmp-sink: %s\n", error->message);
    return 2;
  }
  signal (SIGPIPE, SIG_IGN);
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
  }
  sink.frame_ms = 1000 / MAX (fps, 1);
  sink.loop = weir_loop_new ();
  sink.peers = g_hash_table_new (NULL, NULL);
  sink.buffer = g_malloc (BUFFER_BYTES);
  if (!listen_on (&sink, address, (guint) port))
    return 1;
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    uv_signal_init (weir_loop_uv (sink.loop), &sink.signals[i]);
    sink.signals[i].data = &sink;
    uv_signal_start (&sink.signals[i], on_signal, numbers[i]);
  }
  weir_loop_run (sink.loop);
  weir_loop_free (sink.loop);
  g_hash_table_unref (sink.peers);
  g_free (sink.buffer);
  return 0;
}
