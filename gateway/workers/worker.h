/* One worker process and the socket to it: spawned, fed, read, ended. Knows
 * frames, not what they are about. Loop thread. */
#pragma once

#include "base/loop.h"
#include "wire/wire.h"

typedef struct _WeirWorker WeirWorker;

/* Bytes that may wait for a worker that does not read: beyond the first what
 * is offered is left out, beyond the second the process is broken. All rules
 * for keys and bars at their greatest are some 70 MB. */
#define WEIR_WORKER_MAX_OFFERED_BYTES (32 * 1024 * 1024)
#define WEIR_WORKER_MAX_QUEUED_BYTES (128 * 1024 * 1024)

typedef struct {
  /* A whole message came; borrowed. */
  void (*on_message) (
      WeirWorker *worker, const WeirWireMessage *message, gpointer data);
  /* It is gone, or must be treated so: WHY in words. Called once; free it
   * from here or later. */
  void (*on_gone) (WeirWorker *worker, const char *why, gpointer data);
} WeirWorkerFuncs;

/* Spawns ARGV with its end of a stream socket as fd 3 and EXTRA_FD, unless
 * -1, as fd 4, and sends HELLO. */
WeirWorker *weir_worker_new (WeirLoop *loop, char **argv, int extra_fd,
    const WeirWorkerFuncs *funcs, gpointer data, GError **error);

/* Kills the process if it lives; no function of FUNCS is called any more. */
void weir_worker_free (WeirWorker *worker);

/* CHANNEL (wire/fd-channel.h), whose other end the process has as EXTRA_FD, is
 * the worker's from now on. */
void weir_worker_take_channel (WeirWorker *worker, int channel);
/* Sends a copy of FD through it, before what is queued after this. */
gboolean weir_worker_send_fd (WeirWorker *worker, int fd, GError **error);

int weir_worker_get_pid (const WeirWorker *worker);

/* Of one that is gone: it crashed, gave up or sent what nobody may send; not
 * killed from outside. */
gboolean weir_worker_is_at_fault (const WeirWorker *worker);

/* CPU time it has used, all threads; 0 when it has ended. */
gint64 weir_worker_get_cpu_us (const WeirWorker *worker);

/* Queues a frame; all that is queued goes out in one write before the loop
 * waits. The process gets it or is gone: one for which
 * WEIR_WORKER_MAX_QUEUED_BYTES wait is killed, since what it does not know of
 * (a rule, an end, a configuration) would make it do wrong. FALSE when it is
 * gone, or going. */
gboolean weir_worker_send (WeirWorker *worker, const WeirWireMessage *message);
/* The same for what can be left out: FALSE also when
 * WEIR_WORKER_MAX_OFFERED_BYTES wait. */
gboolean weir_worker_offer (WeirWorker *worker, const WeirWireMessage *message);
/* Bytes of earlier turns of the loop that wait for it to read. */
gsize weir_worker_get_waiting_bytes (const WeirWorker *worker);
