/* Connects, keeps going, and ends a stream downstream. */
#include "workers/srt-egress.h"

#include "base/error.h"
#include "base/log.h"
#include "workers/srt-resolve.h"
#include "workers/srt-url.h"

#include <string.h>

#define TOPIC "srt"
#define MS G_GINT64_CONSTANT (1000)
#define END_TICK_MS 5
/* Not looked at for so long: the loop stood still. */
#define STOOD_STILL_MS 500

typedef enum {
  END_NONE,
  END_DRAIN, /* all that the gate has put out, then goodbye */
  END_BYE,   /* weir-srt is asked to end it */
} Ending;

typedef struct {
  WeirEgress egress;
  WeirSrtConnection connection;
  WeirLoop *loop;
  WeirSrtUrl url;
  char *label; /* "NAME to HOST port PORT", for logs */
  WeirSrtPick pick;
  gpointer pick_data;
  WeirSrtResolve *resolve;
  char *address; /* resolved, while there is no process to call with */
  WeirCodecConfig *configs[WEIR_SRT_TRACKS]; /* as told to the receiver */
  guint64 given_bytes; /* payload of this connection given to weir-srt */
  guint64 taken_bytes; /* of those, what it has handed over */
  guint64 line_bytes;  /* at the last look */
  WeirLink link;
  guint attempts;  /* since the last settled connection */
  gint64 began_us; /* of connecting, then of being live */
  gint64 progress_us;
  gint64 looked_us;
  gint64 retry_at_us;
  Ending ending;
  gint64 end_by_us;
  WeirTimer *end_timer;
} Srt;

const WeirCodecSet weir_srt_codecs =
    WEIR_CODEC_SET (WEIR_CODEC_H264) | WEIR_CODEC_SET (WEIR_CODEC_HEVC)
    | WEIR_CODEC_SET (WEIR_CODEC_AAC) | WEIR_CODEC_SET (WEIR_CODEC_OPUS)
    | WEIR_CODEC_SET (WEIR_CODEC_MP2) | WEIR_CODEC_SET (WEIR_CODEC_MP3)
    | WEIR_CODEC_SET (WEIR_CODEC_AC3);

static Srt *
of_connection (WeirSrtConnection *connection)
{
  return (Srt *) ((guint8 *) connection - G_STRUCT_OFFSET (Srt, connection));
}

static void
drop_connection (Srt *srt)
{
  weir_srt_resolve_cancel (g_steal_pointer (&srt->resolve));
  g_clear_pointer (&srt->address, g_free);
  weir_srt_connection_drop (&srt->connection);
  for (guint i = 0; i < WEIR_SRT_TRACKS; i++)
    g_clear_pointer (&srt->configs[i], weir_codec_config_unref);
  srt->given_bytes = srt->taken_bytes = srt->line_bytes = 0;
  srt->egress.link = NULL;
}

/* The owner may free SRT in on_closed: don't touch it afterwards. The same
 * holds after lose () and pump (). */
static void
finish_end (Srt *srt)
{
  g_clear_pointer (&srt->end_timer, weir_timer_free);
  drop_connection (srt);
  if (srt->egress.state == WEIR_EGRESS_CLOSED)
    return;
  weir_egress_set_state (&srt->egress, WEIR_EGRESS_CLOSED);
  weir_info (TOPIC, srt->egress.stream, "%s: ended", srt->label);
  if (srt->egress.on_closed != NULL)
    srt->egress.on_closed (&srt->egress, srt->egress.data);
}

static void
lose (Srt *srt, const char *words)
{
  WeirEgress *egress = &srt->egress;
  gint64 now_us = weir_now_us ();
  gboolean was_live = egress->state == WEIR_EGRESS_LIVE;

  if (srt->ending != END_NONE) {
    finish_end (srt);
    return;
  }
  if (was_live && now_us - srt->began_us > WEIR_EGRESS_SETTLED_MS * MS)
    srt->attempts = 0;
  srt->retry_at_us = now_us + weir_egress_pause_us (srt->attempts);
  srt->attempts++;
  drop_connection (srt);
  weir_gate_skip_to_end (egress->gate, &egress->cursor);
  /* Said once: not at each of many tries that fail the same way. */
  if (was_live || g_strcmp0 (egress->last_error, words) != 0)
    weir_warn (TOPIC, egress->stream, "%s: %s", srt->label, words);
  weir_egress_set_error (egress, words);
  weir_egress_set_state (egress, WEIR_EGRESS_WAITING);
}

/* --- connecting --- */

/* As soon as there is a process to do it. */
static void
try_call (Srt *srt)
{
  WeirSrtProcess *process =
      srt->address != NULL ? srt->pick (srt->pick_data) : NULL;
  WeirWireMessage message = { .type = WEIR_WIRE_SRT_CALL };
  WeirSrtCall *c = &message.srt_call;

  if (process == NULL)
    return;
  weir_srt_process_add (
      process, &srt->connection, weir_srt_process_next_number (process));
  c->connection = srt->connection.number;
  c->address = srt->address;
  c->address_size = strlen (srt->address);
  c->port = (guint16) srt->url.port;
  c->stream_id = srt->url.stream_id;
  c->stream_id_size = strlen (srt->url.stream_id);
  c->passphrase = srt->url.passphrase;
  c->passphrase_size = strlen (srt->url.passphrase);
  c->key_length = (guint8) srt->url.key_bytes;
  c->latency_ms = srt->url.latency_ms;
  c->timeout_ms = WEIR_SRT_EGRESS_CONNECT_TIMEOUT_MS;
  weir_srt_process_send (process, &message);
  g_clear_pointer (&srt->address, g_free);
}

static void
on_resolved (const char *address, const char *why, gpointer data)
{
  Srt *srt = data;

  srt->resolve = NULL;
  if (address == NULL) {
    g_autofree char *words =
        g_strdup_printf ("the host's name leads nowhere: %s", why);

    lose (srt, words);
    return;
  }
  srt->address = g_strdup (address);
  try_call (srt);
}

static void
begin_connecting (Srt *srt, gint64 now_us)
{
  srt->began_us = srt->progress_us = now_us;
  srt->resolve = weir_srt_resolve (
      srt->loop, srt->url.host, srt->attempts, on_resolved, srt);
  weir_egress_set_state (&srt->egress, WEIR_EGRESS_CONNECTING);
  if (srt->resolve == NULL)
    lose (srt, "the host's name can't be looked up");
}

/* --- sending --- */

static gboolean
can_carry (const WeirCodecConfig *config)
{
  return (weir_srt_codecs & WEIR_CODEC_SET (config->codec)) != 0;
}

static void
tell_config (Srt *srt, WeirMediaKind kind, WeirCodecConfig *config)
{
  WeirWireMessage message = { .type = WEIR_WIRE_SRT_CONFIG };

  weir_codec_config_ref (config);
  weir_codec_config_unref (srt->configs[kind]);
  srt->configs[kind] = config;
  message.srt_config.connection = srt->connection.number;
  message.srt_config.track = (guint8) kind;
  message.srt_config.codec = (guint8) config->codec;
  message.srt_config.data = config->data;
  message.srt_config.size = config->size;
  weir_srt_process_send (srt->connection.process, &message);
}

/* Before the first packet: every track that will be there, so that receivers
 * need not learn of them later. */
static void
tell_configs (Srt *srt)
{
  WeirEgress *egress = &srt->egress;

  for (guint kind = 0; kind < WEIR_SRT_TRACKS; kind++) {
    WeirCodecConfig *config =
        egress->peek_config != NULL
            ? egress->peek_config (egress, (WeirMediaKind) kind, egress->data)
            : NULL;

    if (config != NULL && can_carry (config))
      tell_config (srt, (WeirMediaKind) kind, config);
  }
}

static gboolean
give (Srt *srt, const WeirPacket *packet)
{
  WeirWireMessage message = { .type = WEIR_WIRE_SRT_PACKET };

  message.srt_packet.connection = srt->connection.number;
  message.srt_packet.track = packet->kind;
  message.srt_packet.flags = packet->flags;
  message.srt_packet.dts_ms = packet->dts_ms;
  message.srt_packet.pts_ms = packet->pts_ms;
  message.srt_packet.data = packet->payload.data;
  message.srt_packet.size = packet->payload.size;
  if (!weir_srt_process_offer (srt->connection.process, &message))
    return FALSE;
  srt->given_bytes += packet->payload.size;
  return TRUE;
}

static gboolean
has_room (const Srt *srt, gsize bytes)
{
  guint64 under_way = srt->given_bytes - srt->taken_bytes;

  return under_way == 0 || under_way + bytes <= WEIR_SRT_WINDOW_BYTES;
}

/* The stream goes on with a codec that can't be sent. The publisher may be sent
 * away before it returns. */
static void
refuse (Srt *srt, WeirCodec codec)
{
  WeirEgress *egress = &srt->egress;
  g_autofree char *words =
      g_strdup_printf ("SRT can't carry %s: MPEG-TS has no place for it",
          weir_codec_title (codec));

  egress->refused = codec;
  drop_connection (srt);
  weir_gate_skip_to_end (egress->gate, &egress->cursor);
  weir_warn (TOPIC, egress->stream, "%s: %s", srt->label, words);
  weir_egress_set_error (egress, words);
  weir_egress_set_state (egress, WEIR_EGRESS_REFUSED);
}

/* Returns the codec that was in the way, or NONE. */
static WeirCodec
give_all (Srt *srt, gint64 now_us)
{
  WeirEgress *egress = &srt->egress;
  const WeirGateOutput *output;

  while ((output = weir_gate_peek (egress->gate, &egress->cursor)) != NULL) {
    const WeirPacket *packet = &output->packet;

    if (packet->kind == WEIR_MEDIA_DATA || packet->config == NULL
        || packet->payload.size > WEIR_SRT_MAX_PACKET_BYTES) {
      weir_gate_sent (egress->gate, &egress->cursor, now_us);
      continue;
    }
    if (!can_carry (packet->config))
      return packet->config->codec;
    if (!has_room (srt, packet->payload.size))
      break;
    if (srt->given_bytes == 0)
      tell_configs (srt);
    if (!weir_codec_config_equal (packet->config, srt->configs[packet->kind]))
      tell_config (srt, (WeirMediaKind) packet->kind, packet->config);
    if (!give (srt, packet))
      break;
    weir_gate_sent (egress->gate, &egress->cursor, now_us);
  }
  return WEIR_CODEC_NONE;
}

static void
say_goodbye (Srt *srt, WeirSrtCloseKind how)
{
  srt->ending = END_BYE;
  weir_srt_connection_close (&srt->connection, how);
}

static void
pump (Srt *srt, gint64 now_us)
{
  WeirCodec refused;

  if (srt->egress.state != WEIR_EGRESS_LIVE || srt->ending == END_BYE)
    return;
  refused = give_all (srt, now_us);
  if (srt->given_bytes == srt->taken_bytes)
    srt->progress_us = now_us;
  if (refused != WEIR_CODEC_NONE && srt->ending == END_NONE) {
    refuse (srt, refused);
    return;
  }
  if (now_us - srt->progress_us > WEIR_SRT_EGRESS_STALL_MS * MS) {
    lose (srt, "the receiver stopped taking data");
    return;
  }
  if (srt->ending == END_DRAIN
      && (refused != WEIR_CODEC_NONE
          || weir_gate_peek (srt->egress.gate, &srt->egress.cursor) == NULL))
    say_goodbye (srt, WEIR_SRT_CLOSE_DRAIN);
}

static void
go_live (Srt *srt, const WeirSrtCalled *called)
{
  WeirEgress *egress = &srt->egress;

  srt->began_us = srt->progress_us = weir_now_us ();
  srt->link = (WeirLink){ .latency_ms = called->latency_ms,
    .key_bits = called->key_length * 8u };
  egress->link = &srt->link;
  egress->connects++;
  egress->cursor.need_key = TRUE;
  weir_info (TOPIC, egress->stream, "%s: live, latency %u ms", srt->label,
      called->latency_ms);
  weir_egress_set_state (egress, WEIR_EGRESS_LIVE);
  pump (srt, srt->began_us);
}

static void
take_taken (Srt *srt, const WeirSrtTaken *taken)
{
  gint64 now_us = weir_now_us ();

  if (taken->payload_bytes > srt->taken_bytes)
    srt->egress.last_content_us = srt->progress_us = now_us;
  srt->taken_bytes = MIN (taken->payload_bytes, srt->given_bytes);
  srt->egress.bytes += taken->line_bytes - srt->line_bytes;
  srt->line_bytes = taken->line_bytes;
  srt->egress.quiet_until_us = 0;
}

static void
on_message (WeirSrtConnection *connection, const WeirWireMessage *message)
{
  Srt *srt = of_connection (connection);
  g_autofree char *words = NULL;

  switch (message->type) {
  case WEIR_WIRE_SRT_CALLED:
    go_live (srt, &message->srt_called);
    break;
  case WEIR_WIRE_SRT_TAKEN:
    take_taken (srt, &message->srt_taken);
    break;
  case WEIR_WIRE_SRT_STATS:
    weir_srt_link_update (&srt->link, &message->srt_stats);
    break;
  case WEIR_WIRE_SRT_TROUBLE:
    weir_warn (TOPIC, srt->egress.stream, "%s: %.*s", srt->label,
        (int) message->srt_trouble.text_size, message->srt_trouble.text);
    break;
  case WEIR_WIRE_SRT_CLOSED:
    words = g_strndup (message->srt_closed.text, message->srt_closed.text_size);
    lose (srt, words);
    break;
  default:
    break;
  }
}

static void
on_process_gone (WeirSrtConnection *connection)
{
  lose (of_connection (connection), "the process that speaks SRT is gone");
}

static const WeirSrtConnectionClass connection_class = {
  .on_message = on_message,
  .on_process_gone = on_process_gone,
};

/* --- the egress --- */

/* While the loop was held up, nobody could see that data was taken. */
static void
forgive_standstill (Srt *srt, gint64 now_us)
{
  gint64 gap_us = now_us - srt->looked_us;

  srt->looked_us = now_us;
  if (gap_us < STOOD_STILL_MS * MS)
    return;
  srt->began_us += gap_us;
  srt->progress_us += gap_us;
}

static gboolean
is_idle (const Srt *srt)
{
  const WeirEgress *egress = &srt->egress;

  return egress->state == WEIR_EGRESS_LIVE
         && egress->cursor.position >= weir_gate_get_end (egress->gate);
}

static void
srt_flush (WeirEgress *egress, gint64 now_us)
{
  Srt *srt = (Srt *) egress;

  egress->quiet_until_us = 0;
  forgive_standstill (srt, now_us);
  if (srt->ending != END_NONE)
    return;
  switch (egress->state) {
  case WEIR_EGRESS_IDLE:
  case WEIR_EGRESS_WAITING:
    if (now_us >= srt->retry_at_us && weir_egress_is_wanted (egress, now_us))
      begin_connecting (srt, now_us);
    break;
  case WEIR_EGRESS_CONNECTING:
    /* weir-srt gives up by itself; this is for one that does not answer. */
    if (now_us - srt->began_us > 2 * WEIR_SRT_EGRESS_CONNECT_TIMEOUT_MS * MS)
      lose (srt, srt->address != NULL ? "no process that speaks SRT is ready"
                                      : "the receiver did not answer in time");
    else
      try_call (srt);
    break;
  case WEIR_EGRESS_LIVE:
    pump (srt, now_us);
    if (is_idle (srt))
      egress->quiet_until_us = now_us + WEIR_EGRESS_IDLE_LOOK_MS * MS;
    break;
  case WEIR_EGRESS_REFUSED:
    if (weir_egress_look_again (egress, weir_srt_codecs)) {
      srt->retry_at_us = now_us;
      weir_egress_set_state (egress, WEIR_EGRESS_WAITING);
    }
    egress->quiet_until_us = now_us + WEIR_EGRESS_IDLE_LOOK_MS * MS;
    break;
  case WEIR_EGRESS_CLOSED:
    break;
  }
}

static void
on_end_timer (gpointer data)
{
  Srt *srt = data;
  gint64 now_us = weir_now_us ();

  if (now_us >= srt->end_by_us)
    finish_end (srt);
  else
    pump (srt, now_us);
}

static void
srt_end (WeirEgress *egress, gboolean drain)
{
  Srt *srt = (Srt *) egress;
  gint64 now_us = weir_now_us ();

  if (srt->ending != END_NONE) {
    /* A cut overtakes a drain that is under way. */
    if (!drain)
      say_goodbye (srt, WEIR_SRT_CLOSE_CUT);
    return;
  }
  srt->ending = END_DRAIN;
  srt->end_by_us = now_us + WEIR_EGRESS_CLOSE_TIMEOUT_MS * MS;
  if ((srt->connection.process == NULL && srt->resolve == NULL
          && srt->address == NULL)
      || (!drain && egress->state != WEIR_EGRESS_LIVE)) {
    finish_end (srt);
    return;
  }
  srt->end_timer =
      weir_timer_new (srt->loop, END_TICK_MS, END_TICK_MS, on_end_timer, srt);
  if (drain)
    pump (srt, now_us);
  else
    say_goodbye (srt, WEIR_SRT_CLOSE_CUT);
}

static void
srt_free (WeirEgress *egress)
{
  Srt *srt = (Srt *) egress;

  if (srt == NULL)
    return;
  weir_timer_free (srt->end_timer);
  drop_connection (srt);
  weir_srt_url_clear (&srt->url);
  g_free (srt->label);
  g_free ((char *) egress->name);
  g_free (egress->last_error);
  g_free (srt);
}

static const WeirEgressClass srt_class = {
  .flush = srt_flush,
  .end = srt_end,
  .free = srt_free,
};

WeirEgress *
weir_srt_egress_new (
    WeirLoop *loop, const WeirSrtEgressOptions *options, GError **error)
{
  g_auto (WeirSrtUrl) url = { 0 };
  Srt *srt;

  weir_loop_assert_thread (loop);
  if (!weir_srt_url_parse (options->url, &url, error))
    return NULL;
  srt = g_new0 (Srt, 1);
  srt->loop = loop;
  srt->egress.klass = &srt_class;
  srt->egress.name = g_strdup (options->name);
  srt->egress.cursor.need_key = TRUE;
  srt->connection.klass = &connection_class;
  srt->label =
      g_strdup_printf ("%s to %s port %u", options->name, url.host, url.port);
  srt->pick = options->pick;
  srt->pick_data = options->pick_data;
  srt->url = url;
  url = (WeirSrtUrl){ 0 };
  return &srt->egress;
}
