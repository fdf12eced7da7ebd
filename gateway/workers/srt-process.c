/* Finds the connection that a message is about. */
#include "workers/srt-process.h"

#include "workers/worker.h"

#define PING_US (G_USEC_PER_SEC / 2)
/* Not watched for so long: the loop stood still, which is not its fault. */
#define STOOD_STILL_US (G_USEC_PER_SEC / 2)

struct _WeirSrtProcess {
  WeirWorker *worker;
  guint serial;
  gboolean ready;
  gboolean gone;
  GHashTable *connections; /* number inside the connection → it, borrowed */
  guint64 last_number;
  guint32 ping;    /* number of the newest */
  gboolean pinged; /* and it is not answered */
  gint64 ping_us;
  gint64 watched_us;
  const WeirSrtProcessFuncs *funcs;
  gpointer data;
};

/* FALSE for messages that are about no connection. */
static gboolean
get_number (const WeirWireMessage *message, guint64 *ret)
{
  switch (message->type) {
  case WEIR_WIRE_SRT_CONFIG:
    *ret = message->srt_config.connection;
    return TRUE;
  case WEIR_WIRE_SRT_PACKET:
    *ret = message->srt_packet.connection;
    return TRUE;
  case WEIR_WIRE_SRT_BYTES:
    *ret = message->srt_bytes.connection;
    return TRUE;
  case WEIR_WIRE_SRT_CALLED:
    *ret = message->srt_called.connection;
    return TRUE;
  case WEIR_WIRE_SRT_TAKEN:
    *ret = message->srt_taken.connection;
    return TRUE;
  case WEIR_WIRE_SRT_CLOSED:
    *ret = message->srt_closed.connection;
    return TRUE;
  case WEIR_WIRE_SRT_STATS:
    *ret = message->srt_stats.connection;
    return TRUE;
  case WEIR_WIRE_SRT_TROUBLE:
    *ret = message->srt_trouble.connection;
    return TRUE;
  default:
    return FALSE;
  }
}

static void
let_go (WeirSrtConnection *connection)
{
  g_hash_table_remove (connection->process->connections, &connection->number);
  connection->process = NULL;
}

static void
on_message (WeirWorker *worker, const WeirWireMessage *message, gpointer data)
{
  WeirSrtProcess *process = data;
  WeirSrtConnection *connection;
  guint64 number;

  if (get_number (message, &number)) {
    connection = g_hash_table_lookup (process->connections, &number);
    if (connection == NULL)
      return;
    if (message->type == WEIR_WIRE_SRT_CLOSED)
      let_go (connection);
    connection->klass->on_message (connection, message);
    return;
  }
  switch (message->type) {
  case WEIR_WIRE_HELLO:
    break; /* of this version, or the worker ends by itself */
  case WEIR_WIRE_READY:
    process->ready = TRUE;
    process->funcs->on_ready (process, process->data);
    break;
  case WEIR_WIRE_SRT_PONG:
    process->pinged &= message->srt_ping.number != process->ping;
    break;
  default:
    process->funcs->on_message (process, message, process->data);
    break;
  }
}

static void
on_gone (WeirWorker *worker, const char *why, gpointer data)
{
  WeirSrtProcess *process = data;

  process->ready = FALSE;
  process->gone = TRUE;
  process->funcs->on_gone (process, why, process->data);
}

static const WeirWorkerFuncs worker_funcs = { on_message, on_gone };

WeirSrtProcess *
weir_srt_process_new (WeirLoop *loop, const char *program, guint serial,
    const WeirSrtProcessFuncs *funcs, gpointer data, GError **error)
{
  WeirSrtProcess *process = g_new0 (WeirSrtProcess, 1);
  char *argv[] = { (char *) program, NULL };

  process->serial = serial;
  process->funcs = funcs;
  process->data = data;
  process->connections = g_hash_table_new (g_int64_hash, g_int64_equal);
  process->worker =
      weir_worker_new (loop, argv, -1, &worker_funcs, process, error);
  if (process->worker == NULL) {
    weir_srt_process_free (process);
    return NULL;
  }
  return process;
}

void
weir_srt_process_free (WeirSrtProcess *process)
{
  GHashTableIter iter;
  gpointer connection;

  if (process == NULL)
    return;
  weir_worker_free (process->worker);
  process->gone = TRUE;
  for (;;) {
    g_hash_table_iter_init (&iter, process->connections);
    if (!g_hash_table_iter_next (&iter, NULL, &connection))
      break;
    let_go (connection);
    ((WeirSrtConnection *) connection)->klass->on_process_gone (connection);
  }
  g_hash_table_unref (process->connections);
  g_free (process);
}

int
weir_srt_process_get_pid (const WeirSrtProcess *process)
{
  return weir_worker_get_pid (process->worker);
}

guint
weir_srt_process_get_serial (const WeirSrtProcess *process)
{
  return process->serial;
}

gboolean
weir_srt_process_is_ready (const WeirSrtProcess *process)
{
  return process->ready;
}

guint
weir_srt_process_count (const WeirSrtProcess *process)
{
  return g_hash_table_size (process->connections);
}

gboolean
weir_srt_process_answers (
    WeirSrtProcess *process, gint64 now_us, gint64 timeout_us)
{
  WeirWireMessage message = { .type = WEIR_WIRE_SRT_PING };
  gint64 gap_us = now_us - process->watched_us;

  process->watched_us = now_us;
  if (gap_us > STOOD_STILL_US)
    process->ping_us += gap_us;
  if (process->pinged)
    return now_us - process->ping_us <= timeout_us;
  if (now_us - process->ping_us < PING_US)
    return TRUE;
  message.srt_ping.number = ++process->ping;
  process->ping_us = now_us;
  weir_srt_process_send (process, &message);
  process->pinged = TRUE;
  return TRUE;
}

gboolean
weir_srt_process_send (WeirSrtProcess *process, const WeirWireMessage *message)
{
  return !process->gone && weir_worker_send (process->worker, message);
}

gboolean
weir_srt_process_offer (WeirSrtProcess *process, const WeirWireMessage *message)
{
  return !process->gone
         && weir_worker_get_waiting_bytes (process->worker)
                <= WEIR_SRT_MAX_WAITING_BYTES
         && weir_worker_offer (process->worker, message);
}

void
weir_srt_process_add (
    WeirSrtProcess *process, WeirSrtConnection *connection, guint64 number)
{
  connection->process = process;
  connection->number = number;
  g_hash_table_replace (process->connections, &connection->number, connection);
}

guint64
weir_srt_process_next_number (WeirSrtProcess *process)
{
  return process->last_number += 2;
}

void
weir_srt_connection_close (WeirSrtConnection *connection, WeirSrtCloseKind how)
{
  WeirWireMessage message = { .type = WEIR_WIRE_SRT_CLOSE };

  if (connection->process == NULL)
    return;
  message.srt_close.connection = connection->number;
  message.srt_close.how = how;
  weir_srt_process_send (connection->process, &message);
}

void
weir_srt_connection_drop (WeirSrtConnection *connection)
{
  if (connection->process == NULL)
    return;
  weir_srt_connection_close (connection, WEIR_SRT_CLOSE_CUT);
  let_go (connection);
}

void
weir_srt_link_update (WeirLink *link, const WeirSrtStats *stats)
{
  link->rtt_us = stats->rtt_us;
  link->bandwidth_kbit = stats->bandwidth_kbit;
  link->buffer_ms = stats->buffer_ms;
  link->buffer_bytes = stats->buffer_bytes;
  link->packets = stats->packets;
  link->lost = stats->lost;
  link->retransmitted = stats->retransmitted;
  link->dropped = stats->dropped;
  link->undecrypted = stats->undecrypted;
  link->holes = stats->holes;
  link->broken = stats->broken;
}
