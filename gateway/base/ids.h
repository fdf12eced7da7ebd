/* Identifiers that are unique across gateways and sort by time of making:
 * UUID version 7 (RFC 9562). */
#pragma once

#include <glib.h>

#define WEIR_ID_LENGTH 36

/* WALL_MS: Unix time in milliseconds. RANDOM: 10 random bytes. RET_ID gets
 * the lower-case text and a NUL. Pure. */
void weir_id_format (
    gint64 wall_ms, const guint8 random[10], char ret_id[WEIR_ID_LENGTH + 1]);

/* A new id from the clock and the kernel's random numbers. Caller frees. */
char *weir_id_new (void);
gboolean weir_id_is_valid (const char *text);
