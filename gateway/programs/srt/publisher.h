/* A caller that publishes: its socket's bytes become packets for the gateway.
 * Main thread. */
#pragma once

#include "programs/srt/early.h"
#include "programs/srt/link.h"
#include "programs/srt/port.h"

typedef struct _WeirSrtPublisher WeirSrtPublisher;

/* Takes CALLER and tells the gateway, under NUMBER. CALLER's limits are those
 * of the port, which is not kept. */
WeirSrtPublisher *weir_srt_publisher_new (guint64 number, guint32 port_id,
    const WeirPortLimits *limits, WeirPortCaller *caller, WeirLink *link,
    gint64 now_us);
/* Without a word to the gateway. */
void weir_srt_publisher_free (WeirSrtPublisher *publisher);

SRTSOCKET weir_srt_publisher_get_sock (const WeirSrtPublisher *publisher);
guint32 weir_srt_publisher_get_port_id (const WeirSrtPublisher *publisher);
const char *
weir_srt_publisher_get_address_key (const WeirSrtPublisher *publisher);

gboolean weir_srt_publisher_is_admitted (const WeirSrtPublisher *publisher);
/* What it has in libsrt's buffer; 0 when it is admitted. */
gsize weir_srt_publisher_get_early_bytes (const WeirSrtPublisher *publisher);
/* It ended because what is missing of it did not come. */
gboolean weir_srt_publisher_is_late (const WeirSrtPublisher *publisher);

void weir_srt_publisher_admit (
    WeirSrtPublisher *publisher, guint program, gint64 now_us);

/* The rest returns FALSE when the connection has ended; the gateway has been
 * told, and it is to be freed. */
gboolean weir_srt_publisher_read (WeirSrtPublisher *publisher, gint64 now_us);
/* Every now and then: who is silent or gone, and every second the state of the
 * line. */
gboolean weir_srt_publisher_check (WeirSrtPublisher *publisher, gint64 now_us);
void weir_srt_publisher_close (
    WeirSrtPublisher *publisher, WeirSrtClosedWhy why, const char *text);
