/* Ports, publishers and egresses between the gateway's socket and libsrt. */
#include "programs/srt/worker.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/error.h"
#include "programs/srt/egress.h"
#include "programs/srt/port.h"
#include "programs/srt/publisher.h"

#define MAX_PORTS 32
#define CHECK_MS WEIR_SRT_EARLY_LOOK_MS
#define MAX_EVENTS (WEIR_SRT_MAX_CONNECTIONS + MAX_PORTS)

struct _WeirSrtWorker {
  int fd;
  WeirLink *link;
  WeirSrtRules *rules;
  int epoll;              /* of ports and publishers */
  GPtrArray *ports;       /* WeirPort, owns */
  GHashTable *publishers; /* number → WeirSrtPublisher, owns */
  GHashTable *by_sock;    /* SRTSOCKET → number of the publisher, owns */
  GHashTable *egresses;   /* number → WeirSrtEgress, owns */
  guint64 next_number;
  gint64 now_us;
  gint64 check_us; /* when everybody is looked at again */
};

static const int watched = SRT_EPOLL_IN | SRT_EPOLL_ERR;

static guint64 *
number_new (guint64 number)
{
  return g_memdup2 (&number, sizeof number);
}

WeirSrtWorker *
weir_srt_worker_new (int fd, GError **error)
{
  int epoll = srt_epoll_create ();
  WeirSrtWorker *self;

  if (epoll < 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "epoll: %s",
        srt_getlasterror_str ());
    return NULL;
  }
  /* To be empty is no error. */
  srt_epoll_set (epoll, SRT_EPOLL_ENABLE_EMPTY);
  self = g_new0 (WeirSrtWorker, 1);
  self->fd = fd;
  self->link = weir_link_new (fd);
  self->rules = weir_srt_rules_new ();
  self->epoll = epoll;
  self->ports =
      g_ptr_array_new_with_free_func ((GDestroyNotify) weir_port_free);
  self->publishers = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
      (GDestroyNotify) weir_srt_publisher_free);
  self->by_sock =
      g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, g_free);
  self->egresses = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
      (GDestroyNotify) weir_srt_egress_free);
  self->next_number = 1;
  return self;
}

void
weir_srt_worker_free (WeirSrtWorker *worker)
{
  if (worker == NULL)
    return;
  g_hash_table_unref (worker->publishers);
  g_hash_table_unref (worker->by_sock);
  g_hash_table_unref (worker->egresses);
  g_ptr_array_unref (worker->ports);
  srt_epoll_release (worker->epoll);
  weir_srt_rules_free (worker->rules);
  weir_link_free (worker->link);
  g_free (worker);
}

static guint
find_port (const WeirSrtWorker *self, guint32 id)
{
  guint i = 0;

  while (i < self->ports->len
         && weir_port_get_id (g_ptr_array_index (self->ports, i)) != id)
    i++;
  return i;
}

static void
send_port (WeirSrtWorker *self, guint32 id, WeirSrtPortState state,
    guint16 number, const char *text)
{
  WeirWireMessage m = { .type = WEIR_WIRE_SRT_PORT,
    .srt_port = { id, (guint8) state, number, text,
        MIN (strlen (text), WEIR_SRT_MAX_TEXT_BYTES) } };

  weir_link_send (self->link, &m);
}

static gboolean
broken_promise (GError **error, const char *what)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL, "%s", what);
  return FALSE;
}

static gboolean
listen_ (WeirSrtWorker *self, const WeirSrtListen *m, GError **error)
{
  g_autoptr (GError) why = NULL;
  WeirPort *port;
  SRTSOCKET sock;

  if (find_port (self, m->port_id) < self->ports->len)
    return broken_promise (error, "LISTEN: the port's number is in use");
  port = self->ports->len < MAX_PORTS ? weir_port_open (m, self->rules, &why)
                                      : NULL;
  if (port == NULL) {
    send_port (self, m->port_id, WEIR_SRT_PORT_FAILED, 0,
        why != NULL ? why->message : "too many ports");
    return TRUE;
  }
  g_ptr_array_add (self->ports, port);
  sock = weir_port_get_sock (port);
  srt_epoll_add_usock (self->epoll, sock, &watched);
  send_port (
      self, m->port_id, WEIR_SRT_PORT_OPEN, weir_port_get_port (port), "");
  return TRUE;
}

static void
unlisten (WeirSrtWorker *self, guint32 id)
{
  guint at = find_port (self, id);

  if (at == self->ports->len)
    return;
  srt_epoll_remove_usock (
      self->epoll, weir_port_get_sock (g_ptr_array_index (self->ports, at)));
  g_ptr_array_remove_index (self->ports, at);
  send_port (self, id, WEIR_SRT_PORT_CLOSED, 0, "");
}

static void
remove_publisher (
    WeirSrtWorker *self, guint64 number, const WeirSrtPublisher *publisher)
{
  guint at = find_port (self, weir_srt_publisher_get_port_id (publisher));
  const char *key = weir_srt_publisher_get_address_key (publisher);

  if (at < self->ports->len)
    weir_port_leave (g_ptr_array_index (self->ports, at), key,
        weir_srt_publisher_is_admitted (publisher));
  if (at < self->ports->len && weir_srt_publisher_is_late (publisher))
    weir_port_note_late (
        g_ptr_array_index (self->ports, at), key, self->now_us);
  srt_epoll_remove_usock (self->epoll, weir_srt_publisher_get_sock (publisher));
  g_hash_table_remove (
      self->by_sock, GINT_TO_POINTER (weir_srt_publisher_get_sock (publisher)));
  g_hash_table_remove (self->publishers, &number);
}

static void
close_ (WeirSrtWorker *self, const WeirSrtClose *m)
{
  WeirSrtPublisher *publisher =
      g_hash_table_lookup (self->publishers, &m->connection);
  WeirSrtEgress *egress = g_hash_table_lookup (self->egresses, &m->connection);

  if (publisher != NULL) {
    weir_srt_publisher_close (publisher, WEIR_SRT_CLOSED_ASKED, "as asked");
    remove_publisher (self, m->connection, publisher);
  } else if (egress != NULL && m->how == WEIR_SRT_CLOSE_DRAIN) {
    weir_srt_egress_drain (egress, self->now_us);
  } else if (egress != NULL) {
    weir_srt_egress_cut (egress);
    g_hash_table_remove (self->egresses, &m->connection);
  }
}

static gboolean
call (WeirSrtWorker *self, const WeirSrtCall *m, GError **error)
{
  WeirWireMessage closed = { .type = WEIR_WIRE_SRT_CLOSED,
    .srt_closed = { .connection = m->connection,
        .why = WEIR_SRT_CLOSED_FAILED,
        .text = "too many connections",
        .text_size = strlen ("too many connections") } };
  WeirSrtEgress *egress;

  if (m->connection % 2 != 0
      || g_hash_table_contains (self->egresses, &m->connection))
    return broken_promise (error, "CALL: no number for a new connection");
  if (g_hash_table_size (self->egresses) >= WEIR_SRT_MAX_CONNECTIONS) {
    weir_link_send (self->link, &closed);
    return TRUE;
  }
  egress = weir_srt_egress_new (m, self->link, self->now_us);
  if (egress != NULL)
    g_hash_table_insert (self->egresses, number_new (m->connection), egress);
  return TRUE;
}

static void
take_media (WeirSrtWorker *self, const WeirWireMessage *m)
{
  guint64 number = m->type == WEIR_WIRE_SRT_CONFIG ? m->srt_config.connection
                                                   : m->srt_packet.connection;
  WeirSrtEgress *egress = g_hash_table_lookup (self->egresses, &number);
  gboolean lives;

  if (egress == NULL)
    return;
  lives = m->type == WEIR_WIRE_SRT_CONFIG
              ? weir_srt_egress_take_config (egress, &m->srt_config)
              : weir_srt_egress_take_packet (egress, &m->srt_packet);
  if (!lives)
    g_hash_table_remove (self->egresses, &number);
}

static void
admit (WeirSrtWorker *self, const WeirSrtAdmit *m)
{
  WeirSrtPublisher *publisher =
      g_hash_table_lookup (self->publishers, &m->connection);
  guint at;

  if (publisher == NULL || weir_srt_publisher_is_admitted (publisher))
    return;
  at = find_port (self, weir_srt_publisher_get_port_id (publisher));
  if (at < self->ports->len)
    weir_port_admit (g_ptr_array_index (self->ports, at),
        weir_srt_publisher_get_address_key (publisher));
  weir_srt_publisher_admit (publisher, m->program, self->now_us);
}

static gboolean
on_message (const WeirWireMessage *m, gpointer data, GError **error)
{
  WeirSrtWorker *self = data;
  WeirWireMessage pong;

  switch (m->type) {
  case WEIR_WIRE_SRT_LISTEN:
    return listen_ (self, &m->srt_listen, error);
  case WEIR_WIRE_SRT_UNLISTEN:
    unlisten (self, m->srt_unlisten.port_id);
    return TRUE;
  case WEIR_WIRE_SRT_RULE:
    return weir_srt_rules_put (self->rules, &m->srt_rule, error);
  case WEIR_WIRE_SRT_ADMIT:
    admit (self, &m->srt_admit);
    return TRUE;
  case WEIR_WIRE_SRT_CLOSE:
    close_ (self, &m->srt_close);
    return TRUE;
  case WEIR_WIRE_SRT_CALL:
    return call (self, &m->srt_call, error);
  case WEIR_WIRE_SRT_CONFIG:
  case WEIR_WIRE_SRT_PACKET:
    take_media (self, m);
    return TRUE;
  case WEIR_WIRE_SRT_PING:
    pong = *m;
    pong.type = WEIR_WIRE_SRT_PONG;
    weir_link_send (self->link, &pong);
    return TRUE;
  default:
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "message type %d is not for weir-srt", m->type);
    return FALSE;
  }
}

static void
accept_from (WeirSrtWorker *self, WeirPort *port)
{
  WeirPortCaller caller = { 0 };

  while (weir_port_accept (port, &caller)) {
    SRTSOCKET sock = caller.sock;
    guint64 number = self->next_number;

    if (g_hash_table_size (self->publishers) >= WEIR_SRT_MAX_CONNECTIONS) {
      weir_port_leave (port, caller.address_key, FALSE);
      weir_sock_close (sock);
      weir_port_caller_clear (&caller);
      continue;
    }
    self->next_number += 2;
    g_hash_table_insert (self->publishers, number_new (number),
        weir_srt_publisher_new (number, weir_port_get_id (port),
            weir_port_get_limits (port), &caller, self->link, self->now_us));
    g_hash_table_insert (
        self->by_sock, GINT_TO_POINTER (sock), number_new (number));
    srt_epoll_add_usock (self->epoll, sock, &watched);
  }
}

static void
send_refusals (WeirSrtWorker *self, WeirPort *port)
{
  g_autoptr (GArray) refusals = weir_port_take_refusals (port, self->now_us);

  for (guint i = 0; refusals != NULL && i < refusals->len; i++) {
    const WeirPortRefusal *r = &g_array_index (refusals, WeirPortRefusal, i);
    WeirWireMessage m = { .type = WEIR_WIRE_SRT_REFUSED,
      .srt_refused = { .port_id = weir_port_get_id (port),
          .code = r->code,
          .times = r->times,
          .port = r->address.port,
          .path = r->path,
          .path_size = MIN (strlen (r->path), WEIR_SRT_MAX_TEXT_BYTES) } };

    memcpy (m.srt_refused.address, r->address.bytes, WEIR_SRT_ADDRESS_BYTES);
    weir_link_send (self->link, &m);
  }
}

static void
read_publisher (WeirSrtWorker *self, SRTSOCKET sock)
{
  const guint64 *at =
      g_hash_table_lookup (self->by_sock, GINT_TO_POINTER (sock));
  guint64 number = at != NULL ? *at : 0;
  WeirSrtPublisher *publisher = g_hash_table_lookup (self->publishers, &number);

  if (publisher == NULL)
    srt_epoll_remove_usock (self->epoll, sock);
  else if (!weir_link_is_full (self->link)
           && !weir_srt_publisher_read (publisher, self->now_us))
    remove_publisher (self, number, publisher);
}

static WeirPort *
port_of (const WeirSrtWorker *self, SRTSOCKET sock)
{
  for (guint i = 0; i < self->ports->len; i++)
    if (weir_port_get_sock (g_ptr_array_index (self->ports, i)) == sock)
      return g_ptr_array_index (self->ports, i);
  return NULL;
}

/* Callers that are there, publishers that have something to read or have
 * ended. While the gateway does not keep up, it waits with libsrt. */
static void
take_events (WeirSrtWorker *self)
{
  SRT_EPOLL_EVENT events[MAX_EVENTS];
  int n;

  if (self->ports->len == 0 && g_hash_table_size (self->publishers) == 0)
    return;
  n = srt_epoll_uwait (self->epoll, events, MAX_EVENTS, 0);
  for (int i = 0; i < MIN (n, MAX_EVENTS); i++) {
    WeirPort *port = port_of (self, events[i].fd);

    if (port != NULL)
      accept_from (self, port);
    else
      read_publisher (self, events[i].fd);
  }
}

/* Numbers of all in TABLE; caller frees. */
static GArray *
numbers_of (GHashTable *table)
{
  GArray *numbers = g_array_sized_new (
      FALSE, FALSE, sizeof (guint64), g_hash_table_size (table));
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_array_append_vals (numbers, key, 1);
  return numbers;
}

static void
check_publishers (WeirSrtWorker *self)
{
  g_autoptr (GArray) numbers = numbers_of (self->publishers);

  for (guint i = 0; i < numbers->len; i++) {
    guint64 number = g_array_index (numbers, guint64, i);
    WeirSrtPublisher *publisher =
        g_hash_table_lookup (self->publishers, &number);

    if (!weir_srt_publisher_check (publisher, self->now_us))
      remove_publisher (self, number, publisher);
  }
}

/* Closes the one that has most while those who are not admitted have too much,
 * alone or together. */
static void
bound_early (WeirSrtWorker *self)
{
  for (;;) {
    WeirSrtPublisher *most = NULL;
    gsize most_bytes = 0, all_bytes = 0;
    guint64 most_number = 0;
    GHashTableIter iter;
    gpointer number, publisher;

    g_hash_table_iter_init (&iter, self->publishers);
    while (g_hash_table_iter_next (&iter, &number, &publisher)) {
      gsize bytes = weir_srt_publisher_get_early_bytes (publisher);

      all_bytes += bytes;
      if (bytes > most_bytes) {
        most = publisher;
        most_bytes = bytes;
        most_number = *(const guint64 *) number;
      }
    }
    if (most_bytes <= WEIR_SRT_EARLY_BYTES
        && all_bytes <= WEIR_SRT_EARLY_ALL_BYTES)
      return;
    weir_srt_publisher_close (
        most, WEIR_SRT_CLOSED_INPUT, "it sends too much before it is let in");
    remove_publisher (self, most_number, most);
  }
}

static void
turn_egresses (WeirSrtWorker *self)
{
  GHashTableIter iter;
  gpointer egress;

  g_hash_table_iter_init (&iter, self->egresses);
  while (g_hash_table_iter_next (&iter, NULL, &egress))
    if (!weir_srt_egress_turn (egress, self->now_us))
      g_hash_table_iter_remove (&iter);
}

static WeirLinkResult
turn (WeirSrtWorker *self, GError **error)
{
  WeirLinkResult result;

  self->now_us = g_get_monotonic_time ();
  result = weir_link_read (self->link, on_message, self, error);
  if (result != WEIR_LINK_OK)
    return result;
  take_events (self);
  if (self->now_us >= self->check_us) {
    self->check_us = self->now_us + CHECK_MS * G_GINT64_CONSTANT (1000);
    for (guint i = 0; i < self->ports->len; i++)
      send_refusals (self, g_ptr_array_index (self->ports, i));
    check_publishers (self);
    bound_early (self);
  }
  turn_egresses (self);
  return weir_link_flush (self->link, error);
}

static gboolean
is_idle (const WeirSrtWorker *self)
{
  return self->ports->len == 0 && g_hash_table_size (self->publishers) == 0
         && g_hash_table_size (self->egresses) == 0;
}

/* What comes close together is one turn's work. */
static void
wait_a_little (const WeirSrtWorker *self)
{
  gint64 since_us = g_get_monotonic_time () - self->now_us;
  gint64 least_us = WEIR_SRT_LEAST_TURN_MS * G_GINT64_CONSTANT (1000);

  if (!is_idle (self) && since_us < least_us)
    g_usleep ((gulong) (least_us - since_us));
}

WeirLinkResult
weir_srt_worker_run (WeirSrtWorker *worker, GError **error)
{
  WeirWireMessage ready = { .type = WEIR_WIRE_READY };
  WeirLinkResult result;

  weir_link_send (worker->link, &ready);
  while ((result = turn (worker, error)) == WEIR_LINK_OK) {
    struct pollfd p = { worker->fd, POLLIN, 0 };

    if (weir_link_has_output (worker->link))
      p.events |= POLLOUT;
    if (poll (&p, 1, is_idle (worker) ? -1 : WEIR_SRT_TURN_MS) < 0
        && errno != EINTR) {
      g_set_error (
          error, WEIR_ERROR, WEIR_ERROR_FAILED, "poll: %s", g_strerror (errno));
      return WEIR_LINK_FAILED;
    }
    wait_a_little (worker);
  }
  return result;
}
