/* From the gateway to an SRT socket. */
#include "programs/srt/egress.h"

#include <srt/access_control.h>
#include <string.h>

#include "base/error.h"
#include "core/packet.h"
#include "programs/srt/progress.h"
#include "programs/srt/ts-mux.h"

/* Seven packets of MPEG-TS. */
#define MESSAGE_BYTES 1316
/* Beyond the latency, in which a receiver still has what it acknowledged. */
#define LINGER_MS 100
#define LOOK_US (WEIR_PROGRESS_LOOK_MS * G_GINT64_CONSTANT (1000))

typedef enum {
  CONNECTING,
  LIVE,
  DRAINING,  /* the multiplexer gives out its last */
  LINGERING, /* the receiver acknowledges and plays the last */
} State;

/* A CONFIG or a PACKET that was put aside. */
typedef struct {
  gboolean is_config;
  guint8 track;
  guint8 codec;
  guint8 flags;
  gint64 dts_ms;
  gint64 pts_ms;
  GBytes *data;
} Item;

struct _WeirSrtEgress {
  guint64 number;
  SRTSOCKET sock;
  WeirLink *link;
  State state;
  WeirTsMux *mux;
  GQueue items;
  GByteArray *line; /* MPEG-TS that libsrt has not taken */
  guint line_at;
  guint64 packets; /* given to the multiplexer */
  guint64 payload_bytes;
  guint64 received_bytes;
  guint64 line_bytes; /* taken by libsrt */
  guint64 told_packets;
  guint64 told_payload_bytes;
  gboolean described[WEIR_SRT_TRACKS];
  gboolean mux_drained;
  gint64 until_us; /* DRAINING, LINGERING */
  gint64 linger_us;
  gint64 look_us;
  gint64 stats_us;
  WeirProgress acked;
  WeirProgress heard;
};

static void
item_free (gpointer data)
{
  Item *item = data;

  g_clear_pointer (&item->data, g_bytes_unref);
  g_free (item);
}

static gboolean
closed (WeirSrtEgress *self, WeirSrtClosedWhy why, int code, const char *text)
{
  WeirWireMessage m = { .type = WEIR_WIRE_SRT_CLOSED,
    .srt_closed = { self->number, (guint8) why, (guint16) code, self->packets,
        text, MIN (strlen (text), WEIR_SRT_MAX_TEXT_BYTES) } };

  weir_link_send (self->link, &m);
  return FALSE;
}

WeirSrtEgress *
weir_srt_egress_new (const WeirSrtCall *call, WeirLink *link, gint64 now_us)
{
  const WeirSockCall to = { call->address, call->address_size, call->port,
    call->stream_id, call->stream_id_size, call->passphrase,
    call->passphrase_size, call->key_length, call->latency_ms,
    call->timeout_ms };
  g_autoptr (GError) error = NULL;
  WeirSrtEgress *self = g_new0 (WeirSrtEgress, 1);

  self->number = call->connection;
  self->link = link;
  self->sock = weir_sock_call (&to, &error);
  if (self->sock == SRT_INVALID_SOCK) {
    closed (self, WEIR_SRT_CLOSED_FAILED, 0, error->message);
    g_free (self);
    return NULL;
  }
  g_queue_init (&self->items);
  self->line = g_byte_array_new ();
  self->mux = weir_ts_mux_new ();
  self->look_us = self->stats_us = now_us;
  return self;
}

void
weir_srt_egress_free (WeirSrtEgress *egress)
{
  if (egress == NULL)
    return;
  weir_sock_close (egress->sock);
  weir_ts_mux_free (egress->mux);
  g_queue_clear_full (&egress->items, item_free);
  g_byte_array_unref (egress->line);
  g_free (egress);
}

void
weir_srt_egress_cut (WeirSrtEgress *egress)
{
  closed (egress, WEIR_SRT_CLOSED_ASKED, 0, "as asked");
}

gboolean
weir_srt_egress_take_config (WeirSrtEgress *egress, const WeirSrtConfig *config)
{
  Item *item;

  if (egress->state != LIVE)
    return TRUE;
  item = g_new0 (Item, 1);
  item->is_config = TRUE;
  item->track = config->track;
  item->codec = config->codec;
  item->data = g_bytes_new (config->data, config->size);
  egress->described[config->track] = TRUE;
  g_queue_push_tail (&egress->items, item);
  return TRUE;
}

gboolean
weir_srt_egress_take_packet (WeirSrtEgress *egress, const WeirSrtPacket *packet)
{
  guint64 under_way = egress->received_bytes - egress->told_payload_bytes;
  Item *item;

  if (egress->state != LIVE)
    return TRUE;
  if (!egress->described[packet->track])
    return closed (egress, WEIR_SRT_CLOSED_FAILED, 0,
        "a packet of a track that was not described");
  if (under_way > 0 && under_way + packet->size > WEIR_SRT_WINDOW_BYTES)
    return closed (
        egress, WEIR_SRT_CLOSED_FAILED, 0, "more than the window has room for");
  item = g_new0 (Item, 1);
  item->track = packet->track;
  item->flags = packet->flags;
  item->dts_ms = packet->dts_ms;
  item->pts_ms = packet->pts_ms;
  item->data = g_bytes_new (packet->data, packet->size);
  egress->received_bytes += packet->size;
  g_queue_push_tail (&egress->items, item);
  return TRUE;
}

void
weir_srt_egress_drain (WeirSrtEgress *egress, gint64 now_us)
{
  if (egress->state != LIVE && egress->state != CONNECTING)
    return;
  egress->until_us =
      now_us + WEIR_SRT_DRAIN_TIMEOUT_MS * G_GINT64_CONSTANT (1000);
  if (egress->state == CONNECTING)
    egress->until_us = now_us;
  egress->state = DRAINING;
}

/* What a code of the access-control guidelines means, or NULL: libsrt has
 * words for its own codes only. */
static const char *
meaning (int code)
{
  static const struct {
    int code;
    const char *words;
  } known[] = {
    { SRT_REJX_BAD_REQUEST, "it can't read the stream id" },
    { SRT_REJX_UNAUTHORIZED, "wrong key or password" },
    { SRT_REJX_OVERLOAD, "it has too much to do" },
    { SRT_REJX_FORBIDDEN, "forbidden" },
    { SRT_REJX_NOTFOUND, "it does not know the stream" },
    { SRT_REJX_BAD_MODE, "not in this mode: m=publish may be missing" },
    { SRT_REJX_UNACCEPTABLE, "it does not take what the stream id asks for" },
    { SRT_REJX_CONFLICT, "somebody else sends this stream" },
    { SRT_REJX_NOTSUP_MEDIA, "it does not take this kind of media" },
    { SRT_REJX_LOCKED, "locked" },
    { SRT_REJX_ISE, "an error of its own" },
    { SRT_REJX_DOWN, "it is out of service" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i].code == code)
      return known[i].words;
  return NULL;
}

static gboolean
refused (WeirSrtEgress *self)
{
  int code = srt_getrejectreason (self->sock);
  const char *words = meaning (code);
  g_autofree char *text =
      code < SRT_REJC_PREDEFINED ? g_strdup (srt_rejectreason_str (code))
      : words == NULL
          ? g_strdup_printf ("the receiver refused with code %d", code)
          : g_strdup_printf (
              "the receiver refused with code %d: %s", code, words);

  return closed (self, WEIR_SRT_CLOSED_REFUSED, CLAMP (code, 0, 0xffff), text);
}

static gboolean
connect_turn (WeirSrtEgress *self, gint64 now_us)
{
  SRT_SOCKSTATUS state = srt_getsockstate (self->sock);
  WeirWireMessage m = { .type = WEIR_WIRE_SRT_CALLED,
    .srt_called = { .connection = self->number } };

  if (state < SRTS_CONNECTED)
    return TRUE;
  if (state > SRTS_CONNECTED)
    return refused (self);
  m.srt_called.peer_version =
      (guint32) weir_sock_get_int (self->sock, SRTO_PEERVERSION);
  m.srt_called.latency_ms =
      (guint32) weir_sock_get_int (self->sock, SRTO_PEERLATENCY);
  m.srt_called.key_length = weir_sock_get_key_length (self->sock);
  weir_link_send (self->link, &m);
  self->linger_us =
      (m.srt_called.latency_ms + LINGER_MS) * G_GINT64_CONSTANT (1000);
  self->state = LIVE;
  weir_progress_note (&self->acked, 0, now_us);
  weir_progress_note (&self->heard, 0, now_us);
  return TRUE;
}

static gboolean
mux_item (WeirSrtEgress *self, Item *item)
{
  g_autoptr (GError) error = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (item->data, &size);

  if (item->is_config) {
    if (weir_ts_mux_set_config (self->mux, (WeirMediaKind) item->track,
            (WeirCodec) item->codec, data, size, &error))
      return TRUE;
    return closed (self, WEIR_SRT_CLOSED_FAILED, 0, error->message);
  }
  self->packets++;
  self->payload_bytes += size;
  if (weir_ts_mux_push (self->mux, (WeirMediaKind) item->track,
          (item->flags & WEIR_PACKET_KEY) != 0, item->dts_ms, item->pts_ms,
          g_steal_pointer (&item->data)))
    return TRUE;
  return closed (
      self, WEIR_SRT_CLOSED_FAILED, 0, "the multiplexer has given up");
}

/* FALSE only when the connection is gone. */
static gboolean
send_line (WeirSrtEgress *self, gint64 now_us)
{
  while (self->line_at < self->line->len) {
    guint size = MIN (self->line->len - self->line_at, MESSAGE_BYTES);

    if (srt_sendmsg2 (self->sock,
            (const char *) self->line->data + self->line_at, (int) size, NULL)
        < 0) {
      if (srt_getlasterror (NULL) == SRT_EASYNCSND)
        break;
      return weir_progress_silent_us (&self->heard, now_us)
                     < WEIR_EGRESS_NO_ACK_MS * G_GINT64_CONSTANT (1000)
                 ? closed (
                     self, WEIR_SRT_CLOSED_GOODBYE, 0, "the receiver closed it")
                 : closed (self, WEIR_SRT_CLOSED_LOST, 0,
                     "nothing is heard from the receiver");
    }
    self->line_at += size;
    self->line_bytes += size;
  }
  if (self->line_at == self->line->len) {
    g_byte_array_set_size (self->line, 0);
    self->line_at = 0;
  }
  return TRUE;
}

/* What the multiplexer has counts as taken once nothing waits for libsrt. */
static void
tell_taken (WeirSrtEgress *self)
{
  WeirWireMessage m = { .type = WEIR_WIRE_SRT_TAKEN,
    .srt_taken = {
        self->number, self->packets, self->payload_bytes, self->line_bytes } };

  if (self->line->len > 0 || self->told_packets == self->packets)
    return;
  self->told_packets = self->packets;
  self->told_payload_bytes = self->payload_bytes;
  weir_link_send (self->link, &m);
}

static void
send_stats (WeirSrtEgress *self, const SRT_TRACEBSTATS *s)
{
  WeirWireMessage m = { .type = WEIR_WIRE_SRT_STATS,
    .srt_stats = { .connection = self->number,
        .rtt_us = (guint32) MAX (0, s->msRTT * 1000),
        .bandwidth_kbit = (guint32) MAX (0, s->mbpsBandwidth * 1000),
        .buffer_ms = (guint32) MAX (0, s->msSndBuf),
        .buffer_bytes = (guint32) MAX (0, s->byteSndBuf),
        .packets = (guint64) s->pktSentUniqueTotal,
        .lost = (guint64) s->pktSndLossTotal,
        .retransmitted = (guint64) s->pktRetransTotal,
        .dropped = (guint64) s->pktSndDropTotal } };

  weir_link_send (self->link, &m);
}

/* Acknowledgements have to rise while packets are sent. */
static gboolean
look (WeirSrtEgress *self, gint64 now_us)
{
  SRT_TRACEBSTATS stats;
  gboolean stalled = now_us > self->look_us + 2 * LOOK_US;

  if (now_us < self->look_us)
    return TRUE;
  self->look_us = now_us + LOOK_US;
  if (!weir_sock_get_stats (self->sock, &stats))
    return closed (self, WEIR_SRT_CLOSED_LOST, 0, "the connection is gone");
  weir_progress_note (&self->heard,
      (guint64) stats.pktRecvACKTotal + (guint64) stats.pktRecvNAKTotal,
      now_us);
  /* When this process stood still, so did the thread that hears them. */
  if (stats.pktRecvACKTotal > (int) self->acked.count || stats.pktSndBuf == 0
      || stalled) {
    self->acked.count = (guint64) stats.pktRecvACKTotal;
    self->acked.changed_us = now_us;
  }
  if (weir_progress_silent_us (&self->acked, now_us)
      > (WEIR_EGRESS_NO_ACK_MS - WEIR_PROGRESS_LOOK_MS)
            * G_GINT64_CONSTANT (1000))
    return closed (
        self, WEIR_SRT_CLOSED_LOST, 0, "the receiver acknowledges nothing");
  if (now_us >= self->stats_us) {
    self->stats_us = now_us + G_USEC_PER_SEC;
    send_stats (self, &stats);
  }
  return TRUE;
}

static gboolean
finish_turn (WeirSrtEgress *self, gboolean ended, gint64 now_us)
{
  SRT_TRACEBSTATS stats;

  if (self->state == DRAINING && ended && self->line->len == 0
      && (!weir_sock_get_stats (self->sock, &stats) || stats.pktSndBuf == 0)) {
    self->state = LINGERING;
    self->until_us = MIN (self->until_us, now_us + self->linger_us);
  }
  if (now_us < self->until_us)
    return TRUE;
  return closed (self, WEIR_SRT_CLOSED_ASKED, 0, "as asked");
}

gboolean
weir_srt_egress_turn (WeirSrtEgress *egress, gint64 now_us)
{
  gboolean ended;
  Item *item;

  if (egress->state == CONNECTING)
    return connect_turn (egress, now_us);
  while ((item = g_queue_pop_head (&egress->items)) != NULL) {
    gboolean fine = mux_item (egress, item);

    item_free (item);
    if (!fine)
      return FALSE;
  }
  if (egress->state == DRAINING && !egress->mux_drained) {
    egress->mux_drained = TRUE;
    weir_ts_mux_drain (egress->mux);
  }
  ended = weir_ts_mux_take (egress->mux, egress->line);
  if (!send_line (egress, now_us))
    return FALSE;
  tell_taken (egress);
  if (egress->state != LIVE)
    return finish_turn (egress, ended, now_us);
  return look (egress, now_us);
}
