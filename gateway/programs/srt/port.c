/* Listening, the listen callback, accepting. */
#include "programs/srt/port.h"

#include <string.h>

#include "base/error.h"
#include "programs/srt/crowd.h"

/* Somebody the callback has let in. */
typedef struct {
  SRTSOCKET sock;
  WeirStreamId id;
  WeirAddress address;
  char *address_key;
  gint64 since_us;
  gboolean encrypted;
  guint8 key_length;
  gboolean waits;
} Pending;

struct _WeirPort {
  guint32 id;
  guint16 port;
  SRTSOCKET sock;
  WeirSrtRules *rules;
  WeirPortLimits limits;
  char *fallback;
  guint max_callers;
  guint max_callers_per_address;
  gboolean waits;

  GMutex lock;
  GArray *pending;     /* {lock} Pending */
  GArray *refusals;    /* {lock} WeirPortRefusal */
  guint32 not_told;    /* {lock} refusals that had no room */
  GHashTable *callers; /* {lock} address key → count, pending ones too */
  guint n_callers;     /* {lock} */
  WeirCrowd *crowd;    /* {lock} */
  GHashTable *late;    /* {lock} address key → until when, gint64 *, owns */
};

static void
pending_clear (gpointer data)
{
  Pending *p = data;

  weir_stream_id_clear (&p->id);
  g_free (p->address_key);
}

static void
refusal_clear (gpointer data)
{
  g_free (((WeirPortRefusal *) data)->path);
}

void
weir_port_caller_clear (WeirPortCaller *caller)
{
  weir_stream_id_clear (&caller->id);
  g_clear_pointer (&caller->address_key, g_free);
}

static GArray *
new_refusals (void)
{
  GArray *array = g_array_new (FALSE, FALSE, sizeof (WeirPortRefusal));

  g_array_set_clear_func (array, refusal_clear);
  return array;
}

/* {lock} */
static guint
count_of (const WeirPort *self, const char *key)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->callers, key));
}

/* {lock} */
static void
add_caller (WeirPort *self, const char *key, int by)
{
  guint count = count_of (self, key) + (guint) by;

  self->n_callers += (guint) by;
  if (count == 0)
    g_hash_table_remove (self->callers, key);
  else
    g_hash_table_replace (
        self->callers, g_strdup (key), GUINT_TO_POINTER (count));
}

/* {lock} */
static void
note_refusal (
    WeirPort *self, const WeirAddress *address, guint16 code, const char *path)
{
  WeirPortRefusal *r;

  for (guint i = 0; i < self->refusals->len; i++) {
    r = &g_array_index (self->refusals, WeirPortRefusal, i);
    if (r->code == code && strcmp (r->path, path) == 0
        && memcmp (r->address.bytes, address->bytes, WEIR_ADDRESS_BYTES) == 0) {
      r->times++;
      return;
    }
  }
  if (self->refusals->len >= WEIR_PORT_MAX_REFUSALS) {
    self->not_told++;
    return;
  }
  g_array_append_vals (self->refusals,
      &(WeirPortRefusal){ *address, code, 1, g_strdup (path) }, 1);
}

/* {lock} */
static gboolean
has_room (const WeirPort *self, const char *key)
{
  return self->n_callers < self->max_callers
         && (self->max_callers_per_address == 0
             || count_of (self, key) < self->max_callers_per_address);
}

/* {lock} The index of SOCK, or the number of those who pend. */
static guint
find_pending (const WeirPort *self, SRTSOCKET sock)
{
  guint i = 0;

  while (i < self->pending->len
         && g_array_index (self->pending, Pending, i).sock != sock)
    i++;
  return i;
}

/* {lock} It has not got through what comes after the callback. */
static void
remove_pending (WeirPort *self, guint at)
{
  Pending *p = &g_array_index (self->pending, Pending, at);

  add_caller (self, p->address_key, -1);
  weir_crowd_leave (self->crowd, p->address_key);
  g_array_remove_index_fast (self->pending, at);
}

static guint16
code_of (const GError *error)
{
  if (g_error_matches (error, WEIR_ERROR, WEIR_ERROR_DENIED))
    return WEIR_SRT_BAD_MODE;
  return WEIR_SRT_BAD_REQUEST;
}

/* {lock} */
static gboolean
is_late (const WeirPort *self, const char *key, gint64 now_us)
{
  const gint64 *until = g_hash_table_lookup (self->late, key);

  return until != NULL && now_us < *until;
}

static gboolean
is_over (gpointer key, gpointer until, gpointer now_us)
{
  return *(const gint64 *) until <= *(const gint64 *) now_us;
}

/* Rejection code, or 0 and everything is set on SOCK. */
static guint16
judge (WeirPort *self, SRTSOCKET sock, const char *stream_id, const char *key,
    Pending *p, WeirSrtVerdict *verdict)
{
  g_autoptr (GError) error = NULL;

  if (!weir_stream_id_parse (
          stream_id, strlen (stream_id), self->fallback, &p->id, &error))
    return code_of (error);
  weir_srt_rules_judge (self->rules, key, &p->id, verdict);
  if (verdict->code != 0)
    return verdict->code;
  p->encrypted = verdict->passphrase[0] != '\0';
  p->key_length = verdict->key_length;
  if (p->encrypted
      && srt_setsockflag (sock, SRTO_PASSPHRASE, verdict->passphrase,
             (int) strlen (verdict->passphrase))
             != 0)
    return WEIR_SRT_OVERLOAD;
  memset (verdict->passphrase, 0, sizeof verdict->passphrase);
  return 0;
}

/* On the port's receive thread. */
static int
on_caller (void *opaque, SRTSOCKET sock, int version,
    const struct sockaddr *peer, const char *stream_id)
{
  WeirPort *self = opaque;
  Pending p = { .sock = sock, .since_us = g_get_monotonic_time () };
  WeirSrtVerdict verdict = { 0 };
  guint16 code;
  guint at;

  if (!weir_address_from_sockaddr (peer, &p.address))
    return -1;
  p.address_key = weir_address_to_key (&p.address);
  code = version < 5
             ? WEIR_SRT_BAD_REQUEST
             : judge (self, sock, stream_id, p.address_key, &p, &verdict);

  g_mutex_lock (&self->lock);
  at = find_pending (self, sock);
  if (at < self->pending->len)
    remove_pending (self, at);
  p.waits = self->waits && !is_late (self, p.address_key, p.since_us);
  if (code == 0 && self->waits && !p.waits
      && !weir_sock_set_schedule (sock, TRUE))
    code = WEIR_SRT_OVERLOAD;
  if (code == 0
      && (!has_room (self, p.address_key)
          || !weir_crowd_enter (self->crowd, p.address_key, p.since_us)))
    code = WEIR_SRT_OVERLOAD;
  if (code == 0) {
    add_caller (self, p.address_key, 1);
    g_array_append_val (self->pending, p);
  } else {
    note_refusal (self, &p.address, code,
        verdict.barred[0] != '\0' ? verdict.barred
        : p.id.app != NULL        ? p.id.app
                                  : "");
  }
  g_mutex_unlock (&self->lock);
  if (code == 0)
    return 0;
  srt_setrejectreason (sock, code);
  pending_clear (&p);
  return -1;
}

WeirPort *
weir_port_open (
    const WeirSrtListen *listen, WeirSrtRules *rules, GError **error)
{
  guint8 key_length = weir_srt_rules_get_key_length (rules);
  guint longest_ms; /* that libsrt keeps something */
  WeirPort *self;
  SRTSOCKET sock;

  if (listen->latency_ms > WEIR_SRT_MAX_LATENCY_MS) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT, "latency over %d ms",
        WEIR_SRT_MAX_LATENCY_MS);
    return NULL;
  }
  longest_ms = listen->waits ? MAX (listen->max_latency_ms, WEIR_SRT_STALL_MS)
                             : listen->max_latency_ms;
  sock = weir_sock_bind (listen->address, listen->address_size, listen->port,
      listen->latency_ms, longest_ms, error);
  if (sock == SRT_INVALID_SOCK)
    return NULL;
  self = g_new0 (WeirPort, 1);
  self->id = listen->port_id;
  self->sock = sock;
  self->rules = rules;
  /* Who is late once is not to be turned away for ten minutes for it. */
  self->limits.max_latency_ms = listen->waits ? 0 : listen->max_latency_ms;
  self->limits.silence_ms = listen->silence_ms;
  self->fallback = g_strndup (
      listen->fallback_size > 0 ? listen->fallback : "", listen->fallback_size);
  self->max_callers = MIN (listen->max_callers, WEIR_SRT_MAX_CONNECTIONS);
  self->max_callers_per_address = listen->max_callers_per_address;
  self->waits = listen->waits;
  g_mutex_init (&self->lock);
  self->pending = g_array_new (FALSE, FALSE, sizeof (Pending));
  g_array_set_clear_func (self->pending, pending_clear);
  self->refusals = new_refusals ();
  self->crowd = weir_crowd_new ();
  self->callers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->late = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (key_length > 0)
    weir_sock_set_int (sock, SRTO_PBKEYLEN, key_length);
  if (self->waits)
    weir_sock_set_schedule (sock, FALSE);
  /* Before listening, or the first caller gets by. */
  if (srt_listen_callback (sock, on_caller, self) != 0
      || srt_listen (sock, WEIR_PORT_BACKLOG) != 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "listen: %s",
        srt_getlasterror_str ());
    weir_port_free (self);
    return NULL;
  }
  self->port = weir_sock_get_port (sock);
  return self;
}

void
weir_port_free (WeirPort *port)
{
  if (port == NULL)
    return;
  /* Takes the listener from its receive queue under the lock that callbacks
   * run under: none runs after it. */
  weir_sock_close (port->sock);
  g_array_unref (port->pending);
  g_array_unref (port->refusals);
  g_hash_table_unref (port->callers);
  weir_crowd_free (port->crowd);
  g_hash_table_unref (port->late);
  g_mutex_clear (&port->lock);
  g_free (port->fallback);
  g_free (port);
}

guint32
weir_port_get_id (const WeirPort *port)
{
  return port->id;
}

guint16
weir_port_get_port (const WeirPort *port)
{
  return port->port;
}

SRTSOCKET
weir_port_get_sock (const WeirPort *port)
{
  return port->sock;
}

const WeirPortLimits *
weir_port_get_limits (const WeirPort *port)
{
  return &port->limits;
}

gboolean
weir_port_accept (WeirPort *port, WeirPortCaller *ret_caller)
{
  struct sockaddr_storage from;
  int size = sizeof from;
  SRTSOCKET sock;

  while ((sock = srt_accept (port->sock, (struct sockaddr *) &from, &size))
         != SRT_INVALID_SOCK) {
    gboolean known;
    guint at;

    size = sizeof from;
    g_mutex_lock (&port->lock);
    at = find_pending (port, sock);
    known = at < port->pending->len;
    if (known) {
      Pending *p = &g_array_index (port->pending, Pending, at);

      *ret_caller = (WeirPortCaller){ sock, p->id, p->address, p->address_key,
        p->key_length, p->waits };
      memset (&p->id, 0, sizeof p->id);
      p->address_key = NULL;
      weir_crowd_prove (port->crowd, ret_caller->address_key);
      g_array_remove_index_fast (port->pending, at);
    }
    g_mutex_unlock (&port->lock);
    if (known)
      return TRUE;
    weir_sock_close (sock); /* it was given up as lost */
  }
  return FALSE;
}

void
weir_port_admit (WeirPort *port, const char *address_key)
{
  g_mutex_lock (&port->lock);
  weir_crowd_leave (port->crowd, address_key);
  g_mutex_unlock (&port->lock);
}

void
weir_port_leave (WeirPort *port, const char *address_key, gboolean admitted)
{
  g_mutex_lock (&port->lock);
  if (!admitted)
    weir_crowd_leave (port->crowd, address_key);
  /* It may have come by an earlier port of this number. */
  if (count_of (port, address_key) > 0)
    add_caller (port, address_key, -1);
  g_mutex_unlock (&port->lock);
}

void
weir_port_note_late (WeirPort *port, const char *address_key, gint64 now_us)
{
  gint64 until_us = now_us + WEIR_PORT_LATE_MS * G_GINT64_CONSTANT (1000);

  g_mutex_lock (&port->lock);
  if (g_hash_table_size (port->late) >= WEIR_PORT_MAX_LATE)
    g_hash_table_foreach_remove (port->late, is_over, &now_us);
  if (g_hash_table_size (port->late) < WEIR_PORT_MAX_LATE)
    g_hash_table_replace (port->late, g_strdup (address_key),
        g_memdup2 (&until_us, sizeof until_us));
  g_mutex_unlock (&port->lock);
}

/* The sockets of those who pend. */
static GArray *
dup_pending (WeirPort *self)
{
  GArray *socks = g_array_new (FALSE, FALSE, sizeof (SRTSOCKET));

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->pending->len; i++)
    g_array_append_val (socks, g_array_index (self->pending, Pending, i).sock);
  g_mutex_unlock (&self->lock);
  return socks;
}

/* {lock} */
static void
drop_pending (WeirPort *self, guint at)
{
  Pending *p = &g_array_index (self->pending, Pending, at);

  note_refusal (self, &p->address, WEIR_SRT_BAD_SECRET,
      p->id.app != NULL ? p->id.app : "");
  remove_pending (self, at);
}

/* Those who were let in and whose socket is gone, or has come to nothing for
 * long, make room for others. libsrt is asked without the lock: it calls the
 * callback, which takes it, under locks of its own. */
static void
give_up (WeirPort *self, gint64 now_us)
{
  g_autoptr (GArray) socks = dup_pending (self);

  for (guint i = 0; i < socks->len; i++) {
    SRTSOCKET sock = g_array_index (socks, SRTSOCKET, i);
    gboolean gone = srt_getsockstate (sock) > SRTS_CONNECTED;
    guint at;

    g_mutex_lock (&self->lock);
    at = find_pending (self, sock);
    if (at < self->pending->len
        && (gone
            || now_us - g_array_index (self->pending, Pending, at).since_us
                   >= WEIR_PORT_PENDING_MS * G_GINT64_CONSTANT (1000)))
      drop_pending (self, at);
    g_mutex_unlock (&self->lock);
  }
}

GArray *
weir_port_take_refusals (WeirPort *port, gint64 now_us)
{
  GArray *taken = NULL;

  give_up (port, now_us);
  g_mutex_lock (&port->lock);
  weir_crowd_tidy (port->crowd, now_us);
  if (port->not_told > 0) {
    g_array_append_vals (port->refusals,
        &(WeirPortRefusal){
            { { 0 }, 0 }, WEIR_SRT_OVERLOAD, port->not_told, g_strdup ("") },
        1);
    port->not_told = 0;
  }
  if (port->refusals->len > 0) {
    taken = port->refusals;
    port->refusals = new_refusals ();
  }
  g_mutex_unlock (&port->lock);
  return taken;
}
