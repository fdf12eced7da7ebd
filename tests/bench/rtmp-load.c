/* A light load: many RTMP publishers in one process, each sending an FLV file
 * at the pace of its timestamps, again and again; of several files each
 * publisher in turn takes the next.
 *
 * What a publisher has due at a tick goes out in one gathered write that
 * points into the file; nothing is copied but what a full socket left over. */
#include <stdio.h>
#include <sys/resource.h>

#include "base/loop.h"
#include "bench/flv-file.h"
#include "bench/tally.h"
#include "rtmp/chunk-reader.h"
#include "rtmp/client.h"
#include "rtmp/push-url.h"

#define CSID_AUDIO 4
#define CSID_DATA 5
#define CSID_VIDEO 6
#define BATCH_BYTES (1024 * 1024)
#define CLOSE_MS 1000
/* A string in AMF0. */
#define SET_DATA_FRAME "\x02\x00\x0d@setDataFrame"
#define SET_DATA_FRAME_BYTES (sizeof (SET_DATA_FRAME) - 1)

typedef struct _Load Load;

typedef enum {
  STATE_WAITING, /* its turn to connect has not come */
  STATE_CONNECTING,
  STATE_LIVE,
  STATE_OVER, /* refused, lost or ended; the handle may still be open */
} State;

typedef struct {
  Load *load;
  guint number;
  State state;
  const BenchFlv *flv;
  uv_tcp_t tcp;
  uv_connect_t connect;
  uv_write_t write;
  uv_shutdown_t shutdown;
  gboolean open;
  WeirRtmpClient *client;
  gint64 base_us; /* when time 0 of the file's current round is due */
  guint32 base_ms;
  gboolean again; /* not the first round */
  guint next;
  GByteArray *rest; /* what the socket did not take */
} Publisher;

struct _Load {
  WeirLoop *loop;
  BenchFlv *flvs;
  guint n_flvs;
  gboolean tell;
  WeirRtmpPushUrl url;
  struct sockaddr_storage address;
  Publisher *publishers;
  guint n;
  gint64 stagger_us;
  gint64 run_us; /* after the last has begun; 0: until told to end */
  gint64 began_us;
  gint64 end_us;
  gboolean all_said;
  gboolean ending;
  WeirTimer *tick;
  WeirTimer *closer;
  uv_signal_t signals[2];

  WeirRtmpPieces pieces; /* of the write being put together */
  guint8 buffer[4096];

  guint live;
  guint connected;
  guint refused;
  guint lost;
  guint64 bytes;
  guint64 messages; /* sound and pictures, without configurations */
  guint64 writes;
  BenchTally late;
};

static void
on_publisher_closed (uv_handle_t *handle)
{
  Publisher *publisher = handle->data;

  publisher->open = FALSE;
}

static void
close_publisher (Publisher *publisher)
{
  if (publisher->open && !uv_is_closing ((uv_handle_t *) &publisher->tcp))
    uv_close ((uv_handle_t *) &publisher->tcp, on_publisher_closed);
}

static void
fail (Publisher *publisher, const char *words)
{
  Load *load = publisher->load;

  if (publisher->state == STATE_LIVE) {
    load->lost++;
    load->live--;
  } else {
    load->refused++;
  }
  if (load->lost + load->refused <= 5)
    fprintf (stderr, "rtmp-load: publisher %u: %s\n", publisher->number, words);
  publisher->state = STATE_OVER;
  close_publisher (publisher);
}

/* FALSE when the publisher is over. */
static gboolean
write_pieces (Publisher *publisher)
{
  Load *load = publisher->load;
  WeirRtmpPieces *pieces = &load->pieces;
  int n;

  if (pieces->bytes == 0)
    return TRUE;
  n = uv_try_write ((uv_stream_t *) &publisher->tcp,
      (const uv_buf_t *) pieces->at, pieces->n);
  if (n < 0 && n != UV_EAGAIN) {
    fail (publisher, uv_strerror (n));
    return FALSE;
  }
  n = MAX (n, 0);
  load->bytes += (guint64) n;
  load->writes++;
  weir_rtmp_pieces_skip (pieces, (gsize) n);
  for (guint i = 0; i < pieces->n; i++)
    g_byte_array_append (
        publisher->rest, pieces->at[i].iov_base, (guint) pieces->at[i].iov_len);
  return TRUE;
}

/* FALSE when the socket is still full, or the publisher is over. */
static gboolean
write_rest (Publisher *publisher)
{
  uv_buf_t buf =
      uv_buf_init ((char *) publisher->rest->data, publisher->rest->len);
  int n;

  if (buf.len == 0)
    return TRUE;
  n = uv_try_write ((uv_stream_t *) &publisher->tcp, &buf, 1);
  if (n < 0 && n != UV_EAGAIN)
    fail (publisher, uv_strerror (n));
  if (n <= 0)
    return FALSE;
  publisher->load->bytes += (guint64) n;
  g_byte_array_remove_range (publisher->rest, 0, (guint) n);
  return publisher->rest->len == 0;
}

static gboolean
put_tag (Publisher *publisher, const BenchFlvTag *tag)
{
  WeirRtmpOutMessage message = {
    .type = tag->type,
    .csid = tag->type == WEIR_RTMP_TYPE_VIDEO   ? CSID_VIDEO
            : tag->type == WEIR_RTMP_TYPE_AUDIO ? CSID_AUDIO
                                                : CSID_DATA,
    .msid = weir_rtmp_client_get_stream_id (publisher->client),
    .timestamp = publisher->base_ms + tag->timestamp,
    .body = tag->body,
    .body_size = tag->size,
  };

  if (tag->type == WEIR_RTMP_TYPE_DATA) {
    message.head = (const guint8 *) SET_DATA_FRAME;
    message.head_size = SET_DATA_FRAME_BYTES;
  }
  return weir_rtmp_chunk_writer_put (
      weir_rtmp_client_get_writer (publisher->client), &message,
      &publisher->load->pieces);
}

static void
send_due (Publisher *publisher, gint64 now_us)
{
  Load *load = publisher->load;
  GByteArray *out = weir_rtmp_client_get_output (publisher->client);

  if (!write_rest (publisher))
    return;
  weir_rtmp_pieces_reset (&load->pieces);
  weir_rtmp_pieces_add (&load->pieces, out->data, out->len);
  while (publisher->state == STATE_LIVE && load->pieces.bytes < BATCH_BYTES) {
    const BenchFlvTag *tag =
        &g_array_index (publisher->flv->tags, BenchFlvTag, publisher->next);
    gint64 due_us = publisher->base_us + tag->timestamp * (gint64) 1000;

    if (due_us > now_us)
      break;
    if (!tag->once || !publisher->again) {
      if (!put_tag (publisher, tag))
        break;
      if (!tag->once) {
        load->messages++;
        bench_tally_add (&load->late, now_us - due_us);
      }
    }
    if (++publisher->next == publisher->flv->tags->len) {
      publisher->next = 0;
      publisher->again = TRUE;
      publisher->base_us += publisher->flv->period_ms * (gint64) 1000;
      publisher->base_ms += publisher->flv->period_ms;
    }
  }
  if (write_pieces (publisher))
    g_byte_array_set_size (out, 0);
}

static void
on_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  Load *load = ((Publisher *) handle->data)->load;

  *buf = uv_buf_init ((char *) load->buffer, sizeof (load->buffer));
}

/* When time 0 of its file is due, in Unix time. */
static void
tell_began (const Publisher *publisher)
{
  printf ("{\"event\":\"began\",\"publisher\":%u,\"wall_ms\":%.3f}\n",
      publisher->number,
      (double) (g_get_real_time () - weir_now_us () + publisher->base_us)
          / 1000);
  fflush (stdout);
}

static void
on_read (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  Publisher *publisher = stream->data;
  const guint8 *data = (const guint8 *) buf->base;
  gsize size = (gsize) MAX (n, 0);

  if (publisher->state == STATE_OVER) {
    if (n < 0)
      close_publisher (publisher);
    return;
  }
  if (n < 0) {
    fail (publisher, uv_strerror ((int) n));
    return;
  }
  for (;;) {
    g_autoptr (GError) error = NULL;
    WeirRtmpClientEvent event =
        weir_rtmp_client_read (publisher->client, &data, &size, &error);

    if (event == WEIR_RTMP_CLIENT_FAILED) {
      fail (publisher, error->message);
      return;
    }
    if (event == WEIR_RTMP_CLIENT_MORE)
      break;
    publisher->state = STATE_LIVE;
    publisher->base_us = weir_now_us ();
    if (publisher->load->tell)
      tell_began (publisher);
    publisher->load->connected++;
    publisher->load->live++;
  }
  send_due (publisher, weir_now_us ());
}

static void
on_connect (uv_connect_t *req, int status)
{
  Publisher *publisher = req->handle->data;

  if (publisher->state == STATE_OVER)
    return;
  if (status == 0)
    status = uv_read_start ((uv_stream_t *) &publisher->tcp, on_alloc, on_read);
  if (status != 0) {
    fail (publisher, uv_strerror (status));
    return;
  }
  uv_tcp_nodelay (&publisher->tcp, 1);
  send_due (publisher, weir_now_us ());
}

static void
begin (Publisher *publisher)
{
  Load *load = publisher->load;
  g_autofree char *number = g_strdup_printf ("%u", publisher->number);
  g_auto (GStrv) parts = g_strsplit (load->url.name, "%d", -1);
  g_autofree char *name = g_strjoinv (number, parts);

  publisher->client = weir_rtmp_client_new (load->url.app, load->url.tc_url,
      name, WEIR_RTMP_ENHANCED_NO, publisher->number);
  publisher->rest = g_byte_array_new ();
  uv_tcp_init (weir_loop_uv (load->loop), &publisher->tcp);
  publisher->tcp.data = publisher;
  publisher->open = TRUE;
  publisher->state = STATE_CONNECTING;
  if (uv_tcp_connect (&publisher->connect, &publisher->tcp,
          (struct sockaddr *) &load->address, on_connect)
      != 0)
    fail (publisher, "can't connect");
}

static void
on_close_time (gpointer data)
{
  Load *load = data;

  for (guint i = 0; i < load->n; i++)
    close_publisher (&load->publishers[i]);
  g_clear_pointer (&load->closer, weir_timer_free);
}

/* Says goodbye everywhere; whoever does not close is closed. */
static void
end (Load *load)
{
  if (load->ending)
    return;
  load->ending = TRUE;
  load->end_us = weir_now_us ();
  for (guint i = 0; i < load->n; i++) {
    Publisher *publisher = &load->publishers[i];
    GByteArray *out;
    uv_buf_t buf;

    if (publisher->state != STATE_LIVE) {
      publisher->state = STATE_OVER;
      close_publisher (publisher);
      continue;
    }
    publisher->state = STATE_OVER;
    weir_rtmp_client_unpublish (publisher->client);
    out = weir_rtmp_client_get_output (publisher->client);
    g_byte_array_append (publisher->rest, out->data, out->len);
    buf = uv_buf_init ((char *) publisher->rest->data, publisher->rest->len);
    uv_write (
        &publisher->write, (uv_stream_t *) &publisher->tcp, &buf, 1, NULL);
    uv_shutdown (&publisher->shutdown, (uv_stream_t *) &publisher->tcp, NULL);
  }
  g_clear_pointer (&load->tick, weir_timer_free);
  load->closer =
      weir_timer_new (load->loop, CLOSE_MS, CLOSE_MS, on_close_time, load);
  for (guint i = 0; i < G_N_ELEMENTS (load->signals); i++)
    uv_close ((uv_handle_t *) &load->signals[i], NULL);
}

static void
on_tick (gpointer data)
{
  Load *load = data;
  gint64 now_us = weir_now_us ();

  for (guint i = 0; i < load->n; i++) {
    Publisher *publisher = &load->publishers[i];

    if (publisher->state == STATE_LIVE)
      send_due (publisher, now_us);
    else if (publisher->state == STATE_WAITING
             && now_us >= load->began_us + i * load->stagger_us)
      begin (publisher);
  }
  if (!load->all_said && load->connected + load->refused == load->n) {
    load->all_said = TRUE;
    if (load->run_us > 0)
      load->end_us = now_us + load->run_us;
    printf ("{\"event\":\"ready\",\"connected\":%u,\"refused\":%u}\n",
        load->connected, load->refused);
    fflush (stdout);
  }
  if (load->end_us > 0 && now_us >= load->end_us)
    end (load);
}

static void
on_signal (uv_signal_t *signal, int number)
{
  end (signal->data);
}

static void
report (const Load *load)
{
  printf ("{\"event\":\"end\",\"streams\":%u,\"connected\":%u,\"refused\":%u,"
          "\"lost\":%u,\"messages\":%" G_GUINT64_FORMAT
          ",\"bytes\":%" G_GUINT64_FORMAT ",\"writes\":%" G_GUINT64_FORMAT
          ",\"late_p99_ms\":%u,\"late_max_ms\":%.1f,\"seconds\":%.3f}\n",
      load->n, load->connected, load->refused, load->lost, load->messages,
      load->bytes, load->writes, bench_tally_quantile_ms (&load->late, 0.99),
      (double) load->late.max_us / 1000,
      (double) (load->end_us - load->began_us) / G_USEC_PER_SEC);
}

static void
raise_file_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
  }
}

static gboolean
resolve (Load *load, GError **error)
{
  g_autofree char *port = g_strdup_printf ("%u", load->url.port);
  struct addrinfo *found = NULL;
  int r = getaddrinfo (load->url.host, port,
      &(struct addrinfo){ .ai_socktype = SOCK_STREAM }, &found);

  if (r != 0) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: %s",
        load->url.host, gai_strerror (r));
    return FALSE;
  }
  memcpy (&load->address, found->ai_addr, found->ai_addrlen);
  freeaddrinfo (found);
  return TRUE;
}

static gboolean
load_media (Load *load, char **files, GError **error)
{
  load->flvs = g_new0 (BenchFlv, g_strv_length (files));
  for (; *files != NULL; files++) {
    if (!bench_flv_load (*files, &load->flvs[load->n_flvs], error))
      return FALSE;
    load->n_flvs++;
  }
  return TRUE;
}

static void
run (Load *load, guint tick_ms)
{
  static const int numbers[] = { SIGTERM, SIGINT };

  raise_file_limit ();
  signal (SIGPIPE, SIG_IGN);
  load->loop = weir_loop_new ();
  load->publishers = g_new0 (Publisher, load->n);
  for (guint i = 0; i < load->n; i++) {
    load->publishers[i].load = load;
    load->publishers[i].number = i;
    load->publishers[i].flv = &load->flvs[i % load->n_flvs];
  }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    uv_signal_init (weir_loop_uv (load->loop), &load->signals[i]);
    load->signals[i].data = load;
    uv_signal_start (&load->signals[i], on_signal, numbers[i]);
  }
  load->began_us = weir_now_us ();
  load->tick = weir_timer_new (load->loop, tick_ms, tick_ms, on_tick, load);
  weir_loop_run (load->loop);
  report (load);
  for (guint i = 0; i < load->n; i++) {
    weir_rtmp_client_free (load->publishers[i].client);
    if (load->publishers[i].rest != NULL)
      g_byte_array_unref (load->publishers[i].rest);
  }
  g_free (load->publishers);
  weir_loop_free (load->loop);
}

int
main (int argc, char **argv)
{
  g_autofree Load *load = g_new0 (Load, 1);
  g_autofree char *url = NULL;
  g_auto (GStrv) media = NULL;
  gint streams = 20, seconds = 0, stagger_ms = 50, tick_ms = 2;
  const GOptionEntry entries[] = {
    { "url", 0, 0, G_OPTION_ARG_STRING, &url,
        "Where to publish; %d is the publisher's number",
        "rtmp://HOST/APP/NAME-%d" },
    { "streams", 0, 0, G_OPTION_ARG_INT, &streams, "Publishers", "N" },
    { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds,
        "Ends so long after the last has begun; 0: at SIGTERM", "S" },
    { "stagger-ms", 0, 0, G_OPTION_ARG_INT, &stagger_ms,
        "Time between two beginnings", "MS" },
    { "tick-ms", 0, 0, G_OPTION_ARG_INT, &tick_ms,
        "What is due within one tick is one write", "MS" },
    { "media", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &media,
        "FLV file; may be given several times", "FILE" },
    { "tell", 0, 0, G_OPTION_ARG_NONE, &load->tell,
        "Say when each publisher begins", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- publish many RTMP streams");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    fprintf (stderr, "rtmp-load: %s\n", error->message);
    return 2;
  }
  if (url == NULL || media == NULL || streams < 1 || seconds < 0
      || stagger_ms < 0 || tick_ms < 1) {
    fprintf (stderr, "rtmp-load: --url and --media are needed, numbers must "
                     "be positive; see --help\n");
    return 2;
  }
  load->n = (guint) streams;
  load->run_us = seconds * (gint64) G_USEC_PER_SEC;
  load->stagger_us = stagger_ms * (gint64) 1000;
  if (!weir_rtmp_push_url_parse (url, &load->url, &error)
      || !resolve (load, &error) || !load_media (load, media, &error)) {
    fprintf (stderr, "rtmp-load: %s\n", error->message);
    return 2;
  }
  run (load, (guint) tick_ms);
  for (guint i = 0; i < load->n_flvs; i++)
    bench_flv_clear (&load->flvs[i]);
  g_free (load->flvs);
  weir_rtmp_push_url_clear (&load->url);
  return 0;
}
