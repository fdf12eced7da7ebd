/* The pictures that all streams showed lately: does another publisher show the
 * same one? Pure: the time comes in. A ring of a fixed size, searched through;
 * the oldest give way. */
#pragma once

#include <glib.h>

#define WEIR_LOOKALIKES_KEPT 4096
#define WEIR_LOOKALIKES_BYTES 32
/* Hashes no further apart than this are of the same picture. */
#define WEIR_LOOKALIKES_RADIUS 31

typedef struct _WeirLookalikes WeirLookalikes;

WeirLookalikes *weir_lookalikes_new (gint64 max_age_ms);
void weir_lookalikes_free (WeirLookalikes *lookalikes);

/* STREAM of PUBLISHER showed HASH. Returns the number of a stream of another
 * publisher that showed it within the greatest age, the latest to do so, or 0.
 * PUBLISHER is a number for the publisher's identity. */
guint64 weir_lookalikes_add (WeirLookalikes *lookalikes,
    const guint8 hash[WEIR_LOOKALIKES_BYTES], guint64 stream, guint64 publisher,
    gint64 now_ms);
