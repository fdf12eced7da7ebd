/* Connects, keeps going, and ends a stream downstream. */
#include "rtmp/push.h"

#include "base/error.h"
#include "base/log.h"
#include "rtmp/client.h"
#include "rtmp/push-connection.h"
#include "rtmp/push-url.h"
#include "rtmp/sender.h"

#define TOPIC "push"
#define MS G_GINT64_CONSTANT (1000)
/* Writes of one tick, when the gate has more than one batch. */
#define MAX_WRITES_PER_FLUSH 4
#define END_TICK_MS 5
/* Not looked at for so long: the loop stood still. */
#define STOOD_STILL_MS 500

typedef enum {
  END_NONE,
  END_CUT,   /* the message begun, then goodbye */
  END_DRAIN, /* all that the gate has put out, then goodbye */
  END_BYE,   /* goodbye is in the output */
  END_SHUT,  /* all written: waits for the server to close */
} Ending;

typedef struct {
  WeirEgress egress;
  WeirLoop *loop;
  WeirRtmpPushUrl url;
  WeirTlsContext *tls; /* NULL for rtmp:// */
  char *label;         /* "NAME to HOST:PORT", for logs */
  WeirPushConnection *connection;
  WeirRtmpClient *client;
  WeirRtmpSender sender;
  gboolean content_waits; /* in a TLS record that is not all written */
  guint attempts;         /* since the last settled connection */
  gboolean connected;
  gint64 began_us; /* of connecting, then of being live */
  gint64 progress_us;
  gboolean ping;
  gint64 ping_us;    /* the newest was sent */
  gint64 awaited_us; /* since then its answer is */
  guint64 ping_end;  /* bytes written with it; G_MAXUINT64 before it is */
  guint64 confirmed; /* bytes that had arrived at the last look */
  gint64 looked_us;  /* last flush */
  gint64 retry_at_us;
  WeirRtmpEnhanced enhanced;
  WeirCodecSet codecs; /* that the server took then */
  Ending ending;
  gint64 end_by_us;
  WeirTimer *end_timer;
} Push;

static void pump (Push *push, gint64 now_us);

static void
drop_connection (Push *push)
{
  weir_push_connection_close (g_steal_pointer (&push->connection));
  g_clear_pointer (&push->client, weir_rtmp_client_free);
  weir_rtmp_sender_clear (&push->sender);
  push->connected = FALSE;
  push->content_waits = FALSE;
}

/* The owner may free PUSH in on_closed: don't touch it afterwards. The same
 * holds after lose () and pump (). */
static void
finish_end (Push *push)
{
  g_clear_pointer (&push->end_timer, weir_timer_free);
  drop_connection (push);
  if (push->egress.state == WEIR_EGRESS_CLOSED)
    return;
  weir_egress_set_state (&push->egress, WEIR_EGRESS_CLOSED);
  weir_info (TOPIC, push->egress.stream, "%s: ended", push->label);
  if (push->egress.on_closed != NULL)
    push->egress.on_closed (&push->egress, push->egress.data);
}

static void
lose (Push *push, const char *words)
{
  gint64 now_us = weir_now_us ();
  gboolean was_live = push->egress.state == WEIR_EGRESS_LIVE;

  if (push->ending != END_NONE) {
    finish_end (push);
    return;
  }
  if (was_live && now_us - push->began_us > WEIR_EGRESS_SETTLED_MS * MS)
    push->attempts = 0;
  push->retry_at_us = now_us + weir_egress_pause_us (push->attempts);
  push->attempts++;
  drop_connection (push);
  weir_gate_skip_to_end (push->egress.gate, &push->egress.cursor);
  /* Said once: not at each of many tries that fail the same way. */
  if (was_live || g_strcmp0 (push->egress.last_error, words) != 0)
    weir_warn (TOPIC, push->egress.stream, "%s: %s", push->label, words);
  weir_egress_set_error (&push->egress, words);
  weir_egress_set_state (&push->egress, WEIR_EGRESS_WAITING);
}

static void
on_connected (gpointer data)
{
  Push *push = data;

  push->connected = TRUE;
  pump (push, weir_now_us ());
}

static void
on_lost (const char *error, gpointer data)
{
  lose (data, error != NULL ? error : "the server closed the connection");
}

static void
go_live (Push *push)
{
  push->egress.connects++;
  push->began_us = push->progress_us = push->ping_us = weir_now_us ();
  push->egress.cursor.need_key = TRUE;
  weir_info (TOPIC, push->egress.stream, "%s: live", push->label);
  weir_egress_set_state (&push->egress, WEIR_EGRESS_LIVE);
}

static void
on_read (const guint8 *bytes, gsize size, gpointer data)
{
  Push *push = data;

  if (push->ending == END_SHUT)
    return;
  for (;;) {
    g_autoptr (GError) error = NULL;
    WeirRtmpClientEvent event =
        weir_rtmp_client_read (push->client, &bytes, &size, &error);

    if (event == WEIR_RTMP_CLIENT_FAILED) {
      lose (push, error->message);
      return;
    }
    if (event == WEIR_RTMP_CLIENT_MORE)
      break;
    go_live (push);
  }
  pump (push, weir_now_us ());
}

static const WeirPushConnectionEvents connection_events = {
  .on_connected = on_connected,
  .on_read = on_read,
  .on_lost = on_lost,
};

static void
begin_connecting (Push *push, gint64 now_us)
{
  push->began_us = push->progress_us = now_us;
  push->client = weir_rtmp_client_new (push->url.app, push->url.tc_url,
      push->url.name, push->enhanced, g_random_int ());
  push->connection = weir_push_connection_new (weir_loop_uv (push->loop),
      push->url.host, push->url.port, push->tls, push->attempts,
      WEIR_RTMP_PUSH_UNSENT_BYTES, &connection_events, push);
  weir_egress_set_state (&push->egress, WEIR_EGRESS_CONNECTING);
}

typedef enum {
  WRITE_ALL,  /* there may be more */
  WRITE_STOP, /* there was nothing, or the socket is full */
  WRITE_LOST, /* PUSH may be freed */
} WriteResult;

/* One gathered write. */
static WriteResult
write_batch (Push *push, gboolean content, gint64 now_us)
{
  WeirEgress *egress = &push->egress;
  WeirRtmpBatch batch;
  gssize taken;

  if (!weir_push_connection_flush (push->connection))
    return WRITE_STOP;
  if (push->content_waits)
    egress->last_content_us = now_us;
  push->content_waits = FALSE;
  if (!weir_rtmp_sender_gather (&push->sender, push->client, egress->gate,
          &egress->cursor, content, &batch)) {
    push->progress_us = now_us;
    return WRITE_STOP;
  }
  taken = weir_push_connection_write (
      push->connection, batch.pieces.at, batch.pieces.n);
  if (weir_rtmp_sender_wrote (&push->sender, push->client, egress->gate,
          &egress->cursor, &batch, (gsize) MAX (taken, 0), now_us)) {
    egress->last_content_us = now_us;
    push->content_waits = !weir_push_connection_flush (push->connection);
  }
  if (taken < 0) {
    lose (push, "the connection is broken");
    return WRITE_LOST;
  }
  egress->bytes += (guint64) taken;
  if (taken > 0)
    push->progress_us = now_us;
  return (gsize) taken == batch.pieces.bytes ? WRITE_ALL : WRITE_STOP;
}

static char *
dup_refusal (const Push *push, WeirCodec codec)
{
  const char *title = weir_codec_title (codec);

  if (weir_four_cc_of_codec (codec) == NULL)
    return g_strdup_printf ("RTMP can't carry %s", title);
  if (push->enhanced == WEIR_RTMP_ENHANCED_NO)
    return g_strdup_printf (
        "%s needs Enhanced RTMP, which [egress %s] enhanced = no rules out",
        title, push->egress.name);
  return g_strdup_printf (
      "the server does not announce %s (Enhanced RTMP); set [egress %s] "
      "enhanced = yes if it takes it all the same",
      title, push->egress.name);
}

/* The stream goes on with a codec that the server can't take. The publisher
 * may be sent away before it returns. */
static void
refuse (Push *push, gint64 now_us)
{
  g_autofree char *words = dup_refusal (push, push->sender.cannot_carry);

  push->egress.refused = push->sender.cannot_carry;
  push->codecs = weir_rtmp_client_get_codecs (push->client);
  /* As far as the socket takes the goodbye: the close says it as well. */
  weir_rtmp_client_unpublish (push->client);
  if (write_batch (push, FALSE, now_us) != WRITE_LOST)
    drop_connection (push);
  weir_gate_skip_to_end (push->egress.gate, &push->egress.cursor);
  weir_warn (TOPIC, push->egress.stream, "%s: %s", push->label, words);
  weir_egress_set_error (&push->egress, words);
  weir_egress_set_state (&push->egress, WEIR_EGRESS_REFUSED);
}

static void
look_again (Push *push, gint64 now_us)
{
  if (!weir_egress_look_again (&push->egress, push->codecs))
    return;
  push->retry_at_us = now_us;
  weir_egress_set_state (&push->egress, WEIR_EGRESS_WAITING);
}

/* The newest ping is not answered. A line that is slow is not held against the
 * server while the ping is on its way and something arrives. */
static gboolean
is_overdue (Push *push, gint64 now_us)
{
  guint64 confirmed = weir_push_connection_get_confirmed (push->connection);

  if (push->confirmed < push->ping_end && confirmed > push->confirmed)
    push->awaited_us = now_us;
  push->confirmed = confirmed;
  return now_us - push->awaited_us > WEIR_RTMP_PUSH_PONG_MS * MS;
}

static void
send_ping (Push *push, gint64 now_us)
{
  weir_rtmp_client_ping (push->client, (guint32) (now_us / MS));
  push->ping_us = push->awaited_us = now_us;
  push->ping_end = G_MAXUINT64;
  push->confirmed = weir_push_connection_get_confirmed (push->connection);
}

/* All of a ping is with the kernel now. */
static void
note_ping_written (Push *push)
{
  if (push->ping_end == G_MAXUINT64
      && weir_rtmp_client_get_output (push->client)->len == 0
      && weir_push_connection_flush (push->connection))
    push->ping_end = weir_push_connection_get_written (push->connection);
}

/* Asks and awaits answers. FALSE when the server hangs. */
static gboolean
ping (Push *push, gint64 now_us)
{
  if (!push->ping || push->egress.state != WEIR_EGRESS_LIVE
      || push->ending != END_NONE)
    return TRUE;
  switch (weir_rtmp_client_get_ping (push->client)) {
  case WEIR_RTMP_CLIENT_PING_AWAITED:
    return !is_overdue (push, now_us);
  case WEIR_RTMP_CLIENT_PING_ANSWERED:
    if (now_us - push->ping_us >= WEIR_RTMP_PUSH_PING_MS * MS)
      send_ping (push, now_us);
    break;
  case WEIR_RTMP_CLIENT_PING_IGNORED:
    break;
  }
  return TRUE;
}

/* TRUE when nothing is left to write before the next step of the end. */
static gboolean
all_written (Push *push)
{
  return !push->sender.in_flight
         && weir_rtmp_client_get_output (push->client)->len == 0
         && (push->ending != END_DRAIN
             || weir_gate_peek (push->egress.gate, &push->egress.cursor)
                    == NULL);
}

static void
pump (Push *push, gint64 now_us)
{
  gboolean content = push->egress.state == WEIR_EGRESS_LIVE
                     && (push->ending == END_NONE || push->ending == END_DRAIN);
  WriteResult result = WRITE_ALL;

  if (!push->connected || push->ending == END_SHUT)
    return;
  if (!ping (push, now_us)) {
    lose (push, "the server does not answer any more");
    return;
  }
  for (guint i = 0; i < MAX_WRITES_PER_FLUSH && result == WRITE_ALL; i++)
    result = write_batch (push, content, now_us);
  if (result == WRITE_LOST)
    return;
  note_ping_written (push);
  if (push->sender.cannot_carry != WEIR_CODEC_NONE && !push->sender.in_flight) {
    if (push->ending == END_NONE) {
      refuse (push, now_us);
      return;
    }
    /* Of what a drain has left, nothing more can go. */
    if (push->ending == END_DRAIN)
      push->ending = END_CUT;
  }
  if (now_us - push->progress_us > WEIR_RTMP_PUSH_STALL_MS * MS) {
    lose (push, "the server stopped taking data");
    return;
  }
  if (push->ending == END_NONE || push->egress.state != WEIR_EGRESS_LIVE
      || !all_written (push))
    return;
  if (push->ending != END_BYE) {
    push->ending = END_BYE;
    weir_rtmp_client_unpublish (push->client);
    pump (push, now_us);
    return;
  }
  push->ending = END_SHUT;
  weir_push_connection_shutdown (push->connection);
}

/* Live, and all that there is has been handed over. */
static gboolean
is_idle (Push *push)
{
  WeirEgress *egress = &push->egress;

  return egress->state == WEIR_EGRESS_LIVE && !push->sender.in_flight
         && !push->content_waits
         && weir_rtmp_client_get_output (push->client)->len == 0
         && egress->cursor.position >= weir_gate_get_end (egress->gate);
}

/* While the whole program was stopped or the loop was held up, the server may
 * have taken everything and answered: nobody could see it. That time is not
 * the server's. */
static void
forgive_standstill (Push *push, gint64 now_us)
{
  gint64 gap_us = now_us - push->looked_us;

  push->looked_us = now_us;
  if (gap_us < STOOD_STILL_MS * MS)
    return;
  push->began_us += gap_us;
  push->progress_us += gap_us;
  push->ping_us += gap_us;
  push->awaited_us += gap_us;
}

static void
push_flush (WeirEgress *egress, gint64 now_us)
{
  Push *push = (Push *) egress;

  egress->quiet_until_us = 0;
  forgive_standstill (push, now_us);
  if (push->ending != END_NONE)
    return;
  switch (egress->state) {
  case WEIR_EGRESS_IDLE:
  case WEIR_EGRESS_WAITING:
    if (now_us >= push->retry_at_us && weir_egress_is_wanted (egress, now_us))
      begin_connecting (push, now_us);
    break;
  case WEIR_EGRESS_CONNECTING:
    if (now_us - push->began_us > WEIR_RTMP_PUSH_CONNECT_TIMEOUT_MS * MS)
      lose (push, "the server did not answer in time");
    else
      pump (push, now_us);
    break;
  case WEIR_EGRESS_LIVE:
    pump (push, now_us);
    if (is_idle (push))
      egress->quiet_until_us = now_us + WEIR_EGRESS_IDLE_LOOK_MS * MS;
    break;
  case WEIR_EGRESS_REFUSED:
    look_again (push, now_us);
    egress->quiet_until_us = now_us + WEIR_EGRESS_IDLE_LOOK_MS * MS;
    break;
  case WEIR_EGRESS_CLOSED:
    break;
  }
}

static void
on_end_timer (gpointer data)
{
  Push *push = data;
  gint64 now_us = weir_now_us ();

  if (now_us >= push->end_by_us)
    finish_end (push);
  else
    pump (push, now_us);
}

static void
push_end (WeirEgress *egress, gboolean drain)
{
  Push *push = (Push *) egress;
  gint64 now_us = weir_now_us ();

  if (push->ending != END_NONE) {
    /* A cut overtakes a drain that is under way. */
    if (push->ending == END_DRAIN && !drain)
      push->ending = END_CUT;
    return;
  }
  push->ending = drain ? END_DRAIN : END_CUT;
  push->end_by_us = now_us + WEIR_EGRESS_CLOSE_TIMEOUT_MS * MS;
  if (push->connection == NULL
      || (!drain && egress->state != WEIR_EGRESS_LIVE)) {
    finish_end (push);
    return;
  }
  push->end_timer =
      weir_timer_new (push->loop, END_TICK_MS, END_TICK_MS, on_end_timer, push);
  pump (push, now_us);
}

static void
push_free (WeirEgress *egress)
{
  Push *push = (Push *) egress;

  if (push == NULL)
    return;
  weir_timer_free (push->end_timer);
  drop_connection (push);
  weir_rtmp_push_url_clear (&push->url);
  weir_tls_context_unref (push->tls);
  g_free (push->label);
  g_free ((char *) egress->name);
  g_free (egress->last_error);
  g_free (push);
}

static const WeirEgressClass push_class = {
  .flush = push_flush,
  .end = push_end,
  .free = push_free,
};

WeirEgress *
weir_rtmp_push_new (
    WeirLoop *loop, const WeirRtmpPushOptions *options, GError **error)
{
  g_auto (WeirRtmpPushUrl) parsed = { 0 };
  Push *push;

  weir_loop_assert_thread (loop);
  if (!weir_rtmp_push_url_parse (options->url, &parsed, error))
    return NULL;
  push = g_new0 (Push, 1);
  push->loop = loop;
  push->egress.klass = &push_class;
  push->egress.name = g_strdup (options->name);
  push->egress.cursor.need_key = TRUE;
  push->label = g_strdup_printf (
      "%s to %s port %u", options->name, parsed.host, parsed.port);
  push->url = parsed;
  push->ping = options->ping;
  push->enhanced = options->enhanced;
  if (parsed.tls)
    push->tls = weir_tls_context_ref (options->tls);
  parsed = (WeirRtmpPushUrl){ 0 };
  return &push->egress;
}
