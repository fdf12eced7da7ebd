/* Counts start codes. */
#include "programs/srt/ts-units.h"

#define LONGEST_US (60 * G_USEC_PER_SEC)

void
weir_ts_units_init (WeirTsUnits *units)
{
  *units = (WeirTsUnits){ .left = WEIR_TS_MAX_UNITS };
}

gboolean
weir_ts_units_take (
    WeirTsUnits *units, gboolean start, const guint8 *payload, gsize size)
{
  guint zeros = start ? 0 : units->zeros, n = 0;

  for (gsize i = 0; i < size; i++) {
    n += payload[i] == 1 && zeros == 2;
    zeros = payload[i] == 0 ? MIN (zeros + 1, 2) : 0;
  }
  units->zeros = zeros;
  if (n > units->left)
    return FALSE;
  units->left -= n;
  return TRUE;
}

void
weir_ts_units_pass (WeirTsUnits *units, gint64 us)
{
  gint64 more =
      CLAMP (us, 0, LONGEST_US) * WEIR_TS_UNITS_A_SECOND / G_USEC_PER_SEC;

  units->left = (guint) MIN (units->left + more, WEIR_TS_MAX_UNITS);
}
