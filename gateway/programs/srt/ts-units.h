/* Start codes of pictures (H.264 and HEVC, annex B), counted before a parser
 * sees them. Pure. */
#pragma once

#include <glib.h>

/* Each costs a parser microseconds and up to half a kilobyte, however few bytes
 * apart: so many may come at once, and so many more a second. What has more is
 * taken for damaged. Slices of 1400 bytes at 50 Mbit/s are 4500 a second. */
#define WEIR_TS_MAX_UNITS 50000
#define WEIR_TS_UNITS_A_SECOND 10000

typedef struct {
  guint left;  /* that may come */
  guint zeros; /* at the end of what has come, 2 at most */
} WeirTsUnits;

void weir_ts_units_init (WeirTsUnits *units);
/* The next payload; START: nothing before it belongs to it. FALSE: it has more
 * than may come. */
gboolean weir_ts_units_take (
    WeirTsUnits *units, gboolean start, const guint8 *payload, gsize size);
/* So much time has passed since the last call. */
void weir_ts_units_pass (WeirTsUnits *units, gint64 us);
