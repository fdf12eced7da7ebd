/* One weir-srt process and the connections that it has: messages to whom they
 * are for. Loop thread. */
#pragma once

#include "base/loop.h"
#include "control/link.h"
#include "wire/wire.h"

typedef struct _WeirSrtProcess WeirSrtProcess;
typedef struct _WeirSrtConnection WeirSrtConnection;

typedef struct {
  /* A message that names the connection. CLOSED is the last one: the process
   * has let go of it by then. */
  void (*on_message) (
      WeirSrtConnection *connection, const WeirWireMessage *message);
  /* The process is gone and has let go of it. */
  void (*on_process_gone) (WeirSrtConnection *connection);
} WeirSrtConnectionClass;

struct _WeirSrtConnection {
  const WeirSrtConnectionClass *klass;
  WeirSrtProcess *process; /* NULL when it has none (any more) */
  guint64 number;
};

typedef struct {
  void (*on_ready) (WeirSrtProcess *process, gpointer data);
  /* PORT, REFUSED and CALLER. */
  void (*on_message) (
      WeirSrtProcess *process, const WeirWireMessage *message, gpointer data);
  /* It is gone, WHY in words. Free it from here or later. */
  void (*on_gone) (WeirSrtProcess *process, const char *why, gpointer data);
} WeirSrtProcessFuncs;

/* SERIAL: never used twice in a run. */
WeirSrtProcess *
weir_srt_process_new (WeirLoop *loop, const char *program, guint serial,
    const WeirSrtProcessFuncs *funcs, gpointer data, GError **error);
/* Kills it. Its connections are told first. */
void weir_srt_process_free (WeirSrtProcess *process);

int weir_srt_process_get_pid (const WeirSrtProcess *process);
guint weir_srt_process_get_serial (const WeirSrtProcess *process);
gboolean weir_srt_process_is_ready (const WeirSrtProcess *process);
guint weir_srt_process_count (const WeirSrtProcess *process);

/* To be called every WATCH_MS or so: asks it now and then whether it is there.
 * FALSE when it has not answered for TIMEOUT_US. */
gboolean weir_srt_process_answers (
    WeirSrtProcess *process, gint64 now_us, gint64 timeout_us);

/* Beyond what the socket holds: while more waits for a process that is slow to
 * read, packets are not offered but stay with the gate, where a cut or a blank
 * still has them. What goes out in one turn of the loop does not count, so that
 * all streams are treated alike. */
#define WEIR_SRT_MAX_WAITING_BYTES (256 * 1024)

/* As weir_worker_send () and weir_worker_offer () have it. */
gboolean
weir_srt_process_send (WeirSrtProcess *process, const WeirWireMessage *message);
/* FALSE when WEIR_SRT_MAX_WAITING_BYTES wait, too. */
gboolean weir_srt_process_offer (
    WeirSrtProcess *process, const WeirWireMessage *message);

/* From now on messages about NUMBER are CONNECTION's. */
void weir_srt_process_add (
    WeirSrtProcess *process, WeirSrtConnection *connection, guint64 number);
/* A number for a connection that is asked for from here. */
guint64 weir_srt_process_next_number (WeirSrtProcess *process);

/* Asks for the connection's end. */
void
weir_srt_connection_close (WeirSrtConnection *connection, WeirSrtCloseKind how);
/* The same as a cut, and nothing is heard of it any more. */
void weir_srt_connection_drop (WeirSrtConnection *connection);

/* What STATS says. Latency and key length stay. */
void weir_srt_link_update (WeirLink *link, const WeirSrtStats *stats);
