/* From an SRT socket to the gateway. */
#include "programs/srt/publisher.h"

#include <string.h>

#include "programs/srt/progress.h"
#include "programs/srt/reorder.h"
#include "programs/srt/ts-demux.h"

/* SRT's greatest payload. */
#define MESSAGE_BYTES 1500
/* At most so much of one caller in a turn; the rest is the next turn's. */
#define MAX_MESSAGES_A_TURN 2000
/* What a caller sends while the gateway decides waits in libsrt's buffer, so
 * much of it; what is readable beyond is thrown away. What its latency does not
 * let out yet can't be: with too much of that it goes. */
#define EARLY_PACKETS 400
/* Nothing came for longer than that before the end: the line was lost. Peers
 * that say goodbye have sent something less than a look before. */
#define LOST_US (1500 * G_GINT64_CONSTANT (1000))
/* What libsrt keeps free of its buffer is no room. */
#define FULL_BYTES (4 * MESSAGE_BYTES)
#define STALL_US (WEIR_SRT_STALL_MS * G_GINT64_CONSTANT (1000))
#define LOOK_US (WEIR_PROGRESS_LOOK_MS * G_GINT64_CONSTANT (1000))

struct _WeirSrtPublisher {
  guint64 number;
  guint32 port_id;
  WeirPortLimits limits;
  WeirPortCaller caller;
  WeirLink *link;
  WeirTsDemux *demux; /* NULL before it is admitted */
  gboolean has_seq;
  gint32 next_seq;
  WeirReorder *reorder; /* NULL: libsrt puts them in order */
  gboolean late;
  guint troubles;
  gint64 arrival_us; /* of what is being demultiplexed; 0: nothing yet */
  gint64 data_us;    /* something was read, or it was admitted */
  gint64 look_us;
  gint64 stats_us;
  WeirProgress heard;
  gint64 read_us;     /* the DATA_US of READ_COUNT */
  guint64 read_count; /* of HEARD, when something was read last */
  gint64 stalled_us;  /* more has come since, first then; 0: none */
};

static void
send_closed (WeirSrtPublisher *self, WeirSrtClosedWhy why, const char *text)
{
  WeirWireMessage m = { .type = WEIR_WIRE_SRT_CLOSED,
    .srt_closed = { .connection = self->number,
        .why = (guint8) why,
        .text = text,
        .text_size = strlen (text) } };

  weir_link_send (self->link, &m);
}

static void
send_caller (WeirSrtPublisher *self)
{
  const WeirStreamId *id = &self->caller.id;
  SRTSOCKET sock = self->caller.sock;
  WeirWireMessage m = { .type = WEIR_WIRE_SRT_CALLER,
    .srt_caller = { .connection = self->number,
        .port_id = self->port_id,
        .port = self->caller.address.port,
        .peer_version = (guint32) weir_sock_get_int (sock, SRTO_PEERVERSION),
        .latency_ms = self->caller.waits
                          ? 0
                          : (guint32) weir_sock_get_int (sock, SRTO_RCVLATENCY),
        .key_length = weir_sock_get_key_length (sock),
        .app = id->app,
        .app_size = strlen (id->app),
        .name = id->name,
        .name_size = strlen (id->name),
        .secret = id->secret,
        .secret_size = strlen (id->secret),
        .publisher = id->publisher,
        .publisher_size = strlen (id->publisher),
        .query = id->query,
        .query_size = strlen (id->query) } };

  memcpy (
      m.srt_caller.address, self->caller.address.bytes, WEIR_SRT_ADDRESS_BYTES);
  weir_link_send (self->link, &m);
}

WeirSrtPublisher *
weir_srt_publisher_new (guint64 number, guint32 port_id,
    const WeirPortLimits *limits, WeirPortCaller *caller, WeirLink *link,
    gint64 now_us)
{
  WeirSrtPublisher *self = g_new0 (WeirSrtPublisher, 1);

  self->number = number;
  self->port_id = port_id;
  self->limits = *limits;
  self->caller = *caller;
  memset (caller, 0, sizeof *caller);
  if (self->caller.waits) {
    guint32 first = (guint32) weir_sock_get_int (self->caller.sock, SRTO_ISN);

    self->reorder = weir_reorder_new ();
    weir_reorder_skip (self->reorder, (gint32) ((first - 1) & G_MAXINT32));
  }
  self->link = link;
  self->data_us = self->look_us = self->stats_us = now_us;
  weir_progress_note (&self->heard, 0, now_us);
  send_caller (self);
  return self;
}

void
weir_srt_publisher_free (WeirSrtPublisher *publisher)
{
  if (publisher == NULL)
    return;
  weir_sock_close (publisher->caller.sock);
  weir_ts_demux_free (publisher->demux);
  weir_reorder_free (publisher->reorder);
  weir_port_caller_clear (&publisher->caller);
  g_free (publisher);
}

SRTSOCKET
weir_srt_publisher_get_sock (const WeirSrtPublisher *publisher)
{
  return publisher->caller.sock;
}

guint32
weir_srt_publisher_get_port_id (const WeirSrtPublisher *publisher)
{
  return publisher->port_id;
}

const char *
weir_srt_publisher_get_address_key (const WeirSrtPublisher *publisher)
{
  return publisher->caller.address_key;
}

gboolean
weir_srt_publisher_is_admitted (const WeirSrtPublisher *publisher)
{
  return publisher->demux != NULL;
}

gsize
weir_srt_publisher_get_early_bytes (const WeirSrtPublisher *publisher)
{
  SRT_TRACEBSTATS stats;

  if (publisher->demux != NULL
      || !weir_sock_get_stats (publisher->caller.sock, &stats))
    return 0;
  return (gsize) MAX (0, stats.byteRcvBuf);
}

gboolean
weir_srt_publisher_is_late (const WeirSrtPublisher *publisher)
{
  return publisher->late;
}

void
weir_srt_publisher_close (
    WeirSrtPublisher *publisher, WeirSrtClosedWhy why, const char *text)
{
  send_closed (publisher, why, text);
}

static void
on_config (WeirMediaKind kind, WeirCodec codec, const guint8 *data, gsize size,
    gpointer user)
{
  WeirSrtPublisher *self = user;
  WeirWireMessage m = { .type = WEIR_WIRE_SRT_CONFIG,
    .srt_config = { self->number, (guint8) kind, (guint8) codec, data, size } };

  weir_link_send (self->link, &m);
}

static void
on_packet (const WeirTsDemuxPacket *packet, gpointer user)
{
  WeirSrtPublisher *self = user;
  WeirWireMessage m = { .type = WEIR_WIRE_SRT_PACKET,
    .srt_packet = { self->number, (guint8) packet->kind, packet->flags,
        packet->dts_ms, packet->pts_ms, self->arrival_us, packet->data,
        packet->size } };

  weir_link_send (self->link, &m);
}

static void
on_trouble (const char *text, gpointer user)
{
  WeirSrtPublisher *self = user;
  WeirWireMessage m = { .type = WEIR_WIRE_SRT_TROUBLE,
    .srt_trouble = { self->number, text, strlen (text) } };

  if (self->troubles++ < WEIR_SRT_MAX_TROUBLES)
    weir_link_send (self->link, &m);
}

void
weir_srt_publisher_admit (
    WeirSrtPublisher *publisher, guint program, gint64 now_us)
{
  static const WeirTsDemuxFuncs funcs = { on_config, on_packet, on_trouble };

  if (publisher->demux == NULL)
    publisher->demux = weir_ts_demux_new (program, &funcs, publisher);
  publisher->data_us = now_us;
}

/* The connection is gone: why? */
static gboolean
end (WeirSrtPublisher *self, gint64 now_us)
{
  /* Out with the pictures that are known to be whole: the last one, too, where
   * its packets say so. */
  if (self->demux != NULL)
    weir_ts_demux_lost (self->demux);
  if (weir_progress_silent_us (&self->heard, now_us) < LOST_US)
    send_closed (self, WEIR_SRT_CLOSED_GOODBYE, "the publisher closed it");
  else
    send_closed (self, WEIR_SRT_CLOSED_LOST, "nothing is heard from it");
  return FALSE;
}

/* Sequence numbers have 31 bits. */
static gboolean
is_next (WeirSrtPublisher *self, gint32 seq)
{
  gboolean next = !self->has_seq || seq == self->next_seq;

  self->has_seq = TRUE;
  self->next_seq = (gint32) (((guint32) seq + 1) & 0x7fffffff);
  return next;
}

static void
send_bytes (WeirSrtPublisher *self, gsize bytes)
{
  WeirWireMessage m = { .type = WEIR_WIRE_SRT_BYTES,
    .srt_bytes = { self->number, (guint32) bytes, self->arrival_us } };

  weir_link_send (self->link, &m);
}

/* What came in one go, up to a hole. */
static gboolean
take (WeirSrtPublisher *self, GByteArray *bytes)
{
  g_autoptr (GError) error = NULL;

  if (bytes->len == 0)
    return TRUE;
  send_bytes (self, bytes->len);
  if (!weir_ts_demux_push (self->demux, bytes->data, bytes->len, &error)) {
    send_closed (self, WEIR_SRT_CLOSED_INPUT, error->message);
    return FALSE;
  }
  g_byte_array_set_size (bytes, 0);
  return TRUE;
}

/* Before it is admitted. The demultiplexer begins with whatever is left. */
static void
keep_little (WeirSrtPublisher *self)
{
  SRTSOCKET sock = self->caller.sock;
  int waiting = weir_sock_get_int (sock, SRTO_RCVDATA); /* packets */
  char message[MESSAGE_BYTES];

  while (waiting-- > EARLY_PACKETS) {
    SRT_MSGCTRL control = srt_msgctrl_default;

    if (srt_recvmsg2 (sock, message, sizeof message, &control) < 0)
      break;
    if (self->reorder != NULL)
      weir_reorder_skip (self->reorder, control.pktseq);
  }
}

/* FALSE: the connection has ended. */
static gboolean
take_message (WeirSrtPublisher *self, gint32 seq, const guint8 *message,
    gsize size, GByteArray *bytes)
{
  if (self->reorder == NULL) {
    if (!is_next (self, seq)) {
      if (!take (self, bytes))
        return FALSE;
      weir_ts_demux_lost (self->demux);
    }
    g_byte_array_append (bytes, message, (guint) size);
    return TRUE;
  }
  if (!weir_reorder_push (self->reorder, seq, message, size, bytes)) {
    self->late = TRUE;
    send_closed (
        self, WEIR_SRT_CLOSED_LOST, "too much has come behind what is missing");
    return FALSE;
  }
  return TRUE;
}

gboolean
weir_srt_publisher_read (WeirSrtPublisher *publisher, gint64 now_us)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint8 message[MESSAGE_BYTES];

  if (publisher->demux == NULL) {
    if (srt_getsockstate (publisher->caller.sock) != SRTS_CONNECTED)
      return end (publisher, now_us);
    keep_little (publisher);
    return TRUE;
  }
  if (publisher->arrival_us != 0)
    weir_ts_demux_pass (publisher->demux, now_us - publisher->arrival_us);
  publisher->arrival_us = now_us;
  for (guint i = 0; i < MAX_MESSAGES_A_TURN; i++) {
    SRT_MSGCTRL control = srt_msgctrl_default;
    int n = srt_recvmsg2 (
        publisher->caller.sock, (char *) message, sizeof message, &control);

    if (n < 0 && srt_getlasterror (NULL) == SRT_EASYNCRCV)
      break;
    if (n < 0)
      return take (publisher, bytes) ? end (publisher, now_us) : FALSE;
    if (!take_message (publisher, control.pktseq, message, (gsize) n, bytes))
      return FALSE;
    if (bytes->len > 0)
      publisher->data_us = now_us;
  }
  return take (publisher, bytes);
}

static void
send_stats (WeirSrtPublisher *self, const SRT_TRACEBSTATS *s)
{
  WeirWireMessage m = { .type = WEIR_WIRE_SRT_STATS,
    .srt_stats = { .connection = self->number,
        .rtt_us = (guint32) MAX (0, s->msRTT * 1000),
        .bandwidth_kbit = (guint32) MAX (0, s->mbpsBandwidth * 1000),
        .buffer_ms = (guint32) MAX (0, s->msRcvBuf),
        .buffer_bytes = (guint32) MAX (0, s->byteRcvBuf),
        .packets = (guint64) s->pktRecvUniqueTotal,
        .lost = (guint64) s->pktRcvLossTotal,
        .retransmitted = (guint64) s->pktRcvRetrans, /* never reset */
        .dropped = (guint64) s->pktRcvDropTotal,
        .undecrypted = (guint64) s->pktRcvUndecryptTotal } };
  WeirTsDemuxStats d = { 0 };

  if (self->demux != NULL)
    weir_ts_demux_get_stats (self->demux, &d);
  m.srt_stats.holes = d.guard.holes;
  m.srt_stats.broken = d.guard.broken;
  m.srt_stats.other_tracks = d.guard.other_tracks;
  m.srt_stats.withheld = d.withheld;
  weir_link_send (self->link, &m);
}

/* What can be told only once it is connected. */
static const char *
find_fault (const WeirSrtPublisher *self, WeirSrtClosedWhy *ret_why)
{
  SRTSOCKET sock = self->caller.sock;

  if (self->limits.max_latency_ms > 0
      && (guint) weir_sock_get_int (sock, SRTO_RCVLATENCY)
             > self->limits.max_latency_ms) {
    *ret_why = WEIR_SRT_CLOSED_LATENCY;
    return "it asks for more latency than it may have";
  }
  if (self->caller.key_length > 0
      && weir_sock_get_key_length (sock) < self->caller.key_length) {
    *ret_why = WEIR_SRT_CLOSED_KEY;
    return "it encrypts with a shorter key than it must";
  }
  return NULL;
}

/* Packets come, and have for long, but none that is next. Who pauses is not
 * stalled, though something may come twice at its last. */
static gboolean
is_stalled (WeirSrtPublisher *self, gint64 now_us)
{
  if (self->reorder == NULL || self->demux == NULL)
    return FALSE;
  if (self->data_us != self->read_us
      || weir_progress_silent_us (&self->heard, now_us) >= LOST_US) {
    self->read_us = self->data_us;
    self->read_count = self->heard.count;
    self->stalled_us = 0;
  } else if (self->heard.count > self->read_count && self->stalled_us == 0) {
    self->stalled_us = now_us;
  }
  return self->stalled_us != 0 && now_us - self->stalled_us > STALL_US;
}

gboolean
weir_srt_publisher_check (WeirSrtPublisher *publisher, gint64 now_us)
{
  SRT_TRACEBSTATS stats;
  WeirSrtClosedWhy why;
  const char *fault;

  if (now_us < publisher->look_us)
    return TRUE;
  publisher->look_us = now_us + LOOK_US;
  if (!weir_sock_get_stats (publisher->caller.sock, &stats))
    return end (publisher, now_us);
  fault = find_fault (publisher, &why);
  if (fault != NULL) {
    send_closed (publisher, why, fault);
    return FALSE;
  }
  weir_progress_note (&publisher->heard, (guint64) stats.pktRecvTotal, now_us);
  if (now_us >= publisher->stats_us) {
    publisher->stats_us = now_us + G_USEC_PER_SEC;
    send_stats (publisher, &stats);
  }
  /* While the gateway does not keep up, nothing is read, whatever comes. */
  if (weir_link_is_full (publisher->link))
    publisher->data_us = now_us;
  /* A full buffer of libsrt does not go on by itself when all comes late. */
  if (publisher->reorder != NULL && weir_link_is_full (publisher->link)
      && stats.byteAvailRcvBuf < FULL_BYTES) {
    send_closed (publisher, WEIR_SRT_CLOSED_LOST,
        "weir did not keep up with what it sends");
    return FALSE;
  }
  if (is_stalled (publisher, now_us)) {
    publisher->late = TRUE;
    send_closed (
        publisher, WEIR_SRT_CLOSED_LOST, "what is missing of it does not come");
    return FALSE;
  }
  if (publisher->demux != NULL
      && now_us - publisher->data_us
             > publisher->limits.silence_ms * G_GINT64_CONSTANT (1000)) {
    send_closed (publisher, WEIR_SRT_CLOSED_SILENT, "it sends nothing");
    return FALSE;
  }
  return TRUE;
}
