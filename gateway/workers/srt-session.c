/* Asks for admission and puts packets into the stream. */
#include "workers/srt-session.h"

#include "base/log.h"
#include "core/address.h"
#include "core/stream-id.h"

#include <string.h>

#define TOPIC "srt"

typedef struct {
  WeirPublisher publisher;
  WeirSrtConnection connection;
  WeirSrtSessionShared *shared;
  gboolean asking;    /* whether it may publish; nothing is read meanwhile */
  WeirStream *stream; /* borrowed while publishing */
  WeirArena *arena;
  WeirCodecConfig *configs[WEIR_SRT_TRACKS];
  WeirLink link;
  char *address_key;
} Session;

static Session *
of_connection (WeirSrtConnection *connection)
{
  return (Session *) ((guint8 *) connection
                      - G_STRUCT_OFFSET (Session, connection));
}

static void
let_go_of_stream (Session *session, WeirGone how)
{
  WeirStream *stream = g_steal_pointer (&session->stream);

  if (session->asking)
    weir_streams_publish_cancel (
        session->shared->control->streams, &session->publisher);
  session->asking = FALSE;
  if (stream == NULL)
    return;
  session->shared->publishing--;
  weir_stream_publisher_gone (stream, &session->publisher, how);
}

static void
session_free (Session *session)
{
  weir_srt_connection_drop (&session->connection);
  for (guint i = 0; i < WEIR_SRT_TRACKS; i++)
    weir_codec_config_unref (session->configs[i]);
  weir_arena_unref (session->arena);
  g_free (session->publisher.peer);
  g_free (session->address_key);
  g_free (session);
}

/* The stream has let go of us, and waits for nothing more. */
static void
on_disconnect (WeirPublisher *publisher, const char *reason)
{
  Session *session = (Session *) publisher;

  session->stream = NULL;
  session->shared->publishing--;
  weir_warn (TOPIC, publisher->peer, "disconnected: %s", reason);
  weir_srt_connection_close (&session->connection, WEIR_SRT_CLOSE_CUT);
}

gboolean
weir_srt_session_may_log (WeirSrtSessionShared *shared)
{
  guint64 dropped;

  if (!weir_log_limit_allows (&shared->refusals, weir_now_us (),
          WEIR_SRT_REFUSALS_LOGGED, &dropped))
    return FALSE;
  if (dropped > 0)
    weir_warn (TOPIC, NULL,
        "%" G_GUINT64_FORMAT " more refusals were not written down", dropped);
  return TRUE;
}

/* REASON may hold what the peer sent; it is escaped by the log. */
static void
refuse (Session *session, const char *reason)
{
  WeirSrtSessionShared *shared = session->shared;

  if (weir_srt_session_may_log (shared))
    weir_warn (TOPIC, session->publisher.peer, "refused: %s", reason);
  weir_srt_connection_close (&session->connection, WEIR_SRT_CLOSE_CUT);
}

static void
take_answer (
    Session *session, WeirAdmit admit, WeirStream *stream, const char *reason)
{
  WeirWireMessage message = { .type = WEIR_WIRE_SRT_ADMIT };

  if (admit != WEIR_ADMIT_OK) {
    refuse (session, reason);
    return;
  }
  session->stream = stream;
  session->shared->publishing++;
  weir_info (TOPIC, session->publisher.peer,
      "publishes %s, latency %u ms%s, %s", weir_stream_get_path (stream),
      session->link.latency_ms,
      session->link.latency_ms == 0 ? " (what is late is waited for)" : "",
      session->link.key_bits > 0 ? "encrypted" : "not encrypted");
  message.srt_admit.connection = session->connection.number;
  message.srt_admit.program = session->shared->programme;
  weir_srt_process_send (session->connection.process, &message);
}

static void
on_admitted (WeirPublisher *publisher, WeirAdmit admit, WeirStream *stream,
    const char *reason)
{
  Session *session = (Session *) publisher;

  session->asking = FALSE;
  take_answer (session, admit, stream, reason);
}

static const WeirPublisherClass publisher_class = {
  .admitted = on_admitted,
  .disconnect = on_disconnect,
};

static void
take_config (Session *session, const WeirSrtConfig *config)
{
  g_autoptr (GError) error = NULL;
  WeirCodecConfig *fresh = weir_codec_config_new (
      (WeirCodec) config->codec, config->data, config->size, &error);

  if (fresh == NULL) {
    weir_warn (TOPIC, session->publisher.peer, "closed: %s", error->message);
    let_go_of_stream (session, WEIR_GONE_LOST);
    weir_srt_connection_close (&session->connection, WEIR_SRT_CLOSE_CUT);
    return;
  }
  weir_codec_config_unref (session->configs[config->track]);
  session->configs[config->track] = fresh;
}

static void
take_packet (Session *session, const WeirSrtPacket *from)
{
  WeirCodecConfig *config = session->configs[from->track];
  WeirPacket packet = {
    .dts_ms = from->dts_ms & G_MAXUINT32,
    .arrival_us = from->arrival_us,
    .kind = from->track,
    .flags = from->flags,
  };

  if (config == NULL)
    return;
  packet.codec = (guint8) config->codec;
  packet.config = weir_codec_config_ref (config);
  packet.pts_ms = packet.dts_ms + (from->pts_ms - from->dts_ms);
  packet.payload = weir_arena_alloc (session->arena, from->size);
  memcpy (packet.payload.data, from->data, from->size);
  weir_stream_take_packet (session->stream, &packet);
}

static void
take_closed (Session *session, const WeirSrtClosed *closed)
{
  gboolean said = closed->why == WEIR_SRT_CLOSED_GOODBYE;

  if (session->stream != NULL)
    weir_info (TOPIC, session->publisher.peer, "%s: %.*s",
        said ? "stopped publishing" : "went away", (int) closed->text_size,
        closed->text);
  else if (session->asking && !said
           && weir_srt_session_may_log (session->shared))
    weir_warn (TOPIC, session->publisher.peer,
        "closed before it was let in: %.*s", (int) closed->text_size,
        closed->text);
  let_go_of_stream (session, said ? WEIR_GONE_STOPPED : WEIR_GONE_LOST);
  session_free (session);
}

static void
on_message (WeirSrtConnection *connection, const WeirWireMessage *message)
{
  Session *session = of_connection (connection);

  switch (message->type) {
  case WEIR_WIRE_SRT_BYTES:
    if (session->stream != NULL)
      weir_stream_count_input (session->stream, message->srt_bytes.bytes,
          message->srt_bytes.arrival_us);
    break;
  case WEIR_WIRE_SRT_CONFIG:
    if (session->stream != NULL)
      take_config (session, &message->srt_config);
    break;
  case WEIR_WIRE_SRT_PACKET:
    if (session->stream != NULL)
      take_packet (session, &message->srt_packet);
    break;
  case WEIR_WIRE_SRT_STATS:
    weir_srt_link_update (&session->link, &message->srt_stats);
    session->publisher.other_tracks = message->srt_stats.other_tracks;
    break;
  case WEIR_WIRE_SRT_TROUBLE:
    weir_warn (TOPIC, session->publisher.peer, "%.*s",
        (int) message->srt_trouble.text_size, message->srt_trouble.text);
    break;
  case WEIR_WIRE_SRT_CLOSED:
    take_closed (session, &message->srt_closed);
    break;
  default:
    break;
  }
}

static void
on_process_gone (WeirSrtConnection *connection)
{
  Session *session = of_connection (connection);

  let_go_of_stream (session, WEIR_GONE_LOST);
  session_free (session);
}

static const WeirSrtConnectionClass connection_class = {
  .on_message = on_message,
  .on_process_gone = on_process_gone,
};

static void
ask (Session *session, const WeirSrtCaller *caller)
{
#define DUP(part) g_strndup (caller->part, caller->part##_size)
  g_autofree char *app = DUP (app);
  g_autofree char *name = DUP (name);
  g_autofree char *secret = DUP (secret);
  g_autofree char *publisher = DUP (publisher);
  g_autofree char *query = DUP (query);
#undef DUP
  g_autofree char *name_query =
      weir_stream_id_hook_query (query, secret, publisher);
  g_autofree char *url = g_strconcat ("srt://", app, NULL);
  WeirPublishRequest request = {
    .app = app,
    .name = name,
    .secret = secret,
    .name_query = name_query,
    .tc_url = url,
  };
  g_autofree char *reason = NULL;
  WeirStream *stream = NULL;
  WeirAdmit admit = weir_streams_publish (session->shared->control->streams,
      &request, &session->publisher, &stream, &reason);

  session->asking = admit == WEIR_ADMIT_PENDING;
  if (!session->asking)
    take_answer (session, admit, stream, reason);
}

void
weir_srt_session_begin (WeirSrtSessionShared *shared, WeirSrtProcess *process,
    const WeirSrtCaller *caller)
{
  Session *session = g_new0 (Session, 1);
  WeirAddress address = { .port = caller->port };

  memcpy (address.bytes, caller->address, sizeof address.bytes);
  session->shared = shared;
  session->address_key = weir_address_to_key (&address);
  session->publisher.klass = &publisher_class;
  session->publisher.protocol = "srt";
  session->publisher.peer = weir_address_to_text (&address);
  session->publisher.address_key = session->address_key;
  session->publisher.number = (guint64) weir_srt_process_get_serial (process)
                                  << 32
                              | (caller->connection & G_MAXUINT32);
  session->publisher.link = &session->link;
  session->link.latency_ms = caller->latency_ms;
  session->link.key_bits = caller->key_length * 8u;
  session->connection.klass = &connection_class;
  session->arena = weir_arena_new ();
  weir_srt_process_add (process, &session->connection, caller->connection);
  ask (session, caller);
}
