/* What weir-srt does from READY to the end: one thread, a turn whenever the
 * gateway says something and every few milliseconds besides. */
#pragma once

#include "programs/srt/link.h"

/* At most so long between turns while there is anything to look after. The
 * gateway's own beat, a little shorter, sets the pace while it sends. */
#define WEIR_SRT_TURN_MS 12
/* And at least so long, however often the gateway writes. */
#define WEIR_SRT_LEAST_TURN_MS 8

typedef struct _WeirSrtWorker WeirSrtWorker;

/* FD: the gateway's socket, greeted; stays the caller's. libsrt and GStreamer
 * have been started. */
WeirSrtWorker *weir_srt_worker_new (int fd, GError **error);
void weir_srt_worker_free (WeirSrtWorker *worker);

/* Until the gateway closes the socket (WEIR_LINK_END) or breaks a promise. */
WeirLinkResult weir_srt_worker_run (WeirSrtWorker *worker, GError **error);
