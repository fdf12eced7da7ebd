/* Reads and writes the messages between weir and weir-srt. Each message has
 * one list of its fields, which serves both ways. */
#include "base/error.h"
#include "wire/codec.h"

/* Reading when there is a reader, else writing; then the message is not
 * changed. The first error stays, and nothing is read after it. */
typedef struct {
  WeirReader *reader;
  GByteArray *out;
  GError *error;
} Pass;

static guint64
number (Pass *p, guint64 v, guint bytes)
{
  if (p->reader != NULL)
    return p->error == NULL ? weir_reader_uint (p->reader, bytes) : 0;
  weir_append_uint (p->out, v, bytes);
  return v;
}

static void
u8 (Pass *p, guint8 *v)
{
  guint8 got = (guint8) number (p, *v, 1);

  if (p->reader != NULL)
    *v = got;
}

static void
u16 (Pass *p, guint16 *v)
{
  guint16 got = (guint16) number (p, *v, 2);

  if (p->reader != NULL)
    *v = got;
}

static void
u32 (Pass *p, guint32 *v)
{
  guint32 got = (guint32) number (p, *v, 4);

  if (p->reader != NULL)
    *v = got;
}

static void
u64 (Pass *p, guint64 *v)
{
  guint64 got = number (p, *v, 8);

  if (p->reader != NULL)
    *v = got;
}

static void
i64 (Pass *p, gint64 *v)
{
  gint64 got = (gint64) number (p, (guint64) *v, 8);

  if (p->reader != NULL)
    *v = got;
}

/* A value of an enumeration that has COUNT. */
static void
one_of (Pass *p, guint8 *v, guint count)
{
  g_assert (p->reader != NULL || *v < count);
  u8 (p, v);
  if (p->reader != NULL && !p->reader->failed && p->error == NULL
      && *v >= count)
    g_set_error (&p->error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "value %u, below %u expected", *v, count);
}

static void
block (
    Pass *p, const guint8 **data, gsize *size, guint length_bytes, gsize limit)
{
  if (p->reader == NULL)
    weir_wire_append_block (p->out, length_bytes, limit, *data, *size);
  else if (p->error == NULL)
    *data =
        weir_wire_take_block (p->reader, length_bytes, limit, size, &p->error);
}

static void
text (Pass *p, const char **data, gsize *size, gsize limit)
{
  block (p, (const guint8 **) data, size, 2, limit);
}

static void
long_text (Pass *p, const char **data, gsize *size)
{
  text (p, data, size, WEIR_SRT_MAX_TEXT_BYTES);
}

static void
address (Pass *p, guint8 bytes[WEIR_SRT_ADDRESS_BYTES], guint16 *port)
{
  for (guint i = 0; i < WEIR_SRT_ADDRESS_BYTES; i++)
    u8 (p, &bytes[i]);
  u16 (p, port);
}

static void
listen_fields (Pass *p, WeirSrtListen *m)
{
  u32 (p, &m->port_id);
  long_text (p, &m->address, &m->address_size);
  u16 (p, &m->port);
  u32 (p, &m->latency_ms);
  u32 (p, &m->max_latency_ms);
  u32 (p, &m->silence_ms);
  u32 (p, &m->max_callers);
  u32 (p, &m->max_callers_per_address);
  long_text (p, &m->fallback, &m->fallback_size);
  one_of (p, &m->waits, 2);
}

static void
rule_fields (Pass *p, WeirSrtRule *m)
{
  one_of (p, &m->kind, WEIR_SRT_RULE_KINDS);
  u8 (p, &m->flags);
  u16 (p, &m->code);
  text (p, &m->key, &m->key_size, WEIR_SRT_MAX_KEY_BYTES);
  text (p, &m->path, &m->path_size, WEIR_SRT_MAX_KEY_BYTES);
  text (p, &m->passphrase, &m->passphrase_size, WEIR_SRT_MAX_PASSPHRASE_BYTES);
  u8 (p, &m->key_length);
}

static void
call_fields (Pass *p, WeirSrtCall *m)
{
  u64 (p, &m->connection);
  long_text (p, &m->address, &m->address_size);
  u16 (p, &m->port);
  long_text (p, &m->stream_id, &m->stream_id_size);
  text (p, &m->passphrase, &m->passphrase_size, WEIR_SRT_MAX_PASSPHRASE_BYTES);
  u8 (p, &m->key_length);
  u32 (p, &m->latency_ms);
  u32 (p, &m->timeout_ms);
}

static void
config_fields (Pass *p, WeirSrtConfig *m)
{
  u64 (p, &m->connection);
  one_of (p, &m->track, WEIR_SRT_TRACKS);
  u8 (p, &m->codec);
  block (p, &m->data, &m->size, 4, WEIR_SRT_MAX_CONFIG_BYTES);
}

static void
packet_fields (Pass *p, WeirSrtPacket *m)
{
  u64 (p, &m->connection);
  one_of (p, &m->track, WEIR_SRT_TRACKS);
  u8 (p, &m->flags);
  i64 (p, &m->dts_ms);
  i64 (p, &m->pts_ms);
  i64 (p, &m->arrival_us);
  block (p, &m->data, &m->size, 4, WEIR_SRT_MAX_PACKET_BYTES);
}

static void
port_fields (Pass *p, WeirSrtPort *m)
{
  u32 (p, &m->port_id);
  one_of (p, &m->state, WEIR_SRT_PORT_STATES);
  u16 (p, &m->port);
  long_text (p, &m->text, &m->text_size);
}

static void
refused_fields (Pass *p, WeirSrtRefused *m)
{
  u32 (p, &m->port_id);
  u16 (p, &m->code);
  u32 (p, &m->times);
  address (p, m->address, &m->port);
  long_text (p, &m->path, &m->path_size);
}

static void
caller_fields (Pass *p, WeirSrtCaller *m)
{
  u64 (p, &m->connection);
  u32 (p, &m->port_id);
  address (p, m->address, &m->port);
  u32 (p, &m->peer_version);
  u32 (p, &m->latency_ms);
  u8 (p, &m->key_length);
  long_text (p, &m->app, &m->app_size);
  long_text (p, &m->name, &m->name_size);
  long_text (p, &m->secret, &m->secret_size);
  long_text (p, &m->publisher, &m->publisher_size);
  long_text (p, &m->query, &m->query_size);
}

static void
called_fields (Pass *p, WeirSrtCalled *m)
{
  u64 (p, &m->connection);
  u32 (p, &m->peer_version);
  u32 (p, &m->latency_ms);
  u8 (p, &m->key_length);
}

static void
taken_fields (Pass *p, WeirSrtTaken *m)
{
  u64 (p, &m->connection);
  u64 (p, &m->packets);
  u64 (p, &m->payload_bytes);
  u64 (p, &m->line_bytes);
}

static void
closed_fields (Pass *p, WeirSrtClosed *m)
{
  u64 (p, &m->connection);
  one_of (p, &m->why, WEIR_SRT_CLOSED_KINDS);
  u16 (p, &m->code);
  u64 (p, &m->packets);
  long_text (p, &m->text, &m->text_size);
}

static void
stats_fields (Pass *p, WeirSrtStats *m)
{
  u64 (p, &m->connection);
  u32 (p, &m->rtt_us);
  u32 (p, &m->bandwidth_kbit);
  u32 (p, &m->buffer_ms);
  u32 (p, &m->buffer_bytes);
  u64 (p, &m->packets);
  u64 (p, &m->lost);
  u64 (p, &m->retransmitted);
  u64 (p, &m->dropped);
  u64 (p, &m->undecrypted);
  u64 (p, &m->holes);
  u64 (p, &m->broken);
  u64 (p, &m->other_tracks);
  u64 (p, &m->withheld);
}

/* FALSE when the type is not one of ours. */
static gboolean
fields (Pass *p, WeirWireMessage *m)
{
  switch (m->type) {
  case WEIR_WIRE_SRT_LISTEN:
    listen_fields (p, &m->srt_listen);
    return TRUE;
  case WEIR_WIRE_SRT_UNLISTEN:
    u32 (p, &m->srt_unlisten.port_id);
    return TRUE;
  case WEIR_WIRE_SRT_RULE:
    rule_fields (p, &m->srt_rule);
    return TRUE;
  case WEIR_WIRE_SRT_ADMIT:
    u64 (p, &m->srt_admit.connection);
    u16 (p, &m->srt_admit.program);
    return TRUE;
  case WEIR_WIRE_SRT_CLOSE:
    u64 (p, &m->srt_close.connection);
    one_of (p, &m->srt_close.how, WEIR_SRT_CLOSE_KINDS);
    return TRUE;
  case WEIR_WIRE_SRT_CALL:
    call_fields (p, &m->srt_call);
    return TRUE;
  case WEIR_WIRE_SRT_CONFIG:
    config_fields (p, &m->srt_config);
    return TRUE;
  case WEIR_WIRE_SRT_PACKET:
    packet_fields (p, &m->srt_packet);
    return TRUE;
  case WEIR_WIRE_SRT_PORT:
    port_fields (p, &m->srt_port);
    return TRUE;
  case WEIR_WIRE_SRT_REFUSED:
    refused_fields (p, &m->srt_refused);
    return TRUE;
  case WEIR_WIRE_SRT_CALLER:
    caller_fields (p, &m->srt_caller);
    return TRUE;
  case WEIR_WIRE_SRT_BYTES:
    u64 (p, &m->srt_bytes.connection);
    u32 (p, &m->srt_bytes.bytes);
    i64 (p, &m->srt_bytes.arrival_us);
    return TRUE;
  case WEIR_WIRE_SRT_CALLED:
    called_fields (p, &m->srt_called);
    return TRUE;
  case WEIR_WIRE_SRT_TAKEN:
    taken_fields (p, &m->srt_taken);
    return TRUE;
  case WEIR_WIRE_SRT_CLOSED:
    closed_fields (p, &m->srt_closed);
    return TRUE;
  case WEIR_WIRE_SRT_STATS:
    stats_fields (p, &m->srt_stats);
    return TRUE;
  case WEIR_WIRE_SRT_TROUBLE:
    u64 (p, &m->srt_trouble.connection);
    long_text (p, &m->srt_trouble.text, &m->srt_trouble.text_size);
    return TRUE;
  case WEIR_WIRE_SRT_PING:
  case WEIR_WIRE_SRT_PONG:
    u32 (p, &m->srt_ping.number);
    return TRUE;
  default:
    return FALSE;
  }
}

const char *
weir_wire_srt_type_name (WeirWireType type)
{
  static const char *const names[] = { "SRT_LISTEN", "SRT_UNLISTEN", "SRT_RULE",
    "SRT_ADMIT", "SRT_CLOSE", "SRT_CALL", "SRT_CONFIG", "SRT_PACKET",
    "SRT_PORT", "SRT_REFUSED", "SRT_CALLER", "SRT_BYTES", "SRT_CALLED",
    "SRT_TAKEN", "SRT_CLOSED", "SRT_STATS", "SRT_TROUBLE", "SRT_PING",
    "SRT_PONG" };

  G_STATIC_ASSERT (
      G_N_ELEMENTS (names) == WEIR_WIRE_SRT_PONG - WEIR_WIRE_SRT_LISTEN + 1);
  if (type < WEIR_WIRE_SRT_LISTEN || type > WEIR_WIRE_SRT_PONG)
    return NULL;
  return names[type - WEIR_WIRE_SRT_LISTEN];
}

gboolean
weir_wire_srt_parse_body (WeirReader *r, WeirWireMessage *m, GError **error)
{
  Pass pass = { .reader = r };

  if (!fields (&pass, m))
    g_set_error (&pass.error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "message type %u is not known", (guint) m->type);
  if (pass.error == NULL)
    return !r->failed;
  g_propagate_error (error, pass.error);
  return FALSE;
}

void
weir_wire_srt_write_body (const WeirWireMessage *m, GByteArray *out)
{
  Pass pass = { .out = out };

  /* Writing does not change it. */
  if (!fields (&pass, (WeirWireMessage *) m))
    g_assert_not_reached ();
}
