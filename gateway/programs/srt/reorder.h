/* Messages of one connection, in the order of their sequence numbers. For
 * connections without libsrt's own schedule (SRTO_TSBPDMODE off), where a
 * message that is allowed to may overtake one that is still missing. Pure. */
#pragma once

#include <glib.h>

/* Messages that wait for one before them. */
#define WEIR_REORDER_MAX_BYTES (16 * 1024 * 1024)

typedef struct _WeirReorder WeirReorder;

WeirReorder *weir_reorder_new (void);
void weir_reorder_free (WeirReorder *reorder);

/* Nothing up to and with sequence number SEQ (31 bits) is wanted any more. */
void weir_reorder_skip (WeirReorder *reorder, gint32 seq);
/* The first message that is pushed is the first in order, unless others were
 * skipped. Appends to RET what is in order now. One that came before is passed
 * over. FALSE: more waits than may. */
gboolean weir_reorder_push (WeirReorder *reorder, gint32 seq,
    const guint8 *data, gsize size, GByteArray *ret);
/* Bytes that wait. */
gsize weir_reorder_get_held (const WeirReorder *reorder);
